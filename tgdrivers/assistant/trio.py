"""The client of the AI Assistant API for trio."""

from __future__ import annotations

from tgdrivers.assistant.base import AssistantBase, Kind
from tgdrivers.trio.house import TrioHouse
from tgdrivers.trio.pump import Pump
from tgproto.assistant.scopes import AsyncAssistant


class TrioAssistantClient(TrioHouse[Kind], AssistantBase[Pump], AsyncAssistant):
    """The AI Assistant API, for trio.

    It has to be used in an `async with` block, because tasks tend its connections, and they end with it. What
    `with_options` returns is used in the block of the first one. The arguments are those of `AssistantBase`.
    """
