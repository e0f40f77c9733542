"""The `Api` of the asyncio colour: where the parts are put together."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tgdrivers.asyncio.pump import Pump
from tgdrivers.base import BaseApi, Transport
from tgproto.catalog import AsyncFlows, AsyncRunner, AsyncSocket
from tgproto.catalog.runners import AwaitedRunner
from tgproto.driven import Driven

if TYPE_CHECKING:
    import httpx


class Api(BaseApi[Pump, "httpx.AsyncClient", AsyncRunner]):
    """A TrustGraph gateway, for asyncio.

    Use it in an `async with` block, or call `aclose`; a call after that connects again, so close it again.
    One `Api` may be used under several event loops, one after the other or in several threads, and after a
    fork: it keeps a client for each. The arguments are those of `BaseApi`.
    """

    def flow(self) -> AsyncFlows:
        """Return flow management, and with `id` the services of a flow; over REST unless told otherwise."""
        return AsyncFlows(runner=self._runner(self._transport or "rest"), options=self._options)

    def socket(self) -> AsyncSocket:
        """Return the way to the services over the multiplexed socket."""
        return AsyncSocket(runner=self._runner(self._transport or "websocket"), options=self._options)

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

    def _over_httpx(self, http_client: httpx.AsyncClient) -> AsyncRunner:
        from tgdrivers.http_carrier import AsyncHttpxRunner

        return AsyncHttpxRunner(http_client, self._endpoint, self._rest_options)

    def _runner(self, transport: Transport) -> AsyncRunner:
        if transport == "rest" and self._http is not None:
            return self._http
        return AwaitedRunner(partial(self._here, transport), streams=transport == "websocket")

    def _here(self, transport: Transport) -> Pump:
        return self._pump(asyncio.get_running_loop(), transport)

    def _make_pump(self, client: Driven) -> Pump:
        for place in list(self._pumps):
            loop, process, _ = place
            assert isinstance(loop, asyncio.AbstractEventLoop)
            if loop.is_closed() or process != os.getpid():
                self._pumps.pop(place, None)
        return Pump(client, self._endpoint, self._clock)
