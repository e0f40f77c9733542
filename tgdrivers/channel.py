"""What stands between a socket and a client: a tunnel through a proxy, TLS, both, or TLS twice. No I/O.

Layers are opened one after the other, the one next to the socket first. Each is opened by what it receives,
beginning with nothing; what it has to say comes out of `send`.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Protocol

from tgdrivers.network import Endpoint, HandshakeEnded, ProxyError
from tgproto.closing import RETRYABLE_STATUS, CloseCause, CloseKind
from tgproto.link.http_types import HttpClosed
from tgproto.link.proxy import ProxyConnect, TunnelOpened

RECORD = 2**14
"""Bytes that a TLS record has at most."""


class Layer(Protocol):
    """One of the things a channel consists of.

    Attributes:
        up: Whether it carries bytes.
        ended: Whether the peer has said that nothing more comes.
        fault: What broke it behind the bytes that `receive` returned last, or None.
    """

    up: bool
    ended: bool
    fault: OSError | None

    def receive(self, data: bytes) -> bytes:
        """Take bytes from below, possibly none; return those for above.

        Raises:
            OSError: It cannot be opened, or is broken.
        """
        ...

    def send(self, data: bytes) -> bytes:
        """Take bytes from above, possibly none, and none before it is up; return those for below."""
        ...

    def receive_eof(self, why: str) -> None:
        """Say that nothing more comes from below.

        Raises:
            OSError: It was not open, as far as the peer is concerned.
        """
        ...

    def close(self) -> None:
        """Say goodbye with the next `send`, without waiting for an answer."""
        ...


class Channel:
    """The layers of one connection.

    Args:
        layers: At least one; the first one is next to the socket.

    Attributes:
        up: Whether plaintext can be sent.
        proven: Whether plaintext has come.
        wants_read: Whether more is to be read, as the client said last.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers
        self.up = False
        self.proven = False
        self.wants_read = True

    @property
    def ended(self) -> bool:
        """Whether the peer has said that nothing more comes."""
        return any(layer.ended for layer in self._layers)

    @property
    def fault(self) -> OSError | None:
        """What broke it behind the plaintext that came last, or None."""
        return next((layer.fault for layer in self._layers if layer.fault is not None), None)

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the socket, possibly none, which is how it begins; return plaintext, possibly none.

        Raises:
            OSError: It cannot be opened, or is broken. `send` may have something to say about that.
        """
        for layer in self._layers:
            data = layer.receive(data)
            if not layer.up:
                return b""
        self.up = True
        self.proven = self.proven or bool(data)
        return data

    def send(self, data: bytes = b"") -> bytes:
        """Take plaintext, possibly none; return all bytes for the socket, possibly none."""
        for layer in reversed(self._layers):
            data = layer.send(data)
        return data

    def receive_eof(self, why: str = "the connection ended") -> None:
        """Say that nothing more comes.

        Args:
            why: What happened, for a person.

        Raises:
            OSError: It was not open, as far as the peer is concerned.
        """
        if not self.proven:
            for layer in self._layers:
                layer.receive_eof(why)

    def close(self) -> None:
        """Say goodbye with the next `send`, without waiting for an answer."""
        for layer in reversed(self._layers):
            layer.close()


class Tunnel:
    """A tunnel through a proxy; see `Layer`. The client's own time limit counts.

    Args:
        endpoint: An endpoint with a proxy.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        assert endpoint.proxy is not None
        address = endpoint.address
        self._connect = ProxyConnect(address.host, address.port, credentials=endpoint.proxy.credentials)
        self._begun = False
        self.up = False
        self.ended = False
        self.fault: OSError | None = None

    def receive(self, data: bytes) -> bytes:
        """Take what the proxy says."""
        if self.up:
            return data
        if not self._begun:
            self._begun = True
            self._connect.start(now=0.0)
        if data:
            self._connect.receive_data(data, now=0.0)
        return self._hear()

    def send(self, data: bytes) -> bytes:
        """Pass bytes on unchanged."""
        return data if self.up else self._connect.data_to_send()

    def receive_eof(self, why: str) -> None:
        """The proxy has closed."""
        if not self.up:
            self._connect.data_lost(why, now=0.0)
            self._hear()

    def close(self) -> None:
        """There is nothing to say."""

    def _hear(self) -> bytes:
        match self._connect.next_event():
            case TunnelOpened(trailing=trailing):
                self.up = True
                return trailing
            case HttpClosed(cause=cause):
                raise ProxyError(cause.detail, final=_is_final(cause))
            case None:
                return b""


def _is_final(cause: CloseCause) -> bool:
    if cause.refused is not None:
        return cause.refused.status not in RETRYABLE_STATUS
    return cause.kind is CloseKind.PROTOCOL


class Tls:
    """TLS; see `Layer`. A peer that ends without saying so in TLS has ended.

    Args:
        context: Who is trusted, and who this side is.
        host: Name that the peer has to prove.
        is_proxy: Whether the peer is a proxy.
    """

    def __init__(self, context: ssl.SSLContext, host: str, *, is_proxy: bool = False) -> None:
        self._context = context
        self._host = host
        self._is_proxy = is_proxy
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._unsent = bytearray()
        self._leaving = False
        self._accepted = False  # by the peer: in TLS 1.3, this side is done before
        self.up = False
        self.ended = False
        self.fault: OSError | None = None

    def receive(self, data: bytes) -> bytes:
        """Decrypt."""
        try:
            tls = self._tls = self._tls or self._wrap()
            self._incoming.write(data)
            if self.up:
                self._accepted = self._accepted or bool(data)
            elif not self._shakes_hands(tls):
                return b""
            return self._read(tls)
        except ssl.SSLError as error:
            raise self._blame(error) from None

    def send(self, data: bytes) -> bytes:
        """Encrypt. What cannot be sent any more is dropped: receiving tells why."""
        self._unsent += data
        try:
            while self._unsent and self._tls is not None:
                del self._unsent[: self._tls.write(self._unsent)]
            if self._leaving and self._tls is not None:
                self._leaving = False
                self._tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # for the answer to a goodbye, or a context may allow the peer to negotiate anew
        except ssl.SSLError:
            self._unsent.clear()
        return self._outgoing.read()

    def receive_eof(self, why: str) -> None:
        """The peer has closed."""
        peer = "the proxy" if self._is_proxy else "the gateway"
        if not self.up:
            raise self._blame(HandshakeEnded(f"{peer} ended the connection in the TLS handshake ({why})"))
        if not self._accepted:
            raise self._blame(
                HandshakeEnded(
                    f"{peer} ended the connection right after the TLS handshake, as if it had wanted another "
                    f"certificate of this side ({why})"
                )
            )

    def close(self) -> None:
        """Send a close_notify behind what the layers above say, and do not wait for the answer."""
        self._leaving = self.up

    def _wrap(self) -> ssl.SSLObject:
        try:
            return self._context.wrap_bio(self._incoming, self._outgoing, server_hostname=self._host)
        except ValueError as error:
            raise ssl.SSLError(f"TLS cannot express the name of the host: {error}") from None

    def _shakes_hands(self, tls: ssl.SSLObject) -> bool:
        """Go on with the handshake; say whether it is over."""
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.up = True
        self._accepted = tls.version() != "TLSv1.3" or bool(self._incoming.pending)
        return True

    def _read(self, tls: ssl.SSLObject) -> bytes:
        pieces: list[bytes] = []
        try:
            while piece := tls.read(RECORD):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            if not pieces:
                raise
            self.fault = self._blame(error).with_traceback(None)  # what came before is good
        return b"".join(pieces)

    def _blame(self, error: OSError) -> OSError:
        return ProxyError(str(error), final=isinstance(error, ssl.SSLError)) if self._is_proxy else error


def make_channel(endpoint: Endpoint) -> Channel | None:
    """Return a channel for one more connection, or None if the client may have the socket to itself.

    Args:
        endpoint: Where the connection leads, and how.
    """
    layers: list[Layer] = []
    if endpoint.proxy is not None:
        if endpoint.proxy_tls is not None:
            layers.append(Tls(endpoint.proxy_tls, endpoint.proxy.address.host, is_proxy=True))
        layers.append(Tunnel(endpoint))
    if endpoint.tls is not None:
        layers.append(Tls(endpoint.tls, endpoint.address.host))
    return Channel(layers) if layers else None
