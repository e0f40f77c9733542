"""Named deadlines. Time is a number: seconds of any monotonic clock, handed in by the caller.

Moving a deadline later is one dictionary write, so a stream may do it for every chunk; the heap
is put right only when its top is looked at.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


def earlier(*deadlines: float | None) -> float | None:
    """Return the earliest of some deadlines, of which None is none; None if there is none."""
    earliest: float | None = None
    for at in deadlines:
        if at is not None and (earliest is None or at < earliest):
            earliest = at
    return earliest


class Timers(Generic[K]):
    """A set of deadlines, at most one for each key. Its memory is in proportion to the armed ones."""

    __slots__ = ("_at", "_heap", "_serial")

    def __init__(self) -> None:
        self._at: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, key: K) -> bool:
        return key in self._at

    def set(self, key: K, at: float) -> None:
        """Arm or move the deadline of `key`.

        Args:
            key: What the deadline is for.
            at: Absolute time in seconds.
        """
        before = self._at.get(key)
        self._at[key] = at
        if before is None or at < before:
            self._push(at, key)
            if len(self._heap) > 2 * len(self._at) + 16:
                self._rebuild()

    def cancel(self, key: K) -> None:
        """Disarm `key`; harmless if it is not armed."""
        self._at.pop(key, None)

    def clear(self) -> None:
        """Disarm everything."""
        self._at.clear()
        self._heap.clear()

    def earliest(self) -> float | None:
        """Return the time of the next deadline, or None."""
        heap = self._heap
        if heap and self._at.get(heap[0][2]) != heap[0][0]:
            self._settle()
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> Iterator[K]:
        """Disarm and yield every key whose deadline is not after `now`, earliest first."""
        while (at := self.earliest()) is not None and at <= now:
            key = heapq.heappop(self._heap)[2]
            del self._at[key]
            yield key

    def _push(self, at: float, key: K) -> None:
        self._serial += 1
        heapq.heappush(self._heap, (at, self._serial, key))

    def _rebuild(self) -> None:
        """Forget the entries that are no longer true: they may lie below a true one for long."""
        self._heap.clear()
        for key, at in self._at.items():
            self._push(at, key)

    def _settle(self) -> None:
        """Drop or move entries from the top until the top one is true.

        An armed key always has an entry that is not later than its deadline.
        """
        heap = self._heap
        while heap:
            at, _, key = heap[0]
            true = self._at.get(key)
            if true == at:
                return
            heapq.heappop(heap)
            if true is not None:
                self._push(true, key)
