"""Heads, bodies of known length and bodies until EOF, however the bytes are cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tgproto.link.http_framing import BodyReader, EofBody, Fault, HeadReader, LengthBody, Piece


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Yield `data` whole, in every pair of parts, and byte by byte."""
    yield [data]
    yield from ([data[:cut], data[cut:]] for cut in range(len(data) + 1))
    yield [data[at : at + 1] for at in range(len(data))]


class Read(NamedTuple):
    """What a reader made of all parts; `end` is where the part of the message ended, if it did."""

    content: bytes = b""
    end: int | None = None
    fault: Fault | None = None


def read(reader: HeadReader | BodyReader, parts: list[bytes]) -> Read:
    """Feed all parts, none of them from the start of its buffer."""
    content = b""
    for at, part in enumerate(parts):
        piece = reader.feed(b"..." + part, 3)
        content += piece.content
        if piece.done or piece.fault is not None:
            end = piece.end - 3 + len(b"".join(parts[:at]))
            return Read(content, end if piece.done else None, piece.fault)
        assert piece.end == 3 + len(part)
    return Read(content)


@pytest.mark.parametrize("blank", [b"\r\n\r\n", b"\n\n", b"\r\n\n", b"\n\r\n"])
def test_a_head_ends_with_its_blank_line(blank: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nA: b" + blank
    for parts in cuts(head + b"\r\n\r\nrest"):
        assert read(HeadReader(100, b"H"), parts) == Read(head, end=len(head))


def test_a_head_that_goes_on_is_waited_for() -> None:
    for parts in cuts(b"HTTP/1.1 200 OK\r\nA: b\r\n"):
        assert read(HeadReader(100, b"H"), parts) == Read()


def test_a_head_of_just_the_limit_is_taken() -> None:
    head = b"H" * 96 + b"\r\n\r\n"
    too_long = Fault(431, "its head is longer than max_head_bytes (99 bytes)")
    for parts in cuts(head):
        assert read(HeadReader(100, b"H"), parts).content == head
        assert read(HeadReader(99, b"H"), parts) == Read(fault=too_long)


def test_a_head_without_end_is_given_up_at_the_limit() -> None:
    reader = HeadReader(100, b"H")
    assert reader.feed(b"H" * 99, 0) == Piece(b"", 99)
    fault = reader.feed(b"H", 0).fault
    assert fault is not None
    assert "max_head_bytes (100 bytes)" in fault.detail


def test_something_else_is_refused_at_its_first_byte() -> None:
    reader = HeadReader(100, b"HI")
    assert reader.feed(b"", 0) == Piece(b"", 0)
    assert reader.feed(b"\x16\x03\x01", 0).fault == Fault(400, "it does not begin like HTTP/1.1")
    assert HeadReader(100, b"HI").feed(b"I", 0) == Piece(b"", 1)


def test_several_heads_share_the_limit() -> None:
    reader = HeadReader(20, b"H")
    assert reader.feed(b"H1234567\n\nH23", 0) == Piece(b"H1234567\n\n", 10, done=True)
    assert reader.feed(b"H1234567\n\nH23", 10) == Piece(b"", 13)
    assert reader.feed(b"45678\n\n", 0) == Piece(b"H2345678\n\n", 7, done=True)
    assert reader.feed(b"H", 0).fault == Fault(431, "its head is longer than max_head_bytes (20 bytes)")


def test_a_body_of_known_length() -> None:
    for parts in cuts(b"0123456789rest"):
        assert read(LengthBody(10, 10), parts) == Read(b"0123456789", end=10)
        assert read(LengthBody(15, 15), parts) == Read(b"0123456789rest")
    assert LengthBody(0, 10).feed(b"", 0) == Piece(b"", 0, done=True)
    assert not LengthBody(10, 10).ends_with_eof()


def test_a_body_announced_too_long_is_refused_before_its_first_byte() -> None:
    fault = Fault(413, "its body is longer than max_message_bytes (10 bytes)")
    for data in (b"", b"abc"):
        assert LengthBody(11, 10).feed(data, 0) == Piece(b"", 0, fault=fault)


def test_a_body_until_eof() -> None:
    fault = Fault(413, "its body is longer than max_message_bytes (9 bytes)")
    for parts in cuts(b"0123456789"):
        assert read(EofBody(10), parts) == Read(b"0123456789")
        assert read(EofBody(9), parts) == Read(b"012345678", fault=fault)
    assert EofBody(10).ends_with_eof()
