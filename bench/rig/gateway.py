"""Runs the scripted gateway in a process of its own, on a processor of its own if there are two."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from types import TracebackType
from typing import Self

import environment

CLIENT_CPU, GATEWAY_CPU = 0, 1


def pin(process: int, cpu: int) -> None:
    """Keep a process (0: this one) on one processor, if there are enough of them."""
    if (os.cpu_count() or 1) > GATEWAY_CPU:
        os.sched_setaffinity(process, {cpu})


class Gateway:
    """The gateway, for the length of a `with` block.

    Args:
        spin: Whether it polls without sleeping: steadier, but it takes a whole processor.
        count: Whether it looks into imports, and counts their items.

    Attributes:
        url: Its address.
    """

    def __init__(self, *, spin: bool = True, count: bool = False) -> None:
        options = [*([] if spin else ["--no-spin"]), *(["--count"] if count else [])]
        self._command = [environment.native("gateway"), *options]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        pin(self._process.pid, GATEWAY_CPU)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[1])
        self.url = f"http://127.0.0.1:{self.port}/"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def counted(self) -> tuple[int, int]:
        """Return how many requests there were since the last time, and how many items of imports."""
        with urllib.request.urlopen(f"{self.url}stats") as response:
            counts = json.load(response)
            return counts["requests"], counts["items"]
