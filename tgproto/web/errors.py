"""Errors of HTTP services: one class for each kind of refusal, and those of streams of events."""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import ClassVar, Final

from tgproto.errors import (
    AuthenticationError,
    CallContext,
    DecodeError,
    ServiceError,
    TransportError,
)


class HttpError(ServiceError):
    """A service refused a request, or could not do what it asks.

    Attributes:
        status: HTTP status; of an error within a stream, the number that the service gave; None for none.
        code: The service's own word for it, possibly empty.
        message: Its text.
        details: What else it says, as decoded JSON.
        request_id: Its name for the request, for whoever runs it; empty if it has none.
        retry_after: Seconds to wait before the next attempt, if it says that; else None.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        status: int | None,
        code: str = "",
        context: CallContext | None = None,
        *,
        details: object = None,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        said = message or "no message was given"
        told = said if status is None else f"{said} (HTTP {phrase(status)})"
        super().__init__(told, code, context, self.advice)
        self.message = message
        self.status = status
        self.code = code
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def status_code(self) -> int | None:
        """The same as `status`."""
        return self.status


class ValidationError(HttpError):
    """The service does not accept an argument (422)."""

    advice = "Check the arguments"


class BadRequestError(ValidationError):
    """The service does not understand the request (400)."""


class UnauthorizedError(HttpError, AuthenticationError):
    """The key was refused, or is missing (401)."""

    advice = "Check the key"


class ForbiddenError(HttpError):
    """The caller may not do this (403)."""

    advice = "Ask whoever runs the service for permission"


class NotFoundError(HttpError):
    """There is no such thing, or no such endpoint (404, 405)."""

    advice = "Check the name; if it is the endpoint that is missing, check URL and dialect"


class TimedOutError(HttpError, TimeoutError):
    """The service, or one behind it, took too long (408, 504)."""

    advice = "Try again later, or ask for less"


class ConflictError(HttpError):
    """It contradicts what is there (409)."""


class TooLargeError(HttpError):
    """The request is too large (413)."""

    advice = "Send less at once"


class RateLimitedError(HttpError):
    """There were too many requests (429)."""

    advice = "Wait before the next request; retry_after says how long, if the service does"


class InternalError(HttpError):
    """The service failed (500)."""

    advice = "Try again later; if it happens again, tell whoever runs the service the request_id"


class ServiceUnavailableError(HttpError):
    """The service does not take requests for now (503)."""

    advice = "Try again later; retry_after says when, if the service does"


CLASSES: Final[Mapping[int, type[HttpError]]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    405: NotFoundError,
    408: TimedOutError,
    409: ConflictError,
    413: TooLargeError,
    422: ValidationError,
    429: RateLimitedError,
    500: InternalError,
    503: ServiceUnavailableError,
    504: TimedOutError,
}
"""HTTP status -> exception class; others are an `HttpError`."""


class StreamError(HttpError):
    """The service said within a stream that it failed. `partial` is the text before that, or None."""


class IncompleteStreamError(DecodeError, TransportError):
    """A stream ended without saying that it is complete. `partial` is the text that came, or None.

    It is also raised where the connection was lost, with the cause of that as `__cause__`.
    """

    default_hint = "What came is the beginning; whoever needs the rest has to ask again"


def phrase(status: int) -> str:
    """Return a status with its usual words, for instance `503 Service Unavailable`."""
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
