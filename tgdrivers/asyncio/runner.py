"""Carries the catalogue's calls out over the socket: plain calls and streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from tgdrivers.asyncio.pump import Pump
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.options import CallOptions
from tgproto.catalog.receipt import Receipt
from tgproto.errors import LocalProtocolError

C = TypeVar("C")
T = TypeVar("T")


class SocketRunner:
    """Runs calls on the multiplexed socket.

    Args:
        pump: Returns the pump of the running loop.
    """

    def __init__(self, pump: Callable[[], Pump]) -> None:
        self._pump = pump

    async def call(self, call: Call[T], options: CallOptions) -> T:
        """Carry a call out; see `AsyncRunner`. Cancelling it abandons the request."""
        stream: SocketStream[Any, T] = SocketStream(self._pump(), call, options)
        return await stream.result()

    def open(self, call: StreamCall[C, T], options: CallOptions) -> SocketStream[C, T]:
        """Return a stream that starts when it is first awaited or iterated; see `AsyncRunner`."""
        return SocketStream(self._pump(), call, options)


class SocketStream(Generic[C, T]):
    """A streaming call under way; see `AsyncStream`. For one task at a time.

    Args:
        pump: What carries it.
        call: What to ask.
        options: Time limits.
    """

    def __init__(self, pump: Pump, call: Call[T], options: CallOptions) -> None:
        self._pump = pump
        self._call = call
        self._options = options
        self._receipt: Receipt[C, T] = Receipt(call)
        self._stream_id: int | None = None
        self._reading = False

    async def __anext__(self) -> C:
        """Return the next chunk.

        Raises:
            StopAsyncIteration: The answer is over.
            TrustGraphError: The call failed; every chunk before the failure has been returned.
        """
        receipt = self._receipt
        self._check_alone()
        try:
            while (chunk := receipt.next_chunk()) is None:
                if receipt.complete:
                    receipt.check()
                    raise StopAsyncIteration
                await self._receive()
        except BaseException:
            self._cancel()
            raise
        return chunk

    async def result(self) -> T:
        """Wait for the end and return the whole answer, with the chunks already taken.

        Raises:
            TrustGraphError: The call failed; its `partial` is what came before.
        """
        self._check_alone()
        try:
            while not self._receipt.complete:
                await self._receive()
            return self._receipt.result()
        except BaseException:
            self._cancel()
            raise

    async def aclose(self) -> None:
        """Cancel what is left. Harmless when repeated or after the end."""
        self._cancel()

    def __aiter__(self) -> AsyncIterator[C]:
        """Return itself."""
        return self

    def __await__(self) -> Generator[Any, Any, Self]:
        """Start the call, and return itself."""
        self._start()
        return self
        yield  # a generator, so that it can be awaited

    async def __aenter__(self) -> Self:
        """Start the call, and return itself."""
        self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self._cancel()

    def __del__(self) -> None:
        stream_id = self.__dict__.get("_stream_id")
        if stream_id is not None:
            self._pump.cancel_later(stream_id)

    # --- inside -------------------------------------------------------------------------------

    def _start(self) -> int:
        if self._stream_id is None:
            options = self._options
            self._stream_id = self._pump.submit(
                self._call, timeout=options.timeout, total_timeout=options.total_timeout
            )
        return self._stream_id

    def _check_alone(self) -> None:
        if self._reading:
            raise LocalProtocolError("another task is reading this stream; give each task one of its own")

    async def _receive(self) -> None:
        self._reading = True
        try:
            payloads, outcome = await self._pump.receive(self._start())
        finally:
            self._reading = False
        self._receipt.feed(payloads, outcome)
        if outcome is not None:
            self._stream_id = None

    def _cancel(self) -> None:
        stream_id, self._stream_id = self._stream_id, None
        if stream_id is not None:
            self._pump.cancel(stream_id)
        self._receipt.abandon()
