"""Where a gateway is: the URL a user gives, taken apart once for all drivers."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

DEFAULT_URL = "http://localhost:8088/"

_PATH = "/%:@!$&'()*+,;="
"""What stays as it is in a path, besides letters, digits and `-._~`; `%`, as it may be encoded already."""
_TLS = {"http": False, "ws": False, "https": True, "wss": True}


@dataclass(frozen=True, slots=True)
class Address:
    """A gateway's address.

    Attributes:
        host: Name (ASCII, other names in IDNA) or IP address, without brackets.
        port: TCP port.
        tls: Whether the connection is encrypted.
        path: Path in front of `api/v1`, percent-encoded, beginning and ending with a slash.
        websocket: Whether the URL was one of a WebSocket; it is the same gateway all the same.
    """

    host: str
    port: int
    tls: bool = False
    path: str = "/"
    websocket: bool = field(default=False, compare=False)

    @property
    def is_literal(self) -> bool:
        """Whether the host is an IP address, so that there is no name to look up."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

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
        TypeError: It is no string.
        ValueError: Another scheme, no host, an impossible port, credentials, or a query. The message does
            not repeat the URL, because there may be a token anywhere in it.
    """
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"the URL of a gateway must be a str, not {type(url).__name__}")
    scheme = url.partition("://")[0].lower()
    tls = _TLS.get(scheme)
    if tls is None:
        raise ValueError("the URL of a gateway begins with http://, https://, ws:// or wss://")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or not host.isprintable() or " " in host:
        raise ValueError("the URL of a gateway names a host, as in http://localhost:8088/")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the URL of a gateway has no user, query or fragment; pass a token with token=")
    path = parts.path if parts.path.endswith("/") else parts.path + "/"
    port = _port(parts, 443 if tls else 80)
    return Address(host, port, tls, quote(path, safe=_PATH), websocket=scheme in ("ws", "wss"))


def _port(parts: SplitResult, usual: int) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port in the URL of a gateway is a number from 1 to 65535")
    return usual if port is None else port
