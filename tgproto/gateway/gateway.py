"""What the owner of a gateway decides: who may come in, which flows there are, what is known where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

from tgproto.dialect import GENERATION_2, SocketAuth
from tgproto.gateway.callers import EVERYWHERE, Caller
from tgproto.gateway.flows import OPERATIONS, Flows, Members, members_of
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.services import KNOWN_KINDS, SERVICES, Scene
from tgproto.gateway.steps import Frame, Pause, Step
from tgproto.secrets import Secret
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived
from tgproto.types.wire import encode

SOCKET_PATH = "/api/v1/socket"
"""Path of the multiplexed socket."""

MAX_MESSAGE_BYTES = 50 * 2**20
"""Longest message that a gateway accepts; behind a longer one it closes with 1009."""

PASS_THROUGH = "thru/"
"""What the names of services begin with that a gateway knows nothing about, and lets through."""

GLOBAL_SERVICES: Mapping[str, Collection[str]] = {"flow": OPERATIONS.keys(), "iam": {"whoami"}}
"""The global services that this gateway has, and what they can do."""

UNKNOWN_SERVICE = WireError("unknown-service", "unknown service")
UNKNOWN_WORKSPACE = WireError("workspace-not-found", "workspace not found")
ACCESS_DENIED = WireError("access-denied", "access denied")
NOT_SUPPORTED = WireError("error", "This kind not supported by flow")

_KEY_PREFIX = "tg_"


class Gateway:
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
        self.graphs = graphs
        self.session = session if session is not None else ServerConfig(GENERATION_2)
        self._latency = latency
        self._callers = {
            Secret(key): Caller(f"user{number}", _several(workspaces))
            for number, (key, workspaces) in enumerate((keys or {}).items(), 1)
        }
        if anonymous:
            self._callers[Secret("")] = Caller("anonymous", _several(anonymous))
        self._initial_flows = dict(flows) if flows is not None else {"default": SERVICES.keys()}
        self._flows: dict[str, Flows] = {}
        self._check(keys or {})

    def identify(self, token: Secret) -> Caller | None:
        """Return whom a token stands for; None if it is not accepted.

        Args:
            token: What a caller sent; empty for anonymous access.
        """
        return self._callers.get(token)

    def has_workspace(self, workspace: str) -> bool:
        """Return whether a workspace exists: it has a graph, or some key names it."""
        granted = any(workspace in caller.workspaces for caller in self._callers.values())
        return workspace != EVERYWHERE and (granted or workspace in self.graphs.workspaces)

    def answer(self, request: RequestReceived, caller: Caller) -> Iterator[Step] | WireError:
        """Answer a request of the multiplexed socket. Checks are made in the order of a real gateway.

        Args:
            request: What is asked for.
            caller: Who asks.

        Returns:
            The steps of the answer, each worked out only when it is taken; or why there is none.
        """
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
        return self.global_service(kind, workspace, caller, body)

    def flow_service(self, kind: str, flow: str, workspace: str, body: Payload) -> Iterator[Step] | WireError:
        """Let a service of a flow answer, whoever asks.

        Args:
            kind: The service.
            flow: Id of the flow.
            workspace: Where the flow is.
            body: The request.

        Returns:
            As `answer`.
        """
        services = self._flows_of(workspace).services(flow) if self.has_workspace(workspace) else None
        if services is None:
            return WireError("error", f"Invalid flow {workspace}/{flow}")
        if kind not in services:
            return NOT_SUPPORTED
        return self._paced(SERVICES[kind](body, Scene(self.graphs, workspace)))

    def global_service(self, kind: str, workspace: str, caller: Caller, body: Members) -> Iterator[Step]:
        """Let a global service answer, without a check of what the caller may do.

        Args:
            kind: A key of `GLOBAL_SERVICES`.
            workspace: A workspace that exists.
            caller: Who asks.
            body: The request; its `operation` is one that the service has.

        Returns:
            The steps of the answer.
        """
        return self._paced(self._manage(kind, workspace, caller, body))

    def _manage(self, kind: str, workspace: str, caller: Caller, body: Members) -> Iterator[Step]:
        if kind == "iam":
            payload: Members = {"user": caller.record(), "bootstrap_available": False}
        else:
            payload = self._flows_of(workspace).manage(cast("str", body["operation"]), body)
        yield Frame(encode(payload), final=True)

    def _paced(self, steps: Iterator[Step]) -> Iterator[Step]:
        if self._latency:
            yield Pause(self._latency)
        yield from steps

    def _flows_of(self, workspace: str) -> Flows:
        flows = self._flows.get(workspace)
        if flows is None:
            flows = self._flows[workspace] = Flows(workspace, self._initial_flows)
        return flows

    def _check(self, keys: Collection[str]) -> None:
        if not self._callers:
            raise ValueError("nobody can come in: give keys, or workspaces for anonymous callers")
        if not all(key.startswith(_KEY_PREFIX) for key in keys):
            raise ValueError(f"an API key begins with {_KEY_PREFIX!r}")
        if any(caller.workspaces[:1] in ((), (EVERYWHERE,)) for caller in self._callers.values()):
            raise ValueError("a key must open at least one workspace, named first")
        if self.session.dialect.socket_auth is not SocketAuth.FRAME:
            raise ValueError("the session must be for a dialect of generation 2")
        if not self._latency >= 0:
            raise ValueError(f"latency must not be below 0 s, but is {self._latency}")
        for flow, services in self._initial_flows.items():
            if unknown := set(services) - SERVICES.keys():
                raise ValueError(f"flow {flow!r} cannot have {', '.join(sorted(unknown))}")


def _several(workspaces: str | Sequence[str]) -> tuple[str, ...]:
    return (workspaces,) if isinstance(workspaces, str) else tuple(workspaces)


def knows_kind(kind: str) -> bool:
    """Return whether gateways have such a flow service, be it in this one or not."""
    return kind in KNOWN_KINDS or kind.startswith(PASS_THROUGH)


def admits(target: str) -> bool:
    """Return whether an upgrade request asks for the multiplexed socket; any other is refused with 404.

    Args:
        target: Path and query as sent. A token in the query means nothing here.
    """
    return target.partition("?")[0] == SOCKET_PATH
