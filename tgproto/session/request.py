"""What a session is asked to send: one request, already encoded for the gateway's dialect."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import msgspec

from tgproto import lenient
from tgproto.dialect import Dialect
from tgproto.errors import LocalProtocolError

MAX_BODY_BYTES = 50 * 2**20 - 2**12
"""Longest body of a request. A gateway closes the socket behind a message of more than 50 MiB, envelope
included, and every request on it is lost."""


class _Object(msgspec.Struct):
    """Any JSON object."""


_check_object = msgspec.json.Decoder(_Object).decode


def _is_object(body: bytes) -> bool:
    try:
        _check_object(body)
        return body.isascii() or bool(body.decode("utf-8"))
    except (ValueError, RecursionError):
        pass  # or it has what only gateways written in Python take, such as a lone surrogate
    try:
        return isinstance(lenient.loads(body), dict)
    except lenient.JSONRefused:
        return False


@lru_cache(maxsize=256)
def _is_address(service: str, flow: str | None, workspace: str | None) -> bool:
    """Whether UTF-8 can carry the names: the same few again and again."""
    try:
        return bool(f"{service}{flow}{workspace}".encode())
    except UnicodeEncodeError:
        return False


class Request(msgspec.Struct, frozen=True):
    """One request on the multiplexed socket.

    Attributes:
        service: Service name on the wire, for instance `graph-rag`.
        body: The inner request, a JSON object as UTF-8 text.
        flow: Flow id for a flow service; None for a global service.
        workspace: Workspace to address, or None for the caller's default.
        repeatable: Whether the caller declared that running it twice does no harm.

    Raises:
        LocalProtocolError: No service name, a body that is no JSON object, or text that UTF-8 cannot carry.
    """

    service: str
    body: bytes
    flow: str | None = None
    workspace: str | None = None
    repeatable: bool = False

    def __post_init__(self) -> None:
        if not self.service:
            raise LocalProtocolError("a request needs the name of a service")
        if not _is_object(self.body):
            raise LocalProtocolError(
                f"{self.service!r}: the body of a request must be a JSON object in UTF-8"
            )
        if not _is_address(self.service, self.flow, self.workspace):
            raise LocalProtocolError(f"{self.service!r}: a name has a lone surrogate")

    def request(self, dialect: Dialect) -> Request:  # noqa: ARG002
        """Return itself: it is already encoded."""
        return self


def check_limits(timeout: float | None, total_timeout: float | None) -> None:
    """Refuse time limits of a request that could never be kept.

    Raises:
        LocalProtocolError: One is not above 0 s; None is for no limit.
    """
    if not ((timeout is None or timeout > 0) and (total_timeout is None or total_timeout > 0)):
        raise LocalProtocolError("timeout and total_timeout must be above 0 s, or None")


class Submission(Protocol):
    """Anything that can become a `Request` once the gateway's dialect is known."""

    @property
    def service(self) -> str:
        """Service name on the wire."""
        ...

    @property
    def flow(self) -> str | None:
        """Flow id, or None for a global service."""
        ...

    def request(self, dialect: Dialect) -> Request:
        """Encode for a dialect.

        Raises:
            TrustGraphError: An argument cannot be expressed in this dialect.
            TypeError: An argument is of the wrong type.
            ValueError: An argument has an impossible value.
        """
        ...


def encoded(submission: Submission, dialect: Dialect) -> Request:
    """Encode for a dialect what is to go over a socket.

    Raises:
        LocalProtocolError: It is longer than gateways accept.
        Exception: What the submission raises.
    """
    request = submission.request(dialect)
    if len(request.body) > MAX_BODY_BYTES:
        raise LocalProtocolError(
            f"{request.service}: the request has {len(request.body)} bytes; over a socket, gateways take "
            f"{MAX_BODY_BYTES} (over REST up to 256 MiB)"
        )
    return request
