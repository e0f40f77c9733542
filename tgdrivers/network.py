"""What drivers share about the network: where to connect, TLS, and what a failure to connect means."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from tgproto.address import Address
from tgproto.closing import DialFault

Verify: TypeAlias = bool | str | os.PathLike[str] | ssl.SSLContext
"""How a gateway proves who it is: the system's authorities, no proof, a path of authorities, a context."""


class InsecureWarning(UserWarning):
    """A gateway's certificate is not verified, so that anybody may read and change what is sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect.

    Attributes:
        address: Host and port.
        tls: Context for an encrypted connection; None for a plain one.
    """

    address: Address
    tls: ssl.SSLContext | None

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
        return f"cannot connect to {self.address.authority}: {why}", _fault(error)


def endpoint(address: Address, verify: Verify) -> Endpoint:
    """Prepare connections to an address.

    Args:
        address: Where.
        verify: How the gateway proves who it is, if it is asked to.

    Raises:
        OSError: `verify` names a file that cannot be read, or has no certificates.
        TypeError: It is none of the possible types.
    """
    if not isinstance(verify, (bool, str, os.PathLike, ssl.SSLContext)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"verify must be a bool, a path or an SSLContext, not {type(verify).__name__}")
    return Endpoint(address, _context(verify) if address.tls else None)


def _context(verify: Verify) -> ssl.SSLContext:
    if isinstance(verify, ssl.SSLContext):
        return verify
    if isinstance(verify, (str, os.PathLike)):
        return _private_context(os.fspath(verify))
    context = ssl.create_default_context()
    if not verify:
        warnings.warn(
            "verify=False: the gateway's certificate is not checked; pass the path of its authority instead",
            InsecureWarning,
            stacklevel=4,
        )
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _private_context(path: str) -> ssl.SSLContext:
    try:
        folder = Path(path).is_dir()
        return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except OSError as error:
        raise type(error)(f"verify={path!r} has no usable certificate: {error}") from None


def _fault(error: BaseException) -> DialFault | None:
    for cause in _causes(error):
        match cause:
            case ssl.SSLEOFError():  # cut off halfway, which says nothing about certificates
                return None
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
