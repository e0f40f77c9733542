"""What a streaming operation returns, in both colours. Drivers implement these."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from types import TracebackType
from typing import Any, Protocol, Self

from tgproto.catalog.reader import C_co, T_co


class Stream(Protocol[C_co, T_co]):
    """A stream to loop over, in a `with` block or without. Leaving the block cancels what is left."""

    def __iter__(self) -> Iterator[C_co]:
        """Return itself."""
        ...

    def __next__(self) -> C_co:
        """Wait for the next chunk."""
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool | None:
        """Close."""
        ...

    def result(self) -> T_co:
        """Wait for the end and return the whole answer, with the chunks already taken."""
        ...

    def close(self) -> None:
        """Cancel what is left. Harmless when repeated or after the end."""
        ...


class AsyncStream(Protocol[C_co, T_co]):
    """A stream to loop over with `async for`, in an `async with` block or without.

    It can be awaited, which returns the stream itself: `async for chunk in flow.agent(…, streaming=True)`
    and `async for chunk in await flow.agent(…, streaming=True)` both work.
    """

    def __aiter__(self) -> AsyncIterator[C_co]:
        """Return itself."""
        ...

    def __anext__(self) -> Coroutine[Any, Any, C_co]:
        """Wait for the next chunk."""
        ...

    def __await__(self) -> Generator[Any, Any, Self]:
        """Return itself."""
        ...

    def __aenter__(self) -> Coroutine[Any, Any, Self]:
        """Return itself."""
        ...

    def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> Coroutine[Any, Any, bool | None]:
        """Close."""
        ...

    def result(self) -> Coroutine[Any, Any, T_co]:
        """Wait for the end and return the whole answer, with the chunks already taken."""
        ...

    def aclose(self) -> Coroutine[Any, Any, None]:
        """Cancel what is left. Harmless when repeated or after the end."""
        ...
