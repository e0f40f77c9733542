"""Prints what the gateway and the loopback can do at most: a client in C, without a library."""

from __future__ import annotations

import json
import subprocess
from statistics import median

import environment
from gateway import CLIENT_CPU, Gateway, pin
from workloads import WORKLOADS

ROUNDS = 5


def main() -> None:
    """Print the table."""
    pin(0, CLIENT_CPU)
    found: dict[str, list[float]] = {}
    with environment.made(), Gateway() as gateway:
        program = environment.native("loadgen")
        for _ in range(ROUNDS):
            lines = subprocess.run([program, str(gateway.port)], capture_output=True, text=True, check=True)
            for row in map(json.loads, lines.stdout.splitlines()):
                found.setdefault(row["work"], []).append(row["us"])
    print("| workload | us each |\n|---|---:|")
    for work, times in found.items():
        print(f"| {work}: {WORKLOADS[work].title} | {median(times):.3f} |")


if __name__ == "__main__":
    main()
