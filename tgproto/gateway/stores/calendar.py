"""What time it is for those who write it down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MADE_UP = datetime(2026, 1, 1, tzinfo=UTC)
"""The time where there is no clock."""

FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)
"""When everything expires where there is no clock."""


class Calendar:
    """The time of day. Without a clock it stands still, and nothing expires.

    Args:
        clock: Returns the time in seconds since 1970, as `time.time` does; None for no clock.
    """

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock

    def today(self) -> datetime:
        """Return the time."""
        return MADE_UP if self._clock is None else datetime.fromtimestamp(self._clock(), UTC)

    def stamp(self) -> str:
        """Return the time as text, with its offset from UTC."""
        return self.today().isoformat()

    def local_stamp(self) -> str:
        """Return the time as text, without an offset, as the services for documents write it."""
        return self.today().replace(tzinfo=None).isoformat()

    def after(self, seconds: int) -> datetime:
        """Return the end of so many seconds."""
        return FAR_AWAY if self._clock is None else self.today() + timedelta(seconds=seconds)

    def has_passed(self, when: datetime) -> bool:
        """Return whether a time is over. One without an offset is in UTC."""
        aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
        return self._clock is not None and aware < self.today()
