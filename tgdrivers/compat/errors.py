"""Exceptions that are those of upstream and those of the core at once, so that either can be caught."""

from __future__ import annotations

from typing import Any

from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    CallError,
    NotAGateway,
    UnknownServiceError,
    WorkspaceNotFound,
)

NO_ANSWERS = (AuthenticationError, AccessDenied, UnknownServiceError, WorkspaceNotFound, NotAGateway)
"""What gateways say by an HTTP status over REST; upstream only says `Status code 404`, or the like."""

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
