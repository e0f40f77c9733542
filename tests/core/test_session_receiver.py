"""Bulk receiving: frames in order, a bounded window, and a keepalive that knows when nobody listens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.closing import CloseCause, CloseFrame, CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.session.config import KeepaliveConfig, ReceiverConfig
from tgproto.session.events import CloseCarrier, ConnectionClosed, FramesReadable, SendPing
from tgproto.session.receiver import BulkReceiver
from tgproto.session.stream import CHUNK_OVERHEAD
from tgproto.session.tables import SessionState

LOST = CloseCause(CloseKind.LOST, "reset by peer")
CLEAN = CloseCause(CloseKind.REMOTE, sent=CloseFrame(1000), received=CloseFrame(1000))


def opened(**options: Any) -> BulkReceiver:
    receiver = BulkReceiver(ReceiverConfig(**options))
    receiver.carrier_opened(now=0.0)
    return receiver


def outputs(receiver: BulkReceiver) -> list[Any]:
    return list(iter(receiver.next_output, None))


def events(receiver: BulkReceiver) -> list[Any]:
    return list(iter(receiver.next_event, None))


def test_the_defaults_are_those_of_the_config() -> None:
    receiver = BulkReceiver()
    assert receiver.config == ReceiverConfig()
    assert receiver.wants_read
    assert receiver.take(now=0.0) == []


def test_frames_are_announced_once_and_taken_in_order() -> None:
    receiver = opened()
    receiver.receive_messages([b"1", "2"], now=0.0)
    receiver.receive_message(b"3", now=0.0)
    assert events(receiver) == [FramesReadable()]
    assert receiver.take(now=0.0) == [b"1", "2", b"3"]
    assert receiver.take(now=0.0) == []
    receiver.receive_message(b"4", now=0.0)
    assert events(receiver) == [FramesReadable()]
    assert receiver.take(now=0.0) == [b"4"]


def test_reading_pauses_above_the_window_until_frames_are_taken() -> None:
    receiver = opened(window=2 * (CHUNK_OVERHEAD + 5))
    receiver.receive_messages([b"12345", b"12345"], now=0.0)
    assert receiver.wants_read
    receiver.receive_message("", now=0.0)
    assert not receiver.wants_read
    receiver.receive_message(b"on its way", now=0.0)
    assert len(receiver.take(now=0.0)) == 4
    assert receiver.wants_read


def test_no_pong_is_expected_while_reading_pauses() -> None:
    receiver = opened(window=1, keepalive=KeepaliveConfig(20.0, 5.0))
    assert receiver.next_deadline() == 20.0
    receiver.receive_message(b"x", now=1.0)
    assert receiver.next_deadline() is None
    receiver.receive_message(b"x", now=2.0)
    assert receiver.next_deadline() is None
    receiver.take(now=100.0)
    assert receiver.next_deadline() == 120.0
    receiver.take(now=110.0)
    assert receiver.next_deadline() == 120.0


def test_a_silent_peer_is_asked_and_given_up() -> None:
    receiver = opened(keepalive=KeepaliveConfig(20.0, 5.0), close_timeout=3.0)
    receiver.handle_timeout(now=20.0)
    assert outputs(receiver) == [SendPing(b"alive?")]
    receiver.receive_pong(b"alive?", now=21.0)
    assert receiver.next_deadline() == 41.0
    receiver.receive_message(b"x", now=30.0)
    assert receiver.next_deadline() == 50.0
    receiver.handle_timeout(now=50.0)
    receiver.handle_timeout(now=55.0)
    assert outputs(receiver) == [SendPing(b"alive?"), CloseCarrier(failure=True)]
    receiver.handle_timeout(now=58.0)
    assert events(receiver)[-1] == ConnectionClosed(
        CloseCause(CloseKind.TIMEOUT, "no pong within 5 s; see the option keepalive")
    )


def test_after_closing_nothing_comes_but_what_came_can_be_taken() -> None:
    receiver = opened(window=1)
    receiver.receive_message(b"before", now=0.0)
    assert not receiver.wants_read
    receiver.close(now=1.0, code=1001, reason="enough")
    receiver.close(now=2.0)
    assert receiver.wants_read
    assert outputs(receiver) == [CloseCarrier(1001, "enough")]
    receiver.receive_message(b"after", now=2.0)
    assert receiver.next_deadline() == 16.0
    receiver.carrier_closed(CLEAN, now=3.0)
    receiver.receive_message(b"long after", now=3.0)
    assert receiver.take(now=3.0) == [b"before"]
    assert receiver.next_deadline() is None
    cause = CloseCause(CloseKind.LOCAL, "enough", CLEAN.sent, CLEAN.received)
    assert events(receiver) == [FramesReadable(), ConnectionClosed(cause)]


def test_what_came_before_a_loss_can_be_taken() -> None:
    receiver = opened()
    receiver.receive_message(b"x", now=0.0)
    receiver.carrier_closed(LOST, now=0.0)
    assert events(receiver) == [FramesReadable(), ConnectionClosed(LOST)]
    assert receiver.take(now=0.0) == [b"x"]


def test_a_carrier_opens_once() -> None:
    receiver = opened()
    with pytest.raises(LocalProtocolError):
        receiver.carrier_opened(now=0.0)


def test_a_carrier_that_opens_too_late_is_closed_all_the_same() -> None:
    receiver = BulkReceiver(ReceiverConfig(keepalive=KeepaliveConfig(5.0, 5.0)))
    receiver.close(now=0.0)
    receiver.carrier_opened(now=1.0)
    assert receiver.state is SessionState.CLOSING
    assert receiver.next_deadline() == 15.0


FRAMES = st.lists(st.one_of(st.binary(max_size=300), st.text(max_size=300)), max_size=4)
STEPS = st.lists(st.one_of(FRAMES, st.just("take"), st.just("hear")), min_size=10, max_size=40)


@given(STEPS, st.integers(1, 2000))
@settings(max_examples=100)
def test_every_frame_is_announced_and_taken_once(steps: list[Any], window: int) -> None:
    receiver = opened(window=window)
    waiting: list[bytes | str] = []
    announced = 0
    for step in steps:
        if step == "take":
            assert receiver.take(now=0.0) == waiting
            waiting = []
        elif step == "hear":
            assert events(receiver) == [FramesReadable()] * announced
            announced = 0
        else:
            announced += bool(step and not waiting)
            receiver.receive_messages(step, now=0.0)
            waiting += step
        charge = sum(len(frame) + CHUNK_OVERHEAD for frame in waiting)
        assert receiver.wants_read is (charge <= window)
        assert (receiver.next_deadline() is not None) is receiver.wants_read
