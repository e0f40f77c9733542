"""Whole answers, as dicts with typed properties, with the same keys in every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tgproto.edgequake.chunks import Grounded, object_of
from tgproto.web.openai import ChatChunk


class QueryAnswer(Grounded):
    """The answer to a query. `str(answer)` is its text.

    It has `answer`, `sources`, `stats`, `mode` and so on. Of a stream, `answer` is what the service calls the
    answer in the end, if it does so, and `streamed` the tokens as they came.
    """

    __slots__ = ()

    @property
    def text(self) -> str:
        """The answer."""
        return self._text("answer")

    @property
    def answer(self) -> str:
        """The answer."""
        return self._text("answer")

    @property
    def mode(self) -> str:
        """The mode that was used; empty if that is not said."""
        return self._text("mode") or self._text("query_mode")


class ChatAnswer(Grounded):
    """What was said in a conversation. `str(answer)` is its text.

    It has `content`, `choices` as OpenAI has it, and what else the service says: `conversation_id`,
    `sources`, `title` and so on.
    """

    __slots__ = ()

    @property
    def text(self) -> str:
        """What was said."""
        return self._text("content")

    @property
    def content(self) -> str:
        """What was said."""
        return self._text("content")

    @property
    def conversation_id(self) -> str:
        """The conversation, to go on with; empty if the service keeps none."""
        return self._text("conversation_id")

    @property
    def title(self) -> str:
        """The title of a new conversation; empty if the service gave none."""
        return self._text("title")


def whole_text(members: Mapping[str, Any]) -> str | None:
    """Return the text of a whole answer in whichever shape; None if there is none in it."""
    texts = (
        members.get("answer"),
        members.get("content"),
        ChatChunk(members).delta.get("content"),
        members.get("response"),  # of Ollama, and so is the next one
        object_of(members.get("message")).get("content"),
    )
    return next((text for text in texts if isinstance(text, str)), None)


def query_answer(members: Mapping[str, Any], text: str) -> QueryAnswer:
    """Return the answer to a query.

    Args:
        members: What the service said about it.
        text: The answer.
    """
    return QueryAnswer({**members, "answer": text})


def chat_answer(members: Mapping[str, Any], text: str) -> ChatAnswer:
    """Return what was said in a conversation.

    Args:
        members: What the service said about it.
        text: What was said.
    """
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return ChatAnswer({"choices": choices, **members, "content": text})
