"""The `Api` of the trio colour: where the parts are put together."""

from __future__ import annotations

from tgdrivers.awaited import AwaitedApi
from tgdrivers.base import Sockets
from tgdrivers.trio.house import TrioHouse
from tgdrivers.trio.pump import Pump


class Api(TrioHouse[Sockets], AwaitedApi[Pump]):
    """A TrustGraph gateway, for trio.

    It has to be used in an `async with` block, because tasks tend its connections, and they end with it.
    Leaving the block closes the connections; that takes a few seconds at most, also when it is cancelled.
    The same `Api` may be entered in several runs of trio, one after the other or in several threads, and
    entered again. The arguments are those of `BaseApi`.
    """
