"""Answers of `text-completion`."""

from __future__ import annotations

from typing import Final

from tgproto.catalog.answer import AnswerFrame, AnswerReader
from tgproto.errors import CallContext, SilentFailure
from tgproto.types.chunks import TextChunk
from tgproto.types.results import TextCompletion
from tgproto.types.wire import Shape


class TextFrame(AnswerFrame, gc=False):
    """A frame of any release; 1.x has no `end_of_stream`."""

    response: str | None = None
    end_of_stream: bool | None = None


_SHAPE: Final = Shape(TextFrame)


class TextReader(AnswerReader[TextFrame, TextChunk]):
    """Joins the pieces. A frame without text, which is not one with empty text, is a lost error (2.10.6+)."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)

    def _take(self, frame: TextFrame) -> TextChunk:
        content = frame.response
        if content is None:
            raise SilentFailure("the language model failed, and the gateway lost its error")
        self._collect(content, frame)
        ends = self._ends if frame.end_of_stream is None else frame.end_of_stream
        return TextChunk(content, ends, frame.in_token, frame.out_token, frame.model)

    def result(self) -> TextCompletion:
        """Return the whole answer; see `Reader.result`."""
        return TextCompletion(
            self._text(),
            in_token=self.in_token,
            out_token=self.out_token,
            model=self.model,
            payload=bytes(self._last),
        )
