"""Carries imports and exports out, in both colours, over anything that carries requests.

Like `catalog.streams`, this module may define coroutine functions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Iterator
from itertools import islice
from math import inf
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from tgproto.bulk.requests import decode_report
from tgproto.catalog.bulk_importer import Importer
from tgproto.catalog.bulk_plans import ExportPlan, ImportPlan
from tgproto.catalog.options import CallOptions
from tgproto.catalog.streams import AwaitedCarrier, BlockingCarrier, Carrier
from tgproto.errors import CallCancelled, CallError, LocalProtocolError, StreamInUse
from tgproto.session.events import Failed, Outcome, Payload
from tgproto.types.bulk import Batch, ImportResult

T = TypeVar("T")
K = TypeVar("K", bound=Carrier)

AHEAD = 64
"""Messages of an export that are read in one go, at most."""


class AwaitedBulkCarrier(AwaitedCarrier, Protocol):
    """A carrier of asynchronous callers that can wait for two things at once."""

    def beside(
        self, work: Callable[[], Coroutine[Any, Any, T]], watch: Callable[[], Coroutine[Any, Any, None]]
    ) -> Coroutine[Any, Any, T]:
        """Do some work in the caller's task, and watch meanwhile; return what the work returns.

        When the work is over, the watch is cancelled. If the watch raises, the work is cancelled, and what
        the watch raised is raised.
        """
        ...


# --- imports --------------------------------------------------------------------------------------


def run_import(carrier: BlockingCarrier, plan: ImportPlan, options: CallOptions) -> ImportResult:
    """Carry an import out. An interrupt, or an error of the source, gives it up."""
    importer = Importer(plan)
    source = plan.source
    if not isinstance(source, Iterable):
        raise TypeError("an asynchronous source needs an asynchronous caller: tgdrivers.asyncio or trio")
    items = iter(source)
    limits = {"timeout": options.timeout, "total_timeout": options.total_timeout}
    stream_id = carrier.submit(importer.opening, **limits)
    try:
        while not importer.complete:
            importer.hear(*carrier.receive(stream_id))
            while importer.room:
                batch = list(islice(items, importer.ask()))
                if not carrier.submit(importer.message(stream_id, batch), **limits):
                    break
    except BaseException:
        carrier.cancel(stream_id)
        raise
    return importer.result


async def awaited_import(carrier: AwaitedBulkCarrier, plan: ImportPlan, options: CallOptions) -> ImportResult:
    """Carry an import out. Cancelling it, or an error of the source, gives it up.

    An asynchronous source is waited for in this task. Meanwhile the gateway is listened to: if the import is
    over, the wait for the source is cancelled.
    """
    importer = Importer(plan)
    source = plan.source
    ready = iter(source) if isinstance(source, Iterable) else None
    awaited = None if isinstance(source, Iterable) else aiter(source)
    limits = {"timeout": options.timeout, "total_timeout": options.total_timeout}
    stream_id = carrier.submit(importer.opening, **limits)

    async def feed() -> None:
        assert awaited is not None
        while importer.room:
            batch = await _take(awaited, importer.ask())
            carrier.submit(importer.message(stream_id, batch), **limits)

    async def listen() -> None:
        while True:
            importer.hear(*await carrier.receive(stream_id))

    try:
        while not importer.complete:
            importer.hear(*await carrier.receive(stream_id))
            if importer.room and awaited is not None:
                await carrier.beside(feed, listen)
            while importer.room and ready is not None:
                batch = list(islice(ready, importer.ask()))
                if not carrier.submit(importer.message(stream_id, batch), **limits):
                    break
    except BaseException:
        carrier.cancel(stream_id)
        raise
    return importer.result


async def _take(source: AsyncIterator[T], size: int) -> list[T]:
    """Take the next items; fewer at the end."""
    batch: list[T] = []
    while len(batch) < size:
        try:
            batch.append(await anext(source))
        except StopAsyncIteration:
            break
    return batch


# --- exports --------------------------------------------------------------------------------------


class _Export(Generic[K, T]):
    """What both colours share: what has come, in order, and whether somebody reads it."""

    def __init__(self, carrier: K, plan: ExportPlan[T], options: CallOptions) -> None:
        self._carrier = carrier
        self._plan = plan
        self._options = options
        self._left = inf if plan.limit is None else plan.limit
        self._came: deque[list[Payload] | str] = deque()  # runs of messages, and reasons of gaps between
        self._ready: list[T] = []  # items that were read ahead, the next one last; need only be given
        self._looked_at: list[T] = []  # the same, but each may be the last one
        self._run: list[Payload] = []  # the messages that were read last; these items are from them
        self._size = 0  # how many items these have
        self._opened = False
        self._outcome: Outcome | None = None
        self._closed = False
        self._submitted = False
        self._stream_id: int | None = None
        self._reading = False

    def __repr__(self) -> str:
        state = "over" if self._closed else "new" if self._stream_id is None else "under way"
        return f"<{type(self).__name__} of {self._plan.opening.context}: {state}>"

    def _start(self) -> None:
        """Open the socket, once."""
        if not self._submitted and not self._closed:
            self._submitted = True
            self._stream_id = self._carrier.submit(
                self._plan.opening, timeout=self._options.timeout, total_timeout=self._options.total_timeout
            )

    def _begin_reading(self) -> int:
        if self._reading:
            raise StreamInUse(
                f"{self._plan.opening.context}: somebody else is reading this; give each reader its own"
            )
        self._start()
        self._reading = True
        return self._stream_id or 0

    def _feed(self, payloads: list[Payload], outcome: Outcome | None) -> None:
        if outcome is not None:
            self._stream_id, self._outcome = None, outcome
        if not payloads:
            return
        report, *frames = payloads
        said = decode_report(report)
        behind = 0
        for number, reason in said.gaps:
            self._came += _runs(frames[behind:number])
            self._came.append(reason)
            behind = number
        self._came += _runs(frames[behind:])
        if said.opened and not self._opened:
            self._opened = True
            if self._plan.on_open is not None:
                self._plan.on_open()

    def _next_item(self) -> tuple[T] | None:
        """Return an item that has come; None if there is none yet, or none any more."""
        try:
            while not self._closed:  # another thread may close it at any time
                if ready := self._ready:
                    return (ready.pop(),)
                if items := self._looked_at:
                    return (self._look(items.pop()),)
                if not self._came:
                    return None
                self._read_ahead()
        except BaseException:
            self._cancel()
            raise
        self._forget_items()
        return None

    def _look(self, item: T) -> T:
        """Return an item; it is over if that is the last one."""
        self._left -= 1
        if (self._plan.until is not None and self._plan.until(item)) or self._left <= 0:
            self._cancel()
        return item

    def _read_ahead(self) -> None:
        """Read the next run of messages, up to one that cannot be read, or tell of the gap."""
        run = self._came[0]
        items, count = self._plan.read.ahead(run) if isinstance(run, list) else ([], 0)
        if count:
            self._take(count)
        else:
            items = list(self._read())
        self._size = len(items)
        items.reverse()
        if self._plan.until is None and self._size < self._left:
            self._left -= self._size
            self._ready = items
        else:
            self._looked_at = items

    def _put_back(self) -> int:
        """Forget what was read ahead; return how many items of the messages that come next were given."""
        left = len(self._ready) + len(self._looked_at)
        if not left:
            return 0
        self._left += len(self._ready)
        self._forget_items()
        self._came.appendleft(self._run)
        return self._size - left

    def _next_batch(self) -> Batch[T] | None:
        """Return what is left of a message that has come; None if there is none."""
        try:
            given = self._put_back()
            while self._came and not self._closed:
                batch = self._read()
                if given < len(batch):
                    return self._cut(Batch(batch[given:], batch.metadata) if given else batch)
                given -= len(batch)
        except BaseException:
            self._cancel()
            raise
        return None

    def _cut(self, batch: Batch[T]) -> Batch[T]:
        """Return a message, without what comes behind the last item."""
        until = self._plan.until
        del batch[int(min(len(batch), self._left)) :]
        ends = next((n for n, item in enumerate(batch, 1) if until is not None and until(item)), None)
        del batch[len(batch) if ends is None else ends :]
        self._left -= len(batch)
        if ends is not None or self._left <= 0:
            self._cancel()
        return batch

    def _read(self) -> Batch[T]:
        """Read the next message that has come, or tell of the gap, which has no items."""
        came = self._came[0]
        if isinstance(came, str):
            self._came.popleft()
            assert self._plan.on_gap is not None
            self._plan.on_gap(came)
            return Batch()
        try:
            return self._plan.read(*self._take(1))
        except CallError as error:
            raise error.with_context(self._plan.opening.context) from None

    def _take(self, count: int) -> list[Payload]:
        """Take the next messages, all of one run."""
        run = self._came.popleft()
        assert isinstance(run, list)
        if count < len(run):
            self._came.appendleft(run[count:])
        self._run = run[:count]
        return self._run

    def _is_over(self) -> bool:
        """Return whether nothing more will come; raises what went wrong, once."""
        if self._closed:
            return True
        if self._outcome is None:
            return False
        self._closed = True
        if isinstance(self._outcome, Failed):
            raise self._outcome.error
        return True

    def _cancel(self) -> None:
        self._closed = True
        self._came.clear()
        self._forget_items()
        stream_id, self._stream_id = self._stream_id, None
        if stream_id is not None:
            self._carrier.cancel(stream_id)

    def _forget_items(self) -> None:
        self._ready, self._looked_at = [], []

    def _forget(self) -> None:
        """Nobody has it any more; this may be the garbage collector's doing, anywhere."""
        stream_id = self.__dict__.get("_stream_id")
        if stream_id is not None:
            self._carrier.cancel_later(stream_id)


def _runs(payloads: list[Payload]) -> Iterator[list[Payload]]:
    """Divide messages into lists of some length, but none is empty."""
    return (payloads[start : start + AHEAD] for start in range(0, len(payloads), AHEAD))


class Export(_Export[BlockingCarrier, T]):
    """A live tap to loop over, in a `with` block or without. Leaving the block closes the socket.

    The socket is opened when the export is made. Any thread may read it, one at a time.

    Args:
        carrier: What carries it.
        plan: What to export.
        options: Time limits.
    """

    def __init__(self, carrier: BlockingCarrier, plan: ExportPlan[T], options: CallOptions) -> None:
        super().__init__(carrier, plan, options)
        self._start()

    def __iter__(self) -> Iterator[T]:
        """Return itself."""
        return self

    def __next__(self) -> T:
        """Wait for the next item.

        Raises:
            StopIteration: It is over: `limit`, `idle_timeout`, `until`, or it was closed.
            ExportInterrupted: The connection was lost; everything that came before was returned.
            CallError: It could not begin, or a message cannot be read.
        """
        if ready := self._ready:  # most often it is that simple
            return ready.pop()
        while (found := self._next_item()) is None:
            if self._is_over():
                raise StopIteration
            self._receive()
        return found[0]

    def batches(self) -> Iterator[Batch[T]]:
        """Yield what comes message by message, with its metadata; else as if looped over."""
        while True:
            batch = self._next_batch()
            if batch is not None:
                yield batch
            elif self._is_over():
                return
            else:
                self._receive()

    def _receive(self) -> None:
        stream_id = self._begin_reading()
        try:
            self._feed(*self._carrier.receive(stream_id))
        except (CallCancelled, LocalProtocolError):
            if not self._closed:  # or it was closed meanwhile
                raise
        except BaseException:
            self._cancel()  # what was taken when an interrupt came may be lost
            raise
        finally:
            self._reading = False

    def close(self) -> None:
        """Close the socket. Harmless when repeated or after the end."""
        self._cancel()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self._cancel()

    def __del__(self) -> None:
        self._forget()


class AsyncExport(_Export[AwaitedCarrier, T]):
    """A live tap to loop over with `async for`, in an `async with` block or without.

    It can be awaited, which opens the socket and returns the export itself; else that is done when it is
    first read. An iteration that is cancelled while it waits loses nothing: read on, or close.

    Args:
        carrier: What carries it.
        plan: What to export.
        options: Time limits.
    """

    def __aiter__(self) -> AsyncIterator[T]:
        """Return itself."""
        return self

    async def __anext__(self) -> T:
        """Wait for the next item.

        Raises:
            StopAsyncIteration: It is over: `limit`, `idle_timeout`, `until`, or it was closed.
            ExportInterrupted: The connection was lost; everything that came before was returned.
            CallError: It could not begin, or a message cannot be read.
        """
        if ready := self._ready:  # most often it is that simple
            return ready.pop()
        while (found := self._next_item()) is None:
            if self._is_over():
                raise StopAsyncIteration
            await self._receive()
        return found[0]

    async def batches(self) -> AsyncIterator[Batch[T]]:
        """Yield what comes message by message, with its metadata; else as if looped over."""
        while True:
            batch = self._next_batch()
            if batch is not None:
                yield batch
            elif self._is_over():
                return
            else:
                await self._receive()

    async def _receive(self) -> None:
        stream_id = self._begin_reading()
        try:
            self._feed(*await self._carrier.receive(stream_id))
        except (CallCancelled, LocalProtocolError):
            if not self._closed:  # or it was closed meanwhile
                raise
        finally:
            self._reading = False

    async def aclose(self) -> None:
        """Close the socket. Harmless when repeated or after the end."""
        self._cancel()

    def __await__(self) -> Generator[Any, Any, Self]:
        """Open the socket, and return itself."""
        self._start()
        return self
        yield  # a generator, so that it can be awaited

    async def __aenter__(self) -> Self:
        """Open the socket, and return itself."""
        self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self._cancel()

    def __del__(self) -> None:
        self._forget()
