"""How bulk sockets write terms and triples, checked and quick: structures that one encoder call writes.

A gateway takes anything here, and stores what it does not understand as an empty term (2.11.1). So what is no
term is refused, and so is what the gateway's term format cannot express.
"""

from __future__ import annotations

import re
from typing import Protocol, TypeAlias

import msgspec

from tgproto.dialect import TermCodec
from tgproto.types.terms import (
    IRI,
    BlankNode,
    Literal,
    QuotedTriple,
    Term,
    Triple,
    WireTerm,
    WireTriple,
    encode_graph,
    encode_term,
)
from tgproto.types.wire import exact

LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")

KNOWN = 20_000
"""Terms that are kept, because they come again: predicates always do."""


class _Iri(msgspec.Struct, gc=False, tag_field="t", tag="i"):
    i: str


class _Literal(msgspec.Struct, gc=False, omit_defaults=True, tag_field="t", tag="l"):
    v: str
    dt: str = ""
    ln: str = ""


class _Blank(msgspec.Struct, gc=False, tag_field="t", tag="b"):
    d: str


class _Quoted(msgspec.Struct, tag_field="t", tag="t"):
    tr: WrittenTriple


class _Value(msgspec.Struct, gc=False):
    v: str
    e: bool


WrittenTerm: TypeAlias = _Iri | _Literal | _Blank | _Quoted | _Value
"""A term as it stands on the wire."""


class WrittenTriple(msgspec.Struct, omit_defaults=True):
    """A triple as it stands on the wire."""

    s: object
    p: object
    o: object
    g: str = ""


class TermWriter(Protocol):
    """Writes terms for one term format."""

    def term(self, term: Term) -> WrittenTerm:
        """Return a term as it is written.

        Raises:
            LocalProtocolError: The format cannot express it.
            ValueError: It is no term: an IRI, a datatype or a language is impossible.
            TypeError: A part of it is no string.
        """
        ...

    def triple(self, triple: Triple) -> WrittenTriple:
        """Return a triple as it is written; raises what `term` does."""
        ...


def term_writer(codec: TermCodec) -> TermWriter:
    """Return what writes terms in a format."""
    return _Terms() if codec is TermCodec.TERM else _Values()


class _Terms:
    """Gateways from 2.0.0 on."""

    def __init__(self) -> None:
        self._iris: dict[str, _Iri] = {}
        self._graphs: dict[str, str] = {}

    def term(self, term: Term) -> WrittenTerm:
        if type(term) is IRI:
            known = self._iris.get(term.value)
            return known if known is not None else self._iri(term.value)
        if isinstance(term, Literal):
            if not (term.datatype or term.language):
                return _Literal(exact(term.value))
            check_literal(term)
            return _Literal(exact(term.value), exact(term.datatype or ""), exact(term.language or ""))
        if isinstance(term, IRI):
            return self._iri(term.value)
        if isinstance(term, BlankNode):
            if not term.id:
                raise ValueError("a blank node needs a label")
            return _Blank(exact(term.id))
        if not isinstance(term.triple, Triple):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a QuotedTriple must hold a Triple, not {type(term.triple).__name__}")
        return _Quoted(self.triple(term.triple))

    def triple(self, triple: Triple) -> WrittenTriple:
        graph = self._graphs.get(triple.g)
        if graph is None:
            graph = self._graph(triple.g)
        term = self.term
        return WrittenTriple(term(triple.s), term(triple.p), term(triple.o), graph)

    def _iri(self, value: str) -> _Iri:
        written = _Iri(check_iri(value))
        if len(self._iris) >= KNOWN:
            self._iris.clear()
        self._iris[written.i] = written
        return written

    def _graph(self, value: str) -> str:
        graph = check_iri(value) if exact(value) else ""
        if len(self._graphs) >= KNOWN:
            self._graphs.clear()
        self._graphs[graph] = graph
        return graph


class _Values:
    """Gateways before 2.0.0."""

    def term(self, term: Term) -> WrittenTerm:
        if isinstance(term, IRI):
            return _Value(check_iri(term.value), True)
        encode_term(term, TermCodec.VALUE)  # refuses what cannot be said
        assert isinstance(term, Literal)
        return _Value(exact(term.value), False)

    def triple(self, triple: Triple) -> WrittenTriple:
        encode_graph(triple.g, TermCodec.VALUE)
        return WrittenTriple(self.term(triple.s), self.term(triple.p), self.term(triple.o))


def check_iri(value: object) -> str:
    """Return an absolute IRI as a plain string.

    Raises:
        TypeError: It is no string.
        ValueError: It is none: there is no scheme, or a character that no IRI has.
    """
    text = exact(value)
    if not _IRI.fullmatch(text):
        raise ValueError(f"{text[:100]!r} is no absolute IRI")
    return text


def check_literal(literal: Literal) -> None:
    """See that the datatype and the language of a literal are possible.

    Raises:
        TypeError: One is no string.
        ValueError: One is impossible, or both are given.
    """
    datatype, language = literal.datatype, literal.language
    if datatype:
        check_iri(exact(datatype, "the datatype of a literal"))
    if language:
        if not _LANGUAGE.fullmatch(exact(language, "the language of a literal")):
            raise ValueError(f"{language[:100]!r} is no language tag, such as 'fr' or 'pt-BR'")
        if datatype and datatype != LANGUAGE_STRING:
            raise ValueError("a literal has a datatype or a language, not both")


def parsed_triple(wire: WireTriple) -> Triple:
    """Return the triple that a JSON object is; what is missing or unknown in it is refused.

    Raises:
        ValueError: It is none.
    """
    if wire.s is None or wire.p is None or wire.o is None:
        raise ValueError("a triple needs s, p and o")
    return Triple(parsed_term(wire.s), parsed_term(wire.p), parsed_term(wire.o), wire.g or "")


def parsed_term(wire: WireTerm) -> Term:
    """Return the term that a JSON object is, in the format of any generation.

    Raises:
        ValueError: It is none.
    """
    match wire:
        case WireTerm(t="i", i=str(value)) | WireTerm(t=None, v=str(value), e=True):
            return IRI(value)
        case WireTerm(t="l", v=str(value)):
            return Literal(value, wire.dt or None, wire.ln or None)
        case WireTerm(t=None, v=str(value), e=False):
            return Literal(value)
        case WireTerm(t="b", d=str(value)):
            return BlankNode(value)
        case WireTerm(t="t", tr=WireTriple() as triple):
            return QuotedTriple(parsed_triple(triple))
        case _:
            raise ValueError("an object is no term: the members of its kind are missing")
