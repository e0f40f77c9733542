"""Reading the answer to a chat: what may follow what, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.assistant.chat import RULES, ChatReader, Input, State, answer_text
from tgproto.assistant.events import ChatAnswer, ChatEvent
from tgproto.catalog.reader import Several
from tgproto.errors import CallContext, ConnectionFailed, DecodeError, RequestTimeout
from tgproto.link.http_types import ResponseHead
from tgproto.rest.events import framing, opening
from tgproto.web.errors import HttpError, IncompleteStreamError, InternalError, RateLimitedError, StreamError

CALL = CallContext("chat")
START, END = {"type": "start", "message_id": "m"}, {"type": "end", "message_id": "m"}
A, B = {"type": "token", "content": "Qubits"}, {"type": "token", "content": " differ."}


def head(*, events: bool = True) -> msgspec.Raw:
    given = {"status": 200, "events": events, "headers": [["x-request-id", "q"]]}
    return msgspec.Raw(json.dumps(given).encode())


def feed(reader: ChatReader, *events: object) -> list[ChatEvent]:
    """Feed events, dicts or texts, and return what a loop would get."""
    chunks: list[ChatEvent] = []
    if reader.head is None:
        assert reader.read(head()) is None
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event)
        chunk = reader.read(msgspec.Raw(f"message\n{data}".encode()))
        assert not isinstance(chunk, Several)
        chunks += [] if chunk is None else [chunk]
    return chunks


def read(*events: object, strict: bool = False) -> ChatAnswer:
    reader = ChatReader(CALL, strict=strict)
    feed(reader, *events)
    return reader.result()


def test_a_stream_as_documented() -> None:
    reader = ChatReader(CALL, strict=True)
    chunks = feed(reader, START, A, B, END)
    assert [chunk.type for chunk in chunks] == ["start", "token", "token", "end"]
    assert "".join(map(str, chunks)) == "Qubits differ."
    answer = reader.result()
    assert (answer, answer.message_id, answer.oddities) == ("Qubits differ.", "m", {})
    assert answer.headers == {"x-request-id": "q"}
    assert reader.state is State.FINISHED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(data=st.data())
def test_the_same_in_any_pieces(end: str, data: st.DataObject) -> None:
    text = "\ufeff: hello\n" + "".join(f"data:{json.dumps(event)}\n\n" for event in (START, A, B, END))
    text = text.replace("\n\ndata:", "\n\ndata: ").replace(',"', ',\ndata: "').replace("\n", end)
    body = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    answered = ResponseHead(200, ((b"content-type", b"text/event-stream"),))
    found = framing(answered)
    assert found is not None
    reader = ChatReader(CALL, strict=True)
    reader.read(opening(answered, events=True))
    edges = [0, *cuts, len(body)]
    pieces = [body[begin:stop] for begin, stop in pairwise(edges)]
    for payload in [one for piece in pieces for one in found.feed(piece)] + found.close():
        reader.read(payload)
    assert reader.result() == "Qubits differ."


def test_what_is_odd_is_noted_and_read_all_the_same() -> None:
    assert read(A, END).oddities == {"there was no start": 1}
    assert read(END) == ""
    assert read(END).oddities == {"there was no start": 1}
    assert read(START, START, A, START, END).oddities == {"there was a second start": 2}
    other = read(START, A, {"type": "end", "message_id": "n"})
    assert (other, other.message_id) == ("Qubits", "m")
    assert other.oddities == {"the end was that of another answer": 1}
    late = read(START, A, END, B, {"type": "error"}, "[DONE]")
    assert (late, late.oddities) == ("Qubits", {"something came behind the end": 3})


def test_an_end_without_a_name() -> None:
    assert read(START, A, "[DONE]") == read(START, A, {"type": "end"}) == "Qubits"
    assert read(A, {"type": "end", "message_id": "n"}).message_id == "n"


@pytest.mark.parametrize("strict", [False, True])
def test_a_stream_that_is_not_complete(strict: bool) -> None:
    reader = ChatReader(CALL, strict=strict)
    feed(reader, START, A)
    with pytest.raises(IncompleteStreamError) as caught:
        reader.result()
    assert caught.value.partial == "Qubits"
    assert isinstance(reader.failure(ConnectionFailed("reset")), IncompleteStreamError)
    late = RequestTimeout("timeout", 1.0)
    assert reader.failure(late) is late
    assert late.partial == "Qubits"


def test_a_lost_connection_behind_the_end_is_none() -> None:
    reader = ChatReader(CALL)
    feed(reader, START, A, END)
    assert reader.failure(ConnectionFailed("reset")) is None
    assert reader.failure(RequestTimeout("timeout", 1.0)) is None


@pytest.mark.parametrize(
    ("event", "kind", "status", "code"),
    [
        ({"code": 500}, InternalError, 500, "500"),
        ({"code": 429}, RateLimitedError, 429, "429"),
        ({"code": 599}, StreamError, 599, "599"),
        ({"code": 7}, StreamError, None, "7"),
        ({"code": "LLM_ERROR"}, StreamError, None, "LLM_ERROR"),
        ({}, StreamError, None, ""),
    ],
)
def test_an_error_has_the_text_before_it(
    event: dict[str, Any], kind: type[HttpError], status: int | None, code: str
) -> None:
    for before, partial in (((), None), ((START, A), "Qubits")):
        with pytest.raises(HttpError) as caught:
            read(*before, {"type": "error", "message": "it broke", **event})
        error = caught.value
        assert type(error) is kind
        assert (error.message, error.status, error.code, error.partial) == ("it broke", status, code, partial)
        assert error.context == CALL


def test_what_is_not_known_is_handed_on() -> None:
    reader = ChatReader(CALL)
    unknown = {"type": "usage", "tokens": 3}
    chunks = feed(reader, unknown, START, unknown, {"no": "type"}, A, END)
    assert [type(chunk) for chunk in chunks if chunk.type in ("usage", "")] == [ChatEvent] * 3
    assert (reader.result(), reader.oddities) == ("Qubits", {})


@pytest.mark.parametrize("junk", ["[1]", "3", '{"type":', '"token"'])
def test_junk_is_no_text(junk: str) -> None:
    reader = ChatReader(CALL)
    for chunk in feed(reader, junk, START, junk):
        assert chunk in ({"data": junk}, START)
    feed(reader, END)
    assert reader.result() == ""
    assert reader.oddities == {"an event was no JSON object": 2}
    for before in ((), (START,)):
        with pytest.raises(DecodeError, match="no JSON object"):
            read(*before, junk, strict=True)


@pytest.mark.parametrize("content", [None, 3, ["a"]])
def test_a_token_without_a_text(content: object) -> None:
    blank = {"type": "token", "content": content}
    for before in ((), (START,)):
        answer = read(*before, blank, A, END)
        assert answer == "Qubits"
        assert answer.oddities == {"a token had no text": 1}
        with pytest.raises(DecodeError, match="a token had no text"):
            read(*before, blank, strict=True)


def test_an_empty_token_is_a_token() -> None:
    assert read(START, {"type": "token", "content": ""}, A, END, strict=True).oddities == {}


def test_another_answer_in_the_middle() -> None:
    for strict in (False, True):
        with pytest.raises(DecodeError, match="another answer began") as caught:
            read(START, A, {"type": "start", "message_id": "n"}, strict=strict)
        assert caught.value.partial == "Qubits"
    with pytest.raises(DecodeError, match="the end was that of another answer"):
        read(START, A, {"type": "end", "message_id": "n"}, strict=True)


def inputs() -> Iterator[tuple[Input, object]]:
    yield Input.START, START
    yield Input.OTHER_START, {"type": "start", "message_id": "n"}
    yield Input.TOKEN, A
    yield Input.BLANK, {"type": "token"}
    yield Input.ERROR, {"type": "error"}
    yield Input.END, END
    yield Input.OTHER_END, {"type": "end", "message_id": "n"}
    yield Input.UNKNOWN, {"type": "?"}
    yield Input.JUNK, "?"


BEFORE: dict[State, tuple[object, ...]] = {
    State.WAITING: (),
    State.RUNNING: (START,),
    State.FINISHED: (START, END),
}


@pytest.mark.parametrize("state", RULES)
def test_the_table_is_what_happens(state: State) -> None:
    events = dict(inputs())
    assert set(events) == set(Input)
    assert set(Input) - set(RULES[state]) <= {Input.OTHER_START, Input.OTHER_END}
    for found, rule in RULES[state].items():
        for strict in (False, True):
            reader = ChatReader(CALL, strict=strict)
            feed(reader, *BEFORE[state])
            assert reader.state is state
            if rule.state is State.FAILED or (rule.strict and strict):
                with pytest.raises((DecodeError, HttpError)):
                    feed(reader, events[found])
                assert reader.state is State.FAILED
            else:
                assert len(feed(reader, events[found])) == rule.shown
                assert reader.state is rule.state
                assert list(reader.oddities) == ([rule.oddity] if rule.oddity else [])


@given(st.lists(st.sampled_from([event for _, event in inputs()]), max_size=12))
def test_whatever_comes_the_text_is_that_of_the_tokens(events: list[object]) -> None:
    reader = ChatReader(CALL)
    shown: list[ChatEvent] = []
    try:
        for event in events:
            shown += feed(reader, event)
        answer: str | None = reader.result()
    except (DecodeError, HttpError) as error:
        answer = error.partial if isinstance(error.partial, str) else ""
    assert answer == "".join(map(str, shown))
    assert reader.ended is (reader.state is State.FINISHED)


# --- answers that come whole ----------------------------------------------------------------------


def whole(body: object) -> tuple[list[str], ChatAnswer]:
    reader = ChatReader(CALL)
    assert reader.read(head(events=False)) is None
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    chunks = reader.read(msgspec.Raw(data))
    assert isinstance(chunks, Several)
    return [chunk.type for chunk in chunks], reader.result()


def test_a_whole_answer_is_a_stream_of_one_token() -> None:
    kinds, answer = whole({"response": "Hi", "message_id": "m", "more": 1})
    assert kinds == ["start", "token", "end"]
    assert (answer, answer.message_id, answer.body["more"]) == ("Hi", "m", 1)
    assert whole({"response": "Hi"})[1].message_id is None


@pytest.mark.parametrize(
    "body",
    [
        {"response": "a", "content": "b", "error": "ignored"},
        {"response": None, "content": "a", "message": "b"},
        {"content": 3, "message": "a", "result": "b"},
        {"result": "a"},
        {"choices": [{"message": {"content": "a"}}]},
    ],
)
def test_where_the_text_is(body: dict[str, Any]) -> None:
    assert answer_text(body) == "a"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"response": 3},
        {"choices": []},
        {"choices": [{"message": {"content": None}}]},
        {"choices": [3]},
        b"",
    ],
)
def test_an_answer_without_a_text(body: object) -> None:
    with pytest.raises(DecodeError, match="the answer has no text"):
        whole(body)


def test_an_error_that_looks_like_success() -> None:
    with pytest.raises(StreamError) as caught:
        whole({"error": "llm_error", "message": "no model", "code": 500})
    assert (caught.value.message, caught.value.code, caught.value.status) == ("no model", "llm_error", None)
