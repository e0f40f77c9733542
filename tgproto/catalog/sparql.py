"""Answers of `sparql`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import FrameReader
from tgproto.errors import CallContext, DecodeError
from tgproto.types.sparql import Binding, SparqlAnswer
from tgproto.types.terms import Triple, WireTerm, WireTriple
from tgproto.types.wire import Shape


class WireBinding(msgspec.Struct, gc=False):
    """A solution: terms in the order of the variables; null for one that is not bound."""

    values: list[WireTerm | None]


class SparqlFrame(msgspec.Struct, gc=False, rename="kebab"):
    """An answer, or one batch of it."""

    query_type: str
    variables: list[str] | None = None
    bindings: list[WireBinding] | None = None
    ask_result: bool | None = None
    triples: list[WireTriple] | None = None


_SHAPE: Final = Shape(SparqlFrame)
_LET_GO: Final = (
    f"an answer of more than {MAX_KEPT} bytes is not kept once its batches are read; "
    "keep what is in them, or call result() instead of reading"
)


class SparqlReader(FrameReader[SparqlFrame, SparqlAnswer]):
    """Puts the batches together. Those of a long answer are not kept once they are read."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._kept: Kept[SparqlAnswer] = Kept(context, MAX_KEPT, _LET_GO)
        self._empty = True

    @property
    def partial(self) -> SparqlAnswer | None:
        """The answer so far; None if there is none, or if it was not kept."""
        batches = self._kept.partial
        return _together(batches) if batches else None

    def release(self) -> None:
        """Let a long answer go; see `Reader.release`."""
        self._kept.release()

    def _take(self, frame: SparqlFrame) -> SparqlAnswer:
        variables = tuple(frame.variables or ())
        batch = SparqlAnswer(
            frame.query_type,
            variables,
            tuple(_binding(variables, wire.values, i) for i, wire in enumerate(frame.bindings or ())),
            frame.ask_result,
            tuple(wire.triple() for wire in frame.triples or ()),
            bytes(self._last),
        )
        self._kept.add(batch, len(self._last))
        self._empty = False
        return batch

    def check(self) -> None:
        """See that there was a frame; see `Reader.check`."""
        if self._empty:
            raise self._failed(DecodeError("the answer has no frames"))

    def result(self) -> SparqlAnswer:
        """Return the whole answer; see `Reader.result`."""
        self.check()
        return _together(self._kept.whole())


def _together(batches: Sequence[SparqlAnswer]) -> SparqlAnswer:
    last = batches[-1]
    bindings: list[Binding] = []
    triples: list[Triple] = []
    for batch in batches:
        bindings += batch.bindings
        triples += batch.triples
    return SparqlAnswer(
        last.query_type, last.variables, tuple(bindings), last.ask_result, tuple(triples), last.payload
    )


def _binding(variables: tuple[str, ...], values: list[WireTerm | None], number: int) -> Binding:
    if len(values) > len(variables):
        raise DecodeError(
            f"a solution has {len(values)} values for {len(variables)} variables - at `$.bindings[{number}]`"
        )
    return {name: value.term() for name, value in zip(variables, values, strict=False) if value is not None}
