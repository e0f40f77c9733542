"""Procedures that say something on their way, to be listened to in both colours; see `steps.Telling`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from tgproto.catalog.steps import Step, Steps, Tell
from tgproto.errors import CallCancelled, StreamInUse

C = TypeVar("C")
T = TypeVar("T")


class _Procedure(Generic[C, T]):
    """What both colours share: the steps, and what came of the last one."""

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._came: object = None
        self._error: BaseException | None = None
        self._result: tuple[T, ...] = ()
        self._over = False
        self._reading = False

    def _next(self) -> Step | None:
        """Go on to the next step; None behind the last one."""
        error, self._error = self._error, None
        came, self._came = self._came, None
        try:
            return self._steps.send(came) if error is None else self._steps.throw(error)
        except StopIteration as done:
            self._over, self._result = True, (cast("T", done.value),)
            return None
        except BaseException:
            self._over = True
            raise

    def _begin_reading(self) -> None:
        if self._reading:
            raise StreamInUse("somebody else is reading this; give each reader its own")
        self._reading = True

    def _whole(self) -> T:
        if not self._result:
            raise CallCancelled("this was closed, or failed, before it ended")
        return self._result[0]

    def cancel(self) -> None:
        """Give up what is left, without waiting for anything. Harmless when repeated or after the end."""
        if not self._reading:
            self._over = True
            self._steps.close()


class Progress(_Procedure[C, T]):
    """What a procedure says on its way, to loop over, in a `with` block or without.

    Nothing is sent before it is first read, and nothing while nobody reads, but for what is under way.
    Leaving the block gives up what is left. An error, or an interrupt, ends it.

    Args:
        steps: The procedure.
        carry_out: Carries a step out.
    """

    def __init__(self, steps: Steps[T], carry_out: Callable[[Step], object]) -> None:
        super().__init__(steps)
        self._carry_out = carry_out

    def __iter__(self) -> Iterator[C]:
        """Return itself."""
        return self

    def __next__(self) -> C:
        """Wait for what is said next.

        Raises:
            StopIteration: The procedure is over.
            TrustGraphError: It failed.
            StreamInUse: Somebody else is reading.
        """
        self._begin_reading()
        try:
            while not self._over and (step := self._next()) is not None:
                if isinstance(step, Tell):
                    return cast("Tell[C]", step).chunk
                try:
                    self._came = self._carry_out(step)
                except BaseException as error:  # noqa: BLE001 - the procedure lets it out, or goes on
                    self._error = error
        finally:
            self._reading = False
        raise StopIteration

    def result(self) -> T:
        """Let it go on to its end, unheard, and return what comes of all of it.

        Raises:
            CallCancelled: It was closed, or failed, before.
            TrustGraphError: It failed.
        """
        for _ in self:
            pass
        return self._whole()

    def close(self) -> None:
        """Give up what is left. Harmless when repeated or after the end."""
        self.cancel()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.cancel()


class AsyncProgress(_Procedure[C, T]):
    """What a procedure says on its way, to loop over, in an `async with` block or without.

    Nothing is sent before it is first read, and nothing while nobody reads, but for what is under way.
    Leaving the block gives up what is left. An error ends it, and so does being cancelled.

    Args:
        steps: The procedure.
        carry_out: Carries a step out.
    """

    def __init__(self, steps: Steps[T], carry_out: Callable[[Step], Coroutine[Any, Any, object]]) -> None:
        super().__init__(steps)
        self._carry_out = carry_out

    def __aiter__(self) -> AsyncIterator[C]:
        """Return itself."""
        return self

    async def __anext__(self) -> C:
        """Wait for what is said next.

        Raises:
            StopAsyncIteration: The procedure is over.
            TrustGraphError: It failed.
            StreamInUse: Somebody else is reading.
        """
        self._begin_reading()
        try:
            while not self._over and (step := self._next()) is not None:
                if isinstance(step, Tell):
                    return cast("Tell[C]", step).chunk
                try:
                    self._came = await self._carry_out(step)
                except BaseException as error:  # noqa: BLE001 - the procedure lets it out, or goes on
                    self._error = error
        finally:
            self._reading = False
        raise StopAsyncIteration

    async def result(self) -> T:
        """Let it go on to its end, unheard, and return what comes of all of it.

        Raises:
            CallCancelled: It was closed, or failed, before.
            TrustGraphError: It failed.
        """
        async for _ in self:
            pass
        return self._whole()

    async def aclose(self) -> None:
        """Give up what is left. Harmless when repeated or after the end."""
        self.cancel()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.cancel()
