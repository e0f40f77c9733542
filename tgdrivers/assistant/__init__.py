"""Clients of the AI Assistant API, one for each way of doing I/O. Each is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tgdrivers.assistant.asyncio import AsyncAssistantClient
    from tgdrivers.assistant.threaded import AssistantClient
    from tgdrivers.assistant.trio import TrioAssistantClient
    from tgproto.assistant.batch import BatchRequest, NotSent, chat_request, tool_request
    from tgproto.assistant.events import ChatAnswer, ChatEnd, ChatEvent, ChatStart, ChatToken
    from tgproto.assistant.outcomes import BadItem, BatchItem, BatchResult, MissingResponse
    from tgproto.assistant.scopes import AssistantCalls
    from tgproto.assistant.settings import AssistantSettings
    from tgproto.assistant.tools import Tool, ToolResult
    from tgproto.web.openai import ChatChunk, ChatCompletion, ChatMessage
    from tgproto.web.replies import Event

__all__ = [
    "AssistantCalls",
    "AssistantClient",
    "AssistantSettings",
    "AsyncAssistantClient",
    "BadItem",
    "BatchItem",
    "BatchRequest",
    "BatchResult",
    "ChatAnswer",
    "ChatChunk",
    "ChatCompletion",
    "ChatEnd",
    "ChatEvent",
    "ChatMessage",
    "ChatStart",
    "ChatToken",
    "Event",
    "MissingResponse",
    "NotSent",
    "Tool",
    "ToolResult",
    "TrioAssistantClient",
    "chat_request",
    "tool_request",
]

_HOMES = {
    "tgdrivers.assistant.asyncio": ("AsyncAssistantClient",),
    "tgdrivers.assistant.threaded": ("AssistantClient",),
    "tgdrivers.assistant.trio": ("TrioAssistantClient",),
    "tgproto.assistant.batch": ("BatchRequest", "NotSent", "chat_request", "tool_request"),
    "tgproto.assistant.events": ("ChatAnswer", "ChatEnd", "ChatEvent", "ChatStart", "ChatToken"),
    "tgproto.assistant.outcomes": ("BadItem", "BatchItem", "BatchResult", "MissingResponse"),
    "tgproto.assistant.scopes": ("AssistantCalls",),
    "tgproto.assistant.settings": ("AssistantSettings",),
    "tgproto.assistant.tools": ("Tool", "ToolResult"),
    "tgproto.web.openai": ("ChatChunk", "ChatCompletion", "ChatMessage"),
    "tgproto.web.replies": ("Event",),
}


def __getattr__(name: str) -> object:
    """Load what is asked for."""
    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
