"""For the tests of those who use a gateway or a service: one beside the test, and a clock moved by hand."""

from __future__ import annotations

import asyncio
import heapq
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Generic, Literal, TypeAlias, TypeVar

from tgdrivers.asyncio.server import Server, serve
from tgdrivers.clock import Clock, Timer
from tgproto.assistant.server import AssistantServer
from tgproto.edgequake.server import EdgequakeServer
from tgproto.gateway import AnyGateway, Gateway, Gateway1, demo_graphs
from tgproto.gateway.callers import EVERYWHERE
from tgproto.gateway.generation1.services import USER
from tgproto.serving.service import Service

S = TypeVar("S")

TOKEN = "tg_test_key"
"""The API key of a gateway or service that was not given."""

Generation: TypeAlias = Literal[1, 2]
"""Which generation of gateways is imitated."""

Started: TypeAlias = "Future[tuple[Server, Callable[[], object]]]"
"""A server once it listens, and what stops it; safe to call in any thread."""


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that can be connected to.

    Attributes:
        url: Its address with a slash at the end, for instance `http://127.0.0.1:49152/`.
        token: An API key that it accepts, or its secret.
        gateway: What answers.
    """

    url: str
    token: str = field(repr=False)
    gateway: AnyGateway
    _server: Server = field(repr=False)

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return self._server.connections


@dataclass(frozen=True, slots=True)
class RunningService(Generic[S]):
    """A service that can be connected to.

    Attributes:
        url: Its address with a slash at the end, for instance `http://127.0.0.1:49152/`.
        token: A key that it accepts; empty if it wants none.
        server: What answers; it knows what it was asked, and takes plans.
    """

    url: str
    token: str = field(repr=False)
    server: S
    _listener: Server = field(repr=False)

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return self._listener.connections


@contextmanager
def gateway(
    served: AnyGateway | None = None,
    *,
    generation: Generation = 2,
    token: str = TOKEN,
    ssl: SSLContext | None = None,
    clock: Clock | None = None,
) -> Generator[RunningGateway]:
    """Run an embedded gateway in a thread of its own, on a free port of this machine.

    For a test of any kind: with threads, asyncio or trio. When the block ends, every connection is closed and
    the thread is gone. A client that is still connected then, and does not take part in closing, is cut off
    after five seconds.

    Args:
        served: What answers; by default a gateway with the graph of the demo, and one administrator's key.
        generation: What that is without `served`: 2 for a gateway like 2.11.1, 1 for one like 1.7.1, whose
            secret is `token` and whose graph belongs to the user `trustgraph`.
        token: An API key of `served`, to be passed on; without `served` the only one, an administrator's.
            Where it is a secret, any text; empty for none.
        ssl: Context with a certificate, to be reached by `https`; None for `http`.
        clock: Source of time, which may be moved in any thread; by default real time.

    Yields:
        The running gateway.

    Raises:
        ValueError: The token is no secret, and does not begin with `tg_`.
        OSError: There is no free port.
    """
    served = served if served is not None else _make(generation, token)
    with _running(served, ssl, clock) as (url, server):
        yield RunningGateway(url, token, served, server)


@contextmanager
def edgequake(
    served: EdgequakeServer | None = None,
    *,
    token: str = TOKEN,
    ssl: SSLContext | None = None,
    clock: Clock | None = None,
) -> Generator[RunningService[EdgequakeServer]]:
    """Run an embedded EdgeQuake in a thread of its own, on a free port of this machine.

    It speaks all dialects. What goes wrong is planned: `running.server.plan(path, …)`. For the end of the
    block see `gateway`.

    Args:
        served: What answers; by default a server with one API key, which repeats what it is asked.
        token: An API key of `served`, to be passed on; without `served` the only one, empty for none.
        ssl: Context with a certificate, to be reached by `https`; None for `http`.
        clock: Source of time, which may be moved in any thread; by default real time.

    Yields:
        The running server.

    Raises:
        OSError: There is no free port.
    """
    served = served if served is not None else EdgequakeServer(api_key=token)
    with _running(served, ssl, clock) as (url, server):
        yield RunningService(url, token, served, server)


@contextmanager
def assistant(
    served: AssistantServer | None = None,
    *,
    token: str = TOKEN,
    ssl: SSLContext | None = None,
    clock: Clock | None = None,
) -> Generator[RunningService[AssistantServer]]:
    """Run an embedded AI Assistant API in a thread of its own, on a free port of this machine.

    What goes wrong is planned: `running.server.plan(path, …)`, and `twist` for the answers of batches. For
    the end of the block see `gateway`.

    Args:
        served: What answers; by default a server with one key, which repeats what it is asked.
        token: The key of `served`, to be passed on; without `served` the only one, empty for none.
        ssl: Context with a certificate, to be reached by `https`; None for `http`.
        clock: Source of time, which may be moved in any thread; by default real time.

    Yields:
        The running server.

    Raises:
        OSError: There is no free port.
    """
    served = served if served is not None else AssistantServer(api_key=token)
    with _running(served, ssl, clock) as (url, server):
        yield RunningService(url, token, served, server)


@contextmanager
def _running(
    served: AnyGateway | Service, ssl: SSLContext | None, clock: Clock | None
) -> Generator[tuple[str, Server]]:
    """Serve in another thread; yield where, and the server."""
    started: Started = Future()
    runner = threading.Thread(target=_run, args=(served, ssl, clock, started), name="tg-gateway", daemon=True)
    runner.start()
    try:
        server, _ = started.result()
        yield server.url.replace("ws", "http", 1), server
    finally:
        started.add_done_callback(_stop)
        runner.join()


def _make(generation: Generation, token: str) -> AnyGateway:
    if generation == 1:
        return Gateway1(demo_graphs(USER), secret=token, clock=time.time)
    return Gateway(demo_graphs(), keys={token: ["default", EVERYWHERE]}, clock=time.time)


def _stop(started: Started) -> None:
    if started.exception() is None:
        _, stop = started.result()
        stop()


def _run(served: AnyGateway | Service, ssl: SSLContext | None, clock: Clock | None, started: Started) -> None:
    async def main() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        at_home = None if clock is None else _ClockAtHome(clock, loop)
        async with serve(served, ssl=ssl, clock=at_home) as server:
            started.set_result((server, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    try:
        asyncio.run(main())
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)


class _ClockAtHome:
    """A clock that may be moved in any thread, and calls back in the thread of a loop."""

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop

    def time(self) -> float:
        return self._clock.time()

    def call_at(self, when: float, callback: Callable[[], None], /) -> Timer:
        return self._clock.call_at(when, lambda: self._call(callback))

    def _call(self, callback: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)


class ManualClock:
    """A clock that stands still until it is moved. Any thread may use it, and one at a time move it.

    Args:
        start: Its time at first, in seconds.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self._timers: list[_ManualTimer] = []
        self._serial = 0

    def time(self) -> float:
        """Return the current time in seconds."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        """Call back in the `advance` that reaches a time; for one that has passed, in the next `advance`.

        Args:
            when: Time in seconds.
            callback: What to call.

        Returns:
            A handle whose `cancel` calls it off.
        """
        with self._lock:
            self._serial += 1
            timer = _ManualTimer(when, self._serial, callback)
            heapq.heappush(self._timers, timer)
        return timer

    def advance(self, seconds: float = 0.0) -> None:
        """Let time pass, and call back in this thread whom it reaches, in the order of their times.

        While a callback runs, the time is the one that it asked for. What a callback arms within the
        seconds is called, too.

        Args:
            seconds: How long; not below 0.

        Raises:
            ValueError: The time would go back.
        """
        if not seconds >= 0:
            raise ValueError(f"time does not go back by {-seconds} s")
        end = self._now + seconds
        while (timer := self._pop(end)) is not None:
            timer.callback()
        self._now = end

    def _pop(self, end: float) -> _ManualTimer | None:
        """Move on to the next timer up to a time, and return it."""
        with self._lock:
            while self._timers and self._timers[0].when <= end:
                timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    self._now = max(self._now, timer.when)
                    return timer
            return None


@dataclass(order=True, slots=True)
class _ManualTimer:
    """A callback of a `ManualClock`. Those of the same time are called in the order of their making."""

    when: float
    serial: int
    callback: Callable[[], object] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Call it off."""
        self.cancelled = True
