"""Every limit in time, on a clock that is moved by hand: no test waits for one."""

from __future__ import annotations

from functools import partial

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import World
from tests.drivers.peers.broken import Broken, silent
from tests.drivers.peers.peer import TOKEN
from tests.drivers.peers.websocket import SocketGateway
from tgdrivers.testing import ManualClock
from tgproto.errors import ConnectionFailed, ConnectionLost, ConnectTimeout, RequestTimeout


@pytest.mark.world(clock=True, options={"timeout": 3600, "keepalive": None})
async def test_silence(world: World) -> None:
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    world.pass_time(3599)
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
    world.pass_time(1)
    error = await failure(call, RequestTimeout, "no answer came within 3600 s. Raise timeout")
    assert isinstance(error, TimeoutError)
    assert (error.option, error.seconds) == ("timeout", 3600)
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@pytest.mark.world(clock=True, options={"timeout": None, "total_timeout": 3600, "keepalive": None})
async def test_duration(world: World) -> None:
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    world.pass_time(3600)
    error = await failure(call, RequestTimeout, "not over after 3600 s. Raise total_timeout")
    assert error.option == "total_timeout"


@pytest.mark.world(transport="websocket", clock=True, options={"total_timeout": 100, "keepalive": None})
async def test_limits_of_a_stream(world: World) -> None:
    for option, seconds in (("timeout", 10), ("total_timeout", 100)):
        flow = world.flow.with_options(timeout=None) if option == "total_timeout" else world.flow
        stream = flow.text_completion("s", "n=5 drop=2", streaming=True)
        assert [str(await anext(stream)) for _ in range(2)] == ["chunk-0 ", "chunk-1 "]
        rest = world.driver.start(partial(anext, stream))
        await world.driver.sleep(0.02)
        world.pass_time(seconds)
        error = await failure(rest, RequestTimeout)
        assert error.option == option


@pytest.mark.world(
    transport="websocket", peer="independent", clock=True, options={"timeout": 60, "keepalive": None}
)
async def test_each_chunk_begins_the_silence_anew(world: World) -> None:
    stream = world.flow.text_completion("s", "n=1 wait=1", streaming=True)
    assert str(await anext(stream)) == "chunk-0 "
    world.pass_time(40)
    rest = world.driver.start(stream.result)
    await world.driver.sleep(0.02)
    world.peer.go.set()
    assert await rest == "chunk-0 "


@pytest.mark.world(transport="websocket", clock=True, options={"timeout": None})
async def test_keepalive_finds_living_gateways_alive(world: World) -> None:
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    for _ in range(10):
        world.pass_time(19)
        assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
    await world.api.aclose()
    await failure(call, ConnectionLost, "closed by this side")


@pytest.mark.parametrize("scheme", ["https", "wss"])
@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_connecting(driver: Driver, scheme: str, transport: str) -> None:
    clock = ManualClock()
    with Broken(silent) as gateway:
        url = f"{scheme}://127.0.0.1:{gateway.port}/"
        async with driver.api(url, connect_timeout=30, timeout=None, transport=transport, clock=clock) as api:
            call = driver.start(api.flow().id("default").graph_rag, "x")
            await driver.until(gateway.connected.is_set)
            await driver.sleep(0.02)
            clock.advance(30)
            error = await failure(call, ConnectTimeout, "within 30 s.*connect_timeout")
    assert isinstance(error, TimeoutError)


async def test_an_upgrade_that_is_not_answered(driver: Driver) -> None:
    clock = ManualClock()
    with Broken(silent) as gateway:
        async with driver.api(f"ws://127.0.0.1:{gateway.port}/", timeout=None, clock=clock) as api:
            call = driver.start(api.socket().flow("default").graph_rag, "x")
            await driver.until(gateway.connected.is_set)
            await driver.sleep(0.02)
            clock.advance(60)
            await failure(call, ConnectionFailed, "upgrade|handshake|answer")


async def test_a_token_that_is_not_answered(driver: Driver) -> None:
    clock = ManualClock()
    with SocketGateway(mute=True) as gateway:
        async with driver.api(gateway.url, None, TOKEN, auth_timeout=30, keepalive=None, clock=clock) as api:
            call = driver.start(api.socket().flow("default").graph_rag, "x")
            await driver.until(lambda: gateway.tokens)
            await driver.sleep(0.02)
            clock.advance(29)
            await driver.sleep(0.02)
            clock.advance(1)
            error = await failure(call, ConnectionLost, r"within 30 s \(auth_timeout\)")
    assert not error.sent


@pytest.mark.world(peer="embedded")
async def test_the_runtimes_own_clock(world: World) -> None:
    flow = world.flow.with_options(timeout=0.05)
    await failure(flow.text_completion("s", "hang=1"), RequestTimeout, "0.05 s")
    flow = world.flow.with_options(total_timeout=0.05)
    await failure(flow.text_completion("s", "n=50 delay=0.02"), RequestTimeout, "Raise total_timeout")
