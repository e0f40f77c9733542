"""What the HTTP endpoints share: events out, bytes out, deadlines, one end, and asking h11 about a head."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import h11

from tgproto.closing import CloseCause, CloseKind, RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.chunked import ChunkedBody
from tgproto.link.http_framing import BodyReader, Fault, HeadReader, LengthBody
from tgproto.link.http_types import Headers, HttpClosed, HttpConfig, first_header
from tgproto.timers import Timers

E = TypeVar("E")

ANSWER_OPENING = b"H"
"""What the head of an answer begins with: the H of HTTP/1.1."""

BODILESS_STATUS = frozenset({204, 304})
"""Statuses of answers that have no body, whatever their headers say."""

_QUOTED_BYTES = re.compile(r":? ?(?:bytearray\()?b['\"].*", re.DOTALL)


class HttpEndpoint(ABC, Generic[E]):
    """One side of one connection: a queue of events, a queue of bytes, deadlines, and one end.

    After the end every call does nothing: the caller may not have taken HttpClosed yet.
    """

    def __init__(self) -> None:
        self._events: deque[E | HttpClosed] = deque()
        self._outbox: list[bytes] = []
        self._timers: Timers[str] = Timers()
        self._close_cause: CloseCause | None = None
        self._handed_over = False

    @property
    def closed(self) -> bool:
        """Whether the connection is over. Bytes that are still to be sent may be sent."""
        return self._close_cause is not None

    @property
    def close_cause(self) -> CloseCause | None:
        """Why the connection ended, or None while it lives."""
        return self._close_cause

    def next_event(self) -> E | HttpClosed | None:
        """Take the next event, or None if there is none now."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Take all bytes that are to be written, possibly none."""
        data = b"".join(self._outbox)
        self._outbox.clear()
        return data

    def next_deadline(self) -> float | None:
        """Return when `handle_timeout` wants to be called, in seconds, or None."""
        return self._timers.earliest()

    def handle_timeout(self, *, now: float) -> None:
        """Act on every deadline that has passed.

        Args:
            now: The time in seconds; a call before the deadline is harmless.
        """
        for option in self._timers.pop_due(now):
            self._timed_out(option)

    def data_lost(self, detail: str, *, now: float) -> None:  # noqa: ARG002
        """Say that the socket failed, in either direction.

        Args:
            detail: What the operating system said, for a person.
            now: The time in seconds.
        """
        self._outbox.clear()
        self._end(CloseKind.LOST, f"{detail}, {self._doing()}")

    def close(self, *, now: float) -> None:  # noqa: ARG002
        """End the connection from this side, whatever is going on.

        Args:
            now: The time in seconds.
        """
        self._end(CloseKind.LOCAL, self._doing())

    def _end(self, kind: CloseKind, detail: str, refused: RefusedUpgrade | None = None) -> None:
        if self._close_cause is None and not self._handed_over:
            self._close_cause = CloseCause(kind, detail, refused=refused)
            self._timers.clear()
            self._events.append(HttpClosed(self._close_cause))

    def _hand_over(self, event: E) -> None:
        """Leave the connection to another protocol; `event` is the last one, instead of HttpClosed."""
        self._handed_over = True
        self._timers.clear()
        self._events.append(event)

    def _check_not_handed_over(self) -> None:
        if self._handed_over:
            raise LocalProtocolError("the connection was handed over; its bytes belong to the other protocol")

    @abstractmethod
    def _timed_out(self, option: str) -> None:
        """End the connection because the limit of this name was hit."""

    @abstractmethod
    def _doing(self) -> str:
        """Say what is going on, as a phrase that follows a comma."""


def plain_headers(headers: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Return h11's header fields as a tuple of pairs."""
    return tuple((bytes(name), bytes(value)) for name, value in headers)


def body_reader(headers: Headers, config: HttpConfig, otherwise: BodyReader) -> BodyReader:
    """Choose how the body behind a head ends (RFC 9112, section 6.3, rules 3 to 8).

    Args:
        headers: Fields of a head that h11 has accepted: no transfer coding but chunked, one length.
        config: The limits.
        otherwise: The reader for a message that does not say.
    """
    if first_header(headers, b"transfer-encoding") is not None:
        return ChunkedBody(config.max_message_bytes, config.max_head_bytes)
    length = first_header(headers, b"content-length")
    return otherwise if length is None else LengthBody(int(length), config.max_message_bytes)


class AnswerHead(NamedTuple):
    """What `read_answer_head` found.

    Attributes:
        response: The final head, once it is complete.
        end: Where it ends in the bytes that were fed.
        fault: What is wrong with it, or with a 1xx head before it.
    """

    response: h11.Response | None
    end: int
    fault: Fault | None = None


def read_answer_head(http: h11.Connection, reader: HeadReader, data: bytes) -> AnswerHead:
    """Look for the final head of an answer; 1xx heads before it are skipped.

    Args:
        http: h11's view of the exchange.
        reader: Collects the heads of this answer.
        data: More bytes.
    """
    start = 0
    while (piece := reader.feed(data, start)).done:
        http.receive_data(piece.content)
        try:
            head = http.next_event()
        except h11.RemoteProtocolError as refusal:
            return AnswerHead(None, piece.end, head_fault(refusal))
        if isinstance(head, h11.Response):
            return AnswerHead(head, piece.end)
        start = piece.end
    return AnswerHead(None, piece.end, piece.fault)


def head_fault(refusal: h11.RemoteProtocolError) -> Fault:
    """Turn h11's refusal of a head into a fault, without the bytes that h11 quotes.

    Those may be a token.
    """
    reason = _QUOTED_BYTES.sub("", str(refusal))
    return Fault(refusal.error_status_hint, f"its head is malformed: {reason}")
