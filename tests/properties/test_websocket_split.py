"""How the bytes are cut never matters, a stream may break off anywhere, and garbage never raises.

Each vector is everything that a peer sends, from the first byte of the upgrade on.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.utilities import generate_accept_token

from tgproto.closing import CloseCause, CloseKind
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import Closed, LinkEvent, UpgradeRequested
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role

KEY = b"\x12\x34\x56\x78"
SMALL = 4096
CONFIG = WebSocketConfig(max_message_bytes=2**18)
DEFLATING = WebSocketConfig(max_message_bytes=2**18, compression=True)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
OFFER = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"


class Vector(NamedTuple):
    """What a peer sends; `upgrade` becomes the head that fits the client's key."""

    role: Role
    body: bytes
    config: WebSocketConfig = CONFIG
    upgrade: bytes | None = None


class Outcome(NamedTuple):
    events: list[LinkEvent]
    sent: bytes
    cause: CloseCause


def frame(role: Role, payload: bytes, first: int = 0x81) -> bytes:
    size = len(payload)
    bit = 0x80 if role is Role.SERVER else 0
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65536:
        head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    if role is Role.CLIENT:
        return head + payload
    mask = (KEY * (size // 4 + 1))[:size]
    return head + KEY + bytes(a ^ b for a, b in zip(payload, mask, strict=True))


def deflated(role: Role, text: bytes, cut: int = 0) -> bytes:
    """Write a compressed message, as two fragments with a ping between them if `cut` is given."""
    packer = zlib.compressobj(wbits=-15)
    body = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    if not cut:
        return frame(role, body, 0xC1)
    return frame(role, body[:cut], 0x41) + frame(role, b"", 0x89) + frame(role, body[cut:], 0x80)


def head_for(link: WebSocketLink, vector: Vector) -> bytes:
    """Return the head that this link expects: a client's carries a nonce."""
    if vector.upgrade is not None:
        return vector.upgrade
    more = OFFER if vector.config.compression else b""
    if vector.role is Role.SERVER:
        return (
            b"GET /s?token=x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n" + more + b"\r\n"
        )
    key = link.data_to_send().split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    return (
        INTERIM
        + b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Served-By: gw\r\n"
        + b"Sec-WebSocket-Accept: "
        + generate_accept_token(key)
        + b"\r\n"
        + more
        + b"\r\n"
    )


Cut = Callable[[bytes], Sequence[bytes]]


def run(vector: Vector, cut: Cut, eager: bool = True, spoil: Callable[[bytes], bytes] = bytes) -> Outcome:
    """Feed a vector, then an end of file; a server accepts at once, or after the last byte."""
    link = WebSocketLink(vector.role, vector.config, entropy=bytes)
    if vector.role is Role.CLIENT:
        link.connect(UpgradeRequest("h", "/s?token=x"), now=0.0)
    else:
        link.await_upgrade(now=0.0)
    stream = spoil(head_for(link, vector) + vector.body)
    found: list[LinkEvent] = []
    for part in cut(stream):
        link.receive_data(part, now=0.0)
        if eager:
            take(link, found)
    take(link, found)
    link.receive_eof(now=0.0)
    take(link, found)
    last = found.pop()
    assert isinstance(last, Closed)
    assert not any(isinstance(event, Closed) for event in found)
    return Outcome(found, sent(link), last.cause)


def take(link: WebSocketLink, found: list[LinkEvent]) -> None:
    while (event := link.next_event()) is not None:
        found.append(event)
        if isinstance(event, UpgradeRequested) and not link.closed:
            link.accept(now=0.0)


def sent(link: WebSocketLink) -> bytes:
    """Return what the link sent; a client's frames have random masks, so only their length counts."""
    data = link.data_to_send()
    return data if data.startswith(b"HTTP") else bytes(len(data))


def whole(stream: bytes) -> list[bytes]:
    return [stream]


def bytewise(stream: bytes) -> list[bytes]:
    return [stream[i : i + 1] for i in range(len(stream))]


def at(cuts: Sequence[int]) -> Cut:
    def cut(stream: bytes) -> list[bytes]:
        places = sorted(place % (len(stream) + 1) for place in cuts)
        return [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]

    return cut


def conversation(role: Role) -> bytes:
    """Write one of everything."""
    return b"".join(
        [
            frame(role, b'{"id":"1"}'),
            frame(role, "naïve €😀".encode() * 12),
            frame(role, b"ping", 0x89),
            frame(role, b""),
            frame(role, "€".encode()[:1], 0x01),
            frame(role, b"pong", 0x8A),
            frame(role, "€".encode()[1:], 0x00),
            frame(role, b"", 0x80),
            frame(role, bytes(range(256)), 0x82),
            frame(role, b"x" * 126),
            frame(role, b"\x03\xe8bye", 0x88),
            frame(role, b"never"),
        ]
    )


def refusal(body: bytes) -> bytes:
    return INTERIM + b"HTTP/1.1 401 Unauthorized\r\nX-A: b\r\n" + body


TEXT = b"the quick brown fox " * 30

VECTORS = {
    f"{name} to a {role.value}": Vector(role, body, config)
    for role in Role
    for name, body, config in [
        ("conversation", conversation(role), CONFIG),
        ("bad opcode", frame(role, b"ok") + frame(role, b"x", 0x83), CONFIG),
        ("long control frame", frame(role, b"ok") + frame(role, bytes(200), 0x89), CONFIG),
        ("bad text", frame(role, b"ok") + frame(role, b"ok\xff" + b"x" * 200), CONFIG),
        ("bad text in fragments", frame(role, b"\xe2\x82", 0x01) + frame(role, b"(", 0x80), CONFIG),
        ("bad close code", frame(role, b"\x03\xed", 0x88), CONFIG),
        ("too long", frame(role, b"ok") + frame(role, b"x" * 300), WebSocketConfig(max_message_bytes=256)),
        (
            "too long together",
            frame(role, b"x" * 200, 0x01) + frame(role, b"x" * 57, 0x80),
            WebSocketConfig(max_message_bytes=256),
        ),
        ("compressed", deflated(role, TEXT) + deflated(role, TEXT, 7) + conversation(role), DEFLATING),
        ("badly compressed", deflated(role, TEXT) + frame(role, b"\xff" * 40, 0xC1), DEFLATING),
        (
            "too much and badly compressed",
            deflated(role, b"x" * 5000 + b"\xff") + frame(role, b"\xff" * 40, 0xC1),
            WebSocketConfig(max_message_bytes=1000, compression=True),
        ),
        ("bad text compressed", deflated(role, b"x" * 5000 + b"\xff" + b"x" * 5000), DEFLATING),
    ]
} | {
    "refusal with a length": Vector(Role.CLIENT, b"", upgrade=refusal(b"Content-Length: 5\r\n\r\nwrongmore")),
    "refusal in chunks": Vector(
        Role.CLIENT,
        b"",
        upgrade=refusal(
            b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nwrong\r\n1\r\n!\r\n0\r\nX: y\r\n\r\nmore"
        ),
    ),
    "refusal in bad chunks": Vector(
        Role.CLIENT, b"", upgrade=refusal(b"Transfer-Encoding: chunked\r\n\r\n5\r\nwrong!!\r\n0\r\n\r\n")
    ),
    "long refusal": Vector(
        Role.CLIENT, b"", WebSocketConfig(max_reject_body=100), upgrade=refusal(b"\r\n" + b"x" * 300)
    ),
    "wrong answer": Vector(Role.CLIENT, b"", upgrade=b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\nmore"),
    "answer with a bad field": Vector(Role.CLIENT, b"", upgrade=b"HTTP/1.1 101 x\r\nUp grade\r\n\r\nmore"),
    "long answer": Vector(
        Role.CLIENT,
        b"",
        WebSocketConfig(max_head_bytes=1024),
        upgrade=INTERIM + b"HTTP/1.1 101 " + b"x" * 1500,
    ),
    "no HTTP": Vector(Role.CLIENT, b"", upgrade=b"\x15\x03\x01\x00\x02\x02\x28"),
    "wrong request": Vector(Role.SERVER, b"", upgrade=b"GET / HTTP/1.1\r\nHost: h\r\n\r\nmore"),
    "request with a bad host": Vector(Role.SERVER, b"", upgrade=b"GET / HTTP/1.1\r\nHost: xn--\xff\r\n\r\n"),
}
NAMES = st.sampled_from(sorted(VECTORS))


@pytest.mark.parametrize("name", VECTORS)
def test_byte_by_byte_is_like_at_once(name: str) -> None:
    assert run(VECTORS[name], bytewise) == run(VECTORS[name], whole)


@pytest.mark.parametrize("name", VECTORS)
def test_the_server_may_answer_late(name: str) -> None:
    late, at_once = run(VECTORS[name], bytewise, eager=False), run(VECTORS[name], whole)
    assert late.events == at_once.events
    assert late.cause == at_once.cause


@settings(max_examples=150)
@given(NAMES, st.lists(st.integers(0, 2**16), max_size=8))
def test_cuts_change_nothing(name: str, cuts: list[int]) -> None:
    assert run(VECTORS[name], at(cuts)) == run(VECTORS[name], whole)


@pytest.mark.parametrize("name", VECTORS)
def test_a_stream_may_break_off_anywhere(name: str) -> None:
    """What was reported before the break is the beginning of what the whole stream gives."""
    vector = VECTORS[name]
    full = run(vector, whole)
    lengths: list[int] = []
    run(vector, whole, spoil=lambda stream: (lengths.append(len(stream)), stream)[1])
    assert lengths[0] < SMALL
    for end in range(lengths[0]):
        broken = run(vector, whole, spoil=lambda stream, end=end: stream[:end])
        assert broken.events == full.events[: len(broken.events)]
        assert broken.cause.kind in (CloseKind.LOST, CloseKind.REJECTED, full.cause.kind)


LARGE = {
    role: Vector(
        role,
        frame(role, b"a" * 70000)
        + frame(role, "é€".encode() * 9000)
        + frame(role, b"b" * 65535, 0x01)
        + frame(role, b"c", 0x89)
        + frame(role, b"d" * 65536, 0x80)
        + frame(role, bytes(range(256)) * 300, 0x82)
        + frame(role, b"e" * 2**18)
        + frame(role, b"f" * (2**18 + 1)),
    )
    for role in Role
}


def behind_the_head(cuts: Sequence[int]) -> Cut:
    """Cut at these places of the body, and behind the head: what comes before the answer is limited."""

    def cut(stream: bytes) -> list[bytes]:
        head = stream.rindex(b"\r\n\r\n") + 4
        return at([head, *(head + place for place in cuts)])(stream)

    return cut


@pytest.mark.parametrize("role", Role)
def test_long_frames_cut_around_their_edges(role: Role) -> None:
    vector = LARGE[role]
    expected = run(vector, behind_the_head([]))
    texts = [event for event in expected.events if isinstance(event, bytes)]
    assert [len(text) for text in texts] == [70000, 45000, 131071, 2**18]
    assert "max_message_bytes" in expected.cause.detail
    rng = random.Random(8)
    for _ in range(40):
        cuts = [70000 + rng.randrange(40), *(rng.randrange(600_000) for _ in range(6))]
        assert run(vector, behind_the_head(cuts)) == expected
    assert run(vector, behind_the_head(range(0, 600_000, 1000))) == expected


@settings(max_examples=150)
@given(
    NAMES, st.lists(st.tuples(st.integers(0, 2**16), st.integers(1, 255)), min_size=1, max_size=4), st.data()
)
def test_flipped_bits_never_raise_and_cuts_still_change_nothing(
    name: str, flips: list[tuple[int, int]], data: st.DataObject
) -> None:
    """A client's accept token differs from run to run: flips leave that line alone, or hit every one."""

    def spoil(stream: bytes) -> bytes:
        spoilt = bytearray(stream)
        token = stream.find(b"Accept: ")
        for place, mask in flips:
            spot = place % len(stream)
            if not token <= spot < token + 40:
                spoilt[spot] ^= mask
        return bytes(spoilt)

    cuts = data.draw(st.lists(st.integers(0, 2**16), max_size=5))
    assert run(VECTORS[name], at(cuts), spoil=spoil) == run(VECTORS[name], whole, spoil=spoil)


@settings(max_examples=150)
@given(st.sampled_from(Role), st.booleans(), st.binary(max_size=400))
def test_garbage_never_raises(role: Role, opened: bool, garbage: bytes) -> None:
    vector = Vector(role, garbage) if opened else Vector(role, garbage, upgrade=b"")
    assert run(vector, bytewise) == run(vector, whole)
