"""The `Api` of the asyncio colour: where the parts are put together."""

from __future__ import annotations

from tgdrivers.asyncio.house import AsyncioHouse
from tgdrivers.asyncio.pump import Pump
from tgdrivers.awaited import AwaitedApi
from tgdrivers.base import Sockets


class Api(AsyncioHouse[Sockets], AwaitedApi[Pump]):
    """A TrustGraph gateway, for asyncio.

    Use it in an `async with` block, or call `aclose`; a call after that connects again, so close it again.
    One `Api` may be used under several event loops, one after the other or in several threads, and after a
    fork: it keeps a client for each. The arguments are those of `BaseApi`.
    """
