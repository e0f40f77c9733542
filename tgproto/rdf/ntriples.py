r"""N-Triples and N-Quads: graphs as text, one statement on each line.

What is read is the grammar of the W3C's recommendations, [RDF 1.1 N-Triples](https://www.w3.org/TR/n-triples/)
and [RDF 1.1 N-Quads](https://www.w3.org/TR/n-quads/), to the letter, and besides it quoted triples,
`<< s p o >>`, of [RDF-star](https://www.w3.org/2021/12/rdf-star.html) as subjects and objects. Where their
grammar and their test suite differ, about colons in the labels of blank nodes, the suite is right, as RDF 1.2
has it: there are none. A graph is named by an IRI; a blank node as its name is refused.

What is written is the canonical form of RDF 1.1: one space between terms, no escapes but `\"`, `\\`, `\n`
and `\r`. A datatype that is given is written, `xsd:string` too, so that the same terms are read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tgproto.rdf.errors import NotExpressible, NTriplesError
from tgproto.rdf.escapes import unescape
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Term, Triple
from tgproto.types.wire import exact

MAX_DEPTH = 32
"""How deep quoted triples may be nested, in what is read and written."""

_HEX = "[0-9A-Fa-f]"
_UNIT = (
    rf"(?:[0-9A-CE-Fa-ce-f]{_HEX}{{3}}|[Dd][0-7]{_HEX}{{2}})"  # a half of a surrogate pair is no character
)
_CODE_POINT = rf"\\u{_UNIT}|\\U0000{_UNIT}|\\U00(?:0[1-9A-Fa-f]|10){_HEX}{{4}}"
_IN_IRI = r"[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]"
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)  # PN_CHARS_BASE

# Possessive: each takes linear time and ends at the first character that does not belong there.
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|[\r\n])|[^\r\n]++")
_SPACE = re.compile(r"[ \t]*+")
_COMMENT = re.compile(r"(?:#[^\r\n]*+)?+")
_IRI = re.compile(rf"<(?:{_IN_IRI}++|{_CODE_POINT})*+")
_ABSOLUTE = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_IN_IRI}*+")
_BLANK = re.compile(rf"_:([{_BASE}_0-9](?:\.*+[{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040-]++)*+)")
_TEXT = re.compile(rf"\"(?:[^\"\\\n\r\ud800-\udfff]++|\\[tbnrf\"'\\]|{_CODE_POINT})*+")
_LANGUAGE = re.compile(r"@([A-Za-z]++(?:-[A-Za-z0-9]++)*+)")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WRITTEN = str.maketrans({'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r"})


class _Place(NamedTuple):
    """What can stand in a position of a statement: what it begins with, and its name."""

    starts: frozenset[str]
    name: str


_SUBJECT = _Place(frozenset({"<", "_", "<<"}), "an IRI, a blank node or a quoted triple")
_PREDICATE = _Place(frozenset({"<"}), "an IRI")
_OBJECT = _Place(_SUBJECT.starts | {'"'}, "an IRI, a blank node, a literal or a quoted triple")


def parse(lines: Iterable[str] | str) -> Iterator[Triple]:
    """Read a graph, one line after the other.

    Nothing is kept: a file of any size can be read.

    Args:
        lines: Lines, with or without their ends, for instance a file opened as text in UTF-8; or a whole
            text, whose lines end in LF, CR, or both.

    Returns:
        An iterator over the statements, in order. It raises `NTriplesError` where a line is none, and cannot
        be continued then: to go on after such lines, call `parse_line` for each.

    Raises:
        TypeError: `lines`, or one of them, is no text.
    """
    if isinstance(lines, str):
        return _parse(match[0] for match in _LINE.finditer(lines))
    return _parse(iter(lines))


def _parse(lines: Iterator[str]) -> Iterator[Triple]:
    for number, line in enumerate(lines, 1):
        if (triple := parse_line(line, number)) is not None:
            yield triple


def parse_line(line: str, number: int = 1) -> Triple | None:
    """Read one line.

    Args:
        line: The line, with or without its end.
        number: Its number, for the error.

    Returns:
        The statement; None if the line is empty or holds a comment alone.

    Raises:
        NTriplesError: It is something else.
        TypeError: `line` is no text.
    """
    if not isinstance(line, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a line must be a str, not {type(line).__name__}")
    return _Reader(exact(line).rstrip("\r\n"), number).line()


class _Reader:
    """Reads one line from left to right.

    Args:
        text: The line, without its end.
        number: Its number.
    """

    __slots__ = ("_at", "_number", "_text")

    def __init__(self, text: str, number: int) -> None:
        self._text = text
        self._number = number
        self._at = 0

    def line(self) -> Triple | None:
        self._skip(_SPACE)
        if self._ends():
            return None
        s, p, o = self._statement(MAX_DEPTH)
        graph = ""
        if not self._takes("."):
            if not self._sees("<"):
                raise self._error("'.' or the IRI of a graph")
            graph = self._iri()
            if not self._takes("."):
                raise self._error("'.'")
        if not self._ends():
            raise self._error("a comment or the end of the line")
        return Triple(s, p, o, graph)

    def _statement(self, depth: int) -> tuple[Term, Term, Term]:
        return self._term(_SUBJECT, depth), self._term(_PREDICATE, depth), self._term(_OBJECT, depth)

    def _term(self, place: _Place, depth: int) -> Term:
        start = "<<" if self._sees("<<") else self._text[self._at : self._at + 1]
        if start not in place.starts:
            raise self._error(place.name)
        match start:
            case "<":
                return IRI(self._iri())
            case "_":
                return self._blank()
            case '"':
                return self._literal()
            case _:
                return self._quoted(depth)

    def _iri(self) -> str:
        start = self._at
        text = self._until(_IRI, ">", "a character of an IRI, or '>'")
        if not _ABSOLUTE.fullmatch(text):
            raise self._error("an absolute IRI, with a scheme, of characters that it may have", start)
        return text

    def _blank(self) -> BlankNode:
        return BlankNode(self._token(_BLANK, "a blank node: '_:' and a label"))

    def _literal(self) -> Literal:
        value = self._until(_TEXT, '"', r"""'"', or an escape: \t \b \n \r \f \" \' \\ \uXXXX \UXXXXXXXX""")
        if self._takes("^^"):
            if not self._sees("<"):
                raise self._error("the IRI of a datatype")
            return Literal(value, self._iri())
        if not self._sees("@"):
            return Literal(value)
        return Literal(value, language=self._token(_LANGUAGE, "a language: '@' and a tag"))

    def _quoted(self, depth: int) -> QuotedTriple:
        if not depth:
            raise self._error(f"no more than {MAX_DEPTH} quoted triples in each other")
        self._takes("<<")
        triple = Triple(*self._statement(depth - 1))
        if not self._takes(">>"):
            raise self._error("'>>'")
        return QuotedTriple(triple)

    def _until(self, inside: re.Pattern[str], closing: str, expected: str) -> str:
        """Return what stands between two delimiters, without escapes."""
        start = self._at + 1
        self._skip(inside)
        end = self._at
        if not self._takes(closing):
            raise self._error(expected)
        return unescape(self._text[start:end])

    def _token(self, pattern: re.Pattern[str], expected: str) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise self._error(expected)
        self._at = match.end()
        self._skip(_SPACE)
        return match[1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        assert match is not None  # what it must begin with was seen, and the rest of it may be empty
        self._at = match.end()

    def _sees(self, token: str) -> bool:
        return self._text.startswith(token, self._at)

    def _takes(self, token: str) -> bool:
        """Go past a token and the space after it, if it is there."""
        if not self._sees(token):
            return False
        self._at += len(token)
        self._skip(_SPACE)
        return True

    def _ends(self) -> bool:
        """Whether nothing is left but a comment."""
        return _COMMENT.fullmatch(self._text, self._at) is not None

    def _error(self, expected: str, at: int | None = None) -> NTriplesError:
        start = self._at if at is None else at
        return NTriplesError(self._number, start + 1, expected, self._text[start : start + 16])


def format_triples(triples: Iterable[Triple]) -> Iterator[str]:
    """Write a graph, one line after the other.

    Args:
        triples: The statements. Those of named graphs become N-Quads.

    Returns:
        An iterator over canonical lines, each with its end, as `writelines` of a file takes them. It raises
        what `format_triple` does, and cannot be continued then.
    """
    return (f"{format_triple(triple)}\n" for triple in triples)


def format_triple(triple: Triple) -> str:
    """Write a statement as a line of N-Triples, or of N-Quads if it is in a named graph.

    Args:
        triple: The statement.

    Returns:
        A canonical line, without its end.

    Raises:
        NotExpressible: The subject is a literal, the predicate is no IRI, or a term cannot be written, see
            `format_term`.
    """
    graph = f"{_format_iri(triple.g)} " if triple.g else ""
    return f"{_format_statement(triple, MAX_DEPTH)} {graph}."


def format_term(term: Term) -> str:
    """Write a term.

    Args:
        term: The term.

    Returns:
        Its canonical form.

    Raises:
        NotExpressible: An IRI is not absolute or has characters that none may have; a literal has a datatype
            and a language, or a language that is no tag; the label of a blank node has characters that none
            may have; a quoted triple is in a named graph, or nested deeper than `MAX_DEPTH`; or a text has
            half of a surrogate pair.
        TypeError: `term` is no term.
    """
    return _format_term(term, MAX_DEPTH)


def _format_term(term: Term, depth: int) -> str:
    match term:
        case IRI():
            return _format_iri(term.value)
        case Literal():
            return _format_literal(term)
        case BlankNode():
            if not _BLANK.fullmatch(node := f"_:{term.id}"):
                raise _refused(f"{_short(term.id)} is no label of a blank node")
            return node
        case QuotedTriple():
            if not depth:
                raise _refused(f"there are more than {MAX_DEPTH} quoted triples in each other")
            if term.triple.g:
                raise _refused(f"a quoted triple is in the graph {_short(term.triple.g)}")
            return f"<< {_format_statement(term.triple, depth - 1)} >>"
        case _:
            raise TypeError(f"a term must be an IRI, Literal, BlankNode or QuotedTriple, not {_kind(term)}")


def _format_statement(triple: Triple, depth: int) -> str:
    if isinstance(triple.s, Literal):
        raise _refused(f"the subject is a literal, {_short(triple.s.value)}")
    if not isinstance(triple.p, IRI):
        raise _refused(f"the predicate is no IRI, but a {_kind(triple.p)}")
    return " ".join(_format_term(term, depth) for term in (triple.s, triple.p, triple.o))


def _format_iri(iri: str) -> str:
    if not _ABSOLUTE.fullmatch(iri):
        raise _refused(f"{_short(iri)} is no absolute IRI, or has characters that must be percent-encoded")
    return f"<{iri}>"


def _format_literal(literal: Literal) -> str:
    if _SURROGATE.search(literal.value):
        raise _refused(f"{_short(literal.value)} has half of a surrogate pair, which is no character")
    text = f'"{literal.value.translate(_WRITTEN)}"'
    if literal.datatype and literal.language:
        raise _refused(f"the literal {_short(literal.value)} has both a datatype and a language")
    if literal.datatype:
        return f"{text}^^{_format_iri(literal.datatype)}"
    if not literal.language:
        return text
    if not _LANGUAGE.fullmatch(tag := f"@{literal.language}"):
        raise _refused(f"{_short(literal.language)} is no language tag")
    return text + tag


def _refused(why: str) -> NotExpressible:
    return NotExpressible(f"this cannot be written as N-Triples: {why}")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def _kind(value: object) -> str:
    return type(value).__name__
