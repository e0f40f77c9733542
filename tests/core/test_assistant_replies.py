"""Answers of any endpoint."""

from __future__ import annotations

import json

import msgspec
import pytest

from tgproto.assistant.replies import EventsReader, JsonReader
from tgproto.errors import CallContext, DecodeError
from tgproto.web.errors import StreamError

CALL = CallContext("GET health")


def whole(data: bytes) -> object:
    reader = JsonReader(CALL)
    reader.read(msgspec.Raw(data))
    return reader.result()


def test_json_of_any_kind() -> None:
    assert [whole(b'{"a":1}'), whole(b"[1]"), whole(b"null"), whole(b"")] == [{"a": 1}, [1], None, None]
    with pytest.raises(DecodeError, match="GET health: the answer cannot be read"):
        whole(b"<html>")


def reader_of(*, events: bool) -> EventsReader:
    reader = EventsReader(CALL)
    given = {"status": 200, "events": events, "headers": []}
    assert reader.read(msgspec.Raw(json.dumps(given).encode())) is None
    return reader


def test_events_of_any_kind() -> None:
    reader = reader_of(events=True)
    assert reader.result() is None
    found = [reader.read(msgspec.Raw(b"message\n" + data)) for data in (b'{"type":"a"}', b"text", b"[DONE]")]
    assert found == [{"type": "a"}, {"data": "text"}, None]
    reader.check()
    assert reader.result() == {"data": "text"}


@pytest.mark.parametrize("data", [b'{"type":"error","message":"m"}', b'{"error":{"message":"m","type":"t"}}'])
def test_errors_among_them(data: bytes) -> None:
    with pytest.raises(StreamError, match="m"):
        reader_of(events=True).read(msgspec.Raw(b"message\n" + data))


def test_an_answer_that_is_no_stream_is_one_event() -> None:
    reader = reader_of(events=False)
    assert reader.read(msgspec.Raw(b'{"a":1}')) == {"a": 1}
    assert reader_of(events=False).read(msgspec.Raw(b"")) is None
