"""Answers of any endpoint."""

from __future__ import annotations

import pytest

from tests.core.edgequake_wire import event, feed, head
from tgproto.errors import CallContext, DecodeError
from tgproto.web.errors import IncompleteStreamError, StreamError
from tgproto.web.replies import Event, EventsReader, ReplyReader

CONTEXT = CallContext("GET health")


def read(*payloads: bytes, open_ended: bool = False) -> tuple[list[Event], EventsReader]:
    reader = EventsReader(CONTEXT, open_ended=open_ended)
    return feed(reader, head(), *payloads), reader


def test_events_are_handed_on_as_they_are() -> None:
    nodes = {"type": "nodes", "nodes": [{"id": "n"}], "batch": 1}
    events, reader = read(
        event({"type": "metadata"}), event(nodes), event({"type": "done", "nodes_count": 1})
    )
    assert events[1] == nodes
    assert [one.type for one in events] == ["metadata", "nodes", "done"]
    assert [one.done for one in events] == [False, False, True]
    reader.check()
    assert reader.result() == {"type": "done", "nodes_count": 1}


@pytest.mark.parametrize("last", [{"type": "end"}, {"done": True}, {"type": 5, "done": True}])
def test_ends(last: dict[str, object]) -> None:
    assert read(event(last))[1].result() == last


@pytest.mark.parametrize("name", ["complete", "error", "timeout"])
def test_named_events_are_data(name: str) -> None:
    progress = {"track_id": "t", "is_failed": name == "error", "error": "e"}
    events, reader = read(event(progress, "progress"), event(progress, name))
    assert [one.type for one in events] == ["progress", name]
    assert reader.result() == {**progress, "type": name}


@pytest.mark.parametrize(
    "data",
    [
        {"type": "error", "message": "no model"},
        {"error": {"message": "no model", "type": "t"}},
        {"response": "no model", "done": True, "done_reason": "error"},
    ],
)
def test_errors_among_them(data: dict[str, object]) -> None:
    with pytest.raises(StreamError, match="no model"):
        read(event(data))


def test_mere_text_and_the_end_of_openai() -> None:
    events, reader = read(event("text"), event("more", "progress"), event("[DONE]"))
    assert events == [{"data": "text"}, {"data": "more", "type": "progress"}]
    assert events[0].type == ""
    assert reader.result() == events[1]
    assert read(event("[DONE]"))[1].result() is None


def test_a_stream_that_has_no_end_may_end_anywhere() -> None:
    _, reader = read(event({"type": "tick"}))
    with pytest.raises(IncompleteStreamError):
        reader.check()
    with pytest.raises(IncompleteStreamError):
        reader.result()
    _, reader = read(event({"type": "tick"}), open_ended=True)
    reader.check()
    assert reader.result() == {"type": "tick"}


def test_one_object_is_a_stream_of_one_event() -> None:
    reader = EventsReader(CONTEXT)
    assert feed(reader, head(events=False), b'{"a":1}') == [{"a": 1}]
    assert reader.result() == {"a": 1}
    with pytest.raises(DecodeError, match="no stream of events"):
        feed(EventsReader(CONTEXT), head(events=False), b"text")
    with pytest.raises(StreamError, match="no"):
        feed(EventsReader(CONTEXT), head(events=False), b'{"error":"no"}')


@pytest.mark.parametrize(
    ("pieces", "value"),
    [((b'{"a"', b":1}"), {"a": 1}), ((b"",), None), ((b"plain",), "plain"), ((b"[1]",), [1])],
)
def test_replies(pieces: tuple[bytes, ...], value: object) -> None:
    reader = ReplyReader(CONTEXT)
    for piece in pieces:
        reader.read(piece)
    assert reader.result() == value


def test_a_reply_that_is_no_text() -> None:
    reader = ReplyReader(CONTEXT)
    reader.read(b"\xff")
    with pytest.raises(DecodeError, match="UTF-8"):
        reader.result()
