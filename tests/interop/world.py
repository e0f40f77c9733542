"""Where a scenario takes place: a driver, a way to the published gateway."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import httpx
import pytest

from tests.drivers.contract.drivers import DRIVERS, Driver
from tests.interop.published import RELEASES, Published, Published1, Published2

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


def on(*ways: str, cancelling: bool = False, releases: Sequence[str] = tuple(RELEASES)) -> Any:
    """Mark a test to be run for every driver, or those whose tasks can be cancelled, on certain ways."""
    everywhere = places(*ways, cancelling=cancelling, releases=releases)
    return pytest.mark.parametrize("world", everywhere, indirect=True)


def places(*ways: str, cancelling: bool = False, releases: Sequence[str] = tuple(RELEASES)) -> list[Any]:
    """Return the parameters of the fixture `world`."""
    drivers = [driver for driver in DRIVERS if driver.cancels or not cancelling]
    return [
        pytest.param((release, driver, way), id=f"{release}-{driver.name}-{way}")
        for release in releases
        for driver in drivers
        for way in ways
    ]


def each_way(releases: Sequence[str] = tuple(RELEASES)) -> Any:
    """Mark a test of operations, which are the same for every driver: trio's has the socket alone."""
    chosen = [
        place for place in places("rest", "websocket", releases=releases) if "trio-rest" not in place.id
    ]
    return pytest.mark.parametrize("world", chosen, indirect=True)


NEW, OLD = (Published2.release,), (Published1.release,)
over_rest = on("rest", "httpx")
over_the_socket = on("websocket")
on_2x = on("rest", "httpx", "websocket", releases=NEW)
on_1x = on("rest", "httpx", "websocket", releases=OLD)
each_way_on_2x = each_way(NEW)
each_way_on_1x = each_way(OLD)
on_2x_over_the_socket = on("websocket", releases=NEW)


class World:
    """Passes for the test: `flow` for calls, `driver` for tasks.

    Args:
        driver: The driver that is tested.
        gateway: The gateway.
        way: How they talk: `rest`, `httpx`, which is REST carried by a client of that, or `websocket`.

    Attributes:
        url: Where an `Api` connects: the gateway, or what a test puts before it.
        options: Its other arguments, unless a test says otherwise.
        transport: The name of the way in the arguments of an `Api`.
        api: An `Api` for the gateway, of the administrator.
        flow: Its flow `default`.
        services: An `Api` like it, all of whose calls go that way, those of global services too.
    """

    api: Any
    flow: Any
    services: Any

    def __init__(self, driver: Driver, gateway: Published, way: str) -> None:
        self.driver = driver
        self.gateway = gateway
        self.url = gateway.url
        self.transport = "websocket" if way == "websocket" else "rest"
        self._way = way
        self.options: dict[str, Any] = {"timeout": 20}

    @property
    def is_old(self) -> bool:
        """Whether the gateway is of the first generation."""
        return self.gateway.is_old

    def connect(self, token: str | None = None, **options: Any) -> Any:
        """Return another `Api`; its `flow` and `socket` go the usual ways unless told otherwise."""
        token = self.gateway.token if token is None else token
        return self.driver.api(self.url, token=token, **self.options | options)

    def flow_of(self, api: Any, flow: str = "default") -> Any:
        """Return a flow, on the way that belongs to the transport."""
        return api.flow().id(flow) if self.transport == "rest" else api.socket().flow(flow)

    def run(self, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def scenario() -> None:
            async with AsyncExitStack() as stack:
                if self._way == "httpx":
                    self.options["http_client"] = self._httpx(stack)
                self.api = await stack.enter_async_context(self.connect())
                self.flow = self.flow_of(self.api)
                self.services = await stack.enter_async_context(self.connect(transport=self.transport))
                await test()

        self.driver.run(scenario)

    def _httpx(self, stack: AsyncExitStack) -> httpx.Client | httpx.AsyncClient:
        if self.driver.name == "threaded":
            return stack.enter_context(httpx.Client(verify=False))
        client = httpx.AsyncClient(verify=False)
        stack.push_async_callback(client.aclose)
        return client

    async def carry(self, call: Any) -> Any:
        """Carry out a call that no method of an `Api` makes."""
        scope = getattr(self.flow, "_it", self.flow)  # blocking ones are wrapped
        result = scope.runner.call(call, scope.options)
        return await result if inspect.isawaitable(result) else result

    async def failure(self, call: Awaitable[object], kind: type[E], words: str | None = None) -> E:
        """Await a call that fails with one kind of error, and see that no key is in whatever it says.

        Args:
            call: What fails.
            kind: The class of the error; a subclass will not do.
            words: A regular expression for the message; None for whatever it is.
        """
        with pytest.raises(kind, match=words) as caught:
            await call
        error = caught.value
        assert type(error) is kind
        told = f"{error}{error!r}{error.args}{''.join(traceback.format_exception(error))}{vars(error)}"
        assert not [key for key in (*self.gateway.secrets, "tg_wrong") if key in told]
        return error
