"""What the HTTP/1.1 links take and give: limits, the request, and the events of both roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from tgproto.closing import CloseCause
from tgproto.errors import LocalProtocolError
from tgproto.secrets import HIDDEN, redact_url

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields in order: names in lower case, values without surrounding blanks."""

_MIN_HEAD_BYTES = 1024

REQUEST_MANAGED = frozenset({"host", "content-length", "transfer-encoding", "upgrade", "expect"})
"""Fields of a request that a caller may not set."""

_TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_VALUE = re.compile(r"(?:[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)?")

_SENSITIVE = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """Limits of an HTTP/1.1 link. A limit that is hit is named in the close cause.

    Attributes:
        max_head_bytes: Longest head of a message in bytes, at least 1024; also the limit for one chunk's size
            line and for the trailers of a chunked body.
        max_message_bytes: Longest body in bytes, sent or received. The gateway's own limit is the default.
        head_timeout: Server: seconds a request head may take from its first byte on, and the longest
            silence within a request body.
        idle_timeout: Server: seconds a connection may stay open without a request.
        answer_timeout: Server: longest silence of the application after a whole request, in seconds;
            None for no limit. The default lies above the gateway's 600 s for one back-end message.

    Raises:
        ValueError: A limit is zero, negative or too small to work with.
    """

    max_head_bytes: int = 64 * 1024
    max_message_bytes: int = 256 * 1024 * 1024
    head_timeout: float = 60.0
    idle_timeout: float = 75.0
    answer_timeout: float | None = 660.0

    def __post_init__(self) -> None:
        if self.max_head_bytes < _MIN_HEAD_BYTES:
            raise ValueError(f"max_head_bytes must be at least {_MIN_HEAD_BYTES}, not {self.max_head_bytes}")
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not value > 0:
                raise ValueError(f"{field.name} must be above zero, not {value}")


DEFAULT_HTTP = HttpConfig()
"""All limits at their defaults."""


@dataclass(frozen=True, slots=True, repr=False)
class HttpRequest:
    """A whole request. The link adds Host and Content-Length itself.

    Compressed answers are not asked for: there is no Accept-Encoding unless the caller sets one.

    Args:
        method: Method, for instance `POST`; not `CONNECT`.
        target: Path and query (or, for a plain HTTP proxy, the whole URL), already percent-encoded.
        host: Value of the Host header.
        headers: Further fields, in order.
        body: The body, possibly empty.

    Raises:
        LocalProtocolError: A part holds a control character, a line break, a blank or a non-ASCII
            character where HTTP allows none, or a header is one that the link manages.
        TypeError: The body is not bytes.
    """

    method: str
    target: str
    host: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.method) or self.method.upper() == "CONNECT":
            raise LocalProtocolError(f"{self.method!r} is not a method that can be sent")
        if not _VISIBLE.fullmatch(self.target):
            raise LocalProtocolError(
                "the target holds blanks, control or non-ASCII characters: percent-encode it"
            )
        if not _VISIBLE.fullmatch(self.host):
            raise LocalProtocolError(f"{self.host!r} is not a host name: encode it with IDNA")
        check_headers(self.headers, REQUEST_MANAGED)
        if not isinstance(self.body, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a body must be bytes, not {type(self.body).__name__}")

    def __repr__(self) -> str:
        shown = [(name, HIDDEN if name.lower() in _SENSITIVE else value) for name, value in self.headers]
        return (
            f"HttpRequest(method={self.method!r}, target={redact_url(self.target)!r}, host={self.host!r}, "
            f"headers={shown!r}, body=<{len(self.body)} bytes>)"
        )

    def __str__(self) -> str:
        return f"{self.method} {redact_url(self.target)}"


def check_headers(headers: Sequence[tuple[str, str]], managed: frozenset[str] = frozenset()) -> None:
    """Refuse header fields that cannot be sent as they are.

    Args:
        headers: Names and values, as a caller gave them.
        managed: Fields that a caller may not set, in lower case.

    Raises:
        LocalProtocolError: A name is no token, a value holds anything but visible ASCII characters with
            blanks between them, or the link manages this field. No message shows a value.
    """
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise LocalProtocolError(f"{name!r} is not a header name")
        if name.lower() in managed:
            raise LocalProtocolError(f"the link manages the header {name!r} itself")
        if not _VALUE.fullmatch(value):
            raise LocalProtocolError(
                f"the value of header {name!r} holds a line break, a control or a non-ASCII character, "
                "or begins or ends with a blank"
            )


def first_header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Return the first value of a header field, or None.

    Args:
        headers: Names in lower case, and values.
        name: Name in lower case.
    """
    return next((value for key, value in headers if key == name), None)


def _shown(headers: Headers) -> list[tuple[bytes, bytes]]:
    hidden = HIDDEN.encode()
    return [(name, hidden if name.decode() in _SENSITIVE else value) for name, value in headers]


@dataclass(frozen=True, slots=True, repr=False)
class ResponseHead:
    """Client: the final head of the answer; 1xx heads are not shown.

    Attributes:
        status: Status code, 200 to 999.
        headers: Names in lower case and values, in order.
    """

    status: int
    headers: Headers

    @property
    def successful(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header, or None.

        Args:
            name: Header name in lower case.
        """
        return first_header(self.headers, name)

    def __repr__(self) -> str:
        return f"ResponseHead(status={self.status}, headers={_shown(self.headers)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class RequestHead:
    """Server: the head of a request.

    Attributes:
        method: Method as sent.
        target: Target as sent: visible ASCII characters.
        headers: Names in lower case and values, in order.
    """

    method: str
    target: str
    headers: Headers

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header, or None.

        Args:
            name: Header name in lower case.
        """
        return first_header(self.headers, name)

    def __repr__(self) -> str:
        return (
            f"RequestHead(method={self.method!r}, target={redact_url(self.target)!r}, "
            f"headers={_shown(self.headers)!r})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class BodyData:
    """Some more of a body. Where it is cut says nothing; chunk boundaries are not kept.

    Attributes:
        data: At least one byte.
    """

    data: bytes

    def __repr__(self) -> str:
        return f"BodyData(<{len(self.data)} bytes>)"


@dataclass(frozen=True, slots=True)
class BodyEnd:
    """The message is complete. Every message has one, with or without a body."""


@dataclass(frozen=True, slots=True, repr=False)
class UpgradeReceived:
    """Server: the client asks for a WebSocket; this link is out of the way, and nothing else follows.

    Attributes:
        data: All bytes received from the start of that head on, for a WebSocket link.
    """

    data: bytes

    def __repr__(self) -> str:
        return f"UpgradeReceived(<{len(self.data)} bytes>)"


@dataclass(frozen=True, slots=True)
class HttpClosed:
    """The connection is over. Comes once, and last.

    Attributes:
        cause: Why.
    """

    cause: CloseCause
