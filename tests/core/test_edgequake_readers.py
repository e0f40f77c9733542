"""Answers of EdgeQuake, read event by event."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.edgequake_wire import event, feed, head
from tgproto.closing import CloseCause, CloseKind
from tgproto.edgequake.dialects import DIALECTS, GUIDE, OPENAI, RAW, SERVER
from tgproto.edgequake.readers import ChatReader, QueryReader
from tgproto.errors import (
    CallContext,
    ConnectionLost,
    DecodeError,
    LocalProtocolError,
    RequestTimeout,
)
from tgproto.web.errors import IncompleteStreamError, StreamError

CONTEXT = CallContext("query.stream")
DONE = {"type": "done"}
LOST = ConnectionLost(CloseCause(CloseKind.LOST, "reset"), sent=True, delivered=1)


def query(dialect: Any = SERVER) -> QueryReader:
    return QueryReader(CONTEXT, dialect.query_stream)


def chat(dialect: Any = SERVER) -> ChatReader:
    return ChatReader(CONTEXT, dialect.chat_stream)


def token(text: str) -> dict[str, str]:
    return {"type": "token", "content": text}


def delta(text: str, reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]}


WRITTEN = {
    "server": (token, DONE),
    "guide": (lambda text: {"type": "token", "chunk": text}, DONE),
    "openai": (token, DONE),
    "raw": (str, None),
}
"""Dialect -> how a token is written, and the end."""


@given(st.lists(st.text(min_size=1, max_size=9)), st.sampled_from(sorted(DIALECTS)))
def test_the_text_is_that_of_the_tokens(texts: list[str], name: str) -> None:
    write, end = WRITTEN[name]
    reader = query(DIALECTS[name])
    if name == "raw":
        texts = ["a", *(text for text in texts if not text.startswith("Error: "))]
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    events = [event(write(text)) for text in texts] + ([event(end)] if end else [])
    chunks = feed(reader, head(), *events)
    reader.check()
    assert [chunk["chunk"] for chunk in chunks if "chunk" in chunk] == texts
    assert reader.result().text == "".join(texts) == "".join(map(str, chunks))


@given(st.lists(st.text(max_size=9)), st.sampled_from(["server", "openai"]))
def test_so_it_is_in_a_chat(texts: list[str], name: str) -> None:
    reader = chat(DIALECTS[name])
    write, end = (token, DONE) if name == "server" else (delta, "[DONE]")
    chunks = feed(reader, head(), *(event(write(text)) for text in texts), event(end))
    reader.check()
    assert reader.result().content == "".join(texts)
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "".join(texts)
    assert chunks[-1].done


def test_servers_and_guides_read_each_other() -> None:
    for dialect in (SERVER, GUIDE):
        reader = query(dialect)
        chunks = feed(reader, head(), event({"chunk": "a"}), event(token("b")), event("[DONE]"))
        assert [(chunk.type, chunk.text) for chunk in chunks] == [
            ("token", "a"),
            ("token", "b"),
            ("done", ""),
        ]
        assert reader.result().text == "ab"


def test_a_context_is_followed_by_its_sources() -> None:
    reader = query()
    about = {"type": "context", "sources": [{"id": "a"}, {"id": "b"}], "query_mode": "mix"}
    done = {"type": "done", "stats": {"n": 1}, "llm_model": "m"}
    chunks = feed(
        reader,
        head(x_request_id="r-1"),
        event({"type": "thinking", "content": "hm"}),
        event(about),
        event(token("a")),
        event({"type": "new", "answer": "not this"}),
        event(done),
    )
    kinds = ["thinking", "context", "source", "source", "token", "new", "done"]
    assert [chunk.type for chunk in chunks] == kinds
    assert [str(chunk["source"]) for chunk in chunks[2:4]] == ["a", "b"]
    assert reader.result() == {
        "answer": "a",
        "sources": [{"id": "a"}, {"id": "b"}],
        "query_mode": "mix",
        "stats": {"n": 1},
        "llm_model": "m",
        "request_id": "r-1",
    }


def test_sources_of_the_guide_are_gathered() -> None:
    reader = query(GUIDE)
    sources: list[object] = ["doc", {"id": "a"}]
    feed(reader, head(), *(event({"type": "source", "source": it}) for it in sources), event(DONE))
    assert reader.result()["sources"] == sources


def test_the_final_answer_counts_more_than_the_tokens() -> None:
    reader = query()
    feed(reader, head(), event(token("draft")), event({"type": "done", "answer": "Final."}))
    assert reader.result() == {"answer": "Final.", "streamed": "draft"}
    empty = query()
    feed(empty, head(), event({"type": "done", "answer": "Final."}))
    assert empty.result() == {"answer": "Final.", "streamed": ""}


def test_a_title_may_come_behind_the_end() -> None:
    reader = chat()
    first = {"type": "conversation", "conversation_id": "c", "user_message_id": "u"}
    feed(reader, head(), event(first), event(token("a")), event(DONE))
    assert reader.ended
    assert reader.failure(LOST) is None
    (chunk,) = feed(reader, event({"type": "title_update", "conversation_id": "c", "title": "T"}))
    assert chunk.title == "T"
    result = reader.result()
    assert (result.content, result.conversation_id, result.title) == ("a", "c", "T")


def test_an_end_of_openai_may_come_twice() -> None:
    reader = chat(OPENAI)
    chunks = feed(
        reader, head(), event(delta("a", "stop")), event({"choices": [], "usage": {"n": 1}}), event("[DONE]")
    )
    assert [chunk.type for chunk in chunks] == ["token", "usage"]
    assert reader.result()["usage"] == {"n": 1}


@pytest.mark.parametrize("piece", ["42", "true", '"x"', "null", "[1]", "{", " ", "see [DONE]", "Error: no"])
def test_pieces_of_the_guide_may_be_mere_text(piece: str) -> None:
    (chunk,) = feed(query(GUIDE), head(), event(piece))
    assert chunk["chunk"] == piece


@pytest.mark.parametrize("piece", ['{"type":"done"}', "[DONE]", "a\nb"])
def test_mere_text_is_text_whatever_it_looks_like(piece: str) -> None:
    reader = query(RAW)
    (chunk,) = feed(reader, head(), event(piece))
    assert chunk["chunk"] == piece
    reader.check()
    assert reader.result().text == piece


def test_mere_text_is_complete_where_it_ends_unless_there_is_none() -> None:
    reader = query(RAW)
    feed(reader, head(), event(""))
    with pytest.raises(IncompleteStreamError):
        reader.check()
    feed(reader, event("a" * 2**18), event("b"))
    reader.release()
    reader.check()


def test_mere_text_may_be_an_error() -> None:
    with pytest.raises(StreamError, match="no model") as caught:
        feed(query(RAW), head(), event("a"), event("Error: no model"))
    assert caught.value.partial == "a"


@pytest.mark.parametrize("data", ["text", "42", '{"type":"token"}'])
def test_elsewhere_it_is_a_mistake(data: str) -> None:
    with pytest.raises(DecodeError, match=r"an event is no JSON object|a token has no text") as caught:
        feed(query(), head(), event(token("a")), event(data))
    assert caught.value.partial == "a"
    assert caught.value.context == CONTEXT


@pytest.mark.parametrize(
    ("data", "name", "code", "said"),
    [
        ({"type": "error", "message": "m", "code": "QUERY_FAILED"}, "message", "QUERY_FAILED", "m"),
        ({"type": "error", "error": "m"}, "message", "", "m"),
        ({"error": {"message": "m", "code": "c"}}, "message", "c", "m"),
        ({"message": "m"}, "error", "", "m"),
        ({"type": "error"}, "message", "", ""),
    ],
)
@pytest.mark.parametrize("reader", [query, chat])
def test_errors(reader: Any, data: Any, name: str, code: str, said: str) -> None:
    with pytest.raises(StreamError) as caught:
        feed(reader(), head(), event(token("a")), event(DONE), event(data, name))
    error = caught.value
    assert (error.code, error.message, error.partial, error.status) == (code, said, "a", None)


def test_an_error_says_when_to_come_back() -> None:
    data = {"type": "error", "message": "busy", "reason": "transient_congestion", "retry_after_secs": 2}
    with pytest.raises(StreamError, match="busy") as caught:
        feed(query(), head(), event(data))
    assert caught.value.retry_after == 2.0
    assert caught.value.details == data


@pytest.mark.parametrize("events", [(), (token("a"),)])
def test_a_stream_without_an_end_is_not_complete(events: Any) -> None:
    reader = query()
    feed(reader, head(), *map(event, events))
    for look in (reader.check, reader.result):
        with pytest.raises(IncompleteStreamError) as caught:
            look()
        assert caught.value.partial == ("a" if events else None)
    lost = reader.failure(LOST)
    assert isinstance(lost, IncompleteStreamError)
    assert lost.__cause__ is LOST
    late = reader.failure(RequestTimeout("progress_timeout", 5))
    assert isinstance(late, RequestTimeout)
    assert late.partial == ("a" if events else None)


# --- answers that are no streams --------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "body", "text"),
    [
        (query, b'{"answer":"a","sources":[{"id":"s"}],"mode":"mix"}', "a"),
        (chat, b'{"content":"a","conversation_id":"c"}', "a"),
        (chat, b'{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}', "a"),
    ],
)
def test_a_whole_answer_is_a_stream_of_one_token(reader: Any, body: bytes, text: str) -> None:
    made = reader()
    chunks = feed(made, head(events=False), body)
    assert [(chunk.type, chunk.text) for chunk in chunks] == [("token", text), ("done", "")]
    made.check()
    assert made.result().text == text


def test_what_a_whole_answer_says_is_kept() -> None:
    reader = query()
    feed(reader, head(events=False), b'{"answer":"a","sources":[{"id":"s"}],"mode":"mix","new":1}')
    result = reader.result()
    assert (result.sources[0].id, result.mode, result["new"]) == ("s", "mix", 1)
    spoken = chat()
    feed(spoken, head(events=False), b'{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}')
    assert [choice["message"]["content"] for choice in spoken.result()["choices"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b"", IncompleteStreamError, "the answer is empty"),
        (b"<html>", DecodeError, "no stream of events"),
        (b"[]", DecodeError, "no stream of events"),
        (b"{}", DecodeError, "the answer has no text"),
        (b'{"message":"no","code":"C"}', StreamError, "no"),
        (b'{"error":{"message":"no","code":"C"}}', StreamError, "no"),
    ],
)
def test_what_is_no_answer(body: bytes, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        feed(query(), head(events=False), body)


def test_a_long_text_is_not_kept_for_whoever_has_it() -> None:
    reader = query()
    feed(reader, head(), event(token("a" * 2**18)), event(token("b")))
    reader.release()
    feed(reader, event(DONE))
    with pytest.raises(LocalProtocolError, match="not kept"):
        reader.result()
    assert reader.partial is None
