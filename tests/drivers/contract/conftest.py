"""Runs the contract for every driver, gateway and transport, and sees that nothing is left behind.

A test is a coroutine function with a `world`, and runs in the driver's own runtime; or with a `place`, if it
is about operations (see `place.story`); or with a `driver`, if it brings its own gateway; or a plain
function, if it is about runtimes. The marker `world` narrows or changes the worlds of a test:

    @pytest.mark.world(peer="independent", transport="websocket", options={"max_connections": 1}, clock=True)
"""

from __future__ import annotations

import gc
import importlib
import inspect
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import pytest

from tests.drivers.contract.drivers import DRIVERS, Driver
from tests.drivers.contract.place import Place, attentive, home
from tests.drivers.contract.world import World, make_peer
from tests.drivers.peers.peer import TOKEN
from tgdrivers.testing import ManualClock

UNFINISHED: set[str] = set()
"""Drivers whose tests are skipped while they cannot be imported."""

LIMIT = 40.0
"""Seconds after which a test has failed."""

PEERS = ("embedded", "independent")
GENERATIONS = (1, 2)
TRANSPORTS = ("websocket", "rest")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "world(driver, peer, transport, tls, clock, options): where a test runs"
    )
    config.addinivalue_line(
        "markers", "story(operations, generation, transport): which operations a test is about, and where"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("world")
    wanted = marker.kwargs if marker is not None else {}
    drivers = [driver for driver in DRIVERS if wanted.get("driver", driver.name) == driver.name]
    if "cancels" in wanted:
        drivers = [driver for driver in drivers if driver.cancels]
    if "world" in metafunc.fixturenames:
        places = product(drivers, _chosen(wanted, "peer", PEERS), _chosen(wanted, "transport", TRANSPORTS))
        cases = [_case(driver, (driver, *rest), *rest) for driver, *rest in places]
        metafunc.parametrize("world", cases, indirect=True)
    elif "place" in metafunc.fixturenames:
        wanted = home(metafunc.definition.iter_markers("story"))
        places = product(
            drivers, _chosen(wanted, "generation", GENERATIONS), _chosen(wanted, "transport", TRANSPORTS)
        )
        cases = [_case(driver, (driver, *rest), *map(str, rest)) for driver, *rest in places]
        metafunc.parametrize("place", cases, indirect=True)
    elif "driver" in metafunc.fixturenames:
        metafunc.parametrize("driver", [_case(driver, driver) for driver in drivers])


def _chosen(wanted: dict[str, Any], name: str, every: tuple[Any, ...]) -> tuple[Any, ...]:
    return (wanted[name],) if name in wanted else every


def _case(driver: Driver, value: object, *names: str) -> Any:
    marks = pytest.mark.skipif(not _exists(driver), reason="not written yet")
    return pytest.param(value, marks=marks, id="-".join((driver.name, *names)))


def _exists(driver: Driver) -> bool:
    if driver.name in UNFINISHED:
        with suppress(ImportError):
            return hasattr(importlib.import_module(driver.module), "Api")
        return False
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine functions in the runtime of their driver."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    where = next(arguments[name] for name in ("world", "place", "driver") if name in arguments)
    where.run(partial(pyfuncitem.obj, **arguments))
    return True


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    marker = request.node.get_closest_marker("world")
    wanted = marker.kwargs if marker is not None else {}
    driver, peer, transport = request.param
    tls, clock = wanted.get("tls", False), ManualClock() if wanted.get("clock") else None
    with make_peer(peer, transport, tls=tls) as gateway:
        yield World(driver, gateway, transport, clock, wanted.get("options", {}), tls=tls)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    driver, generation, transport = request.param
    told = [operation for marker in request.node.iter_markers("story") for operation in marker.args[0]]
    with attentive(generation) as server:
        yield Place(driver, server, transport, told)


@pytest.fixture(scope="package", autouse=True)
def quick_collection() -> Iterator[None]:
    """Spare the garbage collector a look at all of pytest after every test."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """End a test that hangs."""

    def give_up(number: int, frame: object) -> None:
        raise TimeoutError(f"the test is not over after {LIMIT:g} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, LIMIT, 5)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the machine that runs the tests."""
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


@pytest.fixture(autouse=True)
def secrets_kept(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """See that no token is ever logged."""
    caplog.set_level(logging.DEBUG, "tgdrivers")
    yield
    said = [record.getMessage() + str(record.args) for record in caplog.get_records("call")]
    assert not [text for text in said if TOKEN in text]


@pytest.fixture(autouse=True)
def nothing_left(patience: None) -> Iterator[None]:
    """See that threads and files are as before. Garbage that was not closed warns, which is an error."""
    threads, files = _threads(), _files()
    yield
    gc.collect()
    end = time.monotonic() + 2
    while time.monotonic() < end and (_threads() - threads or _files() - files):
        time.sleep(0.005)
    assert not _threads() - threads
    assert not _files() - files


def _threads() -> set[threading.Thread]:
    """Return the threads there are, but for trio's: those that have resolved a name stay for 10 s."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Trio")}


def _files() -> set[str]:
    """Return the sockets, pipes and selectors that are open."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115
            found.add(f"{name} {target}" if target.startswith("anon_inode") else target)
    return {target for target in found if target.startswith(("socket:", "pipe:")) or "anon_inode" in target}
