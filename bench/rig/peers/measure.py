"""Runs one workload with one client in this process, and prints one line of JSON about it.

    python measure.py PEER WORKLOAD URL SIZE
    python measure.py PEER                      which workloads it can run

A peer is a module beside this one. It has a dictionary `WORKS` of functions that take the gateway's URL
and a size, and return a `Result`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway import CLIENT_CPU, pin

PROMPT = "tell me something about knowledge graphs and why they matter here, in about one hundred characters"


@dataclass(kw_only=True)
class Result:
    """What one run found; times in microseconds per operation.

    Attributes:
        us: By the clock on the wall.
        cpu_us: Of this process, in user and system mode together.
        p50_us: Median of single operations, if they were timed.
        p99_us: Their 99th percentile.
        right: How many operations had the right result.
        errors: What went wrong, and how often.
    """

    us: float
    cpu_us: float
    p50_us: float | None = None
    p99_us: float | None = None
    right: int
    errors: dict[str, int] = field(default_factory=dict)


class Stopwatch:
    """Times a block, by the clock on the wall and by this process's own.

    Attributes:
        laps: Seconds of single operations; the workload appends them if it times them.
    """

    def __init__(self) -> None:
        self.laps: list[float] = []

    def __enter__(self) -> Self:
        self._start = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        started, cpu_started = self._start
        self._wall = time.perf_counter() - started
        self._cpu = time.process_time() - cpu_started

    def result(self, size: int, right: int, errors: dict[str, int] | None = None) -> Result:
        """Return what was measured, for `size` operations of which so many came out right."""
        laps = sorted(self.laps)
        return Result(
            us=self._wall / max(right, 1) * 1e6,
            cpu_us=self._cpu / max(right, 1) * 1e6,
            p50_us=laps[len(laps) // 2] * 1e6 if laps else None,
            p99_us=laps[len(laps) * 99 // 100] * 1e6 if laps else None,
            right=right,
            errors=errors or ({} if right == size else {"wrong answers": size - right}),
        )


def tokens(count: int) -> str:
    """Return a prompt that asks the gateway for so many tokens."""
    return f"n={count}"


def works(peer: str) -> dict[str, Callable[[str, int], Result]]:
    """Return the workloads of a peer; none if it is a driver of ours that there is not."""
    try:
        return importlib.import_module(peer).WORKS
    except ImportError as missing:
        if str(missing.name).startswith("tgdrivers"):
            return {}
        raise


def measure(peer: str, work: str, url: str, size: str) -> dict[str, object]:
    """Run a workload."""
    pin(0, CLIENT_CPU)
    return asdict(works(peer)[work](url, int(size)))


if __name__ == "__main__":
    peer, *run = sys.argv[1:]
    print(json.dumps(measure(peer, *run) if run else list(works(peer))), flush=True)
    os._exit(0)  # some clients leave threads behind
