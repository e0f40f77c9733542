"""Every rule about the states of a WebSocket link, as data, for both roles.

All transitions are in this file, and they do not know which role we play. A pair that is missing is
not allowed. The diagrams in `docs/` and the exhaustive tests are made from these tables.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError


class LinkState(enum.Enum):
    """State of one WebSocket."""

    IDLE = "idle"
    """Nothing was sent or received."""
    HANDSHAKING = "waiting for the upgrade"
    """Client: for the server's answer. Server: for the request."""
    ANSWERING = "answering the upgrade"
    """Server: the application has the request and must accept or reject it."""
    REFUSED = "reading a refusal"
    """Client: the server answered with something else than a WebSocket; its body is read."""
    OPEN = "open"
    """Messages flow."""
    CLOSING = "closing"
    """We sent a close frame; the peer's is to come."""
    CLOSED = "closed"
    """Over. Final."""


class LinkInput(enum.Enum):
    """What can happen to a WebSocket."""

    CONNECT = "connect"
    AWAIT_UPGRADE = "await upgrade"
    ACCEPT = "accept"
    REJECT = "reject"
    SEND = "send"
    """We send a message or a ping."""
    CLOSE = "close"
    FAIL = "fail"
    """The layer above found that the peer breaks its protocol."""
    DATA = "receive data"
    """Bytes arrived; what they mean is one of the inputs below."""
    REQUEST = "upgrade request"
    UPGRADED = "upgrade answer"
    REFUSAL = "refusal"
    """The head of an answer that is no upgrade."""
    REFUSAL_READ = "end of the refusal"
    CLOSE_FRAME = "close frame"
    BROKEN = "protocol error"
    GONE = "end of the connection"
    """The peer's end of file, or a failed read or write."""
    DEADLINE = "deadline"


_S, _I = LinkState, LinkInput

TRANSITIONS: Mapping[LinkState, Mapping[LinkInput, LinkState]] = {
    _S.IDLE: {
        _I.CONNECT: _S.HANDSHAKING,
        _I.AWAIT_UPGRADE: _S.HANDSHAKING,
        _I.CLOSE: _S.CLOSED,
        _I.FAIL: _S.CLOSED,
        _I.GONE: _S.CLOSED,
    },
    _S.HANDSHAKING: {
        _I.DATA: _S.HANDSHAKING,
        _I.REQUEST: _S.ANSWERING,
        _I.UPGRADED: _S.OPEN,
        _I.REFUSAL: _S.REFUSED,
        _I.CLOSE: _S.CLOSED,
        _I.FAIL: _S.CLOSED,
        _I.BROKEN: _S.CLOSED,
        _I.GONE: _S.CLOSED,
        _I.DEADLINE: _S.CLOSED,
    },
    _S.ANSWERING: {
        _I.DATA: _S.ANSWERING,
        _I.ACCEPT: _S.OPEN,
        _I.REJECT: _S.CLOSED,
        _I.CLOSE: _S.CLOSED,
        _I.FAIL: _S.CLOSED,
        _I.BROKEN: _S.CLOSED,
        _I.GONE: _S.CLOSED,
        _I.DEADLINE: _S.CLOSED,
    },
    _S.REFUSED: {
        _I.DATA: _S.REFUSED,
        _I.REFUSAL_READ: _S.CLOSED,
        _I.CLOSE: _S.CLOSED,
        _I.FAIL: _S.CLOSED,
        _I.GONE: _S.CLOSED,
        _I.DEADLINE: _S.CLOSED,
    },
    _S.OPEN: {
        _I.DATA: _S.OPEN,
        _I.SEND: _S.OPEN,
        _I.CLOSE: _S.CLOSING,
        _I.FAIL: _S.CLOSED,
        _I.CLOSE_FRAME: _S.CLOSED,
        _I.BROKEN: _S.CLOSED,
        _I.GONE: _S.CLOSED,
    },
    _S.CLOSING: {
        _I.DATA: _S.CLOSING,
        _I.CLOSE: _S.CLOSING,
        _I.FAIL: _S.CLOSED,
        _I.CLOSE_FRAME: _S.CLOSED,
        _I.BROKEN: _S.CLOSED,
        _I.GONE: _S.CLOSED,
        _I.DEADLINE: _S.CLOSED,
    },
    _S.CLOSED: {
        _I.DATA: _S.CLOSED,
        _I.CLOSE: _S.CLOSED,
        _I.FAIL: _S.CLOSED,
        _I.GONE: _S.CLOSED,
    },
}

TIMED: Mapping[LinkState, str] = {
    _S.HANDSHAKING: "open_timeout",
    _S.ANSWERING: "open_timeout",
    _S.REFUSED: "open_timeout",
    _S.CLOSING: "close_timeout",
}
"""The option that bounds the stay in a state. In OPEN the session watches over silence."""


class Ending(NamedTuple):
    """How an ending that needs no further facts is explained.

    Attributes:
        kind: Who or what ended the connection.
        detail: One clause for a person.
    """

    kind: CloseKind
    detail: str


_REFUSED = Ending(CloseKind.REJECTED, "")

ENDINGS: Mapping[tuple[LinkState, LinkInput], Ending] = {
    (_S.IDLE, _I.CLOSE): Ending(CloseKind.LOCAL, "before it was started"),
    (_S.IDLE, _I.GONE): Ending(CloseKind.LOST, "before the upgrade"),
    (_S.HANDSHAKING, _I.CLOSE): Ending(CloseKind.LOCAL, "before the upgrade was complete"),
    (_S.HANDSHAKING, _I.GONE): Ending(CloseKind.LOST, "before the upgrade was complete"),
    (_S.HANDSHAKING, _I.DEADLINE): Ending(
        CloseKind.TIMEOUT, "the peer did not complete the upgrade within open_timeout"
    ),
    (_S.ANSWERING, _I.CLOSE): Ending(CloseKind.LOCAL, "before the upgrade was answered"),
    (_S.ANSWERING, _I.GONE): Ending(CloseKind.LOST, "before the upgrade was answered"),
    (_S.ANSWERING, _I.DEADLINE): Ending(
        CloseKind.TIMEOUT, "the application did not answer the upgrade within open_timeout"
    ),
    (_S.REFUSED, _I.REFUSAL_READ): _REFUSED,
    (_S.REFUSED, _I.CLOSE): _REFUSED,
    (_S.REFUSED, _I.GONE): _REFUSED,
    (_S.REFUSED, _I.DEADLINE): _REFUSED,
    (_S.OPEN, _I.GONE): Ending(CloseKind.LOST, "without a close frame"),
    (_S.CLOSING, _I.GONE): Ending(CloseKind.LOCAL, "the connection ended before the peer's close frame"),
    (_S.CLOSING, _I.DEADLINE): Ending(
        CloseKind.LOCAL, "no close frame came from the peer within close_timeout"
    ),
}


def advance(state: LinkState, what: LinkInput) -> LinkState:
    """Return the state after `what`.

    Raises:
        LocalProtocolError: The table has no such transition.
    """
    try:
        return TRANSITIONS[state][what]
    except KeyError:
        raise LocalProtocolError(f"cannot {what.value} while the WebSocket is {state.value}") from None
