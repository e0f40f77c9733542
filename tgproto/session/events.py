"""What a session tells its owner, and what it asks its carrier to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from tgproto.closing import CloseCause
from tgproto.dialect import Dialect
from tgproto.secrets import Secret

Payload: TypeAlias = msgspec.Raw
"""The JSON text of one `response`, undecoded. `bytes(payload)` is the text; `msgspec` decodes it directly."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The stream ended as the gateway meant it to."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream ended with an error, made for this stream alone.

    Attributes:
        error: What to raise in the caller.
    """

    error: Exception


Outcome: TypeAlias = Completed | Failed


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The session is ready, or a new token was accepted.

    Attributes:
        default_workspace: The caller's workspace as the gateway said it; None if it did not.
        dialect: The gateway's habits, as configured or found out.
    """

    default_workspace: str | None
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class AuthenticationFailed:
    """A token was refused. An earlier identity, if there was one, stays in force.

    Attributes:
        message: What the gateway said.
    """

    message: str


@dataclass(frozen=True, slots=True)
class CredentialWanted:
    """A fresh token is needed: call `authenticate` with one, or `close`.

    Attributes:
        reason: Why, for a log.
    """

    reason: str


class StreamReadable(msgspec.Struct, frozen=True, gc=False):
    """A stream that had nothing to take now has something: call `take`. Not repeated until it was taken.

    Attributes:
        stream_id: What `send_request` returned.
    """

    stream_id: int


@dataclass(frozen=True, slots=True)
class UnmatchedMessage:
    """The peer sent something that belongs to nothing. The connection goes on.

    Attributes:
        reason: What was wrong with it; never its content.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The end: always the last event, exactly once.

    Attributes:
        cause: Why.
    """

    cause: CloseCause


ClientEvent: TypeAlias = (
    Authenticated
    | AuthenticationFailed
    | CredentialWanted
    | StreamReadable
    | UnmatchedMessage
    | ConnectionClosed
)


@dataclass(frozen=True, slots=True)
class AuthenticationReceived:
    """A client wants to authenticate: call `accept_authentication` or `reject_authentication`.

    Attributes:
        token: What it sent; empty for anonymous access.
    """

    token: Secret


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A request took a slot: answer it with `respond`, `fail` or `refuse`.

    Attributes:
        stream_id: Names the request in those calls. It is not the client's id.
        service: Service name; empty if the client sent none.
        flow: Flow id, or None for a global service.
        workspace: Workspace of the envelope, or None.
        body: The inner request, any JSON value, undecoded.
    """

    stream_id: int
    service: str
    flow: str | None
    workspace: str | None
    body: Payload


@dataclass(frozen=True, slots=True)
class MalformedMessage:
    """A client sent something unusable, and was told so.

    Attributes:
        reason: What was wrong with it; never its content.
    """

    reason: str


ServerEvent: TypeAlias = AuthenticationReceived | RequestReceived | MalformedMessage | ConnectionClosed


@dataclass(frozen=True, slots=True)
class ItemsConfirmed:
    """The peer has handled everything up to here.

    Attributes:
        items: Items confirmed since the session began.
    """

    items: int


@dataclass(frozen=True, slots=True)
class SendingEnded:
    """No item will be sent or confirmed any more. `ConnectionClosed` follows.

    Attributes:
        confirmed: Items the peer has certainly handled.
        unconfirmed: Items that were sent, of which nothing is known.
        complete: Whether the session was finished as its owner wanted. A close that the owner did not
            ask for is a failure, whatever its code.
    """

    confirmed: int
    unconfirmed: int
    complete: bool


SenderEvent: TypeAlias = ItemsConfirmed | SendingEnded | ConnectionClosed


@dataclass(frozen=True, slots=True)
class FramesReadable:
    """Frames have arrived: call `take`. Not repeated until they were taken."""


ReceiverEvent: TypeAlias = FramesReadable | ConnectionClosed


@dataclass(frozen=True, slots=True)
class SendPing:
    """The carrier shall send a ping and report its pong with `receive_pong`.

    Attributes:
        payload: At most 125 bytes.
    """

    payload: bytes


@dataclass(frozen=True, slots=True)
class CloseCarrier:
    """The carrier shall close the connection, and report the end with `carrier_closed`.

    Attributes:
        code: WebSocket close code.
        reason: Text beside it.
        failure: Whether the peer broke the protocol; then its close frame need not be awaited.
    """

    code: int = 1000
    reason: str = ""
    failure: bool = False


Output: TypeAlias = bytes | SendPing | CloseCarrier
"""What a carrier has to do next: `bytes` is one whole text message to send."""
