"""Serve the requests of one scripted kind, for every flow that has it."""

import asyncio
import logging
from typing import Any

from trustgraph.base import ConsumerSpec, FlowProcessor, ProducerSpec

from .records import Place, Records
from .script import Script, ScriptedFailure, ScriptedSilence
from .scripted import SERVICES
from .scripted.common import Context
from .settings import BUS

log = logging.getLogger(__name__)


def service_id(kind: str) -> str:
    """The name under which a flow configures a service."""
    return f"standin-{kind}"


class Service(FlowProcessor):
    """One scripted service.

    A request is acknowledged at once and served in a task of its own, so that the only limits of concurrency
    seen from outside are the gateway's.

    Args:
        kind: A key of SERVICES.
        records: Takes what is seen.
    """

    def __init__(self, kind: str, records: Records) -> None:
        super().__init__(id=service_id(kind), **BUS)
        self.kind = kind
        self.scripted = SERVICES[kind]
        self.records = records
        self.tasks: set[asyncio.Task[None]] = set()
        self.register_specification(
            ConsumerSpec(name="request", schema=self.scripted.request, handler=self.on_request)
        )
        self.register_specification(ProducerSpec(name="response", schema=self.scripted.response))

    async def on_request(self, message: Any, _consumer: object, flow: Any) -> None:
        """Take a request from the queue."""
        task = asyncio.create_task(self._serve(message.value(), message.properties().get("id"), flow))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, request: Any, ident: str | None, flow: Any) -> None:
        place = Place(flow.workspace, flow.name)
        self.records.request_began(self.kind, place, ident, request)

        async def send(response: Any) -> None:
            await flow("response").send(response, properties={"id": ident})

        try:
            script = Script(self.scripted.text(request) or "")
            response = None
            async for response in self.scripted.answer(request, Context(script, place, self.records)):
                await send(response)
            if script.dup:
                await send(response)
        except ScriptedFailure as failure:
            await send(self.scripted.failure(request, str(failure)))
        except ScriptedSilence:
            pass
        except Exception:
            log.exception("%s failed", self.kind)
        finally:
            self.records.request_ended(self.kind)
