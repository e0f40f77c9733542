"""One face for the drivers, so that a scenario of the contract is written once, as a coroutine function.

The asynchronous drivers are used as they are. The blocking one is put behind methods that are coroutine
functions but never suspend: whoever awaits them is blocked, in the thread that he is in. So its scenarios
run without an event loop.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from types import TracebackType
from typing import Any, Generic, TypeVar

import trio

from tgproto.catalog.bind import stream_operation
from tgproto.catalog.bulk_bind import export_operation
from tgproto.catalog.doors import SyncServices

T = TypeVar("T")
Function = Callable[..., Awaitable[T]]

PATIENCE = 20.0
"""Seconds that a test waits for something that happens at once."""
NAP = 0.002
"""Seconds between two looks at a condition."""


SCOPES = {"flow", "socket", "bulk", "id", "with_options", *vars(SyncServices)}
"""What returns a group of operations, or a copy of one."""

STREAMS = (stream_operation, export_operation)
"""The kinds of operations that always return a stream."""


class TaskCancelled(Exception):
    """Raised by awaiting a task that was cancelled."""


class Task(ABC, Generic[T]):
    """A function that runs beside the scenario. Awaiting it gives its result, or raises what it raised."""

    def __await__(self) -> Generator[Any, Any, T]:
        return self.result().__await__()

    @abstractmethod
    async def result(self) -> T: ...

    @abstractmethod
    def cancel(self) -> None: ...


class Driver(ABC):
    """A driver, and the runtime it is for."""

    name: str
    module: str
    cancels = True
    """Whether a task can be cancelled from outside."""
    crowd = 1000
    """How many calls are made at once."""

    def api(self, url: str | None = None, *args: Any, **options: Any) -> Any:
        """Return the driver's `Api`, awaited whatever its colour."""
        return importlib.import_module(self.module).Api(url, *args, **options)

    @abstractmethod
    def run(self, scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a scenario in a fresh runtime, and see that it leaves no task behind."""

    @abstractmethod
    def start(self, function: Function[T], *args: Any, **kwargs: Any) -> Task[T]:
        """Run a function beside the scenario."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None: ...

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something has happened elsewhere."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "it does not happen"
            await self.sleep(NAP)

    async def all(self, *functions: Function[T]) -> list[T]:
        """Run functions at once; return their results in order."""
        tasks = [self.start(function) for function in functions]
        return [await task for task in tasks]

    async def many(self, function: Callable[[int], Awaitable[T]], count: int) -> list[T]:
        """Call a function with 0 to `count` - 1 at once; return the results in order."""
        return await self.all(*(partial(function, number) for number in range(count)))


class AsyncioDriver(Driver):
    name = "asyncio"
    module = "tgdrivers.asyncio"

    def run(self, scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async def main() -> T:
            result = await scenario()
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return result

        return asyncio.run(main())

    def start(self, function: Function[T], *args: Any, **kwargs: Any) -> Task[T]:
        return _AsyncioTask(function(*args, **kwargs))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _AsyncioTask(Task[T]):
    def __init__(self, awaitable: Awaitable[T]) -> None:
        self._task = asyncio.ensure_future(awaitable)

    async def result(self) -> T:
        await asyncio.wait([self._task])
        if self._task.cancelled():
            raise TaskCancelled
        return self._task.result()

    def cancel(self) -> None:
        self._task.cancel()


class TrioDriver(Driver):
    name = "trio"
    module = "tgdrivers.trio"

    def run(self, scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async def main() -> T:
            async with trio.open_nursery() as self._nursery:
                result = await scenario()
                assert not self._nursery.child_tasks
            return result

        try:
            return trio.run(main)
        except BaseExceptionGroup as group:
            raise _only(group) from None

    def start(self, function: Function[T], *args: Any, **kwargs: Any) -> Task[T]:
        task: _TrioTask[T] = _TrioTask()
        self._nursery.start_soon(task.run, partial(function, *args, **kwargs))
        return task

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)


def _only(error: BaseException) -> BaseException:
    """Return what a group was raised for, if it is one thing."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


class _TrioTask(Task[T]):
    def __init__(self) -> None:
        self._scope = trio.CancelScope()
        self._over = trio.Event()
        self._raised: BaseException | None = TaskCancelled()

    async def run(self, function: Function[T]) -> None:
        with self._scope:
            try:
                self._result = await function()
                self._raised = None
            except Exception as error:  # noqa: BLE001
                self._raised = error
        self._over.set()

    async def result(self) -> T:
        await self._over.wait()
        if self._raised is not None:
            raise self._raised
        return self._result

    def cancel(self) -> None:
        self._scope.cancel()


class ThreadedDriver(Driver):
    name = "threaded"
    module = "tgdrivers"
    cancels = False

    def api(self, url: str | None = None, *args: Any, **options: Any) -> Any:
        return _BlockingApi(super().api(url, *args, **options))

    def run(self, scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
        result = _drive(scenario())
        if threading.current_thread() is threading.main_thread():
            assert "tgdrivers" not in {thread.name for thread in threading.enumerate()}
        return result

    def start(self, function: Function[T], *args: Any, **kwargs: Any) -> Task[T]:
        return _Thread(partial(function, *args, **kwargs))

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def many(self, function: Callable[[int], Awaitable[T]], count: int) -> list[T]:
        """Make the calls in eight threads, one after the other in each."""

        async def work(first: int) -> list[T]:
            return [await function(number) for number in range(first, count, threads)]

        threads = min(count, 8)
        results: dict[int, T] = {}
        for first, part in enumerate(await self.all(*(partial(work, number) for number in range(threads)))):
            results.update(zip(range(first, count, threads), part, strict=True))
        return [results[number] for number in range(count)]

    crowd = 4000


def _drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise AssertionError("a scenario for threads waited for an event loop")


class _Thread(Task[T]):
    def __init__(self, function: Function[T]) -> None:
        self._function = function
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="scenario", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        async def main() -> None:
            self._result = await self._function()

        try:
            _drive(main())
        except BaseException as error:  # noqa: BLE001
            self._raised = error

    async def result(self) -> T:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "a call does not end"
        if self._raised is not None:
            raise self._raised
        return self._result

    def cancel(self) -> None:
        raise NotImplementedError


class Blocking:
    """Makes coroutine functions of the methods of something that blocks."""

    def __init__(self, it: Any) -> None:
        self._it = it

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._it, name)
        if name in SCOPES:
            return lambda *args, **kwargs: Blocking(method(*args, **kwargs))

        async def call(*args: Any, **kwargs: Any) -> Any:
            return method(*args, **kwargs)

        def operation(*args: Any, **kwargs: Any) -> Any:
            always = isinstance(inspect.getattr_static(type(self._it), name), STREAMS)
            if always or kwargs.get("streaming"):
                return BlockingStream(partial(method, *args, **kwargs))
            return call(*args, **kwargs)

        return operation

    def __repr__(self) -> str:
        return repr(self._it)


class _BlockingApi(Blocking):
    async def aclose(self) -> None:
        self._it.close()

    async def __aenter__(self) -> Any:
        self._it.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._it.__exit__(kind, error, traceback)


class BlockingStream:
    """A blocking stream that is awaited, and begins when it is, like those that are asynchronous."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self._begin = begin
        self._stream: Any = None

    @property
    def _begun(self) -> Any:
        if self._stream is None:
            self._stream = self._begin()
        return self._stream

    def __aiter__(self) -> BlockingStream:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._begun)
        except StopIteration:
            raise StopAsyncIteration from None

    async def result(self) -> Any:
        return self._begun.result()

    async def batches(self) -> Any:
        for batch in self._begun.batches():
            yield batch

    async def aclose(self) -> None:
        self._begun.close()

    def __await__(self) -> Generator[Any, Any, BlockingStream]:
        assert self._begun
        return self
        yield

    async def __aenter__(self) -> BlockingStream:
        self._begun.__enter__()
        return self

    async def __aexit__(self, *info: object) -> None:
        self._stream.__exit__(*info)


DRIVERS: list[Driver] = [AsyncioDriver(), TrioDriver(), ThreadedDriver()]
