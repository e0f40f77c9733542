"""Closing an `Api`, at every moment, from everywhere, and using it afterwards."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import World
from tests.drivers.peers.broken import Broken, silent
from tests.drivers.peers.peer import TOKEN
from tgproto.errors import CallCancelled, ConnectionLost, TransportError

DELAYS = [round(number * 0.0007, 4) for number in range(6)]
"""Seconds after which an `Api` is closed, so that each stage of a connection and a call is met."""


async def test_closing_fails_the_calls_that_wait(world: World) -> None:
    waiting = [world.driver.start(world.flow.text_completion, "s", f"hang=1 {number}") for number in range(3)]
    await world.driver.until(lambda: len(world.peer.seen) == 3)
    await world.api.aclose()
    for task in waiting:
        error = await failure(task, ConnectionLost, "closed by this side")
        assert error.sent
    await world.driver.until(lambda: world.peer.connections == 0)


async def test_closing_fails_the_calls_that_queue(world: World) -> None:
    tasks = [world.driver.start(world.flow.text_completion, "s", f"hang=1 {number}") for number in range(90)]
    capacity = 64 if world.transport == "websocket" else 16
    await world.driver.until(lambda: len(world.peer.seen) == capacity)
    await world.api.aclose()
    sent = [(await failure(task, ConnectionLost)).sent for task in tasks]
    assert sent.count(True) == capacity


async def test_closing_twice(world: World) -> None:
    await world.api.aclose()
    await world.flow.text_completion("s", "n=1")
    await world.api.aclose()
    await world.api.aclose()
    await world.driver.all(world.api.aclose, world.api.aclose)


async def test_closing_in_two_tasks_at_once(world: World) -> None:
    task = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    await world.driver.all(world.api.aclose, world.api.aclose)
    await failure(task, ConnectionLost)
    await world.driver.until(lambda: world.peer.connections == 0)


@pytest.mark.parametrize("delay", DELAYS)
async def test_closing_at_any_moment(world: World, delay: float) -> None:
    calls = [world.driver.start(world.flow.text_completion, "s", "n=1") for _ in range(3)]
    await world.driver.sleep(delay)
    await world.api.aclose()
    for call in calls:
        with suppress(TransportError):
            assert await call == "chunk-0 "
    await world.api.aclose()  # a call that had not begun has connected once more
    await world.driver.until(lambda: world.peer.connections == 0)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_closing_while_connecting(driver: Driver, scheme: str, transport: str) -> None:
    with Broken(silent) as gateway:
        async with driver.api(f"{scheme}://127.0.0.1:{gateway.port}/", transport=transport) as api:
            call = driver.start(api.flow().id("default").text_completion, "s", "n=1")
            await driver.until(gateway.connected.is_set)
            await api.aclose()
            error = await failure(call, ConnectionLost, "closed by this side")
            assert not error.sent


@pytest.mark.world(transport="websocket")
async def test_closing_while_a_stream_is_read(world: World) -> None:
    stream = world.flow.text_completion("s", "n=3 drop=2", streaming=True)
    assert [str(await anext(stream)) for _ in range(2)] == ["chunk-0 ", "chunk-1 "]
    reader = world.driver.start(partial(anext, stream))
    await world.driver.sleep(0.02)
    await world.api.aclose()
    error = await failure(reader, ConnectionLost, "after 2 frames")
    assert error.delivered == 2


@pytest.mark.world(transport="websocket")
async def test_closing_keeps_what_a_stream_has_received(world: World) -> None:
    stream = world.flow.text_completion("s", "n=3 drop=2", streaming=True)
    texts = [str(await anext(stream))]
    await world.driver.sleep(0.05)
    await world.api.aclose()

    async def read() -> None:
        async for chunk in stream:
            texts.append(str(chunk))  # noqa: PERF401

    error = await failure(read(), ConnectionLost)
    assert texts == ["chunk-0 ", "chunk-1 "][: error.delivered]


@pytest.mark.world(transport="websocket")
async def test_closing_while_a_huge_answer_waits_unread(world: World) -> None:
    stream = world.flow.text_completion("s", "n=8192 size=8192", streaming=True)
    await anext(stream)
    await world.driver.sleep(0.1)
    await world.api.aclose()
    await world.driver.until(lambda: world.peer.connections == 0)
    with pytest.raises((ConnectionLost, CallCancelled)):
        await stream.result()


async def test_use_after_closing_connects_again(world: World) -> None:
    for _ in range(3):
        assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
        await world.api.aclose()
        await world.driver.until(lambda: world.peer.connections == 0)


async def test_leaving_the_block_with_an_error_closes(world: World) -> None:
    async def trip() -> None:
        async with world.connect() as api:
            await api.flow().id("default").text_completion("s", "n=1")
            raise ZeroDivisionError

    await failure(trip(), ZeroDivisionError)
    await world.driver.until(lambda: world.peer.connections == 0)


async def test_what_was_never_used_closes(driver: Driver) -> None:
    async with driver.api("http://127.0.0.1:1/", token=TOKEN) as api:
        assert TOKEN not in repr(api)
    api = driver.api("http://127.0.0.1:1/", token=TOKEN)
    await api.aclose()
