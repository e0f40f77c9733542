"""Messages to items: what an export gives, whichever gateway it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from tgproto.types.bulk import Batch, BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding
from tgproto.types.terms import Triple, WireTerm, WireTriple
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


class _Reader(Generic[F, T]):
    """Reads messages of one kind."""

    def __init__(self, kind: type[F], items: Callable[[F], Batch[T]]) -> None:
        self._shape: Shape[F] = Shape(kind)
        self._items = items

    def __call__(self, payload: Payload) -> Batch[T]:
        return self._items(self._shape.decode(payload))


def _triples(frame: _Triples) -> Batch[Triple]:
    return Batch([wire.triple() for wire in frame.triples], frame.metadata.read())


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
    "triples": _Reader(_Triples, _triples),
    "graph-embeddings": _Reader(_Entities, _graph_embeddings),
    "document-embeddings": _Reader(_Chunks, _document_embeddings),
    "entity-contexts": _Reader(_Contexts, _entity_contexts),
}
"""What reads messages, by kind of data."""
