"""How a long transfer is shown: one line that changes on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

SECONDS = 5.0
"""Between two lines where nobody is watching."""


class Progress:
    """Shows on stderr how many items there are so far. To be used in a `with` block.

    Args:
        done: What has happened to them, such as `confirmed`.
        as_json: Whether to write objects.

    Attributes:
        count: How many there are.
    """

    def __init__(self, done: str, *, as_json: bool) -> None:
        self.count = 0
        self._done = done
        self._as_json = as_json
        self._began = self._told = time.monotonic()
        self._status = None if as_json or not sys.stderr.isatty() else _status()

    def __enter__(self) -> Progress:
        """Begin."""
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the line that changes, if there is one."""
        if self._status is not None:
            self._status.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    @property
    def rate(self) -> int:
        """Items per second so far."""
        return round(self.count / max(self.elapsed, 1e-3))

    def update(self, count: int) -> None:
        """Tell how many there are."""
        self.count = count
        if self._status is not None:
            self._status.start()
            self._status.update(f"{count} {self._done}, {self.rate}/s")
        elif (now := time.monotonic()) - self._told >= SECONDS:
            self._told = now
            self._write()

    def pause(self) -> None:
        """Remove the line that changes, so that something else can be written; `update` brings it back."""
        if self._status is not None:
            self._status.stop()

    def _write(self) -> None:
        if self._as_json:
            line = json.dumps({"kind": "progress", self._done: self.count, "rate": self.rate})
        else:
            line = f"tg: {self.count} {self._done}, {self.rate}/s"
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _status() -> Status | None:
    try:
        from rich.console import Console
        from rich.status import Status
    except ModuleNotFoundError:
        return None

    return Status("connecting", console=Console(stderr=True))
