"""Many calls on few connections, streams, and leaving them."""

from __future__ import annotations

import gc
from contextlib import suppress
from functools import partial

import pytest

from tests.drivers.contract.drivers import TaskCancelled
from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import World
from tgproto.errors import (
    CallCancelled,
    GraphRagError,
    LocalProtocolError,
    SilentFailure,
    StreamingUnavailable,
)

over_the_socket = pytest.mark.world(transport="websocket")
over_rest = pytest.mark.world(transport="rest")


async def test_a_call(world: World) -> None:
    assert await world.flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "


@over_the_socket
async def test_a_stream(world: World) -> None:
    stream = world.flow.text_completion("s", "n=2", streaming=True)
    assert [str(chunk) async for chunk in stream] == ["chunk-0 ", "chunk-1 ", ""]
    assert await stream.result() == "chunk-0 chunk-1 "
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


@over_the_socket
async def test_calls_share_one_connection_and_do_not_wait_for_one_another(world: World) -> None:
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
    slow = [world.driver.start(world.flow.text_completion, "s", f"hang=1 {number}") for number in range(5)]
    await world.driver.until(lambda: len(world.peer.seen) == 6)
    assert await world.flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "
    assert world.peer.connections == 1
    await world.api.aclose()
    for task in slow:
        with pytest.raises(ConnectionError):
            await task


async def test_answers_come_in_any_order(world: World) -> None:
    order: list[str] = []

    async def ask(prompt: str) -> None:
        await world.flow.text_completion("s", prompt)
        order.append(prompt)

    await world.driver.all(*(partial(ask, f"n=1 first={delay}") for delay in (0.2, 0.1, 0)))
    assert order == ["n=1 first=0", "n=1 first=0.1", "n=1 first=0.2"]


async def test_a_crowd_of_calls_at_once(world: World) -> None:
    async def ask(number: int) -> None:
        pieces = number % 3 + 1
        answer = await world.flow.text_completion("s", f"n={pieces} {number}")
        assert answer == "".join(f"chunk-{piece} " for piece in range(pieces))

    count = world.driver.crowd if world.transport == "websocket" else world.driver.crowd // 4
    await world.driver.many(ask, count)
    assert len(set(world.peer.seen)) == count
    assert world.peer.connections <= (4 if world.transport == "websocket" else 16)


@over_the_socket
async def test_a_crowd_of_streams_at_once(world: World) -> None:
    async def read(number: int) -> None:
        texts = [str(chunk) async for chunk in world.flow.text_completion("s", "n=20", streaming=True)]
        assert texts == [*(f"chunk-{piece} " for piece in range(20)), ""]

    await world.driver.many(read, 100)


@pytest.mark.world(cancels=True)
async def test_cancelling_a_task_in_the_middle_of_its_call(world: World) -> None:
    task = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    task.cancel()
    with pytest.raises(TaskCancelled):
        await task
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@pytest.mark.world(cancels=True)
async def test_cancelling_tasks_at_any_moment(world: World) -> None:
    for number in range(30):
        tasks = [world.driver.start(world.flow.text_completion, "s", "n=1") for _ in range(4)]
        await world.driver.sleep(number * 0.0002)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(TaskCancelled):
                assert await task == "chunk-0 "
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@over_the_socket
async def test_leaving_streams_early(world: World) -> None:
    for _ in range(20):
        async with world.flow.text_completion("s", "n=50 delay=0.01", streaming=True) as stream:
            assert str(await anext(stream)) == "chunk-0 "
    async for chunk in world.flow.text_completion("s", "n=50 delay=0.01", streaming=True):
        assert str(chunk) == "chunk-0 "
        break
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@over_the_socket
async def test_dropping_a_stream_is_leaving_it(world: World) -> None:
    for _ in range(20):
        stream = world.flow.text_completion("s", "n=50 delay=0.01", streaming=True)
        await anext(stream)
        del stream
        gc.collect()
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@over_the_socket
async def test_a_stream_that_was_never_begun_is_no_trouble(world: World) -> None:
    world.flow.text_completion("s", "n=1", streaming=True)
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@over_the_socket
async def test_a_stream_is_for_one_reader_at_a_time(world: World) -> None:
    stream = await world.flow.text_completion("s", "n=2 first=0.1", streaming=True)
    first = world.driver.start(stream.result)
    await world.reads("n=2 first=0.1")
    await world.driver.sleep(0.02)
    with pytest.raises(LocalProtocolError, match="reading this stream"):
        await anext(stream)
    assert await first == "chunk-0 chunk-1 "


@over_the_socket
async def test_closing_a_stream_ends_the_wait_of_its_reader(world: World) -> None:
    stream = await world.flow.text_completion("s", "hang=1", streaming=True)
    reader = world.driver.start(stream.result)
    await world.reads("hang=1")
    await world.driver.sleep(0.02)
    await stream.aclose()
    await failure(reader, CallCancelled)
    await stream.aclose()
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@over_the_socket
async def test_a_stream_that_fails_gives_what_came_before(world: World) -> None:
    stream = world.flow.graph_rag("n=4 fail=2", streaming=True)
    texts = [str(await anext(stream)) for _ in range(2)]
    assert texts == ["chunk-0 ", "chunk-1 "]
    await failure(anext(stream), GraphRagError, "scripted failure")
    error = await failure(world.flow.graph_rag("n=4 fail=2", streaming=True).result(), GraphRagError)
    assert error.partial == "chunk-0 chunk-1 "


async def test_errors_of_services(world: World) -> None:
    await failure(world.flow.graph_rag("fail=0"), GraphRagError, "scripted failure")
    await failure(world.flow.text_completion("s", "fail=0"), SilentFailure, "log has it")
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@over_rest
async def test_no_streams_over_rest(world: World) -> None:
    for begin in (partial(world.flow.graph_rag, "x", streaming=True), partial(world.flow.agent_explain, "x")):
        with pytest.raises(StreamingUnavailable, match=r"api\.socket\(\)") as caught:
            await begin()
        assert isinstance(caught.value, NotImplementedError)
    assert world.peer.seen == []


async def test_wrong_arguments_are_refused_before_anything_is_sent(world: World) -> None:
    with pytest.raises(TypeError):
        await world.flow.text_completion("s", 5)
    assert world.peer.connections == 0
