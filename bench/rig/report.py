"""Turns the results of a run into tables: medians, and ratios to the published client.

A ratio is taken within each round and the median of those is printed; above 1 is quicker than the
published client. "CPU" is the time of the client's own process, which a busy neighbour disturbs far less
than the clock on the wall.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from workloads import WORKLOADS, Workload

BASES = ["upstream_threads", "upstream_asyncio"]

Runs = dict[int, dict[str, Any]]
"""The results of one client by round."""


def tables(path: Path) -> str:
    """Return one Markdown table for each workload in a file of results."""
    found: dict[str, dict[str, Runs]] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["work"], {}).setdefault(row["peer"], {})[row["round"]] = row
    return "\n".join(_table(name, WORKLOADS[name], found[name]) for name in WORKLOADS if name in found)


def _table(name: str, workload: Workload, peers: dict[str, Runs]) -> str:
    bases = [base for base in BASES if base in peers]
    columns = ["us each", "CPU us", *(["p50 us", "p99 us"] if workload.is_latency else [])]
    for base in bases:
        columns += [f"vs {base}", "by CPU"]
    lines = [
        f"\n### {name}: {workload.title}\n",
        f"| client | {' | '.join(columns)} |",
        "|---" + "|---:" * len(columns) + "|",
    ]
    notes = []
    for peer in sorted(peers):
        runs = peers[peer]
        cells = [f"{_median(runs, key):.2f}" for key in ("us", "cpu_us")]
        if workload.is_latency:
            cells += [f"{_median(runs, key):.1f}" for key in ("p50_us", "p99_us")]
        for base in bases:
            cells += [f"{_ratio(runs, peers[base], key):.2f}x" for key in (_wall(workload), "cpu_us")]
        lines.append(f"| {peer} | {' | '.join(cells)} |")
        right = median(run["right"] for run in runs.values())
        if any(run["errors"] for run in runs.values()):
            errors = {error for run in runs.values() for error in run["errors"]}
            notes.append(f"\n{peer}: {right:.0f} of {workload.size} right. {'; '.join(sorted(errors))}")
    return "\n".join(lines + notes)


def _wall(workload: Workload) -> str:
    return "p50_us" if workload.is_latency else "us"


def _median(runs: Runs, key: str) -> float:
    return median(run[key] for run in runs.values())


def _ratio(runs: Runs, base: Runs, key: str) -> float:
    """Return the median of the ratios of those rounds that both have."""
    ratios = [base[turn][key] / run[key] for turn, run in runs.items() if turn in base]
    return median(ratios) if ratios else float("nan")


if __name__ == "__main__":
    print(tables(Path(sys.argv[1])))
