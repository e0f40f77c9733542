"""The `Api` for blocking callers: where the parts are put together."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Self

from tgdrivers.base import BaseApi, Transport
from tgdrivers.files import MACHINE
from tgdrivers.threaded.pump import Pump
from tgproto.catalog import (
    AsyncFlow,
    AsyncMetrics,
    AsyncSocketClient,
    CallOptions,
    Flow,
    SocketClient,
    SyncRunner,
)
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk
from tgproto.catalog.doors import SyncServices
from tgproto.catalog.runners import BlockingRunner
from tgproto.driven import Driven

if TYPE_CHECKING:
    import httpx

    from tgdrivers.asyncio import Api as AsyncApi


class Api(BaseApi[Pump, "httpx.Client", SyncRunner], SyncServices):
    """A TrustGraph gateway, for blocking callers.

    Use it in a `with` block, or call `close`; a call after that connects again, so close it again. Any number
    of threads may use one `Api`, also inside a running event loop and after a fork. A caller who is alone
    needs no thread; several at once are served by one, which ends soon after them. The arguments are those
    of `BaseApi`.

    Ctrl-C ends the call that waits. If it comes while bytes are moved, connections are given up; other calls
    are then sent again, or fail.

    The methods `async_…` return what `tgdrivers.asyncio.Api` returns, for code that mixes both; whoever
    uses them ends with `aclose`.
    """

    _blocking = True

    @property
    def _global(self) -> tuple[SyncRunner, CallOptions]:
        return self._services, self._options

    def flow(self) -> Flow:
        """Return flow management, and with `id` the services of a flow; over REST unless told otherwise."""
        return Flow(runner=self._runner(self._transport or "rest"), options=self._options)

    def socket(self) -> SocketClient:
        """Return the way to the services over the multiplexed socket."""
        return SocketClient(runner=self._runner(self._transport or "websocket"), options=self._options)

    def bulk(self) -> Bulk:
        """Return bulk import and export, which have sockets of their own."""
        return Bulk(runner=self._over_sockets("websocket", None), options=self._options)

    def async_flow(self) -> AsyncFlow:
        """Return what `flow` returns, for asyncio.

        An `http_client` cannot be awaited: these flows are carried without it.
        """
        return self._twin().flow()

    def async_socket(self) -> AsyncSocketClient:
        """Return what `socket` returns, for asyncio."""
        return self._twin().socket()

    def async_metrics(self) -> AsyncMetrics:
        """Return what `metrics` returns, for asyncio."""
        return self._twin().metrics()

    def async_bulk(self) -> AsyncBulk:
        """Return what `bulk` returns, for asyncio."""
        return self._twin().bulk()

    def close(self) -> None:
        """Close the connections, and wait until they are gone. Calls under way fail. Idempotent."""
        for place, pump in list(self._pumps.items()):
            if place[1] == os.getpid():
                self._pumps.pop(place, None)
                try:
                    pump.close()
                except BaseException:  # an interrupt: it can be closed again
                    self._pumps.setdefault(place, pump)
                    raise

    async def aclose(self) -> None:
        """Close these connections, and those of the running event loop. Idempotent."""
        self.close()
        if self._asynchronous is not None:
            await self._asynchronous.aclose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()

    _asynchronous: AsyncApi | None = None

    def _twin(self) -> AsyncApi:
        """Return the asyncio `Api` with the same arguments."""
        if self._asynchronous is None:
            from tgdrivers.asyncio import Api as AsyncApi  # only who asks for it loads asyncio

            self._asynchronous = self._like(AsyncApi)
        return self._asynchronous

    def _over_httpx(self, http_client: httpx.Client) -> SyncRunner:
        from tgdrivers.http_carrier import HttpxRunner

        return HttpxRunner(http_client, self._endpoint, self._rest_options, self._token_source)

    def _over_sockets(self, transport: Transport, streams: Transport | None) -> SyncRunner:
        return BlockingRunner(
            partial(self._pump, None, transport),
            streams=None if streams is None else partial(self._pump, None, streams),
            http=partial(self._pump, None, "rest"),
            bulk=partial(self._pump, None, "bulk"),
            machine=MACHINE,
        )

    def _make_pump(self, client: Driven) -> Pump:
        for place, pump in list(self._pumps.items()):
            if place[1] != os.getpid() and self._pumps.pop(place, None) is pump:
                pump.forsake()
        return Pump(client, self._endpoint, self._clock, self._token_source)
