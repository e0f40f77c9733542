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

    Attributes:
        due: When to call `check`; None for never.
    """

    __slots__ = ("_active", "_config", "_pinged", "due")

    def __init__(self, config: KeepaliveConfig) -> None:
        self._config = config
        self._active = False
        self._pinged = False
        self.due: float | None = None

    def start(self, now: float) -> None:
        """Begin, or go on after `stop`; the peer counts as heard now."""
        self._active = True
        self.heard(now)

    def stop(self) -> None:
        """Expect nothing until `start`."""
        self._active = False
        self.due = None

    def heard(self, now: float) -> None:
        """Note that something arrived."""
        self._pinged = False
        interval = self._config.interval
        if self._active and interval is not None:
            self.due = now + interval

    def check(self, now: float) -> Verdict:
        """Say what is due at `now`, and note that a ping was asked for."""
        if self.due is None or now < self.due:
            return Verdict.NOTHING
        if not self._pinged:
            self._pinged = True
            self.due = now + self._config.timeout
            return Verdict.PING
        self.stop()
        return Verdict.DEAD
