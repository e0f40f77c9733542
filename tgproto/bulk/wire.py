"""How bulk sockets write terms and triples: as JSON text, checked and quick.

A gateway takes anything here, and stores what it does not understand as an empty term (2.11.1). So what is no
term is refused, and so is what the gateway's term format cannot express.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import ClassVar, TypeAlias, TypeVar

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
from tgproto.types.wire import encode, exact

LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"

_ONE_IRI = r"[A-Za-z][A-Za-z0-9+.-]*+:[^\x00-\x20<>\"{}|\\^`\x7f]++"
_IRI = re.compile(_ONE_IRI)
_LINES_OF_IRIS = re.compile(rf"{_ONE_IRI}(?:\n{_ONE_IRI})*+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")

KNOWN = 10_000
"""IRIs that are kept as good, because they come again: predicates always do, subjects often."""

_Unusual: TypeAlias = Literal | BlankNode | QuotedTriple

V = TypeVar("V")
W = TypeVar("W")


class _Iris:
    """IRIs that are checked together, after they were written: one by one that takes thrice as long.

    Attributes:
        known: Good ones.
        new: Those that are not checked yet.
    """

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.new: list[str] = []

    def check(self) -> None:
        """See that the new ones are IRIs.

        Raises:
            ValueError: One is none.
        """
        if not self.new:
            return
        lines = "\n".join(self.new)
        if not _LINES_OF_IRIS.fullmatch(lines) or lines.count("\n") >= len(self.new):
            check_iri(next(value for value in self.new if not _IRI.fullmatch(value)))
        if len(self.known) > KNOWN:
            self.known.clear()
        self.known.update(self.new)


class TermWriter(ABC):
    """Writes terms for one term format."""

    iri: ClassVar[tuple[str, str]]
    """What stands in front of an IRI, and behind it. No IRI has a character that JSON would escape."""
    literal: ClassVar[tuple[str, str]]
    """What stands in front of the text of a plain literal, and behind it."""

    def __init__(self) -> None:
        self._iris = _Iris()

    def term(self, term: Term) -> str:
        """Return the JSON text of a term.

        Raises:
            LocalProtocolError: The format cannot express it.
            ValueError: It is no term: an IRI, a datatype or a language is impossible.
            TypeError: A part of it is no string.
        """
        return self._checked(self._term, term)

    def triples(self, triples: Iterable[Triple]) -> str:
        """Return the JSON text of triples, with commas between; raises what `term` does if one is wrong."""
        return self._checked(self._triples, triples)

    def _checked(self, write: Callable[[V], W], what: V) -> W:
        try:
            written = write(what)
            self._iris.check()
        finally:
            self._iris.new.clear()
        return written

    def _triples(self, triples: Iterable[Triple]) -> str:
        """Write triples, whose IRIs are not checked yet. The usual ones are written right here.

        Each is six pieces. The fifth is the text of a literal, or an IRI, which are quoted together at last.
        """
        known, note = self._iris.known, self._iris.new.append
        (iri, behind_iri), (literal, behind_literal) = self.iri, self.literal
        first, second = f'{{"s":{iri}', f'{behind_iri},"p":{iri}'
        third_iri, last_iri = f'{behind_iri},"o":{iri}', f"{behind_iri}}},"
        third_literal, last_literal = f'{behind_iri},"o":{literal}"', f'"{behind_literal}}},'
        last_iri, last_literal = last_iri + first, last_literal + first  # and the first one of the next
        pieces: list[str] = [first]
        for triple in triples:
            s, p, o = triple.s, triple.p, triple.o
            if type(s) is IRI and type(p) is IRI and triple.g == "":
                subject, predicate = s.value, p.value
                if subject not in known:
                    note(subject)
                if predicate not in known:
                    note(predicate)
                if type(o) is Literal and o.datatype is None is o.language:
                    pieces += (subject, second, predicate, third_literal, o.value, last_literal)
                    continue
                if type(o) is IRI:
                    value = o.value
                    if value not in known:
                        note(value)
                    pieces += (subject, second, predicate, third_iri, value, last_iri)
                    continue
            pieces[-1] = pieces[-1].removesuffix(first)
            pieces += (self._triple(triple), "", "", "", "", f",{first}")
        _escape(pieces, slice(5, None, 6))
        pieces[-1] = pieces[-1].removesuffix(first)[:-1]  # nor a comma
        return "".join(pieces)

    def _triple(self, triple: Triple) -> str:
        """Write any triple."""
        s, p, o = self._term(triple.s), self._term(triple.p), self._term(triple.o)
        graph = "" if triple.g == "" else self._graph(triple.g)
        return f'{{"s":{s},"p":{p},"o":{o}{graph}}}'

    def _term(self, term: Term) -> str:
        """Write any term; its IRI is not checked yet."""
        if isinstance(term, IRI):
            value = exact(term.value)
            if value not in self._iris.known:
                self._iris.new.append(value)
            return value.join(self.iri)
        if isinstance(term, Literal) and not (term.datatype or term.language):
            return _quoted(term.value).join(self.literal)
        return self._unusual(term)

    @abstractmethod
    def _unusual(self, term: _Unusual) -> str:
        """Write a term that is neither an IRI nor a plain literal."""

    @abstractmethod
    def _graph(self, iri: str) -> str:
        """Write the graph of a triple, as a member behind others."""


class _Terms(TermWriter):
    """Gateways from 2.0.0 on."""

    iri = '{"t":"i","i":"', '"}'
    literal = '{"t":"l","v":', "}"

    def _unusual(self, term: _Unusual) -> str:
        if isinstance(term, Literal):
            check_literal(term)
            datatype = f',"dt":{_quoted(term.datatype)}' if term.datatype else ""
            language = f',"ln":{_quoted(term.language)}' if term.language else ""
            return f'{{"t":"l","v":{_quoted(term.value)}{datatype}{language}}}'
        if isinstance(term, BlankNode):
            if not term.id:
                raise ValueError("a blank node needs a label")
            return f'{{"t":"b","d":{_quoted(term.id)}}}'
        if not isinstance(term.triple, Triple):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a QuotedTriple must hold a Triple, not {type(term.triple).__name__}")
        return f'{{"t":"t","tr":{self._triple(term.triple)}}}'

    def _graph(self, iri: str) -> str:
        return _graph_member(iri)


class _Values(TermWriter):
    """Gateways before 2.0.0."""

    iri = '{"v":"', '","e":true}'
    literal = '{"v":', ',"e":false}'

    def _unusual(self, term: _Unusual) -> str:
        return encode(encode_term(term, TermCodec.VALUE)).decode()  # which refuses all of these

    def _graph(self, iri: str) -> str:
        return encode_graph(exact(iri), TermCodec.VALUE) or ""  # which refuses all but the empty one


def term_writer(codec: TermCodec) -> TermWriter:
    """Return what writes terms in a format."""
    return _Terms() if codec is TermCodec.TERM else _Values()


@lru_cache(maxsize=64)
def _graph_member(iri: str) -> str:
    return f',"g":{_quoted(check_iri(iri))}'


def _escape(pieces: list[str], which: slice) -> None:
    """Write some texts as they stand between quotation marks in JSON. Mostly that is as they are.

    Raises:
        TypeError: One is no string.
    """
    text = "".join(pieces[which])
    if len(msgspec.json.encode(text)) != len(text.encode()) + 2:
        pieces[which] = [encode_basestring(piece)[1:-1] for piece in pieces[which]]


def _quoted(text: object) -> str:
    return encode_basestring(exact(text))


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
