"""Where the parts of an HTTP/1.1 message end: a head, a body of known length, a body until EOF.

Each reader is fed bytes and hands back what belongs to its part, and where that ends: bytes behind it
are not copied. None of them raises: what the peer did wrong is a `Fault`, and a reader that reported one
is not fed again. What they say does not depend on how the bytes were cut.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

_BLANK_LINE = re.compile(rb"\n\r?\n")


class Fault(NamedTuple):
    """What is wrong with a message.

    Attributes:
        status: The HTTP status a server answers it with.
        detail: A clause for a person, without bytes of the message.
    """

    status: int
    detail: str


class Piece(NamedTuple):
    """What a reader made of the bytes it was fed.

    Attributes:
        content: What belongs to the part; for a head the whole head, once it is complete.
        end: Where the part ends in the bytes that were fed, or their length if it goes on.
        done: Whether the part is complete.
        fault: What is wrong; `content` came before it, and `end` means nothing.
    """

    content: bytes
    end: int
    done: bool = False
    fault: Fault | None = None


class BodyReader(Protocol):
    """Reads one body. It is fed at least once, with nothing if there is nothing."""

    def feed(self, data: bytes, start: int) -> Piece:
        """Take more bytes: those of `data` from `start` on."""
        ...

    def ends_with_eof(self) -> bool:
        """Return whether the body is complete if the peer sends nothing more."""
        ...


class HeadReader:
    """Collects everything up to and including a blank line. It may be fed on for the head after that.

    Line ends are CRLF or LF, as h11 takes them.

    Args:
        max_bytes: Longest head, blank line included; for several heads, of all of them together.
        opening: The bytes a head can begin with; anything else is refused at once, so that a peer of
            another protocol is not waited for.
    """

    __slots__ = ("_held", "_max_bytes", "_opening", "_room")

    def __init__(self, max_bytes: int, opening: bytes) -> None:
        self._max_bytes = max_bytes
        self._room = max_bytes
        self._opening = opening
        self._held = bytearray()

    def feed(self, data: bytes, start: int) -> Piece:
        """Take more bytes: those of `data` from `start` on."""
        held = self._held
        before = len(held)
        held += data[start : start + self._room - before]
        if held[:1] not in self._opening:
            return Piece(b"", start, fault=Fault(400, "it does not begin like HTTP/1.1"))
        found = _BLANK_LINE.search(held, max(before - 2, 0))
        if found is not None:
            head = bytes(held[: found.end()])
            self._room -= len(head)
            held.clear()
            return Piece(head, start + len(head) - before, done=True)
        if len(held) == self._room:
            return Piece(b"", start, fault=too_long("head", self._max_bytes))
        return Piece(b"", len(data))


class LengthBody:
    """A body of a length that its head gives.

    Args:
        length: Its length in bytes.
        max_bytes: Longest body allowed.
    """

    __slots__ = ("_max_bytes", "_missing")

    def __init__(self, length: int, max_bytes: int) -> None:
        self._missing = length
        self._max_bytes = max_bytes

    def feed(self, data: bytes, start: int) -> Piece:
        """Take more bytes: those of `data` from `start` on."""
        if self._missing > self._max_bytes:
            return Piece(b"", start, fault=body_too_long(self._max_bytes))
        content = data[start : start + self._missing]
        self._missing -= len(content)
        return Piece(content, start + len(content), done=not self._missing)

    def ends_with_eof(self) -> bool:
        """Return False: a part is missing."""
        return False


class EofBody:
    """A body that lasts until the peer closes the connection.

    Args:
        max_bytes: Longest body allowed.
    """

    __slots__ = ("_max_bytes", "_room")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._room = max_bytes

    def feed(self, data: bytes, start: int) -> Piece:
        """Take more bytes: those of `data` from `start` on."""
        content = data[start : start + self._room]
        self._room -= len(content)
        end = start + len(content)
        return Piece(content, end, fault=body_too_long(self._max_bytes) if end < len(data) else None)

    def ends_with_eof(self) -> bool:
        """Return True."""
        return True


def too_long(what: str, max_bytes: int) -> Fault:
    """Return the fault of a head, or of another line or block that `max_head_bytes` bounds."""
    return Fault(431, f"its {what} is longer than max_head_bytes ({max_bytes} bytes)")


def body_too_long(max_bytes: int) -> Fault:
    """Return the fault of a body beyond the limit."""
    return Fault(413, f"its body is longer than max_message_bytes ({max_bytes} bytes)")
