"""The server's side of one HTTP/1.1 connection: requests one after the other, each answered in turn."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import h11

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.http_base import BODILESS_STATUS, HttpEndpoint, body_reader, head_fault, plain_headers
from tgproto.link.http_framing import BodyReader, Fault, HeadReader, LengthBody, Piece
from tgproto.link.http_types import (
    DEFAULT_HTTP,
    BodyData,
    BodyEnd,
    HttpConfig,
    RequestHead,
    UpgradeReceived,
    check_headers,
)
from tgproto.secrets import redact_url

REQUEST_OPENING = bytes(range(0x21, 0x7F))
"""What a request head begins with: a visible character, of its method."""

_ANSWER_MANAGED = frozenset({"content-length", "transfer-encoding"})


class _Phase(enum.Enum):
    IDLE = "between two requests"
    HEAD = "in the middle of a request head"
    BODY = "in the middle of the request"
    ANSWER = "before the answer was complete"


@dataclass(frozen=True, slots=True)
class _Limit:
    """How long a phase may last.

    Attributes:
        option: The option with the limit in seconds.
        status: The status that answers a request which hits it; None for no answer.
        detail: What then went wrong.
    """

    option: str
    status: int | None
    detail: str


_LIMITS = {
    _Phase.IDLE: _Limit("idle_timeout", None, "no request came"),
    _Phase.HEAD: _Limit("head_timeout", 408, "the request head stayed incomplete"),
    _Phase.BODY: _Limit("head_timeout", 408, "the request body made no progress"),
    _Phase.ANSWER: _Limit("answer_timeout", 503, "the application did not answer"),
}


@dataclass(slots=True)
class _Exchange:
    """One request and the answer to it.

    Attributes:
        request: The head.
        http: h11's view of the exchange; of the request it sees the head only.
        body: Reads the request body.
        last: Whether the connection ends with this answer, whatever the two sides say.
        answered: Whether the head of the answer was sent.
        bodiless: Whether the status of the answer allows no body.
    """

    request: RequestHead
    http: h11.Connection
    body: BodyReader
    last: bool
    answered: bool = False
    bodiless: bool = False


class HttpServerLink(HttpEndpoint[RequestHead | BodyData | BodyEnd | UpgradeReceived]):
    """One connection from a client. A request yields RequestHead, any BodyData, BodyEnd.

    The next request is not read before the answer is complete. What is wrong with a request is answered
    here, with 400, 408, 413, 431 or 501, unless the application's answer has begun; then the connection
    ends. An answer that begins before the request is complete is the last on its connection.

    Args:
        config: The limits.
        upgrades: Whether a WebSocket may be asked for. If not, such a request is one like any other.
    """

    def __init__(self, config: HttpConfig = DEFAULT_HTTP, *, upgrades: bool = True) -> None:
        super().__init__()
        self._config = config
        self._upgrades = upgrades
        self._phase = _Phase.IDLE
        self._head = HeadReader(config.max_head_bytes, REQUEST_OPENING)
        self._exchange: _Exchange | None = None
        self._unread = b""  # with `_position`: the bytes of requests that wait for this answer
        self._position = 0

    @property
    def upgraded(self) -> bool:
        """Whether the client asked for a WebSocket. The bytes that come now are not this link's."""
        return self._handed_over

    @property
    def wants_read(self) -> bool:
        """Whether more bytes are welcome; False while a further request waits for the answer to this one."""
        return not self._unread

    def start(self, *, now: float) -> None:
        """Begin to wait for the first request.

        Args:
            now: The time in seconds.
        """
        self._enter(_Phase.IDLE, now)

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes from the socket.

        Args:
            data: At least one byte.
            now: The time in seconds.

        Raises:
            LocalProtocolError: The link was upgraded, and the bytes are for the WebSocket link; or
                `wants_read` is False.
        """
        self._check_not_handed_over()
        if self.closed:
            return
        if not self.wants_read:
            raise LocalProtocolError(
                "a further request waits for its turn: do not read while wants_read is False"
            )
        self._unread = data
        self._read(now)

    def receive_eof(self, *, now: float) -> None:  # noqa: ARG002
        """Say that the client has closed its side. It is taken to be gone, even if an answer is due.

        Args:
            now: The time in seconds.
        """
        kind = CloseKind.REMOTE if self._phase is _Phase.IDLE else CloseKind.LOST
        self._end(kind, f"the client closed the connection {self._doing()}")

    def respond(
        self, status: int, headers: Sequence[tuple[str, str]] = (), body: bytes = b"", *, now: float
    ) -> None:
        """Send a whole answer.

        Args:
            status: Status code, 200 to 999.
            headers: Header fields; Content-Length is set from the body.
            body: The body. It is not sent in answer to HEAD.
            now: The time in seconds.

        Raises:
            LocalProtocolError: There is no request to answer, its answer has begun, or a part of this one
                cannot be sent.
        """
        if status not in BODILESS_STATUS:
            length = [("Content-Length", str(len(body)))]
        elif not body:
            length = []
        else:
            raise LocalProtocolError(f"an answer with status {status} has no body")
        if self._begin_answer(status, headers, length, now):
            self.send_body(body, now=now)
            self.end_response(now=now)

    def start_response(self, status: int, headers: Sequence[tuple[str, str]] = (), *, now: float) -> None:
        """Send the head of an answer whose body follows in pieces, each a chunk.

        Args:
            status: Status code, 200 to 999.
            headers: Header fields.
            now: The time in seconds.

        Raises:
            LocalProtocolError: There is no request to answer, its answer has begun, or a part of this one
                cannot be sent.
        """
        self._begin_answer(status, headers, [], now)

    def send_body(self, data: bytes, *, now: float) -> None:
        """Send more of the body. In answer to HEAD, and without data, this does nothing.

        Args:
            data: The next bytes of the body.
            now: The time in seconds.

        Raises:
            LocalProtocolError: No answer has begun, or its status allows no body.
        """
        exchange = self._begun_answer()
        if exchange is None or not data or exchange.request.method == "HEAD":
            return
        if exchange.bodiless:
            raise LocalProtocolError("the answer has a status that allows no body")
        self._outbox.append(exchange.http.send(h11.Data(data=data)))
        self._application_acted(now)

    def end_response(self, *, now: float) -> None:
        """Complete the answer, and go on with the next request if both sides keep the connection.

        Args:
            now: The time in seconds.

        Raises:
            LocalProtocolError: No answer has begun.
        """
        exchange = self._begun_answer()
        if exchange is None:
            return
        self._outbox.append(exchange.http.send(h11.EndOfMessage()))
        if exchange.http.our_state is not h11.DONE:
            self._end(CloseKind.LOCAL, "this answer was the last on its connection")
            return
        self._exchange = None
        self._head = HeadReader(self._config.max_head_bytes, REQUEST_OPENING)
        self._enter(_Phase.IDLE, now)
        self._read(now)

    def _read(self, now: float) -> None:
        """Read on until everything is read or a request is complete."""
        while self._position < len(self._unread) and self._phase is not _Phase.ANSWER and not self.closed:
            if self._exchange is None:
                self._read_head(now)
            else:
                self._read_body(self._exchange, now)
        if self._position == len(self._unread) or self.closed:
            self._unread, self._position = b"", 0

    def _read_head(self, now: float) -> None:
        if self._phase is _Phase.IDLE:
            self._enter(_Phase.HEAD, now)
        piece = self._head.feed(self._unread, self._position)
        self._position = piece.end
        if piece.fault is not None:
            self._refuse(piece.fault)
        if not piece.done:
            return
        http = h11.Connection(h11.SERVER)
        try:
            http.receive_data(piece.content)
            head = cast("h11.Request", http.next_event())
        except h11.RemoteProtocolError as refusal:
            self._refuse(head_fault(refusal))
            return
        request = RequestHead(head.method.decode(), head.target.decode(), plain_headers(head.headers))
        asked = (name == b"upgrade" and b"websocket" in value.lower() for name, value in request.headers)
        if self._upgrades and any(asked):
            self._hand_over(UpgradeReceived(piece.content + self._unread[piece.end :]))
            self._position = len(self._unread)
        else:
            self._begin_exchange(request, http, now)

    def _begin_exchange(self, request: RequestHead, http: h11.Connection, now: float) -> None:
        nothing = LengthBody(0, self._config.max_message_bytes)
        body = body_reader(request.headers, self._config, otherwise=nothing)
        framings = [name for name, _ in request.headers if name.decode() in _ANSWER_MANAGED]
        exchange = _Exchange(request, http, body, last=len(framings) > 1)
        self._exchange = exchange
        if request.method == "CONNECT":
            self._refuse(Fault(501, "CONNECT is not served here"))
            return
        self._events.append(request)
        self._enter(_Phase.BODY, now)
        self._take_body(body.feed(b"", 0), now)
        if http.they_are_waiting_for_100_continue and self._phase is _Phase.BODY and not self.closed:
            self._outbox.append(http.send(h11.InformationalResponse(status_code=100, headers=[])))

    def _read_body(self, exchange: _Exchange, now: float) -> None:
        piece = exchange.body.feed(self._unread, self._position)
        self._position = piece.end
        self._take_body(piece, now)

    def _take_body(self, piece: Piece, now: float) -> None:
        if piece.content:
            self._events.append(BodyData(piece.content))
        if piece.fault is not None:
            self._refuse(piece.fault)
        elif piece.done:
            self._events.append(BodyEnd())
            self._enter(_Phase.ANSWER, now)
        else:
            self._enter(_Phase.BODY, now)

    def _begin_answer(
        self, status: int, headers: Sequence[tuple[str, str]], length: list[tuple[str, str]], now: float
    ) -> bool:
        """Send the head of an answer. Return whether there is still someone to answer."""
        if self.closed:
            return False
        exchange = self._exchange
        if exchange is None:
            raise LocalProtocolError("there is no request to answer")
        if exchange.answered:
            raise LocalProtocolError("the answer to this request has begun already")
        if not 200 <= status <= 999:
            raise LocalProtocolError(f"{status} is not the status of an answer")
        check_headers(headers, _ANSWER_MANAGED)
        fields = [*headers, *length]
        if exchange.last or self._phase is _Phase.BODY:
            fields.append(("Connection", "close"))
        exchange.answered = True
        exchange.bodiless = status in BODILESS_STATUS
        self._outbox.append(exchange.http.send(h11.Response(status_code=status, headers=fields)))
        self._application_acted(now)
        return True

    def _begun_answer(self) -> _Exchange | None:
        """Return the exchange whose answer has begun, or None after the end."""
        if self.closed:
            return None
        if self._exchange is None or not self._exchange.answered:
            raise LocalProtocolError("start_response comes first")
        return self._exchange

    def _application_acted(self, now: float) -> None:
        if self._phase is _Phase.ANSWER:
            self._enter(_Phase.ANSWER, now)

    def _enter(self, phase: _Phase, now: float) -> None:
        """Go to a phase, or begin it anew, with the deadline it has."""
        self._phase = phase
        self._timers.clear()
        option = _LIMITS[phase].option
        seconds = cast("float | None", getattr(self._config, option))
        if seconds is not None:
            self._timers.set(option, now + seconds)

    def _timed_out(self, option: str) -> None:
        limit = _LIMITS[self._phase]
        seconds = cast("float", getattr(self._config, option))
        detail = f"{limit.detail} for {seconds:g} s; raise {option} if it needs longer"
        if limit.status is not None:
            self._send_error(Fault(limit.status, detail))
        self._end(CloseKind.TIMEOUT, detail)

    def _refuse(self, fault: Fault) -> None:
        detail = f"the request is unusable: {fault.detail}"
        self._send_error(Fault(fault.status, detail))
        self._end(CloseKind.PROTOCOL, detail)

    def _send_error(self, fault: Fault) -> None:
        """Answer the request that is being read, unless the application has begun to."""
        exchange = self._exchange
        if exchange is not None and exchange.answered:
            return
        http = h11.Connection(h11.SERVER) if exchange is None else exchange.http
        body = f"{fault.status}: {fault.detail}\n".encode()
        fields = [
            ("Content-Type", "text/plain"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        self._outbox.append(http.send(h11.Response(status_code=fault.status, headers=fields)))
        if exchange is None or exchange.request.method != "HEAD":
            self._outbox.append(http.send(h11.Data(data=body)))

    def _doing(self) -> str:
        if self._exchange is None:
            return self._phase.value
        request = self._exchange.request
        return f"{self._phase.value} ({request.method} {redact_url(request.target)})"
