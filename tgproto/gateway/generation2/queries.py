"""The services that search the graph: `triples` and `sparql` (gateway 2.11.1).

Rows come in batches if a caller streams. A failure is said beside an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from tgproto.dialect import TermCodec
from tgproto.gateway.generation2.bodies import Scene, Service, misplaced, reading, said
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.script import read_script
from tgproto.gateway.solutions import TooMuchWork, constructed, described, solutions
from tgproto.gateway.sparql import Form, Query, SyntaxRefused, Unsupported, parse_sparql
from tgproto.gateway.steps import Frame, Step
from tgproto.gateway.telling import at_once, complain, last
from tgproto.types.terms import Literal, QuotedTriple, Term, WireTerm, encode_term, encode_triple
from tgproto.types.wire import encode

MAX_QUOTES = 16
"""How deep quoted triples may be nested in the terms of a triples request."""

_DEFAULT_BATCH = 20
_DEFAULT_LIMIT = 10_000


class _TriplesBody(Struct, gc=False, rename="kebab"):
    s: WireTerm | UnsetType = UNSET
    p: WireTerm | UnsetType = UNSET
    o: WireTerm | UnsetType = UNSET
    g: str | None = None
    collection: str = DEFAULT
    limit: int = _DEFAULT_LIMIT
    streaming: bool = False
    batch_size: int = _DEFAULT_BATCH
    user_context: Any = None


class _SparqlBody(Struct, gc=False, rename="kebab"):
    query: str = ""
    collection: str = DEFAULT
    limit: int = _DEFAULT_LIMIT
    streaming: bool = False
    batch_size: int = _DEFAULT_BATCH
    user_context: Any = None


# --- triples ----------------------------------------------------------------------------------


def _triples(body: _TriplesBody, scene: Scene) -> Iterator[Step]:
    if any(_too_deep(wire, MAX_QUOTES) for wire in (body.s, body.p, body.o)):
        return complain("quoted triples are nested too deeply")
    if (refusal := misplaced(body.user_context)) is not None:
        return complain(refusal)
    s, p, o = map(_term, (body.s, body.p, body.o))
    script = read_script("" if s is None else str(s))
    failed = said("triples-query-error", script.message, response=[])
    return at_once(script, failed, lambda: _batches(body, scene, s, p, o))


def _too_deep(wire: WireTerm | UnsetType | None, room: int) -> bool:
    if not isinstance(wire, WireTerm) or wire.tr is None:
        return False
    return room == 0 or any(_too_deep(inner, room - 1) for inner in (wire.tr.s, wire.tr.p, wire.tr.o))


def _term(wire: WireTerm | UnsetType) -> Term | None:
    """Return a term of a pattern. In the format of 1.x it is an empty term, as for a real 2.x gateway."""
    if wire is UNSET:
        return None
    return wire.term() if wire.t else Literal("")


def _batches(
    body: _TriplesBody, scene: Scene, s: Term | None, p: Term | None, o: Term | None
) -> Iterator[Step]:
    graph = scene.graph(body.collection)
    limit = min(body.limit, len(graph)) if body.limit > 0 else None
    found = graph.find(s, p, o, body.g, limit=limit)
    size = _batch_size(body.batch_size) if body.streaming else len(found) or 1
    for at in range(0, len(found) or 1, size):
        batch = [encode_triple(triple, TermCodec.TERM) for triple in found[at : at + size]]
        yield Frame(encode({"response": batch}), final=at + size >= len(found))


def _batch_size(asked: int) -> int:
    return asked if asked > 0 else _DEFAULT_BATCH


# --- SPARQL -----------------------------------------------------------------------------------


def _sparql(body: _SparqlBody, scene: Scene) -> Iterator[Step]:
    if (refusal := misplaced(body.user_context)) is not None:
        return complain(refusal)
    script = read_script(body.query)
    return at_once(script, _lost("sparql-query-error", script.message), lambda: _answered(body, scene))


def _lost(kind: str, message: str) -> Frame:
    return said(kind, message, **{"query-type": ""})


def _answered(body: _SparqlBody, scene: Scene) -> Iterator[Step]:
    try:
        yield from _evaluated(body, parse_sparql(body.query), scene)
    except SyntaxRefused as error:
        yield _lost("sparql-parse-error", f"SPARQL parse error: {error}")
    except Unsupported as error:
        yield _lost("sparql-unsupported", f"Unsupported: {error}")
    except TooMuchWork as error:
        yield _lost("sparql-evaluation-error", str(error))


def _evaluated(body: _SparqlBody, query: Query, scene: Scene) -> Iterator[Step]:
    graph = scene.graph(body.collection)
    found = islice(solutions(query, graph), body.limit if body.limit > 0 else _DEFAULT_LIMIT)
    match query.form:
        case Form.SELECT:
            rows = ({"values": [_value(row.get(name)) for name in query.variables]} for row in found)
            yield from _selected(query, rows, _batch_size(body.batch_size) if body.streaming else None)
        case Form.ASK:
            yield last({"query-type": "ask", "ask-result": next(found, None) is not None})
        case Form.CONSTRUCT:
            yield _triples_of(
                "construct", [encode_triple(t, TermCodec.TERM) for t in constructed(query, found)]
            )
        case _:
            told = described(query, found, graph)
            yield _triples_of("describe", [encode_triple(triple, TermCodec.TERM) for triple in told])


def _triples_of(form: str, triples: list[dict[str, object]]) -> Frame:
    return last({"query-type": form, "triples": triples})


def _selected(query: Query, rows: Iterator[Mapping[str, object]], size: int | None) -> Iterator[Step]:
    """Return rows in batches. As from the real service, the last one is empty if there is nothing left."""
    head = {"query-type": "select", "variables": list(query.variables)}
    batch = list(islice(rows, size))
    while size is not None and len(batch) == size:
        yield Frame(encode({**head, "bindings": batch}))
        batch = list(islice(rows, size))
    yield last({**head, "bindings": batch})


def _value(term: Term | None) -> dict[str, object] | None:
    """Return a value of a row. What a quoted triple quotes is lost in gateway 2.11.1."""
    if term is None:
        return None
    return {"t": "t"} if isinstance(term, QuotedTriple) else encode_term(term, TermCodec.TERM)


SERVICES: Mapping[str, Service] = {
    "sparql": reading(_SparqlBody, _sparql),
    "triples": reading(_TriplesBody, _triples),
}
"""The services of this module, by kind."""
