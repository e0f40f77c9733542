"""Which proxy leads to a gateway: the one that was named, or that of the environment."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from tgproto.address import Address
from tgproto.secrets import Secret

ProxyChoice: TypeAlias = bool | str | None
"""True for what the environment says, None or False for no proxy, or the URL of one."""

_bypasses: Callable[[str, Mapping[str, str]], object] = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009
"""Whether the environment excludes a host; the library's own, though typeshed does not know it."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. Its `repr` shows no credentials.

    Attributes:
        address: Where it listens; with `tls` if it is spoken to in TLS.
        credentials: User and password, or None.
    """

    address: Address
    credentials: tuple[str, Secret] | None = field(default=None, repr=False)


def choose_proxy(choice: ProxyChoice, gateway: Address) -> Proxy | None:
    """Return the proxy to a gateway, or None if there is none. The environment is read now.

    `HTTPS_PROXY` counts for encrypted gateways, `HTTP_PROXY` for others, then `ALL_PROXY`, and `NO_PROXY`
    excludes; in lower case, too. A gateway on this machine (`localhost`, 127.0.0.0/8, `::1`) is reached
    directly unless a proxy is named.

    Args:
        choice: What the user wants.
        gateway: Where to go.

    Raises:
        TypeError: `choice` is of the wrong type.
        ValueError: The URL is none, or the proxy is not one for HTTP. The message does not repeat the URL,
            because there may be a password in it.
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        found = _environment(gateway)
        return parse_proxy(found) if found else None
    if not isinstance(choice, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"proxy must be a bool, a URL or None, not {type(choice).__name__}")
    return parse_proxy(choice)


def parse_proxy(url: str) -> Proxy:
    """Take the URL of a proxy apart.

    Args:
        url: `http` or `https` (which is TLS to the proxy itself), with or without user, password and port;
            `http` if there is no scheme. User and password are percent-encoded.

    Raises:
        ValueError: The URL is none, or the proxy is not one for HTTP; see `choose_proxy`.
    """
    url = url if "://" in url else f"http://{url}"
    scheme = url.partition("://")[0].lower()
    if scheme not in _PORTS:
        raise ValueError(
            "the URL of a proxy (proxy=, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) begins with http:// or "
            "https://; for a SOCKS proxy, pass proxy=None, and http_client= with a client of httpx for REST"
        )
    proxy = _parse(url, _PORTS[scheme])
    if proxy is None:
        raise ValueError(
            "the URL of a proxy (proxy=, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) is like "
            "http://user:password@host:port; special characters of user and password are percent-encoded"
        )
    return proxy


def _parse(url: str, usual_port: int) -> Proxy | None:
    """Return a proxy, or None: the errors of the library repeat parts of the URL."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        credentials = _credentials(parts)
    except ValueError:
        return None
    user = credentials[0] if credentials else ""
    strays = parts.path.strip("/") or parts.query or parts.fragment or ":" in user
    if strays or not host or not host.isprintable() or " " in host or port == 0:
        return None
    tls = parts.scheme == "https"
    return Proxy(Address(host, usual_port if port is None else port, tls), credentials)


def _credentials(parts: SplitResult) -> tuple[str, Secret] | None:
    if parts.username is None:
        return None
    user, password = unquote(parts.username), unquote(parts.password or "")
    (user + password).encode()  # or it cannot be sent
    return user, Secret(password)


def _environment(gateway: Address) -> str | None:
    """Return the URL of the environment's proxy to a gateway."""
    if _is_here(gateway.host):
        return None
    proxies = urllib.request.getproxies_environment()
    excluded = {"no": proxies.get("no", "").replace("*.", ".")}
    host = f"[{gateway.host}]" if ":" in gateway.host else gateway.host
    names = (f"{host}:{gateway.port}", gateway.host)
    if any(_bypasses(name, excluded) for name in names):
        return None
    return proxies.get("https" if gateway.tls else "http") or proxies.get("all")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
