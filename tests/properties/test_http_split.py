"""Both HTTP roles under hostile bytes: the cut of the reads changes nothing, nothing raises, one end."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_server import HttpServerLink
from tgproto.link.http_types import (
    BodyData,
    BodyEnd,
    HttpClosed,
    HttpConfig,
    HttpRequest,
    UpgradeReceived,
)

CONFIG = HttpConfig(max_head_bytes=1024, max_message_bytes=300)
REQUEST = HttpRequest("GET", "/", "x")
Trace = list[object]
"""Everything a link said, with adjacent body pieces joined, and what it sent at the end."""

quick = settings(max_examples=150)

texts = st.binary(max_size=40)


@st.composite
def chunked(draw: st.DrawFn) -> bytes:
    """A chunked body, legal but for its limits."""
    parts = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
    spelling = draw(st.sampled_from(["%x", "%X", "%04x", "%x;a=b", "%x "]))
    trailer = draw(st.sampled_from([b"", b"A: b\r\n", b"Content-Length: x\r\n"]))
    chunks = [b"%b\r\n%b\r\n" % ((spelling % len(part)).encode(), part) for part in parts]
    return b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """The framing header of a message, the end of its head, and its body."""
    how = draw(st.sampled_from(["length", "chunked", "none", "wrong"]))
    if how == "length":
        body = draw(texts)
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    if how == "chunked":
        return b"Transfer-Encoding: chunked\r\n\r\n" + draw(chunked())
    if how == "none":
        return b"\r\n"
    return draw(
        st.sampled_from([b"Content-Length: 301\r\n\r\n", b"Transfer-Encoding: x\r\n\r\n", b"A b\r\n\r\n"])
    )


HEADERS = [
    b"",
    b"A: b\r\n",
    b"Connection: close\r\n",
    b"B:" + b"c" * 900 + b"\r\n",
    b"Expect: 100-continue\r\n",
]
answers = st.builds(
    lambda start, header, body: start + header + body,
    st.sampled_from(
        [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200\r\n", b"HTTP/1.1 204 x\r\n", b"HTTP/1.1 100 x\r\n"]
    ),
    st.sampled_from(HEADERS),
    bodies(),
)
requests = st.builds(
    lambda start, header, body: start + header + body,
    st.sampled_from(
        [b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\n", b"HEAD / HTTP/1.0\r\n"]
    ),
    st.sampled_from([*HEADERS, b"Upgrade: websocket\r\n"]),
    bodies(),
)


def streams(messages: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Some messages in a row, as they are, with flipped bits, cut short, or just noise."""
    row = st.lists(messages, max_size=3).map(b"".join)
    flipped = st.builds(flip, row, st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 7)), max_size=3))
    return st.one_of(row, flipped, st.binary(max_size=60), st.builds(lambda a, b: a + b, row, texts))


def flip(data: bytes, bits: Iterable[tuple[int, int]]) -> bytes:
    """Return `data` with some bits inverted."""
    changed = bytearray(data)
    for at, bit in bits:
        if changed:
            changed[at % len(changed)] ^= 1 << bit
    return bytes(changed)


def take(link: HttpClientLink | HttpServerLink, trace: Trace) -> bool:
    """Move all events to the trace; return whether a message is complete."""
    complete = False
    while (event := link.next_event()) is not None:
        last = trace[-1] if trace else None
        if isinstance(event, BodyData) and isinstance(last, BodyData):
            trace[-1] = BodyData(last.data + event.data)
        else:
            trace.append(event)
        complete = complete or isinstance(event, BodyEnd)
    return complete


def as_client(parts: Iterable[bytes]) -> Trace:
    """Receive an answer in these parts, then EOF."""
    link = HttpClientLink(CONFIG)
    link.send_request(REQUEST, now=0.0)
    trace: Trace = []
    for part in parts:
        link.receive_data(part, now=0.0)
        take(link, trace)
    link.receive_eof(now=0.0)
    take(link, trace)
    return trace


def as_server(parts: Iterable[bytes]) -> Trace:
    """Receive requests in these parts, answering each one when it is complete, then EOF."""
    link = HttpServerLink(CONFIG)
    link.start(now=0.0)
    trace: Trace = []
    handed_over = b""
    for part in parts:
        if link.upgraded:
            handed_over += part
            continue
        link.receive_data(part, now=0.0)
        while take(link, trace):
            link.respond(200, body=b"ok", now=0.0)
    link.receive_eof(now=0.0)
    take(link, trace)
    if isinstance(trace[-1], UpgradeReceived):
        trace[-1] = UpgradeReceived(trace[-1].data + handed_over)
    return [*trace[:-1], link.data_to_send(), trace[-1]]


def cut(data: bytes, seed: int) -> list[bytes]:
    """Cut `data` at a few random places."""
    rng = random.Random(seed)
    places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(1, 6)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def ends_once(trace: Trace) -> bool:
    """Return whether the last event, and no other, is the end."""
    ends = [isinstance(event, HttpClosed | UpgradeReceived) for event in trace]
    return ends[-1] and sum(ends) == 1


@quick
@given(streams(answers), st.integers(0, 99))
def test_the_cut_of_an_answer_changes_nothing(data: bytes, seed: int) -> None:
    whole = as_client([data])
    assert ends_once(whole)
    assert as_client([data[at : at + 1] for at in range(len(data))]) == whole
    assert as_client(cut(data, seed)) == whole


@quick
@given(streams(requests), st.integers(0, 99))
def test_the_cut_of_requests_changes_nothing(data: bytes, seed: int) -> None:
    whole = as_server([data])
    assert ends_once(whole)
    assert as_server([data[at : at + 1] for at in range(len(data))]) == whole
    assert as_server(cut(data, seed)) == whole


ANSWERS = (
    b"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;a=b\r\nhello\r\n00A\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\n\r\nhello",
)
REQUESTS = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" + (
    b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    b"POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
)


def test_an_answer_truncated_anywhere_ends_once_and_is_complete_only_whole() -> None:
    for answer in ANSWERS:
        head_end = answer.rindex(b"\r\n\r\n") + 4
        until_eof = b"200 OK\r\n\r\n" in answer
        for at in range(len(answer) + 1):
            trace = as_client([answer[:at]])
            assert ends_once(trace)
            assert (BodyEnd() in trace) == (at == len(answer) or (until_eof and at >= head_end))


def test_requests_truncated_anywhere_end_once_and_are_prefixes_of_the_whole() -> None:
    whole = [event for event in as_server([REQUESTS]) if not isinstance(event, bytes | BodyData | HttpClosed)]
    for at in range(len(REQUESTS) + 1):
        trace = as_server([REQUESTS[:at]])
        assert ends_once(trace)
        seen = [event for event in trace if not isinstance(event, bytes | BodyData | HttpClosed)]
        assert seen == whole[: len(seen)]


def test_every_flipped_bit_ends_once() -> None:
    for answer in ANSWERS:
        for at in range(len(answer)):
            for bit in range(8):
                assert ends_once(as_client([flip(answer, [(at, bit)])]))
    for at in range(len(REQUESTS)):
        for bit in range(8):
            assert ends_once(as_server([flip(REQUESTS, [(at, bit)])]))
