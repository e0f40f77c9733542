"""Metrics of the deployment, as its Prometheus server knows them: the classes of upstream."""

from __future__ import annotations

from tgdrivers.compat.metrics import OTHERWISE, AsyncMetricsCalls, MetricsCalls
from tgdrivers.compat.v2.results import rest


class Metrics(MetricsCalls):
    """Metrics."""

    @rest(differs=OTHERWISE)
    def get(self) -> str: ...


class AsyncMetrics(AsyncMetricsCalls):
    """Metrics, for asyncio."""

    @rest(differs=OTHERWISE)
    async def get(self) -> str: ...
