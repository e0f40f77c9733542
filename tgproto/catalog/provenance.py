"""Provenance in the streams that want it: the frames in which a reader finds no chunk of its own."""

from __future__ import annotations

from typing import Final, Generic

import msgspec

from tgproto.catalog.reader import C, FrameReader, Reader, Several, Start, T
from tgproto.errors import CallContext
from tgproto.types.chunks import ProvenanceEvent
from tgproto.types.terms import WireTriple
from tgproto.types.wire import Payload, Shape


class ExplainFrame(msgspec.Struct, gc=False):
    """A frame of provenance, in any service that sends it (2.x)."""

    explain_id: str | None = None
    explain_graph: str | None = None
    explain_triples: list[WireTriple] | None = None


_SHAPE: Final = Shape(ExplainFrame)


class ProvenanceReader(FrameReader[ExplainFrame, C | ProvenanceEvent], Generic[C, T]):
    """Adds provenance to what another reader yields.

    Args:
        context: Which call it is, for errors.
        answer: The other reader.
    """

    def __init__(self, context: CallContext, answer: Reader[C, T]) -> None:
        super().__init__(context, _SHAPE)
        self._answer = answer

    @property
    def partial(self) -> object:
        """What the other reader has so far."""
        return self._answer.partial

    def read(
        self, payload: Payload, *, last: bool = False
    ) -> C | ProvenanceEvent | Several[C | ProvenanceEvent] | None:
        """Take the next frame; see `Reader.read`."""
        chunk = self._answer.read(payload, last=last)
        return super().read(payload) if chunk is None else chunk

    def _take(self, frame: ExplainFrame) -> ProvenanceEvent | None:
        if not frame.explain_id:
            return None
        triples = tuple(wire.triple() for wire in frame.explain_triples or ())
        return ProvenanceEvent(frame.explain_id, frame.explain_graph or "", triples)

    def release(self) -> None:
        """Let a long text go; see `Reader.release`."""
        self._answer.release()

    def check(self) -> None:
        """Look at the other reader's answer; see `Reader.check`."""
        self._answer.check()

    def result(self) -> T:
        """Return the whole answer; see `Reader.result`."""
        return self._answer.result()


def with_provenance(start: Start[C, T]) -> Start[C | ProvenanceEvent, T]:
    """Make readers that also yield provenance out of readers that do not."""
    return lambda context: ProvenanceReader(context, start(context))
