"""Answers of `prompt`."""

from __future__ import annotations

from typing import Final, TypeAlias, cast

from tgproto import lenient
from tgproto.catalog.answer import AnswerFrame, AnswerReader
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types.chunks import TextChunk
from tgproto.types.results import PromptReply
from tgproto.types.wire import Json, Shape

PromptAnswer: TypeAlias = PromptReply | Json
"""Text, or the decoded JSON value of a template with structured output."""


class PromptFrame(AnswerFrame, gc=False):
    """A frame of any release. 1.x leaves out empty text, and has no `end_of_stream`."""

    text: str | None = None
    object: str | None = None
    end_of_stream: bool | None = None


_SHAPE: Final = Shape(PromptFrame)


class PromptReader(AnswerReader[PromptFrame, TextChunk]):
    """Joins the pieces. JSON, which comes whole, is one piece.

    A frame with neither text nor object is a lost error (2.10.6+), except on 1.x.
    """

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._structured = False

    def _take(self, frame: PromptFrame) -> TextChunk:
        self._structured = self._structured or bool(frame.object)
        content = frame.object or frame.text
        if content is None and frame.end_of_stream is not None:
            raise SilentFailure("the prompt failed, or there is no such template: the gateway lost the error")
        self._collect(content or "", frame)
        ends = self._ends if frame.end_of_stream is None else frame.end_of_stream
        return TextChunk(content or "", ends, frame.in_token, frame.out_token, frame.model)

    def check(self) -> None:
        """See that an object can be read; see `Reader.check`."""
        if self._structured and self._kept.complete:
            self._object()

    def result(self) -> PromptAnswer:
        """Return the whole answer; see `Reader.result`."""
        if self._structured:
            return self._object()
        return PromptReply(
            self._text(),
            in_token=self.in_token,
            out_token=self.out_token,
            model=self.model,
            payload=bytes(self._last),
        )

    def _object(self) -> Json:
        try:
            return cast("Json", lenient.loads(self._text()))
        except lenient.JSONRefused as error:
            raise self._failed(DecodeError(f"the object in the answer cannot be read: {error}")) from None
