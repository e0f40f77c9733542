"""Answers of `embeddings`, and of searches by vector."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from tgproto.catalog.reader import Start
from tgproto.catalog.single import record, single
from tgproto.errors import SilentFailure
from tgproto.types.matches import ChunkMatch, EntityMatch, EntityMatches, Matches, RowMatch
from tgproto.types.terms import WireTerm
from tgproto.types.wire import Shape, encode

Vectors: TypeAlias = list[list[float]]
"""One vector for each text."""


class VectorsFrame(msgspec.Struct, gc=False):
    """The vectors, in the order of the texts. 1.x may make several of its one text."""

    vectors: Vectors


_VECTORS: Final = Shape(VectorsFrame)


def vectors_of(texts: int) -> Start[Vectors, Vectors]:
    """Make the readers of answers about a number of texts."""

    def convert(frame: VectorsFrame) -> Vectors:
        found = len(frame.vectors)
        if found < texts:
            raise SilentFailure(
                f"{found} of {texts} vectors came: the service failed, and the gateway lost its error"
            )
        return frame.vectors

    return single(_VECTORS, convert)


class EntitiesFrame(msgspec.Struct, gc=False):
    """The entities found. 1.x sends bare terms."""

    entities: list[dict[str, Any]]


class WireEntity(WireTerm, gc=False):
    """An entity, or on 1.x its term alone."""

    entity: WireTerm | None = None
    score: float | None = None
    rdf_type: list[str] | None = None
    attributes: dict[str, str | list[str]] | None = None


class ChunksFrame(msgspec.Struct, gc=False):
    """The chunks found."""

    chunks: list[dict[str, Any]]


class WireChunk(msgspec.Struct, gc=False):
    """A chunk."""

    chunk_id: str
    score: float | None = None
    attributes: dict[str, str | list[str]] | None = None


class RowMatchesFrame(msgspec.Struct, gc=False):
    """The rows found."""

    matches: list[dict[str, Any]]


class WireRowMatch(msgspec.Struct, gc=False):
    """A row."""

    index_name: str
    index_value: list[str] | None = None
    text: str | None = None
    score: float | None = None
    attributes: dict[str, str | list[str]] | None = None


_ENTITIES: Final = Shape(EntitiesFrame)
_ENTITY: Final = Shape(WireEntity)
_CHUNKS: Final = Shape(ChunksFrame)
_CHUNK: Final = Shape(WireChunk)
_ROWS: Final = Shape(RowMatchesFrame)
_ROW: Final = Shape(WireRowMatch)


def _entities(frame: EntitiesFrame, payload: bytes) -> EntityMatches:
    return EntityMatches(
        (_entity(value, f"$.entities[{number}]") for number, value in enumerate(frame.entities)),
        payload=payload,
    )


def _entity(value: dict[str, Any], path: str) -> EntityMatch:
    wire = _ENTITY.convert(value, path)
    term = (wire.entity or wire).term()
    return EntityMatch(term, wire.score, tuple(wire.rdf_type or ()), wire.attributes or {}, encode(value))


def _chunks(frame: ChunksFrame, payload: bytes) -> Matches[ChunkMatch]:
    return Matches(
        (_chunk(value, f"$.chunks[{number}]") for number, value in enumerate(frame.chunks)), payload=payload
    )


def _chunk(value: dict[str, Any], path: str) -> ChunkMatch:
    wire = _CHUNK.convert(value, path)
    return ChunkMatch(wire.chunk_id, wire.score, wire.attributes or {}, encode(value))


def _rows(frame: RowMatchesFrame, payload: bytes) -> Matches[RowMatch]:
    return Matches(
        (_row(value, f"$.matches[{number}]") for number, value in enumerate(frame.matches)), payload=payload
    )


def _row(value: dict[str, Any], path: str) -> RowMatch:
    wire = _ROW.convert(value, path)
    values = tuple(wire.index_value or ())
    return RowMatch(
        wire.index_name, values, wire.text or "", wire.score, wire.attributes or {}, encode(value)
    )


ENTITIES: Final = record(_ENTITIES, _entities)
"""Makes the readers of answers of `graph-embeddings`."""

CHUNKS: Final = record(_CHUNKS, _chunks)
"""Makes the readers of answers of `document-embeddings`."""

ROW_MATCHES: Final = record(_ROWS, _rows)
"""Makes the readers of answers of `row-embeddings`."""
