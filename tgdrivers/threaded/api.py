"""The `Api` for blocking callers: where the parts are put together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from tgdrivers.base import BaseApi, Sockets, Transport
from tgdrivers.files import MACHINE
from tgdrivers.threaded.house import ThreadedHouse
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

if TYPE_CHECKING:
    import httpx

    from tgdrivers.asyncio import Api as AsyncApi


class Api(ThreadedHouse[Sockets], BaseApi[Pump, "httpx.Client", SyncRunner], SyncServices):
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

    async def aclose(self) -> None:
        """Close these connections, and those of the running event loop. Idempotent."""
        self.close()
        if self._asynchronous is not None:
            await self._asynchronous.aclose()

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
            partial(self._here, transport),
            streams=None if streams is None else partial(self._here, streams),
            http=partial(self._here, "rest"),
            bulk=partial(self._here, "bulk"),
            machine=MACHINE,
        )
