"""What the tests of REST over a client of httpx share: clients, and what is put in front of a gateway."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.drivers.contract.conftest import nothing_left, patience, quick_collection  # noqa: F401
from tests.drivers.contract.drivers import DRIVERS, Driver
from tests.drivers.peers.peer import TOKEN

Scenario = Callable[[], Coroutine[Any, Any, None]]
SYSTEM = ssl.create_default_context()
"""The system's authorities, loaded once."""
LONG = 30.0
"""Seconds that nothing here takes."""
IAM, COMPLETION = "/api/v1/iam", "/api/v1/flow/default/service/text-completion"
generators_left = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
"""With trio, httpx leaves generators to the garbage collector when an answer is not read to its end."""
GOOD = {"response": "yes", "end_of_stream": True}


@pytest.fixture(params=DRIVERS, ids=lambda driver: driver.name)
def driver(request: pytest.FixtureRequest) -> Driver:
    found: Driver = request.param
    return found


@asynccontextmanager
async def http_client(driver: Driver, **options: Any) -> AsyncIterator[Any]:
    """A client in a driver's colour, which is closed afterwards, and not before."""
    options = {"verify": SYSTEM} | options
    if driver.name == "threaded":
        with httpx.Client(**options) as client:
            yield client
            assert not client.is_closed
    else:
        async with httpx.AsyncClient(**options) as client:
            yield client
            assert not client.is_closed


@asynccontextmanager
async def connected(
    driver: Driver, url: str, http: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Any]:
    """An `Api` over httpx."""
    async with http_client(driver, **http or {}) as client:
        usual = {"token": TOKEN, "http_client": client, "timeout": LONG, "dialect": "2.x"}
        async with driver.api(url, **usual | options) as api:
            yield api


class Wire:
    """The transport of httpx for either colour, watched; or what stands in for it.

    Args:
        handle: Replies instead of a gateway; None for the network.
    """

    def __init__(self, handle: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.handle = handle
        self.requests: list[tuple[str, dict[str, Any]]] = []

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def of(self, driver: Driver) -> Any:
        """Return the transport to give to a client."""
        if self.handle is not None:
            return httpx.MockTransport(self._mock)
        return (SyncWire if driver.name == "threaded" else _AsyncWire)(self)

    def _mock(self, request: httpx.Request) -> httpx.Response:
        assert self.handle is not None
        self.note(request)
        return self.handle(request)

    def note(self, request: httpx.Request) -> None:
        self.requests.append((request.url.path, json.loads(request.content)))


class SyncWire(httpx.HTTPTransport):
    def __init__(self, wire: Wire) -> None:
        super().__init__(verify=SYSTEM)
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._wire.note(request)
        return super().handle_request(request)


class _AsyncWire(httpx.AsyncHTTPTransport):
    def __init__(self, wire: Wire) -> None:
        super().__init__(verify=SYSTEM)
        self._wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._wire.note(request)
        return await super().handle_async_request(request)


async def mocked(
    driver: Driver,
    handle: Callable[[httpx.Request], httpx.Response],
    use: Callable[[Any], Awaitable[None]],
    **options: Any,
) -> Wire:
    """Use the default flow of an `Api` whose gateway is a function."""
    wire = Wire(handle)
    async with connected(driver, "http://gateway/", {"transport": wire.of(driver)}, **options) as api:
        await use(api.flow().id("default"))
    return wire
