"""The ways to talk to EdgeQuake, as data.

Its server, its guide of streaming and its OpenAI-like door differ in addresses, members and events. Sources:
EdgeQuake's OpenAPI document 0.15.1 and its server, and `sdks/python/docs/STREAMING.md` of its repository.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


class Plain(enum.Enum):
    """Which events are a piece of text as they are, rather than a JSON object that says what it is."""

    NEVER = "never"
    """None: what is no object is a mistake."""
    UNLESS_OBJECT = "unless object"
    """Those that are no JSON object, as they were sent."""
    ALWAYS = "always"
    """All of them. The end of the body is the end of the text."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where something is asked, and how.

    Attributes:
        path: Path below the base URL.
        members: What an argument is called on the wire; what is not in it cannot be said.
        method: HTTP method. With GET the arguments are in the query of the address, else in a JSON body.
        fixed: Members that are always sent.
        text: Members that may hold the text of a token; the one of this dialect is the first.
        plain: Which events are plain text.
    """

    path: str
    members: Mapping[str, str]
    method: str = "POST"
    fixed: tuple[tuple[str, object], ...] = ()
    text: tuple[str, ...] = ("content", "chunk")
    plain: Plain = Plain.NEVER


@dataclass(frozen=True, slots=True)
class EdgequakeDialect:
    """One way to talk to EdgeQuake.

    Attributes:
        name: What it is called.
        query: Asks a question, for one answer.
        query_stream: Asks a question, for a stream.
        chat: Says something in a conversation, for one answer.
        chat_stream: The same, for a stream.
        key_header: Name of the header field that shows an API key.
        key_prefix: What stands in front of the key there.
        missing: What to try if there is no such endpoint.
    """

    name: str
    query: Endpoint
    query_stream: Endpoint
    chat: Endpoint
    chat_stream: Endpoint
    key_header: str = "X-API-Key"
    key_prefix: str = ""
    missing: str = 'The server may speak as the streaming guide does: pass dialect="guide"'


def _same(*names: str, **others: str) -> dict[str, str]:
    """Return names on the wire: those that are the same, and the others."""
    return {**{name: name for name in names}, **others}


_QUERY = Endpoint(
    "api/v1/query",
    _same(
        "query",
        "mode",
        "system_prompt",
        "conversation_history",
        "document_filter",
        top_k="max_results",
        rerank="enable_rerank",
        provider="llm_provider",
        model="llm_model",
    ),
)
_CHAT = Endpoint(
    "api/v1/chat/completions",
    _same(
        "message",
        "conversation_id",
        "parent_id",
        "mode",
        "top_k",
        "document_filter",
        "provider",
        "model",
        "max_tokens",
        "temperature",
        "system_prompt",
    ),
)
_OPENAI = Endpoint(
    "v1/chat/completions",
    _same("messages", "model", "max_tokens", "temperature"),
    fixed=(("stream", False),),
)

SERVER: Final = EdgequakeDialect(
    "server",
    query=_QUERY,
    query_stream=replace(_QUERY, path="api/v1/query/stream"),
    chat=_CHAT,
    chat_stream=replace(_CHAT, path="api/v1/chat/completions/stream"),
)
"""EdgeQuake's server, 0.15.1."""

OPENAI: Final = replace(
    SERVER,
    name="openai",
    chat=_OPENAI,
    chat_stream=replace(_OPENAI, fixed=(("stream", True),)),
    missing='EdgeQuake\'s own server has other endpoints: pass dialect="server"',
)
"""Queries as `SERVER` has them, and chats as OpenAI has them: the whole conversation is sent each time."""

GUIDE: Final = replace(
    OPENAI,
    name="guide",
    query=Endpoint("query", _same("query", "mode", "top_k"), text=("chunk", "content")),
    query_stream=Endpoint(
        "query/stream",
        _same("query", "mode", "top_k"),
        method="GET",
        text=("chunk", "content"),
        plain=Plain.UNLESS_OBJECT,
    ),
    key_header="Authorization",
    key_prefix="Bearer ",
)
"""What the streaming guide describes: a query is a GET, and its answer may be plain text."""

RAW: Final = replace(
    SERVER,
    name="raw",
    query_stream=replace(SERVER.query_stream, fixed=(("stream_format", "v1"),), plain=Plain.ALWAYS),
)
"""`SERVER`, whose query streams are nothing but text: no sources, no statistics, no word of the end."""

DIALECTS: Final[Mapping[str, EdgequakeDialect]] = {
    dialect.name: dialect for dialect in (SERVER, GUIDE, OPENAI, RAW)
}
"""The dialects by name."""


def edgequake_dialect(dialect: str | EdgequakeDialect) -> EdgequakeDialect:
    """Return a dialect, by its name or as it is.

    Raises:
        TypeError: It is neither.
        ValueError: There is no dialect of this name.
    """
    if isinstance(dialect, EdgequakeDialect):
        return dialect
    if not isinstance(dialect, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"dialect must be a str or an EdgequakeDialect, not {type(dialect).__name__}")
    known = DIALECTS.get(dialect)
    if known is None:
        raise ValueError(f"dialect must be one of {', '.join(map(repr, DIALECTS))}, or an EdgequakeDialect")
    return known
