"""What a client asks for when it opens a WebSocket."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tgproto.errors import LocalProtocolError
from tgproto.link.http_types import check_headers
from tgproto.secrets import redact_url

MANAGED = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "transfer-encoding",
        "upgrade",
    }
)
"""Header fields that the link sets itself, in requests and in answers."""

_TARGET = re.compile(r"/[\x21-\x7e]*")
_HOST = re.compile(rb"[^\x00-\x20\x7f-\xff/?#@\\]+")


@dataclass(frozen=True, slots=True, repr=False)
class UpgradeRequest:
    """The request that opens a WebSocket. Its `repr` shows no token.

    Attributes:
        host: Host to name in the Host header, with the port if it is not the default one, for instance
            `localhost:8088`; a name that is not ASCII is encoded with IDNA.
        target: Path and query, already percent-encoded; begins with `/`.
        headers: Further header fields, for instance Authorization, as pairs of names and values.

    Raises:
        LocalProtocolError: A part holds a character that HTTP does not allow there, or a header is one
            that the link manages itself.
    """

    host: str
    target: str = "/"
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        try:
            host = self.host.encode("idna")
        except UnicodeError:
            host = b""
        if not _HOST.fullmatch(host):
            raise LocalProtocolError("the host is not a name, or a name and a port")
        if not _TARGET.fullmatch(self.target):
            raise LocalProtocolError("the target does not begin with / or is not percent-encoded")
        check_headers(self.headers, MANAGED)

    def __repr__(self) -> str:
        names = [name for name, _ in self.headers]
        return f"UpgradeRequest(host={self.host!r}, target={redact_url(self.target)!r}, headers={names})"
