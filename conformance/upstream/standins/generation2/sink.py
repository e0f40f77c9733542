"""Record what arrives on the store and load queues of the flows."""

import asyncio
from typing import Any

from trustgraph.base import ConsumerSpec, FlowProcessor
from trustgraph.schema import ExtractedObject

from ..records import COMMON_SINKS, Place, Records, SinkKind
from .settings import BUS

SINKS = {**COMMON_SINKS, "rows": SinkKind("rows-store", ExtractedObject, "values")}

# Messages of this root come from the control server, not from an import, and are only counted.
REPLAY_ROOT = "replay"


def sink_id(kind: str) -> str:
    """The name under which a flow configures a sink."""
    return f"standin-sink-{kind}"


class Sink(FlowProcessor):
    """One kind of sink; it takes one message after the other, in their order.

    Args:
        kind: A key of SINKS.
        records: Takes what arrives.
    """

    def __init__(self, kind: str, records: Records) -> None:
        super().__init__(id=sink_id(kind), **BUS)
        self.kind = kind
        self.records = records
        self.register_specification(
            ConsumerSpec(name="input", schema=SINKS[kind].schema, handler=self.on_input)
        )

    async def on_input(self, message: Any, _consumer: object, flow: Any) -> None:
        """Take a message from the queue; it is acknowledged when this returns."""
        value = message.value()
        if value.metadata and value.metadata.root == REPLAY_ROOT:
            self.records.replayed[self.kind] += 1
            return
        await asyncio.sleep(self.records.sink_delay)
        self.records.store(self.kind, Place(flow.workspace, flow.name), value)
