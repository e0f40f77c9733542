"""wsproto's side of the frames: it judges them, and this puts its fragments together to messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wsproto.connection import Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.events import Pong as PongFrame
from wsproto.frame_protocol import CloseReason

from tgproto.link.events import BinaryMessage, Pong
from tgproto.link.inbox import Inbox
from tgproto.link.pieces import Pieces

MESSAGE_TOO_BIG = int(CloseReason.MESSAGE_TOO_BIG)
INVALID_PAYLOAD = int(CloseReason.INVALID_FRAME_PAYLOAD_DATA)

BAD_PAYLOAD = "the peer sent text that is not UTF-8, or compressed data that is not valid"

_NO_CLOSE_FRAME = (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING)


class Reactions(NamedTuple):
    """What the owner of the frames does about those that are no messages.

    Attributes:
        ping: Called with each ping.
        close: Called with the peer's close frame; nothing is called afterwards.
        broken: Called with the close code and the detail of a protocol error; nothing is called
            afterwards.
    """

    ping: Callable[[Ping], None]
    close: Callable[[CloseConnection], None]
    broken: Callable[[int, str], None]


class Assembler:
    """Gives bytes to wsproto and sorts what comes out of it.

    Args:
        connection: wsproto's machine, past the handshake.
        max_message_bytes: Longest message.
        inbox: Where messages and pongs go.
        reactions: Where everything else goes.

    Attributes:
        assembling: Whether the first fragment of a message has come and the last has not.
        ended: Whether a close frame or a protocol error has ended the input.
    """

    __slots__ = ("_connection", "_inbox", "_limit", "_pieces", "_reactions", "assembling", "ended")

    def __init__(
        self, connection: Connection, max_message_bytes: int, inbox: Inbox, reactions: Reactions
    ) -> None:
        self._connection = connection
        self._limit = max_message_bytes
        self._inbox = inbox
        self._reactions = reactions
        self._pieces = Pieces()
        self.assembling = False
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Take bytes of one frame, at any point of it."""
        connection = self._connection
        connection.receive_data(data)
        for event in connection.events():
            if isinstance(event, (TextMessage, BytesMessage)):
                self._message(event)
            elif isinstance(event, PongFrame):
                self._inbox.put(Pong(bytes(event.payload)))
            elif isinstance(event, Ping):
                self._reactions.ping(event)
            else:
                assert isinstance(event, CloseConnection)
                self._close(event)

    def fail(self, code: int, detail: str) -> None:
        """End the input because of a protocol error."""
        self.ended = True
        self._reactions.broken(code, detail)

    def too_big(self) -> None:
        """End the input because a message is longer than allowed."""
        self.fail(MESSAGE_TOO_BIG, f"a message is longer than max_message_bytes ({self._limit} bytes)")

    def _message(self, event: TextMessage | BytesMessage) -> None:
        pieces = self._pieces
        pieces.add(event.data.encode() if isinstance(event, TextMessage) else bytes(event.data))
        if pieces.size > self._limit:  # compressed: the length was not known beforehand
            self.too_big()
        elif not event.message_finished:
            self.assembling = True
        else:
            self.assembling = False
            payload = pieces.take()
            if isinstance(event, TextMessage):
                self._inbox.texts.append(payload)
            else:
                self._inbox.put(BinaryMessage(payload))

    def _close(self, event: CloseConnection) -> None:
        """Tell the peer's close frame from an error of wsproto's making, which looks the same."""
        if self._connection.state in _NO_CLOSE_FRAME:
            self.fail(int(event.code), BAD_PAYLOAD if event.code == INVALID_PAYLOAD else event.reason or "")
        else:
            self.ended = True
            self._reactions.close(event)
