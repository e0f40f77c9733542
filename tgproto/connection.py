"""A link and a session: what a driver runs. Bytes in, bytes out, one deadline; either role.

A driver's whole duty: hand in what it reads, write `data_to_send`, call `handle_timeout` at
`next_deadline`, read only while `wants_read`, drain the session's events, and close the transport
after the last byte once `closed`.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from tgproto.link.events import BinaryMessage, Closed, LinkEvent, Opened, Pong
from tgproto.link.websocket import WebSocketLink
from tgproto.session.base import Session
from tgproto.session.events import CloseCarrier, SendPing
from tgproto.timers import earlier

SessionT = TypeVar("SessionT", bound="Session[Any]")


class Connection(Generic[SessionT]):
    """Carries a session over a WebSocket link.

    A client makes both and calls `link.connect`. A server lets a link receive the upgrade request,
    chooses the session by its target, wraps both, and calls `link.accept`.

    Args:
        link: The WebSocket.
        session: The conversation on it.

    Attributes:
        link: The WebSocket; its `connect`, `accept` and `reject` are the owner's to call.
        session: The conversation; its intents and events are the owner's to use.
    """

    def __init__(self, link: WebSocketLink, session: SessionT) -> None:
        self.link = link
        self.session: SessionT = session

    @property
    def closed(self) -> bool:
        """Whether it is over: write what `data_to_send` still has, then close the transport."""
        return self.link.closed

    @property
    def wants_read(self) -> bool:
        """Whether the driver shall read from the transport."""
        return not self.link.closed and self.session.wants_read

    @property
    def stirs(self) -> bool:
        """Whether the driver may have something to do: to write, to pause reading, or to close."""
        link, session = self.link, self.session
        return session.has_output or link.has_output or link.closed or not session.wants_read

    # --- inputs -------------------------------------------------------------------------------

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes that were read. Never raises on their content.

        Args:
            data: At least one byte.
            now: Current time in seconds.
        """
        if self.session.has_output:
            self._pass_down(now)  # once the session closes, no ping may be answered for what it ignores
        self.link.receive_data(data, now=now)
        self._pass_up(now)

    def receive_eof(self, *, now: float) -> None:
        """The peer will send no more bytes."""
        self.link.receive_eof(now=now)
        self._pass_up(now)

    def data_lost(self, detail: str, *, now: float) -> None:
        """The transport failed, or was given up.

        Args:
            detail: What happened, for a person, for instance "connection reset by peer".
            now: Current time in seconds.
        """
        self.link.data_lost(detail, now=now)
        self._pass_up(now)

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        link, session = self.link.next_deadline(), self.session.next_deadline()
        return session if link is None else earlier(link, session)

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        self.link.handle_timeout(now=now)
        self._pass_up(now)
        self.session.handle_timeout(now=now)
        if self.session.closed and not self.link.closed:
            self.data_lost("the closing handshake took too long", now=now)

    # --- outputs ------------------------------------------------------------------------------

    def data_to_send(self, *, now: float) -> bytes:
        """Return everything there is to write, in order; empty if there is nothing."""
        self._pass_down(now)
        self._pass_up(now)
        return self.link.data_to_send()

    # --- inside -------------------------------------------------------------------------------

    def _pass_down(self, now: float) -> None:
        session = self.session
        texts: list[bytes] = []  # neighbours, which the link takes together
        while session.has_output and (output := session.next_output()) is not None:
            if isinstance(output, bytes):
                texts.append(output)
                continue
            if texts:
                self.link.send_texts(texts)
                texts = []
            self._send(output, now)
        if texts:
            self.link.send_texts(texts)

    def _send(self, output: SendPing | CloseCarrier, now: float) -> None:
        if isinstance(output, SendPing):
            self.link.send_ping(output.payload)
        elif output.failure:
            self.link.fail(output.code, output.reason, now=now)
        else:
            self.link.close(output.code, output.reason, now=now)

    def _pass_up(self, now: float) -> None:
        inbox = self.link.inbox
        while inbox.texts or inbox.older:
            if messages := inbox.take_messages():
                self.session.receive_messages(messages, now=now)
            else:
                event = inbox.next_event()
                assert event is not None  # the inbox is not empty
                self._pass_event(event, now)

    def _pass_event(self, event: LinkEvent, now: float) -> None:
        match event:
            case Opened():
                self.session.carrier_opened(now=now)
            case BinaryMessage(data=data):
                self.session.receive_message(data, now=now)
            case Pong(payload=payload):
                self.session.receive_pong(payload, now=now)
            case Closed(cause=cause):
                self.session.carrier_closed(cause, now=now)
            case _:
                # An upgrade request: the owner has not taken it from the link, so nobody will.
                self.link.reject(503, now=now)
