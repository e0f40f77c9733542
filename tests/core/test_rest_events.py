"""Events of a body as payloads: both framings, whole, byte by byte and at random cuts."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.link.http_types import ResponseHead
from tgproto.link.sse import DEFAULT_LIMIT, SSEDecoder, SSEEvent
from tgproto.rest.events import Framing, Lines, ServerSentEvents, framing, opening


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def found(one: Framing, parts: list[bytes]) -> list[bytes]:
    events = [event for part in parts for event in one.feed(part)] + one.close()
    return [bytes(event) for event in events]


def in_every_way(make: type[ServerSentEvents] | type[Lines], data: bytes) -> list[bytes]:
    """Return the events of a body that is cut in several ways, which must not matter."""
    whole = found(make(), [data])
    assert found(make(), [data[i : i + 1] for i in range(len(data))]) == whole
    assert found(make(), [b"", data, b""]) == whole
    return whole


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"", []),
        (b": comment\n\n", []),
        (b"data: a\n\n", [b"message\na"]),
        (b"data: a\n\ndata: b\n\n", [b"message\na", b"message\nb"]),
        (b"event: e\r\ndata: a\r\ndata: b\r\n\r\n", [b"e\na\nb"]),
        (b"event: e\ndata: a\n\ndata: b\n\n", [b"e\na", b"message\nb"]),
        (b"data\n\n", [b"message\n"]),
        (b"data: a\n\ndata: cut off\n", [b"message\na"]),
        ("data: ä\n\n".encode(), ["message\nä".encode()]),
        (b"data: \xff\xc3\n\n", ["message\n\ufffd\ufffd".encode()]),
        (b"event: \xff\ndata: a\n\n", ["\ufffd\na".encode()]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"message\na"]),
    ],
)
def test_server_sent_events(body: bytes, events: list[bytes]) -> None:
    assert in_every_way(ServerSentEvents, body) == events


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"", []),
        (b"\n\r\n \n", []),
        (b'{"a":1}\n', [b'message\n{"a":1}']),
        (b'{"a":1}\r\n\r\n{"b":2}\n', [b'message\n{"a":1}', b'message\n{"b":2}']),
        (b'{"a":1}\n{"b":2}', [b'message\n{"a":1}', b'message\n{"b":2}']),
        (b" \t[] \n", [b"message\n[]"]),
        (b"\xff\n", [b"message\n\xff"]),
    ],
)
def test_lines(body: bytes, events: list[bytes]) -> None:
    assert in_every_way(Lines, body) == events


PARTS = [b"data: a", b"data:", b"data", b"event: e", b"event:", b"id: 1", b":", b" ", b'{"a": 1}']
PARTS += [b"\n", b"\r", b"\r\n", b"\n\n", b"\xc3\xa4", b"\xff", b"\xef\xbb\xbf"]
STREAMS = st.lists(st.sampled_from(PARTS)).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 200)))
def test_how_a_body_is_cut_changes_nothing(body: bytes, cuts: list[int]) -> None:
    for make in (ServerSentEvents, Lines):
        assert found(make(), pieces(body, cuts)) == found(make(), [body])


@given(STREAMS)
def test_server_sent_events_are_those_of_the_decoder(body: bytes) -> None:
    expected = [item for item in SSEDecoder().feed(body) if isinstance(item, SSEEvent)]
    assert found(ServerSentEvents(), [body]) == [f"{item.type}\n{item.data}".encode() for item in expected]


@given(STREAMS)
def test_lines_are_those_that_a_split_finds(body: bytes) -> None:
    expected = [b"message\n" + line.strip() for line in body.split(b"\n") if line.strip()]
    assert found(Lines(), [body]) == expected


@pytest.mark.parametrize("make", [ServerSentEvents, Lines])
@pytest.mark.parametrize("complete", [False, True])
def test_a_line_that_is_too_long_ends_it_but_not_what_was_before(
    make: type[ServerSentEvents] | type[Lines], complete: bool
) -> None:
    """However it is cut, the events before are found, and none behind."""
    good = b"data:x\n\n"
    event = b"message\nx" if make is ServerSentEvents else b"message\ndata:x"
    long = b":" + b"x" * DEFAULT_LIMIT + (b"\n\n" + good) * complete
    for parts in ([good + long], [good, long], [good + long[:1000], long[1000:], good]):
        one = make()
        assert one.error is None
        assert [bytes(payload) for part in parts for payload in one.feed(part)] == [event]
        assert one.error is not None
        assert one.feed(good) == one.close() == []
        assert str(DEFAULT_LIMIT) in str(one.error)


def test_a_line_may_be_as_long_as_the_limit() -> None:
    one = Lines()
    assert found(one, [b"x" * DEFAULT_LIMIT, b"\n"]) == [b"message\n" + b"x" * DEFAULT_LIMIT]
    assert one.error is None


def test_a_long_line_in_small_pieces_takes_linear_time() -> None:
    """Copying what has come for each piece would move 100 GB here."""
    one = Lines()
    for _ in range(2**14):
        assert one.feed(b"x" * 2**10) == []
    assert len(bytes(one.close()[0])) == 2**24 + len(b"message\n")


def head(kind: bytes | None, status: int = 200, **more: bytes) -> ResponseHead:
    fields = {} if kind is None else {"content-type": kind}
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return ResponseHead(status, tuple((name.encode(), value) for name, value in (fields | named).items()))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (b"text/event-stream", ServerSentEvents),
        (b"Text/Event-Stream; charset=utf-8", ServerSentEvents),
        (b" text/event-stream ;", ServerSentEvents),
        (b"text/plain; charset=utf-8", ServerSentEvents),
        (b"application/x-ndjson", Lines),
        (b"application/ndjson", Lines),
        (b"application/jsonl", Lines),
        (b"application/json", None),
        (b"text/event-stream-x", None),
        (b"", None),
        (None, None),
    ],
)
def test_the_content_type_says_how_events_are_found(kind: bytes | None, expected: type | None) -> None:
    one = framing(head(kind))
    assert one is None if expected is None else isinstance(one, expected)


def test_no_content_and_what_is_compressed_have_no_events() -> None:
    kind = b"text/event-stream"
    assert framing(head(kind, 204)) is None
    assert framing(head(kind, content_encoding=b"gzip")) is None
    assert framing(head(kind, content_encoding=b"Identity")) is not None


def test_the_head_is_told_as_it_is() -> None:
    answer = ResponseHead(200, ((b"x-a", b"1"), (b"x-a", b"\xe4"), (b"x-request-id", b'"r"')))
    assert json.loads(bytes(opening(answer, events=True))) == {
        "status": 200,
        "events": True,
        "headers": [["x-a", "1"], ["x-a", "ä"], ["x-request-id", '"r"']],
    }
