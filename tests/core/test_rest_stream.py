"""A request over REST, as the client keeps it."""

from __future__ import annotations

from tgproto.dialect import Dialect
from tgproto.errors import CallContext
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import ResponseHead
from tgproto.rest.stream import Line, Stream
from tgproto.session.events import Payload
from tgproto.session.request import Answer, Form, Request
from tgproto.session.stream import CHUNK_OVERHEAD


class Lazy:
    """What becomes a request later."""

    service, flow, public = "agent", "f", False

    def request(self, dialect: Dialect) -> Request:
        raise AssertionError("nobody asks")


def test_what_is_encoded_is_known_from_the_start() -> None:
    stream = Stream(1, Request("agent", b"{}", "f", "w", repeatable=True), {}, 1)
    assert stream.context == CallContext("agent", "f", "w")
    assert stream.repeatable


def test_what_is_not_encoded_yet_promises_nothing() -> None:
    stream = Stream(1, Lazy(), {}, 1)
    assert stream.request is None
    assert stream.context == CallContext("agent", "f")
    assert not stream.repeatable
    assert not stream.public
    assert not stream.in_pieces


def test_a_fresh_token_is_waited_for_in_one_round() -> None:
    stream = Stream(1, Lazy(), {}, 1)
    assert [stream.renew(number) for number in (3, 3, 4)] == [True, True, False]


def test_a_line_begins_with_nothing() -> None:
    line = Line(HttpClientLink())
    assert (line.up, line.stream, line.head, line.body) == (False, None, None, [])
    assert not line.hands_on
    assert not line.paused


def asked(answer: Answer = Answer.BYTES, *, public: bool = False, window: int = 10**6) -> Stream:
    form = Form(path="a", answer=answer, public=public)
    return Stream(1, Request("a", b"{}", form=form), {}, window)


def test_what_is_known_of_a_form() -> None:
    assert [asked(answer).in_pieces for answer in Answer] == [False, False, True, True]
    assert [asked(answer).of_events for answer in Answer] == [False, False, False, True]
    assert [asked(public=public).public for public in (False, True)] == [False, True]
    call = Stream(1, Request("a", b"{}"), {}, 1)
    assert not call.in_pieces
    assert not call.public


def test_payloads_are_kept_until_they_are_taken_and_counted_for_ever() -> None:
    stream = asked()
    stream.announced = True
    stream.put(Payload(b"a"))
    stream.put(Payload(b""))
    assert stream.delivered == 2
    assert list(map(bytes, stream.take())) == [b"a", b""]
    assert not stream.announced
    stream.put(Payload(b"b"))
    assert stream.delivered == 3
    assert list(map(bytes, stream.take())) == [b"b"]
    assert stream.take() == []


def test_a_stream_is_full_above_its_window_and_each_payload_costs_something() -> None:
    stream = asked(window=2 * CHUNK_OVERHEAD + 3)
    for data, full in ((b"", False), (b"abc", False), (b"", True)):
        stream.put(Payload(data))
        assert stream.full is full
    stream.take()
    assert not stream.full


def test_a_line_is_not_read_while_its_stream_is_full() -> None:
    line = Line(HttpClientLink())
    line.stream = asked(window=1)
    assert not line.paused
    line.stream.put(Payload(b""))
    assert line.paused


def test_only_the_bytes_of_a_good_answer_are_handed_on() -> None:
    line = Line(HttpClientLink())
    line.stream = asked()
    assert not line.hands_on
    for status, good in ((200, True), (206, True), (302, False), (401, False), (500, False)):
        line.head = ResponseHead(status, ())
        assert line.hands_on is good
    line.stream, line.head = asked(Answer.TEXT), ResponseHead(200, ())
    assert not line.hands_on
