"""Asking a silent peer whether it is still there. Suspended while this side does not read."""

from __future__ import annotations

import enum

from tgproto.session.config import KeepaliveConfig


class Verdict(enum.Enum):
    """What is due."""

    NOTHING = "nothing"
    PING = "ping"
    DEAD = "dead"


class Keepalive:
    """One peer's signs of life. Inactive until `start`.

    Args:
        config: When to ask, and for how long to wait.
    """

    __slots__ = ("_active", "_config", "_heard", "_pong_by")

    def __init__(self, config: KeepaliveConfig) -> None:
        self._config = config
        self._active = False
        self._heard = 0.0
        self._pong_by: float | None = None

    def start(self, now: float) -> None:
        """Begin, or go on after `stop`; the peer counts as heard now."""
        self._active = True
        self.heard(now)

    def stop(self) -> None:
        """Expect nothing until `start`."""
        self._active = False

    def heard(self, now: float) -> None:
        """Note that something arrived."""
        self._heard = now
        self._pong_by = None

    def next_deadline(self) -> float | None:
        """Return when to call `check`, or None."""
        interval = self._config.interval
        if not self._active or interval is None:
            return None
        return self._pong_by if self._pong_by is not None else self._heard + interval

    def check(self, now: float) -> Verdict:
        """Say what is due at `now`, and note that a ping was asked for."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return Verdict.NOTHING
        if self._pong_by is None:
            self._pong_by = now + self._config.timeout
            return Verdict.PING
        self.stop()
        return Verdict.DEAD
