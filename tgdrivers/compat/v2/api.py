"""The `Api` of 2.11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tgdrivers.compat.clients import OWN, BaseApi
from tgdrivers.compat.v2.async_sockets import AsyncSocketClient
from tgdrivers.compat.v2.bulk import AsyncBulkClient, BulkClient
from tgdrivers.compat.v2.flow import AsyncFlow, Flow
from tgdrivers.compat.v2.library import Library
from tgdrivers.compat.v2.metrics import AsyncMetrics, Metrics
from tgdrivers.compat.v2.results import rest
from tgdrivers.compat.v2.services import Collection, Config, Knowledge
from tgdrivers.compat.v2.sockets import SocketClient
from tgproto.types import Json


class Api(BaseApi):
    """A gateway. Nothing is connected before the first call; whoever used `async_…` ends with `aclose`.

    Args:
        url: Its address.
        timeout: Longest silence in seconds, or None.
        token: The token, or None.
        workspace: Workspace to address; `default` for the caller's own, whatever it is called.
    """

    def __init__(
        self,
        url: str = "http://localhost:8888/",
        timeout: float | None = 60,
        token: str | None = None,
        workspace: str = OWN,
    ) -> None:
        super().__init__(url, timeout, token)
        self.workspace = workspace

    @rest(of="_raw")
    def request(self, path: str, request: Mapping[str, Any]) -> dict[str, Json]: ...

    def flow(self) -> Flow:
        """Return flow management, and with `id` the services of a flow."""
        return Flow(self)

    def config(self) -> Config:
        """Return the configuration."""
        return Config(self, self.workspace)

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
        """Return the services over the socket, for asyncio; the same object each time."""
        return self._keep(AsyncSocketClient)

    def async_bulk(self) -> AsyncBulkClient:
        """Return what `bulk` returns, for asyncio; the same object each time."""
        return self._keep(AsyncBulkClient)

    def async_metrics(self) -> AsyncMetrics:
        """Return what `metrics` returns, for asyncio; the same object each time."""
        return self._keep(AsyncMetrics)
