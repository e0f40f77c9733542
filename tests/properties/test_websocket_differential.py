"""The link with its short cut against wsproto alone: nobody may be able to tell them apart.

Each case is one seed: a run of frames, good and bad, cut at random, perhaps broken off. The reference
gives all of it to wsproto in one piece and applies the documented rules. To repeat a failure:
`check(seed)` with the seed that the message names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.utilities import generate_accept_token

from tgproto.closing import CloseFrame, CloseKind
from tgproto.link import events
from tgproto.link.config import WebSocketConfig
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role

QUICK = 3_000
ALL = 100_000
BLOCK = 10_000

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
KEY = b"\x9d\x03\xfe\x41"
SIZES = [0, 1, 2, 5, 20, 60, 124, 125, 126, 127, 128, 200, 1000]
RARE_SIZES = [65534, 65535, 65536, 65537]
LIMITS = [1, 20, 125, 126, 300, 65535, 65536, 2**20, 2**26]
ASCII = bytes(range(32, 127)) * 700
UTF8 = "aé€😀".encode() * 7000
BAD_UTF8 = [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"ok\xe2\x82(", b"\xf0\x9f\x98", b"\xc0\xaf"]
GOOD_CODES = [1000, 1001, 1003, 1007, 1009, 1011, 3000, 4999]
BAD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000]


class Case(NamedTuple):
    role: Role
    limit: int
    closing: bool
    stream: bytes
    cuts: list[int]


class Result(NamedTuple):
    events: list[object]
    kind: CloseKind
    sent: CloseFrame | None
    received: CloseFrame | None
    replies: list[tuple[int, bytes]]


def xor(data: bytes) -> bytes:
    mask = (KEY * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(data), "big")


class Writer:
    """Writes frames as the peer of `role` would, and wrong ones where `rng` says so."""

    def __init__(self, rng: random.Random, role: Role) -> None:
        self.rng = rng
        self.masked = role is Role.SERVER

    def frame(self, first: int, payload: bytes) -> bytes:
        rng, size = self.rng, len(payload)
        masked = self.masked ^ (rng.random() < 0.004)
        form = 7 if size < 126 else 16 if size < 65536 else 64
        if rng.random() < 0.006:
            form = rng.choice([width for width in (7, 16, 64) if width >= form])
        bit = 0x80 if masked else 0
        if form == 7:
            head = bytes((first, bit | size))
        elif form == 16:
            head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((first, bit | 127)) + (size | rng.choice([0] * 50 + [2**63])).to_bytes(8, "big")
        return head + KEY + xor(payload) if masked else head + payload

    def payload(self, text: bool) -> bytes:
        rng = self.rng
        size = rng.choice(RARE_SIZES) if rng.random() < 0.004 else rng.choice(SIZES)
        if not text:
            return rng.randbytes(min(size, 300)) + ASCII[: max(size - 300, 0)]
        if rng.random() < 0.6:
            return ASCII[:size]
        if rng.random() < 0.05:
            return UTF8[: size // 10 * 10] + rng.choice(BAD_UTF8) + ASCII[: rng.choice([0, 3])]
        return UTF8[: size // 10 * 10]

    def control(self) -> bytes:
        rng = self.rng
        pick = rng.random()
        if pick < 0.5:
            return self.frame(0x89, rng.randbytes(rng.choice([0, 1, 4, 125])))
        if pick < 0.85:
            return self.frame(0x8A, rng.randbytes(rng.choice([0, 1, 4, 125])))
        if pick < 0.9:
            return self.frame(rng.choice([0x89, 0x8A, 0x88]), rng.randbytes(126))
        if pick < 0.93:
            return self.frame(rng.choice([0x09, 0x0A, 0x08]), b"")
        return self.close()

    def close(self) -> bytes:
        rng = self.rng
        if rng.random() < 0.15:
            return self.frame(0x88, rng.choice([b"", b"\x03"]))
        code = rng.choice(GOOD_CODES) if rng.random() < 0.7 else rng.choice(BAD_CODES)
        reason = rng.choice([b"", b"bye", "é".encode(), b"\xff", b"x" * 123])
        return self.frame(0x88, code.to_bytes(2, "big") + reason)

    def fragments(self) -> Iterator[bytes]:
        rng = self.rng
        text = rng.random() < 0.7
        payload = self.payload(text)
        cuts = sorted(rng.randrange(len(payload) + 1) for _ in range(rng.randrange(1, 4)))
        parts = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
        for number, part in enumerate(parts):
            opcode = (1 if text else 2) if number == 0 else 0
            if rng.random() < 0.01:
                opcode = rng.choice([0, 1, 2])
            final = number == len(parts) - 1 and rng.random() > 0.02
            yield self.frame((0x80 if final else 0) | opcode, part)
            if rng.random() < 0.2:
                yield self.control()

    def stream(self) -> Iterator[bytes]:
        rng = self.rng
        for _ in range(rng.randrange(1, 9)):
            pick = rng.random()
            if pick < 0.6:
                yield self.frame(0x81, self.payload(True))
            elif pick < 0.7:
                yield self.frame(0x82, self.payload(False))
            elif pick < 0.82:
                yield self.control()
            elif pick < 0.97:
                yield from self.fragments()
            elif pick < 0.985:
                yield self.frame(0x81 | rng.choice([0x10, 0x20, 0x40]), self.payload(True))
            else:
                yield self.frame(0x80 | rng.choice([3, 4, 7, 11, 15]), self.payload(True))


def make_case(seed: int) -> Case:
    rng = random.Random(seed)
    role = rng.choice([Role.CLIENT, Role.SERVER])
    limit = rng.choice(LIMITS) if rng.random() < 0.2 else 2**26
    stream = b"".join(Writer(rng, role).stream())
    if rng.random() < 0.2:
        stream = stream[: rng.randrange(len(stream) + 1)]
    if rng.random() < 0.02 and stream:
        spot = rng.randrange(len(stream))
        stream = stream[:spot] + bytes([stream[spot] ^ 1 << rng.randrange(8)]) + stream[spot + 1 :]
    style = rng.random()
    if style < 0.3:
        cuts = []
    elif style < 0.4 and len(stream) < 500:
        cuts = list(range(1, len(stream)))
    else:
        cuts = sorted(rng.randrange(len(stream) + 1) for _ in range(rng.randrange(1, 8)))
    return Case(role, limit, rng.random() < 0.1, stream, cuts)


def frames_sent(data: bytes) -> list[tuple[int, bytes]]:
    """Read our own short frames."""
    frames, pos = [], 0
    while pos < len(data):
        size, start = data[pos + 1] & 0x7F, pos + 2
        assert size < 126
        payload = data[start : start + size]
        end = start + size
        if data[pos + 1] & 0x80:
            key, payload = data[start : start + 4], data[start + 4 : end + 4]
            payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
            end += 4
        frames.append((data[pos], payload))
        pos = end
    return frames


def open_link(role: Role, config: WebSocketConfig) -> WebSocketLink:
    link = WebSocketLink(role, config, entropy=lambda size: b"\x5a\xa5\x0f\xf0" * (size // 4))
    if role is Role.SERVER:
        link.await_upgrade(now=0.0)
        link.receive_data(REQUEST, now=0.0)
        link.accept(now=0.0)
        assert isinstance(link.next_event(), events.UpgradeRequested)
    else:
        link.connect(UpgradeRequest("h"), now=0.0)
        key = link.data_to_send().split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        link.receive_data(
            b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\r\n\r\n",
            now=0.0,
        )
    assert isinstance(link.next_event(), events.Opened)
    link.data_to_send()
    return link


def by_link(case: Case) -> Result:
    link = open_link(case.role, WebSocketConfig(max_message_bytes=case.limit))
    if case.closing:
        link.close(now=0.0)
        link.data_to_send()
    for start, end in zip([0, *case.cuts], [*case.cuts, len(case.stream)], strict=True):
        link.receive_data(case.stream[start:end], now=0.0)
    link.receive_eof(now=0.0)
    found: list[object] = []
    while (event := link.next_event()) is not None:
        found.append(event)
    last = found.pop()
    assert isinstance(last, events.Closed)
    assert last.cause is link.close_cause
    replies = frames_sent(link.data_to_send())
    return Result(found, last.cause.kind, last.cause.sent, last.cause.received, replies)


def cut_at_limit(stream: bytes, limit: int) -> tuple[bytes, bool]:
    """Return the stream up to and including the first header that declares too long a message."""
    pos, total, unfinished = 0, 0, False
    while pos + 2 <= len(stream):
        first, size = stream[pos], stream[pos + 1] & 0x7F
        masked = stream[pos + 1] >> 7
        data_frame = first & 0x0F <= 2
        body = pos + 2 + ({126: 2, 127: 8}.get(size, 0) if data_frame else 0)
        if body > len(stream):
            break
        if body > pos + 2:
            size = int.from_bytes(stream[pos + 2 : body], "big")
        if data_frame:
            total = size + (total if unfinished else 0)
            unfinished = first < 0x80
            if total > limit:
                return stream[:body], True
        pos = body + 4 * masked + size
    return stream, False


def by_wsproto(case: Case) -> Result:
    connection = Connection(ConnectionType.CLIENT if case.role is Role.CLIENT else ConnectionType.SERVER)
    sent = received = None
    if case.closing:
        connection.send(CloseConnection(1000))
        sent = CloseFrame(1000)
    stream, too_big = cut_at_limit(case.stream, case.limit)
    found: list[object] = []
    replies: list[tuple[int, bytes]] = []
    parts: list[bytes] = []
    kind = CloseKind.LOCAL if case.closing else CloseKind.LOST
    broken = 0
    connection.receive_data(stream)
    for event in connection.events():
        if isinstance(event, (TextMessage, BytesMessage)):
            text = isinstance(event, TextMessage)
            parts.append(event.data.encode() if text else bytes(event.data))
            if event.message_finished:
                found.append(b"".join(parts) if text else events.BinaryMessage(b"".join(parts)))
                parts.clear()
        elif isinstance(event, Pong):
            found.append(events.Pong(bytes(event.payload)))
        elif isinstance(event, Ping) and not case.closing:
            if replies:  # pongs so far: nothing else is sent before the end; the newest one stands for all
                replies.pop()
            replies.append((0x8A, bytes(event.payload)))
        elif isinstance(event, CloseConnection):
            if connection.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
                broken = int(event.code)
                break
            received = CloseFrame(int(event.code), event.reason or "")
            too_big = False
            if not case.closing:
                kind, sent = CloseKind.REMOTE, received
                code = b"" if received.code == 1005 else received.code.to_bytes(2, "big")
                replies.append((0x88, code + received.reason.encode()))
    if broken or too_big:
        kind, code = CloseKind.PROTOCOL, broken or 1009
        if not case.closing:
            replies.append((0x88, code.to_bytes(2, "big")))
            sent = CloseFrame(code)
    return Result(found, kind, sent, received, replies)


def without_our_words(result: Result) -> Result:
    """Our close frame after a protocol error carries our own wording: compare its code."""
    if result.kind is not CloseKind.PROTOCOL or not result.replies or result.replies[-1][0] != 0x88:
        return result
    opcode, payload = result.replies[-1]
    sent = CloseFrame(int.from_bytes(payload[:2], "big"))
    return result._replace(sent=sent, replies=[*result.replies[:-1], (opcode, payload[:2])])


def check(seed: int) -> None:
    case = make_case(seed)
    assert without_our_words(by_link(case)) == without_our_words(by_wsproto(case)), f"seed {seed}"


def test_short_cut_and_wsproto_agree() -> None:
    for seed in range(QUICK):
        check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(ALL // BLOCK))
def test_short_cut_and_wsproto_agree_at_length(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        check(seed)


def test_the_cases_cover_every_ending() -> None:
    """A generator that has gone stale would prove nothing."""
    results = [by_wsproto(make_case(seed)) for seed in range(QUICK)]
    kinds = {result.kind for result in results}
    codes = {result.sent.code for result in results if result.sent}
    assert kinds >= {CloseKind.LOST, CloseKind.LOCAL, CloseKind.REMOTE, CloseKind.PROTOCOL}
    assert codes >= {1002, 1005, 1007, 1009, 1000, 4999}
    assert sum(len(result.events) for result in results) > 5 * QUICK / 2
