"""Carriers of imports and exports that do what a test says, in both colours."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tests.core.carriers import Interrupt, turn
from tgproto.bulk.requests import Report, SendFrames, encode_report
from tgproto.session.events import Outcome, Payload
from tgproto.session.request import Submission

T = TypeVar("T")
Step = tuple[list[Payload], Outcome | None] | BaseException


def said(report: Report, *messages: bytes, outcome: Outcome | None = None) -> Step:
    """Return what a `receive` takes."""
    return [Payload(encode_report(report)), *map(Payload, messages)], outcome


class BulkCarried:
    """Blocks for nobody: each `receive` is the next step. Every stream has the id 5."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.opened: list[Any] = []
        self.sent: list[SendFrames] = []
        self.limits: set[tuple[float | None, float | None]] = set()
        self.cancelled: list[int] = []
        self.collected: list[int] = []
        self.takes = True  # whether messages of the import are not dropped
        self.before: Callable[[], object] = list

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit something."""
        (self.sent if isinstance(submission, SendFrames) else self.opened).append(submission)
        self.limits.add((timeout, total_timeout))
        return 5 if self.takes or not isinstance(submission, SendFrames) else 0

    def cancel(self, stream_id: int) -> None:
        """Forget a stream."""
        self.cancelled.append(stream_id)

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream of which nobody knows any more."""
        self.collected.append(stream_id)

    def receive(self, stream_id: int) -> Any:
        """Take what the script says."""
        self.before()
        assert stream_id in (0, 5)
        step = self.steps.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step


class BulkAwaited(BulkCarried):
    """The same, after one wait each."""

    async def receive(self, stream_id: int) -> Any:
        """Wait once, and take what the script says."""
        await turn()
        return super().receive(stream_id)

    async def beside(
        self, work: Callable[[], Coroutine[Any, Any, T]], watch: Callable[[], Coroutine[Any, Any, None]]
    ) -> T:
        """Let both go on, one step each in turn."""
        working, watching = work(), watch()
        while True:
            try:
                watching.send(None)
            except BaseException:
                with suppress(Interrupt):
                    working.throw(Interrupt())
                raise
            try:
                working.send(None)
            except BaseException as over:
                watching.close()
                if isinstance(over, StopIteration):
                    return over.value  # type: ignore[no-any-return]
                raise
            await turn()
