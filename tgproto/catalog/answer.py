"""What all services that answer in text have in common."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from tgproto.catalog.reader import C, FrameReader
from tgproto.errors import CallContext, CallError, SilentFailure
from tgproto.types.wire import Shape


class AnswerFrame(msgspec.Struct, gc=False):
    """The members that every service that runs a model may send."""

    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None


A = TypeVar("A", bound=AnswerFrame)


class AnswerReader(FrameReader[A, C]):
    """A reader that collects text and counts.

    Attributes:
        in_token: Tokens read by the model, as last reported.
        out_token: Tokens written by the model, as last reported.
        model: Name of the model, as last reported.
    """

    def __init__(self, context: CallContext, shape: Shape[A]) -> None:
        super().__init__(context, shape)
        self._parts: list[str] = []
        self.in_token: int | None = None
        self.out_token: int | None = None
        self.model: str | None = None

    @property
    def partial(self) -> str | None:
        """The text so far, or None if there is none."""
        return self._text() or None

    def _text(self) -> str:
        return "".join(self._parts)

    def _collect(self, content: str, frame: A) -> None:
        """Keep what a frame tells."""
        self._parts.append(content)
        if frame.in_token is not None:
            self.in_token = frame.in_token
        if frame.out_token is not None:
            self.out_token = frame.out_token
        if frame.model is not None:
            self.model = frame.model

    def _lost(self, message: str) -> CallError:
        """Return the error for an answer that only a failed service gives."""
        return self._failed(SilentFailure(message))
