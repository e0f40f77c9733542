"""Streams that are read slowly, or not at all."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.world import World
from tgproto.errors import StreamStalled

MIB = 2**20
HUGE = "n=8192 size=8192"
"""64 MiB; the kernel's buffers hold up to ten of them."""
LARGE = "n=3072 size=8192"

over_the_socket = pytest.mark.world(transport="websocket")


async def standstill(world: World, least: int = 0) -> int:
    """Wait until the gateway has not sent anything for a while; return how many messages it has sent."""
    await world.driver.until(lambda: world.peer.sent > least)
    before = -1
    while before != world.peer.sent:
        before = world.peer.sent
        await world.driver.sleep(0.15)
    return before


@pytest.mark.world(transport="websocket", peer="independent")
async def test_a_stream_that_is_not_read_holds_the_gateway_up(world: World) -> None:
    async with world.flow.text_completion("s", LARGE, streaming=True) as stream:
        await anext(stream)
        assert await standstill(world) < 2400
        assert sum([len(str(chunk)) async for chunk in stream]) == 3071 * 8192
    await world.driver.until(lambda: world.peer.sent == 3073)


@over_the_socket
async def test_a_stream_that_is_not_read_does_not_grow_memory(world: World) -> None:
    await world.flow.text_completion("s", "n=1")
    tracemalloc.start()
    try:
        async with world.flow.text_completion("s", HUGE, streaming=True) as stream:
            await anext(stream)
            before, grown = -1, 0
            while grown != before:
                await world.driver.sleep(0.15)
                before, grown = grown, tracemalloc.get_traced_memory()[0] // 2**16
            assert grown * 2**16 < 8 * MIB
            assert tracemalloc.get_traced_memory()[1] < 10 * MIB
    finally:
        tracemalloc.stop()
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@pytest.mark.world(transport="websocket", clock=True)
async def test_a_stream_that_is_not_read_hinders_no_later_call(world: World) -> None:
    async with world.flow.text_completion("s", HUGE, streaming=True) as unread:
        await anext(unread)
        await world.driver.sleep(0.3)
        async with world.flow.text_completion("s", "n=200 size=8192", streaming=True) as stream:
            assert len([chunk async for chunk in stream]) == 201
        assert str(await anext(unread)).startswith("chunk-1 ")


@pytest.mark.world(
    transport="websocket", peer="independent", clock=True, options={"stall_timeout": 30, "timeout": None}
)
async def test_of_two_streams_on_a_connection_the_one_that_is_not_read_gives_way(world: World) -> None:
    unread = world.flow.text_completion("s", LARGE, streaming=True)
    assert str(await anext(unread)).startswith("chunk-0 ")
    other = world.driver.start(world.flow.text_completion, "s", "n=3 wait=3")
    await world.reads("n=3 wait=3")
    await standstill(world, 2 * MIB // 8192)
    world.peer.go.set()  # the answer is behind what is not read
    world.pass_time(29)
    await world.driver.sleep(0.05)
    assert world.peer.sent < 3000
    world.pass_time(1)
    assert await other == "chunk-0 chunk-1 chunk-2 "
    with pytest.raises(StreamStalled, match="stall_timeout"):
        async for _ in unread:
            pass


@contextmanager
def gateway_process() -> Iterator[str]:
    """Run the embedded gateway in a process of its own."""
    command = [sys.executable, "-m", "tests.drivers.peers.embedded"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


@pytest.mark.parametrize(
    ("pieces", "slowness"), [("3072", "1"), pytest.param("8192", "10", marks=pytest.mark.slow)]
)
def test_a_reader_needs_little_memory(driver: Driver, pieces: str, slowness: str) -> None:
    with gateway_process() as url:
        command = [sys.executable, "-m", "tests.drivers.contract.probe_memory", driver.name, url]
        command += [pieces, slowness]
        probe = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert probe.returncode == 0, probe.stderr
    assert float(probe.stdout) < 8.0
