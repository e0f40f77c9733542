"""The ways to the groups of operations: those that an `Api` has, and what `api.socket()` returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from tgproto.catalog.auth import AsyncAuth, Auth
from tgproto.catalog.collection import AsyncCollection, Collection
from tgproto.catalog.configuration import AsyncConfig, Config
from tgproto.catalog.flow import AsyncFlowInstance, FlowInstance
from tgproto.catalog.i18n import AsyncI18n, I18n
from tgproto.catalog.iam import AsyncIam, Iam
from tgproto.catalog.knowledge import AsyncKnowledge, Knowledge
from tgproto.catalog.library import AsyncLibrary, Library
from tgproto.catalog.metrics import AsyncMetrics, Metrics
from tgproto.catalog.options import CallOptions
from tgproto.catalog.scopes import AsyncRunner, AsyncScope, SyncRunner, SyncScope


class SyncServices(ABC):
    """The ways to the global services, blocking."""

    @property
    @abstractmethod
    def _global(self) -> tuple[SyncRunner, CallOptions]:
        """What carries their calls, and how."""

    def library(self) -> Library:
        """Return the library of documents."""
        runner, options = self._global
        return Library(runner, options=options)

    def knowledge(self) -> Knowledge:
        """Return knowledge cores."""
        runner, options = self._global
        return Knowledge(runner, options=options)

    def collection(self) -> Collection:
        """Return collections."""
        runner, options = self._global
        return Collection(runner, options=options)

    def config(self) -> Config:
        """Return the configuration."""
        runner, options = self._global
        return Config(runner, options=options)

    def iam(self) -> Iam:
        """Return users, workspaces and keys; gateways 2.4.5 and later."""
        runner, options = self._global
        return Iam(runner, options=options)

    def auth(self) -> Auth:
        """Return the ways in, for gateways with users; they go over HTTP."""
        runner, options = self._global
        return Auth(runner, options=options)

    def metrics(self) -> Metrics:
        """Return the metrics of the deployment; they go over HTTP."""
        runner, options = self._global
        return Metrics(runner, options=options)

    def i18n(self) -> I18n:
        """Return the string tables for user interfaces; they go over HTTP."""
        runner, options = self._global
        return I18n(runner, options=options)


class AsyncServices(ABC):
    """The ways to the global services, awaited."""

    @property
    @abstractmethod
    def _global(self) -> tuple[AsyncRunner, CallOptions]:
        """What carries their calls, and how."""

    def library(self) -> AsyncLibrary:
        """Return the library of documents."""
        runner, options = self._global
        return AsyncLibrary(runner, options=options)

    def knowledge(self) -> AsyncKnowledge:
        """Return knowledge cores."""
        runner, options = self._global
        return AsyncKnowledge(runner, options=options)

    def collection(self) -> AsyncCollection:
        """Return collections."""
        runner, options = self._global
        return AsyncCollection(runner, options=options)

    def config(self) -> AsyncConfig:
        """Return the configuration."""
        runner, options = self._global
        return AsyncConfig(runner, options=options)

    def iam(self) -> AsyncIam:
        """Return users, workspaces and keys; gateways 2.4.5 and later."""
        runner, options = self._global
        return AsyncIam(runner, options=options)

    def auth(self) -> AsyncAuth:
        """Return the ways in, for gateways with users; they go over HTTP."""
        runner, options = self._global
        return AsyncAuth(runner, options=options)

    def metrics(self) -> AsyncMetrics:
        """Return the metrics of the deployment; they go over HTTP."""
        runner, options = self._global
        return AsyncMetrics(runner, options=options)

    def i18n(self) -> AsyncI18n:
        """Return the string tables for user interfaces; they go over HTTP."""
        runner, options = self._global
        return AsyncI18n(runner, options=options)


@dataclass(frozen=True)
class SocketClient(SyncScope, SyncServices):
    """The services of a gateway over the multiplexed socket, blocking."""

    @property
    def _global(self) -> tuple[SyncRunner, CallOptions]:
        return self.runner, self.options

    def flow(self, flow_id: str = "default") -> FlowInstance:
        """Return the services of a flow.

        Args:
            flow_id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return FlowInstance(runner=self.runner, flow=flow_id, options=self.options)


@dataclass(frozen=True)
class AsyncSocketClient(AsyncScope, AsyncServices):
    """The services of a gateway over the multiplexed socket, awaited."""

    @property
    def _global(self) -> tuple[AsyncRunner, CallOptions]:
        return self.runner, self.options

    def flow(self, flow_id: str = "default") -> AsyncFlowInstance:
        """Return the services of a flow.

        Args:
            flow_id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return AsyncFlowInstance(runner=self.runner, flow=flow_id, options=self.options)
