"""Answers of `triples`."""

from __future__ import annotations

from typing import Final

import msgspec

from tgproto.catalog.reader import FrameReader
from tgproto.errors import CallContext
from tgproto.types.terms import Triple, WireTriple
from tgproto.types.wire import Shape


class TriplesFrame(msgspec.Struct, gc=False):
    """One batch. 1.x answers in one frame, 2.x may use several."""

    response: list[WireTriple]


_SHAPE: Final = Shape(TriplesFrame)


class TriplesReader(FrameReader[TriplesFrame, list[Triple]]):
    """Puts the batches together."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._triples: list[Triple] = []

    @property
    def partial(self) -> list[Triple] | None:
        """The triples so far, or None if there are none."""
        return self._triples or None

    def _take(self, frame: TriplesFrame) -> list[Triple]:
        batch = [wire.triple() for wire in frame.response]
        self._triples += batch
        return batch

    def result(self) -> list[Triple]:
        """Return all triples; see `Reader.result`."""
        return self._triples
