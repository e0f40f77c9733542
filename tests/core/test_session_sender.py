"""Bulk sending: what a pong confirms, when barriers are sent, and how it ends.

A generated conversation sends, answers, loses and closes at will; its peer answers pings truthfully,
in whatever order the answers travel. The sender must never claim more than that peer has handled.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.closing import CloseCause, CloseFrame, CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.session.config import SenderConfig
from tgproto.session.events import CloseCarrier, ConnectionClosed, ItemsConfirmed, SendingEnded, SendPing
from tgproto.session.sender import BulkSender
from tgproto.session.tables import SessionState

CLEAN = CloseCause(CloseKind.REMOTE, sent=CloseFrame(1000), received=CloseFrame(1000))
LOST = CloseCause(CloseKind.LOST, "reset by peer")


def opened(**options: Any) -> BulkSender:
    sender = BulkSender(SenderConfig(**options))
    sender.carrier_opened(now=0.0)
    return sender


def outputs(sender: BulkSender) -> list[Any]:
    return list(iter(sender.next_output, None))


def events(sender: BulkSender) -> list[Any]:
    return list(iter(sender.next_event, None))


def pings(sender: BulkSender) -> list[bytes]:
    return [output.payload for output in outputs(sender) if isinstance(output, SendPing)]


# --- rule by rule ----------------------------------------------------------------------------


def test_the_defaults_are_those_of_the_config() -> None:
    sender = BulkSender()
    assert sender.config == SenderConfig()
    assert sender.wants_read
    assert not sender.wants_items
    assert sender.next_deadline() is None


def test_a_barrier_follows_so_many_frames() -> None:
    sender = opened(barrier_frames=2)
    for number in range(4):
        sender.send(b"{}", 10, now=float(number))
    assert [type(output) for output in outputs(sender)] == [bytes, bytes, SendPing] * 2
    assert (sender.confirmed, sender.unconfirmed) == (0, 40)
    assert sender.next_deadline() == 61.0


def test_a_barrier_follows_so_many_bytes() -> None:
    sender = opened(barrier_bytes=10)
    sender.send(b"123456789", 1, now=0.0)
    assert pings(sender) == []
    sender.send(b"1", 1, now=0.0)
    assert len(pings(sender)) == 1
    sender.send(b"123456789", 1, now=0.0)
    assert pings(sender) == []
    sender.send(b"1234567890", 1, now=0.0)
    assert len(pings(sender)) == 1


def test_a_barrier_follows_after_so_long() -> None:
    sender = opened(barrier_delay=1.0)
    sender.send(b"{}", 1, now=5.0)
    sender.send(b"{}", 1, now=5.5)
    assert sender.next_deadline() == 6.0
    sender.handle_timeout(now=5.9)
    assert pings(sender) == []
    sender.handle_timeout(now=6.0)
    assert len(pings(sender)) == 1
    assert sender.next_deadline() == 66.0


def test_a_pong_confirms_every_frame_before_its_ping() -> None:
    sender = opened(barrier_frames=1)
    for items in (1, 2, 4):
        sender.send(b"{}", items, now=0.0)
    first, second, third = pings(sender)
    sender.receive_pong(second, now=1.0)
    assert (sender.confirmed, sender.unconfirmed) == (3, 4)
    for payload in (first, second, b"", b"alive?", b"barrier 4"):
        sender.receive_pong(payload, now=1.0)
    assert events(sender) == [ItemsConfirmed(3)]
    sender.receive_pong(third, now=1.0)
    assert events(sender) == [ItemsConfirmed(7)]
    assert sender.unconfirmed == 0


def test_a_gateway_1_lags_behind_its_pongs() -> None:
    sender = opened(barrier_frames=2, lag_frames=3)
    for items in (1, 2, 4, 8, 16, 32):
        sender.send(b"{}", items, now=0.0)
    first, second, third = pings(sender)
    sender.receive_pong(b"another", now=0.0)
    assert not sender.answered
    sender.receive_pong(first, now=0.0)
    assert sender.answered
    assert events(sender) == []
    sender.receive_pong(second, now=0.0)
    sender.receive_pong(third, now=0.0)
    assert events(sender) == [ItemsConfirmed(1), ItemsConfirmed(7)]
    assert sender.unconfirmed == 8 + 16 + 32


def test_the_window_is_full_while_barriers_are_unanswered() -> None:
    sender = opened(barrier_frames=1, window_barriers=2)
    assert sender.wants_items
    sender.send(b"{}", 1, now=0.0)
    assert sender.wants_items
    sender.send(b"{}", 1, now=0.0)
    assert not sender.wants_items
    sender.receive_pong(pings(sender)[0], now=0.0)
    assert sender.wants_items


def test_what_the_peer_says_means_nothing() -> None:
    sender = opened()
    sender.receive_message(b"{}", now=0.0)
    assert events(sender) == []
    assert outputs(sender) == []


def test_progress_is_a_pong_within_the_limit() -> None:
    sender = opened(barrier_frames=1, progress_timeout=60.0)
    assert sender.next_deadline() is None
    sender.send(b"{}", 1, now=0.0)
    sender.send(b"{}", 1, now=50.0)
    assert sender.next_deadline() == 60.0
    first, second = pings(sender)
    sender.receive_pong(first, now=59.0)
    assert sender.next_deadline() == 119.0
    sender.receive_pong(second, now=60.0)
    assert sender.next_deadline() is None


def test_a_peer_without_progress_is_given_up() -> None:
    sender = opened(barrier_frames=1, progress_timeout=60.0, close_timeout=5.0)
    sender.send(b"{}", 1, now=0.0)
    sender.handle_timeout(now=60.0)
    assert outputs(sender)[-1] == CloseCarrier(failure=True)
    assert sender.close_cause == CloseCause(CloseKind.TIMEOUT, "no pong within 60 s (progress_timeout)")
    sender.handle_timeout(now=65.0)
    closed = CloseCause(CloseKind.TIMEOUT, "no pong within 60 s (progress_timeout)")
    assert events(sender) == [SendingEnded(0, 1, complete=False), ConnectionClosed(closed)]


def test_finishing_waits_for_the_last_pong() -> None:
    sender = opened()
    sender.send(b"{}", 3, now=0.0)
    sender.finish(now=0.0)
    sender.finish(now=0.0)
    assert not sender.wants_items
    frame, ping = outputs(sender)
    assert (frame, type(ping)) == (b"{}", SendPing)
    sender.receive_pong(ping.payload, now=1.0)
    assert outputs(sender) == [CloseCarrier()]
    sender.finish(now=1.0)
    sender.carrier_closed(CLEAN, now=2.0)
    sender.carrier_closed(LOST, now=2.0)
    cause = CloseCause(CloseKind.LOCAL, "", CLEAN.sent, CLEAN.received)
    assert events(sender) == [ItemsConfirmed(3), SendingEnded(3, 0, complete=True), ConnectionClosed(cause)]
    assert sender.next_deadline() is None


def test_finishing_with_nothing_open_closes_at_once() -> None:
    sender = opened()
    sender.finish(now=0.0)
    assert outputs(sender) == [CloseCarrier()]


def test_without_barriers_nothing_is_confirmed() -> None:
    sender = opened(barrier_frames=None, barrier_bytes=1)
    sender.send(b"{}", 5, now=0.0)
    assert sender.wants_items
    assert sender.next_deadline() is None
    sender.finish(now=0.0)
    assert outputs(sender) == [b"{}", CloseCarrier()]
    sender.carrier_closed(CLEAN, now=0.0)
    assert events(sender)[0] == SendingEnded(0, 5, complete=True)


def test_a_clean_close_of_the_peer_is_a_failure() -> None:
    sender = opened()
    sender.send(b"{}", 5, now=0.0)
    sender.carrier_closed(CLEAN, now=0.0)
    assert events(sender) == [SendingEnded(0, 5, complete=False), ConnectionClosed(CLEAN)]


@pytest.mark.parametrize(("code", "complete"), [(1000, True), (1005, True), (1001, False)])
def test_a_close_frame_with_another_code_is_no_answer(code: int, complete: bool) -> None:
    sender = opened()
    sender.finish(now=0.0)
    cause = CloseCause(CloseKind.LOCAL, sent=CloseFrame(1000), received=CloseFrame(code))
    sender.carrier_closed(cause, now=0.0)
    assert events(sender)[0] == SendingEnded(0, 0, complete=complete)


def test_a_finished_session_that_is_lost_is_not_complete() -> None:
    sender = opened()
    sender.finish(now=0.0)
    sender.carrier_closed(LOST, now=0.0)
    assert events(sender)[0] == SendingEnded(0, 0, complete=False)


def test_a_close_frame_that_crosses_ours_confirms_nothing() -> None:
    """The peer may have closed because of a frame that it could not read."""
    sender = opened()
    sender.send(b"{}", 5, now=0.0)
    sender.finish(now=0.0)
    sender.close(now=0.0)
    sender.carrier_closed(CLEAN, now=0.0)
    assert events(sender)[0] == SendingEnded(0, 5, complete=False)


def test_pongs_still_count_while_it_closes_but_not_afterwards() -> None:
    sender = opened(barrier_frames=1, progress_timeout=2.0, close_timeout=5.0)
    for _ in range(3):
        sender.send(b"{}", 1, now=0.0)
    first, second, third = pings(sender)
    sender.close(now=1.0, code=1001, reason="going")
    sender.close(now=2.0)
    assert outputs(sender) == [CloseCarrier(1001, "going")]
    sender.receive_pong(first, now=2.0)
    assert sender.confirmed == 1
    assert sender.next_deadline() == 6.0
    sender.receive_pong(second, now=2.0)
    sender.carrier_closed(CLEAN, now=3.0)
    sender.receive_pong(third, now=3.0)
    assert sender.next_deadline() is None
    *confirmed, ended, closed = events(sender)
    assert confirmed == [ItemsConfirmed(1), ItemsConfirmed(2)]
    assert ended == SendingEnded(2, 1, complete=False)
    assert closed == ConnectionClosed(CloseCause(CloseKind.LOCAL, "going", CLEAN.sent, CLEAN.received))


def test_what_is_not_allowed_changes_nothing() -> None:
    sender = BulkSender()
    with pytest.raises(LocalProtocolError, match="not open"):
        sender.send(b"{}", 1, now=0.0)
    with pytest.raises(LocalProtocolError, match="not open yet"):
        sender.finish(now=0.0)
    sender.carrier_opened(now=0.0)
    with pytest.raises(LocalProtocolError):
        sender.carrier_opened(now=0.0)
    with pytest.raises(LocalProtocolError, match="at least 1 item"):
        sender.send(b"{}", 0, now=0.0)
    assert (sender.unconfirmed, outputs(sender)) == (0, [])
    sender.finish(now=0.0)
    with pytest.raises(LocalProtocolError, match="finish was called"):
        sender.send(b"{}", 1, now=0.0)


def test_a_carrier_that_opens_too_late_is_closed_all_the_same() -> None:
    sender = BulkSender()
    sender.close(now=0.0)
    sender.carrier_opened(now=0.0)
    assert sender.state is SessionState.CLOSING
    assert not sender.wants_items


@pytest.mark.parametrize("options", [{"barrier_frames": None}, {"barrier_frames": 4, "lag_frames": 10}])
def test_memory_does_not_grow_with_what_was_sent(options: dict[str, Any]) -> None:
    sender = opened(**options)

    def send(count: int) -> None:
        for _ in range(count):
            sender.send(b"{}", 1000, now=0.0)
            for payload in pings(sender):
                sender.receive_pong(payload, now=0.0)
            events(sender)

    tracemalloc.start()
    try:
        send(100)
        before, _ = tracemalloc.get_traced_memory()
        send(5000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 4000


# --- as a whole ------------------------------------------------------------------------------


class TruthfulPeer:
    """Handles frames in order and answers a ping when everything before it was handled.

    Of what it has handled, the last `lag` frames may not have been stored yet.
    """

    def __init__(self, lag: int) -> None:
        self.lag = lag
        self.inbox: list[int | bytes] = []
        self.handled: list[int] = []
        self.pongs: list[bytes] = []

    @property
    def stored(self) -> int:
        return sum(self.handled[: max(0, len(self.handled) - self.lag)])

    def handle(self, count: int) -> None:
        for message in self.inbox[:count]:
            if isinstance(message, int):
                self.handled.append(message)
            else:
                self.pongs.append(message)
        del self.inbox[:count]


class Conversation:
    """A sender with any owner, over any network, towards a truthful peer."""

    def __init__(self, config: SenderConfig) -> None:
        self.config = config
        self.sender = BulkSender(config)
        self.peer = TruthfulPeer(config.lag_frames)
        self.now = 0.0
        self.sent: list[int] = []
        self.unsent: list[int] = []  # items of frames that wait in the outbox
        self.said: list[Any] = []
        self.finished = self.closing = self.lost = False

    @property
    def open(self) -> bool:
        return self.sender.state is SessionState.READY

    def do(self, step: str, number: int) -> None:
        match step:
            case "open":
                if self.sender.state is SessionState.NEW:
                    self.sender.carrier_opened(now=self.now)
            case "send":
                self.send(number + 1, b"x" * number)
            case "finish":
                self.finished = self.finished or self.open
                if self.sender.state is not SessionState.NEW:
                    self.sender.finish(now=self.now)
            case "close":
                self.sender.close(now=self.now)
            case "network works":
                self.flush()
                self.peer.handle(3 * number)
            case "pong arrives" | "pong arrives twice":
                if self.peer.pongs:
                    at = number % len(self.peer.pongs)
                    self.sender.receive_pong(self.peer.pongs[at], now=self.now)
                    del self.peer.pongs[at : at + (step == "pong arrives")]
            case "pong is lost":
                self.lost = self.lost or bool(self.peer.pongs)
                del self.peer.pongs[:1]
            case "foreign pong arrives":
                self.sender.receive_pong(b"barrier %d" % (100 + number), now=self.now)
            case "time passes":
                self.now += number / 4
                self.sender.handle_timeout(now=self.now)
            case "deadline comes":
                self.now = max(self.now, self.sender.next_deadline() or 0.0)
                self.sender.handle_timeout(now=self.now)
            case "connection is lost":
                self.sender.carrier_closed(LOST, now=self.now)
            case _:
                self.sender.carrier_closed(CLEAN, now=self.now)

    def send(self, items: int, frame: bytes) -> None:
        if self.open and not self.finished:
            self.sender.send(frame, items, now=self.now)
            self.sent.append(items)
            self.unsent.append(items)
        else:
            with pytest.raises(LocalProtocolError):
                self.sender.send(frame, items, now=self.now)

    def flush(self) -> None:
        for output in outputs(self.sender):
            assert not self.closing
            if isinstance(output, bytes):
                self.peer.inbox.append(self.unsent.pop(0))
            elif isinstance(output, SendPing):
                self.peer.inbox.append(output.payload)
            else:
                self.closing = True

    def check(self) -> None:
        """Nothing is claimed that was not stored; every wait has a deadline; the events tell it in order."""
        sender, said = self.sender, self.said
        assert 0 <= sender.confirmed <= self.peer.stored
        assert sender.confirmed + sender.unconfirmed == sum(self.sent)
        deadline = sender.next_deadline()
        assert deadline is None or deadline <= self.now + 30.0
        if self.open and self.config.barrier_frames is not None and not self.config.lag_frames:
            assert (deadline is None) is (sender.unconfirmed == 0)
        said += events(sender)
        counts = [event.items for event in said if isinstance(event, ItemsConfirmed)]
        assert counts == sorted(set(counts))
        assert sender.confirmed == (counts[-1] if counts else 0)
        kinds = [type(event) for event in said if not isinstance(event, ItemsConfirmed)]
        assert kinds == ([SendingEnded, ConnectionClosed] if sender.closed else [])
        if sender.closed:
            assert deadline is None
            ended, _ = said[-2:]
            assert (ended.confirmed, ended.unconfirmed) == (sender.confirmed, sender.unconfirmed)
            assert not ended.complete or self.finished

    def end_well(self) -> None:
        """Over a network that works, everything is confirmed and the end is clean."""
        self.sender.finish(now=self.now)
        self.flush()
        self.peer.handle(len(self.peer.inbox))
        for payload in self.peer.pongs:
            self.sender.receive_pong(payload, now=self.now)
        self.flush()
        if self.lost and not self.closing:
            return  # it still waits for that pong, up to progress_timeout
        assert self.closing
        assert self.config.barrier_frames is None or self.sender.confirmed == self.peer.stored
        self.sender.carrier_closed(CLEAN, now=self.now)
        self.finished = True
        self.check()
        assert self.said[-2].complete


USUAL = ["send", "network works", "pong arrives", "time passes"]
UNUSUAL = ["pong arrives twice", "pong is lost", "foreign pong arrives", "deadline comes"]
ENDINGS = ["open", "finish", "close", "connection is lost", "connection is closed"]


def steps(names: list[str], least: int) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(names), st.integers(0, 9)), min_size=least, max_size=2 * least)


@given(
    config=st.builds(
        SenderConfig,
        barrier_frames=st.sampled_from([None, 1, 2, 3, 4]),
        barrier_bytes=st.integers(1, 30),
        window_barriers=st.integers(1, 3),
        lag_frames=st.sampled_from([0, 0, 1, 3]),
        progress_timeout=st.just(20.0),
        close_timeout=st.just(30.0),
    ),
    begin=st.sampled_from([[("open", 0)], [("open", 0)], []]),
    middle=steps(USUAL * 5 + UNUSUAL, 20),
    end=steps(USUAL * 2 + UNUSUAL + ENDINGS, 5),
)
@settings(max_examples=200)
def test_the_peer_always_has_what_was_confirmed(
    config: SenderConfig,
    begin: list[tuple[str, int]],
    middle: list[tuple[str, int]],
    end: list[tuple[str, int]],
) -> None:
    conversation = Conversation(config)
    for step, number in (*begin, *middle, *end):
        conversation.do(step, number)
        conversation.check()
    if conversation.open:
        conversation.end_well()


def test_any_split_of_the_same_frames_confirms_the_same() -> None:
    """Barriers decide when it is known, not what is known."""

    def run(barrier_frames: int) -> Iterator[int]:
        sender = opened(barrier_frames=barrier_frames, window_barriers=100)
        for items in range(1, 21):
            sender.send(b"{}", items, now=0.0)
        sender.finish(now=0.0)
        for payload in pings(sender):
            sender.receive_pong(payload, now=0.0)
        yield from (event.items for event in events(sender) if isinstance(event, ItemsConfirmed))

    every = list(run(1))
    assert every[-1] == 210
    for barrier_frames in (2, 3, 7, 20, 64):
        some = list(run(barrier_frames))
        assert set(some) < set(every)
        assert some[-1] == 210
