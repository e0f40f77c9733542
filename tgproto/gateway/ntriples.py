"""Reads graphs written as N-Triples, or as N-Quads: the same lines with the name of a graph at their end.

Both are W3C recommendations. Quoted triples, which are younger than those, are not read.
"""

from __future__ import annotations

import re

from tgproto.types.terms import IRI, BlankNode, Literal, Term, Triple

CODE_POINT = r"\\u[0-9A-Fa-f]{4}|\\U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}"
_IRI = rf"<((?:[^\x00-\x20<>\"{{}}|^`\\]|{CODE_POINT})+)>"
_BLANK = r"_:(\w+(?:[.-]+\w+)*)"
_TEXT = rf"\"((?:[^\"\\]|\\[tbnrf\"'\\]|{CODE_POINT})*)\""
_TERM = re.compile(rf"[ \t]*(?:{_IRI}|{_BLANK}|{_TEXT}(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^{_IRI})?)")
_END = re.compile(r"[ \t]*\.[ \t]*(?:#.*)?", re.DOTALL)
_NOTHING = re.compile(r"[ \t]*(?:#.*)?", re.DOTALL)
_NEWLINE = re.compile(r"\r\n|[\r\n]")
_ESCAPE = re.compile(r"\\(?:u(.{4})|U(.{8})|(.))")
_CHARACTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def parse_ntriples(text: str) -> list[Triple]:
    """Read a graph.

    Args:
        text: One statement on each line; lines may also be empty or hold a comment.

    Returns:
        The statements, in order.

    Raises:
        ValueError: A line is none of these; the message has its number.
    """
    triples: list[Triple] = []
    for number, line in enumerate(_NEWLINE.split(text), 1):
        if not _NOTHING.fullmatch(line):
            triple = _parse(line)
            if triple is None:
                raise ValueError(f"line {number} is no statement of N-Triples or N-Quads")
            triples.append(triple)
    return triples


def _parse(line: str) -> Triple | None:
    terms: list[Term] = []
    at = 0
    while match := _TERM.match(line, at):
        terms.append(_term(match))
        at = match.end()
    if not _END.fullmatch(line, at):
        return None
    match terms:
        case [IRI() | BlankNode() as s, IRI() as p, o]:
            return Triple(s, p, o)
        case [IRI() | BlankNode() as s, IRI() as p, o, IRI() as graph]:
            return Triple(s, p, o, graph.value)
        case _:
            return None


def _term(match: re.Match[str]) -> Term:
    iri, blank, text, language, datatype = match.groups()
    if iri is not None:
        return IRI(unescape(iri))
    if blank is not None:
        return BlankNode(blank)
    return Literal(unescape(text), None if datatype is None else unescape(datatype), language)


def unescape(text: str) -> str:
    """Return a text without its escapes, which are known to be right."""
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    short, long, letter = match.groups()
    if letter is None:
        return chr(int(short or long, 16))
    return _CHARACTERS.get(letter, letter)
