"""The client's side of one HTTP/1.1 connection: one exchange at a time, kept alive between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import h11

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.http_base import (
    ANSWER_OPENING,
    BODILESS_STATUS,
    HttpEndpoint,
    body_reader,
    plain_headers,
    read_answer_head,
)
from tgproto.link.http_framing import BodyReader, EofBody, Fault, HeadReader, LengthBody
from tgproto.link.http_types import DEFAULT_HTTP, BodyData, BodyEnd, HttpConfig, HttpRequest, ResponseHead

_LENGTH_EXPECTED = frozenset({"POST", "PUT", "PATCH"})

_NO_LIMIT = 2**128
"""Bytes: more than a body can have."""


@dataclass(slots=True)
class _Exchange:
    """One request and the answer to it.

    Attributes:
        what: The request, for messages.
        method: Its method.
        limits: Its timeouts in seconds, by option.
        http: h11's view of the exchange; of the answer it sees the heads only.
        head: Reads the heads of the answer.
        unbounded: Whether a good answer may have any length.
        body: Reads the body, once the final head is read.
    """

    what: str
    method: str
    limits: dict[str, float]
    http: h11.Connection
    head: HeadReader
    unbounded: bool
    body: BodyReader | None = None


class HttpClientLink(HttpEndpoint[ResponseHead | BodyData | BodyEnd]):
    """One connection to a server. An exchange yields ResponseHead, any BodyData, BodyEnd.

    A failure within an exchange ends the connection. A caller that does not take the events stops handing
    in bytes; then no more than the events of one read wait here.

    Args:
        config: The limits; those for servers are not used.
    """

    def __init__(self, config: HttpConfig = DEFAULT_HTTP) -> None:
        super().__init__()
        self._config = config
        self._exchange: _Exchange | None = None
        self._answer_bytes = 0

    @property
    def reusable(self) -> bool:
        """Whether `send_request` is allowed: no exchange is going on, and the connection is not over."""
        return self._exchange is None and not self.closed

    @property
    def answer_bytes(self) -> int:
        """How many bytes have come since the last request.

        If 0 when the connection ends with LOST, the server may have closed an idle connection before it
        saw the request: on a connection that had served an exchange before, one more attempt is usual.
        """
        return self._answer_bytes

    def send_request(
        self,
        request: HttpRequest,
        *,
        now: float,
        timeout: float | None = 60.0,
        total_timeout: float | None = None,
        unbounded: bool = False,
    ) -> None:
        """Begin an exchange.

        Args:
            request: What to send. Content-Length is set from its body.
            now: The time in seconds.
            timeout: Longest silence of the server in seconds, from now on and again from every read; None
                for no limit. The time it takes to write the request counts, so a long upload needs more.
            total_timeout: Limit for the whole exchange in seconds; None for no limit.
            unbounded: Whether the body of an answer of status 2xx may be longer than `max_message_bytes`,
                for a caller that does not gather it.

        Raises:
            LocalProtocolError: An exchange is going on, the connection is over, a timeout is not above
                zero, or the body is longer than `max_message_bytes`.
        """
        if not self.reusable:
            raise LocalProtocolError(f"{request} cannot be sent: {self.close_cause or self._doing()}")
        given = {"timeout": timeout, "total_timeout": total_timeout}
        limits = {option: seconds for option, seconds in given.items() if seconds is not None}
        for option, seconds in limits.items():
            if not seconds > 0:
                raise LocalProtocolError(f"{option} must be above zero, not {seconds}")
        if len(request.body) > self._config.max_message_bytes:
            raise LocalProtocolError(
                f"the body of {request} has {len(request.body)} bytes, "
                f"more than max_message_bytes ({self._config.max_message_bytes} bytes)"
            )
        http = h11.Connection(h11.CLIENT)
        self._outbox += _written(http, request)
        head = HeadReader(self._config.max_head_bytes, ANSWER_OPENING)
        self._exchange = _Exchange(str(request), request.method, limits, http, head, unbounded)
        self._answer_bytes = 0
        for option, seconds in limits.items():
            self._timers.set(option, now + seconds)

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes from the socket.

        Args:
            data: At least one byte.
            now: The time in seconds.
        """
        if self.closed:
            return
        self._answer_bytes += len(data)
        if self._exchange is not None and "timeout" in self._exchange.limits:
            self._timers.set("timeout", now + self._exchange.limits["timeout"])
        end = 0
        if self._exchange is not None and self._exchange.body is None:
            end = self._read_head(self._exchange, data)
        if self._exchange is not None and self._exchange.body is not None:
            end = self._read_body(self._exchange, self._exchange.body, data, end)
        if self._exchange is None and end < len(data):
            self._end(CloseKind.PROTOCOL, "the server sent bytes that no request asked for")

    def receive_eof(self, *, now: float) -> None:  # noqa: ARG002
        """Say that the server has closed its side.

        Args:
            now: The time in seconds.
        """
        exchange = self._exchange
        if self.closed:
            return
        if exchange is None:
            self._end(CloseKind.REMOTE, "the server closed an idle connection")
        elif exchange.body is not None and exchange.body.ends_with_eof():
            self._finish(exchange, lasting=False)
        else:
            self._end(CloseKind.LOST, f"the server closed the connection {self._doing()}")

    def _read_head(self, exchange: _Exchange, data: bytes) -> int:
        """Read on in the heads of the answer. Return where in `data` they end."""
        response, end, fault = read_answer_head(exchange.http, exchange.head, data)
        if fault is not None:
            self._refuse(exchange, fault)
        if response is not None:
            answer = ResponseHead(response.status_code, plain_headers(response.headers))
            self._events.append(answer)
            exchange.body = self._choose_body(exchange, answer)
        return end

    def _choose_body(self, exchange: _Exchange, answer: ResponseHead) -> BodyReader:
        config = self._config
        if exchange.unbounded and answer.successful:
            config = replace(config, max_message_bytes=_NO_LIMIT)
        if exchange.method == "HEAD" or answer.status in BODILESS_STATUS:
            return LengthBody(0, config.max_message_bytes)
        return body_reader(answer.headers, config, otherwise=EofBody(config.max_message_bytes))

    def _read_body(self, exchange: _Exchange, reader: BodyReader, data: bytes, start: int) -> int:
        """Read on in the body, from `start` in `data`. Return where in `data` it ends."""
        piece = reader.feed(data, start)
        if piece.content:
            self._events.append(BodyData(piece.content))
        if piece.fault is not None:
            self._refuse(exchange, piece.fault)
        elif piece.done:
            self._finish(exchange, lasting=exchange.http.our_state is h11.DONE)
        return piece.end

    def _finish(self, exchange: _Exchange, *, lasting: bool) -> None:
        """End the exchange, and the connection too unless both sides keep it."""
        self._events.append(BodyEnd())
        self._exchange = None
        self._timers.clear()
        if not lasting:
            self._end(CloseKind.REMOTE, f"the answer to {exchange.what} was the last on its connection")

    def _refuse(self, exchange: _Exchange, fault: Fault) -> None:
        self._end(CloseKind.PROTOCOL, f"the answer to {exchange.what} is unusable: {fault.detail}")

    def _timed_out(self, option: str) -> None:
        exchange = cast("_Exchange", self._exchange)  # without one, no deadline is set
        what = "made no progress for" if option == "timeout" else "was not complete after"
        self._end(
            CloseKind.TIMEOUT,
            f"the answer to {exchange.what} {what} {exchange.limits[option]:g} s; "
            f"raise {option} if it needs longer",
        )

    def _doing(self) -> str:
        if self._exchange is None:
            return "between two requests"
        where = "in the middle of" if self._answer_bytes else "before"
        return f"{where} the answer to {self._exchange.what}"


def _written(http: h11.Connection, request: HttpRequest) -> list[bytes]:
    """Return the bytes of a request, and bring h11 to where it awaits the answer."""
    headers = [("Host", request.host), *request.headers]
    if request.body or request.method in _LENGTH_EXPECTED:
        headers.append(("Content-Length", str(len(request.body))))
    head = http.send(h11.Request(method=request.method, target=request.target, headers=headers))
    body = http.send(h11.Data(data=request.body))
    http.send(h11.EndOfMessage())
    return [head, body]
