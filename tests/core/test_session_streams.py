"""The streams of a client session: queue, slots, unread frames, time limits, endings, moving elsewhere."""

from __future__ import annotations

import json
from itertools import count

import pytest
from msgspec import Raw

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import (
    ConnectionFailed,
    ConnectionLost,
    LocalProtocolError,
    RequestTimeout,
    StreamStalled,
    UnknownServiceError,
)
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig
from tgproto.session.events import Completed, ConnectionClosed, Failed, SendPing, StreamReadable
from tgproto.session.request import Request

LOST = CloseCause(CloseKind.LOST, "connection reset")
SILENT = KeepaliveConfig(interval=None)
SMALL = 1000
"""A stream window that one BIG frame fills."""
BIG = json.dumps({"x": "x" * SMALL})


def opened(dialect: Dialect = GENERATION_2, **options: object) -> ClientSession:
    """Return a session that is ready for requests."""
    options = {"keepalive": SILENT} | options
    session = ClientSession(ClientConfig(dialect=dialect, **options))
    session.carrier_opened(now=0.0)
    if dialect is GENERATION_2:
        session.receive_message(b'{"type":"auth-ok"}', now=0.0)
    assert session.next_event() is not None
    return session


def ask(
    session: ClientSession,
    service: str = "config",
    *,
    flow: str | None = None,
    now: float = 0.0,
    **limits: object,
) -> int:
    return session.send_request(Request(service, b"{}", flow), now=now, **limits)


def written(session: ClientSession) -> list[str]:
    """Take everything there is to write and return the services of the requests."""
    frames = []
    while (output := session.next_output()) is not None:
        if isinstance(output, bytes):
            frames.append(json.loads(output))
    return [frame["service"] for frame in frames if "service" in frame]


def answer(
    session: ClientSession, wire_id: int, payload: str = "{}", *, final: bool = True, now: float = 0.0
) -> None:
    flag = "true" if final else "false"
    session.receive_message(f'{{"id":"{wire_id}","response":{payload},"complete":{flag}}}'.encode(), now=now)


def refusal(session: ClientSession, wire_id: int, kind: str, now: float = 0.0) -> None:
    error = {"id": str(wire_id), "error": {"type": kind, "message": "m"}, "complete": True}
    session.receive_message(json.dumps(error).encode(), now=now)


def readable(session: ClientSession) -> list[int]:
    """Take all events and return the streams that are readable."""
    ids = []
    while (event := session.next_event()) is not None:
        if isinstance(event, StreamReadable):
            ids.append(event.stream_id)
    return ids


def error_of(session: ClientSession, stream_id: int) -> Exception:
    outcome = session.outcome(stream_id)
    assert isinstance(outcome, Failed)
    return outcome.error


def lost_unsent(session: ClientSession, stream_id: int, detail: str) -> None:
    """Assert that a request failed before it was written."""
    error = error_of(session, stream_id)
    assert isinstance(error, ConnectionLost)
    assert not error.sent
    assert detail in error.cause.detail


# --- queue and slots --------------------------------------------------------------------------------


def test_requests_are_written_in_order_under_ids_of_their_own() -> None:
    session = opened()
    ids = [ask(session, name) for name in ("a", "b", "c")]
    assert ids == [1, 2, 3]
    assert session.queued_ids == [1, 2, 3]
    assert (session.live, session.in_flight) == (3, 0)
    assert written(session) == ["a", "b", "c"]
    assert (session.live, session.in_flight) == (3, 3)
    assert session.queued_ids == []


def test_a_slot_is_free_again_only_from_the_front() -> None:
    session = opened(span_limit=3)
    for name in "abcde":
        ask(session, name)
    assert written(session) == ["a", "b", "c"]
    answer(session, 2)
    answer(session, 3)
    assert written(session) == []
    answer(session, 1)
    assert written(session) == ["d", "e"]


def test_without_a_span_limit_everything_is_written() -> None:
    session = opened(span_limit=None)
    for _ in range(40):
        ask(session)
    assert len(written(session)) == 40


def test_a_cancelled_request_that_waits_is_never_written() -> None:
    session = opened()
    ask(session, "a")
    session.cancel(ask(session, "b"), now=0.0)
    assert written(session) == ["a"]
    assert session.live == 1


# --- the owner's side -------------------------------------------------------------------------------


def test_taking_gives_what_came_and_forgets_with_the_outcome() -> None:
    session = opened()
    stream = ask(session)
    written(session)
    answer(session, 1, "1", final=False)
    assert session.take(stream, now=0.0) == ([Raw(b"1")], None)
    assert session.take(stream, now=0.0) == ([], None)
    answer(session, 1, "2", final=False)
    answer(session, 1, "3")
    assert session.holds_streams
    assert session.outcome(stream) == Completed()
    assert session.take(stream, now=0.0) == ([Raw(b"2"), Raw(b"3")], Completed())
    assert not session.holds_streams
    assert session.outcome(stream) is None
    with pytest.raises(LocalProtocolError, match="no stream 1"):
        session.take(stream, now=0.0)


def test_readable_is_said_once_until_it_was_taken() -> None:
    session = opened()
    stream = ask(session)
    written(session)
    answer(session, 1, final=False)
    answer(session, 1, final=False)
    assert readable(session) == [stream]
    answer(session, 1, final=False)
    assert readable(session) == []
    session.take(stream, now=0.0)
    answer(session, 1)
    assert readable(session) == [stream]


def test_what_was_cancelled_or_taken_early_is_not_called_readable() -> None:
    session = opened()
    cancelled, taken, other = ask(session), ask(session), ask(session)
    written(session)
    for wire_id in (1, 2, 3):
        answer(session, wire_id)
    session.cancel(cancelled, now=0.0)
    session.take(taken, now=0.0)
    assert readable(session) == [other]


def test_two_announcements_of_one_stream_are_one() -> None:
    session = opened()
    stream = ask(session)
    written(session)
    answer(session, 1, final=False)
    session.take(stream, now=0.0)
    answer(session, 1, final=False)
    assert session.next_event() == StreamReadable(stream)
    session.take(stream, now=0.0)
    assert session.next_event() is None


def test_cancelling_is_harmless_at_any_time() -> None:
    session = opened(span_limit=None)
    done, failed, streaming = ask(session), ask(session, timeout=5.0), ask(session)
    written(session)
    answer(session, 1)
    answer(session, 3, final=False)
    session.handle_timeout(now=5.0)
    assert readable(session) == [done, streaming, failed]
    for stream in (done, failed, streaming, streaming, 99):
        session.cancel(stream, now=6.0)
    assert not session.holds_streams
    assert session.in_flight == 2  # the gateway still works on two of them


def test_late_frames_of_a_cancelled_stream_are_swallowed_and_free_its_slot() -> None:
    session = opened()
    front, stream = ask(session), ask(session)
    written(session)
    answer(session, 2, final=False)
    session.cancel(stream, now=0.0)
    readable(session)
    answer(session, 2, final=False)
    answer(session, 2)
    assert session.in_flight == 1
    assert session.next_event() is None
    answer(session, 1)
    assert readable(session) == [front]


# --- 1.x: errors without id -------------------------------------------------------------------------


def test_one_unknown_service_at_a_time_if_errors_have_no_id() -> None:
    session = opened(GENERATION_1)
    for name in ("a", "b", "a"):
        ask(session, name)
    assert written(session) == ["a"]
    answer(session, 1)
    assert written(session) == ["b", "a"]  # "a" has answered before, so it may run beside "b"
    ask(session, "a")
    ask(session, "c")
    assert written(session) == ["a"]
    answer(session, 2, final=False)  # the first frame is enough
    assert written(session) == ["c"]


def test_service_and_flow_together_have_answered() -> None:
    session = opened(GENERATION_1)
    for flow in ("f", "f", "g"):
        ask(session, flow=flow)
    assert len(written(session)) == 1
    answer(session, 1)
    assert len(written(session)) == 2
    assert session.queued_ids == []
    ask(session, flow="h")
    assert written(session) == []


def test_an_error_without_id_is_for_the_service_that_never_answered() -> None:
    session = opened(GENERATION_1)
    known, unknown, waiting = ask(session, "a"), ask(session, "b"), ask(session, "c")
    written(session)
    answer(session, 1, final=False)
    assert written(session) == ["b"]
    session.receive_message(b'{"error":"no b"}', now=0.0)
    assert str(error_of(session, unknown)).startswith("b: no b. ")
    assert session.outcome(known) is None
    assert written(session) == ["c"]
    assert session.outcome(waiting) is None


def test_an_error_without_id_while_all_have_answered_before_fails_all_candidates() -> None:
    session = opened(GENERATION_1)
    ask(session)
    written(session)
    answer(session, 1, final=False)
    first, second = ask(session), ask(session)
    assert len(written(session)) == 2
    session.receive_message(b'{"error":"Invalid flow"}', now=0.0)
    assert session.outcome(1) is None  # it had answered, so it cannot be meant
    assert error_of(session, first) is not error_of(session, second)
    assert "one of 2" in str(error_of(session, first))


def test_an_error_without_id_can_be_for_an_abandoned_request() -> None:
    session = opened(GENERATION_1, span_limit=None)
    ask(session, "a")
    written(session)
    answer(session, 1, final=False)
    abandoned = ask(session, "b")
    written(session)
    session.cancel(abandoned, now=0.0)
    assert session.retired  # no other unknown service could be tried before this one has answered
    session.receive_message(b'{"error":"no b"}', now=0.0)
    assert session.in_flight == 1
    assert session.outcome(1) is None


# --- endings ----------------------------------------------------------------------------------------


def test_an_error_ends_a_stream() -> None:
    session = opened()
    stream = ask(session)
    written(session)
    refusal(session, 1, "unknown-service")
    assert isinstance(error_of(session, stream), UnknownServiceError)
    assert readable(session) == [stream]
    assert (session.live, session.in_flight) == (0, 0)


def test_a_refused_request_is_sent_again_under_another_id_before_the_others() -> None:
    session = opened(renewable=True, span_limit=1)
    stream = ask(session, "a")
    ask(session, "b")
    assert written(session) == ["a"]
    refusal(session, 1, "auth-required")
    assert session.queued_ids == [1, 2]
    session.authenticate(session.config.token, now=0.0)
    session.receive_message(b'{"type":"auth-ok"}', now=0.0)
    assert written(session) == ["a"]
    answer(session, 1)  # the old id is over
    assert session.outcome(stream) is None
    answer(session, 2)
    assert session.outcome(stream) == Completed()


def test_what_is_lost_says_how_far_it_came() -> None:
    session = opened(span_limit=3)
    streaming, sent, abandoned, queued = ask(session), ask(session), ask(session), ask(session)
    written(session)
    answer(session, 1, "1", final=False)
    session.cancel(abandoned, now=0.0)
    session.carrier_closed(LOST, now=0.0)
    errors = [error_of(session, stream) for stream in (streaming, sent, queued)]
    assert [(e.sent, e.delivered) for e in errors if isinstance(e, ConnectionLost)] == [
        (True, 1),
        (True, 0),
        (False, 0),
    ]
    assert all(e.cause is LOST for e in errors if isinstance(e, ConnectionLost))
    assert session.take(streaming, now=0.0)[0] == [Raw(b"1")]  # what had come is not lost
    assert (session.live, session.in_flight) == (0, 0)


def test_without_a_connection_nothing_was_lost_but_the_attempt() -> None:
    session = ClientSession()
    stream = ask(session)
    session.carrier_closed(LOST, now=0.0)
    assert isinstance(error_of(session, stream), ConnectionFailed)


# --- retirement -------------------------------------------------------------------------------------


def test_an_abandoned_request_at_the_front_retires_the_connection() -> None:
    session = opened(span_limit=2)
    front, other, queued = ask(session), ask(session), ask(session)
    written(session)
    session.cancel(front, now=0.0)
    assert session.retired
    lost_unsent(session, queued, "retired")
    with pytest.raises(LocalProtocolError, match="retired"):
        ask(session)
    answer(session, 2)
    assert session.outcome(other) == Completed()
    assert session.over  # its last live stream has ended


def test_the_next_front_may_be_abandoned_already() -> None:
    session = opened(span_limit=3)
    front, abandoned, other, queued = ask(session), ask(session), ask(session), ask(session)
    written(session)
    session.cancel(abandoned, now=0.0)
    assert not session.retired
    answer(session, 1)
    assert session.retired
    assert session.outcome(front) == Completed()
    lost_unsent(session, queued, "retired")
    assert session.outcome(other) is None
    assert not session.over


def test_a_refused_request_at_the_front_of_an_abandoned_one_is_not_stranded() -> None:
    session = opened(span_limit=3, renewable=True)
    front, abandoned, other = ask(session), ask(session), ask(session)
    written(session)
    session.cancel(abandoned, now=0.0)
    refusal(session, 1, "auth-required")
    lost_unsent(session, front, "retired")
    assert session.outcome(other) is None
    assert session.queued_ids == []


def test_without_a_span_limit_an_abandoned_request_blocks_nothing() -> None:
    session = opened(span_limit=None)
    session_stream = ask(session)
    written(session)
    session.cancel(session_stream, now=0.0)
    assert not session.retired
    ask(session)
    assert len(written(session)) == 1


def test_an_abandoned_request_is_remembered_for_a_while() -> None:
    session = opened(span_limit=None, tombstone_timeout=660.0)
    session.cancel(ask(session), now=0.0)  # never sent: nothing to remember
    stream = ask(session)
    written(session)
    session.cancel(stream, now=10.0)
    assert session.next_deadline() == 670.0
    session.handle_timeout(now=670.0)
    assert session.in_flight == 0
    assert session.next_deadline() is None


def test_a_late_end_disarms_what_was_remembered() -> None:
    session = opened(span_limit=None)
    stream = ask(session)
    written(session)
    session.cancel(stream, now=0.0)
    answer(session, 1)
    assert session.next_deadline() is None


# --- time limits ------------------------------------------------------------------------------------


def timed_out(session: ClientSession, stream_id: int, option: str, seconds: float) -> None:
    error = error_of(session, stream_id)
    assert isinstance(error, RequestTimeout)
    assert (error.option, error.seconds) == (option, seconds)


def test_silence_counts_from_submitting_and_again_from_each_frame() -> None:
    session = opened(span_limit=None)
    stream = ask(session, timeout=60.0)
    written(session)
    assert session.next_deadline() == 60.0
    answer(session, 1, final=False, now=50.0)
    answer(session, 1, final=False, now=55.0)
    session.handle_timeout(now=60.0)
    assert session.outcome(stream) is None
    assert session.next_deadline() == 115.0
    session.handle_timeout(now=115.0)
    timed_out(session, stream, "timeout", 60.0)
    assert session.in_flight == 1  # abandoned: the gateway still works on it


def test_the_whole_call_has_a_limit_of_its_own() -> None:
    session = opened()
    stream = ask(session, timeout=None, total_timeout=30.0)
    written(session)
    answer(session, 1, final=False, now=29.0)
    session.handle_timeout(now=30.0)
    timed_out(session, stream, "total_timeout", 30.0)


def test_a_request_that_waits_times_out_unsent() -> None:
    session = opened(span_limit=1)
    front, stream = ask(session, timeout=None), ask(session, timeout=60.0)
    assert len(written(session)) == 1
    session.handle_timeout(now=60.0)
    timed_out(session, stream, "timeout", 60.0)
    assert session.outcome(front) is None
    assert session.in_flight == 1


def test_an_outcome_disarms_the_limits() -> None:
    session = opened()
    ask(session, total_timeout=100.0)
    written(session)
    answer(session, 1)
    assert session.next_deadline() is None


def test_nothing_follows_an_outcome() -> None:
    session = opened(span_limit=None, stream_window=SMALL)
    stream = ask(session, timeout=60.0)
    written(session)
    answer(session, 1, "{}", final=False)
    session.handle_timeout(now=60.0)
    for _ in range(3):
        answer(session, 1, BIG, final=False, now=61.0)
    assert session.wants_read
    payloads, outcome = session.take(stream, now=62.0)
    assert len(payloads) == 1
    assert isinstance(outcome, Failed)
    answer(session, 1, now=63.0)
    assert readable(session) == []
    assert session.in_flight == 0


# --- flow control -----------------------------------------------------------------------------------


def test_a_full_window_pauses_reading_until_it_is_taken() -> None:
    session = opened(stream_window=SMALL)
    stream = ask(session)
    written(session)
    answer(session, 1, BIG, final=False)
    assert not session.wants_read
    session.take(stream, now=1.0)
    assert session.wants_read


def test_a_stream_below_its_window_does_not_keep_reading_paused() -> None:
    session = opened(stream_window=SMALL)
    full, half = ask(session), ask(session)
    written(session)
    answer(session, 2, json.dumps({"x": "x" * 400}), final=False)
    answer(session, 1, BIG, final=False)
    session.take(full, now=0.0)
    assert session.wants_read
    assert session.outcome(half) is None


def test_every_full_window_must_be_taken() -> None:
    session = opened(stream_window=SMALL)
    first, second = ask(session), ask(session)
    written(session)
    answer(session, 1, BIG, final=False)
    answer(session, 1, BIG, final=False)
    answer(session, 2, BIG, final=False)
    session.take(first, now=0.0)
    assert not session.wants_read
    session.cancel(second, now=0.0)
    assert session.wants_read


def test_a_finished_stream_does_not_pause_reading() -> None:
    session = opened(stream_window=SMALL)
    first, second = ask(session), ask(session)
    written(session)
    answer(session, 1, BIG)
    assert session.wants_read
    answer(session, 2, BIG, final=False)
    assert not session.wants_read
    answer(session, 2)
    assert session.wants_read
    assert [len(session.take(stream, now=0.0)[0]) for stream in (first, second)] == [1, 2]


def test_every_stalled_stream_fails_if_another_call_waits() -> None:
    session = opened(stream_window=SMALL, stall_timeout=10.0)
    stalled = [ask(session), ask(session)]
    waiting = ask(session)
    written(session)
    answer(session, 1, BIG, final=False)
    answer(session, 2, BIG, final=False)
    session.handle_timeout(now=10.0)
    assert all(isinstance(error_of(session, stream), StreamStalled) for stream in stalled)
    assert session.outcome(waiting) is None
    assert session.wants_read
    assert len(session.take(stalled[0], now=11.0)[0]) == 1


def test_a_stream_that_is_read_in_time_does_not_stall() -> None:
    session = opened(stream_window=SMALL, stall_timeout=10.0)
    read, stalled = ask(session), ask(session)
    written(session)
    answer(session, 1, BIG, final=False)
    answer(session, 2, BIG, final=False)
    session.take(read, now=9.0)
    session.handle_timeout(now=10.0)
    assert isinstance(error_of(session, stalled), StreamStalled)
    assert session.outcome(read) is None


def test_a_request_that_is_not_sent_waits_too() -> None:
    session = opened(stream_window=SMALL, span_limit=1)
    stalled = ask(session)
    written(session)
    ask(session)
    answer(session, 1, BIG, final=False)
    session.handle_timeout(now=10.0)
    assert isinstance(error_of(session, stalled), StreamStalled)


def test_a_stalled_stream_that_nobody_waits_for_only_pauses() -> None:
    session = opened(stream_window=SMALL, stall_timeout=10.0)
    full, half = ask(session, timeout=60.0), ask(session, timeout=60.0)
    written(session)
    answer(session, 2, final=False)  # somebody has something to read
    answer(session, 1, BIG, final=False)
    for now in range(10, 310, 10):
        session.handle_timeout(now=float(now))
    assert not session.wants_read
    assert session.outcome(full) is None
    assert session.outcome(half) is None
    session.take(half, now=301.0)  # now it waits for more
    session.handle_timeout(now=310.0)
    assert isinstance(error_of(session, full), StreamStalled)


def test_silence_does_not_count_while_nobody_listens() -> None:
    session = opened(stream_window=SMALL, span_limit=2, stall_timeout=1000.0)
    full, sent, queued = (ask(session, timeout=60.0) for _ in range(3))
    written(session)
    answer(session, 1, BIG, final=False, now=10.0)
    session.handle_timeout(now=60.0)
    session.handle_timeout(now=120.0)
    assert readable(session) == [full]
    session.take(full, now=130.0)
    session.handle_timeout(now=189.0)
    assert readable(session) == []
    session.handle_timeout(now=190.0)
    assert sorted(readable(session)) == [full, sent, queued]


def test_no_ping_while_nobody_listens() -> None:
    session = opened(stream_window=SMALL, keepalive=KeepaliveConfig(20.0, 20.0))
    stream = ask(session, timeout=None)
    written(session)
    answer(session, 1, BIG, final=False)
    session.handle_timeout(now=100.0)
    assert session.next_output() is None
    session.take(stream, now=110.0)
    session.handle_timeout(now=130.0)
    assert isinstance(session.next_output(), SendPing)


def test_no_ping_while_another_window_is_full() -> None:
    session = opened(stream_window=SMALL, keepalive=KeepaliveConfig(20.0, 20.0))
    streams = [ask(session, timeout=None) for _ in range(2)]
    written(session)
    answer(session, 1, BIG, final=False)
    answer(session, 2, BIG, final=False)
    session.take(streams[0], now=5.0)
    session.handle_timeout(now=25.0)
    assert not any(isinstance(output, SendPing) for output in iter(session.next_output, None))


def test_a_final_frame_larger_than_the_window_is_no_pause() -> None:
    session = opened(stream_window=SMALL)
    ask(session, timeout=None)
    silent = ask(session, timeout=60.0)
    written(session)
    answer(session, 1, BIG, now=30.0)
    session.handle_timeout(now=60.0)
    timed_out(session, silent, "timeout", 60.0)


def test_what_is_lost_while_reading_was_paused_leaves_no_timer() -> None:
    session = opened(stream_window=SMALL)
    stream = ask(session)
    written(session)
    answer(session, 1, BIG, final=False)
    session.carrier_closed(LOST, now=1.0)
    assert session.wants_read
    assert session.next_deadline() is None
    assert readable(session) == [stream]


# --- moving to another session ----------------------------------------------------------------------


def test_a_request_that_waits_can_move() -> None:
    ids = count(1)
    old = ClientSession(ClientConfig(keepalive=SILENT), ids=ids)
    new = ClientSession(ClientConfig(dialect=GENERATION_1, keepalive=SILENT), ids=ids)
    new.carrier_opened(now=10.0)
    stream = old.send_request(Request("a", b"{}"), now=0.0, timeout=60.0, total_timeout=90.0)
    assert new.send_request(Request("a", b"{}"), now=0.0) == stream + 1
    new.cancel(stream + 1, now=0.0)
    new.adopt(old.disown(stream), now=10.0)
    assert (old.holds_streams, old.live, old.next_deadline()) == (False, 0, None)
    assert new.next_deadline() == 60.0  # the clock goes on
    assert written(new) == ["a"]
    answer(new, 1, final=False, now=59.0)
    new.handle_timeout(now=60.0)
    assert new.next_deadline() == 90.0
    new.handle_timeout(now=90.0)
    timed_out(new, stream, "total_timeout", 90.0)


def test_a_request_that_was_lost_can_move_and_begins_anew() -> None:
    ids = count(1)
    config = ClientConfig(dialect=GENERATION_2, keepalive=SILENT)
    old, new = ClientSession(config, ids=ids), ClientSession(config, ids=ids)
    old.carrier_opened(now=0.0)
    old.receive_message(b'{"type":"auth-ok"}', now=0.0)
    stream = ask(old, timeout=None)
    written(old)
    answer(old, 1, final=False)
    old.carrier_closed(LOST, now=1.0)
    new.adopt(old.disown(stream), now=1.0)
    assert StreamReadable(stream) not in drained(old)
    new.carrier_opened(now=2.0)
    new.receive_message(b'{"type":"auth-ok"}', now=2.0)
    assert written(new) == ["config"]
    answer(new, 1, "7", now=3.0)
    assert new.take(stream, now=3.0) == ([Raw(b"7")], Completed())


def drained(session: ClientSession) -> list[object]:
    events = []
    while (event := session.next_event()) is not None:
        events.append(event)
    assert isinstance(events[-1], ConnectionClosed)
    return events


def test_what_the_gateway_has_cannot_move() -> None:
    session = opened()
    stream = ask(session)
    written(session)
    for gone in (stream, 99):
        with pytest.raises(LocalProtocolError, match="cannot be given away"):
            session.disown(gone)
    assert session.submission(stream).service == "config"
    with pytest.raises(LocalProtocolError, match="no stream 99"):
        session.submission(99)


def test_a_service_that_has_answered_before_is_not_what_an_error_without_id_means() -> None:
    session = opened(GENERATION_1)
    first = ask(session)
    written(session)
    answer(session, 1)
    again, unknown = ask(session), ask(session, "unknown")
    assert written(session) == ["config", "unknown"]
    answer(session, 2)
    session.receive_message(b'{"error":"no such service"}', now=0.0)
    outcomes = [session.take(stream, now=0.0)[1] for stream in (first, again, unknown)]
    assert [type(outcome) for outcome in outcomes] == [Completed, Completed, Failed]
