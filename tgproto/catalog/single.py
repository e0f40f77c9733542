"""Answers of one frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from tgproto.catalog.reader import F, FrameReader, Start, T
from tgproto.errors import CallContext, DecodeError
from tgproto.types.wire import Shape


class SingleReader(FrameReader[F, T], Generic[F, T]):
    """Makes the result of the one frame.

    Args:
        context: Which call it is, for errors.
        shape: Shape of the frame.
        convert: Makes the result of a frame, or raises a `CallError`.
    """

    def __init__(self, context: CallContext, shape: Shape[F], convert: Callable[[F], T]) -> None:
        super().__init__(context, shape)
        self._convert = convert
        self._newest: tuple[T, ...] = ()  # a result may be None

    @property
    def partial(self) -> None:
        """Always None: there is no half of one frame."""
        return None

    def _take(self, frame: F) -> T:
        result = self._convert(frame)
        self._newest = (result,)
        return result

    def check(self) -> None:
        """See that there was a frame; see `Reader.check`."""
        if not self._newest:
            raise self._failed(DecodeError("the answer has no frames"))

    def result(self) -> T:
        """Return the result; see `Reader.result`."""
        self.check()
        return self._newest[0]


def single(shape: Shape[F], convert: Callable[[F], T]) -> Start[T, T]:
    """Make the readers of answers of one frame; see `SingleReader`."""
    return lambda context: SingleReader(context, shape, convert)


class RecordReader(SingleReader[F, T], Generic[F, T]):
    """Makes the result of the one frame, and of its text, which a record keeps.

    Args:
        context: Which call it is, for errors.
        shape: Shape of the frame.
        convert: Makes the result of a frame and its JSON text, or raises a `CallError`.
    """

    def __init__(self, context: CallContext, shape: Shape[F], convert: Callable[[F, bytes], T]) -> None:
        super().__init__(context, shape, lambda frame: convert(frame, bytes(self._last)))


def record(shape: Shape[F], convert: Callable[[F, bytes], T]) -> Start[T, T]:
    """Make the readers of answers of one frame that are records; see `RecordReader`."""
    return lambda context: RecordReader(context, shape, convert)
