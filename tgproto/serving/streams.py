"""Answers that are streams: events for `text/event-stream`, lines of JSON, and texts in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tgproto.link.sse import encode_event
from tgproto.serving.messages import EVENTS, WebAnswer
from tgproto.types.wire import encode

NDJSON = "application/x-ndjson"

_WORD = re.compile(r"\s*\S+|\s+")


def words(text: str) -> list[str]:
    """Cut a text into words, each with the blanks before it; joined they are the text again."""
    return _WORD.findall(text)


def event(data: object, name: str = "message") -> bytes:
    """Return an event whose data is JSON.

    Args:
        data: A JSON value.
        name: Name of the event; `message` is not written.
    """
    return encode_event(encode(data).decode(), type=name)


def stream(events: Iterable[bytes], content_type: str = EVENTS) -> WebAnswer:
    """Return an answer of events, each a piece, which is a chunk on the wire."""
    return WebAnswer(
        200, content_type=content_type, more=(("Cache-Control", "no-cache"),), pieces=iter(events)
    )


def lines(values: Iterable[object]) -> WebAnswer:
    """Return an answer of JSON values, each a line and a piece."""
    return stream((encode(value) + b"\n" for value in values), NDJSON)
