"""The time, with a clock and without one."""

from __future__ import annotations

from datetime import UTC, datetime

from tgproto.gateway.stores.calendar import Calendar


def test_without_a_clock_nothing_expires() -> None:
    calendar = Calendar()
    assert calendar.stamp() == "2026-01-01T00:00:00+00:00"
    assert calendar.local_stamp() == "2026-01-01T00:00:00"
    assert calendar.after(1).year == 2100
    assert not calendar.has_passed(datetime(1999, 1, 1, tzinfo=UTC))


def test_with_a_clock() -> None:
    now = [1_000_000_000.0]
    calendar = Calendar(lambda: now[0])
    assert calendar.stamp() == "2001-09-09T01:46:40+00:00"
    end = calendar.after(60)
    assert not calendar.has_passed(end)
    now[0] += 61
    assert calendar.has_passed(end)
    assert calendar.has_passed(datetime(2001, 1, 1))  # in UTC
