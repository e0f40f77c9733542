"""Triples as lines of N-Triples and N-Quads, for files where some lines may be broken.

The grammar is that of `tgproto.rdf`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tgproto.files.items import Numbered, unmarked
from tgproto.rdf.errors import NotExpressible, NTriplesError
from tgproto.rdf.ntriples import format_triple, parse_line
from tgproto.types.bulk import Unreadable
from tgproto.types.terms import QuotedTriple, Term, Triple, as_term


def read_ntriples(lines: Iterable[str | Unreadable]) -> Iterator[Numbered]:
    """Read triples, one line after the other; those of named graphs, too.

    Args:
        lines: Lines, with or without their ends. Bytes that were no UTF-8 should be lone surrogates in them,
            as `errors="surrogateescape"` makes them, so that no more than their line is broken. An
            `Unreadable` in place of a line stays one.

    Yields:
        The triples. A line that is none is an `Unreadable`; empty lines, comments and a byte order mark are
        nothing.
    """
    for number, line in enumerate(unmarked(lines), 1):
        if isinstance(line, Unreadable):
            yield Numbered(number, line)
            continue
        try:
            triple = parse_line(line, number)
        except NTriplesError as error:
            yield Numbered(number, Unreadable(error.reason))
            continue
        if triple is not None:
            yield Numbered(number, triple)


def format_ntriple(triple: Triple) -> str:
    """Write a triple of the default graph as a line of N-Triples.

    Args:
        triple: The triple.

    Returns:
        The line, without its end.

    Raises:
        NotExpressible: It is in a named graph, or N-Triples cannot say it, see `tgproto.rdf.format_triple`.
    """
    if triple.g:
        raise NotExpressible(f"N-Triples has no named graphs, and this is in {triple.g!r}: write N-Quads")
    return format_triple(triple)


def format_turtle(triple: Triple) -> str:
    """Write a triple of the default graph as a statement of Turtle: one of N-Triples always is.

    Args:
        triple: The triple.

    Returns:
        The line, without its end.

    Raises:
        NotExpressible: As for `format_ntriple`; or there is a quoted triple, which Turtle 1.1 does not have.
    """
    if isinstance(triple.s, QuotedTriple) or isinstance(triple.o, QuotedTriple):
        raise NotExpressible("Turtle has no quoted triples: write N-Triples or JSON Lines")
    return format_ntriple(triple)


def read_term(text: str) -> Term:
    """Read a term: as N-Triples write it if it begins so, or else as `as_term` judges it.

    Args:
        text: For instance `<urn:a>`, `"some text"@en`, `_:b`; or `http://example.org/`.

    Returns:
        The term.

    Raises:
        ValueError: It begins as one of N-Triples, and is none.
    """
    if not text.startswith(("<", "_:", '"')):
        return as_term(text)
    try:
        triple = parse_line(f"<urn:s> <urn:p> {text} .")
    except NTriplesError:
        triple = None
    if triple is None or triple.g:
        raise ValueError(f"{text[:60]!r} is no term of N-Triples")
    return triple.o
