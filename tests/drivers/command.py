"""The command `tg` as a process, for tests of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PATIENCE = 30
TG = (sys.executable, "-W", "error", "-m", "tgdrivers.cli")


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a process that knows nothing of a gateway but what is given here."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TRUSTGRAPH_")
        and not name.lower().endswith("_proxy")
        and name not in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")
    }
    return {**plain, **variables}


def without(package: str) -> tuple[str, ...]:
    """Return the command as it is where a package is not installed."""
    begin = f"import sys; sys.modules[{package!r}] = None; from tgdrivers.cli.__main__ import main"
    return (sys.executable, "-c", f"{begin}; sys.exit(main())")


@dataclass
class Output:
    """How a command ended."""

    code: int
    out: bytes
    err: str


def run(*arguments: str, stdin: bytes = b"", program: tuple[str, ...] = TG, **variables: str) -> Output:
    """Run a command to its end."""
    done = subprocess.run(
        [*program, *arguments],
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    err = done.stderr.decode()
    assert "Traceback" not in err, err
    return Output(done.returncode, done.stdout, err)


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command beside the test, and end it in any case."""
    process = subprocess.Popen(
        [*TG, *arguments],
        env=environment(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
