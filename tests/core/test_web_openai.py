"""Streamed chat completions: every shape that servers send, whole, byte by byte and at random cuts."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.catalog.call import StreamCall
from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.receipt import Receipt
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import CallContext, CallError, ConnectionLost, DecodeError, LocalProtocolError
from tgproto.link.sse import DEFAULT_LIMIT
from tgproto.session.events import Completed, Failed, Payload
from tgproto.web.errors import IncompleteStreamError, StreamError
from tgproto.web.openai import (
    ChatChunk,
    ChatCompletion,
    ChatDecoder,
    ChatFold,
    ChatMessage,
    ChatReader,
    chunks_of,
)

CALL = CallContext("chat")
NDJSON = "application/x-ndjson"


def told(delta: object = None, index: int = 0, finish: str | None = None, **more: object) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}], **more}


def said(*texts: str) -> list[dict[str, Any]]:
    return [told({"content": text}) for text in texts]


def sse(*events: object, done: bool = True) -> bytes:
    texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return "".join(f"data: {text}\n\n" for text in [*texts, *["[DONE]"] * done]).encode()


def lines(*events: object) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def decoded(
    body: bytes, kind: str = "text/event-stream", cuts: list[int] | None = None
) -> tuple[list[ChatChunk], ChatDecoder]:
    """Return the chunks of a body, and the decoder behind it."""
    decoder = ChatDecoder(kind)
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts or []), len(body)]
    chunks = [chunk for a, b in itertools.pairwise(edges) for chunk in decoder.feed(body[a:b])]
    return chunks + decoder.close(), decoder


def failed(body: bytes, kind: str = "text/event-stream") -> CallError:
    _, decoder = decoded(body, kind)
    assert decoder.error is not None
    with pytest.raises(type(decoder.error)) as caught:
        decoder.result()
    assert caught.value is decoder.error
    return decoder.error


# --- chunks -----------------------------------------------------------------------------------------


def test_the_parts_of_a_chunk_have_names() -> None:
    members = {
        "id": "c-1",
        "choices": [
            {
                "index": 2,
                "delta": {
                    "role": "assistant",
                    "content": "a",
                    "reasoning_content": "b",
                    "tool_calls": [{"index": 0}, None],
                },
                "finish_reason": "stop",
            }
        ],
        "usage": {"total_tokens": 3},
    }
    chunk = ChatChunk(members)
    assert chunk == members
    assert (chunk.index, chunk.role, chunk.content, str(chunk)) == (2, "assistant", "a", "a")
    assert (chunk.reasoning_content, chunk.finish_reason) == ("b", "stop")
    assert chunk.tool_calls == [{"index": 0}, {}]
    assert chunk.usage == {"total_tokens": 3}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": {}},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"index": None, "delta": None, "finish_reason": None}], "usage": None},
        {"choices": [{"index": "0", "delta": [], "finish_reason": 7}], "usage": 7},
        {"choices": [{"delta": {}}]},
        {"choices": [{"delta": {"content": None, "role": None, "tool_calls": None}}]},
        {"choices": [{"delta": {"content": 5, "role": "", "tool_calls": {}, "reasoning_content": []}}]},
    ],
)
def test_whatever_is_missing_is_empty(members: dict[str, Any]) -> None:
    chunk = ChatChunk(members)
    assert (chunk.index, chunk.role, chunk.content, chunk.reasoning_content) == (0, None, "", "")
    assert (chunk.tool_calls, chunk.finish_reason, chunk.usage) == ([], None, None)


def test_other_spellings_are_understood() -> None:
    assert ChatChunk({"choices": [{"text": "a"}]}).content == "a"
    assert ChatChunk({"choices": [{"message": {"content": "a"}}]}).content == "a"
    assert ChatChunk(told({"reasoning": "a"})).reasoning_content == "a"


# --- folding ----------------------------------------------------------------------------------------


def folded(*events: dict[str, Any]) -> ChatCompletion:
    fold = ChatFold()
    for event in events:
        fold.add(ChatChunk(event))
    assert fold.content == fold.completion().content
    return fold.completion()


def test_an_event_is_a_chunk_for_each_choice() -> None:
    both = {"choices": [{"index": 0}, {"index": 1}], "usage": {"total_tokens": 2}}
    assert [(chunk.index, chunk.usage) for chunk in chunks_of(both)] == [(0, None), (1, {"total_tokens": 2})]
    assert [chunks_of(event) for event in ({}, {"choices": []})] == [[{}], [{"choices": []}]]


def test_what_else_is_said_is_kept() -> None:
    completion = folded(
        told({"content": "a"}, created=1, conversation_id="c"),
        told({"content": "b"}, created=2),
        told({}, 0, "stop", created=3, tool_results=[]),
        {"choices": [], "usage": {}, "late": True},
    )
    assert completion.more == {"created": 3, "conversation_id": "c", "tool_results": [], "late": True}


def test_nothing_is_an_empty_answer() -> None:
    assert folded() == ChatCompletion()
    assert str(folded()) == ""


def test_choices_are_joined_each_for_itself() -> None:
    completion = folded(
        told({"role": "assistant"}, 1, id="c-1", model="m"),
        told({"content": "a"}, 0, id="c-2"),
        told({"content": "b"}, 1),
        told({"reasoning_content": "why"}, 0),
        told({"content": "c"}, 0, "stop"),
        told({}, 1, "length"),
        {"choices": [], "usage": {"total_tokens": 2}},
    )
    assert completion == ChatCompletion(
        (
            ChatMessage(0, "ac", "assistant", "why", (), "stop"),
            ChatMessage(1, "b", "assistant", "", (), "length"),
        ),
        "c-1",
        "m",
        {"total_tokens": 2},
    )
    assert str(completion) == completion.content == "ac"


def call(**piece: object) -> dict[str, Any]:
    return told({"tool_calls": [piece]})


WEATHER = {"id": "t-1", "type": "function", "function": {"name": "weather", "arguments": '{"in": "Kiel"}'}}
CLOCK = {"id": "t-2", "type": "function", "function": {"name": "clock", "arguments": ""}}
CALLS = {
    "numbered": [
        call(index=0, id="t-1", type="function", function={"name": "weather", "arguments": ""}),
        call(index=1, id="t-2", function={"name": "clock"}),
        call(index=0, function={"arguments": '{"in": '}),
        call(index=0, function={"name": "weather", "arguments": '"Kiel"}'}),
    ],
    "named": [
        call(id="t-1", function={"name": "weather", "arguments": '{"in": '}),
        call(function={"arguments": '"Kiel"}'}),
        call(id="t-2", function={"name": "clock", "arguments": None}),
    ],
    "several at once": [
        told({"tool_calls": [{"index": 0, **WEATHER}, {"index": 1, **CLOCK}]}),
    ],
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_of_tools_are_joined(name: str) -> None:
    assert folded(*CALLS[name]).messages[0].tool_calls == (WEATHER, CLOCK)


def test_arguments_that_are_decoded_are_written_again_and_odd_calls_are_no_error() -> None:
    [decoded_, odd] = (
        folded(call(index=0, function={"name": "f", "arguments": {"a": [1, "ä"]}}), call(index=1, function=7))
        .messages[0]
        .tool_calls
    )
    assert json.loads(decoded_["function"]["arguments"]) == {"a": [1, "ä"]}
    assert odd == {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}


def test_what_is_let_go_is_not_kept_later_either() -> None:
    fold = ChatFold()
    events = [told({"content": "abc", "role": "r"}), *said("d"), CALLS["named"][0], told({"reasoning": "ef"})]
    for event in events:
        fold.add(ChatChunk(event))
    assert (fold.kept, fold.size) == (True, 4 + len('{"in": ') + 2)
    fold.let_go()
    for event in [*events, FINISHED]:
        fold.add(ChatChunk(event))
    assert (fold.kept, fold.finished, fold.content) == (False, True, "")
    assert fold.completion().messages == (ChatMessage(0, "", "r", finish_reason="stop"),)


def test_what_was_folded_is_not_changed_by_what_is_added_later() -> None:
    fold = ChatFold()
    fold.add(ChatChunk(call(index=0, function={"arguments": "a"})))
    before = fold.completion()
    fold.add(ChatChunk(call(index=0, function={"arguments": "b"})))
    assert before.messages[0].tool_calls[0]["function"]["arguments"] == "a"


# --- bodies -----------------------------------------------------------------------------------------

FINISHED = told({}, finish="stop")
USAGE = {"choices": [], "usage": {"total_tokens": 2}}
PLAIN = [*said("Hello", "", " wörld"), FINISHED]
BODIES = {
    "[DONE]": (sse(*said("Hello", " wörld")), "text/event-stream"),
    "[DONE] with blanks": (sse(*said("Hello", " wörld"), " [DONE] ", done=False), "text/event-stream"),
    "a reason, then the end": (sse(*PLAIN, done=False), "text/event-stream; charset=utf-8"),
    "a reason, the usage, then the end": (sse(*PLAIN, USAGE, done=False), "text/event-stream"),
    "a reason, the usage, then [DONE]": (sse(*PLAIN, USAGE), "text/event-stream"),
    "type done": (sse(*said("Hello", " wörld"), {"type": "done"}, done=False), "text/event-stream"),
    "nothing counts behind it": (sse(*PLAIN) + sse({"error": "late"}, "x", *said("y")), "text/plain"),
    "no text": (sse(told(None), told({}), told({"content": None}), *PLAIN), "text/event-stream"),
    "no choices": (sse({}, {"choices": None}, USAGE, *PLAIN), "text/event-stream"),
    "empty events": (b": hi\n\ndata:\n\nid: 1\n\n" + sse(*PLAIN), "text/event-stream"),
    "CR LF": (sse(*PLAIN).replace(b"\n", b"\r\n"), "text/event-stream"),
    "in several lines": (
        b'data: {"choices":\ndata: [{"text":"Hello w\xc3\xb6rld"}]}\n\ndata: [DONE]\n\n',
        "text/event-stream",
    ),
    "lines": (lines(*PLAIN), NDJSON),
    "lines without a last end": (lines(*PLAIN)[:-1], NDJSON),
    "lines with [DONE]": (lines(*said("Hello", " wörld")) + b"[DONE]\n", "application/jsonl"),
    "whole": (
        json.dumps({"choices": [{"message": {"content": "Hello wörld"}}]}).encode(),
        "application/json",
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_complete_body_is_an_answer(name: str) -> None:
    body, kind = BODIES[name]
    chunks, decoder = decoded(body, kind)
    assert decoder.error is None
    assert decoder.ended
    assert "".join(map(str, chunks)) == decoder.result().content == "Hello wörld"
    assert decoder.close() == []


@pytest.mark.parametrize("name", BODIES)
def test_byte_by_byte_it_is_the_same(name: str) -> None:
    body, kind = BODIES[name]
    assert decoded(body, kind, list(range(len(body))))[0] == decoded(body, kind)[0]


@given(st.sampled_from(sorted(BODIES)), st.lists(st.integers(0, 1000)), st.integers(0, 1000))
@settings(max_examples=200)
def test_however_it_is_cut_and_wherever_it_ends_it_is_the_same(name: str, cuts: list[int], end: int) -> None:
    body, kind = BODIES[name]
    body = body[: end % (len(body) + 1)]
    whole, other = decoded(body, kind), decoded(body, kind, cuts)
    assert whole[0] == other[0]
    assert repr(whole[1].error) == repr(other[1].error)
    if whole[1].error is None:
        assert whole[1].result() == other[1].result()


def test_chunks_come_as_soon_as_they_are_complete() -> None:
    decoder = ChatDecoder()
    assert decoder.feed(b'data: {"choices":[{"text":"a"}]}\n') == []
    assert not decoder.ended
    assert [str(chunk) for chunk in decoder.feed(b"\ndata: ")] == ["a"]
    assert decoder.feed(b"[DONE]\n\n") == []
    assert decoder.ended
    assert decoder.error is None


def test_an_event_of_several_choices_is_several_chunks_that_tell_the_usage_once() -> None:
    usage = {"total_tokens": 5}
    event = {
        "id": "c",
        "choices": [*told({"content": "a"}, 0)["choices"], *told({"content": "b"}, 1)["choices"]],
    }
    end = {"choices": [*told({}, 0, "stop")["choices"], *told({}, 1, "stop")["choices"]], "usage": usage}
    chunks, decoder = decoded(sse(event, end, done=False))
    assert [(chunk.index, chunk.content, chunk.usage) for chunk in chunks] == [
        (0, "a", None),
        (1, "b", None),
        (0, "", None),
        (1, "", usage),
    ]
    assert all(len(chunk["choices"]) == 1 for chunk in chunks)
    assert [message.content for message in decoder.result().messages] == ["a", "b"]
    assert decoder.result().usage == usage


@pytest.mark.parametrize(
    ("events", "complete"),
    [
        ([], False),
        ([*said("a")], False),
        ([told({}, 0, "stop")], True),
        ([told({}, 0), told({}, 1), told({}, 0, "stop")], False),
        ([told({}, 0), told({}, 1), told({}, 0, "stop"), told({}, 1, "stop")], True),
        ([told({}, 0, "stop"), told({}, 1)], False),
        ([told({}, 0, "stop"), told({"content": "more"}, 0)], True),
        ([USAGE], False),
    ],
)
def test_without_a_mark_the_end_is_good_if_each_choice_has_a_reason(
    events: list[dict[str, Any]], complete: bool
) -> None:
    _, decoder = decoded(sse(*events, done=False))
    assert (decoder.error is None) is complete
    if not complete:
        assert isinstance(decoder.error, IncompleteStreamError)
        assert decoder.error.partial == ("a" if events == said("a") else None)


# --- what goes wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "message", "status", "code"),
    [
        ({"error": "no"}, "no", None, ""),
        ({"error": {"message": "no", "type": "server_error", "code": None}}, "no", None, "server_error"),
        ({"error": {"message": "no", "code": "overloaded"}}, "no", None, "overloaded"),
        ({"error": {"message": "no", "code": 503}, "choices": []}, "no", 503, ""),
        ({"error": {"message": "no", "code": 7}}, "no", None, "7"),
        ({"type": "error", "message": "no", "code": "x"}, "no", None, "x"),
        ({"object": "error", "message": "no", "code": 400}, "no", 400, ""),
        ({"error": {}}, "", None, ""),
        ({"error": False}, "", None, ""),
    ],
)
@pytest.mark.parametrize("kind", ["text/event-stream", NDJSON])
def test_an_error_in_the_stream_is_one_though_the_status_was_good(
    event: dict[str, Any], message: str, status: int | None, code: str, kind: str
) -> None:
    events = [*said("some"), event, *said("never")]
    error = failed(sse(*events) if kind != NDJSON else lines(*events), kind)
    assert isinstance(error, StreamError)
    assert (error.message, error.status, error.code, error.partial) == (message, status, code, "some")
    assert str(error).startswith("chat completion: ")


def test_an_error_may_be_in_the_name_of_its_event() -> None:
    error = failed(sse(*said("some"), done=False) + b'event: error\ndata: {"message": "no", "code": "c"}\n\n')
    assert isinstance(error, StreamError)
    assert (error.message, error.code, error.partial) == ("no", "c", "some")


def test_an_error_that_is_null_is_none() -> None:
    assert decoded(sse({"error": None, **said("a")[0]}))[1].result().content == "a"


def test_chunks_before_an_error_are_not_lost() -> None:
    decoder = ChatDecoder()
    assert [str(chunk) for chunk in decoder.feed(sse(*said("a", "b"), {"error": "no"}, *said("c")))] == [
        "a",
        "b",
    ]
    assert isinstance(decoder.error, StreamError)
    assert decoder.feed(sse(*said("d"))) == decoder.close() == []
    with pytest.raises(StreamError):
        decoder.result()


@pytest.mark.parametrize("data", ["{", "[]", "7", "null", '{"choices": [', "[DONE", "x" * 1000])
def test_what_is_no_object_is_told_with_what_came_before(data: str) -> None:
    error = failed(sse(*said("some"), data))
    assert isinstance(error, DecodeError)
    assert error.partial == "some"
    assert "an event is no JSON object" in str(error)
    assert len(str(error)) < 400


def test_a_line_that_is_too_long_is_told_with_what_came_before() -> None:
    error = failed(sse(*said("some"), done=False) + b":" * (DEFAULT_LIMIT + 1))
    assert isinstance(error, DecodeError)
    assert (error.partial, error.context) == ("some", CallContext("chat completion"))
    assert error.hint


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error": {"message": "no"}}', StreamError),
        (b'{"answer": 42}', DecodeError),
        (b"<html>", DecodeError),
        (b"", DecodeError),
        (b'{"choices": [' + b" " * DEFAULT_LIMIT, DecodeError),
    ],
)
def test_a_whole_answer_may_be_none(body: bytes, kind: type[CallError]) -> None:
    half = len(body) // 2
    decoder = ChatDecoder("application/json")
    assert decoder.feed(body[:half]) + decoder.feed(body[half:]) + decoder.feed(b" ") + decoder.close() == []
    assert type(decoder.error) is kind


def test_a_decoder_is_for_one_answer() -> None:
    decoder = ChatDecoder()
    with pytest.raises(LocalProtocolError, match="close the decoder"):
        decoder.result()
    decoder.close()
    with pytest.raises(LocalProtocolError, match="make a new one"):
        decoder.feed(b"")


@given(
    st.lists(
        st.binary() | st.sampled_from([b"data: ", b"{", b"}", b"\n", b'"choices":', b"[", b"]", b"null"])
    )
)
def test_no_bytes_raise(parts: list[bytes]) -> None:
    for kind in ("text/event-stream", NDJSON, "application/json", "ä"):
        decoder = ChatDecoder(kind)
        for part in parts:
            decoder.feed(part)
        decoder.close()
        assert decoder.error is None or isinstance(decoder.error, CallError)


NAMES = ["choices", "delta", "content", "index", "tool_calls", "function", "arguments", "name", "usage"]
NAMES += ["finish_reason", "message", "id", "model", "role", "error", "type", "code"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["stop", "error"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.sampled_from(["choices", "usage", "id", "error"]), JSON), max_size=4))
@settings(max_examples=200)
def test_no_objects_raise(events: list[dict[str, Any]]) -> None:
    chunks, decoder = decoded(sse(*events))
    if decoder.error is None:
        assert "".join(chunk.content for chunk in chunks if chunk.index == 0) == "".join(
            message.content for message in decoder.result().messages if message.index == 0
        )
    else:
        assert isinstance(decoder.error, StreamError)


# --- as the answer to a call ------------------------------------------------------------------------

HEAD = b'{"status":200,"events":true,"headers":[["x-request-id","r"]]}'


def answer(*events: object) -> Receipt[ChatChunk, ChatCompletion]:
    received: Receipt[ChatChunk, ChatCompletion] = Receipt(
        StreamCall(service="chat", arguments={}, start=ChatReader, streaming=True)
    )
    received.feed([Payload(HEAD)], None)
    received.feed([Payload(b"message\n" + json.dumps(event).encode()) for event in events], None)
    return received


def test_as_an_answer_it_is_chunks_and_a_whole() -> None:
    received = answer(*PLAIN)
    assert [str(chunk) for chunk in iter(received.next_chunk, None)] == ["Hello", "", " wörld", ""]
    received.feed([Payload(b"message\n[DONE]")], Completed())
    assert received.next_chunk() is None
    received.check()
    assert received.result().messages == (ChatMessage(0, "Hello wörld", finish_reason="stop"),)


def test_as_an_answer_it_may_break_off_before_its_end_but_not_behind_it() -> None:
    lost = ConnectionLost(CloseCause(CloseKind.LOST), sent=True, delivered=2)
    received = answer(*said("a"))
    received.feed([], Failed(lost))
    with pytest.raises(IncompleteStreamError) as caught:
        received.result()
    assert (caught.value.partial, caught.value.__cause__, caught.value.context) == ("a", lost, CALL)
    received = answer(*PLAIN)
    received.feed([], Failed(lost))
    assert received.result().content == "Hello wörld"


def test_a_long_answer_is_not_kept_once_its_chunks_are_read() -> None:
    received = answer(*said("x" * (MAX_KEPT + 1)))
    received.next_chunk()
    received.feed([Payload(b"message\n" + json.dumps(FINISHED).encode())], Completed())
    assert received.next_chunk() == FINISHED
    received.check()
    with pytest.raises(LocalProtocolError, match="chat: an answer of more than"):
        received.result()
    assert ChatReader(CALL).partial is None


def test_a_long_answer_that_broke_off_has_no_part_of_it() -> None:
    received = answer(*said("x" * (MAX_KEPT + 1)))
    received.next_chunk()
    received.feed([], Completed())
    with pytest.raises(IncompleteStreamError) as caught:
        received.result()
    assert caught.value.partial is None
