"""Clients of EdgeQuake, one for each way of doing I/O. Nothing is loaded before it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tgdrivers.edgequake.asyncio import AsyncEdgequakeClient
    from tgdrivers.edgequake.threaded import EdgequakeClient
    from tgdrivers.edgequake.trio import TrioEdgequakeClient
    from tgproto.edgequake.answers import ChatAnswer, QueryAnswer
    from tgproto.edgequake.chunks import ChatChunk, Chunk, Source
    from tgproto.edgequake.dialects import EdgequakeDialect
    from tgproto.edgequake.scopes import EdgequakeCalls
    from tgproto.web.replies import Event

__all__ = [
    "AsyncEdgequakeClient",
    "ChatAnswer",
    "ChatChunk",
    "Chunk",
    "EdgequakeCalls",
    "EdgequakeClient",
    "EdgequakeDialect",
    "Event",
    "QueryAnswer",
    "Source",
    "TrioEdgequakeClient",
]

_HOMES = {
    "AsyncEdgequakeClient": "tgdrivers.edgequake.asyncio",
    "EdgequakeClient": "tgdrivers.edgequake.threaded",
    "TrioEdgequakeClient": "tgdrivers.edgequake.trio",
    "ChatAnswer": "tgproto.edgequake.answers",
    "QueryAnswer": "tgproto.edgequake.answers",
    "ChatChunk": "tgproto.edgequake.chunks",
    "Chunk": "tgproto.edgequake.chunks",
    "Source": "tgproto.edgequake.chunks",
    "EdgequakeDialect": "tgproto.edgequake.dialects",
    "EdgequakeCalls": "tgproto.edgequake.scopes",
    "Event": "tgproto.web.replies",
}


def __getattr__(name: str) -> object:
    """Load what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
