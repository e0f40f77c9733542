"""What upstream's clients are made of: an address, and the `Api` of this package that carries their calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from threading import Lock
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from tgdrivers import asyncio, threaded
from tgdrivers.compat.raw import AsyncRawDoor, RawDoor
from tgdrivers.compat.rows import changed
from tgproto.catalog.scopes import Scope
from tgproto.types import Json

OWN = "default"
"""The workspace of whoever names none: the caller's own, whatever it is called."""

S = TypeVar("S", bound=Scope)
C = TypeVar("C", bound="Client")


def server_url(url: str) -> str:
    """Return the address of a gateway, without what is behind it."""
    return url.rstrip("/").removesuffix("/api/v1").rstrip("/")


def rest_url(url: str) -> str:
    """Return what upstream's `Api` and `AsyncFlow` call their URL."""
    return f"{server_url(url)}/api/v1/"


def socket_url(url: str) -> str:
    """Return what upstream's clients of sockets call their URL: scheme, host and port."""
    parts = urlsplit(url)
    return f"{'wss' if parts.scheme in ('https', 'wss') else 'ws'}://{parts.netloc}"


class Client:
    """Something that knows where a gateway is. Nothing is connected before the first call.

    Threads may share it.

    Attributes:
        url: Its address, in the form that upstream has here.
        timeout: Longest silence in seconds, or None.
        token: The token, or None.
        workspace: Workspace to address; `default` for the caller's own.
    """

    workspace: str = OWN

    def __init__(self, url: str, timeout: float | None, token: str | None) -> None:
        self._server = server_url(url)
        self._lock = Lock()  # of what is made when it is first asked for
        self.url = self._shown(url)
        self.timeout = timeout
        self.token = token

    def _shown(self, url: str) -> str:
        return socket_url(url)

    def _arguments(self) -> tuple[str, float | None, str]:
        """Return the first arguments of an `Api`. The environment has no say, as with upstream."""
        return self._server, self.timeout, self.token or ""

    def _own(self, scope: S) -> S:
        """Return operations with the options of this client."""
        workspace = None if self.workspace == OWN else self.workspace
        # Callers of 1.7 always name a user, so there is nothing to warn of where gateways have none.
        options = dataclasses.replace(scope.options, workspace=workspace, on_ignored=None)
        return changed(scope, options=options)

    def _like(self, kind: type[C]) -> C:
        """Return a client of another kind for the same gateway."""
        client = kind(self._server, self.timeout, self.token)
        client.workspace = self.workspace
        return client


class BlockingClient(Client):
    """A client for blocking callers."""

    _made: threaded.Api | None = None

    @property
    def _native(self) -> threaded.Api:
        """What carries the calls, the same each time."""
        with self._lock:
            if self._made is None:
                self._made = threaded.Api(*self._arguments())
            return self._made

    @property
    def _raw(self) -> RawDoor:
        flow = self._own(self._native.flow())
        return RawDoor(flow.runner, options=flow.options)

    def close(self) -> None:
        """Close the connections. Harmless when repeated."""
        if self._made is not None:
            self._made.close()


class AwaitedClient(Client):
    """A client for asyncio."""

    _made: asyncio.Api | None = None

    @property
    def _native(self) -> asyncio.Api:
        """What carries the calls, the same each time."""
        with self._lock:
            if self._made is None:
                self._made = asyncio.Api(*self._arguments())
            return self._made

    @property
    def _raw(self) -> AsyncRawDoor:
        flow = self._own(self._native.flow())
        return AsyncRawDoor(flow.runner, options=flow.options)

    async def aclose(self) -> None:
        """Close the connections of the running event loop. Harmless when repeated."""
        if self._made is not None:
            await self._made.aclose()


class WorkspaceClient(Client):
    """A client that is told its workspace when it is made."""

    def __init__(self, url: str, timeout: float | None, token: str | None, workspace: str = OWN) -> None:
        super().__init__(url, timeout, token)
        self.workspace = workspace


class BaseApi(BlockingClient):
    """A gateway: what the `Api`s of both generations have in common."""

    def __init__(self, url: str, timeout: float | None, token: str | None) -> None:
        super().__init__(url, timeout, token)
        self._kept: dict[type[Client], Client] = {}

    def _shown(self, url: str) -> str:
        return rest_url(url)

    def request(self, path: str, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is, and return the decoded answer."""
        raise NotImplementedError

    def _keep(self, kind: type[C]) -> C:
        """Return the client of a kind for this gateway, the same each time."""
        with self._lock:
            client = self._kept.get(kind)
            if not isinstance(client, kind):
                self._kept[kind] = client = self._like(kind)
            return client

    def close(self) -> None:
        """Close the connections of everything that blocks. Harmless when repeated."""
        super().close()
        for client in list(self._kept.values()):
            if isinstance(client, BlockingClient):
                client.close()

    async def aclose(self) -> None:
        """Close all connections, of asyncio those of the running event loop. Harmless when repeated."""
        self.close()
        for client in list(self._kept.values()):
            if isinstance(client, AwaitedClient):
                await client.aclose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *args: object) -> None:
        """Close."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *args: object) -> None:
        """Close."""
        await self.aclose()
