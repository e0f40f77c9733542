"""Reading an answer: frame by frame into chunks, and as a whole into a result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, Protocol, TypeAlias, TypeVar

from tgproto.errors import CallContext, CallError, DecodeError
from tgproto.types.wire import Payload, Shape

F = TypeVar("F")
C = TypeVar("C")
T = TypeVar("T")
C_co = TypeVar("C_co", covariant=True)
T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[C_co, T_co]):
    """Reads one answer. It is fed every frame in order, and asked for the result once the stream completed.

    Ask for the result even if only the chunks are wanted: that some frames never came shows then alone.
    """

    def read(self, payload: Payload) -> C_co | None:
        """Take the next frame.

        Args:
            payload: JSON text of its `response`, which has no `error`.

        Returns:
            What a stream yields for it; None for a frame of which it yields nothing.

        Raises:
            DecodeError: The frame is not of the documented shape.
            SilentFailure: The frame is what gateways make of an error that they lost.
        """
        ...

    def result(self) -> T_co:
        """Return the whole answer.

        Raises:
            SilentFailure: The frames are those of a failed service.
        """
        ...

    @property
    def partial(self) -> object:
        """What came so far, or None: text, or a list."""
        ...


Start: TypeAlias = Callable[[CallContext], Reader[C, T]]
"""Makes the reader of one answer; the context goes into its errors."""


class FrameReader(ABC, Generic[F, C]):
    """A reader of frames of one shape.

    Args:
        context: Which call it is, for errors.
        shape: Shape of the frames.
    """

    def __init__(self, context: CallContext, shape: Shape[F]) -> None:
        self._context = context
        self._shape = shape
        self._last: Payload = b"{}"

    @property
    @abstractmethod
    def partial(self) -> object:
        """What came so far, or None."""

    @abstractmethod
    def _take(self, frame: F) -> C | None:
        """Take a decoded frame and return its chunk."""

    def read(self, payload: Payload) -> C | None:
        """Take the next frame; see `Reader.read`."""
        self._last = payload
        try:
            return self._take(self._shape.decode(payload))
        except RecursionError:
            raise self._failed(DecodeError("the answer is nested too deeply")) from None
        except DecodeError as error:
            raise self._failed(error) from None

    def _failed(self, error: CallError) -> CallError:
        """Complete an error."""
        error.partial = self.partial
        return error.with_context(self._context)
