"""The bulk de-chunker: what it takes, what it refuses, and its limits, however the bytes are cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import h11
import pytest

from tgproto.link.chunked import ChunkedBody
from tgproto.link.http_framing import Fault

NO_CRLF = Fault(400, "a chunk of its body is longer than announced")
BAD_SIZE = Fault(400, "a chunk of its body has a malformed size line")
BAD_TRAILER = Fault(400, "its body has a malformed trailer")


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Yield `data` whole, in every pair of parts, and byte by byte."""
    yield [data]
    yield from ([data[:cut], data[cut:]] for cut in range(len(data) + 1))
    yield [data[at : at + 1] for at in range(len(data))]


class Read(NamedTuple):
    """What a reader made of all parts; `end` is where the body ended, if it did."""

    content: bytes = b""
    end: int | None = None
    fault: Fault | None = None


def read(parts: list[bytes], max_bytes: int = 1000, max_line_bytes: int = 100) -> Read:
    """Feed all parts to a new reader, none of them from the start of its buffer."""
    reader = ChunkedBody(max_bytes, max_line_bytes)
    content = b""
    for at, part in enumerate(parts):
        piece = reader.feed(b"..." + part, 3)
        content += piece.content
        if piece.done or piece.fault is not None:
            assert piece.done == (piece.fault is None)
            end = piece.end - 3 + len(b"".join(parts[:at]))
            return Read(content, end if piece.done else None, piece.fault)
        assert piece.end == 3 + len(part)
    return Read(content)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"0\r\n\r\n", b""),
        (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3\r\nabc\r\n1\r\n\n\r\n2\r\n\r\n\r\n000\r\n\r\n", b"abc\n\r\n"),
        (b"00003\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3 \t\r\nabc\r\n0 \r\n\r\n", b"abc"),
        (b"3;a=b;c\r\nabc\r\n0;d\r\n\r\n", b"abc"),
        (b"3;a\rb\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"1A\r\n%b\r\n0\r\n\r\n" % (b"x" * 26), b"x" * 26),
        (b"1a\r\n%b\r\n0\r\n\r\n" % (b"x" * 26), b"x" * 26),
        (b"3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n", b"abc"),
        (b"3\r\nabc\r\n0\r\n\n", b"abc"),
    ],
)
def test_a_legal_body_is_taken(body: bytes, content: bytes) -> None:
    for parts in cuts(body + b"rest"):
        assert read(parts) == Read(content, end=len(body))


@pytest.mark.parametrize(
    ("body", "content", "fault"),
    [
        (b"\r\n", b"", BAD_SIZE),
        (b"g\r\n", b"", BAD_SIZE),
        (b"0x3\r\nabc", b"", BAD_SIZE),
        (b"1_0\r\n", b"", BAD_SIZE),
        (b"+3\r\nabc", b"", BAD_SIZE),
        (b" 3\r\nabc", b"", BAD_SIZE),
        (b"3 ;a\r\nabc", b"", BAD_SIZE),
        (b"3;a\nb\r\nabc", b"", BAD_SIZE),
        (b"000000000000000000003\r\nabc", b"", BAD_SIZE),
        (b"3\r\nabc\r\n-1\r\n", b"abc", BAD_SIZE),
        (b"3\r\nabcd\r\n", b"abc", NO_CRLF),
        (b"3\r\nabc\rX", b"abc", NO_CRLF),
        (b"3\r\nabc\n0\r\n\r\n", b"abc", NO_CRLF),
        (b"3\r\nabc0\r\n\r\n", b"abc", NO_CRLF),
        (b"3\r\nabc\r\n0\r\nA b\r\n\r\n", b"abc", BAD_TRAILER),
        (b"3\r\nabc\r\n0\r\n A: b\r\n\r\n", b"abc", BAD_TRAILER),
        (b"3\r\nabc\r\n0\r\nContent-Length: x\r\n\r\n", b"abc", BAD_TRAILER),
    ],
)
def test_an_illegal_body_is_refused_after_what_was_good(body: bytes, content: bytes, fault: Fault) -> None:
    for parts in cuts(body):
        assert read(parts) == Read(content, fault=fault)


def test_a_chunk_without_its_line_end_is_refused_at_the_first_wrong_byte() -> None:
    for body in (b"3\r\nabcX", b"3\r\nabc\rX"):
        for parts in cuts(body):
            assert read(parts) == Read(b"abc", fault=NO_CRLF)


@pytest.mark.parametrize(
    "body", [b"", b"3", b"3\r", b"3\r\n", b"3\r\nab", b"3\r\nabc", b"3\r\nabc\r\n0\r\nA: b\r\n"]
)
def test_an_unfinished_body_is_waited_for(body: bytes) -> None:
    for parts in cuts(body):
        assert read(parts)[1:] == (None, None)
    assert not ChunkedBody(10, 100).ends_with_eof()


def test_the_body_limit_counts_content_only() -> None:
    body = b"5\r\n01234\r\n5;long-extension\r\n56789\r\n0\r\n\r\n"
    fault = Fault(413, "its body is longer than max_message_bytes (9 bytes)")
    for parts in cuts(body):
        assert read(parts, max_bytes=10).content == b"0123456789"
        assert read(parts, max_bytes=9) == Read(b"01234", fault=fault)


def test_a_chunk_announced_too_long_is_refused_before_its_first_byte() -> None:
    for size in (b"3e9", b"FFFFFFFFFFFFFFFFFFFF"):
        piece = read([size + b"\r\n"])
        assert piece.fault == Fault(413, "its body is longer than max_message_bytes (1000 bytes)")


def test_a_size_line_of_just_the_limit_is_taken() -> None:
    fault = Fault(431, "its chunk size line is longer than max_head_bytes (19 bytes)")
    for parts in cuts(b"3;extension-of-17\r\nabc\r\n0;extension-of-17\r\n\r\n"):
        assert read(parts, max_line_bytes=19).end == len(b"".join(parts))
    for parts in cuts(b"3;extension-of-018\r\nabc"):
        assert read(parts, max_line_bytes=19) == Read(fault=fault)
    for parts in cuts(b"3\r\nabc\r\n" + b"0" * 19):
        assert read(parts, max_line_bytes=19) == Read(b"abc", fault=fault)


def test_a_block_of_trailers_of_just_the_limit_is_taken() -> None:
    fault = Fault(431, "its block of trailers is longer than max_head_bytes (8 bytes)")
    for parts in cuts(b"0\r\nA: bc\r\n\r\n"):
        assert read(parts, max_line_bytes=9) == Read(end=12)
        assert read(parts, max_line_bytes=8) == Read(fault=fault)


@pytest.mark.parametrize("line", [b"3;" + b"e" * 60 + b"\r\n", b"3;" + b"e" * 61 + b"\r\n"])
def test_the_line_limit_is_that_of_h11_fed_byte_by_byte(line: bytes) -> None:
    peer = h11.Connection(h11.SERVER, 64 - 1)  # h11 counts what is still incomplete
    peer.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.next_event()
    refused = False
    for byte in line:
        peer.receive_data(bytes([byte]))
        try:
            peer.next_event()
        except h11.RemoteProtocolError:
            refused = True
            break
    assert refused == (len(line) > 64)
    assert (read([line], max_line_bytes=64).fault is not None) == refused


def test_a_large_body_arrives_in_the_pieces_it_was_read_in() -> None:
    reader = ChunkedBody(1 << 20, 1024)
    chunk = b"%x\r\n%b\r\n" % (65536, b"d" * 65536)
    sizes = [len(reader.feed(part, 0).content) for part in (chunk[:1000], chunk[1000:], chunk * 2)]
    assert sizes == [993, 65536 - 993, 2 * 65536]
