"""What the clients of the AI Assistant API have in common, whatever their colour."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from copy import copy
from functools import partial
from typing import Any, Literal, Self, TypeAlias

from tgdrivers.certificates import Cert, Verify
from tgdrivers.clock import Clock
from tgdrivers.credentials import TokenSource
from tgdrivers.files import MACHINE
from tgdrivers.house import House, PumpT
from tgdrivers.proxies import ProxyChoice
from tgproto.address import parse_address
from tgproto.assistant.manners import manners_of
from tgproto.assistant.scopes import AssistantOps
from tgproto.assistant.settings import AssistantSettings
from tgproto.catalog import CallOptions
from tgproto.catalog import arguments as check
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.dialect import GENERATION_2
from tgproto.driven import Driven
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions

DEFAULT_URL = "http://localhost:8000"

Kind: TypeAlias = Literal["rest"]
"""What connections are for."""


class AssistantBase(House[PumpT, Kind], AssistantOps):
    """A client of the AI Assistant API. Nothing is connected before the first call.

    Address, key and settings come from the environment if they are left out.

    Args:
        base_url: Address of the service, with a path in front of its own if there is one; None for
            `ASSISTANT_URL`, or `http://localhost:8000`.
        api_key: The key, sent as a bearer; None for `ASSISTANT_API_KEY`, or none at all. A function that
            returns one is called for the first, and whenever the service refuses one; it may be `async`, but
            for a blocking client.
        headers: Header fields of every request.
        timeout: Longest silence in seconds, from the call on; None for no limit.
        total_timeout: Longest duration of a call in seconds, for a batch that of all its runs; None for that
            of the settings: 10 s more than `stream_timeout` for a chat, 5 s more than `batch_timeout` for
            each run of a batch.
        progress_timeout: Longest time in seconds without an event in a stream, whatever signs of life come
            meanwhile; None for no limit.
        connect_timeout: Seconds for a connection, proxy and TLS included, to be up.
        max_retries: How often a request is sent again that was refused for now; at least 0. Unless it is
            safe, that is only done if it was not carried out: 429, or 503 that says when.
        settings: What the service is known to allow; None for what the environment says: `STREAM_ENABLED`,
            `STREAM_CHUNK_SIZE`, `STREAM_TIMEOUT`, `BATCH_ENABLED`, `BATCH_MAX_SIZE`, `BATCH_TIMEOUT`.
        strict: Whether what is not as documented is an error, though it could be read.
        verify: How the service proves who it is with `https`; see `tgdrivers.Api`.
        cert: How this side proves who it is with `https`; see `tgdrivers.Api`.
        proxy: Which HTTP proxy leads there; see `tgdrivers.Api`.
        max_connections: Connections at once; each carries one request.
        clock: Source of time for tests; None for the runtime's own.

    Raises:
        ValueError: The URL or that of the proxy is none, a number or a variable is out of its range, or the
            key has a control character.
        TypeError: An argument is of the wrong type.
        LocalProtocolError: HTTP does not allow a header field.
        OSError: `verify` or `cert` names a file without certificates.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | TokenSource | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = 60.0,
        total_timeout: float | None = None,
        progress_timeout: float | None = None,
        connect_timeout: float = 10.0,
        max_retries: int = 3,
        settings: AssistantSettings | None = None,
        strict: bool = False,
        verify: Verify = True,
        cert: Cert | None = None,
        proxy: ProxyChoice = True,
        max_connections: int = 16,
        clock: Clock | None = None,
    ) -> None:
        address = parse_address(base_url or os.environ.get("ASSISTANT_URL") or DEFAULT_URL)
        token = os.environ.get("ASSISTANT_API_KEY", "") if api_key is None else api_key
        super().__init__(address, token=token, verify=verify, cert=cert, proxy=proxy, clock=clock)
        fields = check.text_by_name("headers", {} if headers is None else headers)
        self._rest_options = RestOptions(
            host=address.authority,
            path=address.path,
            token=self._secret,
            renewable=self._secret is None,
            dialect=GENERATION_2,  # it does not matter here, and nobody is asked for it
            connect_timeout=connect_timeout,
            progress_timeout=progress_timeout,
            max_connections=max_connections,
            manners=manners_of(tuple(fields.items()), check.count("max_retries", max_retries)),
        )
        self._set(
            runner=self._runner(),
            options=CallOptions(timeout, total_timeout),
            settings=check.instance(
                AssistantSettings,
                "settings",
                AssistantSettings.of(os.environ) if settings is None else settings,
            ),
            strict=check.flag("strict", strict),
        )

    def _runner(self) -> BlockingRunner | AwaitedRunner:
        """Return what carries calls out."""
        here: Any = partial(self._here, "rest")
        runner = BlockingRunner if self._blocking else AwaitedRunner
        return runner(here, streams=here, machine=MACHINE)

    def _client(self, kind: Kind) -> Driven:  # noqa: ARG002
        return RestClient(self._rest_options, uniform=random.random)

    def _optioned(self, options: CallOptions) -> Self:
        """Return a client with other options, which shares the connections; closing one closes both."""
        other = copy(self)
        other._set(options=options)
        return other

    def _set(self, **fields: object) -> None:
        for name, value in fields.items():  # those of a scope are frozen
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return super().__repr__()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)
