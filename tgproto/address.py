"""Where a gateway is: the URL a user gives, taken apart once for all drivers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from tgproto.secrets import redact_url

DEFAULT_URL = "http://localhost:8088/"

_PATH = "/%:@!$&'()*+,;="
"""What stays as it is in a path, besides letters, digits and `-._~`; `%`, as it may be encoded already."""
_TLS = {"http": False, "ws": False, "https": True, "wss": True}


@dataclass(frozen=True, slots=True)
class Address:
    """A gateway's address.

    Attributes:
        host: Name or IP address, without brackets.
        port: TCP port.
        tls: Whether the connection is encrypted.
        path: Path in front of `api/v1`, percent-encoded, beginning and ending with a slash.
    """

    host: str
    port: int
    tls: bool = False
    path: str = "/"

    @property
    def authority(self) -> str:
        """Value of the `Host` header: brackets around IPv6, the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def parse_address(url: str) -> Address:
    """Take a gateway's URL apart.

    Args:
        url: `http`, `https`, `ws` or `wss`; the same gateway whichever is used.

    Returns:
        The address.

    Raises:
        ValueError: Another scheme, no host, an impossible port, credentials, or a query.
    """
    shown = redact_url(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise ValueError(f"{shown!r} is not a URL: {error}") from None
    tls = _TLS.get(parts.scheme)
    if tls is None:
        raise ValueError(f"{shown!r}: the URL of a gateway begins with http://, https://, ws:// or wss://")
    if not host or not host.isprintable() or " " in host:
        raise ValueError(f"{shown!r} names no host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{shown!r}: give credentials with token=, not in the URL")
    path = parts.path if parts.path.endswith("/") else parts.path + "/"
    return Address(host, port or (443 if tls else 80), tls, quote(path, safe=_PATH))
