"""What text operations return: a `str` that also knows token counts, model and the gateway's own members."""

from __future__ import annotations

from typing import Self, SupportsIndex, overload

from tgproto.types.chunks import Source
from tgproto.types.record import Members
from tgproto.types.wire import Json, exact


class TextResult(Members, str):
    """An answer: the whole text, and what the gateway said about it.

    Subscription with a name, and `get`, reach the members of the answer's last frame as the gateway sent
    them: `result["model"]`. The name `response` always stands for the whole text, whatever the service
    and the gateway release call it. Subscription with a number or slice works as on any `str`.

    Args:
        text: The whole text.
        in_token: Tokens read by the model, or None if not reported.
        out_token: Tokens written by the model, or None if not reported.
        model: Name of the model, or None if not reported.
        payload: JSON text of the last frame's `response`, an object.
    """

    __slots__ = ("in_token", "model", "out_token", "payload")

    in_token: int | None
    out_token: int | None
    model: str | None
    payload: bytes

    def __new__(
        cls,
        text: str = "",
        *,
        in_token: int | None = None,
        out_token: int | None = None,
        model: str | None = None,
        payload: bytes = b"{}",
    ) -> Self:
        """Build one."""
        self = super().__new__(cls, text)
        self.in_token = in_token
        self.out_token = out_token
        self.model = model
        self.payload = payload
        return self

    @property
    def text(self) -> str:
        """The text as a plain `str`."""
        return exact(self)

    def members(self) -> dict[str, Json]:
        """Return the members by wire name, newly decoded."""
        return {**super().members(), "response": self.text}

    @overload
    def __getitem__(self, key: SupportsIndex | slice) -> str: ...
    @overload
    def __getitem__(self, key: str) -> Json: ...
    def __getitem__(self, key: SupportsIndex | slice | str) -> Json:
        return self.members()[key] if isinstance(key, str) else super().__getitem__(key)


class TextCompletion(TextResult):
    """What a language model wrote."""

    __slots__ = ()


class PromptReply(TextResult):
    """What a language model wrote for a prompt template."""

    __slots__ = ()


class AgentReply(TextResult):
    """What an agent finally answered."""

    __slots__ = ()


class RagAnswer(TextResult):
    """An answer found by retrieval.

    Args:
        text: The whole text.
        sources: The documents used, as far as the gateway names them.
        in_token: Tokens read by the model, or None if not reported.
        out_token: Tokens written by the model, or None if not reported.
        model: Name of the model, or None if not reported.
        payload: JSON text of the last frame's `response`, an object.
    """

    __slots__ = ("sources",)

    sources: tuple[Source, ...]

    def __new__(
        cls,
        text: str = "",
        *,
        sources: tuple[Source, ...] = (),
        in_token: int | None = None,
        out_token: int | None = None,
        model: str | None = None,
        payload: bytes = b"{}",
    ) -> Self:
        """Build one."""
        self = super().__new__(
            cls, text, in_token=in_token, out_token=out_token, model=model, payload=payload
        )
        self.sources = sources
        return self
