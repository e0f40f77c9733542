"""Serve the requests of one scripted kind, for every flow that has it."""

from typing import Any

from trustgraph.base import ConsumerSpec, FlowProcessor, ProducerSpec

from ..records import Place, Records
from ..serve import Server
from .scripted import SERVICES
from .settings import BUS


def service_id(kind: str) -> str:
    """The name under which a flow configures a service."""
    return f"standin-{kind}"


class Service(FlowProcessor):
    """One scripted service; a request is acknowledged at once.

    Args:
        kind: A key of SERVICES.
        records: Takes what is seen.
    """

    def __init__(self, kind: str, records: Records) -> None:
        super().__init__(id=service_id(kind), **BUS)
        scripted = SERVICES[kind]
        self.server = Server(kind, scripted, records)
        self.register_specification(
            ConsumerSpec(name="request", schema=scripted.request, handler=self.on_request)
        )
        self.register_specification(ProducerSpec(name="response", schema=scripted.response))

    async def on_request(self, message: Any, _consumer: object, flow: Any) -> None:
        """Take a request from the queue."""
        ident = message.properties().get("id")

        async def send(response: Any) -> None:
            await flow("response").send(response, properties={"id": ident})

        self.server.take(message.value(), Place(flow.workspace, flow.name), ident, send)
