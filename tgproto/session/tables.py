"""Every rule about the states of the multiplexed session, as data, for both roles.

All transitions are in this file, and the file does not know which role we play: a client and a
gateway judge the same conversation by the same tables. A pair that is missing is not allowed. The
diagrams in `docs/` and the exhaustive tests are made from these tables.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

from tgproto.errors import LocalProtocolError


class _Symbol(enum.Enum):
    """A member of a table; there is only one of each, so its identity is hash enough."""

    __hash__ = object.__hash__


class SessionState(_Symbol):
    """State of the conversation on one connection."""

    NEW = "new"
    """The carrier is not up yet."""
    AUTHENTICATING = "authenticating"
    """The first authentication has not been answered."""
    READY = "ready"
    """Requests flow."""
    DRAINING = "draining"
    """No new requests; the ones under way may end."""
    CLOSING = "closing"
    """The carrier was asked to close."""
    CLOSED = "closed"
    """The carrier is gone. Final."""


class SessionInput(_Symbol):
    """What can happen to a session."""

    OPENED = "carrier opened"
    """The carrier is up and authentication comes first."""
    OPENED_READY = "carrier opened, authenticated"
    """The carrier is up and its upgrade already authenticated the caller."""
    AUTHENTICATE = "authenticate"
    """A further token is sent, or received."""
    AUTH_OK = "auth-ok"
    AUTH_FAILED = "auth-failed"
    REQUEST = "request"
    """A request is submitted, or received."""
    DRAIN = "drain"
    CLOSE = "close"
    CARRIER_CLOSED = "carrier closed"


class StreamState(_Symbol):
    """State of one request and its answer."""

    QUEUED = "queued"
    """Client: not sent. Gateway: waits for a slot."""
    SENT = "sent"
    """The peer has it and has not answered."""
    STREAMING = "streaming"
    """At least one frame of the answer has passed."""
    ABANDONED = "abandoned"
    """Nobody here waits any more; the peer still works on it."""
    DONE = "done"
    """Over. Final."""


class StreamInput(_Symbol):
    """What can happen to a stream."""

    START = "start"
    """The request is written; at the gateway: taken into a slot."""
    CHUNK = "chunk"
    FINISH = "finish"
    """The last frame, or an error from the peer."""
    ABANDON = "abandon"
    """Cancelled, timed out or stalled on this side."""
    REFUSE = "refuse"
    """The peer wants a fresh credential first; the request goes back to the queue."""
    EXPIRE = "expire"
    """An abandoned stream has been remembered for long enough."""
    LOSE = "lose"
    """The connection is gone."""


_S, _I = SessionState, SessionInput

SESSION: Mapping[SessionState, Mapping[SessionInput, SessionState]] = {
    _S.NEW: {
        _I.OPENED: _S.AUTHENTICATING,
        _I.OPENED_READY: _S.READY,
        _I.REQUEST: _S.NEW,
        _I.DRAIN: _S.CLOSING,
        _I.CLOSE: _S.CLOSING,
        _I.CARRIER_CLOSED: _S.CLOSED,
    },
    _S.AUTHENTICATING: {
        _I.AUTHENTICATE: _S.AUTHENTICATING,
        _I.AUTH_OK: _S.READY,
        _I.AUTH_FAILED: _S.AUTHENTICATING,
        _I.REQUEST: _S.AUTHENTICATING,
        _I.DRAIN: _S.CLOSING,
        _I.CLOSE: _S.CLOSING,
        _I.CARRIER_CLOSED: _S.CLOSED,
    },
    _S.READY: {
        _I.AUTHENTICATE: _S.READY,
        _I.AUTH_OK: _S.READY,
        _I.AUTH_FAILED: _S.READY,
        _I.REQUEST: _S.READY,
        _I.DRAIN: _S.DRAINING,
        _I.CLOSE: _S.CLOSING,
        _I.CARRIER_CLOSED: _S.CLOSED,
    },
    _S.DRAINING: {
        _I.AUTHENTICATE: _S.DRAINING,
        _I.AUTH_OK: _S.DRAINING,
        _I.AUTH_FAILED: _S.DRAINING,
        _I.DRAIN: _S.DRAINING,
        _I.CLOSE: _S.CLOSING,
        _I.CARRIER_CLOSED: _S.CLOSED,
    },
    _S.CLOSING: {
        _I.OPENED: _S.CLOSING,
        _I.OPENED_READY: _S.CLOSING,
        _I.DRAIN: _S.CLOSING,
        _I.CLOSE: _S.CLOSING,
        _I.CARRIER_CLOSED: _S.CLOSED,
    },
    _S.CLOSED: {
        _I.DRAIN: _S.CLOSED,
        _I.CLOSE: _S.CLOSED,
        _I.CARRIER_CLOSED: _S.CLOSED,
    },
}

_T, _E = StreamState, StreamInput

STREAM: Mapping[StreamState, Mapping[StreamInput, StreamState]] = {
    _T.QUEUED: {
        _E.START: _T.SENT,
        _E.ABANDON: _T.DONE,
        _E.LOSE: _T.DONE,
    },
    _T.SENT: {
        _E.CHUNK: _T.STREAMING,
        _E.FINISH: _T.DONE,
        _E.REFUSE: _T.QUEUED,
        _E.ABANDON: _T.ABANDONED,
        _E.LOSE: _T.DONE,
    },
    _T.STREAMING: {
        _E.CHUNK: _T.STREAMING,
        _E.FINISH: _T.DONE,
        _E.ABANDON: _T.ABANDONED,
        _E.LOSE: _T.DONE,
    },
    _T.ABANDONED: {
        _E.CHUNK: _T.ABANDONED,
        _E.FINISH: _T.DONE,
        _E.EXPIRE: _T.DONE,
        _E.LOSE: _T.DONE,
    },
    _T.DONE: {},
}

S = TypeVar("S", bound=enum.Enum)
E = TypeVar("E", bound=enum.Enum)


def advance(table: Mapping[S, Mapping[E, S]], state: S, event: E) -> S:
    """Return the state after `event`.

    Raises:
        LocalProtocolError: The table has no such transition.
    """
    try:
        return table[state][event]
    except KeyError:
        raise LocalProtocolError(f"{event.value} is not possible while {state.value}") from None
