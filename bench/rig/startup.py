"""Prints what importing each client costs: processor time beyond that of an empty program, and modules."""

from __future__ import annotations

import os
import subprocess
from statistics import median

import environment
from gateway import CLIENT_CPU, pin

ROUNDS = 9
NOTHING = "nothing"
IMPORTS = {
    NOTHING: "pass",
    "trustgraph.api": "import trustgraph.api",
    "tgproto": "import tgproto",
    "tgdrivers": "import tgdrivers",
    "tgdrivers.asyncio": "import tgdrivers.asyncio",
    "tgdrivers.trio": "import tgdrivers.trio",
    "asyncio, of the standard library": "import asyncio",
    "trio": "import trio",
}


def main() -> None:
    """Print the table."""
    pin(0, CLIENT_CPU)
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    with environment.made():
        for _ in range(ROUNDS):
            for name, code in IMPORTS.items():
                times[name].append(_seconds(code))
    empty = median(times[NOTHING])
    print("| import | CPU ms | modules |\n|---|---:|---:|")
    for name, code in IMPORTS.items():
        print(f"| {name} | {(median(times[name]) - empty) * 1e3:.1f} | {_modules(code)} |")


def _command(code: str) -> list[str]:
    return [str(environment.PYTHON), "-W", "ignore", "-c", code]


def _seconds(code: str) -> float:
    process = subprocess.Popen(_command(code))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {code}")
    return usage.ru_utime + usage.ru_stime


def _modules(code: str) -> int:
    counting = f"{code}; import sys; print(len(sys.modules))"
    return int(subprocess.run(_command(counting), capture_output=True, check=True).stdout)


if __name__ == "__main__":
    main()
