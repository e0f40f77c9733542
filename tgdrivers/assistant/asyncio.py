"""The client of the AI Assistant API for asyncio."""

from __future__ import annotations

from tgdrivers.assistant.base import AssistantBase, Kind
from tgdrivers.asyncio.house import AsyncioHouse
from tgdrivers.asyncio.pump import Pump
from tgproto.assistant.scopes import AsyncAssistant


class AsyncAssistantClient(AsyncioHouse[Kind], AssistantBase[Pump], AsyncAssistant):
    """The AI Assistant API, for asyncio.

    Use it in an `async with` block, or call `aclose`; a call after that connects again. The arguments are
    those of `AssistantBase`.
    """
