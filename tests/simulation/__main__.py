"""Plays seeds again: `python -m tests.simulation 1234`."""

from __future__ import annotations

import argparse
import sys

from tests.simulation.bulk import simulate_bulk
from tests.simulation.imports import simulate_import
from tests.simulation.requests import simulate_requests


def main() -> int:
    """Play the seeds of the command line, and print what happens."""
    parser = argparse.ArgumentParser(description="Play simulations again.")
    parser.add_argument("seed", type=int, nargs="+")
    parser.add_argument("--quiet", action="store_true", help="print failures only")
    parser.add_argument("--import", action="store_true", dest="senders", help="play senders, not requests")
    parser.add_argument("--bulk", action="store_true", help="play whole imports, not requests")
    arguments = parser.parse_args()
    simulate = simulate_requests
    if arguments.senders or arguments.bulk:
        simulate = simulate_bulk if arguments.bulk else simulate_import
    for seed in arguments.seed:
        simulate(seed, None if arguments.quiet else print)
    return 0


if __name__ == "__main__":
    sys.exit(main())
