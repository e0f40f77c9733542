"""Answers of `embeddings`, and of searches by vector for entities."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from tgproto.catalog.reader import Start
from tgproto.catalog.single import single
from tgproto.errors import SilentFailure
from tgproto.types.matches import EntityMatch, EntityMatches
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


_ENTITIES: Final = Shape(EntitiesFrame)
_ENTITY: Final = Shape(WireEntity)


def _matches(frame: EntitiesFrame) -> EntityMatches:
    return EntityMatches(
        [_match(encode(entity)) for entity in frame.entities],
        payload=encode({"entities": frame.entities}),
    )


def _match(payload: bytes) -> EntityMatch:
    wire = _ENTITY.decode(payload)
    return EntityMatch(
        (wire.entity or wire).term(),
        wire.score,
        tuple(wire.rdf_type or ()),
        wire.attributes or {},
        payload,
    )


ENTITIES: Final = single(_ENTITIES, _matches)
"""Makes the readers of answers of `graph-embeddings`."""
