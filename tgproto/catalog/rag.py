"""Answers of `graph-rag` and `document-rag`."""

from __future__ import annotations

from typing import Final

import msgspec

from tgproto.catalog.answer import AnswerFrame, AnswerReader
from tgproto.errors import CallContext, SilentFailure
from tgproto.types.chunks import RAGChunk, Source
from tgproto.types.results import RagAnswer
from tgproto.types.wire import Shape


class SourceFrame(msgspec.Struct, gc=False):
    """A document in `sources`."""

    uri: str | None = None
    title: str | None = None


class RagFrame(AnswerFrame, gc=False):
    """A frame of any release.

    1.x streams pieces in `chunk`, then the whole text in `response`. Later releases stream pieces in
    `response`, and 2.x sends frames with an `explain_id` between them. Only `graph-rag` has `sources`.
    """

    chunk: str | None = None
    response: str | None = None
    end_of_stream: bool | None = None
    end_of_session: bool | None = None
    explain_id: str | None = None
    sources: list[SourceFrame] | None = None


_SHAPE: Final = Shape(RagFrame)


class RagReader(AnswerReader[RagFrame, RAGChunk]):
    """Joins the pieces, and does not count as a piece the whole text that 1.x repeats."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _SHAPE)
        self._chunked = False
        self._answered = False
        self._repeated: str | None = None
        self._sources: tuple[Source, ...] = ()

    def _take(self, frame: RagFrame) -> RAGChunk | None:
        if frame.explain_id:
            return None
        content = self._piece(frame)
        self._collect(content, frame)
        sources: tuple[Source, ...] = ()
        if frame.sources:
            sources = tuple(Source(source.uri or "", source.title or "") for source in frame.sources)
            self._sources = sources
        return RAGChunk(
            content,
            bool(frame.end_of_stream) or self._repeated is not None,
            frame.in_token,
            frame.out_token,
            frame.model,
            self._ends if frame.end_of_session is None else frame.end_of_session,
            sources,
        )

    def _piece(self, frame: RagFrame) -> str:
        """Return the text that a frame adds."""
        if frame.chunk is not None:
            self._chunked = True
            return frame.chunk
        if frame.response is None:
            return ""
        self._answered = True
        if self._chunked:
            self._repeated = frame.response
            return ""
        return frame.response

    def check(self) -> None:
        """See that there was text; see `Reader.check`."""
        if not self._answered:
            raise self._failed(SilentFailure("the answer broke off, and the gateway lost the error"))

    def result(self) -> RagAnswer:
        """Return the whole answer; see `Reader.result`."""
        self.check()
        return RagAnswer(
            self._text() if self._repeated is None else self._repeated,
            sources=self._sources,
            in_token=self.in_token,
            out_token=self.out_token,
            model=self.model,
            payload=bytes(self._last),
        )
