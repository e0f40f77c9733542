"""The global service `knowledge` of gateway 1.7.1: knowledge cores of a user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tgproto.gateway.generation1.bodies import Body, Value
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.managed import Asked, Members, Operation, Service, Streamed
from tgproto.gateway.steps import Failure, Frame
from tgproto.gateway.stores.failures import ServiceFailure
from tgproto.gateway.stores.knowledge import Cores, Metadata
from tgproto.gateway.telling import last
from tgproto.types.terms import IRI, Literal, Term, Triple
from tgproto.types.wire import encode


def _cores(asked: Asked) -> Cores:
    return asked.world.cores(Body(asked.body).text("user"))


def _name(asked: Asked) -> str:
    return Body(asked.body).text("id")


def _list_kg_cores(asked: Asked) -> Members:
    return {"ids": _cores(asked).names()}


def _put_kg_core(asked: Asked) -> Members:
    body = Body(asked.body)
    triples, entities = body.child("triples"), body.child("graph-embeddings")
    found = None if triples is None else (_about(triples), _triples(triples))
    embedded = None if entities is None else (_about(entities), _entities(entities))
    if found is not None:
        user, name, about = found[0]
        asked.world.cores(user).add_triples(name, about, found[1])
    if embedded is not None:
        user, name, about = embedded[0]
        asked.world.cores(user).add_entities(name, about, embedded[1])
    return {}


def _about(batch: Body) -> tuple[str, str, Metadata]:
    """Return whose and which core a batch is for, which it says itself; and what is kept of that."""
    metadata = batch.needed_child("metadata")
    name = metadata.needed_text("id")
    triples = [triple_of(row) for row in metadata.needed_children("metadata")]
    user = metadata.needed_text("user")
    metadata.needed_text("collection")  # it is lost
    return user, name, {"id": name, "metadata": triples, "user": user, "collection": DEFAULT}


def triple_of(row: Body) -> Mapping[str, object]:
    """Return a triple as 1.x writes it, once it was read."""
    return _written(*_places(row))


def _places(row: Body) -> list[Value]:
    return [row.needed_term(place) for place in "spo"]


def _written(*values: Value) -> Mapping[str, object]:
    return dict(zip("spo", (value._asdict() for value in values), strict=True))


def _triples(batch: Body) -> list[Triple]:
    rows = (map(_term, _places(row)) for row in batch.needed_children("triples"))
    return [Triple(s, p, o) for s, p, o in rows]


def _term(value: Value) -> Term:
    return IRI(value.v) if value.e else Literal(value.v)


def _value(term: Term) -> Value:
    return Value(str(term), isinstance(term, IRI))


def _entities(batch: Body) -> list[Mapping[str, object]]:
    return [
        {"vectors": row.needed_vectors("vectors"), "entity": row.needed_term("entity")._asdict()}
        for row in batch.needed_children("entities")
    ]


def _get_kg_core(asked: Asked) -> Iterator[Frame]:
    core = _cores(asked).core(_name(asked))
    for metadata, triples in core.triples:
        yield _batch("triples", metadata, triples=[_row(triple) for triple in triples])
    for metadata, entities in core.entities:
        yield _batch("graph-embeddings", metadata, entities=entities)
    yield last({"eos": True})


def _row(triple: Triple) -> Mapping[str, object]:
    return _written(*map(_value, (triple.s, triple.p, triple.o)))


def _batch(kind: str, metadata: Metadata, **rows: Sequence[object]) -> Frame:
    return Frame(encode({kind: {"metadata": metadata, **rows}}))


def _delete_kg_core(asked: Asked) -> Members:
    _cores(asked).delete(_name(asked))
    return {}


def _load_kg_core(asked: Asked) -> Members:
    body = Body(asked.body)
    name, flow = body.optional_text("id"), body.optional_text("flow")
    user, collection = body.text("user"), body.text("collection")
    if name is None:
        raise ServiceFailure("load-error", "Core ID must be specified")
    if flow is None:
        raise ServiceFailure("load-error", "Flow ID must be specified")
    if asked.world.flows().services(flow) is None:
        raise ServiceFailure("load-error", "Invalid flow")
    triples = asked.world.cores(user).core(name).all_triples()
    asked.world.graphs.add(triples, workspace=user, collection=collection or DEFAULT)
    return {}


def _unload_kg_core(asked: Asked) -> Members:  # noqa: ARG001
    raise ServiceFailure("not-implemented", "Not implemented")


SERVICE = Service(
    operations={
        "delete-kg-core": Operation(_delete_kg_core),
        "get-kg-core": Streamed(_get_kg_core),
        "list-kg-cores": Operation(_list_kg_cores),
        "load-kg-core": Operation(_load_kg_core),
        "put-kg-core": Operation(_put_kg_core),
        "unload-kg-core": Operation(_unload_kg_core),
    },
    trouble="unexpected-error",
    scripted="request-error",
    say=dict,
    fail=Failure,
)
"""The service."""
