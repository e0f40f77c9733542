"""The asyncio client against the embedded gateway, over real sockets."""

import asyncio
import gc
import ssl
import tracemalloc
from collections.abc import Awaitable, Callable

import pytest

from tgdrivers.asyncio import Api
from tgdrivers.asyncio.server import Server, serve
from tgproto.catalog import AsyncFlow
from tgproto.errors import (
    AuthenticationError,
    CallCancelled,
    ConnectionFailed,
    ConnectionLost,
    GatewayError,
    GraphRagError,
    LocalProtocolError,
    RequestTimeout,
)
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.gateway import Gateway

KEY = "tg_key"
Scenario = Callable[[AsyncFlow, Api, Server], Awaitable[None]]


def run(scenario: Scenario, token: str = KEY) -> None:
    """Run a scenario on a fresh loop, and see that it leaves nothing behind."""

    async def main() -> None:
        tasks = asyncio.all_tasks()
        async with serve(Gateway(demo_graphs(), keys={KEY: "default"})) as server:
            async with Api(server.url, token=token, timeout=10) as api:
                await scenario(api.socket().flow("default"), api, server)
            assert asyncio.all_tasks() == tasks
        gc.collect()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_calls_and_streams() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        assert await flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "
        assert [str(c) async for c in flow.text_completion("s", "n=2", streaming=True)][:2] == [
            "chunk-0 ",
            "chunk-1 ",
        ]
        assert "Ines Marlow" in await flow.graph_rag("Who built Kestrel Bridge?")
        assert len(await flow.triples_query(limit=5)) == 5
        assert server.connections == 1

    run(scenario)


def test_a_thousand_calls_at_once() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        answers = await asyncio.gather(*(flow.text_completion("s", f"n={i % 3 + 1}") for i in range(1000)))
        assert [answer.count("chunk") for answer in answers] == [i % 3 + 1 for i in range(1000)]
        assert server.connections <= 4

    run(scenario)


def test_leaving_streams_early_leaves_the_client_usable() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        for _ in range(20):
            async with flow.text_completion("s", "n=50 delay=0.1", streaming=True) as stream:
                assert str(await anext(stream)) == "chunk-0 "
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(scenario)


def test_a_stream_that_is_dropped_is_cancelled() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "n=50 delay=0.1", streaming=True)
        await anext(stream)
        del stream
        gc.collect()
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(scenario)


def test_cancelling_a_task_in_mid_call() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        task = asyncio.create_task(flow.text_completion("s", "hang=1"))
        await flow.text_completion("s", "n=1")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(scenario)


def test_errors_keep_what_came() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        stream = flow.graph_rag("n=4 fail=2", streaming=True)
        assert [str(await anext(stream)), str(await anext(stream))] == ["chunk-0 ", "chunk-1 "]
        with pytest.raises(GraphRagError):
            await anext(stream)
        with pytest.raises(GraphRagError) as caught:
            await flow.graph_rag("n=4 fail=2", streaming=True).result()
        assert caught.value.partial == "chunk-0 chunk-1 "
        with pytest.raises(GatewayError, match="Invalid flow"):
            await api.socket().flow("nope").graph_rag("x")

    run(scenario)


def test_silence_and_duration_have_limits() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        with pytest.raises(RequestTimeout) as caught:
            await flow.with_options(timeout=0.05).text_completion("s", "hang=1")
        assert isinstance(caught.value, TimeoutError)
        with pytest.raises(RequestTimeout, match="total_timeout"):
            await flow.with_options(total_timeout=0.1).text_completion("s", "n=50 delay=0.02")

    run(scenario)


class Clock:
    """Time that moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: dict[asyncio.TimerHandle, tuple[float, Callable[[], None]]] = {}

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        handle = asyncio.TimerHandle(when, callback, (), loop)
        self.calls[handle] = (when, callback)
        return handle

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for handle, (when, callback) in list(self.calls.items()):
            if when <= self.now:
                del self.calls[handle]
                if not handle.cancelled():
                    callback()


def test_time_is_the_clock_that_was_given() -> None:
    async def main() -> None:
        clock = Clock()
        async with (
            serve(Gateway(demo_graphs(), keys={KEY: "default"})) as server,
            Api(server.url, token=KEY, timeout=3600, clock=clock) as api,
        ):
            flow = api.socket().flow("default")
            task = asyncio.create_task(flow.text_completion("s", "hang=1"))
            await flow.text_completion("s", "n=1")
            for _ in range(200):  # keepalive pings are answered in between
                clock.advance(20)
                await flow.text_completion("s", "n=1")
            with pytest.raises(RequestTimeout, match="3600"):
                await task

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_stream_that_nobody_reads_does_not_grow_memory() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        await flow.text_completion("s", "n=1")
        tracemalloc.start()
        try:
            async with flow.text_completion("s", "n=8192 size=8192", streaming=True) as stream:
                await anext(stream)
                before, grown = -1, 0
                while grown != before:  # until nothing flows any more
                    await asyncio.sleep(0.2)
                    before, grown = grown, tracemalloc.get_traced_memory()[0]
                assert 2**20 < grown < 8 * 2**20
        finally:
            tracemalloc.stop()

    run(scenario)


def test_one_client_per_loop() -> None:
    api = Api("http://127.0.0.1:1", token=KEY)

    async def call() -> None:
        async with serve(Gateway(demo_graphs(), keys={KEY: "default"})) as server:
            local = Api(server.url, token=KEY)
            for flow in (local.socket().flow("default"), local.socket().flow("default")):
                assert await flow.text_completion("s", "n=1") == "chunk-0 "
            await local.aclose()
            await local.aclose()
            await api.aclose()

    asyncio.run(call())
    asyncio.run(call())


def test_the_server_goes_away_and_comes_back() -> None:
    async def main() -> None:
        gateway = Gateway(demo_graphs(), keys={KEY: "default"})
        async with serve(gateway) as server:
            port = int(server.url.rstrip("/").rsplit(":", 1)[1])
            api = Api(server.url, token=KEY, timeout=10)
            flow = api.socket().flow("default")
            assert await flow.text_completion("s", "n=1") == "chunk-0 "
            lost = asyncio.create_task(flow.text_completion("s", "hang=1"))
            await flow.text_completion("s", "n=1")
        with pytest.raises(ConnectionLost) as caught:
            await lost
        assert caught.value.sent
        waiting = asyncio.create_task(flow.text_completion("s", "n=1"))
        async with serve(gateway, port=port):
            assert await waiting == "chunk-0 "
            await api.aclose()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_refused_connection_says_what_to_try() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        async with Api("http://127.0.0.1:1/", token="tg_very_secret") as other:
            with pytest.raises(ConnectionFailed, match="8888") as caught:
                await other.socket().flow("default").graph_rag("x")
        assert isinstance(caught.value, ConnectionError)
        assert "tg_very_secret" not in str(caught.value)

    run(scenario)


def test_a_wrong_token_is_one_typed_error_for_every_call() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        results = await asyncio.gather(*(flow.graph_rag("x") for _ in range(40)), return_exceptions=True)
        assert {type(result) for result in results} == {AuthenticationError}

    run(scenario, token="tg_wrong")


def test_http_instead_of_websocket() -> None:
    async def main() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\ncontent-type: text/html\r\n\r\n<html>")
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Api(f"http://127.0.0.1:{port}/") as api:
            with pytest.raises(ConnectionFailed, match="200"):
                await api.socket().flow("default").graph_rag("x")

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_closed_api_makes_a_new_client_and_bad_arguments_are_refused_before_anything_is_sent() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        await flow.text_completion("s", "n=1")
        pending = asyncio.create_task(flow.text_completion("s", "hang=1"))
        await flow.text_completion("s", "n=1")
        await api.aclose()
        with pytest.raises(ConnectionLost):
            await pending
        assert await flow.text_completion("s", "n=1") == "chunk-0 "
        with pytest.raises(TypeError):
            await flow.text_completion("s", 5)  # type: ignore[arg-type]

    run(scenario)


@pytest.mark.parametrize("url", ["ftp://x/", "localhost:8088", "http://user@h/"])
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        Api(url)


def test_an_untrusted_certificate_is_one_typed_error() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        secure = server.url.replace("ws://", "wss://")
        async with Api(secure, token=KEY, tls=ssl.create_default_context()) as other:
            with pytest.raises(ConnectionFailed):
                await other.socket().flow("default").graph_rag("x")

    run(scenario)


def test_a_stream_can_be_awaited_asked_twice_and_closed() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "n=1", streaming=True)
        assert await stream is stream
        assert await stream.result() == "chunk-0 "
        assert await stream.result() == "chunk-0 "
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    run(scenario)


def test_a_stream_is_for_one_task_at_a_time() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "n=2 first=0.05", streaming=True)

        async def read() -> list[str]:
            return [str(chunk) async for chunk in stream]

        first, second = await asyncio.gather(read(), read(), return_exceptions=True)
        assert first == ["chunk-0 ", "chunk-1 ", ""]
        assert isinstance(second, LocalProtocolError)

    run(scenario)


def test_closing_a_stream_ends_the_wait_of_its_reader() -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        stream = flow.text_completion("s", "hang=1", streaming=True)
        reader = asyncio.ensure_future(stream.result())
        await flow.text_completion("s", "n=1")
        await stream.aclose()
        with pytest.raises(CallCancelled):
            await reader

    run(scenario)


@pytest.mark.parametrize("passes", range(1, 7))
def test_closing_while_a_connection_is_being_made_ends(passes: int) -> None:
    async def scenario(flow: AsyncFlow, api: Api, server: Server) -> None:
        call = asyncio.create_task(flow.text_completion("s", "n=1"))
        for _ in range(passes):
            await asyncio.sleep(0)
        await asyncio.wait_for(api.aclose(), 5)
        with pytest.raises(ConnectionError):
            await call

    run(scenario)


def test_closed_loops_are_forgotten() -> None:
    async def ask(api: Api) -> None:
        with pytest.raises(ConnectionFailed):
            await api.socket().flow("default").graph_rag("x")
        await api.aclose()

    api = Api("http://127.0.0.1:1/")
    for _ in range(3):
        asyncio.run(ask(api))
