"""Our client on trio."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import awaiting
import trio
from awaiting import Job
from bulk import Ours
from measure import Result

from tgdrivers.trio import Api


class Trio:
    """Runs workloads on trio."""

    def run(self, function: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run an asynchronous function to its end."""
        return trio.run(function)

    async def together(self, jobs: Iterable[Job]) -> int:
        """Run jobs as tasks side by side; return the sum of what they return."""
        found: list[int] = []

        async def keep(job: Job) -> None:
            found.append(await job())

        async with trio.open_nursery() as nursery:
            for job in jobs:
                nursery.start_soon(keep, job)
        return sum(found)


WORKS = awaiting.works(Trio(), Api, Ours())
