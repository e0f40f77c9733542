"""The span rule: how many requests a gateway really works on at once for one connection.

The gateway frees its slots only from the front (gateway `dispatch/mux.py`, all releases to 2.11.1):
a finished request keeps its slot while an older one still runs. So what counts is the span from
the oldest unfinished request to the newest sent one, not the number outstanding.
"""

from __future__ import annotations

from collections import OrderedDict


class Window:
    """Positions handed out in sending order, and the span they cover.

    Args:
        limit: Largest allowed span, at least 1; None for a server without the rule, where nothing
            is ever refused.
    """

    __slots__ = ("_next", "_open", "limit")

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._next = 0
        # Positions in order; a finished one leaves at once, so the first key is always the oldest.
        self._open: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    @property
    def front(self) -> int | None:
        """The position of the oldest unfinished request, or None."""
        return next(iter(self._open), None)

    @property
    def span(self) -> int:
        """Newest sent position - oldest unfinished position + 1; 0 if all are finished."""
        front = self.front
        return 0 if front is None else self._next - front

    @property
    def room(self) -> int | None:
        """How many more may be sent now; None if there is no limit."""
        limit = self.limit
        if limit is None:
            return None
        for front in self._open:  # written out: this is asked for each request, several times
            return max(0, limit - self._next + front)
        return limit

    def take(self) -> int:
        """Hand out the next position. The caller has looked at `room`."""
        position = self._next
        self._next += 1
        self._open[position] = None
        return position

    def finish(self, position: int) -> None:
        """Note that the peer has finished with a position; harmless if it is not open."""
        self._open.pop(position, None)
