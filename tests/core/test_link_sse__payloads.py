"""Events as bytes: those of the decoder, in UTF-8, in the same four ways; and the way that many tokens go."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_link_sse import LIMIT_CASES, VECTORS, LimitCase, Vector, four_ways
from tgproto.link.sse import SSEDecoder, SSEEvent, SSEPayloads


def as_bytes(decoder: SSEDecoder, chunks: list[bytes]) -> list[bytes]:
    items = [item for chunk in chunks for item in decoder.feed(chunk)]
    return [f"{item.type}\n{item.data}".encode() for item in items if isinstance(item, SSEEvent)]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_payloads_are_the_events(vector: Vector) -> None:
    expected = [f"{event.type}\n{event.data}".encode() for event in vector.events]
    for chunks in four_ways(vector.chunks, vector.name):
        reader = SSEPayloads(last_event_id=vector.start)
        assert [payload for chunk in chunks for payload in reader.feed(chunk)] == expected
        assert (reader.last_event_id, reader.retry) == (vector.id, vector.retry)
        assert (reader.comments_seen, reader.close()) == (vector.comments, [])


@pytest.mark.parametrize("case", LIMIT_CASES, ids=lambda case: case.name)
def test_limits_hold_for_payloads(case: LimitCase) -> None:
    for chunks in four_ways([case.stream], case.name):
        reader = SSEPayloads(max_line_bytes=case.line, max_event_bytes=case.event)
        payloads = [payload for chunk in chunks for payload in reader.feed(chunk)]
        assert [payload.partition(b"\n")[2].decode() for payload in payloads] == list(case.events)
        assert (reader.error.option if reader.error else None) == case.option


LINES = [
    "data: a",
    "data: ",
    "data:",
    "data",
    "data: ä",
    "data: data: b",
    "event: e",
    "id: 1",
    ": c",
    "",
    "",
    "",
]


@given(st.lists(st.sampled_from(LINES)), st.integers(0, 200), st.none() | st.integers(0, 30))
@settings(max_examples=500)
def test_many_tokens_at_once_are_read_as_if_they_came_line_by_line(
    lines: list[str], at: int, limit: int | None
) -> None:
    stream = "".join(f"{line}\n" for line in lines).encode()
    by_line = stream.splitlines(keepends=True)
    one = SSEDecoder(max_line_bytes=limit, max_event_bytes=limit)
    other = SSEDecoder(max_line_bytes=limit, max_event_bytes=limit)
    assert as_bytes(one, [stream[:at], stream[at:]]) == as_bytes(other, by_line)
    for name in ("last_event_id", "retry", "comments_seen", "bytes_seen", "pending_bytes"):
        assert getattr(one, name) == getattr(other, name)
    assert repr(one.error) == repr(other.error)
    reader = SSEPayloads(max_line_bytes=limit, max_event_bytes=limit)
    assert reader.feed(stream[:at]) + reader.feed(stream[at:]) == as_bytes(
        SSEDecoder(max_line_bytes=limit, max_event_bytes=limit), by_line
    )
