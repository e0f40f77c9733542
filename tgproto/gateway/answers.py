"""Answers under way, each at its own pace: what the socket and REST have in common."""

from __future__ import annotations

from collections.abc import Iterator

from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.timers import Timers

ENVELOPE = 64
"""Bytes that a frame counts for beside its payload."""


class Answers:
    """Takes the steps of answers when their time has come.

    An answer is worked out step by step, and only as far as it is asked for.
    """

    def __init__(self) -> None:
        self._steps: dict[int, Iterator[Step]] = {}
        self._next: Timers[int] = Timers()

    def begin(self, key: int, steps: Iterator[Step], *, now: float) -> None:
        """Begin an answer.

        Args:
            key: Names it; no other one has this name.
            steps: What to do.
            now: Current time in seconds.
        """
        self._steps[key] = steps
        self._next.set(key, now)

    def forget(self, key: int) -> None:
        """Give an answer up; harmless if it is over."""
        self._steps.pop(key, None)
        self._next.cancel(key)

    def clear(self) -> None:
        """Give all answers up."""
        self._steps.clear()
        self._next.clear()

    def next_deadline(self) -> float | None:
        """Return when `due` has something, in the seconds of `now`; None for never."""
        return self._next.earliest()

    def due(self, *, now: float) -> Iterator[tuple[int, Frame | Failure]]:
        """Yield what is to be sent, one frame of each answer in turn, until nothing is due any more.

        What is not taken stays due. An answer that ends without a last frame yields nothing for it.

        Args:
            now: Current time in seconds.
        """
        for key in self._next.pop_due(now):
            step = next(self._steps[key], None)
            if isinstance(step, Pause):
                self._next.set(key, now + step.seconds)
                continue
            if isinstance(step, Frame) and not step.final:
                self._next.set(key, now)
            else:
                del self._steps[key]
            if step is not None:
                yield key, step


def size_of(step: Frame | Failure) -> int:
    """Return about how many bytes a step takes."""
    return ENVELOPE + len(step.payload) if isinstance(step, Frame) else ENVELOPE
