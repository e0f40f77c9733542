"""The event stream as `httpx-sse` reads it: the same, but for what is listed here, each with its reason."""

from __future__ import annotations

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_link_sse import BOM, VECTORS, four_ways
from tgproto.link.sse import SSEDecoder, SSEEvent

Event = tuple[str, str, str, int | None]

NO_DATA = "it makes an event of a block that has no data; the standard, of one that has (2.3)"
KEEPS_BOM = "it does not drop the byte order mark in front, so that the first line is spoilt (2.1)"
FORGETS_RETRY = "it tells a retry with the next event alone; here it is told while it is in force (2.3)"
STARTS_ANEW = "it cannot be told which id was in force before (2.5)"
LENIENT_RETRY = "it takes for a number what Python takes; the standard, ASCII digits (2.2)"

MORE = {
    "id-then-empty-lines": b"id: 1\n\n\n\n",
    "event-then-end": b"event: end\n\n",
    "bom-and-retry": BOM + b"retry: 5\ndata: x\n\n",
    "retry-then-others": b"retry: 5\n\ndata: x\n\n",
    "retry-signs": b"retry: +1\ndata: x\n\n",
    "retry-blanks": b"retry:  1 \ndata: x\n\n",
    "retry-underscore": b"retry: 1_0\ndata: x\n\n",
    "retry-other-script": "retry: ٣\ndata: x\n\n".encode(),
    "retry-negative": b"retry: -1\ndata: x\n\n",
    "retry-long": b"retry: 1" + b"0" * 19 + b"\ndata: x\n\n",
    "retry-4301-digits": b"retry: " + b"1" * 4301 + b"\ndata: x\n\n",
}
STREAMS = {vector.name: (vector.chunks, vector.start) for vector in VECTORS}
STREAMS |= {name: ([stream], "") for name, stream in MORE.items()}

DISAGREEMENTS = {
    "bom": KEEPS_BOM,
    "bom-cut": KEEPS_BOM,
    "bom-after-empty-chunk": KEEPS_BOM,
    "bom-and-retry": KEEPS_BOM,
    "id-start-value": STARTS_ANEW,
    "retry-stays": FORGETS_RETRY,
    "retry-then-others": NO_DATA,
    "id-only": NO_DATA,
    "id-only-then-data": NO_DATA,
    "id-then-empty-lines": NO_DATA,
    "retry-only": NO_DATA,
    "event-only": NO_DATA,
    "event-then-end": NO_DATA,
    "end-drops-id": NO_DATA,
    "end-drops-empty-id": NO_DATA,
    "retry-signs": LENIENT_RETRY,
    "retry-blanks": LENIENT_RETRY,
    "retry-underscore": LENIENT_RETRY,
    "retry-other-script": LENIENT_RETRY,
    "retry-negative": LENIENT_RETRY,
    "retry-long": LENIENT_RETRY,
    "retry-4301-digits": LENIENT_RETRY,
}
"""Stream -> why it is read otherwise. All others are read alike."""


def theirs(chunks: list[bytes]) -> list[Event]:
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=iter(chunks))
    return [(event.event, event.data, event.id, event.retry) for event in EventSource(response).iter_sse()]


def ours(chunks: list[bytes], start: str = "") -> list[Event]:
    decoder = SSEDecoder(last_event_id=start)
    items = [item for chunk in chunks for item in decoder.feed(chunk)]
    return [(item.type, item.data, item.id, item.retry) for item in items if isinstance(item, SSEEvent)]


@pytest.mark.parametrize("name", STREAMS)
def test_each_disagreement_is_listed_and_no_other(name: str) -> None:
    chunks, start = STREAMS[name]
    agrees = {theirs(parts) == ours(parts, start) for parts in four_ways(chunks, name)}
    assert agrees == {name not in DISAGREEMENTS}


def test_what_is_listed_is_there() -> None:
    assert DISAGREEMENTS.keys() <= STREAMS.keys()


def explained(events: list[Event]) -> list[tuple[str, str, str]]:
    """Return what of the events is not explained: all of those with data, but for the retry."""
    return [(kind, data, ident) for kind, data, ident, _ in events if data]


PIECES = [
    b"data: a",
    b"data: ",
    b"data",
    b"event: e",
    b"event:",
    b"id: 1",
    b"id",
    b"id: 2\0",
    b"retry: 7",
    b":",
]
PIECES += [
    b"\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\xc3\xa4",
    b"\xff",
    b"\xe2\x80\xa8",
    BOM,
    b"\0",
    b"foo: x",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
@settings(max_examples=500)
def test_in_any_stream_the_reasons_explain_every_difference(stream: bytes) -> None:
    kept = BOM * stream.startswith(BOM) + stream  # of two marks the second one is kept here, too
    assert explained(theirs([stream])) == explained(ours([kept]))
