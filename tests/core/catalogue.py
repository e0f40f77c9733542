"""What the tests of the catalogue share: captured answers, calls read at once, and a scripted gateway."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tgproto.catalog import Call, CallOptions
from tgproto.catalog.bind import DualOperation, operation, procedure, stream_operation
from tgproto.catalog.bulk_bind import export_operation, import_operation
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect

T = TypeVar("T")

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
"""The `response` of each frame of answers captured from gateways, by release, service and mode."""

RELEASES = {"1.7.1": GENERATION_1, "2.11.1": GENERATION_2}
KINDS = (operation, stream_operation, DualOperation, procedure, import_operation, export_operation)


def payloads(name: str) -> list[bytes]:
    return [payload.encode() for payload in ANSWERS[name]]


def body(call: Call[Any], dialect: Dialect = GENERATION_2) -> dict[str, Any]:
    return json.loads(call.request(dialect).body)  # type: ignore[no-any-return]


def answer(call: Call[T], frames: Sequence[bytes], dialect: Dialect = GENERATION_2) -> T:
    """Read an answer as a whole."""
    reader = call.reader()
    for frame in frames:
        reader.read(frame)
    return reader.result()


def operations(kind: type) -> list[str]:
    """Return the names of the operations that a class defines or inherits, base classes first."""
    return [
        name
        for base in reversed(kind.__mro__)
        for name, value in vars(base).items()
        if isinstance(value, KINDS)
    ]


@dataclass
class Script:
    """A runner that answers each call with the next frame, or raises the next error."""

    dialect: Dialect
    replies: list[bytes | BaseException]
    calls: list[dict[str, Any]] = field(default_factory=list)
    options: list[CallOptions] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def call(self, call: Call[T], options: CallOptions) -> T:
        self.calls.append(body(call, self.dialect))
        self.options.append(options)
        reply = self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return answer(call, [reply], self.dialect)

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
        return [Script.call(self, call, options) for call in calls]

    def open(self, call: Any, options: CallOptions) -> Any:
        raise NotImplementedError

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


class AsyncScript(Script):
    """The same, awaited."""

    async def call(self, call: Call[T], options: CallOptions) -> T:  # type: ignore[override]
        return super().call(call, options)

    async def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:  # type: ignore[override]
        return super().call_together(calls, options)

    async def pause(self, seconds: float) -> None:  # type: ignore[override]
        super().pause(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        return function()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine that never waits."""
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    return done.value.value  # type: ignore[no-any-return]
