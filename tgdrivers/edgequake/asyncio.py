"""The client of EdgeQuake for asyncio."""

from __future__ import annotations

from tgdrivers.asyncio.house import AsyncioHouse
from tgdrivers.asyncio.pump import Pump
from tgdrivers.edgequake.base import EdgequakeBase
from tgdrivers.service import Kind
from tgproto.edgequake.scopes import AsyncEdgequake


class AsyncEdgequakeClient(AsyncioHouse[Kind], EdgequakeBase[Pump], AsyncEdgequake):
    """EdgeQuake, for asyncio.

    Use it in an `async with` block, or call `aclose`; a call after that connects again. One client may be
    used under several event loops, and keeps connections for each. The arguments are those of
    `EdgequakeBase`.
    """
