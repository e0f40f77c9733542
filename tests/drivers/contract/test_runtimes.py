"""Event loops that come and go, processes that fork, and people who press Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.world import World, make_peer
from tests.drivers.peers.peer import TOKEN
from tgproto.errors import LocalProtocolError

TRANSPORTS = ("websocket", "rest")
over_both = pytest.mark.parametrize("transport", TRANSPORTS)


async def ask(api: Any, prompt: str = "n=1") -> str:
    return str(await api.flow().id("default").text_completion("s", prompt))


# --- several runs -----------------------------------------------------------------------------


@over_both
def test_one_api_in_several_runs(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as peer:
        api = driver.api(peer.url, token=TOKEN, timeout=10, transport=transport)

        async def scenario() -> None:
            async with api:
                assert await ask(api) == "chunk-0 "
                assert await driver.many(lambda number: ask(api), 5) == ["chunk-0 "] * 5

        for _ in range(3):
            driver.run(scenario)


@over_both
def test_one_api_in_several_threads_with_a_run_each(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as peer:
        api = driver.api(peer.url, token=TOKEN, timeout=10, transport=transport)
        everybody = threading.Barrier(4)
        failures: list[BaseException] = []

        async def scenario() -> None:
            async with api:
                everybody.wait(10)
                assert [await ask(api) for _ in range(20)] == ["chunk-0 "] * 20
                everybody.wait(10)  # leaving closes for all threads, if they share their connections

        def work() -> None:
            try:
                type(driver)().run(scenario)
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []


@pytest.mark.parametrize("transport", ["websocket"])
def test_a_stream_that_outlives_its_run(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as peer:
        api = driver.api(peer.url, token=TOKEN, timeout=10, transport=transport)
        kept: list[Any] = []

        async def begin() -> None:
            async with api:
                stream = api.flow().id("default").text_completion("s", "n=5 drop=1", streaming=True)
                assert str(await anext(stream)) == "chunk-0 "
                kept.append(stream)

        async def go_on() -> None:
            async with api:
                with pytest.raises((LocalProtocolError, ConnectionError)):
                    await anext(kept[0])
                assert await ask(api) == "chunk-0 "

        driver.run(begin)
        driver.run(go_on)


# --- Ctrl-C -----------------------------------------------------------------------------------


@contextmanager
def interrupted(when: Callable[[], object]) -> Iterator[None]:
    """Press Ctrl-C once something has happened; the block has to end with KeyboardInterrupt."""
    over = threading.Event()
    main = threading.main_thread().ident
    assert main is not None

    def press() -> None:
        while not when() and not over.wait(0.001):
            pass
        if not over.wait(0.01):
            signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        over.set()
        thread.join()


def has_seen(peer: Any, calls: int) -> bool:
    return len(peer.seen) == calls


@over_both
def test_an_interrupt_while_a_call_waits(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as peer:
        api = driver.api(peer.url, token=TOKEN, timeout=10, transport=transport)

        async def hang() -> None:
            async with api:
                await ask(api, f"hang=1 {len(peer.seen)}")

        async def go_on() -> None:
            async with api:
                assert await ask(api) == "chunk-0 "

        driver.run(go_on)
        for calls in (2, 4, 6):
            with interrupted(partial(has_seen, peer, calls)):
                driver.run(hang)
            driver.run(go_on)


@pytest.mark.world(driver="threaded")
@over_both
def test_an_interrupt_ends_one_call_and_no_other(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as peer:

        async def scenario() -> None:
            async with driver.api(peer.url, token=TOKEN, timeout=10, transport=transport) as api:
                others = [driver.start(ask, api, f"n=1 first=0.3 {number}") for number in range(3)]
                await driver.until(lambda: len(peer.seen) == 3)
                with interrupted(partial(has_seen, peer, 4)):
                    await ask(api, "hang=1")
                assert [await other for other in others] == ["chunk-0 "] * 3
                assert await ask(api) == "chunk-0 "

        driver.run(scenario)


@contextmanager
def alarms(seconds: float) -> Iterator[None]:
    """Press Ctrl-C after so many seconds, or not at all if the block is over by then."""

    def press(number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code.co_name == "__del__":  # Python would ignore it
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0001)
            return
        handler = signal.getsignal(signal.SIGINT)
        assert callable(handler)
        handler(signal.SIGINT, frame)

    before = signal.signal(signal.SIGVTALRM, press)
    try:
        with suppress(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
            yield
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@over_both
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_interrupts_at_any_moment(driver: Driver, transport: str) -> None:
    """The alarm counts this process's own time, so that it meets code of every layer.

    It may come after a coroutine was made and before it is awaited, of which Python complains.
    """
    with make_peer("independent", transport) as peer:
        api = driver.api(peer.url, token=TOKEN, timeout=10, transport=transport)

        async def work() -> None:
            async with api:
                for _ in range(10_000):
                    assert await ask(api, "n=3") == "chunk-0 chunk-1 chunk-2 "

        async def go_on() -> None:
            async with api:
                assert await ask(api) == "chunk-0 "

        for number in range(25):
            with alarms(0.001 + number * 0.0011):
                driver.run(work)
            driver.run(go_on)


# --- fork -------------------------------------------------------------------------------------


@over_both
def test_a_fork(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as peer:
        command = [sys.executable, "-W", "error", "-m", "tests.drivers.contract.probe_fork"]
        command += [driver.name, peer.url, transport]
        probe = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (probe.returncode, probe.stderr) == (0, "")
    assert sorted(probe.stdout.split()) == ["child", "parent", "parent"]


# --- Jupyter ----------------------------------------------------------------------------------


@pytest.mark.world(driver="threaded")
def test_blocking_calls_inside_of_a_running_event_loop(world: World) -> None:
    async def cell() -> None:
        async def scenario() -> None:
            assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
            if world.transport == "websocket":
                stream = world.flow.text_completion("s", "n=2", streaming=True)
                assert [str(chunk) async for chunk in stream] == ["chunk-0 ", "chunk-1 ", ""]

        world.run(scenario)

    asyncio.run(cell())


@pytest.mark.world(driver="threaded")
def test_the_asyncio_twins_of_a_blocking_api(world: World) -> None:
    async def main() -> None:
        from tgdrivers import Api

        async with Api(**{"url": world.peer.url} | world.options) as api:
            assert str(await api.async_flow().id("default").text_completion("s", "n=1")) == "chunk-0 "
            assert api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
            if world.transport == "websocket":
                stream = api.async_socket().flow().text_completion("s", "n=1", streaming=True)
                assert [str(chunk) async for chunk in stream] == ["chunk-0 ", ""]

    asyncio.run(main())
