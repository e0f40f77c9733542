"""Moves the bytes of a `tgproto.client.Client` over asyncio. No decision is made here.

One `asyncio.Protocol` for each connection, one timer, one wake-up per stream and read. What callers
submit in one pass of the loop leaves in one write.
"""

from __future__ import annotations

import asyncio
import os
import random
import ssl
from collections.abc import Callable
from typing import Protocol

from tgproto.address import Address
from tgproto.client import Client, ClientOptions, Dial, Transfer
from tgproto.errors import CallCancelled
from tgproto.session.events import Outcome, Payload, StreamReadable
from tgproto.session.request import Submission

LINGER = 5.0
"""Seconds that the last bytes of a closed connection may take to leave."""


class Clock(Protocol):
    """Where a pump takes the time from; an event loop is one."""

    def time(self) -> float:
        """Return the current time in seconds, monotonic."""
        ...

    def call_at(self, when: float, callback: Callable[[], None], /) -> asyncio.TimerHandle:
        """Call back at a time of this clock."""
        ...


class Pump:
    """Drives one client on the running event loop. Belongs to that loop and its thread.

    Args:
        address: Where to connect.
        options: Options of the client.
        tls: Context for encrypted connections; None for the default one, which verifies.
        clock: Source of time; the event loop by default.
    """

    def __init__(
        self,
        address: Address,
        options: ClientOptions,
        *,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock: Clock = clock if clock is not None else self._loop
        self._address = address
        self._tls = (tls or ssl.create_default_context()) if address.tls else None
        self._client = Client(options, entropy=os.urandom, uniform=random.random)
        self._carriers: dict[int, _Carrier] = {}
        self._waiters: dict[int, asyncio.Future[None]] = {}
        self._ready: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._scheduled = False
        self._gone = asyncio.Event()

    # --- for the callers ----------------------------------------------------------------------

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request; see `Client.submit`."""
        now = self._clock.time()
        stream_id = self._client.submit(submission, now=now, timeout=timeout, total_timeout=total_timeout)
        self._schedule()
        return stream_id

    async def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Wait until a stream has something, and take it. Cancelling loses nothing.

        Raises:
            CallCancelled: The stream was cancelled meanwhile.
        """
        if stream_id not in self._ready:
            waiter = self._waiters[stream_id] = self._loop.create_future()
            try:
                await waiter
            finally:
                del self._waiters[stream_id]
            if stream_id not in self._ready:
                raise CallCancelled("the stream was closed while it was read")
        self._ready.discard(stream_id)
        taken = self._client.take(stream_id, now=self._clock.time())
        self._schedule()
        return taken

    def cancel(self, stream_id: int) -> None:
        """Forget a stream; see `Client.cancel`. Whoever waits for it is told."""
        self._ready.discard(stream_id)
        self._wake(stream_id)
        self._client.cancel(stream_id, now=self._clock.time())
        self._schedule()

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream from wherever the caller is: another thread, or the garbage collector."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.cancel, stream_id)

    async def aclose(self) -> None:
        """Close every connection and wait until they are gone. Idempotent."""
        self._client.close(now=self._clock.time())
        self._flush()
        while self._carriers:
            self._gone.clear()
            await self._gone.wait()
        if self._timer is not None:
            self._timer.cancel()

    # --- for the carriers ---------------------------------------------------------------------

    def received(self, key: int, data: bytes) -> None:
        """Bytes were read."""
        self._client.receive_data(key, data, now=self._clock.time())
        self._flush()

    def received_eof(self, key: int) -> None:
        """The peer will send no more."""
        self._client.receive_eof(key, now=self._clock.time())
        self._flush()

    def dialed(self, key: int) -> None:
        """A transport is up."""
        self._client.dialed(key, now=self._clock.time())
        self._flush()

    def lost(self, key: int, detail: str) -> None:
        """A transport is gone, or could not be opened."""
        del self._carriers[key]
        self._gone.set()
        self._client.connection_lost(key, detail, now=self._clock.time())
        self._flush()

    # --- inside -------------------------------------------------------------------------------

    def _schedule(self) -> None:
        """Serve the client at the end of this pass, so that what is submitted together leaves together."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        now = self._clock.time()
        self._notify()
        while (transfer := self._client.next_transfer(now=now)) is not None:
            carrier = self._carriers.get(transfer.key)
            if carrier is not None:
                carrier.serve(transfer)
            self._notify()
        self._arm()

    def _notify(self) -> None:
        while (notice := self._client.next_notice()) is not None:
            match notice:
                case StreamReadable(stream_id=stream_id):
                    self._ready.add(stream_id)
                    self._wake(stream_id)
                case Dial(key=key):
                    carrier = self._carriers[key] = _Carrier(self, key)
                    carrier.dial(self._loop, self._address, self._tls)
                case _:
                    pass

    def _wake(self, stream_id: int) -> None:
        waiter = self._waiters.get(stream_id)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _arm(self) -> None:
        deadline = self._client.next_deadline()
        if self._timer is not None:
            # A timer that fires too early only looks again: cheaper than moving it for every read.
            if deadline is not None and self._timer_at is not None and self._timer_at <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer_at = deadline
            self._timer = self._clock.call_at(deadline, self._expired)

    def _expired(self) -> None:
        self._timer = None
        # The loop may call a hair early; the core must not be asked again and again.
        assert self._timer_at is not None
        self._client.handle_timeout(now=max(self._clock.time(), self._timer_at))
        self._flush()


class _Carrier(asyncio.Protocol):
    """One connection's transport, from the attempt to open it until it is gone."""

    def __init__(self, pump: Pump, key: int) -> None:
        self._pump = pump
        self._key = key
        self._transport: asyncio.Transport | None = None
        self._dialing: asyncio.Task[object] | None = None
        self._reading = True
        self._linger: asyncio.TimerHandle | None = None

    def dial(self, loop: asyncio.AbstractEventLoop, address: Address, tls: ssl.SSLContext | None) -> None:
        """Open the transport."""
        connecting = loop.create_connection(lambda: self, address.host, address.port, ssl=tls)
        self._dialing = loop.create_task(connecting)
        self._dialing.add_done_callback(lambda dialing: self._dialed(dialing, address))

    def _dialed(self, dialing: asyncio.Task[object], address: Address) -> None:
        """Report an attempt that failed, however it did; one that was cancelled may never have begun."""
        if dialing.cancelled():
            detail = "the attempt to connect was given up"
        elif (error := dialing.exception()) is not None:
            detail = f"cannot connect to {address.authority}: {error}"
        else:
            return
        if self._transport is None:
            self._pump.lost(self._key, detail)

    def serve(self, transfer: Transfer) -> None:
        """Write, read or pause, close."""
        transport = self._transport
        if transport is None:
            if transfer.closed and self._dialing is not None:
                self._dialing.cancel()
            return
        if transfer.data:
            transport.write(transfer.data)
        if transfer.closed:
            if self._linger is None:
                transport.close()
                self._linger = asyncio.get_running_loop().call_later(LINGER, transport.abort)
        elif transfer.wants_read is not self._reading:
            self._reading = transfer.wants_read
            if self._reading:
                transport.resume_reading()
            else:
                transport.pause_reading()

    # --- asyncio.Protocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._pump.dialed(self._key)

    def data_received(self, data: bytes) -> None:
        self._pump.received(self._key, data)

    def eof_received(self) -> None:
        self._pump.received_eof(self._key)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._linger is not None:
            self._linger.cancel()
        self._pump.lost(self._key, str(exc) if exc is not None else "the connection ended")
