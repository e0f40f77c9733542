"""The errors of EdgeQuake's clients, by the names of its guides.

`EdgeQuakeError` is the base of all of them. Each has `message`, `status` (HTTP, or None) and `code`.
"""

from __future__ import annotations

from builtins import TimeoutError as TimeoutError  # noqa: A004  # whatever took too long is one

from tgproto.errors import AuthenticationError as AuthenticationError
from tgproto.errors import (
    CallCancelled,
    DecodeError,
    LocalProtocolError,
    RequestTimeout,
)
from tgproto.errors import TransportError as NetworkError
from tgproto.errors import TrustGraphError as EdgeQuakeError
from tgproto.web.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    IncompleteStreamError,
    InternalError,
    NotFoundError,
    RateLimitedError,
    ServiceUnavailableError,
    StreamError,
    TimedOutError,
    TooLargeError,
    UnauthorizedError,
    ValidationError,
)
from tgproto.web.errors import HttpError as ApiError

ConnectionError = NetworkError  # noqa: A001  # the package's name; it is one
"""The connection could not be made, or ended: what the package calls a `NetworkError`."""

__all__ = [
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "CallCancelled",
    "ConflictError",
    "ConnectionError",
    "DecodeError",
    "EdgeQuakeError",
    "ForbiddenError",
    "IncompleteStreamError",
    "InternalError",
    "LocalProtocolError",
    "NetworkError",
    "NotFoundError",
    "RateLimitedError",
    "RequestTimeout",
    "ServiceUnavailableError",
    "StreamError",
    "TimedOutError",
    "TimeoutError",
    "TooLargeError",
    "UnauthorizedError",
    "ValidationError",
]
