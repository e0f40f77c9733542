"""Terms and triples as 2.x gateways write them: the functions of `trustgraph.api`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from tgdrivers.compat.terms import as_core, wire_term_2
from tgdrivers.compat.v2.types import Triple
from tgproto.rdf import build_term as term_of

WireTriple: TypeAlias = Mapping[str, Any]


def build_term(
    value: Any, term_type: str | None = None, datatype: str | None = None, language: str | None = None
) -> dict[str, Any] | None:
    """Return a term as gateways write it.

    Args:
        value: A string; a term as gateways write it, which is returned as it is; a `Uri`, `Literal` or
            `QuotedTriple`; or None.
        term_type: `iri` or `literal`; None to judge by the string.
        datatype: IRI of the datatype of a literal.
        language: Language tag of a literal.

    Raises:
        ValueError: `term_type` is neither, or the arguments contradict each other.
    """
    if value is None or (isinstance(value, dict) and "t" in value):
        return cast("dict[str, Any] | None", value)
    if term_type not in (None, "iri", "literal"):
        raise ValueError(f"Unknown term type: {term_type}")
    if isinstance(value, str) and (term_type or datatype or language or not hasattr(value, "is_literal")):
        return wire_term_2(term_of(str(value), cast("Any", term_type), datatype, language))
    term = as_core(cast("object", value))
    return None if term is None else wire_term_2(term)


def extract_term_value(term: Mapping[str, Any]) -> Any:
    """Return the text of a term as gateways write it; of a quoted triple a dict of texts.

    Args:
        term: The term, by the names of the wire or by long names (`type`, `iri`, `value`, `triple`).
    """
    kind = term.get("t") or term.get("type")
    if kind == "t":
        triple: Mapping[str, Any] = term.get("tr") or term.get("triple") or {}
        return {position: extract_term_value(triple.get(position, {})) for position in "spo"}
    names = {"i": ("i", "iri"), "l": ("v", "value")}.get(kind or "", ("i", "v", "iri", "value"))
    found = next((term[name] for name in names if term.get(name)), None)
    if found is None:
        return "" if kind in ("i", "l") else str(term)
    return found


def wire_triples_to_tuples(wire_triples: Iterable[WireTriple | Triple]) -> list[tuple[str, str, Any]]:
    """Return triples as tuples of texts; an object that is a quoted triple is a dict of texts.

    Args:
        wire_triples: Triples as gateways write them, or `Triple`s.
    """
    return [_tuple(each) for each in wire_triples]


def _tuple(triple: WireTriple | Triple) -> tuple[str, str, Any]:
    if isinstance(triple, Mapping):
        s, p, o = (extract_term_value(triple.get(position) or {}) for position in "spo")
        return s, p, o
    o = triple.o
    if isinstance(o, str):
        return str(triple.s), str(triple.p), str(o)
    return str(triple.s), str(triple.p), {"s": str(o.s), "p": str(o.p), "o": str(o.o)}
