"""What gateway 1.7.1 answers: who may come in, in which order requests are judged, what is refused how."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import parse_qsl

from tgproto import lenient
from tgproto.dialect import GENERATION_1
from tgproto.gateway.base import INVALID_KIND, NOT_SUPPORTED, AnyGateway, Verdict
from tgproto.gateway.bulk import EXPORTED, BulkSocket
from tgproto.gateway.callers import Caller
from tgproto.gateway.flows import members_of
from tgproto.gateway.generation1.classes import CLASSES
from tgproto.gateway.generation1.endpoints import UNAUTHORIZED, Endpoints
from tgproto.gateway.generation1.globals import SERVICES as GLOBAL_SERVICES
from tgproto.gateway.generation1.globals import unknown
from tgproto.gateway.generation1.services import SERVICES, USER
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.imports import KINDS_1, Importer1
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.messages import parse_body, refuse
from tgproto.gateway.steps import RestVerdict
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.world import World
from tgproto.gateway.telling import complain
from tgproto.secrets import Secret
from tgproto.serving.doors import Door
from tgproto.serving.messages import WebAnswer, WebRequest
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

ANSWER_TIMEOUT = 120.0
"""Seconds that a service may be silent."""

INVALID_FLOW = WireError("error", "Invalid flow")

_SOMEBODY = Caller(USER, (USER,))
"""Whoever knows the secret: this generation tells nobody apart."""


class Gateway1(AnyGateway):
    """A gateway in memory, for any number of connections. It answers as gateway 1.7.1 does.

    It has the flow services in `SERVICES` and the global ones in `GLOBAL_SERVICES`, on the multiplexed socket
    and as REST, and the other paths of a real one. Every flow has the bulk sockets in `KINDS_1`. Whoever
    comes in may do everything; data is kept apart by the user and the collection that a request names.

    Args:
        graphs: What the services know, by user in place of workspace. It may grow while connections are
            open. Where a request names no user, `trustgraph` is meant.
        secret: What every caller has to know, any text; empty to accept everybody. One with a space in it is
            never recognised over REST.
        flows: Flow id -> the services in it. Each has a class of the same name, from which clients can start
            more. By default there is the flow `default` with every service.
        session: Options of every connection's session, for a dialect of generation 1; by default a service
            may be silent for 120 s.
        latency: Seconds that every answer takes at least.
        clock: Returns the time in seconds since 1970, as `time.time` does. Without it, time stands still.

    Attributes:
        world: What is kept for clients.

    Raises:
        ValueError: A flow has a service that does not exist, the session is for another dialect, or the
            latency is below 0.
    """

    release = "1.7.1"
    dialect = GENERATION_1
    kinds = SERVICES.keys()
    flow_path = re.compile(r"/api/v1/flow/([^/{}]+)/service/([^/{}]+)")

    def __init__(
        self,
        graphs: GraphStore,
        *,
        secret: str = "",
        flows: Mapping[str, Collection[str]] | None = None,
        session: ServerConfig | None = None,
        latency: float = 0.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        initial = flows if flows is not None else {"default": SERVICES.keys()}
        session = session or ServerConfig(GENERATION_1, answer_timeout=ANSWER_TIMEOUT)
        self.world = World(graphs, Calendar(clock), CLASSES, initial)
        self._secret = Secret(secret)
        super().__init__(graphs, session, initial, latency)
        self._importer = Importer1(graphs, KINDS_1)

    def identify(self, token: Secret) -> Caller | None:
        """Return who knows the secret, if it is the token or there is none."""
        return _SOMEBODY if not self._secret or token == self._secret else None

    # --- the socket ---------------------------------------------------------------------------

    def admit_query(self, query: str) -> Caller | WebAnswer:
        """Judge a request to open the multiplexed socket by the token in its query."""
        values = (value for name, value in parse_qsl(query, keep_blank_values=True) if name == "token")
        return self.identify(Secret(next(values, ""))) or UNAUTHORIZED

    def admit_bulk(self, way: str, flow: str, kind: str, query: str) -> BulkSocket | WebAnswer:
        """Judge a request to open a bulk socket by the token in its query."""
        caller = self.admit_query(query)
        if isinstance(caller, WebAnswer):
            return caller
        known = kind in (KINDS_1 if way == "import" else EXPORTED)
        return BulkSocket(way, kind, flow, "", known and self.world.flows().services(flow) is not None)

    def take_import(self, socket: BulkSocket, frame: bytes | str) -> bytes:
        """Store a message of an import."""
        return self._importer.handle(socket, frame)

    def answer(self, request: RequestReceived, caller: Caller) -> Verdict:  # noqa: ARG002
        """Answer a request of the multiplexed socket; a workspace means nothing here."""
        if request.flow is None:
            return self._global_service(request.service, request.body)
        return self.flow_service(request.service, request.flow, "", request.body)

    def flow_service(self, kind: str, flow: str, workspace: str, body: Payload) -> Verdict:  # noqa: ARG002
        """Let a service of a flow answer, whoever asks."""
        services = self.world.flows().services(flow)
        if services is None:
            return INVALID_FLOW
        if kind not in services:
            return NOT_SUPPORTED
        if kind not in SERVICES:
            return INVALID_KIND
        return self.paced(SERVICES[kind](body, self.graphs))

    # --- REST ---------------------------------------------------------------------------------

    def doors(self) -> Sequence[Door[RestVerdict]]:
        """Return the paths beside those of services and of the socket."""
        return Endpoints(self.world, self._lets_in).doors()

    def receive_for_flow(self, request: WebRequest, flow: str, kind: str) -> RestVerdict:
        """Judge a plain request to a service of a flow."""
        return self._receive(request, lambda body: self.flow_service(kind, flow, "", body))

    def receive_for_all(self, request: WebRequest, kind: str) -> RestVerdict:
        """Judge a plain request to a global service."""
        return self._receive(request, lambda body: self._global_service(kind, body))

    def _receive(self, request: WebRequest, ask: Callable[[Payload], Verdict]) -> RestVerdict:
        if not self._lets_in(request.authorization):
            return UNAUTHORIZED
        if request.body is None:
            return refuse(200, "Request Entity Too Large")
        try:
            parse_body(request.body)
        except (ValueError, RecursionError) as error:
            return refuse(200, str(error))
        steps = ask(Payload(request.body))
        return refuse(200, steps.message) if isinstance(steps, WireError) else steps

    def _lets_in(self, authorization: str) -> bool:
        """Judge a header. Other schemes than Bearer are refused even where there is no secret."""
        scheme, *tokens = authorization.split(" ", 2)
        if authorization and scheme != "Bearer":
            return False
        return self.identify(Secret(tokens[0] if tokens else "")) is not None

    # --- inside -------------------------------------------------------------------------------

    def _global_service(self, kind: str, body: Payload) -> Verdict:
        if kind not in GLOBAL_SERVICES:
            return WireError("error", repr(kind))  # the text of Python's KeyError
        service, named = GLOBAL_SERVICES[kind], members_of(body).get("operation")
        operation = service.operations.get(named) if isinstance(named, str) else None
        try:
            asked = Asked(self.world, "", lenient.loads(body))
        except lenient.JSONRefused as refusal:
            return self.paced(complain(str(refusal)))
        return self.paced(serve(service, operation or unknown(kind), asked))
