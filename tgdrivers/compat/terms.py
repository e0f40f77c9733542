"""Terms both ways: those of the core, and what callers of `trustgraph.api` have and get."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from tgdrivers.compat import knowledge
from tgproto.dialect import TermCodec
from tgproto.rdf import build_term
from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, Term, Triple
from tgproto.types.terms import encode_term, encode_triple

_HAS_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]*://\S+")


def as_core(value: object, *, position: str = "o") -> Term | None:
    """Return a term of the core.

    Args:
        value: A `Uri`, `Literal` or `QuotedTriple`, of this package or of upstream's; a term as gateways
            write it, decoded; a term of the core; a string, which is an IRI where it can be nothing else or
            looks like one; or None.
        position: Where it stands: `s`, `p` or `o`.

    Raises:
        RuntimeError: It is no term. Upstream raises this, too.
    """
    if value is None or isinstance(value, (IRI, Literal, BlankNode, QuotedTriple)):
        return value
    kind = cast("Any", value)
    if isinstance(value, str):
        if hasattr(value, "is_literal"):
            return _of_string(kind)
        return build_term(value, "iri" if position in ("s", "p") else None)
    if isinstance(value, Mapping):
        return build_term(cast("Mapping[str, object]", value))
    if hasattr(value, "is_triple") and kind.is_triple():
        return QuotedTriple(triple_as_core(value))
    raise RuntimeError(f"{position} must be a Uri, Literal or str, not {type(value).__name__}")


def _of_string(value: Any) -> Term:
    """Return what a string stands for that knows what it is."""
    text = str(value)
    if value.is_literal():
        return Literal(text, getattr(value, "datatype", None), getattr(value, "language", None))
    return BlankNode(text[2:]) if text.startswith("_:") else IRI(text)


def triple_as_core(value: Any) -> Triple:
    """Return a triple of the core for anything with `s`, `p`, `o`, and perhaps `g`, as attributes or keys."""
    s, p, o = (as_core(_part(value, name), position=name) for name in "spo")
    if s is None or p is None or o is None:
        raise RuntimeError("a triple must have s, p and o")
    return Triple(s, p, o, str(_part(value, "g") or ""))


def _part(value: object, name: str) -> object:
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value).get(name)
    return getattr(value, name, None)


def bulk_triple(value: Any) -> Triple:
    """Return a triple of the core for one that is imported in bulk: there, a string with `://` is an IRI."""
    triple = triple_as_core(value)
    o = _part(value, "o")
    if type(o) is str and _HAS_SCHEME.fullmatch(o):
        return Triple(triple.s, triple.p, IRI(o), triple.g)
    return triple


def triples_as_core(metadata: object) -> list[Triple]:
    """Return the triples of something that describes a document.

    Args:
        metadata: An object with `emit`, such as a `DigitalDocument`; triples; or None for none.

    Raises:
        RuntimeError: It is neither. Upstream raises this, too.
    """
    if metadata is None:
        return []
    found: list[object] = []
    if hasattr(metadata, "emit"):
        cast("Any", metadata).emit(found.append)
    elif isinstance(metadata, Iterable) and not isinstance(metadata, (str, bytes)):
        found.extend(cast("Iterable[object]", metadata))
    else:
        raise RuntimeError("metadata must be triples, or something with emit()")
    return [triple_as_core(each) for each in found]


def from_core(term: Term) -> knowledge.AnyTerm:
    """Return a term as upstream's callers get it. A blank node is a `Uri` that begins with `_:`."""
    match term:
        case IRI():
            return knowledge.Uri(term.value)
        case Literal():
            return knowledge.Literal(term.value, term.datatype, term.language)
        case BlankNode():
            return knowledge.Uri(str(term))
        case QuotedTriple(triple):
            return knowledge.QuotedTriple(from_core(triple.s), from_core(triple.p), from_core(triple.o))


def wire_term_1(term: Term) -> dict[str, Any]:
    """Return a term as 1.x gateways write it, whatever it is."""
    return {"v": str(term), "e": isinstance(term, IRI)}


def wire_triple_1(triple: Triple) -> dict[str, Any]:
    """Return a triple as 1.x gateways write it."""
    return {name: wire_term_1(term) for name, term in (("s", triple.s), ("p", triple.p), ("o", triple.o))}


def wire_term_2(term: Term) -> dict[str, Any]:
    """Return a term as 2.x gateways write it."""
    return encode_term(term, TermCodec.TERM)


def wire_triple_2(triple: Triple) -> dict[str, Any]:
    """Return a triple as 2.x gateways write it; the default graph is not named."""
    return encode_triple(triple, TermCodec.TERM)
