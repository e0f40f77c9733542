"""What `api.socket()` returns: the way to the flows, over the multiplexed socket."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.flow import AsyncFlow, SyncFlow
from tgproto.catalog.scopes import AsyncScope, SyncScope


@dataclass(frozen=True)
class SyncSocket(SyncScope):
    """The services of a gateway over the multiplexed socket, blocking."""

    def flow(self, flow_id: str = "default") -> SyncFlow:
        """Return the services of a flow.

        Args:
            flow_id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return SyncFlow(runner=self.runner, flow=flow_id, options=self.options)


@dataclass(frozen=True)
class AsyncSocket(AsyncScope):
    """The services of a gateway over the multiplexed socket, awaited."""

    def flow(self, flow_id: str = "default") -> AsyncFlow:
        """Return the services of a flow.

        Args:
            flow_id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return AsyncFlow(runner=self.runner, flow=flow_id, options=self.options)
