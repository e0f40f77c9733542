"""Contexts and certificates of gateways and clients. The files were made by openssl and last a century."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.drivers.peers.peer import CERTIFICATE

_FOLDER = Path(__file__).parents[1] / "certificates"

AUTHORITY = _FOLDER / "authority.pem"
"""Vouches for the certificates of clients; its key is gone."""
CLIENT = _FOLDER / "client.pem"
"""Certificate and key of a client."""
CLIENT_CERTIFICATE = _FOLDER / "client-certificate.pem"
"""The certificate of `CLIENT` alone."""
LOCKED_KEY = _FOLDER / "client-locked-key.pem"
"""Its key, encrypted."""
LOCKED_WITH = "open-sesame"
EXPIRED = _FOLDER / "expired.pem"
"""Certificate and key of a client that was good for a day in 2020."""


def server_context(*, clients: bool = False, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return what a gateway on 127.0.0.1 encrypts with.

    Args:
        clients: Whether clients have to show a certificate of `AUTHORITY`.
        newest: The newest version of TLS that it speaks; None for any.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(AUTHORITY)
    if newest is not None:
        context.maximum_version = newest
    return context


def server_tls(tls: bool | ssl.SSLContext) -> ssl.SSLContext | None:
    """Return a gateway's context: its own one, the usual one, or none."""
    return server_context() if tls is True else tls or None
