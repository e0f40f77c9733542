"""Moves the bytes of a client over trio. No decision is made here.

Two tasks for each connection, one that reads and one that writes all there is in one go, and one task that
serves the client when it is time, or when callers did something: what they submit in one pass of trio's loop
leaves in one write. No cancellation reaches these tasks; they end when the pump is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from math import inf
from typing import Any, TypeVar

import trio
from trio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled, enable_ki_protection

from tgdrivers.clock import Clock, Timer
from tgdrivers.credentials import TokenSource, ask_later, tell
from tgdrivers.log import log
from tgdrivers.network import Endpoint
from tgproto.driven import Dial, Driven, Transfer
from tgproto.errors import CallCancelled, LocalProtocolError
from tgproto.session.events import CredentialWanted, Outcome, Payload, StreamReadable
from tgproto.session.request import Submission

T = TypeVar("T")

LINGER = 5.0
"""Seconds that closing may take, and that the last bytes of a connection may take to leave."""


class Pump:
    """Drives one client in a nursery. Belongs to that run of trio and its thread.

    Args:
        client: What to drive.
        endpoint: Where to connect.
        nursery: Where the tasks live.
        clock: Source of time; trio's by default.
        tokens: What supplies tokens, if something does.
    """

    def __init__(
        self,
        client: Driven,
        endpoint: Endpoint,
        nursery: trio.Nursery,
        clock: Clock | None = None,
        tokens: TokenSource | None = None,
    ) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._clock = clock
        self._time = trio.current_time if clock is None else clock.time
        self._client = client
        self._endpoint = endpoint
        self._nursery = nursery
        self._tokens = tokens
        self._asking = trio.CancelScope(shield=True)
        self._carriers: dict[int, _Carrier] = {}
        self._waiters: dict[int, trio.Event] = {}
        self._alarm = trio.CancelScope(shield=True)
        self._alarm_at = inf
        self._timer: Timer | None = None  # rings the alarm if there is a clock
        self._due = trio.Event()  # set when the client is to be served
        self._gone = trio.Event()  # set when a carrier is gone
        self._over = False
        nursery.start_soon(self._serve)

    # --- for the callers ----------------------------------------------------------------------

    @enable_ki_protection
    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request; see `Driven.submit`."""
        self._check_run()
        now = self._time()
        stream_id = self._client.submit(submission, now=now, timeout=timeout, total_timeout=total_timeout)
        self._due.set()
        return stream_id

    @enable_ki_protection
    async def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Wait until a stream has something, and take it. Cancelling loses nothing. Always a checkpoint.

        Raises:
            CallCancelled: The stream was cancelled meanwhile.
            LocalProtocolError: The stream belongs to another run of trio.
        """
        self._check_run()
        await checkpoint_if_cancelled()
        taken = self._take(stream_id)
        if taken is not None:
            await cancel_shielded_checkpoint()
        while taken is None:
            await self._wait(stream_id)
            taken = self._take(stream_id)
        return taken

    async def pause(self, seconds: float) -> None:
        """Let time pass; it is the runtime's, whatever the clock."""
        await trio.sleep(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call a function that may block in a thread. Being cancelled, it waits until that is done."""
        return await trio.to_thread.run_sync(function)

    async def beside(
        self, work: Callable[[], Coroutine[Any, Any, T]], watch: Callable[[], Coroutine[Any, Any, None]]
    ) -> T:
        """Do some work in this task, and watch in another one; see `AwaitedBulkCarrier.beside`."""
        done: list[T] = []
        try:
            async with trio.open_nursery(strict_exception_groups=True) as nursery:
                nursery.start_soon(watch)
                done.append(await work())
                nursery.cancel_scope.cancel()
        except BaseExceptionGroup as failed:
            told = [error for error in failed.exceptions if not isinstance(error, trio.Cancelled)]
            raise (told or failed.exceptions)[0] from None
        return done[0]

    @enable_ki_protection
    def cancel(self, stream_id: int) -> None:
        """Forget a stream; see `Driven.cancel`. Whoever waits for it is told."""
        self._check_run()
        waiter = self._waiters.pop(stream_id, None)
        if waiter is not None:
            waiter.set()
        self._client.cancel(stream_id, now=self._time())
        self._due.set()

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream from wherever the caller is: another thread, or the garbage collector."""
        with suppress(trio.RunFinishedError):  # the stream is gone with the run
            self._token.run_sync_soon(self.cancel, stream_id)

    async def aclose(self) -> None:
        """Close every connection and wait until they are gone, for `LINGER` seconds at most."""
        self._client.close(now=self._time())
        self._flush()
        with trio.move_on_after(LINGER):
            while self._carriers:
                self._gone = trio.Event()
                await self._gone.wait()

    def abort(self) -> None:
        """End every task."""
        self._over = True
        self._alarm.cancel()
        self._asking.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for carrier in self._carriers.values():
            carrier.abort()

    # --- for the carriers ---------------------------------------------------------------------

    def received(self, key: int, data: bytes) -> None:
        """Bytes were read."""
        try:
            self._client.receive_data(key, data, now=self._time())
        finally:
            self._flush()

    def received_eof(self, key: int) -> None:
        """The peer will send no more."""
        self._client.receive_eof(key, now=self._time())
        self._flush()

    def dialed(self, key: int) -> None:
        """A transport is up."""
        self._client.dialed(key, now=self._time())
        self._flush()

    def lost(self, key: int, detail: str | BaseException) -> None:
        """A transport is gone, or, with an exception, could not be opened."""
        del self._carriers[key]
        self._gone.set()
        self._client.connection_lost(key, *self._endpoint.loss(detail), now=self._time())
        self._flush()

    # --- inside -------------------------------------------------------------------------------

    def _check_run(self) -> None:
        with suppress(RuntimeError):
            if trio.lowlevel.current_trio_token() is self._token:
                return
        raise LocalProtocolError("this stream belongs to another run of trio; read it where it was opened")

    def _take(self, stream_id: int) -> tuple[list[Payload], Outcome | None] | None:
        taken = self._client.take(stream_id, now=self._time())
        if not taken[0] and taken[1] is None:
            return None
        self._due.set()
        return taken

    async def _wait(self, stream_id: int) -> None:
        waiter = self._waiters[stream_id] = trio.Event()
        try:
            await waiter.wait()
        finally:
            cancelled = self._waiters.pop(stream_id, None) is None
        if cancelled:
            raise CallCancelled("the stream was closed while it was read")

    @enable_ki_protection
    async def _serve(self) -> None:
        while not self._over:
            with self._alarm:
                while True:
                    await self._due.wait()
                    self._due = trio.Event()
                    self._flush()
            self._alarm = trio.CancelScope(shield=True)
            self._alarm_at = inf
            try:
                self._client.handle_timeout(now=self._time())
            finally:
                self._flush()

    def _flush(self) -> None:
        now = self._time()
        try:
            self._notify()
            while (transfer := self._client.next_transfer(now=now)) is not None:
                carrier = self._carriers.get(transfer.key)
                if carrier is not None:
                    carrier.serve(transfer)
                self._notify()
        finally:
            self._arm()

    def _notify(self) -> None:
        while (notice := self._client.next_notice()) is not None:
            match notice:
                case StreamReadable(stream_id=stream_id):
                    waiter = self._waiters.get(stream_id)
                    if waiter is not None:
                        waiter.set()
                    continue
                case Dial(key=key):
                    carrier = self._carriers[key] = _Carrier(self, key)
                    self._nursery.start_soon(carrier.run, self._endpoint)
                case CredentialWanted() if self._tokens is not None:
                    self._asking.cancel()  # one that was asked takes too long
                    self._asking = trio.CancelScope(shield=True)
                    self._nursery.start_soon(self._ask, self._tokens, self._asking)
                case _:
                    pass
            log(notice)

    @enable_ki_protection
    async def _ask(self, tokens: TokenSource, scope: trio.CancelScope) -> None:
        with scope:
            told = await ask_later(tokens, partial(trio.to_thread.run_sync, abandon_on_cancel=True))
            tell(self._client, told, now=self._time())
            self._flush()

    def _arm(self) -> None:
        deadline = self._client.next_deadline()
        # An alarm that goes off too early only looks again: cheaper than moving it for every read.
        if deadline is None or self._alarm_at <= deadline:
            return
        self._alarm_at = deadline
        if self._clock is None:
            self._alarm.deadline = deadline
        else:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._clock.call_at(deadline, self._ring)
            if deadline <= self._clock.time():  # a clock that stands still does not call for what is past
                self._ring()

    def _ring(self) -> None:
        """The clock calls back, perhaps in another thread."""
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._alarm.cancel)


class _Carrier:
    """One connection's transport, from the attempt to open it until it is gone."""

    def __init__(self, pump: Pump, key: int) -> None:
        self._pump = pump
        self._key = key
        self._scope = trio.CancelScope(shield=True)
        self._detail: str | BaseException = "given up"
        self._up = False
        self._closed = False
        self._outbox: list[bytes] = []
        self._to_do = trio.Event()  # set when there is something to write or to close
        self._reading = trio.Event()  # set while reading is wanted
        self._reading.set()

    def serve(self, transfer: Transfer) -> None:
        """Write, read or pause, close."""
        if transfer.data:
            self._outbox.append(transfer.data)
            self._to_do.set()
        if transfer.closed:
            if not self._closed:
                self._closed = True
                self._to_do.set()
                self._scope.deadline = trio.current_time() + LINGER if self._up else -inf
        elif not transfer.wants_read:
            if self._reading.is_set():
                self._reading = trio.Event()
        else:
            self._reading.set()

    def abort(self) -> None:
        """Close at once."""
        self._scope.cancel()

    @enable_ki_protection
    async def run(self, endpoint: Endpoint) -> None:
        """Open the transport, and carry bytes until it is gone."""
        try:
            with self._scope:
                try:
                    stream = await trio.open_tcp_stream(endpoint.dialed.host, endpoint.dialed.port)
                except (OSError, ValueError) as error:
                    self._detail = error
                else:
                    await self._carry(stream)
        finally:
            self._pump.lost(self._key, self._detail)

    async def _carry(self, stream: trio.abc.Stream) -> None:
        async with stream:
            self._up = True
            self._pump.dialed(self._key)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, stream)
                nursery.start_soon(self._write, stream)

    @enable_ki_protection
    async def _read(self, stream: trio.abc.Stream) -> None:
        try:
            # Nothing that was read is lost: the pump has it before anything else is awaited.
            while data := await stream.receive_some():
                self._pump.received(self._key, bytes(data))
                while not self._reading.is_set():
                    await self._reading.wait()
        except trio.BrokenResourceError as error:
            self._give_up(error)
        else:
            self._pump.received_eof(self._key)

    @enable_ki_protection
    async def _write(self, stream: trio.abc.Stream) -> None:
        try:
            while self._outbox or not self._closed:
                await self._to_do.wait()
                self._to_do = trio.Event()
                data = b"".join(self._outbox)
                self._outbox.clear()
                await stream.send_all(data)
        except trio.BrokenResourceError as error:
            self._give_up(error)
        else:
            self._detail = "the connection ended"
            self._scope.cancel()

    def _give_up(self, error: trio.BrokenResourceError) -> None:
        self._detail = str(error.__cause__ or error)
        self._scope.cancel()
