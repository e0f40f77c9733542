"""A request over REST, as the client keeps it."""

from __future__ import annotations

import json

import pytest

from tgproto.dialect import Dialect
from tgproto.errors import CallContext, CallError, DecodeError
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import Headers, ResponseHead
from tgproto.link.sse import DEFAULT_LIMIT
from tgproto.rest.config import RestOptions
from tgproto.rest.manners import Manners
from tgproto.rest.stream import Line, Stream
from tgproto.secrets import Secret
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
    line = Line(HttpClientLink(), 100)
    assert (line.up, line.stream, line.head, line.body) == (False, None, None, [])
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
    stream.put([Payload(b"a"), Payload(b"")])
    assert stream.delivered == 2
    assert list(map(bytes, stream.take())) == [b"a", b""]
    assert not stream.announced
    stream.put([Payload(b"b")])
    assert stream.delivered == 3
    assert list(map(bytes, stream.take())) == [b"b"]
    assert stream.take() == []


def test_a_stream_is_full_above_its_window_and_each_payload_costs_something() -> None:
    stream = asked(window=2 * CHUNK_OVERHEAD + 3)
    for data, full in ((b"", False), (b"abc", False), (b"", True)):
        stream.put([Payload(data)])
        assert stream.full is full
    stream.take()
    assert not stream.full


def test_a_line_is_not_read_while_its_stream_is_full() -> None:
    line = Line(HttpClientLink(), 100)
    line.stream = asked(window=1)
    assert not line.paused
    line.stream.put([Payload(b"")])
    assert line.paused


SSE = ((b"content-type", b"text/event-stream"),)


def answered(answer: Answer, head: ResponseHead) -> tuple[Line, Stream]:
    """Return a line with the head of an answer, and its stream."""
    line, stream = Line(HttpClientLink(), 10), asked(answer)
    line.carry(stream)
    line.begin(head)
    return line, stream


@pytest.mark.parametrize(
    ("status", "good"), [(200, True), (206, True), (302, False), (401, False), (500, False)]
)
@pytest.mark.parametrize("answer", list(Answer))
def test_only_the_body_of_a_good_answer_in_pieces_is_handed_on(
    status: int, good: bool, answer: Answer
) -> None:
    line, stream = answered(answer, ResponseHead(status, SSE))
    handed_on = good and answer in (Answer.BYTES, Answer.EVENTS)
    assert line.receive(b"data:x\n\n") is handed_on
    assert (stream.delivered > 0) is handed_on
    assert line.body == ([] if handed_on else [b"data:x\n\n"])


def test_the_head_goes_in_front_of_the_first_event_and_not_before() -> None:
    line, stream = answered(Answer.EVENTS, ResponseHead(200, SSE))
    assert not line.receive(b": a comment\n")
    assert stream.take() == []
    assert line.receive(b"data:x\n\nevent:e\ndata:y\n\n")
    head, *events = map(bytes, stream.take())
    assert json.loads(head) == {
        "status": 200,
        "events": True,
        "headers": [["content-type", "text/event-stream"]],
    }
    assert events == [b"message\nx", b"e\ny"]
    assert line.answer(RestOptions("h")) is None
    assert stream.take() == []


def test_a_stream_without_events_has_a_head() -> None:
    line, stream = answered(Answer.EVENTS, ResponseHead(200, SSE))
    assert line.answer(RestOptions("h")) is None
    [head] = stream.take()
    assert json.loads(bytes(head))["events"] is True


KEY = "key-12345"


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        (SSE, b'data: {"type":"error","message":"no key-12345"}\n\n', b'"no ***"'),
        (SSE, b"event: error\ndata: key-12345\n\n", b"***"),
        (SSE, b"data: Error: \\u006bey-12345\n\n", b"Error: ***"),
        (((b"content-type", b"application/x-ndjson"),), b'{"error":"key-12345"}', b'"***"'),
        ((), b'{"error":"key-12345"}', b'"***"'),
        (SSE, b'data: {"content":"key-12345"}\n\n', b"key-12345"),  # it is data
    ],
)
def test_an_error_within_a_good_answer_does_not_repeat_the_token(
    kind: Headers, body: bytes, shown: bytes
) -> None:
    line, stream = Line(HttpClientLink(), 100), asked(Answer.EVENTS)
    line.carry(stream, Secret(KEY))
    line.begin(ResponseHead(200, kind))
    line.receive(body)
    assert line.answer(RestOptions("h")) is None
    _, event = map(bytes, stream.take())
    assert shown in event
    assert (KEY.encode() in event) is (KEY.encode() in shown)


def test_what_is_no_stream_is_one_payload_behind_the_head_and_has_a_longest_length() -> None:
    line, stream = answered(Answer.EVENTS, ResponseHead(200, ()))
    assert not line.receive(b"12345")
    assert not line.receive(b"67890")
    with pytest.raises(DecodeError, match="longer than 10 bytes"):
        line.receive(b"1")
    line.carry(stream)
    line.begin(ResponseHead(200, ()))
    assert not line.receive(b"1234567890")
    assert line.answer(RestOptions("h")) is None
    head, body = map(bytes, stream.take())
    assert json.loads(head)["events"] is False
    assert body == b"1234567890"


def test_a_refusal_is_read_in_the_way_of_the_service_without_the_token() -> None:
    line, stream = answered(Answer.EVENTS, ResponseHead(500, ()))
    line.receive(b"tg_secret \xff")
    read: list[object] = []

    def refusal(head: ResponseHead, body: str, context: CallContext) -> CallError:
        read.extend((head, body, context))
        return CallError("no")

    options = RestOptions("h", token=Secret("tg_secret"), manners=Manners(refusal=refusal))
    assert str(line.answer(options)) == "the connection: no"
    assert read == [ResponseHead(500, ()), "*** \ufffd", stream.context]


def test_events_without_an_end_are_an_error_with_its_hint() -> None:
    line, _ = answered(Answer.EVENTS, ResponseHead(200, SSE))
    with pytest.raises(DecodeError, match="longer than"):
        line.receive(b"x" * (DEFAULT_LIMIT + 1))
    error = line.answer(RestOptions("h"))
    assert isinstance(error, DecodeError)
    assert error.hint
    assert error.context == CallContext("a")


def test_the_head_of_an_answer_that_nobody_waits_for_is_harmless() -> None:
    line = Line(HttpClientLink(), 10)
    line.begin(ResponseHead(200, SSE))
    assert not line.receive(b"x")


def test_patience_is_asked_until_something_has_come() -> None:
    stream = Stream(1, Request("a", b"{}", repeatable=True), {}, 100)
    asked_for: list[object] = []

    def patience(error: CallError, repeatable: bool, refused: int) -> float | None:
        asked_for.append((error, repeatable, refused))
        return 3.0 if refused < 2 else None

    refusal = CallError("no")
    assert [stream.wait_after(refusal, patience) for _ in range(3)] == [3.0, 3.0, None]
    assert asked_for == [(refusal, True, refused) for refused in range(3)]
    stream.put([Payload(b"")])
    assert stream.wait_after(refusal, patience) is None
    assert len(asked_for) == 3


def test_other_answers_are_read_for_an_error_unless_their_bytes_were_handed_on() -> None:
    line, stream = answered(Answer.BYTES, ResponseHead(200, ()))
    line.receive(b"a")
    assert line.answer(RestOptions("h")) is None
    for answer in (Answer.TEXT, Answer.BYTES):
        line, stream = answered(answer, ResponseHead(200, ()))
        assert line.answer(RestOptions("h")) == Payload(b"")
    line, stream = answered(Answer.JSON, ResponseHead(404, ()))
    line.receive(b'{"error":"no"}')
    error = line.answer(RestOptions("h"))
    assert isinstance(error, CallError)
    assert error.context == stream.context
