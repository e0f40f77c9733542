"""The exceptions of `trustgraph.api` 1.7. Each is also the one that the core raises for the same cause."""

from __future__ import annotations

from tgdrivers.compat.errors import NO_ANSWERS, joined
from tgproto import errors


class ProtocolException(errors.ProtocolException):
    """The gateway broke the protocol."""

    def __str__(self) -> str:
        return self.summary


class ApplicationException(errors.ServiceError):
    """The gateway, or a service behind it, answered with an error."""

    def __str__(self) -> str:
        return self.message


def over_rest(error: errors.CallError) -> errors.CallError:
    """Return upstream's exception for one of the core, as REST has it: with the type in the text."""
    if isinstance(error, NO_ANSWERS):
        return joined(ProtocolException, error, error.summary)
    return _translated(error, typed=True)


def over_socket(error: errors.CallError) -> errors.CallError:
    """Return upstream's exception for one of the core, as its clients of sockets raise it."""
    return _translated(error, typed=False)


def _translated(error: errors.CallError, *, typed: bool) -> errors.CallError:
    match error:
        case ApplicationException() | ProtocolException():
            return error
        case errors.ServiceError():
            message = error.message or error.summary
            text = f"{error.type}: {message}" if typed and error.type else message
            return joined(ApplicationException, error, text, error.type)
        case errors.ProtocolException():
            return joined(ProtocolException, error, error.summary)
        case _:
            return error
