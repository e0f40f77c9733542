"""Answers of `triples`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import FrameReader
from tgproto.errors import CallContext
from tgproto.types.terms import Triple, WireTriple
from tgproto.types.wire import Shape


class TriplesFrame(msgspec.Struct, gc=False):
    """One batch. 1.x answers in one frame, 2.x may use several."""

    response: list[WireTriple]


_SHAPE: Final = Shape(TriplesFrame)
_LET_GO: Final = (
    f"an answer of more than {MAX_KEPT} bytes is not kept once its batches are read; "
    "keep the triples, or call result() instead of reading"
)


class TriplesReader(FrameReader[TriplesFrame, list[Triple]]):
    """Puts the batches together. Those of a long answer are not kept once they are read."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._kept: Kept[list[Triple]] = Kept(context, MAX_KEPT, _LET_GO)

    @property
    def partial(self) -> list[Triple] | None:
        """The triples so far; None if there are none, or if they were not kept."""
        return _together(self._kept.partial) or None

    def release(self) -> None:
        """Let a long answer go; see `Reader.release`."""
        self._kept.release()

    def _take(self, frame: TriplesFrame) -> list[Triple]:
        batch = [wire.triple() for wire in frame.response]
        self._kept.add(batch, len(self._last))
        return batch

    def result(self) -> list[Triple]:
        """Return all triples; see `Reader.result`."""
        return _together(self._kept.whole())


def _together(batches: Iterable[list[Triple]]) -> list[Triple]:
    return [triple for batch in batches for triple in batch]
