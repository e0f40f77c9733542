"""Procedures: operations that take more than one call, written as generators of steps.

A procedure yields each step and is sent what comes of it, or has its error raised where it waits. Who runs it
decides how steps are carried out; `scopes` has a runner for each colour. A procedure never waits in a
`finally` block: it may have been cancelled. Cancelling a stream there is fine, as that waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.machine import Machine

C = TypeVar("C")
T = TypeVar("T")
C_co = TypeVar("C_co", covariant=True)


class Flowing(Protocol[C_co]):
    """A stream that a procedure reads; it is a `Stream` or an `AsyncStream`."""

    def cancel(self) -> None:
        """Cancel what is left. Harmless when repeated or after the end."""
        ...


@dataclass(frozen=True, slots=True)
class Together:
    """Carry out several calls at the same time; what comes of it is the list of results, in their order.

    The first call that fails, in that order, cancels the others.

    Attributes:
        calls: The calls.
    """

    calls: Sequence[Call[Any]]


@dataclass(frozen=True, slots=True)
class Opened(Generic[C]):
    """Start a streaming call; what comes of it is the stream. The request is on its way then.

    Attributes:
        call: The call.
    """

    call: StreamCall[C, Any]


@dataclass(frozen=True, slots=True)
class Taken(Generic[C]):
    """Wait for the next chunk of a stream; what comes of it is the chunk, or None at the end.

    Attributes:
        stream: The stream.
    """

    stream: Flowing[C]


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Call a function that may block, such as one that reads a file; where callers await, in a thread.

    Attributes:
        function: The function.
    """

    function: Callable[[], T]


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass.

    Attributes:
        seconds: How long; above 0.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Tell(Generic[C]):
    """Say something on the way, to whoever listens: the chunk of a `Progress`; else nobody hears it.

    Attributes:
        chunk: What is said.
    """

    chunk: C


@dataclass(frozen=True, slots=True)
class Here:
    """Get at the machine that this runs on; what comes of it is a `Machine`."""


Step: TypeAlias = Call[Any] | Together | Opened[Any] | Taken[Any] | Work[Any] | Pause | Tell[Any] | Here
"""What a procedure can ask for."""

Steps: TypeAlias = Generator[Step, Any, T]
"""A procedure under way, which returns a `T` in the end."""


@dataclass(frozen=True, slots=True)
class Telling(Generic[C, T]):
    """A procedure that says something on its way, as data.

    Attributes:
        begin: Returns it, not begun yet. Its steps `Tell` are the chunks.
    """

    begin: Callable[[], Steps[T]]


def step(call: Call[T]) -> Steps[T]:
    """Have one call of a procedure carried out. Written with `yield from`, for the sake of the type.

    Args:
        call: What to ask.

    Returns:
        Its result.
    """
    result: T = yield call
    return result


def together(calls: Sequence[Call[T]]) -> Steps[list[T]]:
    """Have several calls carried out at the same time; see `Together`.

    Args:
        calls: What to ask; may be empty.

    Returns:
        Their results, in their order.
    """
    results: list[T] = yield Together(calls)
    return results


def opened(call: StreamCall[C, Any]) -> Steps[Flowing[C]]:
    """Have a streaming call started. Who does so cancels the stream in a `finally` block.

    Args:
        call: What to ask.

    Returns:
        The stream, for `taken`.
    """
    stream: Flowing[C] = yield Opened(call)
    return stream


def taken(stream: Flowing[C]) -> Steps[C | None]:
    """Have the next chunk of a stream fetched.

    Args:
        stream: From `opened`.

    Returns:
        The chunk; None if there are no more.
    """
    chunk: C | None = yield Taken(stream)
    return chunk


def worked(function: Callable[[], T]) -> Steps[T]:
    """Have a function called that may block.

    Args:
        function: The function.

    Returns:
        What it returns.
    """
    result: T = yield Work(function)
    return result


def pause(seconds: float) -> Steps[None]:
    """Let time pass.

    Args:
        seconds: How long; above 0.
    """
    yield Pause(seconds)


def tell(chunk: object) -> Steps[None]:
    """Say something on the way; see `Tell`.

    Args:
        chunk: What is said.
    """
    yield Tell(chunk)


def machine() -> Steps[Machine]:
    """Get at the machine that this runs on: its clock and its files.

    Returns:
        The machine. What of it may block is for `worked`.
    """
    here: Machine = yield Here()
    return here
