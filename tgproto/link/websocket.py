"""One WebSocket connection, either side of it, from the HTTP upgrade to the last byte.

Bytes and the time go in; messages, pongs, the end, and bytes to send come out. wsproto knows the
protocol; this adds what it leaves to its user: answers to pings and close frames, whole messages,
limits, timeouts, and one end that comes exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wsproto.connection import Connection
from wsproto.events import CloseConnection, Event, Ping, TextMessage

from tgproto.closing import CloseCause, CloseFrame, CloseKind, RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.assembly import Reactions
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import Closed, LinkEvent, Opened
from tgproto.link.frames import FrameReader, is_utf8
from tgproto.link.handshake import (
    ClientHandshake,
    ClientOutcome,
    Refusal,
    Requested,
    ServerHandshake,
    ServerOutcome,
    Upgraded,
)
from tgproto.link.inbox import Inbox
from tgproto.link.outbox import Outbox
from tgproto.link.tables import ENDINGS, TIMED, LinkInput, LinkState, advance
from tgproto.link.upgrade import UpgradeRequest
from tgproto.role import Role
from tgproto.secrets import redact_url

_DEFAULTS = WebSocketConfig()
_OPEN = LinkState.OPEN
_MAX_CONTROL_PAYLOAD = 125
_MAX_REASON = _MAX_CONTROL_PAYLOAD - 2


class WebSocketLink:
    """One WebSocket. Nothing here raises on what the peer sends.

    The owner writes `data_to_send` to the transport, hands in what it reads, takes the messages and
    events, and calls `handle_timeout` at `next_deadline`. Once `closed`, it writes what is left and closes
    the transport. Not thread-safe; no method blocks.

    Args:
        role: The side to play.
        config: Limits and timeouts.
        entropy: Returns as many unpredictable bytes as asked for. A client's mask keys come from it, in
            blocks of 4 KiB; a server does not call it.

    Attributes:
        inbox: What `take_messages` and `next_event` take from; it shows cheaply whether there is anything.
    """

    __slots__ = (
        "_cause",
        "_compressed",
        "_config",
        "_connection",
        "_deadline",
        "_handshake",
        "_outbox",
        "_reader",
        "_received",
        "_refusal",
        "_role",
        "_sent",
        "_state",
        "inbox",
    )

    def __init__(
        self, role: Role, config: WebSocketConfig = _DEFAULTS, *, entropy: Callable[[int], bytes]
    ) -> None:
        self._role = role
        self._config = config
        self._handshake = ClientHandshake(config) if role is Role.CLIENT else ServerHandshake(config)
        self.inbox = Inbox()
        self._outbox = Outbox(role, entropy)
        self._state = LinkState.IDLE
        self._deadline: float | None = None
        self._connection: Connection | None = None
        self._reader: FrameReader | None = None
        self._compressed = False
        self._refusal: Refusal | None = None
        self._sent: CloseFrame | None = None
        self._received: CloseFrame | None = None
        self._cause: CloseCause | None = None

    @property
    def state(self) -> LinkState:
        """Where the connection stands."""
        return self._state

    @property
    def closed(self) -> bool:
        """Whether the connection is over. Bytes that are still to be sent may be sent."""
        return self._cause is not None

    @property
    def close_cause(self) -> CloseCause | None:
        """Why the connection ended, or None while it lives."""
        return self._cause

    @property
    def outbound_bytes(self) -> int:
        """How many bytes `data_to_send` would return."""
        return self._outbox.size

    # Opening

    def connect(self, request: UpgradeRequest, *, now: float) -> None:
        """Client: queue the request for the upgrade. `Opened` or `Closed` follows within `open_timeout`.

        Args:
            request: What to ask for.
            now: The time in seconds.

        Raises:
            LocalProtocolError: The link plays the server, or was started before.
        """
        handshake = self._handshake
        if not isinstance(handshake, ClientHandshake):
            raise LocalProtocolError("only a client connects")
        self._state = advance(self._state, LinkInput.CONNECT)
        self._arm(now)
        self._outbox.put(handshake.request(request))

    def await_upgrade(self, *, now: float) -> None:
        """Server: wait for a client's request, for `open_timeout` at most.

        Args:
            now: The time in seconds.

        Raises:
            LocalProtocolError: The link plays the client, or was started before.
        """
        self._server()
        self._state = advance(self._state, LinkInput.AWAIT_UPGRADE)
        self._arm(now)

    def accept(self, *, now: float, headers: Sequence[tuple[str, str]] = ()) -> None:  # noqa: ARG002
        """Server: grant the upgrade that `UpgradeRequested` reported.

        Args:
            now: The time in seconds.
            headers: Further fields for the answer.

        Raises:
            LocalProtocolError: There is no request to answer, or a header field cannot be sent.
        """
        handshake = self._server()
        advance(self._state, LinkInput.ACCEPT)
        answer, upgraded = handshake.accept(headers)
        self._outbox.put(answer)
        self._open(LinkInput.ACCEPT, upgraded)

    def reject(
        self,
        status: int,
        *,
        now: float,  # noqa: ARG002
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> None:
        """Server: refuse the upgrade that `UpgradeRequested` reported, and end.

        Args:
            status: HTTP status code from 300 to 599, except 304.
            now: The time in seconds.
            headers: Further fields for the answer.
            body: Body of the answer.

        Raises:
            LocalProtocolError: There is no request to answer, the status is none for a refusal, or a header
                field cannot be sent.
        """
        handshake = self._server()
        advance(self._state, LinkInput.REJECT)
        self._outbox.put(handshake.reject(status, headers, body))
        refused = RefusedUpgrade(status)
        self._finish(LinkInput.REJECT, CloseKind.REJECTED, f"by this side, HTTP status {status}", refused)

    # Sending

    def send_text(self, data: bytes | str) -> None:
        """Queue a text message.

        Args:
            data: The message; bytes are UTF-8.

        Raises:
            LocalProtocolError: The connection is not open, or `data` is not text that UTF-8 can carry.
        """
        self.send_texts((data.encode(errors="surrogatepass") if isinstance(data, str) else data,))

    def send_texts(self, messages: Sequence[bytes]) -> None:
        """Queue text messages, in order. Many small ones cost far less together than one by one.

        Args:
            messages: The messages in UTF-8.

        Raises:
            LocalProtocolError: The connection is not open, or a message is not UTF-8; none is queued then.
        """
        if self._state is not _OPEN:
            advance(self._state, LinkInput.SEND)
        for message in messages:
            if not message.isascii() and not is_utf8(message):
                raise LocalProtocolError("a text message must be valid UTF-8, without lone surrogates")
        if self._compressed:
            for message in messages:
                self._send(TextMessage(message.decode()))
        else:
            self._outbox.put_texts(messages)

    def send_ping(self, payload: bytes = b"") -> None:
        """Queue a ping; a `Pong` with the same payload answers it.

        Args:
            payload: At most 125 bytes.

        Raises:
            LocalProtocolError: The connection is not open, or the payload is too long.
        """
        advance(self._state, LinkInput.SEND)
        if len(payload) > _MAX_CONTROL_PAYLOAD:
            raise LocalProtocolError(f"a ping carries at most 125 bytes, not {len(payload)}")
        self._send(Ping(payload))

    def close(self, code: int = 1000, reason: str = "", *, now: float) -> None:
        """End the connection: by a closing handshake if it is open, at once if it is not yet.

        Calling it again, or on a closed connection, does nothing. Messages that were under way are still
        delivered, up to the peer's close frame, for `close_timeout` at most.

        Args:
            code: Close code: 1000 to 1003, 1007 to 1013, or 3000 to 4999.
            reason: Text for the peer; cut to 123 bytes of UTF-8.
            now: The time in seconds.

        Raises:
            LocalProtocolError: The code is none that may be sent.
        """
        _check_code(code)
        if self._state is _OPEN:
            self._send_close(code, reason)
            self._state = advance(self._state, LinkInput.CLOSE)
            self._arm(now)
        else:
            self._end(LinkInput.CLOSE)

    def fail(self, code: int, detail: str, *, now: float) -> None:  # noqa: ARG002
        """End the connection because the peer broke the rules of the layer above.

        If the connection is open, a close frame is sent; the peer's is not waited for.

        Args:
            code: Close code: 1000 to 1003, 1007 to 1013, or 3000 to 4999.
            detail: What is wrong, in one clause without secrets; also the reason in the close frame.
            now: The time in seconds.

        Raises:
            LocalProtocolError: The code is none that may be sent.
        """
        _check_code(code)
        if not self.closed:
            self._break(LinkInput.FAIL, code, detail)

    @property
    def has_output(self) -> bool:
        """Whether `data_to_send` has something."""
        return self._outbox.size > 0

    def data_to_send(self) -> bytes:
        """Take all bytes that are to be written, in order; empty if there are none."""
        return self._outbox.take()

    # Receiving

    def receive_data(self, data: bytes | bytearray | memoryview, *, now: float) -> None:  # noqa: ARG002
        """Take bytes from the peer, cut anywhere. Once the connection is over they are ignored.

        Args:
            data: The bytes.
            now: The time in seconds.

        Raises:
            LocalProtocolError: The link was not started by `connect` or `await_upgrade`.
        """
        if type(data) is not bytes:
            data = bytes(data)
        if self._reader is not None:
            self._reader.feed(data)
            return
        advance(self._state, LinkInput.DATA)
        if self._refusal is not None:
            self._read_refusal(self._refusal, data)
        elif not self.closed:
            self._proceed(self._handshake.feed(data))

    def receive_eof(self, *, now: float) -> None:  # noqa: ARG002
        """Take note that the peer will send nothing more.

        Args:
            now: The time in seconds.
        """
        self._end(LinkInput.GONE)

    def data_lost(self, detail: str, *, now: float) -> None:  # noqa: ARG002
        """Take note that the transport failed while reading or writing; nothing can be sent any more.

        Args:
            detail: What the operating system said, for a person.
            now: The time in seconds.
        """
        self._outbox.take()
        self._end(LinkInput.GONE, detail)

    def take_messages(self) -> list[bytes]:
        """Take all text messages before the next other event, as UTF-8; the list is the caller's."""
        return self.inbox.take_messages()

    def next_event(self) -> LinkEvent | None:
        """Take the next message or event, or None if there is none now."""
        return self.inbox.next_event()

    # Time

    def next_deadline(self) -> float | None:
        """Return when `handle_timeout` wants to be called, in seconds, or None."""
        return self._deadline

    def handle_timeout(self, *, now: float) -> None:
        """End the connection if its deadline has passed.

        Args:
            now: The time in seconds; a call before the deadline is harmless.
        """
        if self._deadline is not None and now >= self._deadline:
            self._end(LinkInput.DEADLINE)

    def _arm(self, now: float) -> None:
        seconds: float = getattr(self._config, TIMED[self._state])
        self._deadline = now + seconds

    # The handshake's outcomes

    def _server(self) -> ServerHandshake:
        if isinstance(self._handshake, ServerHandshake):
            return self._handshake
        raise LocalProtocolError("only a server awaits and answers an upgrade")

    def _proceed(self, outcome: ClientOutcome | ServerOutcome | None) -> None:
        if isinstance(outcome, Upgraded):
            self._open(LinkInput.UPGRADED, outcome)
        elif isinstance(outcome, Requested):
            self._state = advance(self._state, LinkInput.REQUEST)
            self.inbox.put(outcome.event)
            self._proceed(self._handshake.feed(outcome.rest))
        elif isinstance(outcome, Refusal):
            self._state = advance(self._state, LinkInput.REFUSAL)
            self._refusal = outcome
            self._read_refusal(outcome, outcome.rest)
        elif outcome is not None:
            self._outbox.put(outcome.answer)
            self._finish(LinkInput.BROKEN, CloseKind.PROTOCOL, outcome.detail)

    def _open(self, what: LinkInput, upgraded: Upgraded) -> None:
        self._state = advance(self._state, what)
        self._deadline = None
        self._connection = upgraded.connection
        self._compressed = upgraded.compressed
        self.inbox.put(Opened(upgraded.headers))
        self._reader = FrameReader(
            upgraded.connection,
            self._role,
            compressed=upgraded.compressed,
            max_message_bytes=self._config.max_message_bytes,
            inbox=self.inbox,
            reactions=Reactions(self._pinged, self._peer_closed, self._peer_broke),
        )
        self._reader.feed(upgraded.rest)

    def _read_refusal(self, refusal: Refusal, data: bytes) -> None:
        if refusal.feed(data):
            self._end(LinkInput.REFUSAL_READ)

    # What frames that are no messages lead to

    def _pinged(self, ping: Ping) -> None:
        if self._state is _OPEN:  # after our close frame nothing may follow
            self._outbox.put_pong(self._frame(ping.response()))

    def _peer_closed(self, frame: CloseConnection) -> None:
        self._received = CloseFrame(int(frame.code), frame.reason or "")
        if self._state is _OPEN:
            self._send(frame.response())
            self._sent = self._received
            self._finish(LinkInput.CLOSE_FRAME, CloseKind.REMOTE, _said(self._received))
        else:
            self._finish(LinkInput.CLOSE_FRAME, CloseKind.LOCAL, "")

    def _peer_broke(self, code: int, detail: str) -> None:
        self._break(LinkInput.BROKEN, code, detail)

    def _send(self, event: Event) -> None:
        self._outbox.put(self._frame(event))

    def _frame(self, event: Event) -> bytes:
        assert self._connection is not None
        return self._connection.send(event)

    def _send_close(self, code: int, reason: str) -> None:
        reason = reason.encode(errors="replace")[:_MAX_REASON].decode(errors="ignore")
        self._send(CloseConnection(code, reason))
        self._sent = CloseFrame(code, reason)

    # The end

    def _break(self, what: LinkInput, code: int, detail: str) -> None:
        if self._state is _OPEN:
            self._send_close(code, detail)
        self._finish(what, CloseKind.PROTOCOL, detail)

    def _end(self, what: LinkInput, detail: str = "") -> None:
        """End as the table says; nothing happens in a state that has no such end."""
        ending = ENDINGS.get((self._state, what))
        if ending is None:
            return
        if self._refusal is not None:
            refused = self._refusal.response()
            self._finish(what, ending.kind, f"HTTP status {refused.status}", refused)
        else:
            self._finish(what, ending.kind, f"{ending.detail}: {detail}" if detail else ending.detail)

    def _finish(
        self, what: LinkInput, kind: CloseKind, detail: str, refused: RefusedUpgrade | None = None
    ) -> None:
        self._state = advance(self._state, what)
        self._deadline = None
        self._reader = None
        self._refusal = None
        self._cause = CloseCause(kind, detail, self._sent, self._received, refused)
        self.inbox.put(Closed(self._cause))


def _check_code(code: int) -> None:
    """RFC 6455, section 7.4: 1004 to 1006 and 1015 are never sent, other gaps are not assigned."""
    if not (1000 <= code <= 1003 or 1007 <= code <= 1013 or 3000 <= code <= 4999):
        raise LocalProtocolError(f"a close frame cannot carry code {code}")


def _said(frame: CloseFrame) -> str:
    reason = f": {redact_url(frame.reason)}" if frame.reason and frame.reason.isprintable() else ""
    return f"code {frame.code}{reason}"
