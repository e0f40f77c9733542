"""Flow management: which flows there are, starting and stopping them; with their blueprints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import FLOW_IDS, NOTHING, flow_record
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.blueprints import BlueprintOps
from tgproto.catalog.call import Call
from tgproto.catalog.flow import AsyncFlowInstance, FlowCalls, FlowInstance
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope
from tgproto.catalog.spelling import Spelling, has_blueprints
from tgproto.catalog.steps import Steps, step
from tgproto.errors import ServiceError, SilentFailure, service_error
from tgproto.types.records import FlowRecord

FlowIds: TypeAlias = list[str]
"""Ids of flows."""


@dataclass(frozen=True)
class FlowsOps(BlueprintOps):
    """Flow management, for one workspace: flows, and the blueprints that they are started from.

    Gateways from 2.10.6 on lose the errors of this service, so what was changed is read back.
    """

    entries: ClassVar = {
        "flow list-flows": "list",
        "flow get-flow": "get",
        "flow start-flow": "start",
        "flow stop-flow": "stop",
    }

    @operation
    def list(self) -> Call[FlowIds]:
        """List the flows.

        Returns:
            Their ids. Gateways from 2.10.6 on also return none if the service failed.

        Raises:
            ServiceError: The service failed.
        """
        return self._call("list-flows", {}, FLOW_IDS)

    @operation
    def get(self, id: str) -> Call[FlowRecord]:  # noqa: A002
        """Look up a flow.

        Args:
            id: Its id.

        Returns:
            What the gateway keeps about it.

        Raises:
            ServiceError: The service failed, or there is no such flow.
            SilentFailure: The same from gateways from 2.10.6 on; it is a `ServiceError`.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        flow_id = check.name_of("id", id)
        return self._call("get-flow", {"flow-id": flow_id}, flow_record(flow_id))

    @procedure
    def start(
        self,
        blueprint_name: str | None = None,
        id: str | None = None,  # noqa: A002
        description: str | None = None,
        parameters: Mapping[str, str] | None = None,
        *,
        class_name: str | None = None,
    ) -> Steps[None]:
        """Start a flow, and see that it is there.

        The gateway hears of a new flow a moment later: calls to its services may be refused for about a
        tenth of a second.

        Args:
            blueprint_name: What to start it from: a blueprint, or a class on 1.x gateways. Needed.
            id: Id of the new flow. Needed.
            description: What people are to read about it. Needed, but may be empty.
            parameters: Parameters of the blueprint by name; their values are strings.
            class_name: Older name of `blueprint_name`.

        Raises:
            ServiceError: The service failed, or there is a flow of this id already.
            SilentFailure: The flow is not there afterwards, and the gateway lost the error.
            TypeError: An argument is of the wrong type, or missing.
            ValueError: The blueprint or the id is empty.
        """
        name = check.renamed(check.name_of, "blueprint_name", blueprint_name, "class_name", class_name)
        flow_id = check.name_of("id", id)
        start = self._call(
            "start-flow",
            {
                "flow-id": flow_id,
                "description": check.text("description", description),
                "parameters": check.optional(check.text_by_name, "parameters", parameters),
            },
            NOTHING,
            Spelling(has_blueprints, {"blueprint-name": name}, {"class-name": name}),
        )
        flows = self._calls()
        if flow_id in (yield from step(flows.list())):
            raise service_error("flow-error", f"there is a flow {flow_id!r} already", start.context)
        yield from step(start)
        if flow_id not in (yield from step(flows.list())):
            raise SilentFailure(
                f"the flow {flow_id!r} was not started, and the gateway lost the error",
                context=start.context,
                hint=f"Check that there is a blueprint {name!r}, and its parameters",
            )

    @procedure
    def stop(self, id: str) -> Steps[None]:  # noqa: A002
        """Stop a flow, and see that it is gone, or on its way.

        Args:
            id: Its id.

        Raises:
            ServiceError: The service failed, or there is no such flow.
            SilentFailure: The flow goes on, and the gateway lost the error.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        flow_id = check.name_of("id", id)
        stop = self._call("stop-flow", {"flow-id": flow_id}, NOTHING)
        if flow_id not in (yield from step(self._calls().list())):
            raise service_error("flow-error", f"there is no flow {flow_id!r}", stop.context)
        yield from step(stop)
        if (yield from self._goes_on(flow_id)):
            raise SilentFailure(
                f"the flow {flow_id!r} was not stopped, and the gateway lost the error", context=stop.context
            )

    def _goes_on(self, flow_id: str) -> Steps[bool]:
        """Find out whether a flow is there and not being stopped."""
        flows = self._calls()
        if flow_id not in (yield from step(flows.list())):
            return False
        try:
            record = yield from step(flows.get(flow_id))
        except ServiceError:  # it went while we asked
            return False
        return record.status != "stopping"

    def _calls(self) -> FlowsCalls:
        """Return the same operations as data."""
        return FlowsCalls(options=self.options)


@dataclass(frozen=True)
class FlowsCalls(PureScope, FlowsOps):
    """Flow management, as calls that somebody else carries out."""

    def id(self, id: str = "default") -> FlowCalls:  # noqa: A002
        """Return the services of a flow, with the same options.

        Args:
            id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return FlowCalls(id, options=self.options)


@dataclass(frozen=True)
class Flow(SyncScope, FlowsOps):
    """Flow management, blocking."""

    def id(self, id: str = "default") -> FlowInstance:  # noqa: A002
        """Return the services of a flow, with the same options.

        Args:
            id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return FlowInstance(id, self.runner, options=self.options)


@dataclass(frozen=True)
class AsyncFlow(AsyncScope, FlowsOps):
    """Flow management, awaited."""

    def id(self, id: str = "default") -> AsyncFlowInstance:  # noqa: A002
        """Return the services of a flow, with the same options.

        Args:
            id: Id of the flow.

        Raises:
            TypeError: It is no string.
            ValueError: It is empty.
        """
        return AsyncFlowInstance(id, self.runner, options=self.options)
