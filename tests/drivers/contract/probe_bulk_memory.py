"""Imports or exports many triples; prints by how many MiB it has grown, and how long it took.

    python -m tests.drivers.contract.probe_bulk_memory DRIVER URL import COUNT SLOWNESS
    python -m tests.drivers.contract.probe_bulk_memory DRIVER URL export COUNT SLOWNESS

The other side, or the reader of the export, is so many times slower than it could be.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.drivers.contract.drivers import DRIVERS
from tests.drivers.contract.probe_memory import resident
from tgproto.types import IRI, Literal, Triple

WARM_UP = 20_000
LOOK = 5000
"""Triples between two looks at the memory."""
BYTES = 121
"""Length of the shortest triple on the wire."""
PREDICATE = IRI("http://example.org/predicate")


class Seen:
    """The most memory that was seen."""

    def __init__(self) -> None:
        self.most = 0.0

    def look(self) -> None:
        self.most = max(self.most, resident())

    def source(self, count: int) -> Iterator[Triple]:
        """Yield triples that are all different."""
        for number in range(count):
            if number % LOOK == 0:
                self.look()
            yield Triple(IRI(f"http://example.org/{number}"), PREDICATE, Literal(f"number {number}"))


async def import_all(bulk: Any, count: int, slowness: float, seen: Seen) -> None:
    begun = time.perf_counter()
    await bulk.import_triples("fast", seen.source(WARM_UP))
    each = (time.perf_counter() - begun) / WARM_UP
    seen.most, before = 0.0, resident()
    flow = f"pace-{BYTES / each / slowness}" if slowness > 1 else "fast"
    result = await bulk.import_triples(flow, seen.source(count))
    seen.look()
    assert (result.sent, result.confirmed, result.resent) == (count, count, 0)
    seen.most -= before


async def export_all(bulk: Any, count: int, slowness: float, seen: Seen) -> None:
    begun, before = time.perf_counter(), 0.0
    number = 0
    async for _ in bulk.export_triples(f"send-{WARM_UP + count}", limit=WARM_UP + count):
        number += 1
        if number == WARM_UP:
            pause = (time.perf_counter() - begun) / WARM_UP * LOOK * (slowness - 1)
            before = resident()
        elif number > WARM_UP and number % LOOK == 0:
            seen.look()
            time.sleep(pause)  # nobody else is here who would have to go on
    assert number == WARM_UP + count
    seen.most -= before


def main(name: str, url: str, what: str, count: str, slowness: str) -> None:
    driver = next(driver for driver in DRIVERS if driver.name == name)
    run = {"import": import_all, "export": export_all}[what]
    seen = Seen()

    async def scenario() -> None:
        async with driver.api(url, token="tg_x", workspace="w", dialect="2.11.1", timeout=300) as api:
            await run(api.bulk(), int(count), float(slowness), seen)

    begun = time.perf_counter()
    driver.run(scenario)
    print(seen.most, time.perf_counter() - begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
