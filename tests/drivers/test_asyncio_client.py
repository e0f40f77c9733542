"""What is particular to the asyncio client; the rest is in the contract of all drivers."""

import asyncio
import gc
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from tgdrivers.asyncio import Api
from tgdrivers.asyncio.server import Server, serve
from tgproto.catalog import AsyncFlowInstance
from tgproto.errors import ConnectionFailed, LocalProtocolError, TransportError
from tgproto.gateway import Gateway, demo_graphs

KEY = "tg_key"
Scenario = Callable[[AsyncFlowInstance, Api, Server], Awaitable[None]]


def run(scenario: Scenario) -> None:
    """Run a scenario on a fresh loop, and see that it leaves nothing behind."""

    async def main() -> None:
        tasks = asyncio.all_tasks()
        async with serve(Gateway(demo_graphs(), keys={KEY: "default"})) as server:
            async with Api(server.url, token=KEY, timeout=10) as api:
                await scenario(api.socket().flow("default"), api, server)
            assert asyncio.all_tasks() == tasks
        gc.collect()

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.parametrize("passes", range(1, 9))
def test_closing_after_so_many_passes_of_the_loop(passes: int) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        call = asyncio.create_task(flow.text_completion("s", "n=1"))
        for _ in range(passes):
            await asyncio.sleep(0)
        await asyncio.wait_for(api.aclose(), 5)
        with pytest.raises(TransportError):
            await call

    run(scenario)


def test_what_is_submitted_in_one_pass_needs_one_connection_and_few_passes() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        await flow.text_completion("s", "n=1")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(flow.text_completion("s", "n=1")) for _ in range(16)]
        assert {task.result() for task in tasks} == {"chunk-0 "}
        assert server.connections == 1

    run(scenario)


def test_timeouts_of_asyncio_cancel_calls() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await flow.text_completion("s", "hang=1")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flow.text_completion("s", "hang=1", streaming=True).result(), 0.05)
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(scenario)


def test_a_wait_for_a_chunk_that_is_cancelled_loses_nothing() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "n=3 delay=0.05", streaming=True)
        chunks: list[str] = []
        while not chunks or chunks[-1]:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    chunks.append(str(await anext(stream)))
        assert chunks == ["chunk-0 ", "chunk-1 ", "chunk-2 ", ""]

    run(scenario)


def test_a_stream_can_be_awaited_and_asked_twice() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "n=1", streaming=True)
        assert await stream is stream
        assert await stream.result() == "chunk-0 "
        assert await stream.result() == "chunk-0 "

    run(scenario)


def test_a_stream_belongs_to_its_loop() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "n=3 drop=1", streaming=True)
        await anext(stream)

        async def elsewhere() -> None:
            with pytest.raises(LocalProtocolError, match="another event loop"):
                await anext(stream)

        await asyncio.to_thread(asyncio.run, elsewhere())

    run(scenario)


def test_streams_are_dropped_in_other_threads() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        streams = [flow.text_completion("s", "n=3 drop=1", streaming=True) for _ in range(10)]
        for stream in streams:
            await anext(stream)
        del stream
        thread = threading.Thread(target=streams.clear)
        thread.start()
        thread.join()
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(scenario)


def test_closed_loops_are_forgotten() -> None:
    async def ask(api: Api) -> None:
        with pytest.raises(ConnectionFailed):
            await api.socket().flow("default").graph_rag("x")
        await api.aclose()

    api = Api("http://127.0.0.1:1/")
    for _ in range(3):
        asyncio.run(ask(api))


def test_being_cancelled_while_closing() -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api, server: Server) -> None:
        await flow.text_completion("s", "n=1")
        closing = asyncio.create_task(api.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with suppress(asyncio.CancelledError):
            await closing
        await api.aclose()

    run(scenario)


def test_closing_ends_a_token_function_that_is_under_way() -> None:
    async def main() -> None:
        tasks = asyncio.all_tasks()
        ended: list[bool] = []

        async def token() -> str:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(True)
            return KEY

        async with Api("http://localhost:1/", token=token) as api:
            call = asyncio.create_task(api.flow().id("default").text_completion("s", "n=1"))
            for _ in range(5):
                await asyncio.sleep(0)
        assert ended == [True]
        with pytest.raises(TransportError):
            await call
        assert asyncio.all_tasks() == tasks

    asyncio.run(asyncio.wait_for(main(), 30))
