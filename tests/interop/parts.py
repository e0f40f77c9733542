"""The gateway as a process that can be stopped and started, by the program behind `make interop`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "conformance" / "upstream" / "gateway.py"

PATIENCE = 60.0
"""Seconds that the program may take."""


@dataclass(frozen=True)
class Part:
    """A part of the set-up.

    Attributes:
        name: What the program calls it.
    """

    name: str

    def kill(self) -> None:
        """End it at once; its connections are dropped."""
        os.kill(self._pid(), signal.SIGKILL)

    def restart(self) -> None:
        """Ask it to end, kill it after 10 s, and start it. Returns when it can be used."""
        self._do("restart", self.name)

    def start(self) -> None:
        """Start it. Returns when it can be used."""
        self._do("start", *self._generation)

    @property
    def _generation(self) -> tuple[str, str]:
        """Says that the other gateway is not meant."""
        return "--generation", "1" if self.name == "gateway1" else "2"

    def _pid(self) -> int:
        lines = (line.split() for line in self._do("status", *self._generation).splitlines())
        return next(int(words[1]) for words in lines if words[0] == self.name and words[1].isdigit())

    @staticmethod
    def _do(*arguments: str) -> str:
        line = [sys.executable, str(PROGRAM), *arguments]
        done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
