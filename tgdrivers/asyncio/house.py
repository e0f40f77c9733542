"""The life of a client under asyncio: pumps for each event loop, and closing."""

from __future__ import annotations

import asyncio
import os
from types import TracebackType
from typing import Self

from tgdrivers.asyncio.pump import Pump
from tgdrivers.house import House, KindT
from tgproto.driven import Driven


class AsyncioHouse(House[Pump, KindT]):
    """Keeps pumps for event loops: a client for each, and for each process."""

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

    def _here(self, kind: KindT) -> Pump:
        return self._pump(asyncio.get_running_loop(), kind)

    def _make_pump(self, client: Driven) -> Pump:
        for place in list(self._pumps):
            loop, process, _ = place
            assert isinstance(loop, asyncio.AbstractEventLoop)
            if loop.is_closed() or process != os.getpid():
                self._pumps.pop(place, None)
        return Pump(client, self._endpoint, self._clock, self._token_source)
