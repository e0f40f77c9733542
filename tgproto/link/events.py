"""What a WebSocket link reports. A whole text message is no event object: it is its UTF-8 bytes.

A stream of tokens is thousands of short messages; an object around each would cost more than all
other work on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tgproto.closing import CloseCause
from tgproto.link.http_types import Headers
from tgproto.secrets import redact_url


@dataclass(frozen=True, slots=True, repr=False)
class UpgradeRequested:
    """Server: a client asks for a WebSocket. Answer with `accept` or `reject` before `open_timeout`.

    Attributes:
        host: Value of the Host header, decoded from IDNA.
        target: Path and query as sent; may hold a token.
        headers: Names in lower case and values, in order, without Host and the offers of extensions
            and subprotocols.
    """

    host: str
    target: str
    headers: Headers = ()

    def __repr__(self) -> str:
        return (
            f"UpgradeRequested(host={self.host!r}, target={redact_url(self.target)!r}, "
            f"headers={_names(self.headers)})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """The upgrade is complete; messages may flow.

    Attributes:
        headers: Client: fields of the server's answer, names in lower case, in order, without those of
            the upgrade itself. Server: the fields given to `accept`.
    """

    headers: Headers = ()

    def __repr__(self) -> str:
        return f"Opened(headers={_names(self.headers)})"


@dataclass(frozen=True, slots=True)
class BinaryMessage:
    """A whole binary message.

    Attributes:
        data: Its payload.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """The peer sent a pong, asked for or not.

    Attributes:
        payload: At most 125 bytes; those of the ping it answers.
    """

    payload: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is over. Comes exactly once, and last.

    Attributes:
        cause: Why.
    """

    cause: CloseCause


LinkEvent: TypeAlias = bytes | BinaryMessage | UpgradeRequested | Opened | Pong | Closed
"""What `WebSocketLink.next_event` returns; plain bytes are a whole text message."""


def _names(headers: Headers) -> list[bytes]:
    """Names only: some values are secrets, and which ones is not for us to know."""
    return [name for name, _ in headers]
