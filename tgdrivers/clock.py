"""Where a driver takes the time from, if not from its runtime: tests move it by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that is due at some time."""

    def cancel(self) -> object:
        """Call it off. Harmless when repeated or too late."""
        ...


class Clock(Protocol):
    """A source of time; an asyncio event loop is one, and so is `tgdrivers.testing.ManualClock`."""

    def time(self) -> float:
        """Return the current time in seconds, monotonic."""
        ...

    def call_at(self, when: float, callback: Callable[[], None], /) -> Timer:
        """Call back at a time of this clock, in any thread."""
        ...
