"""Why a connection ended, and what both sides said about it.

One value, built once, shared by every layer: the link makes it, the session hands it to each
stream, the driver shows it to the user.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class CloseKind(enum.Enum):
    """Who, or what, ended the connection."""

    LOCAL = "closed by this side"
    REMOTE = "closed by the peer"
    LOST = "connection lost"
    REJECTED = "upgrade refused"
    PROTOCOL = "protocol error"
    TIMEOUT = "timed out"


class DialFault(enum.Enum):
    """Why a transport could not be opened."""

    REFUSED = "connection refused"
    UNRESOLVED = "host not found"
    TLS = "TLS failed"
    TLS_ENDED = "the connection ended during the TLS handshake"
    PROXY = "the proxy failed"
    PROXY_REFUSED = "the proxy refused"
    TIMEOUT = "no connection in time"


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """A WebSocket close frame.

    Attributes:
        code: Close code of RFC 6455, section 7.4; 1005 if the frame had none.
        reason: Text beside the code, possibly empty.
    """

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefusedUpgrade:
    """The HTTP response that came instead of a WebSocket. Its `repr` shows the status alone.

    Attributes:
        status: HTTP status code.
        headers: Names in lower case and values, in order.
        body: The first bytes of the body, at most `max_reject_body` of them.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header, or None.

        Args:
            name: Header name in lower case.
        """
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class CloseCause:
    """Why a connection ended.

    Attributes:
        kind: Who or what ended it.
        detail: One sentence for a person, without a final full stop and without secrets.
        sent: The close frame this side sent, if any.
        received: The close frame the peer sent, if any.
        refused: The HTTP response to the upgrade, if `kind` is REJECTED.
        fault: Why there was no transport, if there was none and that is known.
    """

    kind: CloseKind
    detail: str = ""
    sent: CloseFrame | None = None
    received: CloseFrame | None = None
    refused: RefusedUpgrade | None = None
    fault: DialFault | None = None

    @property
    def clean(self) -> bool:
        """Whether both sides completed the closing handshake."""
        return self.sent is not None and self.received is not None

    @property
    def retryable(self) -> bool:
        """Whether a new attempt can go better without anything being changed first."""
        if self.refused is not None:
            return self.refused.status in RETRYABLE_STATUS
        if self.fault in (DialFault.TLS, DialFault.PROXY_REFUSED):
            return False
        return self.kind in (CloseKind.REMOTE, CloseKind.LOST, CloseKind.TIMEOUT)

    def __str__(self) -> str:
        return f"{self.kind.value} ({self.detail})" if self.detail else self.kind.value


RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may succeed later."""
