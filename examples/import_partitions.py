"""An import by many processes: each imports one partition, and each partition is confirmed by itself.

    python examples/import_partitions.py

If Dask is installed, the partitions are those of a bag, and its workers import them; or else lists, and
processes of the standard library do. It imports into the gateway that TRUSTGRAPH_URL and TRUSTGRAPH_TOKEN
name, or else a small one in this process.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from itertools import islice
from typing import Any, TypeAlias

from tgdrivers import Api
from tgdrivers.testing import gateway
from tgproto.errors import ImportInterrupted
from tgproto.types import IRI, Literal, Triple
from tgproto.types.bulk import ImportResult

LABEL = IRI("http://www.w3.org/2000/01/rdf-schema#label")
ATTEMPTS = 3

Task: TypeAlias = tuple[str | None, str | None, str, Any, int]
"""The arguments of `attempt`."""
Compute: TypeAlias = Callable[[Sequence[Task]], Iterable[ImportResult | ImportInterrupted]]
"""Calls `attempt` with each of these, wherever there is a worker, and returns what it returned, in order."""


# --- in a worker ----------------------------------------------------------------------------------


def import_partition(
    url: str | None, token: str | None, flow: str, partition: Iterable[Triple], offset: int = 0
) -> ImportResult:
    """Import a partition from a position on. The order of its items has to be the same each time."""
    # A token among the arguments is seen by the scheduler. None stands for TRUSTGRAPH_TOKEN in the worker.
    with Api(url, token=token) as api:
        return api.bulk().import_triples(flow, islice(partition, offset, None), connections=2)


def attempt(
    url: str | None, token: str | None, flow: str, partition: Iterable[Triple], offset: int
) -> ImportResult | ImportInterrupted:
    """Return how it went, or where it was interrupted. So one partition does not end the others."""
    try:
        return import_partition(url, token, flow, partition, offset)
    except ImportInterrupted as error:
        return error


# --- where the workers are ------------------------------------------------------------------------


def by_processes(tasks: Sequence[Task]) -> Iterable[ImportResult | ImportInterrupted]:
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(attempt, *zip(*tasks, strict=True)))


def by_dask(tasks: Sequence[Task]) -> Iterable[ImportResult | ImportInterrupted]:
    """Dask hands each worker what its partition is made of, and makes the partition there."""
    import dask

    calls = [dask.delayed(attempt, pure=False)(*task) for task in tasks]
    return dask.compute(*calls, scheduler="processes")  # without this, on the cluster of the current client


def by_ray(tasks: Sequence[Task]) -> Iterable[ImportResult | ImportInterrupted]:
    """For partitions that are object references, or anything Ray can hand on."""
    import ray

    remote = ray.remote(attempt)
    return ray.get([remote.remote(*task) for task in tasks])


# --- in front of them -----------------------------------------------------------------------------


def import_all(
    url: str | None, token: str | None, flow: str, partitions: Sequence[Any], compute: Compute
) -> list[int]:
    """Import all partitions, and go on with those that were interrupted.

    Returns:
        How many items of each are confirmed.

    Raises:
        ImportInterrupted: One was interrupted again and again.
    """
    confirmed = [0] * len(partitions)  # from the first item of each on
    left = list(range(len(partitions)))
    for last in (*[False] * (ATTEMPTS - 1), True):
        tasks = [(url, token, flow, partitions[number], confirmed[number]) for number in left]
        outcomes = list(compute(tasks))
        for number, outcome in zip(list(left), outcomes, strict=True):
            if isinstance(outcome, ImportInterrupted):
                print(f"partition {number}: {outcome}")
                if last:
                    raise outcome
                confirmed[number] += outcome.offset
            else:
                confirmed[number] += outcome.confirmed
                left.remove(number)
                print(f"partition {number}: {confirmed[number]} items are confirmed")
        if not left:
            break
    return confirmed


def label(number: int) -> Triple:
    return Triple(IRI(f"http://example.org/{number}"), LABEL, Literal(f"number {number}"))


def main(url: str | None = None, token: str | None = None, count: int = 4000) -> None:
    if find_spec("dask") is not None:
        from dask import bag

        partitions = bag.from_sequence(range(count), npartitions=4).map(label).to_delayed()
        compute: Compute = by_dask
    else:
        size = count // 4
        partitions = [[label(n) for n in range(first, first + size)] for first in range(0, count, size)]
        compute = by_processes
    confirmed = import_all(url, token, "default", partitions, compute)
    print(f"{sum(confirmed)} items of {len(confirmed)} partitions are confirmed")


if __name__ == "__main__":
    if "TRUSTGRAPH_URL" in os.environ:
        main()
    else:
        with gateway() as server:
            main(server.url, server.token)
