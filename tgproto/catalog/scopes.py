"""The three colours in which the catalogue is offered, and how each carries out a call.

This module and `streams` are the ones of the core that define coroutine functions.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, Literal, Protocol, Self, TypeAlias, TypeVar, cast

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.machine import Machine
from tgproto.catalog.options import CallOptions
from tgproto.catalog.progress import AsyncProgress, Progress
from tgproto.catalog.steps import Opened, Pause, Step, Steps, Taken, Tell, Telling, Together, Work
from tgproto.catalog.streams import AsyncStream, Stream

C = TypeVar("C")
T = TypeVar("T")


class SyncRunner(Protocol):
    """Carries calls out for blocking callers; a driver has one per transport."""

    @property
    def machine(self) -> Machine:
        """The machine that this runs on."""
        ...

    def call(self, call: Call[T], options: CallOptions) -> T:
        """Carry a call out and return its result."""
        ...

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
        """Carry calls out at the same time, and return their results in their order."""
        ...

    def open(self, call: StreamCall[C, T], options: CallOptions) -> Stream[C, T]:
        """Start a streaming call."""
        ...

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...


class AsyncRunner(Protocol):
    """Carries calls out for asynchronous callers; a driver has one per transport."""

    @property
    def machine(self) -> Machine:
        """The machine that this runs on."""
        ...

    def call(self, call: Call[T], options: CallOptions) -> Coroutine[Any, Any, T]:
        """Carry a call out and return its result."""
        ...

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> Coroutine[Any, Any, list[T]]:
        """Carry calls out at the same time, and return their results in their order."""
        ...

    def open(self, call: StreamCall[C, T], options: CallOptions) -> AsyncStream[C, T]:
        """Return a stream that starts when it is first awaited or iterated."""
        ...

    def in_thread(self, function: Callable[[], T]) -> Coroutine[Any, Any, T]:
        """Call a function that may block in a thread, and return what it returns."""
        ...

    def pause(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Let time pass."""
        ...


class Colour(enum.Enum):
    """How an operation is called, and what it returns then."""

    PURE = "pure"
    """A function that returns the call as data."""
    SYNC = "sync"
    """A function that returns the result."""
    ASYNC = "async"
    """A function whose result is awaited."""


class _Unchanged(enum.Enum):
    UNCHANGED = "unchanged"

    def __repr__(self) -> str:
        return "UNCHANGED"


_UNCHANGED: Final = _Unchanged.UNCHANGED
_Keep: TypeAlias = Literal[_Unchanged.UNCHANGED]


@dataclass(frozen=True)
class Scope:
    """What every group of operations has, whatever its colour.

    Attributes:
        options: How calls are carried out.
    """

    colour: ClassVar[Colour | None] = None
    entries: ClassVar[Mapping[str, str]] = {}
    """Entry of `conformance/services.json`, such as `config get` -> the operation that asks for it."""

    options: CallOptions = dataclasses.field(default=CallOptions(), kw_only=True)

    def with_options(
        self,
        *,
        timeout: float | _Keep | None = _UNCHANGED,
        total_timeout: float | _Keep | None = _UNCHANGED,
        workspace: str | _Keep | None = _UNCHANGED,
        retry: bool | _Keep = _UNCHANGED,
    ) -> Self:
        """Return a copy with other options; this one stays as it is.

        Args:
            timeout: Longest silence in seconds; None for no limit.
            total_timeout: Longest duration in seconds; None for no limit.
            workspace: Workspace to address; None for the caller's default.
            retry: Whether calls may be sent again after a lost connection.

        Returns:
            The copy. What is not given stays the same.

        Raises:
            TypeError: An option is of the wrong type.
            ValueError: A limit is not above 0 s, or the workspace is empty.
        """
        old = self.options
        options = CallOptions(
            old.timeout if timeout is _UNCHANGED else timeout,
            old.total_timeout if total_timeout is _UNCHANGED else total_timeout,
            old.workspace if workspace is _UNCHANGED else workspace,
            old.retry if retry is _UNCHANGED else retry,
            old.on_ignored,
        )
        return self._optioned(options)

    def _optioned(self, options: CallOptions) -> Self:
        """Return a copy with other options."""
        return dataclasses.replace(self, options=options)


@dataclass(frozen=True)
class PureScope(Scope):
    """Operations return calls as data, for tests, other runtimes, other languages' suites."""

    colour = Colour.PURE


@dataclass(frozen=True)
class SyncScope(Scope):
    """Operations block and return results.

    Attributes:
        runner: Carries the calls out.
    """

    colour = Colour.SYNC

    runner: SyncRunner


@dataclass(frozen=True)
class AsyncScope(Scope):
    """Operations are awaited.

    Attributes:
        runner: Carries the calls out.
    """

    colour = Colour.ASYNC

    runner: AsyncRunner


Method: TypeAlias = Callable[..., Any]
"""A function whose first argument is a scope."""


def blocking(build: Method) -> Method:
    """Return a method of a `SyncScope` that carries out the call that `build` returns."""

    def method(scope: SyncScope, /, *args: object, **kwargs: object) -> object:
        return scope.runner.call(build(scope, *args, **kwargs), scope.options)

    return method


def awaited(build: Method) -> Method:
    """Return a coroutine method of an `AsyncScope` that carries out the call that `build` returns."""

    async def method(scope: AsyncScope, /, *args: object, **kwargs: object) -> object:
        return await scope.runner.call(build(scope, *args, **kwargs), scope.options)

    return method


def stepped(build: Method) -> Method:
    """Return a method of a `SyncScope` that runs the procedure that `build` returns."""

    def method(scope: SyncScope, /, *args: object, **kwargs: object) -> object:
        steps: Steps[object] = build(scope, *args, **kwargs)
        try:
            asked = next(steps)
            while True:
                try:
                    result = _carry_out(scope, asked)
                except BaseException as error:  # noqa: BLE001 - the procedure lets it out, or goes on
                    asked = steps.throw(error)
                else:
                    asked = steps.send(result)
        except StopIteration as done:
            return done.value

    return method


def _carry_out(scope: SyncScope, asked: Step) -> object:
    """Carry out one step of a procedure."""
    match asked:
        case Call():
            return scope.runner.call(asked, scope.options)
        case Together(calls):
            return scope.runner.call_together(calls, scope.options)
        case Opened(call):
            return scope.runner.open(call, scope.options)
        case Taken(stream):
            return next(cast("Stream[Any, Any]", stream), None)
        case Work(function):
            return function()
        case Pause(seconds):
            scope.runner.pause(seconds)
            return None
        case Tell():
            return None
        case _:  # `Here`
            return scope.runner.machine


def awaited_steps(build: Method) -> Method:
    """Return a coroutine method of an `AsyncScope` that runs the procedure that `build` returns."""

    async def method(scope: AsyncScope, /, *args: object, **kwargs: object) -> object:
        steps: Steps[object] = build(scope, *args, **kwargs)
        try:
            asked = next(steps)
            while True:
                try:
                    result = await _carry_out_later(scope, asked)
                except BaseException as error:  # noqa: BLE001 - the procedure lets it out, or goes on
                    asked = steps.throw(error)
                else:
                    asked = steps.send(result)
        except StopIteration as done:
            return done.value

    return method


async def _carry_out_later(scope: AsyncScope, asked: Step) -> object:
    """Carry out one step of a procedure."""
    match asked:
        case Call():
            return await scope.runner.call(asked, scope.options)
        case Together(calls):
            return await scope.runner.call_together(calls, scope.options)
        case Opened(call):
            return await scope.runner.open(call, scope.options)
        case Taken(stream):
            return await anext(cast("AsyncStream[Any, Any]", stream), None)
        case Work(function):
            return await scope.runner.in_thread(function)
        case Pause(seconds):
            await scope.runner.pause(seconds)
            return None
        case Tell():
            return None
        case _:  # `Here`
            return scope.runner.machine


def told(build: Method) -> Method:
    """Return a method of a `SyncScope` that begins the procedure that `build` returns, to be listened to."""

    def method(scope: SyncScope, /, *args: object, **kwargs: object) -> object:
        telling: Telling[Any, Any] = build(scope, *args, **kwargs)
        return Progress[Any, Any](telling.begin(), partial(_carry_out, scope))

    return method


def told_later(build: Method) -> Method:
    """Return a method of an `AsyncScope` that does the same."""

    def method(scope: AsyncScope, /, *args: object, **kwargs: object) -> object:
        telling: Telling[Any, Any] = build(scope, *args, **kwargs)
        return AsyncProgress[Any, Any](telling.begin(), partial(_carry_out_later, scope))

    return method


def opened(build: Method) -> Method:
    """Return a method, of either scope, that opens a stream for the call that `build` returns."""

    def method(scope: SyncScope | AsyncScope, /, *args: object, **kwargs: object) -> object:
        return scope.runner.open(build(scope, *args, **kwargs), scope.options)

    return method


def carried_or_opened(build: Method) -> Method:
    """Return a method, of either scope, that does what the call that `build` returns asks for."""

    def method(scope: SyncScope | AsyncScope, /, *args: object, **kwargs: object) -> object:
        call: StreamCall[Any, Any] = build(scope, *args, **kwargs)
        if call.streaming:
            return scope.runner.open(call, scope.options)
        return scope.runner.call(call, scope.options)

    return method
