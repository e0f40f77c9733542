"""What the `Api` of asyncio and that of trio have in common: awaited calls, and what carries them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tgdrivers.base import BaseApi, Transport
from tgdrivers.files import MACHINE
from tgproto.catalog import AsyncFlow, AsyncRunner, AsyncSocketClient, CallOptions
from tgproto.catalog.bulk_scopes import AsyncBulk
from tgproto.catalog.doors import AsyncServices
from tgproto.catalog.runners import AwaitedRunner
from tgproto.catalog.streams import AwaitedCarrier

if TYPE_CHECKING:
    import httpx

PumpT = TypeVar("PumpT", bound=AwaitedCarrier)


class AwaitedApi(BaseApi[PumpT, "httpx.AsyncClient", AsyncRunner], AsyncServices):
    """A TrustGraph gateway, for asynchronous callers."""

    def flow(self) -> AsyncFlow:
        """Return flow management, and with `id` the services of a flow; over REST unless told otherwise."""
        return AsyncFlow(runner=self._runner(self._transport or "rest"), options=self._options)

    def socket(self) -> AsyncSocketClient:
        """Return the way to the services over the multiplexed socket."""
        return AsyncSocketClient(runner=self._runner(self._transport or "websocket"), options=self._options)

    @property
    def _global(self) -> tuple[AsyncRunner, CallOptions]:
        return self._services, self._options

    def bulk(self) -> AsyncBulk:
        """Return bulk import and export, which have sockets of their own."""
        return AsyncBulk(runner=self._over_sockets("websocket", None), options=self._options)

    def _over_httpx(self, http_client: httpx.AsyncClient) -> AsyncRunner:
        from tgdrivers.http_carrier import AsyncHttpxRunner

        return AsyncHttpxRunner(http_client, self._endpoint, self._rest_options, self._token_source)

    def _over_sockets(self, transport: Transport, streams: Transport | None) -> AsyncRunner:
        return AwaitedRunner(
            partial(self._here, transport),
            streams=None if streams is None else partial(self._here, streams),
            http=partial(self._here, "rest"),
            bulk=partial(self._here, "bulk"),
            machine=MACHINE,
        )
