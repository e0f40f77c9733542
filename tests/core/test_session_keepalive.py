"""Signs of life: when a silent peer is asked, and when it is given up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.session.config import KeepaliveConfig
from tgproto.session.keepalive import Keepalive, Verdict

CONFIG = KeepaliveConfig(interval=20.0, timeout=5.0)


def test_nothing_is_due_before_the_start() -> None:
    keepalive = Keepalive(CONFIG)
    keepalive.heard(1.0)
    assert keepalive.due is None
    assert keepalive.check(1000.0) is Verdict.NOTHING


def test_a_silent_peer_is_asked_and_given_up() -> None:
    keepalive = Keepalive(CONFIG)
    keepalive.start(100.0)
    assert keepalive.due == 120.0
    assert keepalive.check(119.9) is Verdict.NOTHING
    assert keepalive.check(120.5) is Verdict.PING
    assert keepalive.due == 125.5
    assert keepalive.check(125.4) is Verdict.NOTHING
    assert keepalive.check(125.5) is Verdict.DEAD
    assert keepalive.due is None
    assert keepalive.check(1000.0) is Verdict.NOTHING


def test_anything_that_arrives_is_a_sign_of_life() -> None:
    keepalive = Keepalive(CONFIG)
    keepalive.start(0.0)
    assert keepalive.check(20.0) is Verdict.PING
    keepalive.heard(24.0)
    assert keepalive.due == 44.0
    assert keepalive.check(25.0) is Verdict.NOTHING


def test_a_check_that_comes_late_still_asks_first() -> None:
    keepalive = Keepalive(CONFIG)
    keepalive.start(0.0)
    assert keepalive.check(3600.0) is Verdict.PING
    assert keepalive.due == 3605.0


def test_nothing_is_expected_while_nobody_reads() -> None:
    keepalive = Keepalive(CONFIG)
    keepalive.start(0.0)
    assert keepalive.check(20.0) is Verdict.PING
    keepalive.stop()
    keepalive.heard(21.0)
    assert keepalive.due is None
    assert keepalive.check(60.0) is Verdict.NOTHING
    keepalive.start(100.0)
    assert keepalive.due == 120.0


def test_without_an_interval_it_never_starts() -> None:
    keepalive = Keepalive(KeepaliveConfig(interval=None))
    keepalive.start(0.0)
    assert keepalive.due is None
    assert keepalive.check(1e9) is Verdict.NOTHING


STEPS = st.lists(
    st.tuples(
        st.floats(0, 30, width=16),
        st.sampled_from(["check", "check", "heard", "start", "stop"]),
    ),
    min_size=20,
    max_size=60,
)


@given(STEPS)
@settings(max_examples=200)
def test_a_peer_dies_of_silence_alone(steps: list[tuple[float, str]]) -> None:
    """Dead only after a ping and then a whole timeout without a word; asked only after a whole interval."""
    keepalive = Keepalive(CONFIG)
    now, heard, asked = 0.0, 0.0, None
    active = False
    for pause, step in steps:
        now += pause
        match step:
            case "heard":
                keepalive.heard(now)
            case "start":
                keepalive.start(now)
                active = True
            case "stop":
                keepalive.stop()
                active = False
            case _:
                due = heard + 20.0 if asked is None else asked + 5.0
                expected = Verdict.NOTHING
                if active and now >= due:
                    expected = Verdict.PING if asked is None else Verdict.DEAD
                assert keepalive.check(now) is expected
                asked = now if expected is Verdict.PING else asked
                active = active and expected is not Verdict.DEAD
        if step in ("heard", "start"):
            heard, asked = now, None
        deadline = keepalive.due
        assert (deadline is not None) is active
        assert step != "check" or deadline is None or deadline > now
