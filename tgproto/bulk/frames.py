"""Messages to items: what an export gives, whichever gateway it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from tgproto.types.bulk import Batch, BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding
from tgproto.types.terms import (
    IRI,
    Literal,
    Term,
    Triple,
    WireTerm,
    WireTriple,
    set_datatype,
    set_g,
    set_language,
    set_o,
    set_p,
    set_s,
    set_value,
)
from tgproto.types.wire import Payload, Shape

T = TypeVar("T")

ReadFrame: TypeAlias = Callable[[Payload], Batch[T]]
"""Reads a message; raises `DecodeError` if it is of another shape."""


class _Metadata(msgspec.Struct, gc=False):
    id: str | None = None
    root: str | None = None
    collection: str | None = None
    user: str | None = None
    metadata: list[dict[str, Any]] | None = None

    def read(self) -> BulkMetadata:
        return BulkMetadata(
            self.id or "", self.root or "", self.collection or "", self.user, tuple(self.metadata or ())
        )


class _Triples(msgspec.Struct):
    metadata: _Metadata
    triples: list[WireTriple]


class _Entity(msgspec.Struct):
    entity: WireTerm
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None


class _Entities(msgspec.Struct):
    metadata: _Metadata
    entities: list[_Entity]


class _Chunk(msgspec.Struct):
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None
    chunk_id: str | None = None
    chunk: str | None = None


class _Chunks(msgspec.Struct):
    metadata: _Metadata
    chunks: list[_Chunk]


class _Context(msgspec.Struct):
    entity: WireTerm
    context: str | None = None


class _Contexts(msgspec.Struct):
    metadata: _Metadata
    entities: list[_Context]


F = TypeVar("F")

KNOWN = 10_000
"""IRIs that are kept, because they come again."""


class _Reader(Generic[F, T]):
    """Reads messages of one kind."""

    def __init__(self, kind: type[F], items: Callable[[F], Batch[T]]) -> None:
        self._shape: Shape[F] = Shape(kind)
        self._items = items

    def __call__(self, payload: Payload) -> Batch[T]:
        return self._items(self._shape.decode(payload))


def _triples(frame: _Triples) -> Batch[Triple]:
    return Batch([wire.triple() for wire in frame.triples], frame.metadata.read())


class _QuickTriples(msgspec.Struct, gc=False):
    metadata: msgspec.Raw
    triples: list[WireTriple]


_empty_batch: Callable[[], Batch[Triple]] = partial(Batch.__new__, Batch)
_new = object.__new__


class _TriplesReader:
    """Reads messages with triples as `_Reader` does, in a third of the time.

    What it does not know how to read quickly it leaves to that.
    """

    def __init__(self) -> None:
        self._carefully = _Reader(_Triples, _triples)
        self._decode = msgspec.json.Decoder(_QuickTriples).decode
        self._decode_metadata = msgspec.json.Decoder(_Metadata).decode
        self._last = msgspec.Raw(), BulkMetadata()  # neighbours have the same metadata
        self._iris: dict[str | None, IRI] = {}

    def __call__(self, payload: Payload) -> Batch[Triple]:
        try:
            frame = self._decode(payload)
            raw, metadata = self._last
            if frame.metadata != raw:
                metadata = self._metadata(frame.metadata)
        except (ValueError, RecursionError):
            return self._carefully(payload)
        known, term = self._iris.get, self._term
        batch = _empty_batch()
        batch.metadata = metadata
        for wire in frame.triples:
            s, p, o = wire.s, wire.p, wire.o
            if s is None or p is None or o is None:
                batch.append(wire.triple())
                continue
            triple = _new(Triple)
            set_s(triple, (s.t == "i" and known(s.i)) or term(s))
            set_p(triple, (p.t == "i" and known(p.i)) or term(p))
            if o.t == "l":
                literal = _new(Literal)
                set_value(literal, o.v or "")
                set_datatype(literal, o.dt or None)
                set_language(literal, o.ln or None)
                set_o(triple, literal)
            else:
                set_o(triple, (o.t == "i" and known(o.i)) or term(o))
            set_g(triple, wire.g or "")
            batch.append(triple)
        return batch

    def _metadata(self, raw: msgspec.Raw) -> BulkMetadata:
        metadata = self._decode_metadata(raw).read()
        if not metadata.metadata:  # that could be changed by whoever gets it
            self._last = raw.copy(), metadata
        return metadata

    def _term(self, wire: WireTerm) -> Term:
        term = wire.term()
        if isinstance(term, IRI):
            if len(self._iris) >= KNOWN:
                self._iris.clear()
            self._iris[term.value] = term
        return term


def _graph_embeddings(frame: _Entities) -> Batch[GraphEmbedding]:
    return Batch(
        [
            GraphEmbedding(entity.entity.term(), vector)
            for entity in frame.entities
            for vector in _vectors(entity.vector, entity.vectors)
        ],
        frame.metadata.read(),
    )


def _document_embeddings(frame: _Chunks) -> Batch[DocumentEmbedding]:
    return Batch(
        [
            DocumentEmbedding(chunk.chunk_id or "", vector, chunk.chunk or "")
            for chunk in frame.chunks
            for vector in _vectors(chunk.vector, chunk.vectors)
        ],
        frame.metadata.read(),
    )


def _entity_contexts(frame: _Contexts) -> Batch[EntityContext]:
    return Batch(
        [EntityContext(entity.entity.term(), entity.context or "") for entity in frame.entities],
        frame.metadata.read(),
    )


def _vectors(vector: list[float] | None, vectors: list[list[float]] | None) -> list[list[float]]:
    """Return the vectors of an item: one in 2.x, any number in 1.x, an item each."""
    return vectors or [vector or []]


READERS: Mapping[str, ReadFrame[Any]] = {
    "triples": _TriplesReader(),
    "graph-embeddings": _Reader(_Entities, _graph_embeddings),
    "document-embeddings": _Reader(_Chunks, _document_embeddings),
    "entity-contexts": _Reader(_Contexts, _entity_contexts),
}
"""What reads messages, by kind of data."""
