"""What a streaming operation returns, in both colours, over anything that carries requests.

This module and `scopes` are the ones of the core that define coroutine functions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Sequence
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from tgproto.catalog.call import Call
from tgproto.catalog.options import CallOptions
from tgproto.catalog.receipt import Receipt
from tgproto.errors import CallCancelled, LocalProtocolError, StreamInUse
from tgproto.session.events import Outcome, Payload
from tgproto.session.request import Submission

C = TypeVar("C")
T = TypeVar("T")


class Carrier(Protocol):
    """Submits requests of this thread, task or program. A driver's pump is one."""

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request, and return the id of its stream."""
        ...

    def cancel(self, stream_id: int) -> None:
        """Forget a stream; whoever waits for it is told. Harmless if it is over."""
        ...

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream, from wherever the caller is: another thread, or the garbage collector."""
        ...


class BlockingCarrier(Carrier, Protocol):
    """A carrier whose callers block."""

    def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Wait until a stream has something, and take it.

        Raises:
            CallCancelled: The stream was cancelled meanwhile.
        """
        ...

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...


class AwaitedCarrier(Carrier, Protocol):
    """A carrier whose callers await. Cancelling a wait loses nothing."""

    def receive(self, stream_id: int) -> Coroutine[Any, Any, tuple[list[Payload], Outcome | None]]:
        """Wait until a stream has something, and take it.

        Raises:
            CallCancelled: The stream was cancelled meanwhile.
        """
        ...

    def pause(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Let time pass."""
        ...

    def in_thread(self, function: Callable[[], T]) -> Coroutine[Any, Any, T]:
        """Call a function that may block in a thread, and return what it returns. It runs to its end."""
        ...


K = TypeVar("K", bound=Carrier)


_CLOSED = 0
"""Id of no stream: receiving from it tells a reader that its stream was closed a moment ago."""


def _submit(carrier: Carrier, call: Call[Any], options: CallOptions) -> int:
    """Submit a request; of two limits of its duration, the shorter one holds."""
    limits = [limit for limit in (call.total_timeout, options.total_timeout) if limit is not None]
    return carrier.submit(call, timeout=options.timeout, total_timeout=min(limits, default=None))


class _Exchange(Generic[K, C, T]):
    """What both colours share: the request, what of the answer has come, and whether somebody reads it."""

    def __init__(self, carrier: K, call: Call[T], options: CallOptions) -> None:
        self._carrier = carrier
        self._call = call
        self._options = options
        self._receipt: Receipt[C, T] = Receipt(call)
        self._submitted = False
        self._stream_id: int | None = None
        self._reading = False

    def __repr__(self) -> str:
        state = "over" if self._receipt.complete else "new" if self._stream_id is None else "under way"
        return f"<{type(self).__name__} of {self._call.context}: {state}>"

    def _start(self) -> int | None:
        """Submit the request, once; return the id of the stream, None if it is over."""
        if not self._submitted and not self._receipt.complete:
            self._stream_id = _submit(self._carrier, self._call, self._options)
            self._submitted = True
        return self._stream_id

    def _begin_reading(self) -> int:
        """Take the turn to read, and return the id of the stream."""
        if self._reading:
            raise StreamInUse(
                f"{self._call.context}: somebody else is reading this stream; give each reader its own"
            )
        self._reading = True
        try:
            return self._start() or _CLOSED
        except BaseException:
            self._reading = False
            raise

    def _feed(self, taken: tuple[list[Payload], Outcome | None]) -> None:
        payloads, outcome = taken
        if outcome is not None:
            self._stream_id = None
        self._receipt.feed(payloads, outcome)

    def _next_chunk(self) -> C | None:
        """Return a chunk that has come; None if there is none yet, or none any more."""
        try:
            chunk = self._receipt.next_chunk()
            if chunk is None and self._receipt.complete:
                self._receipt.check()
            return chunk
        except BaseException:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Cancel what is left, without waiting for anything. Harmless when repeated or after the end."""
        if self._stream_id is not None:
            self._carrier.cancel(self._stream_id)
            self._stream_id = None
        self._receipt.abandon()

    def _forget(self) -> None:
        """Nobody has a stream any more; this may be the garbage collector's doing, anywhere."""
        stream_id = self.__dict__.get("_stream_id")
        if stream_id is not None:
            self._carrier.cancel_later(stream_id)


class Stream(_Exchange[BlockingCarrier, C, T]):
    """A stream to loop over, in a `with` block or without. Leaving the block cancels what is left.

    The request is sent when the stream is made or, without a connection, when it is first read. Any thread
    may read it, one at a time. An interrupt of the wait for a chunk ends the stream.

    Args:
        carrier: What carries the request.
        call: What to ask.
        options: Time limits.
    """

    def __init__(self, carrier: BlockingCarrier, call: Call[T], options: CallOptions) -> None:
        super().__init__(carrier, call, options)
        self._start()

    def result(self) -> T:
        """Wait for the end and return the whole answer, with the chunks already taken.

        Raises:
            LocalProtocolError: The answer is long, and was not kept because its chunks were taken.
            TrustGraphError: The call failed; its `partial` is what came before.
        """
        try:
            while not self._receipt.complete:
                self._receive()
            return self._receipt.result()
        except StreamInUse:
            raise
        except BaseException:
            self.cancel()
            raise

    def _receive(self) -> None:
        stream_id = self._begin_reading()
        try:
            self._feed(self._carrier.receive(stream_id))
        except (CallCancelled, LocalProtocolError):
            if not self._receipt.complete:  # or it was closed meanwhile
                raise
        except BaseException:
            self.cancel()  # what was taken when an interrupt came may be lost
            raise
        finally:
            self._reading = False

    def __iter__(self) -> Iterator[C]:
        """Return itself."""
        return self

    def __next__(self) -> C:
        """Wait for the next chunk.

        Raises:
            StopIteration: The answer is over.
            TrustGraphError: The call failed; every chunk before the failure has been returned.
        """
        while (chunk := self._next_chunk()) is None:
            if self._receipt.complete:
                raise StopIteration
            self._receive()
        return chunk

    def close(self) -> None:
        """Cancel what is left. Harmless when repeated or after the end."""
        self.cancel()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.cancel()

    def __del__(self) -> None:
        self._forget()


class AsyncStream(_Exchange[AwaitedCarrier, C, T]):
    """A stream to loop over with `async for`, in an `async with` block or without.

    It can be awaited, which returns the stream itself: `async for chunk in flow.agent(…, streaming=True)`
    and `async for chunk in await flow.agent(…, streaming=True)` both work. The request is sent when the
    stream is first awaited, entered or read. An iteration that is cancelled while it waits loses nothing:
    read on, or close. Cancelling `result()` closes the stream.

    Args:
        carrier: What carries the request.
        call: What to ask.
        options: Time limits.
    """

    async def result(self) -> T:
        """Wait for the end and return the whole answer, with the chunks already taken.

        Raises:
            LocalProtocolError: The answer is long, and was not kept because its chunks were taken.
            TrustGraphError: The call failed; its `partial` is what came before.
        """
        try:
            while not self._receipt.complete:
                await self._receive()
            return self._receipt.result()
        except StreamInUse:
            raise
        except BaseException:
            self.cancel()
            raise

    async def _receive(self) -> None:
        stream_id = self._begin_reading()
        try:
            self._feed(await self._carrier.receive(stream_id))
        except (CallCancelled, LocalProtocolError):
            if not self._receipt.complete:  # or it was closed meanwhile
                raise
        finally:
            self._reading = False

    def __aiter__(self) -> AsyncIterator[C]:
        """Return itself."""
        return self

    async def __anext__(self) -> C:
        """Wait for the next chunk.

        Raises:
            StopAsyncIteration: The answer is over.
            TrustGraphError: The call failed; every chunk before the failure has been returned.
        """
        while (chunk := self._next_chunk()) is None:
            if self._receipt.complete:
                raise StopAsyncIteration
            await self._receive()
        return chunk

    async def aclose(self) -> None:
        """Cancel what is left. Harmless when repeated or after the end."""
        self.cancel()

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
        self.cancel()

    def __del__(self) -> None:
        self._forget()


def result_of(carrier: BlockingCarrier, call: Call[T], options: CallOptions) -> T:
    """Carry a call out whose answer is only wanted whole. An interrupt abandons the request."""
    receipt: Receipt[object, T] = Receipt(call)
    stream_id = _submit(carrier, call, options)
    try:
        while not receipt.complete:
            receipt.feed(*carrier.receive(stream_id))
    except BaseException:
        carrier.cancel(stream_id)
        raise
    return receipt.result()


def results_of(carrier: BlockingCarrier, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
    """Carry calls out at the same time. The first failure in their order abandons the rest."""
    under_way = _Together[T]()
    try:
        under_way.submit(carrier, calls, options)
        while (front := under_way.front) is not None:
            under_way.feed(*carrier.receive(front))
        return under_way.results
    except BaseException:
        under_way.abandon(carrier)
        raise


async def awaited_result_of(carrier: AwaitedCarrier, call: Call[T], options: CallOptions) -> T:
    """Carry a call out whose answer is only wanted whole. Cancelling it abandons the request."""
    receipt: Receipt[object, T] = Receipt(call)
    stream_id = _submit(carrier, call, options)
    try:
        while not receipt.complete:
            receipt.feed(*await carrier.receive(stream_id))
    except BaseException:
        carrier.cancel(stream_id)
        raise
    return receipt.result()


async def awaited_results_of(
    carrier: AwaitedCarrier, calls: Sequence[Call[T]], options: CallOptions
) -> list[T]:
    """Carry calls out at the same time. The first failure in their order abandons the rest."""
    under_way = _Together[T]()
    try:
        under_way.submit(carrier, calls, options)
        while (front := under_way.front) is not None:
            under_way.feed(*await carrier.receive(front))
        return under_way.results
    except BaseException:
        under_way.abandon(carrier)
        raise


class _Together(Generic[T]):
    """Calls that were submitted at the same time. Answers are received in their order.

    Attributes:
        results: Of the calls that are over.
    """

    def __init__(self) -> None:
        self.results: list[T] = []
        self._waiting: deque[tuple[int, Receipt[object, T]]] = deque()

    @property
    def front(self) -> int | None:
        """The stream to receive from; None if there is none left."""
        return self._waiting[0][0] if self._waiting else None

    def submit(self, carrier: Carrier, calls: Sequence[Call[T]], options: CallOptions) -> None:
        """Submit them all."""
        for call in calls:
            stream_id = _submit(carrier, call, options)
            self._waiting.append((stream_id, Receipt(call)))

    def feed(self, payloads: list[Payload], outcome: Outcome | None) -> None:
        """Take what the stream in front has received."""
        receipt = self._waiting[0][1]
        receipt.feed(payloads, outcome)
        if receipt.complete:
            self._waiting.popleft()
            self.results.append(receipt.result())

    def abandon(self, carrier: Carrier) -> None:
        """Forget the streams that are left."""
        for stream_id, _ in self._waiting:
            carrier.cancel(stream_id)
