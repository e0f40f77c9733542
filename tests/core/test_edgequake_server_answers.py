"""Answers of the embedded EdgeQuake as values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from tgproto.edgequake import server_answers as say
from tgproto.link.sse import SSEDecoder, SSEEvent

IDS = {"conversation_id": "c", "user_message_id": "u", "assistant_message_id": "a"}


def read(events: Iterable[bytes]) -> list[tuple[str, str]]:
    """Return names and data."""
    items = SSEDecoder().feed(b"".join(events))
    return [(item.type, item.data) for item in items if isinstance(item, SSEEvent)]


def values(events: Iterable[bytes]) -> list[Any]:
    return [json.loads(data) for _, data in read(events)]


def kinds(events: Iterable[bytes]) -> list[str]:
    return [value["type"] for value in values(events)]


def test_refusals() -> None:
    answer = say.problem(503, "read_path_busy", "busy", retry_after_ms=20)
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.body) == {
        "code": "read_path_busy",
        "message": "busy",
        "type": "https://edgequake.dev/problems/read-path-busy",
        "title": "Read Path Busy",
        "status": 503,
        "details": {"retry_after_ms": 20},
    }
    assert "details" not in json.loads(say.problem(404, "NOT_FOUND", "no").body)
    assert say.unreadable(422, "no \ud800").body == b"no ?"
    assert json.loads(say.denied("no").body)["error"] == "unauthorized"
    assert say.denied("no").status == 401
    limited = say.rate_limited(2)
    assert (limited.status, dict(limited.headers)["Retry-After"]) == (429, "2")
    assert json.loads(limited.body)["retry_after_seconds"] == 2


def test_the_stream_of_a_query() -> None:
    events = values(say.query_events(("a", " b"), say.SOURCES, "mix", say.Beside()))
    assert [event["type"] for event in events] == ["context", "token", "token", "done"]
    assert events[0]["sources"] == list(say.SOURCES)
    assert "bundle" not in events[0]
    assert [event["content"] for event in events[1:3]] == ["a", " b"]
    assert events[3]["stats"]["query_mode"] == "mix"
    assert events[3]["stats"]["tokens_used"] == 2
    assert events[3]["stats"]["sources_retrieved"] == 2
    assert "answer" not in events[3]


def test_what_a_query_has_beside() -> None:
    beside = say.Beside(("Hm.",), "A b.", bundle=True)
    events = values(say.query_events(("a",), say.SOURCES, "mix", beside))
    assert events[0] == {"type": "thinking", "content": "Hm."}
    assert events[1]["bundle"] == {"chunks": [say.SOURCES[0]]}
    assert events[3]["answer"] == "A b."


def test_raw_tokens() -> None:
    assert read(say.raw_events((" a", "b\r\nc\rd\n", "\ud800"))) == [
        ("message", " a"), ("message", "b\nc\nd\n"), ("message", "?"),
    ]  # fmt: skip


def test_the_stream_of_the_guide() -> None:
    events = values(say.guide_events(("a",), say.SOURCES[:1]))
    assert events == [
        {"type": "source", "source": say.SOURCES[0]},
        {"type": "token", "chunk": "a"},
        {"type": "done"},
    ]


def test_the_stream_of_a_chat() -> None:
    events = say.chat_events(("a",), say.SOURCES, IDS, thinking=("Hm.",), title="T")
    assert kinds(events) == ["conversation", "context", "thinking", "token", "done", "title_update"]
    assert values(say.chat_events(("a",), (), IDS)) == [
        {"type": "conversation", "conversation_id": "c", "user_message_id": "u"},
        {"type": "token", "content": "a"},
        {"type": "done", "assistant_message_id": "a", "tokens_used": 1, "duration_ms": 0, **say.PROVIDER},
    ]


def test_lines_of_ollama() -> None:
    *some, last = map(dict, say.ollama_lines(("a", "b"), "m", lambda text: {"response": text}))  # type: ignore[call-overload]
    assert [(line["response"], line["done"]) for line in some] == [("a", False), ("b", False)]
    assert last == say.ollama_whole(("a", "b"), "m", {"response": ""})
    assert (last["done"], last["done_reason"], last["eval_count"]) == (True, "stop", 2)


def test_the_stream_of_a_graph() -> None:
    events = values(say.graph_events(say.NODES, say.EDGES, total=(9, 2), batch=2))
    assert [event["type"] for event in events] == ["metadata", "nodes", "nodes", "edges", "done"]
    assert (events[0]["total_nodes"], events[0]["nodes_to_stream"], events[0]["is_truncated"]) == (9, 3, True)
    assert [len(event["nodes"]) for event in events[1:3]] == [2, 1]
    assert [(event["batch"], event["total_batches"]) for event in events[1:3]] == [(1, 2), (2, 2)]
    assert not values(say.graph_events((), (), total=(0, 0), batch=2))[0]["is_truncated"]


@pytest.mark.parametrize(("end", "count"), [("complete", 7), ("error", 4), ("timeout", 4)])
def test_progress(end: str, count: int) -> None:
    *before, (name, data) = read(say.progress_events("t", end))
    assert [name for name, _ in before] == ["progress"] * (count - 1)
    assert name == end
    last = json.loads(data)
    if end == "timeout":
        assert last == {"error": "no progress"}
    else:
        assert (last["is_complete"], last["is_failed"]) == (end == "complete", end == "error")
        assert last["track_id"] == "t"
        states = [phase["status"] for phase in last["phases"]]
        assert states == ["complete"] * 6 if end == "complete" else [
            "complete", "complete", "complete", "failed", "pending", "pending",
        ]  # fmt: skip


def test_pages_of_documents() -> None:
    page = say.document_list([{"id": str(n)} for n in range(5)], 2, 2)
    assert page["documents"] == [{"id": "2"}, {"id": "3"}]
    assert (page["total"], page["total_pages"], page["has_more"]) == (5, 3, True)
    assert not say.document_list([{"id": "1"}], 1, 1)["has_more"]


def test_the_track_of_an_upload() -> None:
    track = say.document_track("t", [{"id": "1"}])
    assert (track["track_id"], track["total_count"], track["is_complete"]) == ("t", 1, True)
