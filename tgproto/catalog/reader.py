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


class Several(tuple[C_co, ...]):
    """The chunks of one frame, where there are more than one."""


class Reader(Protocol[C_co, T_co]):
    """Reads one answer. It is fed every frame in order, then checked, and then asked for the result.

    Check even if only the chunks are wanted: that some frames never came shows then alone.
    """

    def read(self, payload: Payload, *, last: bool = False) -> C_co | Several[C_co] | None:
        """Take the next frame.

        Args:
            payload: JSON text of its `response`, which has no `error`.
            last: Whether the gateway said that it is the last one. 1.x does not say so in the frame itself.

        Returns:
            What a stream yields for it; None for a frame of which it yields nothing.

        Raises:
            DecodeError: The frame is not of the documented shape.
            SilentFailure: The frame is what gateways make of an error that they lost.
        """
        ...

    def release(self) -> None:
        """Whoever wanted the chunks so far has them: a long text need not be kept for the result."""
        ...

    def failure(self, error: Exception) -> Exception | None:
        """Return what to raise for an answer that was cut short by an error: that error, or more of it.

        None if the answer was complete before.
        """
        ...

    def check(self) -> None:
        """Look at the whole answer, once it is complete.

        Raises:
            SilentFailure: The frames are those of a failed service.
            DecodeError: Together they are not of the documented shape.
        """
        ...

    def result(self) -> T_co:
        """Return the whole answer.

        Raises:
            LocalProtocolError: It was not kept.
            CallError: What `check` raises.
        """
        ...

    @property
    def partial(self) -> object:
        """What came so far, or None: text, or a list."""
        ...


Start: TypeAlias = Callable[[CallContext], Reader[C, T]]
"""Makes the reader of one answer; the context goes into its errors."""


class BaseReader:
    """What a reader does that has nothing of its own to say.

    Args:
        context: Which call it is, for errors.
    """

    def __init__(self, context: CallContext) -> None:
        self._context = context

    def release(self) -> None:
        """Keep what there is; see `Reader.release`."""

    def failure(self, error: Exception) -> Exception | None:
        """Return the error as it is; see `Reader.failure`."""
        return error

    def check(self) -> None:
        """Find nothing wrong; see `Reader.check`."""


class FrameReader(BaseReader, ABC, Generic[F, C]):
    """A reader of frames of one shape.

    Args:
        context: Which call it is, for errors.
        shape: Shape of the frames.
    """

    def __init__(self, context: CallContext, shape: Shape[F]) -> None:
        super().__init__(context)
        self._shape = shape
        self._last: Payload = b"{}"
        self._ends = False  # the frame that is being read is the last one

    @property
    @abstractmethod
    def partial(self) -> object:
        """What came so far, or None."""

    @abstractmethod
    def _take(self, frame: F) -> C | None:
        """Take a decoded frame and return its chunk. A `CallError` needs no context and no `partial`."""

    def read(self, payload: Payload, *, last: bool = False) -> C | Several[C] | None:
        """Take the next frame; see `Reader.read`."""
        self._last = payload
        self._ends = last
        try:
            return self._take(self._shape.decode(payload))
        except RecursionError:
            raise self._failed(DecodeError("the answer is nested too deeply")) from None
        except CallError as error:
            raise self._failed(error) from None

    def _failed(self, error: CallError) -> CallError:
        """Complete an error."""
        error.partial = self.partial
        return error.with_context(self._context)
