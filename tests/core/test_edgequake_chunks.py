"""Chunks of EdgeQuake's streams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.edgequake.chunks import (
    ChatChunk,
    Chunk,
    Grounded,
    Source,
    end_of,
    object_of,
    piece,
    read_chat_chunk,
    read_chunk,
    shown,
    source_chunk,
)
from tgproto.errors import DecodeError

SERVER = ("content", "chunk")
GUIDE = ("chunk", "content")


@given(st.text(), st.sampled_from([SERVER, GUIDE]), st.sampled_from(["chunk", "content"]))
def test_a_token_has_the_keys_of_every_dialect(text: str, keys: tuple[str, ...], key: str) -> None:
    for chunk in (read_chunk({"type": "token", key: text}, keys), piece(text)):
        assert chunk == {"type": "token", "chunk": text, "content": text}
        assert chunk.text == str(chunk) == f"{chunk}" == text
        assert not chunk.done
        assert isinstance(chunk, dict)


@given(st.text(), st.sampled_from(["chunk", "content"]))
def test_a_token_of_a_chat_has_the_keys_of_every_dialect(text: str, key: str) -> None:
    members = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    for chunk in (read_chat_chunk({"type": "token", key: text}, SERVER), read_chat_chunk(members, SERVER)):
        assert chunk.get("choices", [{}])[0].get("delta", {}).get("content") == text
        assert chunk["chunk"] == chunk["content"] == chunk.text == text
        assert chunk.type == "token"
        assert not chunk.done


def test_of_two_texts_that_of_the_dialect_counts() -> None:
    both = {"type": "token", "content": "a", "chunk": "b"}
    assert (read_chunk(both, SERVER).text, read_chunk(both, GUIDE).text) == ("a", "b")


@pytest.mark.parametrize("members", [{"type": "token"}, {"type": "token", "content": None}])
def test_a_token_without_text_is_no_token(members: dict[str, Any]) -> None:
    with pytest.raises(DecodeError, match=r"a token has no text: \{'type': 'token'"):
        read_chunk(members, SERVER)


def test_events_without_a_type() -> None:
    assert read_chunk({"chunk": "a"}, SERVER).type == "token"
    assert read_chunk({"content": "a"}, SERVER).type == "unknown"
    assert read_chunk({"chunk": 5}, SERVER)["type"] == "unknown"
    assert Chunk().type == "unknown"
    assert Chunk(type=5).type == "unknown"


def test_an_event_of_an_unknown_type_is_handed_on() -> None:
    chunk = read_chunk({"type": "new", "content": "x", "n": 1}, SERVER)
    assert (chunk.type, chunk.text, chunk["n"]) == ("new", "", 1)


def test_sources() -> None:
    members = {"id": "c-1", "source_type": "chunk", "document_id": "d", "file_path": "f", "snippet": "s"}
    context = read_chunk({"type": "context", "sources": [members, "other", {}]}, SERVER)
    (source,) = context.sources
    assert source == members
    assert (source.id, source.source_type, source.document_id) == ("c-1", "chunk", "d")
    assert (source.file_path, source.snippet, source.score) == ("f", "s", None)
    assert source_chunk(source) == {"type": "source", "source": members}
    assert source_chunk(source).source == source
    assert Chunk(sources="x").sources == []


@pytest.mark.parametrize(("score", "found"), [(1, 1.0), (0.5, 0.5), ("1", None)])
def test_scores(score: Any, found: float | None) -> None:
    assert Source(score=score).score == found


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"file_path": "f", "id": "i"}, "f"),
        ({"id": "i", "document_id": "d"}, "i"),
        ({"document_id": "d", "snippet": "s"}, "d"),
        ({"snippet": "s"}, "s"),
        ({"x": 1}, "{'x': 1}"),
    ],
)
def test_a_source_is_named(members: dict[str, Any], named: str) -> None:
    assert str(Source(members)) == named
    assert f"{read_chunk({'type': 'source', 'source': members}, GUIDE)['source']}" == named


@pytest.mark.parametrize(("source", "found"), [("doc", "doc"), (5, None), (None, None)])
def test_a_source_may_be_anything(source: Any, found: str | None) -> None:
    assert read_chunk({"type": "source", "source": source}, GUIDE).source == found


def test_thinking_is_no_text() -> None:
    chunk = read_chunk({"type": "thinking", "content": "hm"}, SERVER)
    assert (chunk.thinking, chunk.text, str(chunk)) == ("hm", "", "")
    assert read_chunk({"type": "token", "content": "a"}, SERVER).thinking == ""
    of_a_chat = read_chat_chunk({"type": "thinking", "content": "hm"}, SERVER)
    assert of_a_chat["choices"][0]["delta"] == {"reasoning_content": "hm"}
    of_openai = read_chat_chunk({"choices": [{"delta": {"reasoning_content": "hm"}}]}, SERVER)
    assert (of_openai.type, of_openai.thinking, of_openai.text) == ("thinking", "hm", "")


def test_ends() -> None:
    assert read_chunk({"type": "done", "stats": {"n": 1}}, SERVER).stats == {"n": 1}
    assert Chunk().stats == {}
    assert read_chunk({"type": "done"}, SERVER).done
    assert read_chunk({"done": True}, SERVER).done
    assert not read_chunk({"done": False}, SERVER).done
    done = read_chat_chunk({"type": "done"}, SERVER)
    assert done["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    last = read_chat_chunk({"choices": [{"delta": {"content": "a"}, "finish_reason": "length"}]}, SERVER)
    assert (last.type, last.done) == ("token", True)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"choices": [{"index": 0, "delta": {"role": "assistant"}}]}, "start"),
        ({"choices": [{"index": 0, "delta": {"content": None}, "finish_reason": "stop"}]}, "done"),
        ({"choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]}, "done"),
        ({"choices": [], "usage": {"total_tokens": 5}}, "usage"),
        ({"choices": []}, "unknown"),
        ({"choices": [{"index": 1, "delta": {"content": "other"}}]}, "unknown"),
        ({"choices": ["x", None]}, "unknown"),
        ({"choices": [], "type": "new"}, "new"),
    ],
)
def test_chunks_of_openai(members: dict[str, Any], kind: str) -> None:
    chunk = read_chat_chunk(members, SERVER)
    assert (chunk.type, chunk.text) == (kind, "")
    assert isinstance(chunk["choices"][0]["delta"], dict)


def test_chunks_of_servers_that_imitate_openai() -> None:
    thinking = read_chat_chunk({"choices": [{"delta": {"reasoning": "hm"}}]}, SERVER)
    assert (thinking.type, thinking.thinking) == ("thinking", "hm")
    whole = read_chat_chunk({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}, SERVER)
    assert (whole.type, whole.text, whole.done) == ("token", "a", True)
    several = [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]
    chunk = read_chat_chunk({"choices": several}, SERVER)
    assert (chunk.text, chunk["choices"]) == ("a", several)


def test_a_whole_answer_ends_without_its_text_being_told_again() -> None:
    assert end_of({"answer": "a"}) == {"answer": "a", "type": "done"}
    choice = {"index": 0, "message": {"content": "a"}, "finish_reason": "length"}
    chunk = read_chat_chunk(end_of({"choices": [choice]}), SERVER)
    assert (chunk.type, chunk.text, chunk.done) == ("done", "", True)
    assert chunk["choices"] == [{"index": 0, "delta": {}, "finish_reason": "length"}]


def test_what_a_chat_says_beside_its_text() -> None:
    chunk = read_chat_chunk({"type": "conversation", "conversation_id": "c"}, SERVER)
    assert (chunk.conversation_id, chunk.title) == ("c", "")
    assert read_chat_chunk({"type": "title_update", "title": "T"}, SERVER).title == "T"
    assert isinstance(chunk, ChatChunk)


def test_chunks_are_json() -> None:
    chunk = read_chunk({"type": "token", "content": "ä"}, SERVER)
    assert chunk == piece("ä")
    assert json.loads(json.dumps(chunk)) == chunk
    assert not hasattr(chunk, "__dict__")


def test_only_their_own_kinds_have_a_text() -> None:
    with pytest.raises(NotImplementedError):
        _ = Grounded().text


def test_events_are_shown_up_to_a_length() -> None:
    assert shown({"a": 1}) == "{'a': 1}"
    assert len(shown("x" * 1000)) == 201
    assert object_of([]) == {}
