"""Runs our clients and the published one side by side on a scripted gateway, and prints tables of ratios.

Makes everything it needs first. In every round each workload is run once by each client, one directly
after the other, so that a ratio compares neighbours in time; each run is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import environment
import report
from gateway import Gateway
from workloads import WORKLOADS

PEERS = ["upstream_threads", "upstream_asyncio", "ours_threads", "ours_asyncio", "ours_trio"]
RESULTS = environment.RESULTS / "rig.jsonl"
TIMEOUT = 60


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    with environment.made():
        with Gateway(spin=not options.no_spin) as gateway, RESULTS.open("w", buffering=1) as results:
            for row in _rows(options, gateway.url):
                results.write(json.dumps(row) + "\n")
        print(report.tables(RESULTS))


def ask(peer: str, *run: object) -> Any:
    """Run one workload with one client, or ask which it can run; see `peers/measure.py`.

    Raises:
        RuntimeError: It failed.
    """
    script = environment.HERE / "peers" / "measure.py"
    command = [environment.PYTHON, "-W", "ignore", script, peer, *map(str, run)]
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(environment.COMPILED)}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, check=True, env=compiled
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"not done within {TIMEOUT} s") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(error.stderr.strip() or f"exit status {error.returncode}") from None
    return json.loads(done.stdout)


def runnable(pattern: str) -> dict[str, list[str]]:
    """Return which workloads each client can run, and say so."""
    found: dict[str, list[str]] = {}
    for peer in (peer for peer in PEERS if re.search(pattern, peer)):
        try:
            found[peer] = ask(peer)
        except RuntimeError as error:
            print(f"{peer} FAILED: {error}", file=sys.stderr)
        else:
            print(f"{peer}: {' '.join(found[peer]) or 'skipped, there is no such driver'}", file=sys.stderr)
    return found


def _rows(options: argparse.Namespace, url: str) -> Iterator[dict[str, object]]:
    """Yield the results. What fails once is reported, and left out from then on."""
    peers = runnable(options.peers)
    for turn in range(options.rounds):
        for work in options.works:
            for peer in list(peers)[:: 1 if turn % 2 else -1]:  # nobody always comes first
                if work not in peers[peer]:
                    continue
                try:
                    found = ask(peer, work, url, WORKLOADS[work].size)
                except RuntimeError as error:
                    peers[peer].remove(work)
                    print(f"{peer} {work} FAILED: {error}", file=sys.stderr)
                else:
                    yield {"round": turn, "work": work, "peer": peer, **found}
        print(f"round {turn + 1} of {options.rounds} done", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--works", type=lambda names: names.split(","), default=list(WORKLOADS), help="w1_1,w2,..."
    )
    parser.add_argument("--peers", default="", help=f"regular expression; there are {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--no-spin", action="store_true", help="the gateway sleeps while it has nothing to do"
    )
    options = parser.parse_args()
    if unknown := set(options.works) - set(WORKLOADS):
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
