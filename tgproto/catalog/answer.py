"""What all services that answer in text have in common."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import C, FrameReader
from tgproto.errors import CallContext
from tgproto.types.wire import Shape

_LET_GO: Final = (
    f"an answer of more than {MAX_KEPT} characters is not kept once its chunks are read; "
    "join them, or call result() instead of reading"
)


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
        self._kept: Kept[str] = Kept(context, MAX_KEPT, _LET_GO)
        self.in_token: int | None = None
        self.out_token: int | None = None
        self.model: str | None = None

    @property
    def partial(self) -> str | None:
        """The text so far; None if there is none, or if it was not kept."""
        return "".join(self._kept.partial) or None

    def release(self) -> None:
        """Let a long text go; see `Reader.release`."""
        self._kept.release()

    def _text(self) -> str:
        return "".join(self._kept.whole())

    def _collect(self, content: str, frame: A) -> None:
        """Keep what a frame tells."""
        self._kept.add(content, len(content))
        if frame.in_token is not None:
            self.in_token = frame.in_token
        if frame.out_token is not None:
            self.out_token = frame.out_token
        if frame.model is not None:
            self.model = frame.model
