"""Finding frames: the short cut and the way around it give the same messages at the same moments."""

from __future__ import annotations

import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping

from tgproto.link.assembly import BAD_PAYLOAD, Reactions
from tgproto.link.deflate import Deflate
from tgproto.link.events import BinaryMessage, LinkEvent, Pong
from tgproto.link.frames import FrameReader
from tgproto.link.inbox import Inbox
from tgproto.role import Role

KEY = b"\x21\x43\x65\x87"
CONNECTION = {Role.CLIENT: ConnectionType.CLIENT, Role.SERVER: ConnectionType.SERVER}


def frame(role: Role, payload: bytes, first: int = 0x81) -> bytes:
    """Write a frame as the peer of `role` does."""
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


class Reading:
    """A reader and everything that came out of it."""

    def __init__(self, role: Role = Role.CLIENT, limit: int = 2**26, *, compressed: bool = False) -> None:
        self.inbox = Inbox()
        self.closes: list[CloseConnection] = []
        self.errors: list[tuple[int, str]] = []
        self.pings: list[Ping] = []
        extension = Deflate()
        if compressed:
            extension.finalize("permessage-deflate")
        self.reader = FrameReader(
            Connection(CONNECTION[role], [extension]),
            role,
            compressed=compressed,
            max_message_bytes=limit,
            inbox=self.inbox,
            reactions=Reactions(self.pings.append, self.closes.append, self.error),
        )

    def error(self, code: int, detail: str) -> None:
        self.errors.append((code, detail))

    def feed(self, *parts: bytes) -> list[LinkEvent]:
        for part in parts:
            self.reader.feed(part)
        return list(iter(self.inbox.next_event, None))


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 1000, 65535, 65536, 70000])
def test_a_text_message_of_any_length_whole_or_in_parts(role: Role, size: int) -> None:
    text = ("é" * (size // 2) + "x" * (size % 2)).encode()
    data = frame(role, text)
    assert Reading(role).feed(data) == [text]
    assert Reading(role).feed(data[:1], data[1:9], data[9:12], data[12:40], data[40:]) == [text]
    assert Reading(role).feed(data * 2 + data[:7], data[7:]) == [text] * 3


@pytest.mark.parametrize("role", Role)
def test_every_kind_of_frame_byte_by_byte(role: Role) -> None:
    stream = (
        frame(role, b"plain")
        + frame(role, "naïve €".encode())
        + frame(role, b"", 0x81)
        + frame(role, b"p", 0x89)
        + frame(role, b"\xe2\x82", 0x01)
        + frame(role, b"q", 0x8A)
        + frame(role, b"\xac", 0x80)
        + frame(role, b"\x00\xff" * 100, 0x82)
        + frame(role, b"x" * 300)
        + frame(role, b"\x03\xe8", 0x88)
    )
    expected = [
        b"plain",
        "naïve €".encode(),
        b"",
        Pong(b"q"),
        "€".encode(),
        BinaryMessage(b"\x00\xff" * 100),
        b"x" * 300,
    ]
    for parts in ([stream], bytewise(stream)):
        reading = Reading(role)
        assert reading.feed(*parts, b"more") == expected
        assert reading.pings == [Ping(b"p")]
        assert reading.closes == [CloseConnection(1000, "")]
        assert reading.errors == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x83\x7f", "Invalid opcode 0x3"),
        (b"\x89\x7e", "Control frame with payload len > 125"),
        (b"\x09\x00", "Invalid attempt to fragment control frame"),
        (b"\xc1\x00", "Reserved bit set unexpectedly"),
        (b"\x81\x85", "client received unexpected masked frame"),
        (b"\x81\x7e\x00\x7d", "Payload length used 2 bytes when 1 would have sufficed"),
        (b"\x81\x7f" + (65535).to_bytes(8, "big"), "Payload length used 8 bytes when 2 would have sufficed"),
        (b"\x81\x7f" + (2**63).to_bytes(8, "big"), "8-byte payload length with non-zero MSB"),
    ],
)
def test_a_bad_header_is_refused_with_its_last_byte_and_not_before(data: bytes, why: str) -> None:
    reading = Reading()
    reading.feed(b"\x81\x01a", *bytewise(data[:-1]))
    assert reading.errors == []
    reading.feed(data[-1:])
    assert reading.errors == [(1002, why)]
    at_once = Reading()
    assert at_once.feed(b"\x81\x01a" + data + b"x" * 200) == [b"a"]
    assert at_once.errors == [(1002, why)]


def test_a_new_message_inside_another_is_refused() -> None:
    reading = Reading()
    assert reading.feed(b"\x01\x01a\x81\x01b") == []
    assert reading.errors == [(1002, "expected CONTINUATION, got <Opcode.TEXT: 1>")]


def test_pieces_of_text_that_are_ascii_do_not_hide_a_broken_character() -> None:
    reading = Reading()
    assert reading.feed(b"\x81\x03\xc3", b"ab") == []
    assert reading.errors == [(1007, BAD_PAYLOAD)]


def test_a_small_limit_holds_for_frames_that_come_together() -> None:
    reading = Reading(Role.CLIENT, 10)
    assert reading.feed(b"\x81\x00\x81\x0a0123456789\x81\x0b0123456789a") == [b"", b"0123456789"]
    assert reading.errors == [(1009, "a message is longer than max_message_bytes (10 bytes)")]


def test_an_unmasked_frame_to_a_server_is_refused() -> None:
    reading = Reading(Role.SERVER)
    reading.feed(b"\x81\x05hello")
    assert reading.errors == [(1002, "server received unexpected unmasked frame")]


@pytest.mark.parametrize("bad", [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc3\xa9" * 100 + b"\xc0\xaf"])
@pytest.mark.parametrize("role", Role)
def test_text_that_is_not_utf8_delivers_nothing(role: Role, bad: bytes) -> None:
    stream = frame(role, b"ok") + frame(role, bad) + frame(role, b"never")
    for parts in ([stream], bytewise(stream)):
        reading = Reading(role)
        assert reading.feed(*parts) == [b"ok"]
        assert reading.errors == [(1007, BAD_PAYLOAD)]


def test_wrong_text_is_found_before_its_frame_is_whole() -> None:
    reading = Reading()
    reading.feed(b"\x81\x7e\x10\x00" + b"x" * 50 + b"\xff")
    assert reading.errors == [(1007, BAD_PAYLOAD)]


TOO_BIG = [(1009, "a message is longer than max_message_bytes (10 bytes)")]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("first", [0x81, 0x82, 0x01])
def test_a_message_that_will_be_too_long_is_refused_at_its_header(role: Role, first: int) -> None:
    reading = Reading(role, 10)
    assert reading.feed(frame(role, b"x" * 10)) == [b"x" * 10]
    reading.feed(frame(role, b"x" * 11, first)[:2])
    assert reading.errors == TOO_BIG


def test_fragments_count_together() -> None:
    reading = Reading(Role.CLIENT, 10)
    assert reading.feed(b"\x01\x06abcdef", b"\x89\x0a0123456789", b"\x80\x04ghij") == [b"abcdefghij"]
    assert reading.feed(b"\x81\x00\x02\x00\x81\x0a") == [b""]
    assert reading.feed(b"0123456789") == []
    assert reading.errors == [(1002, "expected CONTINUATION, got <Opcode.TEXT: 1>")]
    reading = Reading(Role.CLIENT, 10)
    reading.feed(b"\x01\x06abcdef", b"\x80\x05")
    assert reading.errors == TOO_BIG


def test_a_header_that_is_wrong_and_too_long_is_wrong() -> None:
    reading = Reading(Role.CLIENT, 10)
    reading.feed(b"\xc1\x0b")
    assert reading.errors == [(1002, "Reserved bit set unexpectedly")]


def deflated(text: bytes, first: int = 0xC1) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    body = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return frame(Role.CLIENT, body, first)


def test_compressed_messages_take_the_long_way() -> None:
    text = bytes(range(32, 127)) * 200
    stream = frame(Role.CLIENT, b"plain") + deflated(text) + b"\x89\x01p" + b"\x81\x00"
    for parts in ([stream], bytewise(stream)):
        reading = Reading(compressed=True)
        assert reading.feed(*parts) == [b"plain", text, b""]
        assert reading.pings == [Ping(b"p")]


@pytest.mark.parametrize("tail", [b"", b"\xff", b"x"])
def test_a_compression_bomb_is_stopped_whatever_else_is_wrong_with_it(tail: bytes) -> None:
    stream = deflated(b"x" * 30_000_000 + tail)
    found = []
    for parts in ([stream], [stream[:100], stream[100:]], [*bytewise(stream[:200]), stream[200:]]):
        reading = Reading(Role.CLIENT, 100_000, compressed=True)
        assert reading.feed(*parts) == []
        found.append(reading.errors)
    assert found == [[(1009, "a message is longer than max_message_bytes (100000 bytes)")]] * 3


def test_the_length_of_a_compressed_frame_is_limited_as_well() -> None:
    reading = Reading(Role.CLIENT, 10, compressed=True)
    reading.feed(b"\xc1\x0b")
    assert reading.errors == TOO_BIG


@pytest.mark.parametrize("role", Role)
def test_a_large_frame_in_small_reads_takes_linear_time(role: Role) -> None:
    """Quadratic work would take minutes here; linear work a fraction of a second."""
    text = b"x" * 2**24
    data = b"".join((frame(role, text[:65536])[:2], (2**24).to_bytes(8, "big")))
    if role is Role.SERVER:
        data += bytes(4)
    reading = Reading(role)
    began = time.perf_counter()
    reading.feed(data)
    for start in range(0, 2**24, 1024):
        reading.reader.feed(text[start : start + 1024])
    assert reading.feed() == [text]
    assert time.perf_counter() - began < 20


ITEMS = st.lists(
    st.one_of(
        st.text(max_size=140).map(lambda text: (0x81, text.encode())),
        st.binary(max_size=140).map(lambda data: (0x82, data)),
        st.binary(max_size=20).map(lambda data: (0x8A, data)),
        st.binary(max_size=20).map(lambda data: (0x81, data)),
    ),
    max_size=8,
)


@settings(max_examples=80)
@given(st.sampled_from(Role), ITEMS, st.data())
def test_cuts_change_nothing(role: Role, items: list[tuple[int, bytes]], data: st.DataObject) -> None:
    stream = b"".join(frame(role, payload, first) for first, payload in items)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    whole, cut = Reading(role), Reading(role)
    expected = whole.feed(stream)
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert cut.feed(*parts) == expected
    assert cut.errors == whole.errors
