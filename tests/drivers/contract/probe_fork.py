"""Forks with an `Api` in use; parent and child make calls with it, and say so."""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.drivers.contract.drivers import DRIVERS, AsyncioDriver, Driver, ThreadedDriver
from tests.drivers.peers.peer import TOKEN


async def ask(api: Any) -> None:
    assert await api.flow().id("default").text_completion("s", "n=2") == "chunk-0 chunk-1 "


def say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


def in_child(driver: Driver, api: Any) -> None:
    """Make calls, and end without what the parent still has to do."""

    async def scenario() -> None:
        async with api:
            await ask(api)
            await driver.many(lambda number: ask(api), 8)

    try:
        driver.run(scenario)
        say("child")
    except BaseException:  # noqa: BLE001
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def wait_for(child: int) -> None:
    _, status = os.waitpid(child, 0)
    assert status == 0


def main(name: str, url: str, transport: str) -> None:
    driver = next(driver for driver in DRIVERS if driver.name == name)
    api = driver.api(url, token=TOKEN, timeout=10, transport=transport)

    async def with_connections() -> None:
        async with api:
            await ask(api)
            say("parent")
            child = 0
            if isinstance(driver, AsyncioDriver | ThreadedDriver):  # trio cannot be run in a child of its run
                child = os.fork() or in_child(driver, api) or 0
            if child:
                wait_for(child)
            await ask(api)
            await driver.many(lambda number: ask(api), 8)
        say("parent")

    driver.run(with_connections)
    if not isinstance(driver, AsyncioDriver | ThreadedDriver):
        wait_for(os.fork() or in_child(driver, api) or 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
