"""Serve the requests of one scripted kind in one flow."""

from typing import Any

from ..records import Place, Records
from ..serve import Server
from .bus import Inbox, Outbox
from .scripted import SERVICES


def request_topics(kind: str, flow: str = "{id}") -> dict[str, str]:
    """The topics of a service; without a flow in the form of a flow's class."""
    return {
        "request": f"non-persistent://tg/request/{kind}:{flow}",
        "response": f"non-persistent://tg/response/{kind}:{flow}",
    }


def service_id(kind: str) -> str:
    """The name under which a flow configures a service."""
    return f"standin-{kind}"


class Service:
    """One scripted service.

    Args:
        kind: A key of SERVICES.
        flow: The flow.
        records: Takes what is seen.
    """

    def __init__(self, kind: str, flow: str, records: Records) -> None:
        scripted, topics = SERVICES[kind], request_topics(kind, flow)
        self.flow = flow
        self.server = Server(kind, scripted, records)
        self.inbox = Inbox(topics["request"], scripted.request)
        self.outbox = Outbox(topics["response"], scripted.response)

    async def run(self) -> None:
        """Take requests for ever."""
        async for request, properties in self.inbox:
            self._take(request, properties.get("id", ""))

    def _take(self, request: Any, ident: str) -> None:
        async def send(response: Any) -> None:
            # Pulsar's records make up an error that nobody set, and the gateway would report it.
            if response.error and response.error.message is None:
                response.error = None
            self.outbox.send(response, id=ident)

        user = getattr(request, "user", None) or ""
        self.server.take(request, Place(user, self.flow), ident, send)
