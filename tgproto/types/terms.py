"""RDF terms and triples, and how each gateway generation writes them.

Writing is strict: what a term format cannot express is refused before anything is sent, since a
gateway would store something else without a word. Reading takes every format.
"""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import msgspec

from tgproto.dialect import TermCodec
from tgproto.errors import LocalProtocolError
from tgproto.types.wire import exact

_IN_IRI = r"[^\x00-\x20\s<>\"{}|\\^`\ud800-\udfff]"
_LOOKS_LIKE_IRI = re.compile(rf"(?i)(?:https?://|urn:){_IN_IRI}+")
_BRACKETED_IRI = re.compile(rf"(?i)<([a-z][a-z0-9+.-]*:{_IN_IRI}*)>")
_UNKNOWN_TO_1 = "cannot be sent to this gateway: 1.x has IRIs and plain literals only, in one graph"


@dataclass(frozen=True, slots=True)
class IRI:
    """A node or predicate named by an IRI.

    Attributes:
        value: The absolute IRI, without angle brackets.
    """

    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Literal:
    """A text value.

    Attributes:
        value: The text itself.
        datatype: IRI of its type, for instance `http://www.w3.org/2001/XMLSchema#integer`; None for none.
        language: Language tag, for instance `fr`; None for none.
    """

    value: str
    datatype: str | None = None
    language: str | None = None

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class BlankNode:
    """A node without a name.

    Attributes:
        id: Its label, without `_:`. It means something only within one answer.
    """

    id: str

    def __str__(self) -> str:
        return f"_:{self.id}"


@dataclass(frozen=True, slots=True)
class QuotedTriple:
    """A triple that stands where a node does.

    Attributes:
        triple: What is quoted.
    """

    triple: Triple

    def __str__(self) -> str:
        return f"<< {self.triple.s} {self.triple.p} {self.triple.o} >>"


Term: TypeAlias = IRI | Literal | BlankNode | QuotedTriple
"""What can stand in a triple."""

_TERMS = (IRI, Literal, BlankNode, QuotedTriple)
_EMPTY = Literal("")

TermLike: TypeAlias = Term | str
"""A term, or a string for `as_term` to judge."""


@dataclass(frozen=True, slots=True, init=False)
class Triple:
    """A statement.

    Args:
        s: Subject; a string goes through `as_term`, here and below.
        p: Predicate.
        o: Object.
        g: IRI of the named graph it is in, as a string; empty for the default graph.

    Raises:
        TypeError: A position is neither a term nor a string.
    """

    s: Term
    p: Term
    o: Term
    g: str

    def __init__(self, s: TermLike, p: TermLike, o: TermLike, g: str = "") -> None:
        object.__setattr__(self, "s", as_term(s))
        object.__setattr__(self, "p", as_term(p))
        object.__setattr__(self, "o", as_term(o))
        object.__setattr__(self, "g", g)


@dataclass(frozen=True, slots=True)
class GraphName:
    """Which graph a query is about.

    Attributes:
        iri: IRI of a named graph, or empty for the default graph.

    Raises:
        ValueError: It is no IRI. `*` is none either: to ask every graph, name no graph.
    """

    iri: str

    def __post_init__(self) -> None:
        if self.iri and ":" not in self.iri:
            raise ValueError(
                f"{self.iri!r} is not the IRI of a graph: give an IRI, '' for the default graph, "
                "or nothing for every graph"
            )


def as_term(value: TermLike) -> Term:
    """Turn a string into a term; the only place where that is guessed.

    A string that looks like an absolute IRI (`http://…`, `https://…`, `urn:…` without spaces and other
    characters that no IRI may have, or any scheme in angle brackets, `<mailto:a@example.org>`) becomes an
    `IRI`. Any other string becomes a plain `Literal`. For a literal that looks like an IRI, pass
    `Literal("http://…")`.

    Args:
        value: A term, which is returned as it is, or a string.

    Returns:
        The term.

    Raises:
        TypeError: `value` is neither.
    """
    if isinstance(value, _TERMS):
        return value
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"a term must be a str, IRI, Literal, BlankNode or QuotedTriple, not {type(value).__name__}"
        )
    text = exact(value)
    if bracketed := _BRACKETED_IRI.fullmatch(text):
        return IRI(bracketed[1])
    return IRI(text) if _LOOKS_LIKE_IRI.fullmatch(text) else Literal(text)


def encode_term(term: Term, codec: TermCodec) -> dict[str, object]:
    """Write a term for a gateway.

    Args:
        term: The term.
        codec: The gateway's term format.

    Returns:
        A JSON object.

    Raises:
        LocalProtocolError: The format cannot express the term.
    """
    if codec is TermCodec.VALUE:
        return _encode_value(term)
    match term:
        case IRI():
            return {"t": "i", "i": exact(term.value)}
        case BlankNode():
            return {"t": "b", "d": exact(term.id)}
        case QuotedTriple():
            return {"t": "t", "tr": encode_triple(term.triple, codec)}
        case _:
            return _encode_literal(term)


def _encode_literal(literal: Literal) -> dict[str, object]:
    wire: dict[str, object] = {"t": "l", "v": exact(literal.value, "the value of a literal")}
    if literal.datatype:
        wire["dt"] = exact(literal.datatype, "the datatype of a literal")
    if literal.language:
        wire["ln"] = exact(literal.language, "the language of a literal")
    return wire


def _encode_value(term: Term) -> dict[str, object]:
    match term:
        case IRI():
            return {"v": exact(term.value), "e": True}
        case Literal(datatype=None | "", language=None | ""):
            return {"v": exact(term.value), "e": False}
        case Literal():
            what = "a literal with a datatype or language"
        case BlankNode():
            what = "a blank node"
        case _:
            what = "a quoted triple"
    raise LocalProtocolError(f"{what} {_UNKNOWN_TO_1}")


def encode_triple(triple: Triple, codec: TermCodec) -> dict[str, object]:
    """Write a triple for a gateway.

    Args:
        triple: The triple.
        codec: The gateway's term format.

    Returns:
        A JSON object.

    Raises:
        LocalProtocolError: The format cannot express the triple.
    """
    wire: dict[str, object] = {
        "s": encode_term(triple.s, codec),
        "p": encode_term(triple.p, codec),
        "o": encode_term(triple.o, codec),
    }
    if graph := encode_graph(triple.g, codec):
        wire["g"] = graph
    return wire


def encode_graph(iri: str, codec: TermCodec) -> str | None:
    """Write the name of a graph for a gateway.

    Args:
        iri: IRI of the graph; empty for the default graph.
        codec: The gateway's term format.

    Returns:
        The name; None if it is to be left out, because the gateway has the default graph alone.

    Raises:
        LocalProtocolError: The gateway has no named graphs.
    """
    if codec is TermCodec.TERM:
        return exact(iri)
    if iri:
        raise LocalProtocolError(f"a named graph {_UNKNOWN_TO_1}")
    return None


class DraftLiteral:
    """A literal that is being made, for whoever makes very many and knows that they are good.

    Once its members are set, its class is, and it is a `Literal`. That takes half the time of setting members
    of what is frozen.
    """

    __slots__ = ("datatype", "language", "value")


class DraftTriple:
    """A triple that is being made, like `DraftLiteral`; its members are terms."""

    __slots__ = ("g", "o", "p", "s")


def triple_of(s: Term, p: Term, o: Term, g: str) -> Triple:
    """Make a triple of what are terms certainly: quicker than calling `Triple`, which cannot know."""
    triple: Any = DraftTriple()
    triple.s, triple.p, triple.o, triple.g = s, p, o, g
    triple.__class__ = Triple
    return cast("Triple", triple)


class WireTerm(msgspec.Struct, gc=False):
    """A term as any gateway writes it: kind letter `t`, or `e` beside the value."""

    t: typing.Literal["i", "l", "b", "t", ""] | None = None
    i: str | None = None
    v: str | None = None
    dt: str | None = None
    ln: str | None = None
    d: str | None = None
    tr: WireTriple | None = None
    e: bool | None = None

    def term(self) -> Term:
        """Return the term; the empty literal for one without kind, as 2.x stores what it did not know."""
        match self.t:
            case "i":
                return IRI(self.i or "")
            case "l":
                return Literal(self.v or "", self.dt or None, self.ln or None)
            case "b":
                return BlankNode(self.d or "")
            case "t":
                return QuotedTriple((self.tr or WireTriple()).triple())
            case _:
                return IRI(self.v or "") if self.e else Literal(self.v or "")


class WireTriple(msgspec.Struct, gc=False):
    """A triple as any gateway writes it. 2.x leaves out a position that was stored as null."""

    s: WireTerm | None = None
    p: WireTerm | None = None
    o: WireTerm | None = None
    g: str | None = None

    def triple(self) -> Triple:
        """Return the triple, with the empty literal in a position that is missing."""
        return triple_of(
            _EMPTY if self.s is None else self.s.term(),
            _EMPTY if self.p is None else self.p.term(),
            _EMPTY if self.o is None else self.o.term(),
            self.g or "",
        )
