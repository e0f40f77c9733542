"""Contexts for TLS: who is trusted, and with which certificate this side proves who it is."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TypeAlias, cast

Verify: TypeAlias = bool | str | os.PathLike[str] | ssl.SSLContext
"""How a gateway proves who it is: the system's authorities, no proof, a path of authorities, a context."""

_Path: TypeAlias = str | os.PathLike[str]

Cert: TypeAlias = _Path | tuple[_Path, _Path] | tuple[_Path, _Path, str]
"""A certificate of this side: a file with the key in it, or certificate and key, or these and a password."""


def check_types(verify: object, cert: object) -> None:
    """See that two arguments of an `Api` are of the right types.

    Raises:
        TypeError: They are not.
    """
    if not isinstance(verify, (bool, str, os.PathLike, ssl.SSLContext)):
        raise TypeError(f"verify must be a bool, a path or an SSLContext, not {type(verify).__name__}")
    parts = cast("tuple[object, ...]", cert) if isinstance(cert, tuple) else (cert,)
    paths, password = parts[:2], parts[2:]
    fits = all(isinstance(path, (str, os.PathLike)) for path in paths)
    fits = fits and all(isinstance(word, str) for word in password) and 1 <= len(parts) <= 3
    if cert is not None and not fits:
        raise TypeError("cert must be a path, (certificate, key) or (certificate, key, password)")


def make_context(verify: Verify, cert: Cert | None = None) -> ssl.SSLContext:
    """Return a context for connections to a gateway or a proxy.

    Args:
        verify: How it proves who it is. A context is returned as it is.
        cert: How this side does; None for not at all, and with a context.

    Raises:
        OSError: A file cannot be read, or has nothing usable; the message names the argument.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    context = ssl.create_default_context() if isinstance(verify, bool) else _private(os.fspath(verify))
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.options |= ssl.OP_NO_RENEGOTIATION
    if cert is not None:
        _load(context, cert)
    return context


def _private(path: str) -> ssl.SSLContext:
    try:
        folder = Path(path).is_dir()
        return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except OSError as error:
        raise type(error)(f"verify={path!r} has no usable certificate: {error}") from None


def _load(context: ssl.SSLContext, cert: Cert) -> None:
    certificate, *rest = cert if isinstance(cert, tuple) else (cert,)
    key = rest[0] if rest else None
    password = str(rest[1]) if len(rest) == 2 else ""  # with None, OpenSSL would ask on the terminal
    paths = ", ".join(repr(os.fspath(path)) for path in (certificate, key) if path is not None)
    try:
        context.load_cert_chain(certificate, key, password)
    except (OSError, ValueError) as error:
        kind = type(error) if isinstance(error, OSError) else ValueError
        raise kind(f"cert={paths} has no usable certificate and key: {error}") from None
