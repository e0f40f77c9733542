"""Reads answers of EdgeQuake: streams of events, or whole answers where those come instead."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from tgproto.catalog.reader import Several
from tgproto.edgequake.answers import ChatAnswer, QueryAnswer, chat_answer, query_answer, whole_text
from tgproto.edgequake.chunks import (
    ChatChunk,
    Chunk,
    end_of,
    piece,
    read_chat_chunk,
    read_chunk,
    shown,
    source_chunk,
)
from tgproto.edgequake.dialects import Endpoint, Plain
from tgproto.errors import CallContext, DecodeError
from tgproto.web.errors import IncompleteStreamError, StreamError
from tgproto.web.events import EventReader, decode_object
from tgproto.web.refusals import failure_of, says_failure

ChunkT = TypeVar("ChunkT", bound=Chunk)
AnswerT = TypeVar("AnswerT")

_DONE: Final = b"[DONE]"
_ERROR: Final = b"Error: "

_TELLING: Final = frozenset({"start", "conversation", "context", "token", "usage", "done", "title_update"})
"""Types of chunks that say something about the answer as a whole."""

_OF_A_CHUNK: Final = frozenset({"type", "chunk", "content", "choices"})
"""Members that are about the chunk alone."""


class EdgequakeReader(EventReader[ChunkT, AnswerT]):
    """Reads one answer, in whichever dialect.

    Args:
        context: Which call it is, for errors.
        endpoint: What was asked.
    """

    def __init__(self, context: CallContext, endpoint: Endpoint) -> None:
        super().__init__(context)
        self._endpoint = endpoint
        self._about: dict[str, Any] = {}
        self._sources: list[object] = []
        self._begun = False  # text has come

    @abstractmethod
    def _chunk(self, members: Mapping[str, Any]) -> ChunkT:
        """Return the chunk of an event, or of what stands for one."""

    @abstractmethod
    def _answer(self, members: dict[str, Any], text: str) -> AnswerT:
        """Return the whole answer, given what is known about it, and its text."""

    def check(self) -> None:
        """See that the stream is complete; see `Reader.check`. Mere text is complete where it ends."""
        if self._endpoint.plain is Plain.ALWAYS and self._begun:
            self.ended = True
        super().check()

    def result(self) -> AnswerT:
        """Return the whole answer; see `Reader.result`.

        What the service calls the answer in the end counts more than the tokens.
        """
        self.check()
        about = dict(self._about)
        if self._sources:
            about["sources"] = self._sources
        if self.head is not None and self.head.request_id:
            about.setdefault("request_id", self.head.request_id)
        final = about.get("answer")
        if isinstance(final, str):
            return self._answer({**about, "streamed": self.partial or ""}, final)
        return self._answer(about, self._joined())

    def _event(self, name: bytes, data: bytes) -> ChunkT | Several[ChunkT] | None:
        """Take an event; see `EventReader`."""
        text = data.decode("utf-8", "replace")
        if not text:
            return None
        if self._endpoint.plain is Plain.ALWAYS:
            if data.startswith(_ERROR):
                raise StreamError(text[len(_ERROR) :], None)
            return self._take(self._chunk(piece(text)))
        if data == _DONE:
            return None if self.ended else self._take(self._chunk({"type": "done"}))
        members = decode_object(data)
        if members is None:
            if self._endpoint.plain is Plain.NEVER:
                raise DecodeError(f"an event is no JSON object: {shown(text)}")
            members = piece(text)
        if name == b"error" or says_failure(members):
            raise failure_of(members)
        return self._grounded(self._take(self._chunk(members)))

    def _grounded(self, chunk: ChunkT) -> ChunkT | Several[ChunkT]:
        """Return a chunk, and with it a chunk for each of its sources."""
        if chunk.type == "source":
            self._sources.append(chunk.source)
        if chunk.type != "context":
            return chunk
        sources = chunk.sources
        self._sources += sources
        return Several((chunk, *(self._chunk(source_chunk(source)) for source in sources)))

    def _take(self, chunk: ChunkT) -> ChunkT:
        """Note what a chunk says about the answer."""
        if chunk.text:
            self._begun = True
            self._keep(chunk.text)
        if chunk.type in _TELLING:
            self._about.update((name, chunk[name]) for name in chunk.keys() - _OF_A_CHUNK)
        self.ended = self.ended or chunk.done
        return chunk

    def _whole(self, data: bytes) -> ChunkT | Several[ChunkT] | None:
        """Take an answer that is no stream; see `EventReader`. It is read like one with a single token."""
        members = decode_object(data)
        if not data:
            raise IncompleteStreamError("the answer is empty")
        if members is None:
            return super()._whole(data)
        text = whole_text(members)
        if text is None:
            if "message" in members or says_failure(members):
                raise failure_of(members)
            raise DecodeError(f"the answer has no text: {shown(members)}")
        token = self._take(self._chunk(piece(text)))
        done = self._take(self._chunk(end_of(members)))
        self._about.update(members)
        return Several((token, done))


class QueryReader(EdgequakeReader[Chunk, QueryAnswer]):
    """Reads the answer to a query."""

    def _chunk(self, members: Mapping[str, Any]) -> Chunk:
        return read_chunk(members, self._endpoint.text)

    def _answer(self, members: dict[str, Any], text: str) -> QueryAnswer:
        return query_answer(members, text)


class ChatReader(EdgequakeReader[ChatChunk, ChatAnswer]):
    """Reads what is said in a conversation."""

    def _chunk(self, members: Mapping[str, Any]) -> ChatChunk:
        return read_chat_chunk(members, self._endpoint.text)

    def _answer(self, members: dict[str, Any], text: str) -> ChatAnswer:
        return chat_answer(members, text)
