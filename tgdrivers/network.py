"""What drivers share about the network: where to connect, and what a failure to connect means."""

from __future__ import annotations

import errno
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tgdrivers.certificates import Cert, Verify, check_types, make_context
from tgdrivers.proxies import Proxy, ProxyChoice, choose_proxy
from tgproto.address import Address
from tgproto.closing import DialFault


class InsecureWarning(UserWarning):
    """A gateway's certificate is not verified, so that anybody may read and change what is sent."""


class ProxyError(OSError):
    """A proxy does not lead to the gateway.

    Attributes:
        final: Whether it makes no sense to ask it again.
    """

    def __init__(self, text: str, *, final: bool) -> None:
        super().__init__(text)
        self.final = final


class HandshakeEnded(ConnectionResetError):
    """The gateway ended the connection before TLS was set up."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect, and how.

    Attributes:
        address: Host and port of the gateway.
        tls: Context for an encrypted connection to the gateway; None for a plain one.
        proxy: The proxy that leads there; None for a direct connection.
        proxy_tls: Context for an encrypted connection to the proxy itself; None for a plain one.
    """

    address: Address
    tls: ssl.SSLContext | None
    proxy: Proxy | None = None
    proxy_tls: ssl.SSLContext | None = None

    @property
    def dialed(self) -> Address:
        """Where a driver connects to: the proxy, or the gateway."""
        return self.address if self.proxy is None else self.proxy.address

    def loss(self, error: str | BaseException) -> tuple[str, DialFault | None]:
        """Describe how a transport was lost, for `Driven.connection_lost`.

        Args:
            error: What happened to it; an exception, if it could not be opened.

        Returns:
            A sentence for a person, and why there was no connection, if that is known.
        """
        if isinstance(error, str):
            return error, None
        leaves = [cause for cause in _causes(error) if cause.__cause__ is None]
        texts = [str(leaf) for leaf in leaves if str(leaf) and not isinstance(leaf, BaseExceptionGroup)]
        why = "; ".join(dict.fromkeys(texts)) or str(error)
        way, fault = "", _fault(error)
        if self.proxy is not None:
            way = f" through the proxy {self.proxy.address.authority}"
            if not isinstance(error, (ssl.SSLError, HandshakeEnded, ProxyError)):  # it was not even reached
                why, fault = f"the proxy cannot be reached: {why}", DialFault.PROXY
        return f"cannot connect to {self.address.authority}{way}: {why}", fault


def endpoint(
    address: Address, verify: Verify = True, cert: Cert | None = None, proxy: ProxyChoice = None
) -> Endpoint:
    """Prepare connections to an address.

    Args:
        address: Where.
        verify: How the gateway proves who it is, if it is asked to; a proxy with TLS, too.
        cert: How this side proves who it is to the gateway; None for not at all.
        proxy: Which proxy leads there; see `choose_proxy`.

    Raises:
        OSError: `verify` or `cert` names a file that cannot be read, or has no certificate.
        TypeError: An argument is none of the possible types.
        ValueError: `proxy` is no URL of a proxy, or `cert` is given where it has no effect.
    """
    check_types(verify, cert)
    if cert is not None and isinstance(verify, ssl.SSLContext):
        raise ValueError("cert= has no effect on an SSLContext; call its load_cert_chain instead")
    if cert is not None and not address.tls:
        raise ValueError("cert= is for encrypted connections; the URL has to begin with https:// or wss://")
    chosen = choose_proxy(proxy, address)
    tls = make_context(verify, cert) if address.tls else None
    proxy_tls = make_context(verify) if chosen is not None and chosen.address.tls else None
    if verify is False and (tls or proxy_tls):
        warnings.warn(
            "verify=False: the gateway's certificate is not checked; pass the path of its authority instead",
            InsecureWarning,
            stacklevel=4,  # whoever makes a client: `House` and the class that calls it are between
        )
    return Endpoint(address, tls, chosen, proxy_tls)


def _fault(error: BaseException) -> DialFault | None:
    for cause in _causes(error):
        match cause:
            case ProxyError(final=final):
                return DialFault.PROXY_REFUSED if final else DialFault.PROXY
            case HandshakeEnded() | ssl.SSLEOFError():
                return DialFault.TLS_ENDED
            case ssl.SSLError():
                return DialFault.TLS
            case socket.gaierror():
                return DialFault.UNRESOLVED
            case ConnectionRefusedError():
                return DialFault.REFUSED
            case TimeoutError():
                return DialFault.TIMEOUT
            case _:
                pass
    # What is raised after several addresses were tried has only the texts of the errors.
    return DialFault.REFUSED if f"[Errno {errno.ECONNREFUSED}]" in str(error) else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what it was raised from, and the parts of groups."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for part in cast("BaseExceptionGroup[BaseException]", error).exceptions:
                yield from _causes(part)
        error = error.__cause__
