"""Answers of `sparql`."""

from __future__ import annotations

from typing import Final

import msgspec

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


class SparqlReader(FrameReader[SparqlFrame, SparqlAnswer]):
    """Puts the batches together."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._batches: list[SparqlAnswer] = []

    @property
    def partial(self) -> SparqlAnswer | None:
        """The answer so far, or None if there is none."""
        return self._together() if self._batches else None

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
        self._batches.append(batch)
        return batch

    def check(self) -> None:
        """See that there was a frame; see `Reader.check`."""
        if not self._batches:
            raise self._failed(DecodeError("the answer has no frames"))

    def result(self) -> SparqlAnswer:
        """Return the whole answer; see `Reader.result`."""
        self.check()
        return self._together()

    def _together(self) -> SparqlAnswer:
        last = self._batches[-1]
        bindings: list[Binding] = []
        triples: list[Triple] = []
        for batch in self._batches:
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
