"""Record what arrives on the store and load queues of a flow."""

import asyncio

from trustgraph.schema import ExtractedObject

from ..records import COMMON_SINKS, Place, Records, SinkKind
from .bus import Inbox

SINKS = {**COMMON_SINKS, "objects": SinkKind("objects-store", ExtractedObject, "values")}

# Messages with this property come from the control server, not from an import, and are only counted.
REPLAY = "replay"


def sink_topic(kind: str, flow: str = "{id}") -> str:
    """The topic of a sink; without a flow in the form of a flow's class."""
    return f"persistent://tg/flow/{SINKS[kind].interface}:{flow}"


def sink_id(kind: str) -> str:
    """The name under which a flow configures a sink."""
    return f"standin-sink-{kind}"


class Sink:
    """One sink; it takes one message after the other, in their order.

    Args:
        kind: A key of SINKS.
        flow: The flow.
        records: Takes what arrives.
    """

    def __init__(self, kind: str, flow: str, records: Records) -> None:
        self.kind = kind
        self.flow = flow
        self.records = records
        self.inbox = Inbox(sink_topic(kind, flow), SINKS[kind].schema)

    async def run(self) -> None:
        """Take messages for ever."""
        async for message, properties in self.inbox:
            if REPLAY in properties:
                self.records.replayed[self.kind] += 1
                continue
            await asyncio.sleep(self.records.sink_delay)
            self.records.store(self.kind, Place(message.metadata.user, self.flow), message)
