"""The bulk de-chunker against h11: whatever one accepts or refuses, so does the other, in both roles.

A failing seed is reported with the command that repeats it alone.
"""

from __future__ import annotations

import random
import sys
from typing import NamedTuple

import h11
import pytest

from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_server import HttpServerLink
from tgproto.link.http_types import BodyData, BodyEnd, HttpConfig, HttpRequest

FAST_SEEDS = range(3_000)
SLOW_SEEDS = range(3_000, 103_000)

NO_LIMIT = HttpConfig(max_message_bytes=1 << 90)  # a size line has up to 20 digits
REQUEST = HttpRequest("GET", "/", "x")
HEADS = {
    h11.CLIENT: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    h11.SERVER: b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
}

SIZES = ("%x", "%X", "0%x", "%05x", "%020x", "%x \t", "%x;a=b", "%X;", '%x;a="\x0b";b', "%x;\r;q")
BAD_SIZES = (
    "",
    "%xg",
    "-%x",
    "+%x",
    "0x%x",
    " %x",
    "%x\n",
    "%x a",
    "%x ;a",
    "%x;a\nb",
    "%021x",
    "_%x",
    "%x_",
    "%x\r",
)
LAST = (
    "0\r\n\r\n",
    "000\r\n\r\n",
    "0;last\r\n\r\n",
    "0\r\nA: b\r\n\r\n",
    "0 \r\nA: b\nC:\t d \n\n",
    "0\r\n\n",
)
BAD_LAST = (
    "",
    "0",
    "0\r\n",
    "0\n\n",
    "0\r\nA b\r\n\r\n",
    "0\r\n folded: b\r\n\r\n",
    "0\r\nA: b\r\n more\r\n\r\n",
    "0\r\nContent-Length: x\r\n\r\n",
    "0\r\nTransfer-Encoding: gzip\r\n\r\n",
    "0\r\nA: b\r\n",
    "0\r\n\r\r\n\n",
    "-0\r\n\r\n",
    "000000000000000000000\r\n\r\n",
)
JUNK = b"\r\n0123456789abcdefABCDEF;: x\x00\xff"


class Outcome(NamedTuple):
    """What a reader made of a body."""

    content: bytes
    verdict: str


def body_of(rng: random.Random) -> bytes:
    """Return a chunked body: half of them legal, the others with something wrong somewhere."""
    broken = rng.random() < 0.5
    parts: list[bytes] = []
    for _ in range(rng.choice((0, 1, 2, 3, 5))):
        size = rng.choice((1, 2, 9, 10, 15, 16, 26, 255, 1023, 1024))
        wrong = broken and rng.random() < 0.15
        spelling = rng.choice(BAD_SIZES) if wrong else rng.choice(SIZES) if rng.random() < 0.5 else "%x"
        line = spelling % size if "%" in spelling else spelling
        end = rng.choice((b"\r\n", b"", b"\n", b"\r", b"\rX", b"XX", b"\r\r\n")) if wrong else b"\r\n"
        parts += [line.encode("latin-1"), b"\r\n", rng.choice((b"x", b"\r", b"\n", b"0")) * size, end]
    last = rng.choice(BAD_LAST) if broken and rng.random() < 0.5 else rng.choice(LAST)
    body = bytearray(b"".join(parts) + last.encode())
    if broken and body and rng.random() < 0.4:
        body[rng.randrange(len(body))] = rng.choice(JUNK)
    if broken and rng.random() < 0.2:
        del body[rng.randrange(len(body) + 1) :]
    return bytes(body)


def h11_outcome(role: type[h11.CLIENT] | type[h11.SERVER], body: bytes) -> Outcome:
    """Read `body` with h11 alone, all at once."""
    peer = h11.Connection(role, 1 << 20)
    if role is h11.CLIENT:
        peer.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        peer.send(h11.EndOfMessage())
    peer.receive_data(HEADS[role] + body)
    peer.next_event()
    content: list[bytes] = []
    try:
        while isinstance(event := peer.next_event(), h11.Data):
            content.append(event.data)
    except h11.RemoteProtocolError:
        return Outcome(b"".join(content), "refused")
    if isinstance(event, h11.EndOfMessage):
        return Outcome(b"".join(content), "complete")
    peer.receive_data(b"")
    with pytest.raises(h11.RemoteProtocolError):
        peer.next_event()
    return Outcome(b"".join(content), "incomplete")


def our_outcome(role: type[h11.CLIENT] | type[h11.SERVER], body: bytes, rng: random.Random) -> Outcome:
    """Read `body` with our link, in random pieces."""
    link: HttpClientLink | HttpServerLink
    if role is h11.CLIENT:
        link = HttpClientLink(NO_LIMIT)
        link.send_request(REQUEST, now=0.0)
    else:
        link = HttpServerLink(NO_LIMIT)
    cuts = sorted(rng.randrange(len(body) + 1) for _ in range(rng.choice((0, 0, 1, 4))))
    link.receive_data(HEADS[role], now=0.0)
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        if isinstance(link, HttpClientLink) or link.wants_read:
            link.receive_data(body[start:end], now=0.0)
    events = list(iter(link.next_event, None))
    content = b"".join(event.data for event in events if isinstance(event, BodyData))
    if BodyEnd() in events:
        return Outcome(content, "complete")
    if link.closed:
        return Outcome(content, "refused")
    link.receive_eof(now=0.0)
    assert link.closed
    return Outcome(content, "incomplete")


def check(seed: int) -> str:
    """Compare the two on the body of one seed; return what they agree on."""
    rng = random.Random(seed)
    role = (h11.CLIENT, h11.SERVER)[seed % 2]
    body = body_of(rng)
    expected = h11_outcome(role, body)
    outcome = our_outcome(role, body, rng)
    repeat = f"repeat with: python tests/properties/test_http_differential.py {seed}"
    assert outcome == expected, f"{role} disagrees with h11 on {body!r}; {repeat}"
    return expected.verdict


def test_agrees_with_h11() -> None:
    verdicts = [check(seed) for seed in FAST_SEEDS]
    assert {verdict: verdicts.count(verdict) > 100 for verdict in ("complete", "refused", "incomplete")} == {
        "complete": True,
        "refused": True,
        "incomplete": True,
    }


@pytest.mark.slow
def test_agrees_with_h11_on_many_bodies() -> None:
    for seed in SLOW_SEEDS:
        check(seed)


if __name__ == "__main__":
    print(check(int(sys.argv[1])))
