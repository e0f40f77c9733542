"""What streams yield: the events of EdgeQuake as dicts, with the keys of the guide in every dialect.

Shapes: the events of `POST /api/v1/query/stream` and `POST /api/v1/chat/completions/stream` of EdgeQuake's
server 0.15.1, those of its streaming guide, and the chunks of OpenAI's chat completions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from tgproto.errors import DecodeError
from tgproto.web import openai as completions

MAX_SHOWN: Final = 200
"""Characters of an event that an error shows."""

UNKNOWN: Final = "unknown"
"""Type of a chunk that does not say what it is."""


class _Members(dict[str, Any]):
    """A JSON object. A member that is missing, or of another type, is an empty one as a property."""

    __slots__ = ()

    def _text(self, name: str) -> str:
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def _object(self, name: str) -> dict[str, Any]:
        return object_of(self.get(name))


class Source(_Members):
    """What an answer is based on: a passage, an entity or a relationship. `str(source)` names it."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """Its id."""
        return self._text("id")

    @property
    def source_type(self) -> str:
        """What it is: `chunk`, `entity` or `relationship`."""
        return self._text("source_type")

    @property
    def document_id(self) -> str:
        """The document it is from."""
        return self._text("document_id")

    @property
    def file_path(self) -> str:
        """The file of that document."""
        return self._text("file_path")

    @property
    def snippet(self) -> str:
        """Its text, or the beginning of it."""
        return self._text("snippet")

    @property
    def score(self) -> float | None:
        """How well it fits; None if that is not said."""
        value = self.get("score")
        return float(value) if isinstance(value, int | float) else None

    def __str__(self) -> str:
        names = (self.file_path, self.id, self.document_id, self.snippet)
        return next((name for name in names if name), repr(self))


class Grounded(_Members):
    """What chunks and whole answers have in common: text, and what it is based on."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """Its text."""
        raise NotImplementedError

    @property
    def sources(self) -> list[Source]:
        """What the answer is based on."""
        return sources_of(self.get("sources"))

    @property
    def stats(self) -> dict[str, Any]:
        """Times and counts, such as `total_time_ms`."""
        return self._object("stats")

    def __str__(self) -> str:
        return self.text


class Chunk(Grounded):
    """An event of a stream. `str(chunk)` is its piece of the answer, empty if it has none.

    A token has its text as `chunk["chunk"]`, and as `chunk["content"]`. What it is stands in `chunk["type"]`.
    Beside these are all members that the service sent.
    """

    __slots__ = ()

    @property
    def type(self) -> str:
        """What it is: `token`, `source`, `context`, `thinking`, `done` and so on; an open set."""
        return self._text("type") or UNKNOWN

    @property
    def text(self) -> str:
        """A piece of the answer; empty if it has none."""
        return self._text("chunk") if self.type == "token" else ""

    @property
    def thinking(self) -> str:
        """A piece of what the model thinks before it answers; empty if it has none."""
        return self._text("content") if self.type == "thinking" else ""

    @property
    def source(self) -> Source | str | None:
        """The source, of a chunk of that type; what kind of value it is depends on the service."""
        value: object = self.get("source")
        return value if isinstance(value, str) else next(iter(sources_of([value])), None)

    @property
    def done(self) -> bool:
        """Whether the answer is complete. A title may come behind it."""
        return self.type == "done" or self.get("done") is True


class ChatChunk(Chunk):
    """An event of a chat. It has the keys of a `Chunk`, and `choices` as chunks of OpenAI have it.

    `chunk["choices"][0]["delta"]` is there in every chunk; it has `content` if the chunk has text.
    """

    __slots__ = ()

    @property
    def conversation_id(self) -> str:
        """The conversation, of chunks that say it."""
        return self._text("conversation_id")

    @property
    def title(self) -> str:
        """The title of a new conversation, of the chunk that says it."""
        return self._text("title")

    @property
    def done(self) -> bool:
        """Whether the answer is complete. A title may come behind it."""
        return super().done or completions.ChatChunk(self).finish_reason is not None


def object_of(value: object) -> dict[str, Any]:
    """Return a decoded JSON object; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def sources_of(value: object) -> list[Source]:
    """Return the sources in a list of JSON objects; others in it are left out."""
    return [Source(found) for item in _list(value) if (found := object_of(item))]


def piece(text: str) -> Chunk:
    """Return the chunk of a piece of plain text."""
    return Chunk(type="token", chunk=text, content=text)


def source_chunk(source: Source) -> Chunk:
    """Return the chunk of a source."""
    return Chunk(type="source", source=source)


def end_of(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that ends a whole answer, whose text was told before."""
    ended = {**members, "type": "done"}
    if "choices" in members:
        choices = map(object_of, _list(members["choices"]))
        ended["choices"] = [
            {name: it for name, it in choice.items() if name != "message"} for choice in choices
        ]
    return ended


def read_chunk(members: Mapping[str, Any], text_keys: Sequence[str]) -> Chunk:
    """Return the chunk of an event.

    Args:
        members: The event.
        text_keys: Members that may hold the text of a token; of several, the first counts.

    Raises:
        DecodeError: It is a token without text.
    """
    chunk = Chunk(members)
    chunk.setdefault("type", "token" if isinstance(chunk.get("chunk"), str) else UNKNOWN)
    if chunk.type == "source":
        chunk["source"] = chunk.source
    if chunk.type != "token":
        return chunk
    texts = [members[key] for key in text_keys if isinstance(members.get(key), str)]
    if not texts:
        raise DecodeError(f"a token has no text: {shown(members)}")
    chunk["chunk"] = chunk["content"] = texts[0]
    return chunk


def read_chat_chunk(members: Mapping[str, Any], text_keys: Sequence[str]) -> ChatChunk:
    """Return the chunk of an event of a chat, in the shape of EdgeQuake or of OpenAI; see `read_chunk`."""
    if isinstance(members.get("choices"), list):
        return _completed(members)
    chunk = ChatChunk(read_chunk(members, text_keys))
    delta = {name: text for name, text in (("content", chunk.get("chunk")),) if text is not None}
    if chunk.thinking:
        delta["reasoning_content"] = chunk.thinking
    chunk["choices"] = [_made(delta, "stop" if chunk.done else None)]
    return chunk


def _completed(members: Mapping[str, Any]) -> ChatChunk:
    """Return the chunk of an event in the shape of OpenAI.

    The list of choices may be empty, and so may the delta: chunks that count tokens are like that. Of several
    answers that come at the same time, the first one is told.
    """
    told = [it for it in completions.chunks_of(dict(members)) if it.choice]
    chunk = ChatChunk(members)
    chunk["choices"] = [{**it.choice, "delta": it.delta} for it in told] or [_made({}, None)]
    first = next((it for it in told if it.index == 0), completions.ChatChunk())
    if isinstance(first.delta.get("content"), str):
        chunk.update(type="token", chunk=first.content, content=first.content)
    elif first.reasoning_content:
        chunk.update(type="thinking", content=first.reasoning_content)
    elif first.finish_reason:
        chunk.update(type="done")
    elif not chunk.get("type"):
        chunk["type"] = "usage" if chunk.get("usage") else "start" if first.choice else UNKNOWN
    return chunk


def _made(delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def shown(event: object) -> str:
    """Return an event as an error shows it."""
    text = repr(event)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
