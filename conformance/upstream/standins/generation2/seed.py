"""What is configured from the start: workspaces, blueprints, one collection, and the flows."""

import json
from collections.abc import Iterable
from typing import Any

from trustgraph import schema
from trustgraph.base import RequestResponseClient

from ..records import Place
from .memory.config import MemoryConfig
from .scripted import SERVICES
from .service import service_id
from .settings import WORKSPACES
from .sink import SINKS, sink_id

# The blueprint of every flow. The gateway takes flows over in their order, so that all are known to it when
# the last one answers; `dead` cannot answer and goes first.
FLOWS = {
    Place("default", "dead"): "dead",
    Place("default", "bare"): "bare",
    Place("default", "default"): "standin",
    Place("other", "default"): "standin",
}

# A pass-through service has the name of its vendor; a client asks for this one as `thru/echo`.
INTERFACE_NAMES = {"passthrough": "echo"}


def request_topics(kind: str) -> dict[str, str]:
    """The topics of a service; the braces are filled when a flow starts."""
    return {
        "request": f"request:tg:{kind}:{{workspace}}:{{id}}",
        "response": f"response:tg:{kind}:{{workspace}}:{{id}}",
    }


def sink_topic(kind: str, workspace: str = "{workspace}", flow: str = "{id}") -> str:
    """The topic of a sink; without a place in the form of a blueprint."""
    return f"flow:tg:{SINKS[kind].interface}:{workspace}:{flow}"


def blueprint(services: Iterable[str], sinks: Iterable[str], description: str) -> dict[str, Any]:
    """Describe a kind of flow.

    Args:
        services: Its services, keys of SERVICES.
        sinks: Its sinks, keys of SINKS.
        description: A text for people.

    Returns:
        The blueprint as the configuration holds it.
    """
    flow: dict[str, Any] = {}
    interfaces: dict[str, Any] = {}
    for kind in services:
        topics = request_topics(kind)
        flow[f"{service_id(kind)}:{{id}}"] = {"topics": topics, "parameters": {}}
        interfaces[INTERFACE_NAMES.get(kind, kind)] = topics
    for kind in sinks:
        topic = sink_topic(kind)
        flow[f"{sink_id(kind)}:{{id}}"] = {"topics": {"input": topic}, "parameters": {}}
        interfaces[SINKS[kind].interface] = {"flow": topic}
    return {
        "description": description,
        "tags": ["interop"],
        "blueprint": {},
        "flow": flow,
        "interfaces": interfaces,
        "parameters": {},
    }


def fill_configuration() -> None:
    """Write workspaces, blueprints and a collection into the store, before the service starts."""
    blueprints = {
        "standin": blueprint(SERVICES, SINKS, "every interface, scripted"),
        "bare": blueprint(["embeddings"], [], "embeddings only"),
        "dead": blueprint(SERVICES, SINKS, "every interface, nobody listening") | {"flow": {}},
    }
    for workspace in WORKSPACES:
        MemoryConfig.rows["__workspaces__", "workspace"][workspace] = '{"enabled": true}'
        MemoryConfig.rows[workspace, "interop"]["greeting"] = "hello"
        for name, value in blueprints.items():
            MemoryConfig.rows[workspace, "flow-blueprint"][name] = json.dumps(value)
    collection = {"collection": "default", "name": "Default", "description": "", "tags": []}
    MemoryConfig.rows["default", "collection"]["default"] = json.dumps(collection)


async def start_flows(backend: Any) -> None:
    """Ask upstream's flow service to start the flows.

    Args:
        backend: The connection to the broker.

    Raises:
        RuntimeError: The flow service refuses.
    """
    for place, blueprint_name in FLOWS.items():
        client = await RequestResponseClient.create(
            backend=backend,
            request_topic=f"{schema.flow_request_queue}:{place.workspace}",
            response_topic=f"{schema.flow_response_queue}:{place.workspace}",
            request_schema=schema.FlowRequest,
            response_schema=schema.FlowResponse,
        )
        request = schema.FlowRequest(
            operation="start-flow",
            flow_id=place.flow,
            blueprint_name=blueprint_name,
            description=f"interop flow {place.flow}",
        )
        try:
            response = await client.request(request, timeout=30)
        finally:
            await client.close()
        if response.error:
            raise RuntimeError(f"flow {place.flow} of {place.workspace}: {response.error.message}")
