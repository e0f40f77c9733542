"""Events of a chat, each the dict that was sent, with its parts named; and the answer that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ChatEvent(dict[str, Any]):
    """An event: what the service sent. Of a type that is not known, this class itself.

    `str(event)` is its text: that of a token, else empty.
    """

    type_name: ClassVar[str] = ""

    @property
    def type(self) -> str:
        """What it is: `start`, `token`, `end`, or something unknown; empty if it does not say."""
        value = self.get("type")
        return value if isinstance(value, str) else ""

    @property
    def content(self) -> str:
        """The text of a token; else empty."""
        return ""

    def __str__(self) -> str:
        """Return the text."""
        return self.content


class ChatStart(ChatEvent):
    """The answer begins."""

    type_name = "start"

    @property
    def message_id(self) -> str | None:
        """Name of the answer, if it has one."""
        return text_or_none(self.get("message_id"))


class ChatToken(ChatEvent):
    """A piece of the answer."""

    type_name = "token"

    @property
    def content(self) -> str:
        """The text; blanks matter."""
        return text_or_none(self.get("content")) or ""


class ChatEnd(ChatEvent):
    """The answer is complete."""

    type_name = "end"

    @property
    def message_id(self) -> str | None:
        """Name of the answer, if it has one."""
        return text_or_none(self.get("message_id"))


class ChatAnswer(str):
    """A whole answer: its text, and what was said about it.

    Args:
        text: The text.
        message_id: Name of the answer, if it has one.
        body: The answer as it was sent, if it came whole; else empty.
        headers: Header fields by lower-case name.
        oddities: What was not as documented and did no harm: what -> how often.
    """

    message_id: str | None
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    oddities: Mapping[str, int]

    def __new__(
        cls,
        text: str = "",
        *,
        message_id: str | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        oddities: Mapping[str, int] | None = None,
    ) -> ChatAnswer:
        """Make an answer."""
        answer = super().__new__(cls, text)
        answer.message_id = message_id
        answer.body, answer.headers, answer.oddities = body or {}, headers or {}, oddities or {}
        return answer


def text_or_none(value: object) -> str | None:
    """Return a text, or None for anything else."""
    return value if isinstance(value, str) else None
