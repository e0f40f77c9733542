"""The client of EdgeQuake for asyncio."""

from __future__ import annotations

from tgdrivers.asyncio.house import AsyncioHouse
from tgdrivers.asyncio.pump import Pump
from tgdrivers.edgequake.awaited import AwaitedClient, AwaitedHouse
from tgdrivers.edgequake.base import Kind


class _House(AsyncioHouse[Kind], AwaitedHouse[Pump]):
    _called = "AsyncEdgequakeClient"


class AsyncEdgequakeClient(AwaitedClient[_House]):
    """EdgeQuake, for asyncio.

    Use it in an `async with` block, or call `aclose`; a call after that connects again. One client may be
    used under several event loops, and keeps connections for each. The arguments are those of `BaseClient`.
    """

    _house_type = _House
