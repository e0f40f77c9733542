"""What the clients of EdgeQuake have in common, whatever their colour: arguments, and what a client is."""

from __future__ import annotations

import os
import random
from abc import abstractmethod
from copy import copy
from typing import Any, Generic, Literal, Self, TypeAlias, TypeVar

from tgdrivers.certificates import Cert, Verify
from tgdrivers.clock import Clock
from tgdrivers.credentials import TokenSource, check_source
from tgdrivers.house import House, PumpT
from tgdrivers.proxies import ProxyChoice
from tgproto.address import Address, parse_address
from tgproto.catalog import CallOptions
from tgproto.catalog import arguments as check
from tgproto.dialect import GENERATION_2
from tgproto.driven import Driven
from tgproto.edgequake.dialects import EdgequakeDialect, edgequake_dialect
from tgproto.edgequake.manners import manners_of
from tgproto.edgequake.scopes import EdgequakeScope
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.secrets import Secret
from tgproto.session.reconnect import ReconnectConfig

DEFAULT_URL = "http://localhost:8080"

Kind: TypeAlias = Literal["rest"]
"""What connections are for."""

RunnerT = TypeVar("RunnerT")
"""What carries calls out in a colour."""


class EdgequakeHouse(House[PumpT, Kind], Generic[PumpT, RunnerT]):
    """Keeps the connections of a client.

    Args:
        options: Options of a connection.
        address: Where the service is.
        source: Supplies tokens; None if there is nothing but that of the options.
        verify: See `House`, and so are the others.
        cert: See `House`.
        proxy: See `House`.
        clock: See `House`.
    """

    def __init__(
        self,
        options: RestOptions,
        address: Address,
        *,
        source: TokenSource | None,
        verify: Verify,
        cert: Cert | None,
        proxy: ProxyChoice,
        clock: Clock | None,
    ) -> None:
        super().__init__(address, token=source or "", verify=verify, cert=cert, proxy=proxy, clock=clock)
        self._options = options

    def _client(self, kind: Kind) -> Driven:  # noqa: ARG002
        return RestClient(self._options, uniform=random.random)

    @abstractmethod
    def runner(self) -> RunnerT:
        """Return what carries calls out."""


HouseT = TypeVar("HouseT", bound=EdgequakeHouse[Any, Any])


class BaseClient(EdgequakeScope, Generic[HouseT]):
    """A client of EdgeQuake; what its subclasses, one for each colour, have in common.

    Nothing is connected before the first call. Address and key come from the environment if they are left
    out.

    Args:
        base_url: Address of the service, with a path in front of its own if there is one; None for
            `EDGEQUAKE_BASE_URL`, or `http://localhost:8080`.
        api_key: The key; None for `EDGEQUAKE_API_KEY`, or none at all.
        jwt: Instead, a token of a user who has logged in.
        tenant_id: Tenant to address. Chats need it, unless the token says it.
        workspace_id: Workspace to address.
        user_id: User to act for. Chats need it, unless the token says it.
        timeout: Longest silence in seconds, of streams, too; None for no limit.
        max_retries: How often a request is sent again; at least 0. That happens before anything of an answer
            has come, if running it twice does no harm or it was not carried out; chats are never sent again.
        on_token_refresh: Returns another token, of the same kind, when the service refuses one, or before a
            JWT ends; or the first one. It may be `async`, but for a blocking client.
        dialect: How the service is talked to: `"server"`, `"guide"`, `"openai"`, `"raw"`, or an
            `EdgequakeDialect`.
        verify: How the service proves who it is with `https`; see `tgdrivers.Api`.
        cert: How this side proves who it is with `https`; see `tgdrivers.Api`.
        proxy: Which HTTP proxy leads there; see `tgdrivers.Api`.
        connect_timeout: Seconds for a connection, proxy and TLS included, to be up.
        total_timeout: Longest duration of a call in seconds; None for no limit.
        progress_timeout: Longest time in seconds without an event in a stream, whatever signs of life come
            meanwhile; None for no limit.
        max_connections: Connections at once; each carries one request.
        clock: Source of time for tests; None for the runtime's own.

    Raises:
        ValueError: The URL or that of the proxy is none, a number is out of its range, there is no such
            dialect, a key has a control character, or there are both `api_key` and `jwt`.
        TypeError: An argument is of the wrong type.
        LocalProtocolError: HTTP does not allow an id.
        OSError: `verify` or `cert` names a file without certificates.
    """

    _house_type: type[HouseT]

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        jwt: str | None = None,
        tenant_id: str | None = None,
        workspace_id: str | None = None,
        user_id: str | None = None,
        timeout: float | None = 30.0,
        max_retries: int = 3,
        on_token_refresh: TokenSource | None = None,
        dialect: str | EdgequakeDialect = "server",
        verify: Verify = True,
        cert: Cert | None = None,
        proxy: ProxyChoice = True,
        connect_timeout: float = 10.0,
        total_timeout: float | None = None,
        progress_timeout: float | None = 300.0,
        max_connections: int = 16,
        clock: Clock | None = None,
    ) -> None:
        if api_key is not None and jwt is not None:
            raise ValueError("api_key and jwt were both given; a request shows one of them")
        address = parse_address(base_url or os.environ.get("EDGEQUAKE_BASE_URL") or DEFAULT_URL)
        habits = edgequake_dialect(dialect)
        token = api_key if jwt is None else jwt
        if token is None and on_token_refresh is None:
            token = os.environ.get("EDGEQUAKE_API_KEY", "")
        if token is not None:
            check_source(token, blocking=False, owner=type(self).__name__)
        ids = {"X-Tenant-ID": ("tenant_id", tenant_id), "X-User-ID": ("user_id", user_id)}
        retries = check.count("max_retries", max_retries)
        options = RestOptions(
            host=address.authority,
            path=address.path,
            token=None if token is None else Secret(token),
            dialect=GENERATION_2,  # it does not matter here, and nobody is asked for it
            reconnect=ReconnectConfig(max_attempts=retries),
            max_connections=max_connections,
            connect_timeout=connect_timeout,
            renewable=on_token_refresh is not None,
            progress_timeout=progress_timeout,
            manners=manners_of(
                habits,
                tuple((field, check.name_of(*it)) for field, it in ids.items() if it[1] is not None),
                bearer=api_key is None and (jwt is not None or on_token_refresh is not None),
                max_retries=retries,
            ),
        )
        self._house = self._house_type(
            options, address, source=on_token_refresh, verify=verify, cert=cert, proxy=proxy, clock=clock
        )
        self._set(
            runner=self._house.runner(),
            options=CallOptions(timeout, total_timeout, workspace_id),
            dialect=habits,
        )

    def with_workspace(self, workspace_id: str | None) -> Self:
        """Return a client of another workspace, which shares the connections; closing one closes both.

        Args:
            workspace_id: Workspace to address; None for what the service chooses.

        Raises:
            TypeError: It is no text.
            ValueError: It is empty.
        """
        return self.with_options(workspace=workspace_id)

    def _optioned(self, options: CallOptions) -> Self:
        other = copy(self)
        other._set(options=options)
        return other

    def _set(self, **fields: object) -> None:
        for name, value in fields.items():  # those of a scope are frozen
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return repr(self._house)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)
