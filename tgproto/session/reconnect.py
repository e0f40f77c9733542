"""When to try a connection again, and which requests may be sent again. Pure decisions.

Backoff with decorrelated jitter; the count of failures is forgotten only after the connection has
been good for a while, so that a gateway that accepts and drops is not hammered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tgproto.closing import CloseCause
from tgproto.errors import ConnectionLost
from tgproto.session.config import require


@dataclass(frozen=True, slots=True)
class ReconnectConfig:
    """Options of reconnecting.

    Attributes:
        first_delay: Seconds before the first new attempt, at least.
        max_delay: Seconds between attempts, at most, unless the server asks for longer (`Retry-After`).
        max_attempts: New attempts in a row before giving up; None never gives up, 0 never tries.
        stable_after: Seconds a connection must have been ready for its failures to be forgotten.
    """

    first_delay: float = 0.1
    max_delay: float = 10.0
    max_attempts: int | None = 5
    stable_after: float = 5.0

    def __post_init__(self) -> None:
        require(
            0 < self.first_delay <= self.max_delay, "first_delay must be above 0 s and not above max_delay"
        )
        require(self.max_attempts is None or self.max_attempts >= 0, "max_attempts must not be negative")
        require(self.stable_after >= 0, "stable_after must not be negative")


class Reconnector:
    """Decides about one address.

    Args:
        config: Options.
        uniform: Returns a random number from 0 up to and excluding 1; drivers pass `random.random`.
    """

    def __init__(self, config: ReconnectConfig, *, uniform: Callable[[], float]) -> None:
        self._config = config
        self._uniform = uniform
        self._failures = 0
        self._delay = config.first_delay
        self._retry_at = -math.inf
        self._ready_since: float | None = None

    def ready(self, *, now: float) -> None:
        """A connection to the address is ready for requests."""
        if self._ready_since is None:
            self._ready_since = now

    def progressed(self) -> None:
        """A connection has done some of what it is for: the failures before do not matter any more."""
        self._failures = 0
        self._delay = self._config.first_delay

    def closed(self, cause: CloseCause, *, now: float) -> float | None:
        """A connection to the address ended, or could not be made.

        Connections that end before the next attempt is due count as one failure.

        Args:
            cause: Why.
            now: Current time in seconds.

        Returns:
            When to try again; None for never, because it would not help or no further attempt is allowed.
        """
        config = self._config
        if self._ready_since is not None and now - self._ready_since >= config.stable_after:
            self.progressed()
        self._ready_since = None
        if not cause.retryable:
            return None
        if now >= self._retry_at:
            if config.max_attempts is not None and self._failures >= config.max_attempts:
                return None
            self._failures += 1
            span = 3 * self._delay - config.first_delay
            self._delay = min(config.max_delay, config.first_delay + self._uniform() * span)
            self._retry_at = now + self._delay
        self._retry_at = max(self._retry_at, now + _retry_after(cause))
        return self._retry_at


def may_repeat(error: ConnectionLost, *, repeatable: bool) -> bool:
    """Say whether a request whose connection was lost may be sent again.

    Args:
        error: How it was lost.
        repeatable: Whether the caller declared that running it twice does no harm.

    Returns:
        True if it certainly was not sent, or if it is repeatable and nothing of the answer was delivered.
    """
    return not error.sent or (repeatable and error.delivered == 0)


def _retry_after(cause: CloseCause) -> float:
    """Seconds the server asked for in `Retry-After`, if it did so in seconds; at most an hour."""
    value = cause.refused.header(b"retry-after") if cause.refused is not None else None
    return min(float(value), 3600.0) if value is not None and value.isdigit() else 0.0
