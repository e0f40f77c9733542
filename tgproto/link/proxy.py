"""CONNECT: a client asks an HTTP proxy for a tunnel, and then the connection belongs to the target."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

import h11

from tgproto.closing import CloseKind, RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.http_base import ANSWER_OPENING, HttpEndpoint, body_reader, plain_headers, read_answer_head
from tgproto.link.http_framing import BodyReader, EofBody, HeadReader
from tgproto.link.http_types import REQUEST_MANAGED, Headers, HttpConfig, check_headers
from tgproto.secrets import Secret

MAX_REFUSAL_BYTES = 4096
"""How much of the body of a refusal is kept."""

_HOST = re.compile(r"[\x21-\x7e]+")
_CREDENTIALS_WANTED = 407


@dataclass(frozen=True, slots=True, repr=False)
class TunnelOpened:
    """The tunnel stands. Nothing follows, and the connection belongs to the protocol inside.

    Attributes:
        trailing: Bytes that came behind the proxy's answer; the first ones out of the tunnel.
    """

    trailing: bytes

    def __repr__(self) -> str:
        return f"TunnelOpened(<{len(self.trailing)} bytes>)"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An answer other than 2xx, as far as it has come."""

    status: int
    headers: Headers
    reader: BodyReader
    body: bytearray


class ProxyConnect(HttpEndpoint[TunnelOpened]):
    """Opens a tunnel (RFC 9110, section 9.3.6). It ends with TunnelOpened or HttpClosed.

    If the proxy refuses, the close cause is REJECTED and carries its answer.

    Args:
        host: Name or address to reach, ASCII; an IPv6 address with or without brackets.
        port: Port to reach, 1 to 65535.
        credentials: User and password for the proxy (the Basic scheme, UTF-8), or None.
        headers: Further header fields of the request.
        max_head_bytes: Longest head of the answer in bytes, at least 1024.
        timeout: Limit for the whole handshake in seconds.

    Raises:
        LocalProtocolError: The host, the port, a header or the user name cannot be sent.
        ValueError: A limit is zero, negative or too small to work with.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        credentials: tuple[str, Secret] | None = None,
        headers: Sequence[tuple[str, str]] = (),
        max_head_bytes: int = 16 * 1024,
        timeout: float = 20.0,
    ) -> None:
        if not timeout > 0:
            raise ValueError(f"timeout must be above zero, not {timeout}")
        super().__init__()
        self._authority = _authority(host, port)
        self._config = HttpConfig(max_head_bytes=max_head_bytes)
        self._timeout = timeout
        check_headers(headers, REQUEST_MANAGED)
        self._headers = [("Host", self._authority), *headers]
        if credentials is not None:
            self._headers.append(("Proxy-Authorization", _basic(*credentials)))
        self._http = h11.Connection(h11.CLIENT)
        self._head = HeadReader(max_head_bytes, ANSWER_OPENING)
        self._refusal: _Refusal | None = None

    def start(self, *, now: float) -> None:
        """Ask for the tunnel.

        Args:
            now: The time in seconds.

        Raises:
            LocalProtocolError: It was asked for before.
        """
        if self._started:
            raise LocalProtocolError("the tunnel was asked for already")
        request = h11.Request(method="CONNECT", target=self._authority, headers=self._headers)
        self._outbox.append(self._http.send(request))
        self._http.send(h11.EndOfMessage())
        self._timers.set("timeout", now + self._timeout)

    def receive_data(self, data: bytes, *, now: float) -> None:  # noqa: ARG002
        """Take bytes from the socket.

        Args:
            data: At least one byte.
            now: The time in seconds.

        Raises:
            LocalProtocolError: The tunnel stands, and its bytes are for the protocol inside; or `start`
                was not called.
        """
        self._check_not_handed_over()
        if not self._started:
            raise LocalProtocolError("start comes first")
        if self.closed:
            return
        if self._refusal is None:
            self._read_head(data)
        else:
            self._read_refusal(self._refusal, data, 0)

    def receive_eof(self, *, now: float) -> None:  # noqa: ARG002
        """Say that the proxy has closed its side.

        Args:
            now: The time in seconds.
        """
        self._end(CloseKind.LOST, f"the proxy closed the connection {self._doing()}")

    @property
    def _started(self) -> bool:
        return self._http.our_state is not h11.IDLE

    def _read_head(self, data: bytes) -> None:
        response, end, fault = read_answer_head(self._http, self._head, data)
        if fault is not None:
            detail = f"the proxy's answer to CONNECT {self._authority} is unusable: {fault.detail}"
            self._end(CloseKind.PROTOCOL, detail)
        elif response is not None and 200 <= response.status_code < 300:
            self._hand_over(TunnelOpened(data[end:]))
        elif response is not None:
            headers = plain_headers(response.headers)
            reader = body_reader(headers, self._config, otherwise=EofBody(self._config.max_message_bytes))
            self._refusal = _Refusal(response.status_code, headers, reader, bytearray())
            self._read_refusal(self._refusal, data, end)

    def _read_refusal(self, refusal: _Refusal, data: bytes, start: int) -> None:
        """Collect the beginning of the proxy's explanation. What follows it does not matter."""
        piece = refusal.reader.feed(data, start)
        refusal.body.extend(piece.content)
        if piece.done or piece.fault is not None or len(refusal.body) >= MAX_REFUSAL_BYTES:
            self._end(CloseKind.REJECTED, "")

    def _end(self, kind: CloseKind, detail: str, refused: RefusedUpgrade | None = None) -> None:
        """End the handshake. Whatever ends the reading of a refusal, the refusal is the reason."""
        refusal = self._refusal
        if refusal is not None:
            kind = CloseKind.REJECTED
            detail = f"the proxy answered {refusal.status} to CONNECT {self._authority}"
            if refusal.status == _CREDENTIALS_WANTED:
                detail += "; check the user name and password for the proxy"
            refused = RefusedUpgrade(refusal.status, refusal.headers, bytes(refusal.body[:MAX_REFUSAL_BYTES]))
        super()._end(kind, detail, refused)

    def _timed_out(self, option: str) -> None:
        self._end(
            CloseKind.TIMEOUT,
            f"the proxy did not answer CONNECT {self._authority} within {self._timeout:g} s; "
            f"raise {option} if it needs longer",
        )

    def _doing(self) -> str:
        return f"before it opened a tunnel to {self._authority}"


def _authority(host: str, port: int) -> str:
    if not _HOST.fullmatch(host):
        raise LocalProtocolError(f"{host!r} is not a host name: encode it with IDNA")
    if not 0 < port <= 0xFFFF:
        raise LocalProtocolError(f"{port} is not a port")
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _basic(user: str, password: Secret) -> str:
    if ":" in user:
        raise LocalProtocolError("the user name for a proxy cannot hold a colon")
    return "Basic " + base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
