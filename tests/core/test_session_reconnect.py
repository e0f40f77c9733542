"""When to try again, and what may be sent again."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.closing import CloseCause, CloseKind, RefusedUpgrade
from tgproto.errors import ConnectionLost
from tgproto.session.reconnect import ReconnectConfig, Reconnector, may_repeat

LOST = CloseCause(CloseKind.LOST, "reset by peer")
SLOWEST = 1 - 2**-53
"""The largest number that a random source below 1 gives."""


def refused(status: int, retry_after: bytes | None = None) -> CloseCause:
    headers = () if retry_after is None else ((b"retry-after", retry_after),)
    return CloseCause(CloseKind.REJECTED, f"HTTP {status}", refused=RefusedUpgrade(status, headers))


def reconnector(config: ReconnectConfig | None = None, uniform: float = 0.0) -> Reconnector:
    return Reconnector(config if config is not None else ReconnectConfig(), uniform=lambda: uniform)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"first_delay": 0.0}, "first_delay"),
        ({"first_delay": 11.0}, "max_delay"),
        ({"max_delay": float("nan")}, "max_delay"),
        ({"max_attempts": -1}, "max_attempts"),
        ({"stable_after": -0.1}, "stable_after"),
    ],
)
def test_useless_options_are_refused(options: dict[str, float], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        ReconnectConfig(**options)  # type: ignore[arg-type]


@given(
    first=st.floats(0.001, 10),
    times=st.floats(1, 100),
    randoms=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30),
    start=st.floats(-1e6, 1e6),
)
@settings(max_examples=200)
def test_delays_grow_at_most_threefold_within_their_bounds(
    first: float, times: float, randoms: list[float], start: float
) -> None:
    config = ReconnectConfig(first, first * times, max_attempts=None)
    numbers = iter(randoms)
    policy = Reconnector(config, uniform=lambda: next(numbers))
    now, before = start, first
    for _ in randoms:
        decision = policy.closed(LOST, now=now)
        assert decision is not None
        delay = decision - now
        slack = 1e-9 * (1 + abs(now))
        assert first - slack <= delay <= min(config.max_delay, 3 * before) + slack
        now, before = decision, delay + slack


@pytest.mark.parametrize(
    ("uniform", "delays"), [(0.0, [0.1, 0.1, 0.1, 0.1, 0.1]), (SLOWEST, [0.3, 0.9, 2.7, 8.1, 10.0])]
)
def test_the_fastest_and_the_slowest_series(uniform: float, delays: list[float]) -> None:
    policy, now = reconnector(uniform=uniform), 0.0
    for delay in delays:
        decision = policy.closed(LOST, now=now)
        assert decision == pytest.approx(now + delay)
        now = decision


@pytest.mark.parametrize("attempts", [0, 1, 5])
def test_it_gives_up_after_so_many_new_attempts(attempts: int) -> None:
    policy, now = reconnector(ReconnectConfig(max_attempts=attempts)), 0.0
    for _ in range(attempts):
        decision = policy.closed(LOST, now=now)
        assert decision is not None
        now = decision
    decision = policy.closed(LOST, now=now)
    assert decision is None
    assert policy.closed(LOST, now=now + 3600) is None


def test_without_a_limit_it_never_gives_up() -> None:
    policy, now = reconnector(ReconnectConfig(max_attempts=None), SLOWEST), 0.0
    for _ in range(1000):
        decision = policy.closed(LOST, now=now)
        assert decision is not None
        now = decision


@pytest.mark.parametrize(
    "cause",
    [
        CloseCause(CloseKind.LOCAL),
        CloseCause(CloseKind.PROTOCOL, "not a WebSocket"),
        CloseCause(CloseKind.REJECTED),
        refused(401),
        refused(404, b"5"),
    ],
)
def test_it_gives_up_where_nothing_would_change(cause: CloseCause) -> None:
    assert reconnector().closed(cause, now=0.0) is None


@pytest.mark.parametrize("lasted", [4.999, 5.0, 100.0])
def test_failures_are_forgotten_only_after_a_good_while(lasted: float) -> None:
    policy = reconnector(ReconnectConfig(max_attempts=1, stable_after=5.0), SLOWEST)
    assert policy.closed(LOST, now=0.0) == pytest.approx(0.3)
    policy.ready(now=1.0)
    policy.ready(now=1.0 + lasted / 2)
    decision = policy.closed(LOST, now=1.0 + lasted)
    if lasted < 5.0:
        assert decision is None
    else:
        assert decision == pytest.approx(1.0 + lasted + 0.3)


def test_failures_before_progress_are_forgotten_at_once() -> None:
    policy, now = reconnector(ReconnectConfig(max_attempts=1), SLOWEST), 0.0
    for _ in range(3):
        decision = policy.closed(LOST, now=now)
        assert decision == pytest.approx(now + 0.3)
        policy.progressed()
        now = decision
    assert policy.closed(LOST, now=now) is not None
    assert policy.closed(LOST, now=now + 10.0) is None


def test_a_connection_that_was_never_ready_forgets_nothing() -> None:
    policy = reconnector(ReconnectConfig(max_attempts=1, stable_after=0.0))
    policy.ready(now=0.0)
    assert policy.closed(LOST, now=10.0) is not None
    assert policy.closed(LOST, now=1000.0) is None


def test_connections_that_are_lost_together_are_one_failure() -> None:
    policy = reconnector(ReconnectConfig(max_attempts=1), SLOWEST)
    decisions = [policy.closed(LOST, now=now) for now in (0.0, 0.0, 0.1, 0.29)]
    assert decisions == [pytest.approx(0.3)] * 4
    assert policy.closed(refused(401), now=0.29) is None
    assert policy.closed(LOST, now=decisions[0]) is None


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        (b"7", 7.0),
        (b"0", 0.1),
        (b"3600", 3600.0),
        (b"3601", 3600.0),
        (b"9" * 5000, 3600.0),
        (b"-5", 0.1),
        (b"1.5", 0.1),
        (b"", 0.1),
        (b"Wed, 21 Oct 2026 07:28:00 GMT", 0.1),
        (None, 0.1),
    ],
)
def test_a_server_may_ask_for_more_time(value: bytes | None, delay: float) -> None:
    assert reconnector().closed(refused(503, value), now=50.0) == 50.0 + delay


def test_a_server_that_asks_later_is_heard_as_well() -> None:
    policy = reconnector()
    assert policy.closed(LOST, now=0.0) == 0.1
    assert policy.closed(refused(503, b"7"), now=0.05) == 7.05
    assert policy.closed(LOST, now=5.0) == 7.05


def test_the_time_a_server_asked_for_does_not_grow_the_delays() -> None:
    policy = reconnector(uniform=SLOWEST)
    policy.closed(refused(503, b"100"), now=0.0)
    assert policy.closed(LOST, now=100.0) == pytest.approx(100.9)


@pytest.mark.parametrize(
    ("sent", "delivered", "repeatable"), list(itertools.product([False, True], [0, 1], [False, True]))
)
def test_what_may_be_sent_again(sent: bool, delivered: int, repeatable: bool) -> None:
    error = ConnectionLost(LOST, sent=sent, delivered=delivered)
    allowed = {(True, 0, True), (False, 0, False), (False, 0, True), (False, 1, False), (False, 1, True)}
    assert may_repeat(error, repeatable=repeatable) is ((sent, delivered, repeatable) in allowed)
