"""What a gateway of any generation has, and the doors at which it is asked."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar, TypeAlias
from urllib.parse import unquote

from tgproto.dialect import Dialect
from tgproto.gateway.bulk import BULK_PATH, BulkHost, BulkSocket, ExportHost, ImportHost, Malformed, Taps
from tgproto.gateway.callers import Caller
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Pause, RestVerdict, Step
from tgproto.secrets import Secret
from tgproto.serving.doors import GET, POST, Door, knock
from tgproto.serving.messages import TEXT, WebAnswer, WebRequest
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

SOCKET_PATH = "/api/v1/socket"
"""Path of the multiplexed socket."""

MAX_MESSAGE_BYTES = 50 * 2**20
"""Longest message that a gateway accepts; behind a longer one it closes with 1009."""

NOT_FOUND = WebAnswer(404, b"404: Not Found", TEXT)
INVALID_KIND = WireError("error", "Invalid kind")
NOT_SUPPORTED = WireError("error", "This kind not supported by flow")

_GLOBAL_SERVICE = re.compile(r"/api/v1/([^/{}]+)")
_NO_UPGRADE = WebAnswer(400, b"400: only a WebSocket can be opened here", TEXT)


def _refuse(allowed: str) -> RestVerdict:
    if not allowed:
        return NOT_FOUND
    return WebAnswer(405, b"405: Method Not Allowed", TEXT, (("Allow", allowed),))


Verdict: TypeAlias = Iterator[Step] | WireError
"""What becomes of a request: the steps of its answer, or why there is none."""


class AnyGateway(ABC):
    """A gateway in memory, for any number of connections. Its subclasses say what each generation does.

    Args:
        graphs: What the services know. It may grow while connections are open.
        session: Options of every connection's session.
        flows: Flow id -> the services in it.
        latency: Seconds that every answer takes at least.

    Attributes:
        graphs: What the services know.
        session: Options of every connection's session.
        taps: The exports that are open.

    Raises:
        ValueError: A flow has a service that does not exist, the session is for another generation, or the
            latency is below 0.
    """

    release: ClassVar[str]
    """The release that is imitated."""
    dialect: ClassVar[Dialect]
    """The habits of the generation."""
    kinds: ClassVar[Collection[str]]
    """The services that a flow can have."""
    flow_path: ClassVar[re.Pattern[str]]
    """Paths of the services of flows: a flow and a kind."""

    def __init__(
        self,
        graphs: GraphStore,
        session: ServerConfig,
        flows: Mapping[str, Collection[str]],
        latency: float,
    ) -> None:
        self.graphs = graphs
        self.session = session
        self.taps = Taps()
        self._latency = latency
        if session.dialect.socket_auth is not self.dialect.socket_auth:
            raise ValueError(f"the session must be for a dialect like that of gateway {self.dialect.name}")
        if not latency >= 0:
            raise ValueError(f"latency must not be below 0 s, but is {latency}")
        self._doors: tuple[Door[RestVerdict], ...] = (
            *self.doors(),
            Door(self.flow_path, POST, self.receive_for_flow),
            Door(re.compile(re.escape(SOCKET_PATH)), GET, self._receive_for_socket),
            Door(BULK_PATH, GET, self._receive_for_bulk),
            Door(_GLOBAL_SERVICE, POST, self.receive_for_all),
        )
        for flow, services in flows.items():
            if unknown := set(services) - set(self.kinds):
                raise ValueError(f"flow {flow!r} cannot have {', '.join(sorted(unknown))}")

    # --- sockets ------------------------------------------------------------------------------

    def admit(self, target: str) -> Caller | BulkSocket | WebAnswer | None:
        """Judge a request to open a socket.

        Args:
            target: Path and query as sent.

        Returns:
            Who opens the multiplexed socket; None if a frame will have to say that; which bulk socket is
            opened; or why none is.
        """
        path, _, query = target.partition("?")
        if found := BULK_PATH.fullmatch(path):
            flow, way, kind = map(unquote, found.groups())
            return self.admit_bulk(way, flow, kind, query)
        return self.admit_query(query) if path == SOCKET_PATH else NOT_FOUND

    def admit_bulk(self, way: str, flow: str, kind: str, query: str) -> BulkSocket | WebAnswer:  # noqa: ARG002
        """Judge a request to open a bulk socket. There are none, unless a subclass has some.

        Args:
            way: `import` or `export`.
            flow: Id of the flow.
            kind: Which data.
            query: The query as sent.

        Returns:
            The socket, or why it is not opened.
        """
        return NOT_FOUND

    def take_import(self, socket: BulkSocket, frame: bytes | str) -> bytes:  # noqa: ARG002
        """Store a message of an import.

        Args:
            socket: Where it came in.
            frame: The message.

        Returns:
            What exports are told.

        Raises:
            Malformed: It cannot be read.
        """
        raise Malformed

    def bulk_host(self, socket: BulkSocket) -> BulkHost:
        """Return what serves a bulk socket."""
        if socket.way == "export":
            return ExportHost(socket, self.taps)
        return ImportHost(socket, partial(self.take_import, socket), self.taps)

    @abstractmethod
    def admit_query(self, query: str) -> Caller | WebAnswer | None:
        """Judge a request to open the multiplexed socket by its query, as sent; returns what `admit` does."""

    @abstractmethod
    def identify(self, token: Secret) -> Caller | None:
        """Return whom a token stands for; None if it is not accepted.

        Args:
            token: What a caller sent; empty for none.
        """

    @abstractmethod
    def answer(self, request: RequestReceived, caller: Caller) -> Verdict:
        """Answer a request of the multiplexed socket. Checks are made in the order of a real gateway.

        Args:
            request: What is asked for.
            caller: Who asks.

        Returns:
            The steps of the answer, each worked out only when it is taken; or why there is none.
        """

    @abstractmethod
    def flow_service(self, kind: str, flow: str, workspace: str, body: Payload) -> Verdict:
        """Let a service of a flow answer, whoever asks, and by whichever door.

        Args:
            kind: The service.
            flow: Id of the flow.
            workspace: Where the flow is; means nothing in 1.x.
            body: The request.

        Returns:
            As `answer`.
        """

    # --- REST ---------------------------------------------------------------------------------

    def receive(self, request: WebRequest) -> RestVerdict:
        """Judge a plain request. Checks are made in the order of a real gateway.

        Args:
            request: What is asked for.

        Returns:
            The steps of the answer, each worked out only when it is taken; or the answer, if it is known.
        """
        return knock(self._doors, request, _refuse)

    def doors(self) -> Sequence[Door[RestVerdict]]:
        """Return the paths beside those of services and of the socket; they come before these.

        It is asked for once, while the gateway is made.
        """
        return ()

    def _receive_for_bulk(self, request: WebRequest, *_: str) -> WebAnswer:
        return self._receive_for_socket(request)

    def _receive_for_socket(self, request: WebRequest) -> WebAnswer:
        admitted = self.admit(request.target)
        return admitted if isinstance(admitted, WebAnswer) else _NO_UPGRADE

    @abstractmethod
    def receive_for_flow(self, request: WebRequest, flow: str, kind: str) -> RestVerdict:
        """Judge a plain request to a service of a flow.

        Args:
            request: What is asked for.
            flow: Id of the flow.
            kind: The service.
        """

    @abstractmethod
    def receive_for_all(self, request: WebRequest, kind: str) -> RestVerdict:
        """Judge a plain request to a global service.

        Args:
            request: What is asked for.
            kind: The service.
        """

    # --- for the subclasses -------------------------------------------------------------------

    def paced(self, steps: Iterator[Step]) -> Iterator[Step]:
        """Let an answer take the time that each one takes."""
        if self._latency:
            yield Pause(self._latency)
        yield from steps
