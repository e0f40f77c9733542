"""What is particular to the trio client: its block, cancellation, clocks, interrupts, several runs."""

import asyncio
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from math import inf
from types import FrameType
from typing import Any

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints

from tgdrivers.clock import Timer
from tgdrivers.testing import ManualClock, RunningGateway, gateway
from tgdrivers.trio import Api
from tgproto.catalog import AsyncFlowInstance
from tgproto.errors import CallCancelled, ConnectionFailed, ConnectionLost, LocalProtocolError, RequestTimeout
from tgproto.gateway import Gateway, demo_graphs

Scenario = Callable[[AsyncFlowInstance, Api], Awaitable[None]]


@pytest.fixture
def running() -> Iterator[RunningGateway]:
    with gateway() as running:
        yield running
        gc.collect()  # what was not closed warns


@pytest.fixture
def api(running: RunningGateway) -> Api:
    return Api(running.url, token=running.token, timeout=10)


def run(api: Api, scenario: Scenario, *, clock: trio.abc.Clock | None = None) -> None:
    """Run a scenario in a block, and see that its tasks end with it."""

    async def main() -> None:
        tasks = trio.lowlevel.current_statistics().tasks_living
        async with api:
            await scenario(api.socket().flow("default"), api)
        assert trio.lowlevel.current_statistics().tasks_living == tasks

    trio.run(main, clock=clock)


async def gone(running: RunningGateway) -> None:
    with trio.fail_after(5):
        while running.connections:
            await trio.sleep(0.01)


# --- the block ----------------------------------------------------------------------------------


def test_an_api_serves_one_run_after_the_other_and_can_be_entered_again(api: Api) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    async def twice() -> None:
        for _ in range(2):
            async with api:
                await scenario(api.socket().flow("default"), api)

    run(api, scenario)
    run(api, scenario)
    trio.run(twice)


def test_an_api_serves_runs_in_several_threads(api: Api) -> None:
    answers: list[str] = []

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        answers.extend([await flow.text_completion("s", "n=1") for _ in range(20)])

    threads = [threading.Thread(target=run, args=(api, scenario)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["chunk-0 "] * 60


def test_calls_outside_of_the_block_say_so(api: Api) -> None:
    flow = api.socket().flow("default")

    async def outside() -> None:
        with pytest.raises(LocalProtocolError, match="async with"):
            await flow.text_completion("s", "n=1")
        async with api:
            await flow.text_completion("s", "n=1")
        with pytest.raises(LocalProtocolError, match="async with"):
            await flow.text_completion("s", "n=1")
        await api.aclose()

    trio.run(outside)


def test_use_without_trio_says_so(api: Api) -> None:
    for use in (partial(api.socket().flow().text_completion, "s", "n=1"), api.aclose, api.__aenter__):
        with pytest.raises(LocalProtocolError, match=r"trio\.run"):
            asyncio.run(use())


def test_an_api_is_not_entered_twice_at_once(api: Api) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        with pytest.raises(LocalProtocolError, match="entered already"):
            await api.__aenter__()
        await flow.text_completion("s", "n=1")

    run(api, scenario)


def test_what_the_block_raises_is_not_touched(api: Api) -> None:
    error = RuntimeError("mine")

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        await flow.text_completion("s", "n=1")
        raise error

    with pytest.raises(RuntimeError) as caught:
        run(api, scenario)
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (None, None)


def test_closing_inside_of_the_block(api: Api, running: RunningGateway) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails, flow)
            await flow.text_completion("s", "n=1")
            await api.aclose()
        await gone(running)
        assert await flow.text_completion("s", "n=1") == "chunk-0 "
        with assert_checkpoints():
            await api.aclose()
        with assert_checkpoints():
            await api.aclose()

    async def fails(flow: AsyncFlowInstance) -> None:
        with pytest.raises(ConnectionLost):
            await flow.text_completion("s", "hang=1")

    run(api, scenario)


# --- cancellation -------------------------------------------------------------------------------


def test_a_wait_that_is_cancelled_loses_nothing(api: Api) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        stream = flow.text_completion("s", "n=4 delay=0.02", streaming=True)
        chunks: list[str] = []
        cancelled = 0
        while len(chunks) < 4:
            with trio.move_on_after(0.003) as scope:
                chunks.append(str(await anext(stream)))
            cancelled += scope.cancelled_caught
        assert chunks == [f"chunk-{number} " for number in range(4)]
        assert cancelled > 3

    run(api, scenario)


def test_receiving_is_a_checkpoint_even_if_there_is_something(api: Api, running: RunningGateway) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        stream = await flow.text_completion("s", "n=2", streaming=True)
        await flow.text_completion("s", "n=1")  # the answer to the first has come meanwhile
        with trio.CancelScope() as scope:
            scope.cancel()
            await anext(stream)
        assert scope.cancelled_caught
        with assert_checkpoints():
            assert str(await anext(stream)) == "chunk-0 "
        assert [str(chunk) async for chunk in stream] == ["chunk-1 ", ""]

    run(api, scenario)


def test_a_call_that_is_cancelled_is_abandoned(api: Api) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        for _ in range(40):
            with trio.move_on_after(0.002) as scope:
                await flow.text_completion("s", "hang=1")
            assert scope.cancelled_caught
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(api, scenario)


def test_closing_a_stream_ends_the_wait_of_its_reader(api: Api) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        stream = await flow.text_completion("s", "hang=1", streaming=True)

        async def read() -> None:
            with pytest.raises(CallCancelled):
                await anext(stream)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await flow.text_completion("s", "n=1")
            await stream.aclose()

    run(api, scenario)


def test_a_cancelled_block_closes_properly_and_cleans_up_with_calls(
    api: Api, running: RunningGateway, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[str] = []

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        assert await flow.text_completion("s", "n=1") == "chunk-0 "
        try:
            await flow.text_completion("s", "hang=1")
        finally:
            with trio.CancelScope(shield=True):
                answers.append(await flow.text_completion("s", "n=1"))

    async def main() -> None:
        with trio.move_on_after(0.2) as scope:
            async with api:
                await scenario(api.socket().flow("default"), api)
        assert scope.cancelled_caught
        await gone(running)

    with caplog.at_level(logging.INFO, "tgdrivers"):
        trio.run(main)
    assert answers == ["chunk-0 "]
    assert not caplog.records  # no connection was lost


def test_closing_that_is_cancelled_closes_at_once(api: Api, running: RunningGateway) -> None:
    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        await flow.text_completion("s", "n=1")
        with trio.CancelScope() as scope:
            scope.cancel()
            await api.aclose()
        assert scope.cancelled_caught
        await gone(running)
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    run(api, scenario)


# --- time ---------------------------------------------------------------------------------------


def test_time_is_that_of_trio(running: RunningGateway) -> None:
    clock = MockClock()
    api = Api(running.url, token=running.token, timeout=3600, keepalive=None)

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        async def fails() -> None:
            with pytest.raises(RequestTimeout, match="3600"):
                await flow.text_completion("s", "hang=1")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)
            await flow.text_completion("s", "n=1")
            clock.jump(3599)
            await flow.text_completion("s", "n=1")
            assert len(nursery.child_tasks) == 1
            clock.jump(1)

    run(api, scenario, clock=clock)


def test_time_is_the_clock_that_was_given_whatever_thread_moves_it(running: RunningGateway) -> None:
    clock = ManualClock()
    api = Api(running.url, token=running.token, timeout=3600, keepalive=None, clock=clock)

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        async def fails() -> None:
            with pytest.raises(RequestTimeout, match="3600"):
                await flow.text_completion("s", "hang=1")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails)
            await flow.text_completion("s", "n=1")
            await trio.to_thread.run_sync(clock.advance, 3600)

    run(api, scenario)


def test_a_clock_may_call_back_when_all_is_over(running: RunningGateway) -> None:
    class Late(ManualClock):
        def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
            callbacks.append(callback)
            return super().call_at(when, callback)

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        await flow.text_completion("s", "n=1")
        callbacks[-1]()  # too early
        await flow.text_completion("s", "n=1")

    callbacks: list[Callable[[], object]] = []
    run(Api(running.url, token=running.token, clock=Late()), scenario)
    for callback in callbacks:
        callback()


class Stuck(Gateway):
    """Stops altogether when it is asked, until it may go on."""

    def __init__(self) -> None:
        super().__init__(demo_graphs(), keys={"tg_key": "default"})
        self.may_go_on = threading.Event()

    def flow_service(self, *args: Any) -> Any:
        self.may_go_on.wait(10)
        return super().flow_service(*args)


@pytest.mark.parametrize(("way", "seconds"), [("done", 6), ("cancelled", 6), ("interrupted", 3)])
def test_a_gateway_that_is_stuck_does_not_hold_up_the_end(way: str, seconds: float) -> None:
    """Although the core's clock stands still."""

    async def interrupt() -> None:
        await trio.sleep(seconds)
        signal.raise_signal(signal.SIGINT)

    async def block() -> None:
        async with Api(running.url, token="tg_key", clock=ManualClock()) as api:
            with trio.move_on_after(1):
                await api.socket().flow("default").text_completion("s", "n=1")

    async def main() -> None:
        start = trio.current_time()
        if way == "interrupted":
            trio.lowlevel.spawn_system_task(interrupt)
            with pytest.raises(KeyboardInterrupt):
                await block()
        else:
            with trio.move_on_after(1 if way == "cancelled" else inf):
                await block()
        assert seconds <= trio.current_time() - start < seconds + 0.5

    stuck = Stuck()
    with gateway(stuck, token="tg_key") as running:
        trio.run(main, clock=MockClock(autojump_threshold=0.05))
        stuck.may_go_on.set()


def test_a_peer_that_reads_nothing_does_not_keep_its_connection() -> None:
    async def main() -> None:
        async with Api(f"http://127.0.0.1:{port}/", workspace="w", dialect="2.x") as api:
            tasks = trio.lowlevel.current_statistics().tasks_living
            flow = api.flow().id("default").with_options(timeout=1)
            with pytest.raises(RequestTimeout):
                await flow.text_completion("s", "x" * 2**24)
            assert trio.lowlevel.current_statistics().tasks_living == tasks + 4
            await trio.sleep(6)
            assert trio.lowlevel.current_statistics().tasks_living == tasks + 1

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        trio.run(main, clock=MockClock(autojump_threshold=0.05))


def test_a_silent_peer_is_given_up_after_the_time_of_the_clock() -> None:
    async def main() -> None:
        async with Api(f"https://127.0.0.1:{port}/") as api:
            with pytest.raises(ConnectionFailed, match="10 s"):
                await api.flow().id("default").text_completion("s", "x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        trio.run(main, clock=MockClock(autojump_threshold=0.05))


# --- other threads, other runs, the garbage collector -------------------------------------------


def test_a_stream_is_for_the_run_it_was_opened_in(api: Api) -> None:
    streams: list[Any] = []

    async def begin(flow: AsyncFlowInstance, api: Api) -> None:
        streams.extend(flow.text_completion("s", "n=9 delay=0.1", streaming=True) for _ in range(2))
        await anext(streams[0])

    async def go_on(flow: AsyncFlowInstance, api: Api) -> None:
        for stream in streams:
            with pytest.raises(LocalProtocolError, match="another run"):
                await anext(stream)

    run(api, begin)
    run(api, go_on)
    for stream in streams:
        with pytest.raises(LocalProtocolError, match="another run"):
            asyncio.run(anext(stream))


def test_a_stream_may_be_dropped_anywhere_at_any_time(api: Api) -> None:
    dropped: list[Any] = []

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        streams = [flow.text_completion("s", "n=50 delay=0.1", streaming=True) for _ in range(3)]
        for stream in streams:
            await anext(stream)
        del stream
        streams.pop()
        await trio.to_thread.run_sync(streams.pop)
        assert await flow.text_completion("s", "n=1") == "chunk-0 "
        dropped.append(streams.pop())

    run(api, scenario)
    dropped.clear()  # its run is over
    gc.collect()


# --- interrupts and defects ---------------------------------------------------------------------


@pytest.mark.parametrize("after", range(1, 400, 9))
def test_an_interrupt_breaks_nothing(api: Api, running: RunningGateway, after: int) -> None:
    """Wherever it comes: a call of a function of the driver or of the core, counted from the first chunk."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(("tgdrivers.", "tgproto.", "trio.")):
            calls += 1
            if calls == after:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        stream = await flow.text_completion("s", "n=3", streaming=True)
        await anext(stream)
        sys.setprofile(count)
        try:
            async for _ in stream:
                pass
            while True:
                await flow.text_completion("s", "n=1")
        except KeyboardInterrupt:
            assert running.connections == 1
        assert await flow.text_completion("s", "n=1") == "chunk-0 "
        assert running.connections == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(api, scenario)


def test_a_defect_in_a_task_is_raised_by_the_block(api: Api, running: RunningGateway) -> None:
    class Defect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "Authenticated" in record.getMessage():
                raise ZeroDivisionError

    async def scenario(flow: AsyncFlowInstance, api: Api) -> None:
        await flow.text_completion("s", "hang=1")

    logger, handler = logging.getLogger("tgdrivers"), Defect()
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        with pytest.raises(ExceptionGroup) as caught:
            run(api, scenario)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert caught.group_contains(ZeroDivisionError)
    assert caught.value.split(ZeroDivisionError)[1] is None
    trio.run(gone, running)
