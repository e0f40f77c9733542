"""What the tests of EdgeQuake share: payloads as a client hands them on, and readers fed with them."""

from __future__ import annotations

import json
from typing import Any

from tgproto.catalog.call import Call
from tgproto.catalog.reader import Several
from tgproto.dialect import GENERATION_2
from tgproto.session.request import Form


def head(*, events: bool = True, status: int = 200, **headers: str) -> bytes:
    """Return the payload in front of an answer."""
    fields = [[name.replace("_", "-"), value] for name, value in headers.items()]
    return json.dumps({"status": status, "events": events, "headers": fields}).encode()


def event(data: object, name: str = "message") -> bytes:
    """Return the payload of an event; what is no text is JSON."""
    return f"{name}\n{data if isinstance(data, str) else json.dumps(data)}".encode()


def feed(reader: Any, *payloads: bytes) -> list[Any]:
    """Return the chunks that come of payloads."""
    chunks: list[Any] = []
    for payload in payloads:
        chunk = reader.read(payload)
        if isinstance(chunk, Several):
            chunks += chunk
        elif chunk is not None:
            chunks.append(chunk)
    return chunks


def read(call: Any, *events: object, **headers: str) -> tuple[list[Any], Any]:
    """Return the chunks and the result of a stream with these events."""
    reader = call.reader()
    chunks = feed(reader, head(**headers), *map(event, events))
    reader.check()
    return chunks, reader.result()


def form(call: Call[Any]) -> Form:
    """Return how a call looks over HTTP."""
    found = call.request(GENERATION_2).form
    assert found is not None
    return found


def said(call: Call[Any]) -> Any:
    """Return what a call sends, decoded."""
    return json.loads(form(call).body)
