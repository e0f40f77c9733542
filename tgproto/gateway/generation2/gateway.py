"""What gateway 2.11.1 answers: who may come in, in which order requests are judged, what is refused how."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

from tgproto.dialect import GENERATION_2
from tgproto.gateway.base import NOT_SUPPORTED, AnyGateway, RestVerdict, Verdict
from tgproto.gateway.callers import EVERYWHERE, Caller
from tgproto.gateway.flows import Flows, Members, members_of
from tgproto.gateway.generation2.blueprints import BLUEPRINTS, OPERATIONS, manage
from tgproto.gateway.generation2.retrievals import Retrievals
from tgproto.gateway.generation2.services import KNOWN_KINDS, SERVICES, Scene
from tgproto.gateway.graph import DEFAULT, GraphStore
from tgproto.gateway.messages import TEXT, RestAnswer, RestRequest, parse_body, refuse
from tgproto.gateway.steps import Step
from tgproto.gateway.telling import last
from tgproto.secrets import Secret
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

PASS_THROUGH = "thru/"
"""What the names of services begin with that a gateway knows nothing about, and lets through."""

GLOBAL_SERVICES: Mapping[str, Collection[str]] = {"flow": OPERATIONS.keys(), "iam": {"whoami"}}
"""The global services that this gateway has, and what they can do."""

UNKNOWN_SERVICE = WireError("unknown-service", "unknown service")
UNKNOWN_WORKSPACE = WireError("workspace-not-found", "workspace not found")
ACCESS_DENIED = WireError("access-denied", "access denied")

_KEY_PREFIX = "tg_"
_BEARER = "Bearer "


class Gateway(AnyGateway):
    """A gateway in memory, for any number of connections. It answers as gateway 2.11.1 does.

    It has the flow services in `SERVICES` and the global ones in `GLOBAL_SERVICES`, on the multiplexed
    socket and as REST. There are no bulk sockets.

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

    Raises:
        ValueError: A key does not begin with `tg_` or opens nothing, nobody can come in, a flow has a
            service that does not exist, the session is for another dialect, or the latency is below 0.
    """

    release = "2.11.1"
    dialect = GENERATION_2
    kinds = SERVICES.keys()
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
    ) -> None:
        self._initial_flows = dict(flows) if flows is not None else {"default": SERVICES.keys()}
        super().__init__(graphs, session or ServerConfig(GENERATION_2), self._initial_flows, latency)
        self._callers = {
            Secret(key): Caller(f"user{number}", _several(workspaces))
            for number, (key, workspaces) in enumerate((keys or {}).items(), 1)
        }
        if anonymous:
            self._callers[Secret("")] = Caller("anonymous", _several(anonymous))
        self._flows: dict[str, Flows] = {}
        self._retrievals = Retrievals(graphs)
        self._check(keys or {})

    def admit_query(self, query: str) -> None:
        """Let everybody in: a token in the query means nothing here."""

    def identify(self, token: Secret) -> Caller | None:
        """Return whom a token stands for; an empty one for anonymous callers."""
        return self._callers.get(token)

    def has_workspace(self, workspace: str) -> bool:
        """Return whether a workspace exists: it has a graph, or some key names it."""
        granted = any(workspace in caller.workspaces for caller in self._callers.values())
        return workspace != EVERYWHERE and (granted or workspace in self.graphs.workspaces)

    def answer(self, request: RequestReceived, caller: Caller) -> Verdict:
        """Answer a request of the multiplexed socket."""
        kind, flow = request.service, request.flow
        workspace = request.workspace or caller.default_workspace
        body: Members = {} if flow is not None else members_of(request.body)
        operation = body.get("operation")
        if flow is not None:
            known = knows_kind(kind)
        else:
            known = isinstance(operation, str) and operation in GLOBAL_SERVICES.get(kind, ())
        if not known:
            return UNKNOWN_SERVICE
        if not self.has_workspace(workspace):
            return UNKNOWN_WORKSPACE
        if kind != "iam" and not caller.may_use(workspace):
            return ACCESS_DENIED
        if flow is not None:
            return self.flow_service(kind, flow, workspace, request.body)
        return self._global_service(kind, workspace, caller, body)

    def flow_service(self, kind: str, flow: str, workspace: str, body: Payload) -> Verdict:
        """Let a service of a flow answer, whoever asks."""
        services = self._flows_of(workspace).services(flow) if self.has_workspace(workspace) else None
        if services is None:
            return WireError("error", f"Invalid flow {workspace}/{flow}")
        if kind not in services or kind not in SERVICES:
            return NOT_SUPPORTED
        scene = Scene(self._retrievals.seen_by(kind), workspace)
        return self.paced(self._retrievals.keep(SERVICES[kind](body, scene), workspace, body))

    # --- REST ---------------------------------------------------------------------------------

    def receive_for_flow(self, request: RestRequest, flow: str, kind: str) -> RestVerdict:
        """Judge a plain request to a service of a flow."""
        if not knows_kind(kind):
            return refuse(404, "unknown kind")
        if self._caller_of(request) is None:
            return refuse(401, "auth failure")
        if request.body is None:
            return RestAnswer(413, b"413: the body is longer than 256 MiB", TEXT)
        try:
            value = parse_body(request.body)
        except (ValueError, RecursionError) as error:
            return refuse(200, str(error))
        if kind.startswith(PASS_THROUGH):
            return refuse(403, "access denied")
        named = cast("Members", value).get("workspace") if isinstance(value, dict) else None
        if isinstance(named, list | dict):
            return refuse(200, f"unhashable type: {type(cast('object', named)).__name__!r}")
        # Neither is the caller's own workspace the default one, nor is this one checked against the key.
        steps = self.flow_service(kind, flow, str(named or DEFAULT), Payload(request.body))
        return refuse(200, steps.message) if isinstance(steps, WireError) else steps

    def receive_for_all(self, request: RestRequest, kind: str) -> RestVerdict:
        """Judge a plain request to a global service."""
        try:
            body = parse_body(request.body or b"")
        except (ValueError, RecursionError):
            return refuse(400, "invalid json")
        if not isinstance(body, dict):
            return refuse(400, "body must be an object")
        members = cast("Members", body)
        operation = members.get("operation")
        if not operation and kind != "iam":
            return refuse(400, "missing operation")
        if not isinstance(operation, str) or operation not in GLOBAL_SERVICES.get(kind, ()):
            return refuse(400, "unknown operation")
        caller = self._caller_of(request)
        if caller is None:
            return refuse(401, "auth failure")
        workspace = str(members.get("workspace") or caller.default_workspace)
        if kind != "iam":
            if not caller.may_use(workspace):
                return refuse(403, "access denied")
            if not self.has_workspace(workspace):
                return refuse(404, "workspace not found")
        return self._global_service(kind, workspace, caller, members)

    # --- inside -------------------------------------------------------------------------------

    def _global_service(self, kind: str, workspace: str, caller: Caller, body: Members) -> Iterator[Step]:
        """Let a global service answer, without a check of what the caller may do."""
        return self.paced(self._manage(kind, workspace, caller, body))

    def _manage(self, kind: str, workspace: str, caller: Caller, body: Members) -> Iterator[Step]:
        if kind == "iam":
            yield last({"user": caller.record(), "bootstrap_available": False})
        else:
            yield last(manage(self._flows_of(workspace), body))

    def _caller_of(self, request: RestRequest) -> Caller | None:
        header = request.authorization
        token = header.removeprefix(_BEARER).strip() if header.startswith(_BEARER) else ""
        return self.identify(Secret(token))

    def _flows_of(self, workspace: str) -> Flows:
        flows = self._flows.get(workspace)
        if flows is None:
            flows = self._flows[workspace] = Flows(BLUEPRINTS, workspace, self._initial_flows)
        return flows

    def _check(self, keys: Collection[str]) -> None:
        if not self._callers:
            raise ValueError("nobody can come in: give keys, or workspaces for anonymous callers")
        if not all(key.startswith(_KEY_PREFIX) for key in keys):
            raise ValueError(f"an API key begins with {_KEY_PREFIX!r}")
        if any(caller.workspaces[:1] in ((), (EVERYWHERE,)) for caller in self._callers.values()):
            raise ValueError("a key must open at least one workspace, named first")


def _several(workspaces: str | Sequence[str]) -> tuple[str, ...]:
    return (workspaces,) if isinstance(workspaces, str) else tuple(workspaces)


def knows_kind(kind: str) -> bool:
    """Return whether gateways have such a flow service, be it in this one or not."""
    return kind in KNOWN_KINDS or kind.startswith(PASS_THROUGH)
