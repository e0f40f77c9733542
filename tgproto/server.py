"""One client's connection to an embedded gateway or service: plain requests, or a socket. Bytes only.

A driver's whole duty: hand in what it reads, call `pull` and write `data_to_send` after each of these
calls, call `handle_timeout` at `next_deadline`, read only while `wants_read`, and close the transport after
the last byte once `closed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from tgproto.connection import Connection
from tgproto.gateway.base import MAX_MESSAGE_BYTES, AnyGateway
from tgproto.gateway.bulk import BulkHost, BulkSocket
from tgproto.gateway.callers import Caller
from tgproto.gateway.host import Host
from tgproto.gateway.messages import MAX_BODY_BYTES
from tgproto.gateway.rest import Rest
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import UpgradeRequested
from tgproto.link.http_server import HttpServerLink
from tgproto.link.http_types import BodyData, BodyEnd, HttpConfig, RequestHead, UpgradeReceived
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.serving.messages import Cut, Pause, Piece, WebAnswer, WebRequest
from tgproto.serving.service import Replies, Responder, Service
from tgproto.session.receiver import BulkReceiver
from tgproto.session.sender import BulkSender
from tgproto.session.server import ServerSession

# How long a body may be is judged here, where the answer is known; how long a service may take, by `Rest`.
_HTTP = HttpConfig(max_message_bytes=2**62, answer_timeout=None)
_WEBSOCKET = WebSocketConfig(max_message_bytes=MAX_MESSAGE_BYTES)


class ServerConnection:
    """One client's connection to what is served.

    It begins as HTTP/1.1, with any number of requests one after the other, and becomes the multiplexed
    socket or a bulk socket if the client of a gateway asks for that.

    Args:
        served: What answers.
        entropy: Returns so many unpredictable bytes.
        max_message_bytes: Longest body of a plain request.
    """

    def __init__(
        self,
        served: AnyGateway | Service,
        *,
        entropy: Callable[[int], bytes],
        max_message_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._gateway = served if isinstance(served, AnyGateway) else None
        self._entropy = entropy
        responder = Rest(served) if isinstance(served, AnyGateway) else Replies(served)
        self._plain = _Plain(responder, max_message_bytes, upgrades=self._gateway is not None)
        self._stage: _Plain | _Upgraded = self._plain
        self._before = b""  # what is to be sent before what the stage says
        self._crowded = False  # what was written is not read

    @property
    def closed(self) -> bool:
        """Whether it is over: write what `data_to_send` still has, then close the transport."""
        return self._stage.closed

    @property
    def reset(self) -> bool:
        """Once `closed`: whether to reset the transport, and not close it in good order."""
        return self._plain.reset

    @property
    def wants_read(self) -> bool:
        """Whether to read from the transport. Who does not read answers is not to cause more of them."""
        return not self._crowded and self._stage.wants_read

    def start(self, *, now: float) -> None:
        """Begin to wait for the first request.

        Args:
            now: Current time in seconds.
        """
        self._plain.start(now=now)

    def close(self, *, now: float) -> None:
        """Begin to end the connection; requests under way are forgotten. Idempotent."""
        self._stage.close(now=now)

    # --- inputs -------------------------------------------------------------------------------

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes that were read. Never raises on their content.

        Args:
            data: At least one byte.
            now: Current time in seconds.

        Raises:
            LocalProtocolError: `wants_read` is False, and a plain request waits for its turn.
        """
        self._stage.receive_data(data, now=now)
        self._switch(now)

    def receive_eof(self, *, now: float) -> None:
        """The client will send no more bytes."""
        self._stage.receive_eof(now=now)

    def data_lost(self, detail: str, *, now: float) -> None:
        """The transport failed, or was given up.

        Args:
            detail: What happened, for a person.
            now: Current time in seconds.
        """
        self._stage.data_lost(detail, now=now)

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout` and `pull`, in the seconds of `now`; None for never.

        It is in the past if the last `pull` ran out of the room that it had. What waits for room does not
        count while there is none.
        """
        work = None if self._crowded else self._stage.next_work()
        return min((due for due in (work, self._stage.next_timeout()) if due is not None), default=None)

    def handle_timeout(self, *, now: float) -> None:
        """Act on the timeouts that have passed, if any."""
        self._stage.handle_timeout(now=now)

    # --- outputs ------------------------------------------------------------------------------

    def pull(self, *, now: float, room: int) -> None:
        """Produce what is due.

        Args:
            now: Current time in seconds.
            room: Bytes for which there is room; what is produced last may be longer. 0 produces nothing.
        """
        self._crowded = room <= 0
        self._stage.pull(now=now, room=room)
        self._switch(now)

    def data_to_send(self, *, now: float) -> bytes:
        """Return everything there is to write, in order; empty if there is nothing."""
        data = self._before + self._stage.data_to_send(now=now)
        self._before = b""
        return data

    def _switch(self, now: float) -> None:
        upgrade = self._plain.take_upgrade()
        if upgrade and self._gateway:
            self._before = self._plain.data_to_send(now=now)
            self._stage = _Upgraded(self._gateway, self._entropy, upgrade, now)


class _Plain:
    """The connection while it carries plain requests."""

    def __init__(self, responder: Responder, max_message_bytes: int, *, upgrades: bool) -> None:
        self._link = HttpServerLink(_HTTP, upgrades=upgrades)
        self._responder = responder
        self._max_message_bytes = max_message_bytes
        self._head = RequestHead("", "", ())
        self._body: list[bytes] = []
        self._room = 0  # bytes that the body may still have
        self._pieces: Iterator[Piece] | None = None  # of the answer that has begun
        self._due = 0.0  # when the next of them is
        self._upgrade = b""
        self.reset = False

    @property
    def closed(self) -> bool:
        return self._link.closed

    @property
    def wants_read(self) -> bool:
        return self._link.wants_read

    def start(self, *, now: float) -> None:
        self._link.start(now=now)

    def close(self, *, now: float) -> None:
        self._link.close(now=now)
        self._take_events(now)

    def receive_data(self, data: bytes, *, now: float) -> None:
        self._link.receive_data(data, now=now)
        self._take_events(now)

    def receive_eof(self, *, now: float) -> None:
        self._link.receive_eof(now=now)
        self._take_events(now)

    def data_lost(self, detail: str, *, now: float) -> None:
        self._link.data_lost(detail, now=now)
        self._take_events(now)

    def next_timeout(self) -> float | None:
        return self._link.next_deadline()

    def next_work(self) -> float | None:
        due = self._responder.next_deadline() if self._pieces is None else self._due
        return None if due == math.inf else due

    def handle_timeout(self, *, now: float) -> None:
        self._link.handle_timeout(now=now)
        self._take_events(now)

    def pull(self, *, now: float, room: int) -> None:
        reply = self._responder.pull(now=now, room=room) if self._pieces is None else None
        match reply:
            case None:
                pass
            case Cut(reset=reset):
                self._cut(reset, now)
            case WebAnswer(pieces=None):
                self._link.respond(reply.status, reply.headers, reply.body, now=now)
            case _:
                self._link.start_response(reply.status, reply.headers, now=now)
                self._pieces, self._due = reply.pieces, now
        if self._pieces is not None:
            self._send_pieces(self._pieces, now, room)
        self._take_events(now)  # it may have read the next request

    def _send_pieces(self, pieces: Iterator[Piece], now: float, room: int) -> None:
        """Send as much of an answer as is due, and as there is room for."""
        while room > 0 and self._due <= now:
            room -= 1  # so that there is an end to steps that send nothing
            match next(pieces, None):
                case None:
                    self._pieces = None
                    self._link.end_response(now=now)
                    return
                case Cut(reset=reset):
                    self._cut(reset, now)
                    return
                case Pause(seconds):
                    self._due = now + seconds
                case data:
                    self._link.send_body(data, now=now)
                    room -= len(data)

    def _cut(self, reset: bool, now: float) -> None:
        self.reset = reset
        self._link.close(now=now)

    def data_to_send(self, *, now: float) -> bytes:  # noqa: ARG002
        return self._link.data_to_send()

    def take_upgrade(self) -> bytes:
        """Return what came since the client asked for a WebSocket, once; empty if it did not."""
        upgrade, self._upgrade = self._upgrade, b""
        return upgrade

    def _take_events(self, now: float) -> None:
        while (event := self._link.next_event()) is not None:
            match event:
                case RequestHead():
                    self._head = event
                    self._room = self._max_message_bytes
                case BodyData(data=data):
                    self._take_body(data, now)
                case BodyEnd():
                    self._ask(b"".join(self._body), now)
                case UpgradeReceived(data=data):
                    self._upgrade = data
                case _:
                    self._responder.forget()
                    self._pieces = None

    def _take_body(self, data: bytes, now: float) -> None:
        """Keep a part of the body, unless the whole is too long, which is said at once."""
        if self._room >= 0:
            self._body.append(data)
            self._room -= len(data)
            if self._room < 0:
                self._ask(None, now)

    def _ask(self, body: bytes | None, now: float) -> None:
        if body is None or self._room >= 0:  # else it was asked before
            self._body.clear()
            request = WebRequest(self._head.method, self._head.target, self._head.headers, body)
            self._responder.receive(request, now=now)


class _Upgraded:
    """The connection once it is to carry a socket."""

    def __init__(self, gateway: AnyGateway, entropy: Callable[[int], bytes], data: bytes, now: float) -> None:
        link = WebSocketLink(Role.SERVER, _WEBSOCKET, entropy=entropy)
        link.await_upgrade(now=now)
        link.receive_data(data, now=now)
        request = link.next_event()
        admitted: Caller | BulkSocket | None = None
        if isinstance(request, UpgradeRequested):  # else the link has refused it
            match gateway.admit(request.target):
                case WebAnswer() as refusal:
                    link.reject(refusal.status, now=now, headers=refusal.headers, body=refusal.body)
                case admitted:
                    link.accept(now=now)
        self._host: Host | BulkHost
        if isinstance(admitted, BulkSocket):
            self._host = gateway.bulk_host(admitted)
        else:
            self._host = Host(gateway, admitted)
        self._connection: Connection[ServerSession | BulkReceiver | BulkSender]
        self._connection = Connection(link, self._host.session)
        self._head = self._connection.data_to_send(now=now)

    @property
    def closed(self) -> bool:
        return self._connection.closed

    @property
    def wants_read(self) -> bool:
        return self._connection.wants_read

    def close(self, *, now: float) -> None:
        self._host.session.close(now=now, code=1001, reason="the gateway stops")
        self._host.pull(now=now, room=0)

    def receive_data(self, data: bytes, *, now: float) -> None:
        self._connection.receive_data(data, now=now)

    def receive_eof(self, *, now: float) -> None:
        self._connection.receive_eof(now=now)

    def data_lost(self, detail: str, *, now: float) -> None:
        self._connection.data_lost(detail, now=now)
        self._host.pull(now=now, room=0)

    def next_timeout(self) -> float | None:
        return self._connection.next_deadline()

    def next_work(self) -> float | None:
        return self._host.next_deadline()

    def handle_timeout(self, *, now: float) -> None:
        self._connection.handle_timeout(now=now)

    def pull(self, *, now: float, room: int) -> None:
        host = self._host
        host.pull(now=now, room=room)
        if isinstance(host, BulkHost) and host.broken and not host.session.over:
            self._connection.data_to_send(now=now)  # its pongs would vouch for what is lost
            host.session.close(now=now)

    def data_to_send(self, *, now: float) -> bytes:
        head, self._head = self._head, b""
        return head + self._connection.data_to_send(now=now)
