"""Carries an embedded gateway or service over asyncio: on a socket, for tests, demos and other clients.

One `asyncio.Protocol` and one timer for each connection, and a task while TLS is negotiated.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncGenerator, Set
from contextlib import asynccontextmanager, closing, suppress
from socket import SO_LINGER, SOL_SOCKET
from ssl import SSLContext

from tgdrivers.clock import Clock, Timer
from tgproto.gateway.base import AnyGateway
from tgproto.server import ServerConnection
from tgproto.serving.service import Service

HIGH_WATER = 2**16
"""Bytes that may wait for a client to read them before answers are worked out further."""

CLOSE_TIMEOUT = 5.0
"""Seconds for the last bytes of a connection to leave, and for all connections when the server stops."""


_AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""How long a socket is to wait for its last bytes when it is closed; then it resets the connection."""


class Server:
    """A gateway or service that listens; made by `serve`.

    Attributes:
        url: Its address with a slash at the end, for instance `ws://127.0.0.1:49152/`.
    """

    def __init__(self, url: str, peers: Set[object]) -> None:
        self.url = url
        self._peers = peers

    @property
    def connections(self) -> int:
        """How many connections there are, whatever they carry."""
        return len(self._peers)


@asynccontextmanager
async def serve(
    served: AnyGateway | Service,
    host: str = "127.0.0.1",
    port: int = 0,
    ssl: SSLContext | None = None,
    *,
    clock: Clock | None = None,
) -> AsyncGenerator[Server]:
    """Let a gateway or a service listen for the length of an `async with` block.

    Leaving the block closes every WebSocket with code 1001, and forgets the requests under way. A client
    that does not take part in that is cut off after `CLOSE_TIMEOUT`. Then no connection is left.

    Args:
        served: What answers: a gateway by plain requests and WebSockets, a service by plain requests.
        host: Address to listen on.
        port: Port to listen on; 0 for any free one.
        ssl: Context with a certificate, to serve `wss` and `https`; None for `ws` and `http`.
        clock: Source of time for tests, moved in the thread of the event loop; by default that loop.

    Yields:
        The server, which knows its URL.

    Raises:
        OSError: The address cannot be listened on.
    """
    loop = asyncio.get_running_loop()
    peers: set[_Peer] = set()
    listener = await loop.create_server(lambda: _Peer(served, clock or loop, peers, ssl), host, port)
    try:
        name = f"[{host}]" if ":" in host else host
        yield Server(f"{'wss' if ssl else 'ws'}://{name}:{listener.sockets[0].getsockname()[1]}/", peers)
    finally:
        await _close(listener, peers)


async def _close(listener: asyncio.Server, peers: set[_Peer]) -> None:
    # asyncio forgets whom it has just accepted if it is told to stop before it has made a transport. It does
    # that in the pass after accepting, and a positive delay ends behind that, but before the next accepting.
    try:
        with closing(listener):
            await asyncio.sleep(1e-9)
        await asyncio.sleep(0)  # now everybody is among the peers
        if gone := [peer.close() for peer in tuple(peers)]:
            await asyncio.wait(gone, timeout=CLOSE_TIMEOUT)
    finally:
        while await asyncio.sleep(1e-9, peers):
            await asyncio.wait([peer.close(at_once=True) for peer in tuple(peers)])


class _Peer(asyncio.Protocol):
    """One client's connection."""

    _socket: asyncio.Transport
    _transport: asyncio.Transport | None = None  # on the socket, perhaps with TLS between them

    def __init__(
        self, served: AnyGateway | Service, clock: Clock, peers: set[_Peer], tls: SSLContext | None
    ) -> None:
        self._loop, self._clock, self._peers, self._tls = asyncio.get_running_loop(), clock, peers, tls
        self._connection = ServerConnection(served, entropy=os.urandom)
        self._connection.start(now=clock.time())
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._timer: Timer = self._loop.call_soon(self._run)

    def close(self, *, at_once: bool = False) -> asyncio.Future[None]:
        """Begin to close, without ceremony if TLS is not up yet; return what tells of the end."""
        self._connection.close(now=self._clock.time())
        self._run()
        if at_once or self._transport is None:
            self._socket.abort()
        return self._gone

    # --- asyncio.Protocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._socket = transport
        self._peers.add(self)
        if self._tls is None:
            self._begin(transport)
        else:
            transport.pause_reading()
            self._securing = self._loop.create_task(self._secure(transport, self._tls))

    def data_received(self, data: bytes) -> None:
        self._connection.receive_data(data, now=self._clock.time())
        self._run()

    def eof_received(self) -> None:
        self._connection.receive_eof(now=self._clock.time())
        self._run()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._gone.done():  # asyncio says it again behind a TLS handshake that failed
            self._timer.cancel()
            self._connection.data_lost(str(exc or "the client is gone"), now=self._clock.time())
            self._peers.discard(self)
            self._gone.set_result(None)

    # --- inside -------------------------------------------------------------------------------

    async def _secure(self, transport: asyncio.Transport, tls: SSLContext) -> None:
        secured = None
        with suppress(OSError):
            secured = await self._loop.start_tls(transport, self, tls, server_side=True)
        if secured is None:
            self.connection_lost(None)
        else:
            self._begin(secured)

    def _begin(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER - 1)
        self._run()

    def _run(self) -> None:
        """Do what is due, as far as there is room; the rest in a later pass, so that all get their turn."""
        transport, connection, now = self._transport, self._connection, self._clock.time()
        if transport is None or transport.is_closing():
            return
        connection.handle_timeout(now=now)
        connection.pull(now=now, room=HIGH_WATER - transport.get_write_buffer_size())
        if data := connection.data_to_send(now=now):
            transport.write(data)
        self._timer.cancel()
        if connection.closed:
            if connection.reset:
                transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, _AT_ONCE)
            transport.close()
            self._timer = self._loop.call_later(CLOSE_TIMEOUT, transport.abort)
            return
        (transport.resume_reading if connection.wants_read else transport.pause_reading)()
        if (at := connection.next_deadline()) is not None:
            # A clock that stands still would never call for what is due already.
            self._timer = self._loop.call_soon(self._run) if at <= now else self._clock.call_at(at, self._run)

    resume_writing = _run
