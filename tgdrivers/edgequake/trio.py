"""The client of EdgeQuake for trio."""

from __future__ import annotations

from tgdrivers.edgequake.base import EdgequakeBase
from tgdrivers.service import Kind
from tgdrivers.trio.house import TrioHouse
from tgdrivers.trio.pump import Pump
from tgproto.edgequake.scopes import AsyncEdgequake


class TrioEdgequakeClient(TrioHouse[Kind], EdgequakeBase[Pump], AsyncEdgequake):
    """EdgeQuake, for trio.

    It has to be used in an `async with` block, because tasks tend its connections, and they end with it. What
    `with_workspace` returns is used in the block of the first one. The arguments are those of
    `EdgequakeBase`.
    """
