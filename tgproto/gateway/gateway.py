"""What the owner of a gateway decides: who may come in, which flows there are, what is known where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tgproto.dialect import GENERATION_2
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.services import KNOWN_KINDS, SERVICES, Scene
from tgproto.gateway.steps import Step
from tgproto.secrets import Secret
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import RequestReceived

SOCKET_PATH = "/api/v1/socket"
"""Path of the multiplexed socket."""

MAX_MESSAGE_BYTES = 50 * 2**20
"""Longest message that a gateway accepts; behind a longer one it closes with 1009."""

UNKNOWN_SERVICE = WireError("unknown-service", "unknown service")
UNKNOWN_WORKSPACE = WireError("workspace-not-found", "workspace not found")
ACCESS_DENIED = WireError("access-denied", "access denied")

_KEY_PREFIX = "tg_"


class Gateway:
    """A gateway in memory, for any number of connections. It answers as gateway 2.11.1 does.

    It has the flow services in `SERVICES` on the multiplexed socket. There are no global services, no bulk
    sockets and no REST.

    Args:
        graphs: What the services know. It may grow while connections are open.
        keys: API key -> the workspace it opens, or several, the caller's default one first. A key begins
            with `tg_`.
        anonymous: The same for callers without a key; empty turns them away.
        flows: Flow id -> the services in it, the same in every workspace.
        session: Options of every connection's session, for a dialect of generation 2.

    Raises:
        ValueError: A key does not begin with `tg_` or opens nothing, nobody can come in, or a flow has a
            service that does not exist.
    """

    def __init__(
        self,
        graphs: GraphStore,
        *,
        keys: Mapping[str, str | Sequence[str]] | None = None,
        anonymous: str | Sequence[str] = (),
        flows: Mapping[str, Collection[str]] | None = None,
        session: ServerConfig | None = None,
    ) -> None:
        self.graphs = graphs
        self.session = session if session is not None else ServerConfig(GENERATION_2)
        self._grants = {Secret(key): _several(workspaces) for key, workspaces in (keys or {}).items()}
        if anonymous:
            self._grants[Secret("")] = _several(anonymous)
        self._flows = dict(flows) if flows is not None else {"default": SERVICES.keys()}
        self._check(keys or {})

    def identify(self, token: Secret) -> tuple[str, ...]:
        """Return the workspaces that a token opens, the default one first; none if it is not accepted.

        Args:
            token: What a caller sent; empty for anonymous access.
        """
        return self._grants.get(token, ())

    def refusal(self, request: RequestReceived, granted: Sequence[str]) -> WireError | None:
        """Return why a request cannot be answered, or None. Checks are made in the order of a real gateway.

        Args:
            request: What is asked for.
            granted: The caller's workspaces, from `identify`.
        """
        workspace = self._workspace(request, granted)
        if request.flow is None or request.service not in KNOWN_KINDS:
            return UNKNOWN_SERVICE
        if workspace not in granted:
            return ACCESS_DENIED if self._exists(workspace) else UNKNOWN_WORKSPACE
        services = self._flows.get(request.flow)
        if services is None:
            return WireError("error", f"Invalid flow {workspace}/{request.flow}")
        if request.service not in services:
            return WireError("error", "This kind not supported by flow")
        return None

    def answer(self, request: RequestReceived, granted: Sequence[str]) -> Iterator[Step]:
        """Answer a request that `refusal` did not refuse.

        Args:
            request: What is asked for.
            granted: The caller's workspaces, from `identify`.

        Returns:
            The steps of the answer. Each is worked out only when it is taken.
        """
        scene = Scene(self.graphs, self._workspace(request, granted))
        return SERVICES[request.service](request.body, scene)

    def _workspace(self, request: RequestReceived, granted: Sequence[str]) -> str:
        return request.workspace or granted[0]

    def _exists(self, workspace: str) -> bool:
        granted = any(workspace in workspaces for workspaces in self._grants.values())
        return granted or workspace in self.graphs.workspaces

    def _check(self, keys: Collection[str]) -> None:
        if not self._grants:
            raise ValueError("nobody can come in: give keys, or workspaces for anonymous callers")
        if not all(key.startswith(_KEY_PREFIX) for key in keys):
            raise ValueError(f"an API key begins with {_KEY_PREFIX!r}")
        if not all(self._grants.values()):
            raise ValueError("a key must open at least one workspace")
        for flow, services in self._flows.items():
            if unknown := set(services) - SERVICES.keys():
                raise ValueError(f"flow {flow!r} cannot have {', '.join(sorted(unknown))}")


def _several(workspaces: str | Sequence[str]) -> tuple[str, ...]:
    return (workspaces,) if isinstance(workspaces, str) else tuple(workspaces)


def admits(target: str) -> bool:
    """Return whether an upgrade request asks for the multiplexed socket; any other is refused with 404.

    Args:
        target: Path and query as sent. A token in the query means nothing here.
    """
    return target.partition("?")[0] == SOCKET_PATH
