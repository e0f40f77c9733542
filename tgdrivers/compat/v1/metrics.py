"""Metrics of the deployment, as its Prometheus server knows them: the classes of upstream."""

from __future__ import annotations

from tgdrivers.compat.clients import AwaitedClient, BlockingClient, server_url
from tgdrivers.compat.v1.results import rest
from tgproto import catalog

OTHERWISE = (
    "It is the latest value of every metric, as JSON text of Prometheus. The address that upstream asks "
    "does not exist on any gateway."
)


class Metrics(BlockingClient):
    """Metrics."""

    def _shown(self, url: str) -> str:
        return server_url(url)

    @property
    def _operations(self) -> catalog.Metrics:
        return self._own(self._native.metrics())

    @rest(differs=OTHERWISE)
    def get(self) -> str: ...


class AsyncMetrics(AwaitedClient):
    """Metrics, for asyncio."""

    def _shown(self, url: str) -> str:
        return server_url(url)

    @property
    def _operations(self) -> catalog.AsyncMetrics:
        return self._own(self._native.metrics())

    @rest(differs=OTHERWISE)
    async def get(self) -> str: ...
