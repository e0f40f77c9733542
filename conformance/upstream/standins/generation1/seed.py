"""What is configured from the start: the classes of the flows, one collection, and the flows."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from trustgraph.schema import FlowRequest, FlowResponse, flow_request_queue, flow_response_queue

from .bus import Inbox, Outbox
from .memory import MemoryConfig, MemoryLibrary
from .scripted import SERVICES
from .service import request_topics, service_id
from .settings import USER
from .sink import SINKS, sink_id, sink_topic

# The class of every flow.
FLOWS = {"dead": "dead", "bare": "bare", "default": "standin"}
LIVE_FLOWS = FLOWS.keys() - {"dead"}
PATIENCE = 10.0


def flow_class(services: Iterable[str], sinks: Iterable[str], description: str) -> dict[str, Any]:
    """Describe a class of flows.

    Args:
        services: Its services, keys of SERVICES.
        sinks: Its sinks, keys of SINKS.
        description: A text for people.

    Returns:
        The class as the configuration holds it.
    """
    flow: dict[str, Any] = {}
    interfaces: dict[str, Any] = {}
    for kind in services:
        interfaces[kind] = request_topics(kind)
        flow[f"{service_id(kind)}:{{id}}"] = request_topics(kind)
    for kind in sinks:
        interfaces[SINKS[kind].interface] = sink_topic(kind)
        flow[f"{sink_id(kind)}:{{id}}"] = {"input": sink_topic(kind)}
    return {"description": description, "class": {}, "flow": flow, "interfaces": interfaces}


async def fill_stores() -> None:
    """Write the classes and a collection into the stores, before the services start."""
    classes = {
        "standin": flow_class(SERVICES, SINKS, "every interface, scripted"),
        "bare": flow_class(["embeddings"], [], "embeddings only"),
        "dead": flow_class(SERVICES, SINKS, "every interface, nobody listening") | {"flow": {}},
    }
    for name, value in classes.items():
        MemoryConfig.rows["flow-classes"][name] = json.dumps(value)
    MemoryConfig.rows["interop"]["greeting"] = "hello"
    await MemoryLibrary().create_collection(USER, "default", name="Default")


async def start_flows() -> None:
    """Ask upstream's configuration service to start the flows.

    Raises:
        RuntimeError: It refuses.
    """
    outbox = Outbox(flow_request_queue, FlowRequest)
    with closing(Inbox(flow_response_queue, FlowResponse)) as inbox:
        for flow, name in FLOWS.items():
            request = FlowRequest(
                operation="start-flow", flow_id=flow, class_name=name, description=f"interop flow {flow}"
            )
            outbox.send(request, id=f"start-{flow}")
            response, _ = await asyncio.wait_for(anext(inbox), PATIENCE)
            if response.error:
                raise RuntimeError(f"flow {flow}: {response.error.message}")
