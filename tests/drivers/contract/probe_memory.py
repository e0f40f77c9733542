"""Reads a stream so many times more slowly than it could; prints by how many MiB it has grown."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tests.drivers.contract.drivers import DRIVERS
from tests.drivers.peers.peer import TOKEN

PIECE = 8192
BATCH = 64


def resident() -> float:
    """Return the resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


async def read(flow: Any, pieces: int, pause: float) -> float:
    """Read a stream; return the most memory that was seen."""
    most, count = resident(), 0
    async with flow.text_completion("s", f"n={pieces} size={PIECE}", streaming=True) as stream:
        async for _ in stream:
            count += 1
            if count % BATCH == 0:
                most = max(most, resident())
                time.sleep(pause)  # nobody else is here who would have to go on
    assert count == pieces + 1
    return most


def main(name: str, url: str, pieces: str, slowness: str) -> None:
    driver = next(driver for driver in DRIVERS if driver.name == name)

    async def scenario() -> None:
        async with driver.api(url, token=TOKEN) as api:
            flow = api.socket().flow("default")
            begun = time.perf_counter()
            await read(flow, 4 * BATCH, 0)  # this warms up, and measures the gateway
            per_batch = (time.perf_counter() - begun) / 4
            before = resident()
            print(await read(flow, int(pieces), (int(slowness) - 1) * per_batch) - before)

    driver.run(scenario)


if __name__ == "__main__":
    main(*sys.argv[1:])
