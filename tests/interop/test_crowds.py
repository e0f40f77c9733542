"""Many calls at once, and calls that are given up."""

from __future__ import annotations

from functools import partial

import pytest

from tests.drivers.contract.drivers import TaskCancelled
from tests.interop.world import World, on, over_the_socket


async def test_forty_calls_at_once(world: World) -> None:
    """More than one socket carries, or the gateway answers over one."""

    async def ask(number: int) -> str:
        return await world.flow.text_completion("s", f"ANSWER<<number {number}>> first=0.2")

    answers = await world.driver.all(*(partial(ask, number) for number in range(40)))
    assert answers == [f"number {number}" for number in range(40)]


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
        partial(flow.embeddings, ["a", "b"]),
        partial(flow.triples_query, collection=collection),
    )
    assert completion == rag == agent == "chunk-0 "
    assert (len(vectors), len(triples)) == (2, 3)


@over_the_socket
async def test_leaving_a_stream_early_blocks_nobody(world: World) -> None:
    async with world.flow.text_completion("s", "n=50 delay=0.2", streaming=True) as stream:
        assert str(await anext(stream)) == "chunk-0 "
    async with world.flow.text_completion("s", "hang=1", streaming=True):
        pass
    answers = await world.driver.all(*[partial(world.flow.text_completion, "s", "n=1")] * 40)
    assert answers == ["chunk-0 "] * 40


@on("rest", "httpx", "websocket", cancelling=True)
async def test_cancelling_a_task_cancels_its_call(world: World) -> None:
    task = world.driver.start(world.flow.text_completion, "s", "hang=1")
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
    task.cancel()
    with pytest.raises(TaskCancelled):
        await task
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
