"""Let stand-ins listen wherever the configuration of a flow wants them, as upstream's own processors do."""

import asyncio
import json
from collections.abc import Mapping
from functools import partial

from trustgraph.schema import ConfigPush, config_push_queue

from ..records import Records
from .bus import Inbox
from .scripted import SERVICES
from .service import Service, service_id
from .sink import SINKS, Sink, sink_id

# Makes the stand-in of a processor for a flow.
PROCESSORS = {
    **{service_id(kind): partial(Service, kind) for kind in SERVICES},
    **{sink_id(kind): partial(Sink, kind) for kind in SINKS},
}


class Flows:
    """The stand-ins of all flows that run.

    Args:
        records: Takes what they see.
        group: Takes their tasks; a stand-in that breaks down ends the process, so that it is noticed.
    """

    def __init__(self, records: Records, group: asyncio.TaskGroup) -> None:
        self.records = records
        self.group = group
        self.inbox = Inbox(config_push_queue, ConfigPush)
        self.running: dict[tuple[str, str], tuple[Service | Sink, asyncio.Task[None]]] = {}

    @property
    def names(self) -> set[str]:
        """The flows that have a stand-in."""
        return {flow for _, flow in self.running}

    async def run(self) -> None:
        """Follow the configuration for ever."""
        async for push, _ in self.inbox:
            self._follow(push.config.get("flows-active", {}))

    def _follow(self, active: Mapping[str, str]) -> None:
        """Start and stop stand-ins.

        Args:
            active: By processor, as JSON, an object with the flows that it serves.
        """
        wanted = {(name, flow) for name in active if name in PROCESSORS for flow in json.loads(active[name])}
        for name, flow in self.running.keys() - wanted:
            standin, task = self.running.pop((name, flow))
            standin.inbox.close()
            task.cancel()
        for name, flow in wanted - self.running.keys():
            standin = PROCESSORS[name](flow, self.records)
            self.running[name, flow] = standin, self.group.create_task(standin.run())
