"""When transports are opened: at once, after a pause, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.dialer import Dialer
from tgproto.session.reconnect import ReconnectConfig

LOST = CloseCause(CloseKind.LOST, "reset")
FOREIGN = CloseCause(CloseKind.PROTOCOL, "no HTTP")
SOON = ReconnectConfig(first_delay=1.0, max_delay=1.0, max_attempts=1)


def dialer(config: ReconnectConfig = SOON, limit: float = 3.0) -> Dialer:
    return Dialer(config, limit, uniform=lambda: 0.0)


def test_transports_are_opened_in_order() -> None:
    new = dialer()
    assert new.next(now=0.0) is None
    assert not new.wanted
    new.want(7)
    new.want(5)
    assert new.wanted
    assert [new.next(now=0.0) for _ in range(3)] == [7, 5, None]
    assert not new.wanted


def test_a_transport_that_takes_too_long_is_named_once() -> None:
    new = dialer()
    for key in (1, 2, 3):
        new.want(key)
    assert new.next_deadline() is None
    assert (new.next(now=0.0), new.next(now=1.0)) == (1, 2)
    assert new.next_deadline() == 3.0
    new.done(1)
    assert new.next_deadline() == 4.0
    assert list(new.expire(now=3.9)) == []
    assert list(new.expire(now=4.0)) == [2]
    assert list(new.expire(now=9.0)) == []
    assert new.next(now=9.0) == 3


def test_what_is_not_wanted_any_more_is_not_opened() -> None:
    new = dialer()
    new.want(1)
    new.want(2)
    new.done(1)
    assert new.next(now=0.0) == 2
    assert new.abandon() == []
    new.done(9)


def test_a_first_failure_is_final() -> None:
    new = dialer()
    new.want(1)
    assert not new.failed(LOST, now=0.0)
    assert new.retry_at is None
    assert new.abandon() == [1]
    assert new.next(now=0.0) is None


def test_an_address_that_was_good_is_tried_again_after_a_pause() -> None:
    new = dialer()
    new.ready(now=0.0)
    assert new.proven
    assert new.failed(LOST, now=1.0)
    assert (new.retry_at, new.next_deadline()) == (2.0, 2.0)
    new.want(1)
    assert new.next(now=1.5) is None
    assert list(new.expire(now=1.5)) == []
    assert list(new.expire(now=2.0)) == []
    assert (new.retry_at, new.next(now=2.0)) == (None, 1)
    assert not new.failed(LOST, now=2.5)  # no further attempt is allowed
    assert new.retry_at is None
    new.progressed()
    assert new.failed(LOST, now=2.5)


@pytest.mark.parametrize("cause", [FOREIGN, CloseCause(CloseKind.LOST, "expired", fault=DialFault.TLS)])
def test_what_would_not_change_is_not_tried_again(cause: CloseCause) -> None:
    new = dialer()
    new.ready(now=0.0)
    assert not new.failed(cause, now=1.0)


def test_a_pause_without_hope() -> None:
    new = dialer(ReconnectConfig(max_delay=4.0))
    new.want(1)
    new.pause(now=1.0)
    assert (new.retry_at, new.next(now=1.0)) == (5.0, None)
    assert list(new.expire(now=5.0)) == []
    assert new.next(now=5.0) == 1


def test_a_closed_one_opens_nothing_more() -> None:
    new = dialer()
    new.ready(now=0.0)
    new.failed(LOST, now=0.0)
    new.want(1)
    new.close()
    assert new.next_deadline() is None
    assert list(new.expire(now=99.0)) == []
    assert new.next(now=99.0) is None


class Dialing(RuleBasedStateMachine):
    """Every connection that wants a transport is asked for once, times out in time, or was given up."""

    def __init__(self) -> None:
        super().__init__()
        self.dialer = dialer(ReconnectConfig(0.5, 2.0, max_attempts=None), limit=3.0)
        self.now = 0.0
        self.count = 0
        self.waiting: list[int] = []
        self.opening: dict[int, float] = {}

    @rule()
    def want(self) -> None:
        self.count += 1
        self.dialer.want(self.count)
        self.waiting.append(self.count)

    @rule()
    def dial(self) -> None:
        key = self.dialer.next(now=self.now)
        if key is None:
            assert not self.waiting or self.dialer.retry_at is not None
        else:
            assert key == self.waiting.pop(0)
            self.opening[key] = self.now + 3.0

    @rule(data=st.data())
    @precondition(lambda self: self.waiting or self.opening)
    def done(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from([*self.waiting, *self.opening]))
        self.dialer.done(key)
        self.opening.pop(key, None)
        self.waiting = [other for other in self.waiting if other != key]

    @rule(cause=st.sampled_from([LOST, FOREIGN]))
    def fail(self, cause: CloseCause) -> None:
        hopeful = self.dialer.failed(cause, now=self.now)
        assert hopeful is (self.dialer.proven and cause is LOST)
        if hopeful:
            assert self.dialer.retry_at is not None
            assert self.dialer.retry_at > self.now
        else:
            assert self.dialer.abandon() == self.waiting
            self.waiting = []

    @rule()
    def succeed(self) -> None:
        self.dialer.ready(now=self.now)

    @rule(seconds=st.sampled_from([0.25, 1.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        late = list(self.dialer.expire(now=self.now))
        assert sorted(late) == sorted(key for key, at in self.opening.items() if at <= self.now)
        for key in late:
            del self.opening[key]

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        deadlines = [*self.opening.values(), *([self.dialer.retry_at] if self.dialer.retry_at else [])]
        assert self.dialer.next_deadline() == min(deadlines, default=None)


TestDialing = Dialing.TestCase
TestDialing.settings = settings(max_examples=60, stateful_step_count=40)
