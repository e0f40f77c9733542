"""Many calls at once, beyond what a socket of a gateway carries, and calls that are given up."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.drivers.contract.drivers import DRIVERS, Driver, TaskCancelled
from tests.drivers.httpx_wire import generators_left
from tests.interop.published import RELEASES, Published
from tests.interop.world import World, on, over_the_socket

SLOTS, ROOM = 16, 27
"""Requests that a gateway works on at once for one socket, and those that it takes before it reads no more of
it and answers no ping."""


@pytest.mark.parametrize("count", [SLOTS + 1, ROOM + 1, 100])
async def test_more_calls_than_a_socket_carries(world: World, count: int) -> None:
    async def ask(number: int) -> str:
        return await world.flow.text_completion("s", f"ANSWER<<number {number}>> first=0.2")

    answers = await world.driver.all(*(partial(ask, number) for number in range(count)))
    assert answers == [f"number {number}" for number in range(count)]


@over_the_socket
@pytest.mark.parametrize("connections", [1, 4])
async def test_pongs_come_in_time_and_no_connection_is_lost(
    world: World, connections: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Sixty calls of a second on one connection; a pong has half a second, less than any of them takes."""
    caplog.set_level("DEBUG", "tgdrivers")
    options = {"timeout": None, "keepalive": 0.25, "max_connections": connections}
    async with world.connect(dialect=world.gateway.release, **options) as api:
        flow = world.flow_of(api)
        ask = partial(flow.text_completion, "s", "n=1 first=1")
        answers = await world.driver.all(*[ask] * (60 if connections == 1 else 100))
    assert set(answers) == {"chunk-0 "}
    events = [record.args[0] for record in caplog.records if record.args]
    kinds = [type(event).__name__ for event in events]
    assert kinds.count("Dial") == connections
    assert "Lost" not in kinds


@over_the_socket
async def test_forty_streams_at_once(world: World) -> None:
    async def read(number: int) -> list[str]:
        stream = world.flow.graph_rag(f"ANSWER<<{number:03}{number:03}>> delay=0.05", streaming=True)
        return [str(chunk) async for chunk in stream if str(chunk)]

    told = await world.driver.all(*(partial(read, number) for number in range(40)))
    assert told == [[f"{number:03}"] * 2 for number in range(40)]


async def test_kinds_of_calls_at_once(world: World, collection: str) -> None:
    flow = world.flow
    completion, rag, agent, vectors, triples = await world.driver.all(
        partial(flow.text_completion, "s", "n=1"),
        partial(flow.graph_rag, "n=1"),
        partial(flow.agent, "n=1"),
        partial(flow.embeddings, "a"),
        partial(flow.triples_query, collection=collection),
    )
    assert completion == rag == agent == "chunk-0 "
    assert (len(vectors), len(triples)) == (1, 3)


@over_the_socket
async def test_leaving_a_stream_early_blocks_nobody(world: World) -> None:
    async with world.flow.text_completion("s", "n=50 delay=0.2", streaming=True) as stream:
        assert str(await anext(stream)) == "chunk-0 "
    async with world.flow.text_completion("s", "hang=1", streaming=True):
        pass
    answers = await world.driver.all(*[partial(world.flow.text_completion, "s", "n=1")] * 40)
    assert answers == ["chunk-0 "] * 40


@generators_left
@on("rest", "httpx", "websocket", cancelling=True)
async def test_cancelling_a_task_cancels_its_call(world: World) -> None:
    task = world.driver.start(world.flow.text_completion, "s", "hang=1")
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
    task.cancel()
    with pytest.raises(TaskCancelled):
        await task
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


class Busy:
    """Two hundred short calls beside a stream of a minute, in one world."""

    def __init__(self, driver: Driver, gateway: Published) -> None:
        self.world = World(driver, gateway, "websocket")
        self.slowest = 0.0
        self.usual = 0.0

    def run(self) -> None:
        self.world.run(self._main)

    async def _main(self) -> None:
        """Make the calls four at a time, so that they hardly wait for each other, for the whole minute."""
        flow, driver = self.world.flow, self.world.driver
        for _ in range(20):
            self.usual = max(self.usual, await self._short(flow))
        stream = driver.start(flow.text_completion("s", f"n={STREAM} delay=1", streaming=True).result)
        for _ in range(50):
            times = await driver.all(*[partial(self._short, flow)] * 4)
            self.slowest = max(self.slowest, *times)
            await driver.sleep(STREAM / 50 - 0.2)
        assert len(str(await stream).split()) == STREAM

    @staticmethod
    async def _short(flow: Any) -> float:
        begun = time.monotonic()
        assert await flow.text_completion("s", "n=1") == "chunk-0 "
        return time.monotonic() - begun


STREAM = 60
"""Seconds that the stream lasts, with a piece in each."""

DELAY = 1.0
"""Seconds more than usual that no short call takes: a slot that the stream kept would cost the rest of it."""


@pytest.mark.parametrize("release", RELEASES)
def test_a_stream_of_a_minute_delays_nobody(published: Callable[[str], Published], release: str) -> None:
    """On every driver at the same time, each in a thread of its own."""
    signal.setitimer(signal.ITIMER_REAL, 1.5 * STREAM, 5)  # more patience than usual
    busy = [Busy(type(driver)(), published(release)) for driver in DRIVERS]
    with ThreadPoolExecutor(len(busy)) as pool:
        for future in [pool.submit(each.run) for each in busy]:
            future.result()
    late = [(each.world.driver.name, each.usual, each.slowest) for each in busy]
    assert not [told for told in late if told[2] > told[1] + DELAY], late
