"""A published gateway is restarted, or a flow is stopped, under the load of every driver at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from tests.drivers.contract.drivers import DRIVERS
from tests.interop.parts import Part
from tests.interop.published import RELEASES, Published
from tests.interop.world import World
from tgdrivers import Api
from tgproto.errors import ConnectionFailed, ConnectionLost, GatewayError, RequestTimeout, WorkspaceNotFound

WORKERS = 3
"""Callers in each world."""

TIMEOUT = 3.0
"""Seconds that a call under load may be silent."""

BOUND = TIMEOUT + 2.0
"""Seconds within which such a call is over."""


@pytest.fixture(params=RELEASES)
def gateway(request: pytest.FixtureRequest, published: Callable[[str], Published]) -> Published:
    return published(request.param)


@pytest.fixture
def worlds(gateway: Published) -> list[World]:
    """Each world runs in its own thread, with a driver of its own."""
    kinds = [type(driver) for driver in DRIVERS]
    return [World(kind(), gateway, way) for kind in kinds for way in ("rest", "websocket")]


@pytest.fixture
def part(gateway: Published) -> Part:
    """The process of the gateway."""
    return Part(gateway.part)


@contextmanager
def everywhere(worlds: list[World], scenario: Callable[[World], Coroutine[Any, Any, None]]) -> Iterator[None]:
    """Run a scenario in all worlds at once, each in a thread of its own, beside the block."""
    with ThreadPoolExecutor(len(worlds)) as pool:
        running = [pool.submit(world.run, partial(scenario, world)) for world in worlds]
        try:
            yield
        finally:
            done, late = wait(running, 30)
        places = [f"{world.driver.name} {world.transport}" for world in worlds]
        assert not [place for place, future in zip(places, running, strict=True) if future in late]
        for future in done:
            future.result()


class Load:
    """Calls in every world until it is enough.

    Attributes:
        begun: Passed when every world has had an answer.
        enough: Set when the gateway is back.
        outcomes: How the calls ended, by world.
    """

    def __init__(self, worlds: list[World]) -> None:
        self.begun = threading.Barrier(len(worlds) + 1, timeout=20)
        self.enough = threading.Event()
        self.outcomes: dict[World, Counter[str]] = {world: Counter() for world in worlds}

    async def bear(self, world: World) -> None:
        """Make calls, and one when it is over: the `Api` needs not be told that the gateway is back."""
        assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
        self.begun.wait()
        lasting = world.driver.start(self._last, world)
        workers = [world.driver.start(self._work, world, number) for number in range(WORKERS)]
        for worker in workers:
            await worker
        await lasting
        assert await world.flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "

    async def _work(self, world: World, number: int) -> None:
        count = 0
        while not self.enough.is_set():
            count += 1
            begin = time.monotonic()
            self.outcomes[world][await self._call(world, f"{number}-{count}", retry=number == 0)] += 1
            assert time.monotonic() - begin < BOUND
            await world.driver.sleep(0.05)

    async def _call(self, world: World, text: str, *, retry: bool) -> str:
        flow = world.flow.with_options(timeout=TIMEOUT, retry=retry)
        streaming = world.transport == "websocket"
        try:
            if streaming:
                answer = await flow.text_completion("s", f"ANSWER<<{text}>>", streaming=True).result()
            else:
                answer = await flow.text_completion("s", f"ANSWER<<{text}>>")
        except (ConnectionLost, ConnectionFailed, RequestTimeout) as error:
            return type(error).__name__
        except (GatewayError, WorkspaceNotFound) as error:  # it knows its flows and workspaces a moment later
            return type(error).__name__
        assert str(answer) == text
        return "answered"

    async def _last(self, world: World) -> None:
        """A call that is under way when it happens."""
        begin = time.monotonic()
        try:
            await world.flow.text_completion("s", "n=1 first=2")
            self.outcomes[world]["lasting answered"] += 1
        except ConnectionLost as error:
            self.outcomes[world]["lasting lost" if error.sent else "lasting not sent"] += 1
        assert time.monotonic() - begin < 10


def test_a_gateway_that_is_killed(worlds: list[World], part: Part) -> None:
    """SIGKILL drops the sockets at once: what is under way is lost."""
    load = Load(worlds)
    with everywhere(worlds, load.bear):
        load.begun.wait()
        time.sleep(0.5)
        try:
            part.kill()
            time.sleep(1)
            part.start()
            time.sleep(0.5)
        finally:
            load.enough.set()
    for outcomes in load.outcomes.values():
        assert outcomes["lasting lost"] == 1
        assert outcomes["answered"] > 1


def test_a_gateway_that_is_asked_to_end(gateway: Published, worlds: list[World], part: Part) -> None:
    """2.x closes the port, and leaves sockets open for up to 49 s; the harness kills it after 10 s.

    The harness ends 1.x at once, and its services with it.
    """
    load = Load(worlds)
    with everywhere(worlds, load.bear):
        load.begun.wait()
        time.sleep(0.5)
        try:
            part.restart()
            time.sleep(0.5)
        finally:
            load.enough.set()
    for outcomes in load.outcomes.values():
        assert outcomes["lasting lost" if gateway.is_old else "lasting answered"] == 1
        assert outcomes["answered"] > 1


class StoppedFlow:
    """A flow that is stopped and started again while every world calls it.

    Attributes:
        under_way: The worlds whose calls are under way.
        stopped: Set when the flow is gone.
        silent: The worlds whose calls have ended.
        again: Set when it is back.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.under_way: list[World] = []
        self.silent: list[World] = []
        self.stopped, self.again = threading.Event(), threading.Event()

    async def use(self, world: World) -> None:
        flow = world.flow_of(world.api, self._name)
        await answers(world, flow)
        brief = flow.with_options(timeout=3.0)
        calls = [world.driver.start(brief.embeddings, f"first=1.5 {number}") for number in range(3)]
        await world.driver.sleep(0.3)
        self.under_way.append(world)
        await world.driver.until(self.stopped.is_set)
        begin = time.monotonic()
        await world.failure(brief.embeddings("a"), GatewayError)
        assert time.monotonic() - begin < 1
        for call in calls:
            await self._ends(world, call)
        assert time.monotonic() - begin < 4
        self.silent.append(world)
        await world.driver.until(self.again.is_set)
        await answers(world, flow)

    @staticmethod
    async def _ends(world: World, call: Any) -> None:
        """See what becomes of a call under way.

        2.x says nothing more of it. 1.x answers; but on a socket its refusal of the new call names no request
        and may mean this one.
        """
        if not world.is_old:
            error = await world.failure(call, RequestTimeout, "no answer came within 3 s")
            assert error.option == "timeout"
        elif world.transport == "rest":
            assert await call
        else:
            await world.failure(call, GatewayError, "named no request")


def test_a_flow_that_is_stopped(gateway: Published, worlds: list[World]) -> None:
    """New calls fail at once."""
    name = f"stopped-{time.time_ns()}"
    users = StoppedFlow(name)
    with Api(gateway.url, token=gateway.token) as api:
        api.flow().start("bare", name, "for a test")
        with everywhere(worlds, users.use):
            until(lambda: len(users.under_way) == len(worlds))
            api.flow().stop(name)
            users.stopped.set()
            until(lambda: len(users.silent) == len(worlds))
            api.flow().start("bare", name, "once more")
            users.again.set()
        api.flow().stop(name)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)


async def answers(world: World, flow: Any) -> None:
    """Wait until a flow that was just started answers: the gateway hears of it a moment later."""
    end = time.monotonic() + 5
    while True:
        try:
            assert await flow.with_options(timeout=0.5).embeddings("a")
            return
        except (GatewayError, RequestTimeout):
            if time.monotonic() > end:
                raise
        await world.driver.sleep(0.02)
