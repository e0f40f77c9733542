"""The `Api` of 1.7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tgdrivers.compat.clients import BaseApi
from tgdrivers.compat.v1.bulk import AsyncBulkClient, BulkClient
from tgdrivers.compat.v1.flow import AsyncFlow, Flow
from tgdrivers.compat.v1.library import Library
from tgdrivers.compat.v1.metrics import AsyncMetrics, Metrics
from tgdrivers.compat.v1.results import rest
from tgdrivers.compat.v1.services import Collection, Config, Knowledge
from tgdrivers.compat.v1.sockets import AsyncSocketClient, SocketClient
from tgproto.types import Json


class Api(BaseApi):
    """A gateway. Nothing is connected before the first call; whoever used `async_…` ends with `aclose`.

    Args:
        url: Its address.
        timeout: Longest silence in seconds, or None.
        token: The token, or None.
    """

    def __init__(
        self, url: str = "http://localhost:8088/", timeout: float | None = 60, token: str | None = None
    ) -> None:
        super().__init__(url, timeout, token)

    @rest(of="_raw")
    def request(self, path: str, request: Mapping[str, Any]) -> dict[str, Json]: ...

    def flow(self) -> Flow:
        """Return flow management, and with `id` the services of a flow."""
        return Flow(self)

    def config(self) -> Config:
        """Return the configuration."""
        return Config(self)

    def knowledge(self) -> Knowledge:
        """Return knowledge cores."""
        return Knowledge(self)

    def library(self) -> Library:
        """Return the library of documents."""
        return Library(self)

    def collection(self) -> Collection:
        """Return collections."""
        return Collection(self)

    def socket(self) -> SocketClient:
        """Return the services over the socket; the same object each time."""
        return self._keep(SocketClient)

    def bulk(self) -> BulkClient:
        """Return bulk import and export; the same object each time."""
        return self._keep(BulkClient)

    def metrics(self) -> Metrics:
        """Return the metrics of the deployment; the same object each time."""
        return self._keep(Metrics)

    def async_flow(self) -> AsyncFlow:
        """Return what `flow` returns, for asyncio; the same object each time."""
        return self._keep(AsyncFlow)

    def async_socket(self) -> AsyncSocketClient:
        """Return what `socket` returns, for asyncio; the same object each time."""
        return self._keep(AsyncSocketClient)

    def async_bulk(self) -> AsyncBulkClient:
        """Return what `bulk` returns, for asyncio; the same object each time."""
        return self._keep(AsyncBulkClient)

    def async_metrics(self) -> AsyncMetrics:
        """Return what `metrics` returns, for asyncio; the same object each time."""
        return self._keep(AsyncMetrics)
