"""Carriers of the catalogue's requests that do what a test says, in both colours."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

import msgspec

from tgproto.catalog import CallOptions
from tgproto.catalog.call import StreamCall
from tgproto.catalog.text import TextReader
from tgproto.session.events import Completed, Outcome
from tgproto.session.request import Submission
from tgproto.types.wire import Payload

T = TypeVar("T")

Taken = tuple[list[Payload], Outcome | None]
Step = Taken | BaseException | Callable[[], Taken]
"""What a `receive` gives: what was taken, an error, or what a function does and returns."""


CALL = StreamCall(service="text-completion", arguments={}, start=TextReader, flow="f", streaming=True)
ONE, TWO = msgspec.Raw(b'{"response":"one "}'), msgspec.Raw(b'{"response":"two"}')
FIRST: Taken = ([ONE], None)
LAST: Taken = ([TWO], Completed())
OPTIONS = CallOptions(timeout=5.0, total_timeout=50.0)


class Interrupt(BaseException):
    """What a signal handler may raise anywhere."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Let a coroutine go on until it is over."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


class Carried:
    """Blocks for nobody: each `receive` is the next step."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.submitted: list[tuple[Submission, float | None, float | None]] = []
        self.cancelled: list[int] = []
        self.collected: list[int] = []
        self.paused: list[float] = []

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request."""
        self.submitted.append((submission, timeout, total_timeout))
        return len(self.submitted)

    def cancel(self, stream_id: int) -> None:
        """Forget a stream."""
        self.cancelled.append(stream_id)

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream of which nobody knows any more."""
        self.collected.append(stream_id)

    def pause(self, seconds: float) -> None:
        """Note it."""
        self.paused.append(seconds)

    def receive(self, stream_id: int) -> Taken:
        """Take what the script says."""
        assert 0 < stream_id <= len(self.submitted)
        step = self.steps.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step() if callable(step) else step


@coroutine
def turn() -> Generator[None, None, None]:
    """Wait until the test goes on."""
    yield


class Awaited(Carried):
    """The same, after one wait each."""

    async def receive(self, stream_id: int) -> Taken:  # type: ignore[override]
        """Wait once, and take what the script says."""
        await turn()
        return super().receive(stream_id)

    async def pause(self, seconds: float) -> None:  # type: ignore[override]
        """Note it, and wait once."""
        super().pause(seconds)
        await turn()

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Wait once, and call."""
        await turn()
        return function()
