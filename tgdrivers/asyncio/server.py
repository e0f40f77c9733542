"""Carries an embedded gateway over asyncio: a gateway on a socket, for tests, demos and other clients.

One `asyncio.Protocol` and one timer for each connection; no task is started.
"""

from __future__ import annotations

import asyncio
import os
import ssl as tls
from collections.abc import AsyncGenerator, Set
from contextlib import asynccontextmanager

from tgdrivers.asyncio.pump import Clock
from tgproto.connection import Connection
from tgproto.gateway.gateway import MAX_MESSAGE_BYTES, Gateway, admits
from tgproto.gateway.host import Host
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import UpgradeRequested
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role

HIGH_WATER = 2**16
"""Bytes that may wait for a client to read them before answers are worked out further."""

CLOSE_TIMEOUT = 5.0
"""Seconds for the last bytes of a connection to leave, and for all connections when the server stops."""

_CONFIG = WebSocketConfig(max_message_bytes=MAX_MESSAGE_BYTES)


class Server:
    """A gateway that listens; made by `serve`.

    Attributes:
        url: Its address with a slash at the end, for instance `ws://127.0.0.1:49152/`.
    """

    def __init__(self, url: str, peers: Set[object]) -> None:
        self.url = url
        self._peers = peers

    @property
    def connections(self) -> int:
        """How many connections there are, whether upgraded yet or not."""
        return len(self._peers)


@asynccontextmanager
async def serve(
    gateway: Gateway,
    host: str = "127.0.0.1",
    port: int = 0,
    ssl: tls.SSLContext | None = None,
    *,
    clock: Clock | None = None,
) -> AsyncGenerator[Server]:
    """Let a gateway listen for the length of an `async with` block.

    Leaving the block closes every connection with code 1001, and forgets the requests under way. A client
    that does not take part in that is cut off after `CLOSE_TIMEOUT`.

    Args:
        gateway: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 for any free one.
        ssl: Context with a certificate, to serve `wss`; None for `ws`.
        clock: Source of time for tests; the event loop by default.

    Yields:
        The server, which knows its URL.

    Raises:
        OSError: The address cannot be listened on.
    """
    loop = asyncio.get_running_loop()
    peers: set[_Peer] = set()
    listener = await loop.create_server(lambda: _Peer(gateway, clock or loop, peers), host, port, ssl=ssl)
    try:
        name = f"[{host}]" if ":" in host else host
        number = listener.sockets[0].getsockname()[1]
        yield Server(f"{'wss' if ssl else 'ws'}://{name}:{number}/", peers)
    finally:
        listener.close()
        await _close(tuple(peers))


async def _close(peers: tuple[_Peer, ...]) -> None:
    for peer in peers:
        peer.close()
    gone = [peer.gone for peer in peers]
    try:
        if gone:
            await asyncio.wait(gone, timeout=CLOSE_TIMEOUT)
    finally:
        for peer in peers:
            peer.abort()
        if gone:
            await asyncio.wait(gone)


class _Peer(asyncio.Protocol):
    """One client's connection."""

    _transport: asyncio.Transport

    def __init__(self, gateway: Gateway, clock: Clock, peers: set[_Peer]) -> None:
        self._clock = clock
        self._peers = peers
        self._host = Host(gateway)
        self._link = WebSocketLink(Role.SERVER, _CONFIG, entropy=os.urandom)
        self._connection = Connection(self._link, self._host.session)
        self._upgraded = False
        self._writable = True
        self._timer: asyncio.TimerHandle | None = None
        self.gone = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        """Begin to close."""
        self._host.session.close(now=self._clock.time(), code=1001, reason="the gateway stops")
        self._pump()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # --- asyncio.Protocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peers.add(self)
        transport.set_write_buffer_limits(high=HIGH_WATER)
        self._link.await_upgrade(now=self._clock.time())
        self._pump()

    def data_received(self, data: bytes) -> None:
        now = self._clock.time()
        if self._upgraded:
            self._connection.receive_data(data, now=now)
        else:
            self._link.receive_data(data, now=now)
            self._upgrade(now)
        self._pump()

    def eof_received(self) -> None:
        self._connection.receive_eof(now=self._clock.time())
        self._pump()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._pump()

    def connection_lost(self, exc: Exception | None) -> None:
        now = self._clock.time()
        self._disarm()
        self._connection.data_lost(str(exc or "the client is gone"), now=now)
        self._host.pull(now=now, room=0)
        self._peers.discard(self)
        self.gone.set_result(None)

    # --- inside -------------------------------------------------------------------------------

    def _upgrade(self, now: float) -> None:
        event = self._link.next_event()
        if isinstance(event, UpgradeRequested):
            self._upgraded = True
            if admits(event.target):
                self._link.accept(now=now)
            else:
                self._link.reject(404, now=now, body=b"404: Not Found")

    def _pump(self) -> None:
        """Do what is due, as far as there is room; the rest in a later pass, so that all get their turn."""
        transport, connection, now = self._transport, self._connection, self._clock.time()
        if transport.is_closing():
            return
        connection.handle_timeout(now=now)
        self._host.pull(now=now, room=HIGH_WATER if self._writable else 0)
        if data := connection.data_to_send(now=now):
            transport.write(data)
        self._disarm()
        if connection.closed:
            transport.close()
            self._timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, transport.abort)
        else:
            # A client that does not read its answers shall not cause more of them.
            reading = self._writable and connection.wants_read
            (transport.resume_reading if reading else transport.pause_reading)()
            dues = (connection.next_deadline(), self._host.next_deadline() if self._writable else None)
            if armed := [due for due in dues if due is not None]:
                self._timer = self._clock.call_at(min(armed), self._pump)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
