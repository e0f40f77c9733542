"""Metrics of the deployment: what the clients of both generations have in common."""

from __future__ import annotations

from tgdrivers.compat.clients import AwaitedClient, BlockingClient, server_url
from tgproto import catalog

OTHERWISE = (
    "It is the latest value of every metric, as JSON text of Prometheus. The address that upstream asks "
    "does not exist on any gateway."
)


class MetricsCalls(BlockingClient):
    """What has the operations of blocking clients."""

    def _shown(self, url: str) -> str:
        return server_url(url)

    @property
    def _operations(self) -> catalog.Metrics:
        return self._own(self._native.metrics())


class AsyncMetricsCalls(AwaitedClient):
    """What has the operations of clients for asyncio."""

    def _shown(self, url: str) -> str:
        return server_url(url)

    @property
    def _operations(self) -> catalog.AsyncMetrics:
        return self._own(self._native.metrics())
