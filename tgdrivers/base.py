"""What an `Api` of every colour has: its arguments, the environment, its clients, the recorder."""

from __future__ import annotations

import itertools
import json
import os
import random
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from tgdrivers.certificates import Cert, Verify
from tgdrivers.clock import Clock
from tgdrivers.credentials import TokenSource
from tgdrivers.house import House, PumpT
from tgdrivers.proxies import ProxyChoice
from tgproto.address import DEFAULT_URL, parse_address
from tgproto.bulk.client import BulkClient
from tgproto.bulk.config import BulkOptions
from tgproto.catalog import CallOptions
from tgproto.client import Client, ClientOptions
from tgproto.dialect import Dialect, dialect_of
from tgproto.driven import Driven
from tgproto.link.config import WebSocketConfig
from tgproto.link.http_types import HttpConfig
from tgproto.recorder import recorded
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig, ReceiverConfig

Transport: TypeAlias = Literal["rest", "websocket"]

HttpT = TypeVar("HttpT")
"""The client of httpx of a colour."""
RunnerT = TypeVar("RunnerT")
"""What carries calls out in a colour."""
ApiT = TypeVar("ApiT", bound="BaseApi[Any, Any, Any]")

Sockets: TypeAlias = Literal["rest", "websocket", "bulk"]
"""What a client has connections for."""


class BaseApi(House[PumpT, Sockets], Generic[PumpT, HttpT, RunnerT]):
    """A TrustGraph gateway; what its subclasses, one for each colour, have in common.

    Nothing is connected before the first call. Address, token and workspace come from the environment if
    they are left out.

    Args:
        url: Address of the gateway. `http` and `ws` mean the same gateway, and so do `https` and `wss`; with
            `ws` and `wss`, everything goes over the multiplexed socket unless `transport` says otherwise.
            None for `TRUSTGRAPH_URL`, or `http://localhost:8088/`.
        timeout: Longest silence of a call in seconds, from the call on; None for no limit.
        token: API key, JWT, or the secret of a 1.x gateway; None for `TRUSTGRAPH_TOKEN`, or anonymous access.
            A function that returns one is called for the first, whenever the gateway refuses one, and before
            a JWT ends; it may be `async`, but for a blocking `Api`.
        workspace: Workspace to address; None for `TRUSTGRAPH_WORKSPACE`, or the caller's default.
        transport: `"rest"` or `"websocket"` for everything; None for REST with `flow()` and the multiplexed
            socket with `socket()`.
        dialect: Which gateway it is: `"auto"` to find out, a release such as `"2.3.1"`, `"1.x"` for the 1.7
            line, `"2.x"` for those from 2.4.5 on, or a `tgproto.Dialect`. Between 1.8 and 2.2.4, say it.
        total_timeout: Longest duration of a call in seconds; None for no limit.
        retry: Whether calls may be sent again after a lost connection although they may have run.
        verify: How the gateway proves who it is with `https` and `wss`: True for the system's authorities,
            a path of a file or folder with others, an `ssl.SSLContext`, or False, which warns. The same goes
            for a proxy with TLS.
        cert: How this side proves who it is, with `https` and `wss`: path of a PEM file with certificate
            and key, `(certificate, key)`, or `(certificate, key, password)`; None for not at all. An
            `ssl.SSLContext` in `verify` has its own.
        proxy: True for the HTTP proxy that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
            `NO_PROXY`), now; None or False for none; or its URL, as in `http://user:password@host:port`. It
            has to allow tunnels (CONNECT).
        max_connections: Sockets for requests; one carries 16 at once. REST uses four times as many.
        max_queued: Requests that may wait.
        max_message_bytes: Longest message accepted from the gateway; over REST also the longest one sent.
        connect_timeout: Seconds for a connection, proxy and TLS included, to be up.
        auth_timeout: Seconds for the gateway to accept the token on a socket, and for a function to return
            one.
        stall_timeout: Seconds for which a stream may be left unread while others wait behind it.
        keepalive: Seconds of silence after which a socket is asked for a sign of life; None for never.
        record: Folder for transcripts of the sockets, one file each, for `tgproto.recorder.replay`; tokens
            are hidden. None records nothing.
        clock: Source of time for tests; None for the runtime's own.
        http_client: A client of httpx, for HTTP/2, SOCKS or a setup of your own: what goes over REST is
            carried by it, with its own connections, proxies, certificates and `auth`, but with the time
            limits, token and workspace given here. It stays yours: it is not closed. None for REST without
            httpx. The socket is not concerned.

    Raises:
        ValueError: The URL or that of the proxy is none, a number is out of its range, the token has a
            control character, or `cert` is given where it has no effect.
        TypeError: An argument is of the wrong type.
        OSError: `verify` or `cert` names a file without certificates.
    """

    def __init__(
        self,
        url: str | None = None,
        timeout: float | None = 60,
        token: str | TokenSource | None = None,
        workspace: str | None = None,
        *,
        transport: Transport | None = None,
        dialect: str | Dialect = "auto",
        total_timeout: float | None = None,
        retry: bool = False,
        verify: Verify = True,
        cert: Cert | None = None,
        proxy: ProxyChoice = True,
        max_connections: int = 4,
        max_queued: int = 10_000,
        max_message_bytes: int = 64 * 2**20,
        connect_timeout: float = 10.0,
        auth_timeout: float = 20.0,
        stall_timeout: float = 10.0,
        keepalive: float | None = 20.0,
        record: str | os.PathLike[str] | None = None,
        clock: Clock | None = None,
        http_client: HttpT | None = None,
    ) -> None:
        if transport not in (None, "rest", "websocket"):
            raise ValueError('transport must be "rest", "websocket" or None')
        address = parse_address(_given(url, "TRUSTGRAPH_URL") or DEFAULT_URL)
        habits = _dialect(dialect)
        source = token if token is not None else _given(None, "TRUSTGRAPH_TOKEN") or ""
        super().__init__(address, token=source, verify=verify, cert=cert, proxy=proxy, clock=clock)
        secret = self._secret
        renewable = secret is None
        workspace = _given(workspace, "TRUSTGRAPH_WORKSPACE")
        self._options = CallOptions(timeout, total_timeout, workspace, retry, self._warn_once)
        self._warned = False
        self._transport: Transport | None = transport or ("websocket" if address.websocket else None)
        self._record = None if record is None else Path(record)
        self._serials = itertools.count(1)
        self._socket_options = ClientOptions(
            host=address.authority,
            path=f"{address.path}api/v1/socket",
            session=ClientConfig(
                token=secret,
                renewable=renewable,
                dialect=habits,
                auth_timeout=auth_timeout,
                stall_timeout=stall_timeout,
                max_queued=max_queued,
                keepalive=KeepaliveConfig(interval=keepalive),
            ),
            websocket=WebSocketConfig(max_message_bytes=max_message_bytes),
            max_connections=max_connections,
            connect_timeout=connect_timeout,
        )
        self._rest_options = RestOptions(
            host=address.authority,
            path=address.path,
            token=secret,
            renewable=renewable,
            dialect=habits,
            auth_timeout=auth_timeout,
            max_connections=4 * max_connections,
            max_queued=max_queued,
            connect_timeout=connect_timeout,
            http=HttpConfig(max_message_bytes=max_message_bytes),
        )
        self._receiver_config = ReceiverConfig(keepalive=KeepaliveConfig(interval=keepalive))
        self._http = None if http_client is None else self._over_httpx(http_client)

    def _like(self, kind: type[ApiT]) -> ApiT:
        """Return an `Api` of another colour with the same arguments, but for `http_client`."""
        other = kind.__new__(kind)
        for name, value in vars(self).items():
            setattr(other, name, value)
        other._pumps = {}
        other._http = None
        return other

    @abstractmethod
    def _over_httpx(self, http_client: HttpT) -> RunnerT:
        """Return what carries calls over REST with a client of httpx, which is loaded only for that."""

    @abstractmethod
    def _over_sockets(self, transport: Transport, streams: Transport | None) -> RunnerT:
        """Return what carries calls with a driver of ours.

        Args:
            transport: What carries them.
            streams: What carries those whose answers come in pieces; None if nothing shall.
        """

    def _runner(self, transport: Transport) -> RunnerT:
        """Return what carries the calls of flows over a transport. Over REST they cannot stream."""
        if transport == "websocket":
            return self._over_sockets(transport, transport)
        return self._over_sockets(transport, None) if self._http is None else self._http

    @property
    def _services(self) -> RunnerT:
        """What carries the calls of global services: REST, and sockets for streams, unless told otherwise."""
        if self._transport is not None:
            return self._runner(self._transport)
        return self._over_sockets("rest", "websocket") if self._http is None else self._http

    def _warn_once(self, names: tuple[str, ...]) -> None:
        """Say that a gateway has no use for some arguments; once, as old code gives them everywhere."""
        if not self._warned:
            self._warned = True
            given = ", ".join(f"{name}=" for name in names)
            warnings.warn(f"{given} means nothing to this gateway and is not sent", UserWarning, stacklevel=2)

    def _client(self, kind: Sockets) -> Driven:
        if kind == "rest":
            return RestClient(self._rest_options, uniform=random.random)
        if kind == "bulk":
            options = BulkOptions(
                self._rest_options, self._socket_options.websocket, receiver=self._receiver_config
            )
            return BulkClient(options, entropy=os.urandom, uniform=random.random)
        return Client(self._socket_options, entropy=os.urandom, uniform=random.random, observe=self._observe)

    def _observe(self, session: ClientSession) -> ClientSession:
        """Record a session, if that was asked for."""
        if self._record is None:
            return session
        self._record.mkdir(parents=True, exist_ok=True)
        path = self._record / f"{os.getpid()}-{id(self):x}-{next(self._serials):04}.jsonl"

        def write(step: Mapping[str, Any]) -> None:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(step) + "\n")

        return recorded(session, write)


def _dialect(dialect: str | Dialect) -> Dialect | None:
    """Return the habits that were named, or None to find out.

    Raises:
        TypeError: It is neither a name nor a dialect.
        ValueError: It is no name of a release.
    """
    if isinstance(dialect, Dialect):
        return dialect
    return None if dialect == "auto" else dialect_of(dialect)


def _given(value: str | None, variable: str) -> str | None:
    """Return an argument, or what the environment says instead; empty variables count as unset."""
    return value if value is not None else os.environ.get(variable) or None
