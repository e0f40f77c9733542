"""Moves the bytes of a client over asyncio. No decision is made here.

One `asyncio.Protocol` for each connection, one timer, one wake-up per stream and read. What callers
submit in one pass of the loop leaves in one write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tgdrivers.clock import Clock, Timer
from tgdrivers.credentials import TokenSource, ask_later, tell
from tgdrivers.log import log
from tgdrivers.network import Endpoint
from tgproto.driven import Dial, Driven, Transfer
from tgproto.errors import CallCancelled, LocalProtocolError
from tgproto.session.events import CredentialWanted, Outcome, Payload, StreamReadable
from tgproto.session.request import Submission

T = TypeVar("T")

SIZE = 2**16
"""Bytes that one read takes at most."""

LINGER = 5.0
"""Seconds that the last bytes of a closed connection may take to leave."""


class Pump:
    """Drives one client on the running event loop. Belongs to that loop and its thread.

    Args:
        client: What to drive.
        endpoint: Where to connect.
        clock: Source of time; the event loop by default.
        tokens: What supplies tokens, if something does.
    """

    def __init__(
        self,
        client: Driven,
        endpoint: Endpoint,
        clock: Clock | None = None,
        tokens: TokenSource | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock: Clock = clock if clock is not None else self._loop
        self._client = client
        self._endpoint = endpoint
        self._tokens = tokens
        self._asking: set[asyncio.Task[None]] = set()
        self._carriers: dict[int, _Carrier] = {}
        self._waiters: dict[int, asyncio.Future[bool]] = {}
        self._timer: Timer | None = None
        self._timer_at = 0.0
        self._scheduled = False
        self._gone = asyncio.Event()

    # --- for the callers ----------------------------------------------------------------------

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request; see `Driven.submit`."""
        self._check_loop()
        now = self._clock.time()
        stream_id = self._client.submit(submission, now=now, timeout=timeout, total_timeout=total_timeout)
        if self._waiters:
            self._schedule()
        else:
            self._flush(now)  # whoever is alone need not wait for others
        return stream_id

    async def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Wait until a stream has something, and take it. Cancelling loses nothing.

        Raises:
            CallCancelled: The stream was cancelled meanwhile.
            LocalProtocolError: The stream belongs to another event loop.
        """
        self._check_loop()
        while True:
            taken = self._client.take(stream_id, now=self._clock.time())
            if taken[0] or taken[1] is not None:
                if self._client.has_work:
                    self._schedule()
                return taken
            waiter = self._waiters[stream_id] = self._loop.create_future()
            try:
                if await waiter:
                    raise CallCancelled("the stream was closed while it was read")
            finally:
                del self._waiters[stream_id]

    async def pause(self, seconds: float) -> None:
        """Let time pass; it is the runtime's, whatever the clock."""
        await asyncio.sleep(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call a function that may block in a thread. Being cancelled, it waits for nothing."""
        return await asyncio.to_thread(function)

    async def beside(
        self, work: Callable[[], Coroutine[Any, Any, T]], watch: Callable[[], Coroutine[Any, Any, None]]
    ) -> T:
        """Do some work in this task, and watch in another one; see `AwaitedBulkCarrier.beside`."""
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch())
                result = await work()
                watching.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return result

    def cancel(self, stream_id: int) -> None:
        """Forget a stream; see `Driven.cancel`. Whoever waits for it is told."""
        if not self._is_here():
            self.cancel_later(stream_id)
            return
        self._wake(stream_id, cancelled=True)
        self._client.cancel(stream_id, now=self._clock.time())
        self._schedule()

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream from wherever the caller is: another thread, or the garbage collector."""
        with suppress(RuntimeError):  # the loop is closed, and the stream with it
            self._loop.call_soon_threadsafe(self.cancel, stream_id)

    async def aclose(self) -> None:
        """Close every connection and wait until they are gone. Idempotent."""
        self._client.close(now=self._clock.time())
        self._flush()
        self._stop_asking()
        if self._asking:
            await asyncio.wait(self._asking, timeout=LINGER)
        while self._carriers:
            self._gone.clear()
            await self._gone.wait()
        self._disarm()

    # --- for the carriers ---------------------------------------------------------------------

    def received(self, key: int, data: bytes) -> None:
        """Bytes were read."""
        now = self._clock.time()
        try:
            self._client.receive_data(key, data, now=now)
        finally:
            self._flush(now)

    def received_eof(self, key: int) -> None:
        """The peer will send no more."""
        self._client.receive_eof(key, now=self._clock.time())
        self._flush()

    def dialed(self, key: int) -> None:
        """A transport is up."""
        self._client.dialed(key, now=self._clock.time())
        self._flush()

    def lost(self, key: int, detail: str | BaseException) -> None:
        """A transport is gone, or, with an exception, could not be opened."""
        del self._carriers[key]
        self._gone.set()
        self._client.connection_lost(key, *self._endpoint.loss(detail), now=self._clock.time())
        self._flush()

    # --- inside -------------------------------------------------------------------------------

    def _is_here(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:  # none is running
            return False

    def _check_loop(self) -> None:
        if not self._is_here():
            raise LocalProtocolError("this stream belongs to another event loop; read it where it was opened")

    def _schedule(self) -> None:
        """Serve the client at the end of this pass, so that what is submitted together leaves together."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self, now: float | None = None) -> None:
        self._scheduled = False
        client = self._client
        try:
            now = self._clock.time() if now is None else now
            while client.has_work:
                self._notify()
                transfer = client.next_transfer(now=now)
                if transfer is not None and transfer.key in self._carriers:
                    self._carriers[transfer.key].serve(transfer)
        finally:
            self._arm()

    def _notify(self) -> None:
        while (notice := self._client.next_notice()) is not None:
            match notice:
                case StreamReadable(stream_id=stream_id):
                    self._wake(stream_id)
                    continue
                case Dial(key=key):
                    carrier = self._carriers[key] = _Carrier(self, key)
                    carrier.dial(self._loop, self._endpoint)
                case CredentialWanted() if self._tokens is not None:
                    self._stop_asking()  # one that was asked takes too long
                    task = self._loop.create_task(self._ask(self._tokens))
                    self._asking.add(task)
                    task.add_done_callback(self._asking.discard)
                case _:
                    pass
            log(notice)

    async def _ask(self, tokens: TokenSource) -> None:
        told = await ask_later(tokens, asyncio.to_thread)
        tell(self._client, told, now=self._clock.time())
        self._flush()

    def _stop_asking(self) -> None:
        for task in self._asking:
            task.cancel()

    def _wake(self, stream_id: int, *, cancelled: bool = False) -> None:
        waiter = self._waiters.get(stream_id)
        if waiter is not None and not waiter.done():
            waiter.set_result(cancelled)

    def _arm(self) -> None:
        deadline = self._client.next_deadline()
        if self._timer is not None:
            # A timer that fires too early only looks again: cheaper than moving it for every read.
            if deadline is not None and self._timer_at <= deadline:
                return
            self._disarm()
        if deadline is not None:
            self._timer_at = deadline
            late = deadline <= self._clock.time()  # a clock that stands still does not call for what is past
            self._timer = (
                self._loop.call_soon(self._expired) if late else self._clock.call_at(deadline, self._expired)
            )

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        self._timer = None
        try:
            # The loop may call a hair early; the core must not be asked again and again.
            self._client.handle_timeout(now=max(self._clock.time(), self._timer_at))
        finally:
            self._flush()


class _Carrier(asyncio.BufferedProtocol):
    """One connection's transport, from the attempt to open it until it is gone.

    It reads into a buffer of its own: a new one for each read costs more than the read.
    """

    def __init__(self, pump: Pump, key: int) -> None:
        self._buffer = memoryview(bytearray(SIZE))
        self._pump = pump
        self._key = key
        self._transport: asyncio.Transport | None = None
        self._dialing: asyncio.Task[object] | None = None
        self._reading = True
        self._linger: asyncio.TimerHandle | None = None

    def dial(self, loop: asyncio.AbstractEventLoop, endpoint: Endpoint) -> None:
        """Open the transport."""
        address = endpoint.dialed
        connecting = loop.create_connection(lambda: self, address.host, address.port)
        self._dialing = loop.create_task(connecting)
        self._dialing.add_done_callback(self._dialed)

    def _dialed(self, dialing: asyncio.Task[object]) -> None:
        """Report an attempt that failed, however it did; one that was cancelled may never have begun."""
        error = asyncio.CancelledError("given up") if dialing.cancelled() else dialing.exception()
        if error is not None and self._transport is None:
            self._pump.lost(self._key, error)

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

    # --- asyncio.BufferedProtocol ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._pump.dialed(self._key)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._pump.received(self._key, bytes(self._buffer[:nbytes]))

    def eof_received(self) -> None:
        self._pump.received_eof(self._key)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._linger is not None:
            self._linger.cancel()
        self._pump.lost(self._key, str(exc) if exc is not None else "the connection ended")
