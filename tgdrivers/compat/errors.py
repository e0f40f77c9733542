"""Exceptions that are those of upstream and those of the core at once, so that either can be caught."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from tgproto import errors
from tgproto.errors import CallError

Translate: TypeAlias = Callable[[CallError], CallError]
"""Makes upstream's exception for one of the core."""

_NO_ANSWERS = (
    errors.AuthenticationError,
    errors.AccessDenied,
    errors.UnknownServiceError,
    errors.WorkspaceNotFound,
    errors.NotAGateway,
)
"""What gateways say by an HTTP status over REST; upstream only says `Status code 404`, or the like."""


class ProtocolException(errors.ProtocolException):
    """The gateway broke the protocol."""

    def __str__(self) -> str:
        return self.summary


def translations(
    application: type[errors.ServiceError], kind: Callable[[str], type[errors.ServiceError]]
) -> tuple[Translate, Translate]:
    """Return what makes upstream's exceptions of those of the core, for one generation.

    Args:
        application: Upstream's class for errors that a gateway, or a service behind it, answers with.
        kind: Returns which class of that one it is, for the type of an error.

    Returns:
        For calls over REST, where the type is in the text; and for those over the socket.
    """

    def translated(error: CallError, *, rest: bool) -> CallError:
        if isinstance(error, (application, ProtocolException)):
            return error
        if isinstance(error, errors.ProtocolException) or (rest and isinstance(error, _NO_ANSWERS)):
            return joined(ProtocolException, error, error.summary)
        if isinstance(error, errors.ServiceError):
            message = error.message or error.summary
            text = f"{error.type}: {message}" if rest and error.type else message
            return joined(kind(error.type), error, text, error.type)
        return error

    return partial(translated, rest=True), partial(translated, rest=False)


_JOINED: dict[tuple[type[CallError], type[CallError]], Any] = {}


def joined(theirs: type[CallError], error: CallError, *args: object) -> CallError:
    """Return an exception of a class of upstream that is also one of the core.

    Args:
        theirs: Upstream's class.
        error: What the core raised.
        *args: Arguments for upstream's class; the first is its text.
    """
    made: CallError = _join(theirs, type(error))(*args)
    made.__dict__.update({name: value for name, value in vars(error).items() if name != "message"})
    made.args = args[:1]
    return made


def _join(theirs: type[CallError], ours: type[CallError]) -> Any:
    """Return a class that is both, the same each time."""
    if issubclass(theirs, ours):
        return theirs
    if (theirs, ours) not in _JOINED:

        def reduced(self: CallError) -> tuple[object, ...]:
            return _restore, (theirs, ours, self.args), self.__dict__

        members = {"__module__": theirs.__module__, "__doc__": ours.__doc__, "__reduce__": reduced}
        _JOINED[theirs, ours] = type(ours.__name__, (theirs, ours), members)
    return _JOINED[theirs, ours]


def _restore(theirs: type[CallError], ours: type[CallError], args: tuple[Any, ...]) -> CallError:
    """Make an exception anew when it is unpickled or copied; its attributes are set afterwards."""
    kind = _join(theirs, ours)
    error: CallError = kind.__new__(kind)
    error.args = args
    return error
