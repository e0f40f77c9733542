"""Where a story about operations takes place: a driver, a transport, and an embedded gateway of its own."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.drivers.contract.drivers import SCOPES, Blocking, Driver
from tests.drivers.peers.peer import TOKEN
from tgdrivers.testing import Generation, RunningGateway, gateway
from tgproto.catalog import AsyncExplainabilityClient, ExplainabilityClient, ExplainOps
from tgproto.catalog.bind import Descriptor
from tgproto.catalog.registry import GROUPS, Operation
from tgproto.catalog.scopes import Scope
from tgproto.errors import StreamingUnavailable
from tgproto.gateway import Gateway, Gateway1, demo_graphs
from tgproto.gateway.base import Verdict
from tgproto.gateway.callers import Caller
from tgproto.gateway.generation1.services import USER
from tgproto.gateway.generation2.services import ECHO, SERVICES
from tgproto.gateway.steps import RestVerdict
from tgproto.serving.messages import WebRequest
from tgproto.session.events import RequestReceived

ALL_GROUPS: tuple[type[Scope], ...] = (*GROUPS, ExplainOps)
"""Those of the registry, and the one that it does not list."""


def operations(group: type[Scope]) -> list[Operation]:
    """Return all operations of a group."""
    names = (name for name in dir(group) if isinstance(inspect.getattr_static(group, name), Descriptor))
    return [Operation(group, name) for name in names]


def story(group: type[Scope], *names: str, **where: object) -> pytest.MarkDecorator:
    """Say which operations a test is about: it fails unless it calls each of them.

    Args:
        group: Their group, without a colour.
        names: Their names.
        where: `generation` or `transport`, if the test is for one only.
    """
    told = [Operation(group, name) for name in names]
    assert not set(told) - set(operations(group)), f"{group.__name__} has not all of {names}"
    return pytest.mark.story(told, **where)


def home(marks: Iterable[pytest.Mark]) -> dict[str, Any]:
    """Return where a test with such marks takes place, as far as they say so."""
    return {name: value for mark in marks for name, value in mark.kwargs.items()}


class _Heard:
    """Remembers what a gateway was asked."""

    heard: list[str]

    def answer(self, request: RequestReceived, caller: Caller) -> Verdict:
        self.heard.append(request.service)
        return super().answer(request, caller)  # type: ignore[misc]

    def receive(self, request: WebRequest) -> RestVerdict:
        self.heard.append(request.path)
        return super().receive(request)  # type: ignore[misc]


class _Gateway1(_Heard, Gateway1): ...


class _Gateway2(_Heard, Gateway): ...


@contextmanager
def attentive(generation: Generation, **options: Any) -> Iterator[RunningGateway]:
    """Run a gateway with the graph of the demo that remembers in `heard` what it was asked.

    Args:
        generation: Which one it is like.
        options: More arguments of that gateway.
    """
    served: Any
    if generation == 1:
        served = _Gateway1(demo_graphs(USER), secret=TOKEN, clock=time.time, **options)
    else:
        flows = {"default": [*SERVICES, ECHO]}
        keys = {TOKEN: ["default", "*"]}
        served = _Gateway2(demo_graphs(), **{"keys": keys, "flows": flows, "clock": time.time, **options})
    served.heard = []
    with gateway(served, token=TOKEN) as running:
        yield running


class Place:
    """Passes for the test.

    Attributes:
        driver: The driver that is tested.
        generation: Which generation the gateway is like, 1 or 2.
        transport: `rest` or `websocket`.
        server: The gateway.
        api: An `Api` for it, of an administrator.
        flow: Its flow `default`.
        called: The operations that the test has called.
    """

    api: Any
    flow: Any

    def __init__(
        self, driver: Driver, server: RunningGateway, transport: str, told: Collection[Operation]
    ) -> None:
        self.driver = driver
        self.server = server
        self.generation = 1 if isinstance(server.gateway, Gateway1) else 2
        self.transport = transport
        self.called: set[Operation] = set()
        self._told = told

    @property
    def heard(self) -> list[str]:
        """Which services and paths the gateway was asked for so far."""
        return list(self.server.gateway.heard)  # type: ignore[attr-defined]

    def connect(self, token: str | None = TOKEN, **options: Any) -> Any:
        """Return an `Api` for the gateway."""
        options = {"transport": self.transport, "timeout": 10, **options}
        return Noted(self.driver.api(self.server.url, token=token, **options), self.called)

    def run(self, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def scenario() -> None:
            async with self.connect() as self.api:
                self.flow = self.api.flow().id("default")
                await test()

        self.driver.run(scenario)
        assert not {*self._told} - self.called, "it is not about all that it says"


def explainability(place: Place) -> Any:
    """Return an `ExplainabilityClient` for the flow `default`, which does not wait long."""
    flow = place.flow._noted
    if place.driver.name == "threaded":
        client: Any = Blocking(ExplainabilityClient(flow._it, 0.01))
    else:
        client = AsyncExplainabilityClient(flow, 0.01)
    return Noted(client, place.called)


class Noted:
    """Passes on what is done with an `Api`, and notes which operations are called.

    Args:
        it: The `Api`, or a group of operations of it, of whatever driver.
        called: Where to note it.
    """

    def __init__(self, it: Any, called: set[Operation]) -> None:
        self._noted = it
        self._called = called

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._noted, name)
        if name in SCOPES:
            return lambda *args, **kwargs: Noted(value(*args, **kwargs), self._called)
        scope = getattr(self._noted, "_it", self._noted)
        group = next((group for group in ALL_GROUPS if isinstance(scope, group)), None)
        if group is None or not isinstance(inspect.getattr_static(group, name, None), Descriptor):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            self._called.add(Operation(group, name))
            return value(*args, **kwargs)

        return call

    async def __aenter__(self) -> Noted:
        await self._noted.__aenter__()
        return self

    async def __aexit__(self, *info: Any) -> None:
        await self._noted.__aexit__(*info)


async def streams_not(place: Place, operation: str, *arguments: object, **options: object) -> bool:
    """See that an operation of a flow does not stream over REST; return whether this is REST."""
    if place.transport == "rest":
        before = place.heard
        with pytest.raises(StreamingUnavailable):
            await getattr(place.flow, operation)(*arguments, **options)
        assert place.heard == before
    return place.transport == "rest"


async def read(stream: Any) -> tuple[list[Any], Any]:
    """Return the chunks of a stream, and its result."""
    return [chunk async for chunk in stream], await stream.result()
