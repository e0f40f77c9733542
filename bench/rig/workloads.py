"""The workloads by name: what each is called in a table, and how much of it one run does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """One workload.

    Attributes:
        title: What it is called in a table.
        size: How many operations one run times.
        operations: What is counted, in the plural.
        is_latency: Whether the time of each single operation is of interest too.
    """

    title: str
    size: int
    operations: str
    is_latency: bool = False


STREAMS = 64
THREADS = 8

WORKLOADS = {
    "w1_1": Workload("one request at a time, socket", 3000, "requests", is_latency=True),
    "w1_15": Workload("15 requests at a time, one client", 6000, "requests"),
    "w1_100": Workload("100 requests at a time, one client", 6000, "requests"),
    "w2": Workload("one token stream at full speed", 60_000, "tokens"),
    "w6": Workload(f"{STREAMS} token streams at full speed, one client", 64_000, "tokens"),
    "w7": Workload(f"{THREADS} threads, one client", 4000, "requests"),
    "rest1": Workload("one request at a time, REST", 800, "requests", is_latency=True),
    "import": Workload("import of triples from a list", 100_000, "triples"),
    "import_iterator": Workload("import of triples from an iterator", 100_000, "triples"),
    "import_async": Workload("import of triples from an asynchronous generator", 100_000, "triples"),
    "import_vectors": Workload("import of embeddings of 768 dimensions", 2000, "embeddings"),
    "export": Workload("export, one triple a frame", 100_000, "triples"),
}
