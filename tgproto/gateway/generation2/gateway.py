"""What gateway 2.11.1 answers: who may come in, in which order requests are judged, what is refused how."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import parse_qsl

from tgproto.dialect import GENERATION_2
from tgproto.gateway.base import NOT_SUPPORTED, AnyGateway, Verdict
from tgproto.gateway.bulk import EXPORTED, BulkSocket
from tgproto.gateway.callers import EVERYWHERE, Caller
from tgproto.gateway.flows import Members, members_of
from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.generation2.bodies import Scene
from tgproto.gateway.generation2.endpoints import FORBIDDEN, UNAUTHORIZED, Endpoints
from tgproto.gateway.generation2.globals import IAM
from tgproto.gateway.generation2.globals import SERVICES as GLOBAL_SERVICES
from tgproto.gateway.generation2.identities import PUBLIC
from tgproto.gateway.generation2.retrievals import Retrievals
from tgproto.gateway.generation2.services import ECHO, PASS_THROUGH, SERVICES, echo, knows_kind
from tgproto.gateway.graph import DEFAULT, GraphStore
from tgproto.gateway.imports import KINDS_2, Importer2
from tgproto.gateway.managed import Asked, Operation, Streamed, serve
from tgproto.gateway.messages import parse_body, refuse
from tgproto.gateway.roles import FLOW_SERVICES, ROLES
from tgproto.gateway.steps import RestVerdict, Step
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.iam import KEY_PREFIX, Iam, User, is_signed
from tgproto.gateway.stores.tokens import Signer
from tgproto.gateway.stores.world import World
from tgproto.secrets import NO_TOKEN, Secret
from tgproto.serving.doors import Door
from tgproto.serving.messages import TEXT, WebAnswer, WebRequest
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

UNKNOWN_SERVICE = WireError("unknown-service", "unknown service")
UNKNOWN_WORKSPACE = WireError("workspace-not-found", "workspace not found")
ACCESS_DENIED = WireError("access-denied", "access denied")

_BEARER = "Bearer "


class Gateway(AnyGateway):
    """A gateway in memory, for any number of connections. It answers as gateway 2.11.1 does.

    It has the flow services in `SERVICES` and the global ones in `GLOBAL_SERVICES`, on the multiplexed
    socket and as REST, and the other paths of a real one. What a flow has beside those, such as `echo`, is
    reached through `thru/` on the socket, and gives back what it gets. Every flow has the bulk
    sockets in `KINDS_2`; what is imported into the graph can be asked for.

    Args:
        graphs: What the services know. It may grow while connections are open.
        keys: API key -> the workspace it opens, or several, the caller's default one first. A key begins
            with `tg_`. `"*"` behind the first one stands for all workspaces.
        anonymous: The same for callers without a key; empty turns them away.
        flows: Flow id -> the services in it, the same in every workspace at first. Each has a blueprint
            of the same name, from which clients can start more. By default there is the flow `default`
            with every service.
        session: Options of every connection's session, for a dialect of generation 2.
        latency: Seconds that every answer takes at least.
        roles: API key -> `reader`, `writer` or `admin`. One that is not named here is for an administrator
            if it opens all workspaces, else for a writer who may change flows and configuration, too.
        bootstrap: Whether a client may make itself the first administrator.
        broken_cores: Whether knowledge cores fail in every way in which they do in 2.11.1.
        clock: Returns the time in seconds since 1970, as `time.time` does. Without it, time stands still,
            and neither keys nor tokens expire.
        seed: What makes the keys, passwords and tokens unpredictable that IAM hands out. The default is for
            tests: they are the same in each run.

    Attributes:
        world: What is kept for clients.

    Raises:
        ValueError: A key does not begin with `tg_`, has two dots or opens nothing, nobody can come in, a role
            or a flow's service does not exist, the session is for another dialect, or the latency is below 0.
    """

    release = "2.11.1"
    dialect = GENERATION_2
    kinds = (*SERVICES, ECHO)
    flow_path = re.compile(r"/api/v1/flow/([^/{}]+)/service/(thru/.+|[^/{}]+)", re.DOTALL)

    def __init__(
        self,
        graphs: GraphStore,
        *,
        keys: Mapping[str, str | Sequence[str]] | None = None,
        anonymous: str | Sequence[str] = (),
        flows: Mapping[str, Collection[str]] | None = None,
        session: ServerConfig | None = None,
        latency: float = 0.0,
        roles: Mapping[str, str] | None = None,
        bootstrap: bool = False,
        broken_cores: bool = False,
        clock: Callable[[], float] | None = None,
        seed: bytes = b"",
    ) -> None:
        calendar = Calendar(clock)
        iam = Iam(calendar, graphs, Signer(seed), empty=bootstrap)
        initial = dict(flows) if flows is not None else {"default": self.kinds}
        self.world = World(graphs, calendar, BLUEPRINTS, initial, iam=iam, broken_cores=broken_cores)
        super().__init__(graphs, session or ServerConfig(GENERATION_2), initial, latency)
        self._retrievals = Retrievals(graphs)
        self._admit(keys or {}, anonymous, roles or {})
        self._importer = Importer2(graphs, KINDS_2)

    def admit_query(self, query: str) -> None:
        """Let everybody in: a token in the query means nothing here."""

    def admit_bulk(self, way: str, flow: str, kind: str, query: str) -> BulkSocket | WebAnswer:
        """Judge a request to open a bulk socket; neither workspace nor flow is checked against the key."""
        if kind not in (KINDS_2 if way == "import" else EXPORTED):
            return refuse(404, "unknown kind")
        given = dict(reversed(parse_qsl(query, keep_blank_values=True)))
        token = given.get("token", "")
        anybody = self.identify(Secret("")) is not None and token.startswith(KEY_PREFIX)
        if not token or (self.identify(Secret(token)) is None and not anybody):
            return refuse(401, "auth failure")
        workspace = given.get("workspace") or DEFAULT
        known = self.has_workspace(workspace) and self.world.flows(workspace).services(flow) is not None
        return BulkSocket(way, kind, flow, workspace, known)

    def take_import(self, socket: BulkSocket, frame: bytes | str) -> bytes:
        """Store a message of an import."""
        return self._importer.handle(socket, frame)

    def identify(self, token: Secret) -> Caller | None:
        """Return whom a token stands for; an empty one for anonymous callers."""
        return self.world.iam.caller(token)

    def has_workspace(self, workspace: str) -> bool:
        """Return whether a workspace exists: it has a graph, some key names it, or it was made over IAM."""
        return self.world.iam.knows(workspace)

    def answer(self, request: RequestReceived, caller: Caller) -> Verdict:
        """Answer a request of the multiplexed socket."""
        kind, flow = request.service, request.flow
        workspace = request.workspace or caller.default_workspace
        if flow is not None:
            known, capability = knows_kind(kind), FLOW_SERVICES.get(kind, "")
            operation, body = None, cast("Members", {})
        else:
            body = members_of(request.body)
            operation = _operation(kind, body)
            known, capability = operation is not None, "" if operation is None else operation.capability
        if not known:
            return UNKNOWN_SERVICE
        if not self.has_workspace(workspace):
            return UNKNOWN_WORKSPACE
        where = None if kind == IAM else workspace
        if capability not in ("", PUBLIC) and not caller.may(capability, where):
            return ACCESS_DENIED
        if operation is None:
            return self.flow_service(kind, cast("str", flow), workspace, request.body)
        return self._serve(kind, operation, workspace, caller, body)

    def flow_service(self, kind: str, flow: str, workspace: str, body: Payload) -> Verdict:
        """Let a service of a flow answer, whoever asks."""
        services = self.world.flows(workspace).services(flow) if self.has_workspace(workspace) else None
        if services is None:
            return WireError("error", f"Invalid flow {workspace}/{flow}")
        if kind.removeprefix(PASS_THROUGH) not in services:
            return NOT_SUPPORTED
        if kind in SERVICES:
            scene = Scene(self._retrievals.seen_by(kind), workspace)
            return self.paced(self._retrievals.keep(SERVICES[kind](body, scene), workspace, body))
        return self.paced(echo(body))

    # --- REST ---------------------------------------------------------------------------------

    def receive_for_flow(self, request: WebRequest, flow: str, kind: str) -> RestVerdict:
        """Judge a plain request to a service of a flow."""
        if not knows_kind(kind):
            return refuse(404, "unknown kind")
        caller = self._caller_of(request)
        if caller is None:
            return UNAUTHORIZED
        if kind in FLOW_SERVICES and not caller.may(FLOW_SERVICES[kind]):
            return FORBIDDEN
        if request.body is None:
            return WebAnswer(413, b"413: the body is longer than 256 MiB", TEXT)
        try:
            value = parse_body(request.body)
        except (ValueError, RecursionError) as error:
            return refuse(200, str(error))
        if kind.startswith(PASS_THROUGH):
            return FORBIDDEN
        named = cast("Members", value).get("workspace") if isinstance(value, dict) else None
        if isinstance(named, list | dict):
            return refuse(200, f"unhashable type: {type(cast('object', named)).__name__!r}")
        # Neither is the caller's own workspace the default one, nor is this one checked against the key.
        steps = self.flow_service(kind, flow, str(named or DEFAULT), Payload(request.body))
        return refuse(200, steps.message) if isinstance(steps, WireError) else steps

    def receive_for_all(self, request: WebRequest, kind: str) -> RestVerdict:
        """Judge a plain request to a global service."""
        try:
            body = parse_body(request.body or b"")
        except (ValueError, RecursionError):
            return refuse(400, "invalid json")
        if not isinstance(body, dict):
            return refuse(400, "body must be an object")
        members = cast("Members", body)
        if not members.get("operation") and kind != IAM:
            return refuse(400, "missing operation")
        operation = _operation(kind, members)
        if operation is None:
            return refuse(400, "unknown operation")
        caller = self._caller_of(request)
        capability = operation.capability
        if caller is None:
            if capability != PUBLIC:
                return UNAUTHORIZED
            return self._serve(kind, operation, "", None, members)
        workspace = str(members.get("workspace") or caller.default_workspace)
        where = None if kind == IAM else workspace
        if capability not in ("", PUBLIC) and not caller.may(capability, where):
            return FORBIDDEN
        if kind != IAM and not self.has_workspace(workspace):
            return refuse(404, "workspace not found")
        return self._serve(kind, operation, workspace, caller, members)

    def doors(self) -> Sequence[Door[RestVerdict]]:
        """Return the paths beside those of services and of the socket."""
        return Endpoints(self.world, self._caller_of, self.paced).doors()

    # --- inside -------------------------------------------------------------------------------

    def _serve(
        self,
        kind: str,
        operation: Operation | Streamed,
        workspace: str,
        caller: Caller | None,
        body: Members,
    ) -> Iterator[Step]:
        """Let a global service answer, without a check of what the caller may do."""
        asked = Asked(self.world, workspace, body, caller)
        return self.paced(serve(GLOBAL_SERVICES[kind], operation, asked))

    def _caller_of(self, request: WebRequest) -> Caller | None:
        header = request.authorization
        token = header.removeprefix(_BEARER).strip() if header.startswith(_BEARER) else ""
        return self.identify(Secret(token))

    def _admit(
        self,
        keys: Mapping[str, str | Sequence[str]],
        anonymous: str | Sequence[str],
        roles: Mapping[str, str],
    ) -> None:
        """Let those in whom the owner of the gateway knows."""
        iam = self.world.iam
        if not (keys or anonymous or iam.bootstrap_available):
            raise ValueError("nobody can come in: give keys, or workspaces for anonymous callers")
        if not all(key.startswith(KEY_PREFIX) for key in keys):
            raise ValueError(f"an API key begins with {KEY_PREFIX!r}")
        if any(is_signed(Secret(key)) for key in keys):
            raise ValueError("an API key must not have two dots, which make it a signed token")
        if unknown := set(roles.values()) - ROLES.keys():
            raise ValueError(f"there is no role {', '.join(sorted(unknown))}")
        if roles.keys() - keys.keys():
            raise ValueError("a role is given to a key that is none")
        for number, (key, workspaces) in enumerate(keys.items(), 1):
            user = self._user(f"user{number}", _several(workspaces), roles.get(key))
            iam.add_key(user, f"key {number}", None, key)
        if anonymous:
            iam.admit_anonymous(self._user("anonymous", _several(anonymous), None))

    def _user(self, name: str, workspaces: tuple[str, ...], role: str | None) -> User:
        if workspaces[:1] in ((), (EVERYWHERE,)):
            raise ValueError("a key must open at least one workspace, named first")
        iam = self.world.iam
        for workspace in workspaces:
            if workspace != EVERYWHERE:
                iam.open_workspace(workspace)
        caller = Caller(name, workspaces, () if role is None else (role,))
        return iam.add_user(User(caller, name, "", NO_TOKEN, True, False, iam.calendar.stamp()))


def _operation(kind: str, body: Members) -> Operation | Streamed | None:
    """Return what a request to a global service asks for; None if the gateway does not let it through."""
    service, name = GLOBAL_SERVICES.get(kind), body.get("operation")
    return None if service is None or not isinstance(name, str) else service.operations.get(name)


def _several(workspaces: str | Sequence[str]) -> tuple[str, ...]:
    return (workspaces,) if isinstance(workspaces, str) else tuple(workspaces)
