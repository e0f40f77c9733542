"""The `Api` of the asyncio colour: where the parts are put together."""

from __future__ import annotations

import asyncio
import os
from types import TracebackType
from typing import Self

from tgdrivers.asyncio.pump import Pump
from tgdrivers.awaited import AwaitedApi
from tgdrivers.base import Sockets
from tgproto.driven import Driven


class Api(AwaitedApi[Pump]):
    """A TrustGraph gateway, for asyncio.

    Use it in an `async with` block, or call `aclose`; a call after that connects again, so close it again.
    One `Api` may be used under several event loops, one after the other or in several threads, and after a
    fork: it keeps a client for each. The arguments are those of `BaseApi`.
    """

    async def aclose(self) -> None:
        """Close the connections of the running loop, and wait until they are gone. Idempotent."""
        here = (asyncio.get_running_loop(), os.getpid())
        for place, pump in list(self._pumps.items()):
            if place[:2] == here:
                self._pumps.pop(place, None)
                await pump.aclose()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        await self.aclose()

    def _here(self, transport: Sockets) -> Pump:
        return self._pump(asyncio.get_running_loop(), transport)

    def _make_pump(self, client: Driven) -> Pump:
        for place in list(self._pumps):
            loop, process, _ = place
            assert isinstance(loop, asyncio.AbstractEventLoop)
            if loop.is_closed() or process != os.getpid():
                self._pumps.pop(place, None)
        return Pump(client, self._endpoint, self._clock, self._token_source)
