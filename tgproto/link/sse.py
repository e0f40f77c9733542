"""Server-Sent Events (`text/event-stream`): a decoder for clients and an encoder for servers.

Both follow the section "Server-sent events" of the WHATWG HTML standard,
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from tgproto.errors import LocalProtocolError, ProtocolException

DEFAULT_LIMIT: Final = 16 * 1024 * 1024
"""Default of `max_line_bytes` and `max_event_bytes`: 16 MiB."""

_BOM: Final = b"\xef\xbb\xbf"
_DATA: Final = b"data:"
_PLAIN: Final = b"data: "
_NEXT: Final = b"\n\ndata: "
_UNLIMITED: Final = 1 << 62
_END_OF_BLOCK: Final = b""
_MAX_RETRY: Final = 10**18  # milliseconds; anything longer counts as this
_CHARACTERS: Final = {"\r": "CR", "\n": "LF", "\0": "NUL"}

T = TypeVar("T")
_Limit: TypeAlias = Literal["max_line_bytes", "max_event_bytes"]


@dataclass(frozen=True, slots=True)
class SSEEvent:
    """One event.

    Attributes:
        type: Name of the event, `message` if the server gave none; never empty.
        data: The values of all `data` lines with LF between them, possibly empty.
        id: The last event id in force, possibly set by an earlier event; empty if there is none.
        retry: The reconnection time in force, in milliseconds, or None if the server never set one.
    """

    type: str
    data: str
    id: str
    retry: int | None


@dataclass(frozen=True, slots=True)
class SSEComment:
    """One comment line. Servers send them as a sign of life.

    Attributes:
        text: What follows the colon, without one leading blank.
    """

    text: str


SSEItem: TypeAlias = SSEEvent | SSEComment
"""What a decoder returns. Comments occur only if they were asked for."""


class SSELimitError(ProtocolException):
    """The stream has a line or an event that is larger than allowed. The message never has its content.

    Attributes:
        option: Name of the option that set the limit.
        limit: The limit in bytes.
    """

    def __init__(self, option: _Limit, limit: int) -> None:
        self.option = option
        self.limit = limit
        what = "a line" if option == "max_line_bytes" else "the data of an event"
        super().__init__(
            f"{what} of the event stream is longer than {limit} bytes",
            hint=f"Raise {option}, or set it to None for no limit, if the server is to be trusted with it",
        )


class SSEReader(ABC, Generic[T]):
    """Turns the bytes of one event stream into events, each as soon as its last byte is there.

    The same bytes give the same events in whatever chunks they come. No bytes make it raise: invalid
    UTF-8 becomes U+FFFD, and a broken limit sets `error`. After that the decoder ignores all bytes,
    because the rest of a cut event could look like a whole one.

    Subclasses say what they make of an event: `SSEDecoder` texts, `SSEPayloads` bytes.

    Args:
        last_event_id: The id to start with, from an earlier connection; default none.
        max_line_bytes: Longest line in bytes, at least 0, its end not counted; None for no limit;
            default 16 MiB. Bounds ids and event names too.
        max_event_bytes: Largest event in bytes, at least 0: all data values with one LF between them, before
            they are decoded; None for no limit; default 16 MiB.
        flush_partial: Whether `close` completes an unfinished event, for servers that forget the last
            empty line; default no, as the standard demands: such an event may have been cut.

    Attributes:
        last_event_id: The id in force: what a reconnect sends as `Last-Event-ID`.
        retry: Reconnection time in milliseconds as the server last set it, at most 10**18, or None.
        error: The limit that the stream broke, or None. Look at it after taking the events of a `feed`.
        comments_seen: Number of complete comment lines so far.
        bytes_seen: Number of bytes fed so far.
        dropped_bytes: What the end of the stream cut off, as `pending_bytes` counts; set by `close`.

    Raises:
        ValueError: A limit is negative.
    """

    def __init__(
        self,
        *,
        last_event_id: str = "",
        max_line_bytes: int | None = DEFAULT_LIMIT,
        max_event_bytes: int | None = DEFAULT_LIMIT,
        flush_partial: bool = False,
    ) -> None:
        self._max_line = _checked_limit("max_line_bytes", max_line_bytes)
        self._max_event = _checked_limit("max_event_bytes", max_event_bytes)
        self._flush_partial = flush_partial
        self.last_event_id = last_event_id
        self.retry: int | None = None
        self.error: SSELimitError | None = None
        self.comments_seen = 0
        self.bytes_seen = 0
        self.dropped_bytes = 0
        self._at_start = True
        self._after_cr = False
        self._closed = False
        self._forget()

    def _forget(self) -> None:
        """Drop the unfinished line and the unfinished block."""
        self._line = bytearray()
        self._data = bytearray()  # each value with an LF behind it, so that "no data line yet" is "empty"
        self._type: bytes | None = None
        self._id: bytes | None = None

    @property
    def pending_bytes(self) -> int:
        """Bytes held: the unfinished line, and the values of the unfinished block, each with its line end.

        Zero if, and only if, an end of the stream would now cut nothing off.
        """
        held = (value for value in (self._type, self._id) if value is not None)
        return len(self._line) + len(self._data) + sum(len(value) + 1 for value in held)

    def feed(self, chunk: bytes | bytearray | memoryview) -> list[T]:
        """Take bytes of the response body, and return what they complete.

        Args:
            chunk: The next bytes, any number of them.

        Returns:
            The events, and comments if asked for, in order. If the chunk breaks a limit these are the
            ones before the offending byte, and `error` is set; from then on the list is empty.

        Raises:
            TypeError: `chunk` is text, or something else without bytes in it.
            LocalProtocolError: The decoder has been closed.
        """
        if self._closed:
            raise LocalProtocolError("the event stream decoder was closed: use a new one for a new stream")
        data = chunk if isinstance(chunk, bytes) else memoryview(chunk).tobytes()
        self.bytes_seen += len(data)
        if self.error is None and (data := self._plain(data)):
            return self._cut(data)
        return []

    def close(self) -> list[T]:
        """Note the end of the stream, and drop what is unfinished. Further calls change nothing.

        `dropped_bytes` then tells how much was dropped; the id of an unfinished block is lost with it,
        a `retry` line that was complete stays in force.

        Returns:
            With `flush_partial` what the unfinished line and block amount to; otherwise nothing.
        """
        self._closed = True
        items: list[T] = []
        if self._flush_partial:
            self._take([bytes(self._line), _END_OF_BLOCK], items)
        else:
            self.dropped_bytes += self.pending_bytes
        self._forget()
        return items

    def _plain(self, data: bytes) -> bytes:
        """Remove the byte order mark from the start of the stream, and make every line end an LF."""
        if self._at_start:
            data = bytes(self._line) + data
            if len(data) < len(_BOM) and _BOM.startswith(data):
                self._line[:] = data
                return b""
            self._at_start = False
            self._line.clear()
            data = data.removeprefix(_BOM)
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _cut(self, data: bytes) -> list[T]:
        """Cut bytes into events, and keep what is unfinished."""
        items: list[T] = []
        begin = 0 if self._is_between_blocks() else data.find(b"\n\n") + 2
        if begin != 1 and len(data) <= min(self._max_line, self._max_event):  # or some line may be too long
            if begin:
                self._cut_lines(data[:begin], items)
            if self.error is None and data.startswith(_PLAIN, begin):
                values, data = self._cut_plain(data[begin:])
                items += self._events(values)
                begin = 0
            data = data[begin:]
        if self.error is None and data:
            self._cut_lines(data, items)
        return items

    def _cut_plain(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Return the data of events of a single line each, if there are no others, and what is left.

        Tokens come like this, and many at once: this is much quicker than looking at each line.
        """
        *values, rest = data[len(_PLAIN) :].split(_NEXT)
        if data.count(b"\n") - rest.count(b"\n") != 2 * len(values):
            return [], data
        return values, _PLAIN + rest

    def _is_between_blocks(self) -> bool:
        return not (self._line or self._data) and self._type is None and self._id is None

    def _cut_lines(self, data: bytes, items: list[T]) -> None:
        """Cut bytes into lines, and keep the last one, which is unfinished."""
        lines = data.split(b"\n")
        self._line += lines[0]
        if len(lines) > 1:
            lines[0] = bytes(self._line)
            self._line = bytearray(lines.pop())
            self._take(lines, items)
        if self._line:
            self._check(self._line)

    def _take(self, lines: list[bytes], items: list[T]) -> None:
        """Interpret complete lines, up to the first that breaks a limit."""
        data = self._data
        max_line, max_data = self._max_line, self._max_event
        for line in lines:
            if not line:
                self._end_block(items)
                continue
            if len(line) > max_line:
                self._check(line)
                break
            name, _, value = line.partition(b":")
            if value[:1] == b" ":
                value = value[1:]
            if name == b"data":
                if len(data) + len(value) > max_data:
                    self._fail("max_event_bytes", max_data)
                    break
                data += value
                data += b"\n"
            elif name == b"event":
                self._type = value
            elif name == b"id":
                if 0 not in value:
                    self._id = value
            elif name == b"retry":
                if value.isdigit():
                    self.retry = _milliseconds(value)
            elif not name:
                self.comments_seen += 1
                self._comment(value, items)

    def _end_block(self, items: list[T]) -> None:
        """Commit the id, and make an event of the data if there was any."""
        if self._id is not None:
            self.last_event_id = _text(self._id)
            self._id = None
        if self._data:
            self._data.pop()  # the LF behind the last value
            items.append(self._event(self._type, bytes(self._data)))
            self._data.clear()
        self._type = None

    def _check(self, line: bytes | bytearray) -> None:
        """Fail if a line, finished or not, breaks a limit: with the limit that its bytes reach first."""
        length = min(len(line), self._max_line)
        start = len(_DATA) + line.startswith(b" ", len(_DATA))
        size = len(self._data) + max(length - start, 0)
        if size > self._max_event and line.startswith(_DATA, 0, length):
            self._fail("max_event_bytes", self._max_event)
        elif len(line) > length:
            self._fail("max_line_bytes", self._max_line)

    def _fail(self, option: _Limit, limit: int) -> None:
        self.error = SSELimitError(option, limit)
        self._forget()

    @abstractmethod
    def _event(self, kind: bytes | None, data: bytes) -> T:
        """Make an event.

        Args:
            kind: Its type; empty or None if the server gave none.
            data: Its data.
        """

    def _events(self, values: list[bytes]) -> list[T]:
        """Make an event of each of some data; their types were not given."""
        return [self._event(None, value) for value in values]

    @abstractmethod
    def _comment(self, text: bytes, items: list[T]) -> None:
        """Note a comment."""


class SSEDecoder(SSEReader[SSEItem]):
    """Makes an `SSEEvent` of each event; see `SSEReader`.

    Args:
        last_event_id: The id to start with, from an earlier connection; default none.
        max_line_bytes: Longest line in bytes; None for no limit; default 16 MiB.
        max_event_bytes: Largest event in bytes; None for no limit; default 16 MiB.
        comments: Whether comment lines are returned among the events; default no.
        flush_partial: Whether `close` completes an unfinished event; default no.

    Raises:
        ValueError: A limit is negative.
    """

    def __init__(
        self,
        *,
        last_event_id: str = "",
        max_line_bytes: int | None = DEFAULT_LIMIT,
        max_event_bytes: int | None = DEFAULT_LIMIT,
        comments: bool = False,
        flush_partial: bool = False,
    ) -> None:
        super().__init__(
            last_event_id=last_event_id,
            max_line_bytes=max_line_bytes,
            max_event_bytes=max_event_bytes,
            flush_partial=flush_partial,
        )
        self._comments = comments

    def _event(self, kind: bytes | None, data: bytes) -> SSEItem:
        return SSEEvent(_text(kind) if kind else "message", _text(data), self.last_event_id, self.retry)

    def _comment(self, text: bytes, items: list[SSEItem]) -> None:
        if self._comments:
            items.append(SSEComment(_text(text)))


class SSEPayloads(SSEReader[bytes]):
    """Makes bytes of each event, in UTF-8: its type, a line feed, and its data; see `SSEReader`."""

    def _event(self, kind: bytes | None, data: bytes) -> bytes:
        event = b"%b\n%b" % (kind, data) if kind else b"message\n" + data
        return event if event.isascii() else _text(event).encode()

    def _events(self, values: list[bytes]) -> list[bytes]:
        if b"".join(values).isascii():
            return [b"message\n" + value for value in values]
        return super()._events(values)

    def _comment(self, text: bytes, items: list[bytes]) -> None:
        pass


def encode_event(
    data: str,
    *,
    type: str = "message",  # noqa: A002
    id: str | None = None,  # noqa: A002
    retry: int | None = None,
) -> bytes:
    """Encode one event, for a server to send.

    Args:
        data: The data, possibly empty; of several lines if it contains LF.
        type: Name of the event, not empty; default `message`.
        id: The event's id, in force for later events too; empty to reset it; default no change.
        retry: Reconnection time to set, in milliseconds, 0 to 10**18; default no change.

    Returns:
        The lines of the event and the empty line that ends it.

    Raises:
        LocalProtocolError: The format cannot carry a value: CR in `data`, CR or LF in `type`, CR, LF or NUL
            in `id`, a lone surrogate anywhere, an empty `type`, a `retry` out of range.
    """
    if not type:
        raise LocalProtocolError("cannot encode an event with an empty type: leave it out to send a message")
    block = b""
    if type != "message":
        block += _field("event", type, "\r\n")
    if id is not None:
        block += _field("id", id, "\r\n\0")
    if retry is not None:
        if not 0 <= retry <= _MAX_RETRY:
            raise LocalProtocolError("cannot encode retry: it must be from 0 to 10**18 milliseconds")
        block += b"retry: %d\n" % retry
    return block + _field("data", data, "\r") + b"\n"


def encode_comment(text: str) -> bytes:
    """Encode a comment, which decoders ignore: a sign of life on an idle stream.

    Args:
        text: The comment, possibly empty; of several lines if it contains LF.

    Returns:
        The comment lines. They may stand between events only.

    Raises:
        LocalProtocolError: `text` has a CR or a lone surrogate.
    """
    return _field("", text, "\r")


def _checked_limit(option: _Limit, limit: int | None) -> int:
    if limit is None:
        return _UNLIMITED
    if limit < 0:
        raise ValueError(f"{option} must be None or at least 0, not {limit}")
    return limit


def _text(value: bytes | bytearray) -> str:
    return value.decode("utf-8", "replace")


def _milliseconds(digits: bytes) -> int:
    """Convert ASCII digits; long runs of them are never converted, as that takes more than linear time."""
    significant = digits.lstrip(b"0")
    return _MAX_RETRY if len(significant) > 18 else int(significant or b"0")


def _field(name: str, value: str, forbidden: str) -> bytes:
    """Encode a value as a field, or refuse it; a line for each of its lines; a comment has no name."""
    what = f"the {name} field" if name else "a comment"
    for character in forbidden:
        if character in value:
            raise LocalProtocolError(f"cannot encode {what} with {_CHARACTERS[character]} in it")
    try:
        return "".join(f"{name}: {line}\n" for line in value.split("\n")).encode()
    except UnicodeEncodeError:
        raise LocalProtocolError(f"cannot encode {what} with a lone surrogate in it") from None
