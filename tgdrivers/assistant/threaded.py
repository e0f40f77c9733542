"""The client of the AI Assistant API for blocking callers."""

from __future__ import annotations

from tgdrivers.assistant.base import AssistantBase, Kind
from tgdrivers.threaded.house import ThreadedHouse
from tgdrivers.threaded.pump import Pump
from tgproto.assistant.scopes import Assistant


class AssistantClient(ThreadedHouse[Kind], AssistantBase[Pump], Assistant):
    """The AI Assistant API, for blocking callers.

    Use it in a `with` block, or call `close`; a call after that connects again. Any number of threads may use
    one client. The arguments are those of `AssistantBase`.
    """
