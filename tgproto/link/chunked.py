"""Cuts a chunked body in bulk: one pass over each read, one piece of content for all its chunks.

What is accepted and what is refused is h11's verdict, line by line; trailers are handed to h11
itself. Only the limits are our own.
"""

from __future__ import annotations

import re

import h11

from tgproto.link.http_framing import Fault, HeadReader, Piece, body_too_long, too_long

# Every chunk is preceded by CRLF, a size, and CRLF, if one imagines a CRLF in front of the first:
# so the end of one chunk and the size of the next are checked together, with one dictionary look-up.
_PLAIN_SIZES = {line % size: size for size in range(1, 1024) for line in (b"\r\n%x", b"\r\n%X")}
_SIZE_LINE = re.compile(rb"\r\n([0-9A-Fa-f]{1,20})(?:;[^\n]*|[ \t]*)\r\n")

_NO_CRLF = Fault(400, "a chunk of its body is longer than announced")
_BAD_SIZE = Fault(400, "a chunk of its body has a malformed size line")
_BAD_TRAILER = Fault(400, "its body has a malformed trailer")


class ChunkedBody:
    """A body in chunks (RFC 9112, section 7.1). Extensions and trailers are checked and dropped.

    Args:
        max_bytes: Longest body, chunks joined, in bytes.
        max_line_bytes: Longest size line, and longest block of trailers, with their line ends.
    """

    __slots__ = ("_held", "_max_bytes", "_max_line_bytes", "_missing", "_room", "_trailers")

    def __init__(self, max_bytes: int, max_line_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._max_line_bytes = max_line_bytes
        self._room = max_bytes
        self._missing: int = 0  # of the chunk begun last
        self._held = bytearray(b"\r\n")  # of a size line that is not complete
        self._trailers: HeadReader | None = None

    def feed(self, data: bytes, start: int) -> Piece:
        """Take more bytes: those of `data` from `start` on."""
        held = self._held
        if self._trailers is not None:
            return self._read_trailers(self._trailers, data, start)
        if not held:
            return self._read_chunks(data, start)
        before = len(held)
        held += data[start : start + self._max_line_bytes + 2]
        line_end = held.find(b"\r\n", max(before - 1, 2))
        if line_end < 0:
            return Piece(b"", len(data), fault=self._held_fault())
        line = bytes(held[: line_end + 2])
        held.clear()
        announced = self._read_chunks(line, 0)
        return self.feed(data, start + len(line) - before) if announced.fault is None else announced

    def ends_with_eof(self) -> bool:
        """Return False: the last chunk is missing."""
        return False

    def _read_chunks(self, data: bytes, start: int) -> Piece:
        find, plain, length = data.find, _PLAIN_SIZES.get, len(data)
        end = start + self._missing
        parts = [data[start:end]]
        room = self._room
        while (line_end := find(b"\r\n", end + 2)) >= 0:
            size = plain(data[end:line_end])
            if size is None:
                checked = self._checked_size(data, end, line_end)
                if isinstance(checked, Fault):
                    return Piece(b"".join(parts), end, fault=checked)
                if checked == 0:
                    return self._read_last_chunk(parts, data, line_end + 1)
                size = checked
            room -= size
            if room < 0:
                return Piece(b"".join(parts), end, fault=body_too_long(self._max_bytes))
            start = line_end + 2
            end = start + size
            parts.append(data[start:end])
            if end > length:
                break
        self._room = room
        self._missing = max(end - length, 0)
        self._held += data[end:]
        return Piece(b"".join(parts), length, fault=self._held_fault())

    def _checked_size(self, data: bytes, start: int, line_end: int) -> int | Fault:
        """Read a size line of unusual spelling, with the CRLF in front of it at `start`."""
        if not data.startswith(b"\r\n", start):
            return _NO_CRLF
        if line_end - start > self._max_line_bytes:
            return too_long("chunk size line", self._max_line_bytes)
        line = _SIZE_LINE.fullmatch(data, start, line_end + 2)
        return _BAD_SIZE if line is None else int(line[1], 16)

    def _held_fault(self) -> Fault | None:
        """Judge a size line of which the end has not come."""
        if not b"\r\n".startswith(self._held[:2]):
            return _NO_CRLF
        if len(self._held) - 2 >= self._max_line_bytes:
            return too_long("chunk size line", self._max_line_bytes)
        return None

    def _read_last_chunk(self, parts: list[bytes], data: bytes, start: int) -> Piece:
        """Go on to the trailers; at `start` is the line feed of the last size line."""
        self._trailers = HeadReader(1 + self._max_line_bytes, b"\n")
        piece = self._read_trailers(self._trailers, data, start)
        return piece._replace(content=b"".join(parts))

    def _read_trailers(self, trailers: HeadReader, data: bytes, start: int) -> Piece:
        block = trailers.feed(data, start)
        fault: Fault | None = None
        if block.fault is not None:
            fault = too_long("block of trailers", self._max_line_bytes)
        elif len(block.content) > len(b"\n\r\n") and not _trailers_are_legal(block.content[1:]):
            fault = _BAD_TRAILER
        return Piece(b"", block.end, done=block.done and fault is None, fault=fault)


def _trailers_are_legal(block: bytes) -> bool:
    """Ask h11 about a block of trailers, blank line included."""
    judge = h11.Connection(h11.SERVER, len(block))
    judge.receive_data(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + block)
    judge.next_event()
    try:
        return isinstance(judge.next_event(), h11.EndOfMessage)
    except h11.RemoteProtocolError:
        return False
