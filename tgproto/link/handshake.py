"""The opening handshake of a WebSocket, both sides of it: HTTP heads in, one outcome out.

wsproto judges the heads. It gets each head alone, so that what lies behind the head is not lost in it,
and nothing it raises comes through.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import AcceptConnection, RejectConnection, RejectData, Request
from wsproto.utilities import RemoteProtocolError

from tgproto.closing import RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.config import WebSocketConfig
from tgproto.link.deflate import Deflate
from tgproto.link.events import UpgradeRequested
from tgproto.link.http_framing import HeadReader
from tgproto.link.http_types import Headers, check_headers
from tgproto.link.upgrade import MANAGED, UpgradeRequest

_INTERIM = re.compile(rb"HTTP/[0-9]\.[0-9] 1(?!01)[0-9][0-9][ \r\n]")
_QUOTED = re.compile(r"(unrecognized \w+) .*", re.DOTALL)
_RESPONSE_OPENING = b"H"
_REQUEST_OPENING = string.ascii_uppercase.encode()
_PEER_FAULTS = (RemoteProtocolError, h11.ProtocolError, ValueError, LookupError)
_BAD_REQUEST = 400
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The handshake succeeded.

    Attributes:
        connection: wsproto's machine for the frames.
        compressed: Whether permessage-deflate was agreed on.
        headers: Header fields of the answer that are not part of the upgrade.
        rest: Bytes received behind the handshake.
    """

    connection: Connection
    compressed: bool
    headers: Headers
    rest: bytes


@dataclass(frozen=True, slots=True)
class Requested:
    """Server: a valid request came.

    Attributes:
        event: The request, for the application.
        rest: Bytes received behind it.
    """

    event: UpgradeRequested
    rest: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """The peer's part of the handshake is not valid.

    Attributes:
        detail: A clause for a person, without bytes of the peer's.
        answer: Server: the HTTP answer to send.
    """

    detail: str
    answer: bytes = b""


class Refusal:
    """Client: an answer that is no upgrade, while its body is read.

    Args:
        head: The head of the answer.
        rest: Bytes received behind it.
        http: wsproto's machine, which reads the body.
        max_body: Bytes of the body to read.

    Attributes:
        rest: Bytes received behind the head; they are to be fed.
    """

    __slots__ = ("_body", "_headers", "_http", "_room", "_status", "rest")

    def __init__(self, head: RejectConnection, rest: bytes, http: WSConnection, max_body: int) -> None:
        self.rest = rest
        self._status = head.status_code
        self._headers = tuple(head.headers)
        self._http = http
        self._room = max_body
        self._body = b""

    def feed(self, data: bytes) -> bool:
        """Take more bytes and return whether all of the body was read that will be."""
        piece = data[: self._room]
        self._room -= len(piece)
        ended = self._room == 0
        try:
            if piece:  # no bytes would mean the end of the stream to h11
                self._http.receive_data(piece)
        except _PEER_FAULTS:
            ended = True
        parts = [event for event in self._http.events() if isinstance(event, RejectData)]
        self._body += b"".join(part.data for part in parts)
        return ended or any(part.body_finished for part in parts)

    def response(self) -> RefusedUpgrade:
        """Return what has been read so far."""
        return RefusedUpgrade(self._status, self._headers, self._body)


ClientOutcome: TypeAlias = Upgraded | Refusal | Broken
ServerOutcome: TypeAlias = Requested | Broken


class ClientHandshake:
    """The client's side: one request, any number of interim answers, one final answer.

    Args:
        config: Limits, and whether to offer compression.
    """

    __slots__ = ("_config", "_heads", "_ws")

    def __init__(self, config: WebSocketConfig) -> None:
        self._config = config
        self._heads = HeadReader(config.max_head_bytes, _RESPONSE_OPENING)
        self._ws = WSConnection(ConnectionType.CLIENT)

    def request(self, request: UpgradeRequest) -> bytes:
        """Return the bytes of the request."""
        return self._ws.send(
            Request(
                host=request.host,
                target=request.target,
                extensions=[Deflate()] if self._config.compression else [],
                extra_headers=_encoded(request.headers),
            )
        )

    def feed(self, data: bytes) -> ClientOutcome | None:
        """Take bytes and return the outcome, once there is one."""
        start = 0
        while True:
            piece = self._heads.feed(data, start)
            if piece.fault is not None:
                return _broken_answer(piece.fault.detail)
            if not piece.done:
                return None
            if not _INTERIM.match(piece.content):
                return self._judge(piece.content, data[piece.end :])
            start = piece.end

    def _judge(self, head: bytes, rest: bytes) -> ClientOutcome:
        try:
            self._ws.receive_data(head)
        except _PEER_FAULTS as error:
            return _broken_answer(_reason(error))
        answer = next(self._ws.events())
        if isinstance(answer, RejectConnection):
            return Refusal(answer, rest, self._ws, self._config.max_reject_body)
        assert isinstance(answer, AcceptConnection)
        assert self._ws.connection is not None
        return Upgraded(self._ws.connection, bool(answer.extensions), tuple(answer.extra_headers), rest)


class ServerHandshake:
    """The server's side: one request, and the application's answer to it.

    Args:
        config: Limits, and whether to accept compression.
    """

    __slots__ = ("_compression", "_early", "_heads", "_limit", "_requested", "_ws")

    def __init__(self, config: WebSocketConfig) -> None:
        self._compression = config.compression
        self._limit = config.max_head_bytes
        self._heads = HeadReader(config.max_head_bytes, _REQUEST_OPENING)
        self._ws = WSConnection(ConnectionType.SERVER)
        self._requested = False
        self._early = bytearray()

    def feed(self, data: bytes) -> ServerOutcome | None:
        """Take bytes and return the outcome, once there is one. What comes after it is kept."""
        if self._requested:
            return self._keep(data)
        piece = self._heads.feed(data, 0)
        if piece.fault is not None:
            return self._broken(RejectConnection(status_code=piece.fault.status), piece.fault.detail)
        return self._judge(piece.content, data[piece.end :]) if piece.done else None

    def accept(self, headers: Sequence[tuple[str, str]]) -> tuple[bytes, Upgraded]:
        """Return the bytes of the 101 answer, and the outcome.

        Raises:
            LocalProtocolError: A header field cannot be sent.
        """
        check_headers(headers, MANAGED)
        deflate = Deflate()
        fields = _encoded(headers)
        answer = AcceptConnection(extensions=[deflate] if self._compression else [], extra_headers=fields)
        data = self._ws.send(answer)
        assert self._ws.connection is not None
        return data, Upgraded(self._ws.connection, deflate.enabled(), tuple(fields), bytes(self._early))

    def reject(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
        """Return the bytes of an answer that is no upgrade.

        Raises:
            LocalProtocolError: The status is none for a refusal, or a header field cannot be sent.
        """
        if not 300 <= status <= 599 or status == _NOT_MODIFIED:
            raise LocalProtocolError(f"an upgrade is refused with a status from 300 to 599, not {status}")
        check_headers(headers, MANAGED)
        return self._refuse(status, _encoded(headers), body)

    def _judge(self, head: bytes, rest: bytes) -> ServerOutcome:
        try:
            self._ws.receive_data(head)
        except _PEER_FAULTS as error:
            hint = getattr(error, "event_hint", None)
            known = hint if isinstance(hint, RejectConnection) else RejectConnection()
            return self._broken(known, _reason(error))
        request = next(self._ws.events())
        assert isinstance(request, Request)
        self._requested = True
        return Requested(UpgradeRequested(request.host, request.target, tuple(request.extra_headers)), rest)

    def _keep(self, data: bytes) -> Broken | None:
        """A client should wait for the answer. One that does not is served, within a limit."""
        self._early += data
        if len(self._early) <= self._limit:
            return None
        return Broken(f"the client sent more than max_head_bytes ({self._limit} bytes) before the answer")

    def _broken(self, hint: RejectConnection, detail: str) -> Broken:
        detail = f"the upgrade request was refused: {detail}"
        return Broken(detail, self._refuse(hint.status_code, list(hint.headers), detail.encode()))

    def _refuse(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
        headers = [*headers, (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        head = self._ws.send(RejectConnection(status_code=status, headers=headers, has_body=True))
        return head + self._ws.send(RejectData(data=body))


def _broken_answer(detail: str) -> Broken:
    return Broken(f"the server's answer to the upgrade is not valid: {detail}")


def _reason(error: Exception) -> str:
    """Say what is wrong in wsproto's words, without bytes of the peer's that an error quotes."""
    if not isinstance(error, RemoteProtocolError):
        return "a header field is malformed"
    return _QUOTED.sub(r"\1", str(error))


def _encoded(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers]
