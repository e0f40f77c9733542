"""Putting messages together from what wsproto reports, and telling errors from close frames."""

from __future__ import annotations

import zlib

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping

from tgproto.link.assembly import BAD_PAYLOAD, Assembler, Reactions
from tgproto.link.deflate import Deflate
from tgproto.link.events import BinaryMessage, LinkEvent, Pong
from tgproto.link.inbox import Inbox


class Seen:
    """An assembler and everything that came out of it."""

    def __init__(self, limit: int = 100, connection: Connection | None = None) -> None:
        self.inbox = Inbox()
        self.pings: list[bytes] = []
        self.closes: list[CloseConnection] = []
        self.errors: list[tuple[int, str]] = []
        self.connection = connection or Connection(ConnectionType.CLIENT)
        reactions = Reactions(self.ping, self.closes.append, self.error)
        self.assembler = Assembler(self.connection, limit, self.inbox, reactions)

    def ping(self, event: Ping) -> None:
        self.pings.append(event.payload)

    def error(self, code: int, detail: str) -> None:
        self.errors.append((code, detail))

    def feed(self, *parts: bytes) -> list[LinkEvent]:
        for part in parts:
            self.assembler.feed(part)
        return list(iter(self.inbox.next_event, None))


def test_whole_messages() -> None:
    seen = Seen()
    assert seen.feed(b"\x81\x03\xe2\x82\xac", b"\x82\x02\xff\xfe") == [
        "€".encode(),
        BinaryMessage(b"\xff\xfe"),
    ]
    assert not seen.assembler.assembling
    assert not seen.assembler.ended


def test_fragments_with_control_frames_between_them() -> None:
    seen = Seen()
    assert seen.feed(b"\x01\x02\xe2\x82", b"\x89\x01a", b"\x8a\x01b") == [Pong(b"b")]
    assert seen.assembler.assembling
    assert seen.pings == [b"a"]
    assert seen.feed(b"\x00\x00", b"\x80\x02\xac!") == ["€!".encode()]
    assert not seen.assembler.assembling


def test_a_frame_in_pieces_is_one_message() -> None:
    seen = Seen()
    assert seen.feed(b"\x82\x04", b"a", b"bc", b"d") == [BinaryMessage(b"abcd")]


def test_a_close_frame_ends_it() -> None:
    seen = Seen()
    seen.feed(b"\x88\x05\x03\xe8bye")
    assert seen.assembler.ended
    assert seen.closes == [CloseConnection(1000, "bye")]
    assert seen.errors == []


def test_a_close_frame_after_ours_ends_it_too() -> None:
    seen = Seen()
    seen.connection.send(CloseConnection(1000))
    seen.feed(b"\x88\x00")
    assert seen.assembler.ended
    assert seen.closes == [CloseConnection(1005, "")]


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"\x83", 1002, "Invalid opcode 0x3"),
        (b"\x80", 1002, "unexpected CONTINUATION"),
        (b"\xc1", 1002, "Reserved bit set unexpectedly"),
    ],
)
def test_wsprotos_errors_are_passed_on(data: bytes, code: int, detail: str) -> None:
    seen = Seen()
    seen.feed(data + b"\x00")
    assert seen.assembler.ended
    assert seen.errors == [(code, detail)]
    assert seen.closes == []


@pytest.mark.parametrize("data", [b"\x81\x01\xff", b"\x88\x03\x03\xe8\xff"])
def test_text_that_is_not_utf8_is_described_without_quoting_it(data: bytes) -> None:
    seen = Seen()
    seen.feed(data)
    assert seen.errors == [(1007, BAD_PAYLOAD)]


def test_an_error_after_our_close_frame_is_an_error() -> None:
    seen = Seen()
    seen.connection.send(CloseConnection(1000))
    seen.feed(b"\x83\x00")
    assert seen.errors == [(1002, "Invalid opcode 0x3")]


def test_what_compressed_data_expands_to_is_limited() -> None:
    extension = Deflate()
    extension.finalize("permessage-deflate")
    seen = Seen(100, Connection(ConnectionType.CLIENT, [extension]))
    packer = zlib.compressobj(wbits=-15)
    body = (packer.compress(b"x" * 5000) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    assert seen.feed(bytes((0xC1, len(body))) + body) == []
    assert seen.errors == [(1009, "a message is longer than max_message_bytes (100 bytes)")]
    assert seen.assembler.ended
