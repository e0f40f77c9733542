"""Runs the tests of each published gateway in a process of its own, at the same time; `make interop` does.

They count what the services behind a gateway see, so those of one gateway cannot run side by side.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

SHARES = {"2.11.1": "not old_gateway", "1.7.1": "old_gateway"}
"""Which tests are about a release, by pytest's marker."""


def main(arguments: Sequence[str]) -> int:
    """Run the tests, and print what each process says when it is over.

    Args:
        arguments: More arguments for pytest.

    Returns:
        The exit status: not 0 unless all tests of all gateways have passed.
    """
    begun, status = time.monotonic(), 0
    with ExitStack() as stack:
        logs = {release: stack.enter_context(tempfile.TemporaryFile()) for release in SHARES}
        running = {release: _start(SHARES[release], log, arguments) for release, log in logs.items()}
        for release, process in running.items():
            failed = process.wait()
            status = status or failed
            print(f"--- gateway {release}, after {time.monotonic() - begun:.0f} s", flush=True)
            logs[release].seek(0)
            print(logs[release].read().decode(), flush=True)
    return status


def _start(share: str, log: IO[bytes], arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", share, "tests/interop")
    return subprocess.Popen((*command, *arguments), stdout=log, stderr=subprocess.STDOUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
