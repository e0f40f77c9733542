"""The record of one stream by itself: names, states, unread frames, and beginning anew."""

from __future__ import annotations

from msgspec import Raw

from tgproto.dialect import GENERATION_2
from tgproto.errors import CallContext
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig
from tgproto.session.events import Completed
from tgproto.session.request import Request
from tgproto.session.stream import CHUNK_OVERHEAD, Stream
from tgproto.session.tables import StreamInput, StreamState


def stream(flow: str | None = "f") -> Stream:
    return Stream(7, Request("agent", b"{}", flow), 60.0, None, since=5.0, heard=5.0)


def test_a_new_stream_waits_in_the_queue() -> None:
    new = stream()
    assert (new.id, new.state, new.timeout, new.total_timeout) == (7, StreamState.QUEUED, 60.0, None)
    assert (new.since, new.heard) == (5.0, 5.0)
    assert not new.under_way
    assert new.outcome is None
    assert new.take() == []


def test_names() -> None:
    assert stream().pair == ("agent", "f")
    assert stream(None).pair == ("agent", None)
    assert stream().context == CallContext("agent", "f")


def test_it_is_under_way_while_both_sides_care() -> None:
    sent = stream()
    under_way = []
    for event in (StreamInput.START, StreamInput.CHUNK, StreamInput.ABANDON, StreamInput.FINISH):
        sent.advance(event)
        under_way.append(sent.under_way)
    assert under_way == [True, True, False, False]
    assert sent.state is StreamState.DONE


def test_taking_leaves_nothing() -> None:
    sent = stream()
    sent.chunks += [Raw(b"1"), Raw(b"2")]
    sent.charge, sent.announced = 600, True
    assert [bytes(chunk) for chunk in sent.take()] == [b"1", b"2"]
    assert (sent.chunks, sent.charge, sent.announced) == ([], 0, False)


def test_what_was_taken_and_what_was_not_has_been_delivered() -> None:
    sent = stream()
    assert sent.delivered == 0
    sent.chunks += [Raw(b"1"), Raw(b"2")]
    assert sent.delivered == 2
    sent.take()
    sent.chunks.append(Raw(b"3"))
    assert sent.delivered == 3


def test_it_can_begin_anew_with_its_clocks_going_on() -> None:
    sent = stream()
    sent.advance(StreamInput.START)
    sent.advance(StreamInput.CHUNK)
    sent.position, sent.charge, sent.taken, sent.heard = 3, 9, 1, 8.0
    sent.announced = sent.renewed = True
    sent.chunks.append(Raw(b"1"))
    sent.advance(StreamInput.LOSE)
    sent.outcome, sent.tried, sent.waited = Completed(), True, 2
    new = sent.anew()
    assert (new.state, new.position, new.chunks, new.charge) == (StreamState.QUEUED, -1, [], 0)
    assert (new.delivered, new.outcome, new.announced, new.renewed) == (0, None, False, False)
    assert (new.since, new.heard, new.tried, new.waited) == (5.0, 8.0, True, 2)
    assert (new.id, new.submission) == (sent.id, sent.submission)


def test_a_fresh_token_is_waited_for_in_one_round() -> None:
    waiting = stream()
    assert [waiting.renew(number) for number in (3, 3, 4)] == [True, True, False]


def test_a_small_frame_is_charged_with_what_it_costs_to_keep() -> None:
    frame = b'{"id":"1","response":{},"complete":false}'
    window = 2 * (len(frame) + CHUNK_OVERHEAD)
    session = ClientSession(ClientConfig(dialect=GENERATION_2, stream_window=window))
    session.carrier_opened(now=0.0)
    session.receive_message(b'{"type":"auth-ok"}', now=0.0)
    session.send_request(Request("config", b"{}"), now=0.0)
    while session.next_output() is not None:
        pass
    session.receive_messages([frame, frame], now=0.0)
    assert session.wants_read
    session.receive_message(frame, now=0.0)
    assert not session.wants_read
