"""When transports are opened, and how long that may take. Shared by the clients; no I/O."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from tgproto.closing import CloseCause
from tgproto.session.reconnect import ReconnectConfig, Reconnector
from tgproto.timers import Timers

_RETRY = 0
"""Timer key of the next attempt; the others are the keys of connections whose transport is awaited."""


class Dialer:
    """Opens the transports of one address: at once, or after a pause if it was lost.

    Until a connection to the address was good, a failure is final: the address may be wrong.

    Args:
        config: When to try again.
        limit: Seconds for a transport to be up.
        uniform: Returns a random number from 0 up to and excluding 1.

    Attributes:
        limit: The same.
        proven: Whether a connection to the address was good once.
        retry_at: When the next attempt is due; None if nothing is in the way of one.
    """

    def __init__(self, config: ReconnectConfig, limit: float, *, uniform: Callable[[], float]) -> None:
        self.limit = limit
        self.proven = False
        self.retry_at: float | None = None
        self._pause = config.max_delay
        self._reconnector = Reconnector(config, uniform=uniform)
        self._waiting: OrderedDict[int, None] = OrderedDict()
        self._timers: Timers[int] = Timers()

    @property
    def wanted(self) -> bool:
        """Whether a connection waits for its transport to be asked for."""
        return bool(self._waiting)

    def want(self, key: int) -> None:
        """A connection needs a transport."""
        self._waiting[key] = None

    def next(self, *, now: float) -> int | None:
        """Return the connection whose transport is to be opened now, or None."""
        if not self._waiting or self.retry_at is not None:
            return None
        key, _ = self._waiting.popitem(last=False)
        self._timers.set(key, now + self.limit)
        return key

    def done(self, key: int) -> None:
        """A transport is up, or is not wanted any more."""
        self._waiting.pop(key, None)
        self._timers.cancel(key)

    def ready(self, *, now: float) -> None:
        """A connection to the address is good."""
        self.proven = True
        self._reconnector.ready(now=now)

    def progressed(self) -> None:
        """A connection to the address has done some of what it is for."""
        self._reconnector.progressed()

    def failed(self, cause: CloseCause, *, now: float) -> bool:
        """A connection ended, or could not be made.

        Returns:
            Whether another attempt is made, at `retry_at`.
        """
        retry_at = self._reconnector.closed(cause, now=now)
        if not self.proven or retry_at is None:
            return False
        self._wait(retry_at)
        return True

    def pause(self, *, now: float) -> None:
        """Nothing is hoped of another attempt, and there is time: make none for a while."""
        self._wait(now + self._pause)

    def abandon(self) -> list[int]:
        """Forget the connections whose transports were not asked for yet, and return them."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    def close(self) -> None:
        """Open nothing more."""
        self._waiting.clear()
        self._timers.cancel(_RETRY)

    def next_deadline(self) -> float | None:
        """Return when `expire` has something to do; None for never."""
        return self._timers.earliest()

    def expire(self, *, now: float) -> Iterator[int]:
        """Yield the connections whose transports took too long; let the next attempt begin if it is due."""
        for key in self._timers.pop_due(now):
            if key == _RETRY:
                self.retry_at = None
            else:
                yield key

    def _wait(self, until: float) -> None:
        self.retry_at = until
        self._timers.set(_RETRY, until)
