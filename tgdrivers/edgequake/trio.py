"""The client of EdgeQuake for trio."""

from __future__ import annotations

from tgdrivers.edgequake.awaited import AwaitedClient, AwaitedHouse
from tgdrivers.edgequake.base import Kind
from tgdrivers.trio.house import TrioHouse
from tgdrivers.trio.pump import Pump


class _House(TrioHouse[Kind], AwaitedHouse[Pump]):
    _called = "TrioEdgequakeClient"


class TrioEdgequakeClient(AwaitedClient[_House]):
    """EdgeQuake, for trio.

    It has to be used in an `async with` block, because tasks tend its connections, and they end with it. What
    `with_workspace` returns is used in the block of the first one. The arguments are those of `BaseClient`.
    """

    _house_type = _House
