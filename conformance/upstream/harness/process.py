"""One background process with all its descendants: start it, find it again, stop it to the last child.

Every process gets a mark in its environment, which its children inherit. So a part is found by its mark
whatever sessions or groups its children made, and a process number that the system gave to somebody else is
never taken for ours.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from .errors import HarnessError
from .probe import port_open
from .waiting import wait_until

MARK = "TGW_PART"
PORT_PATIENCE = 5.0
"""Seconds that the port of a process that has just ended may take to be free."""


@dataclass(frozen=True, slots=True)
class Process:
    """A part of the set-up that runs in the background.

    Attributes:
        name: What it is called, also the name of its log and of its pid file.
        command: The program and its arguments.
        environment: Variables that it gets on top of the caller's.
        work: The work directory.
        ports: The ports of 127.0.0.1 that it listens on, by the variable that changes each.
        ready: Whether it can be used.
        start_patience: Seconds that it may take to become ready.
        stop_patience: Seconds that it may take to end when asked to, before it is killed.
    """

    name: str
    command: Sequence[str]
    work: Path
    ports: Mapping[str, int]
    ready: Callable[[], bool]
    start_patience: float
    stop_patience: float
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """The file that takes its output."""
        return self.work / "log" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """The file that holds the number of the process that was started, the others' parent."""
        return self.work / "pid" / self.name

    @property
    def pid(self) -> int | None:
        """The recorded process if it still runs."""
        try:
            recorded = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None
        return recorded if recorded in self.members() else None

    def members(self) -> list[int]:
        """The numbers of all processes that belong to this part, children included."""
        mark = self._mark().encode()
        return [pid for pid in _all_processes() if mark in _environment(pid)]

    def start(self) -> bool:
        """Start it, unless it runs, and wait until it is ready.

        Returns:
            Whether it was started; False when it was running already.

        Raises:
            HarnessError: A port is taken, it ended, or it did not become ready in time.
        """
        process = self.begin()
        self.finish(process)
        return process is not None

    def begin(self) -> subprocess.Popen[bytes] | None:
        """Start it, unless it runs, without waiting.

        Returns:
            The process, for `finish`; None when it was running already.

        Raises:
            HarnessError: A port is taken.
        """
        if self.pid is not None:
            return None
        self.stop()
        for setting, port in self.ports.items():
            # A process that ends loses its environment, by which it is known, a moment before its sockets.
            if not wait_until(partial(_is_free, port), PORT_PATIENCE):
                raise HarnessError(f"port {port} is taken: stop what uses it, or set {setting}")
        return self._spawn()

    def finish(self, process: subprocess.Popen[bytes] | None) -> None:
        """Wait until it is ready.

        Args:
            process: What `begin` returned.

        Raises:
            HarnessError: It ended, or it did not become ready in time.
        """
        if process is None:
            self._wait_until_ready(lambda: self.pid is None)
        else:
            self._wait_until_ready(lambda: process.poll() is not None)

    def stop(self) -> bool:
        """End it and all its children, first by asking, then by killing.

        Returns:
            Whether there was anything to stop.

        Raises:
            HarnessError: A process is there even after being killed.
        """
        found = self.members()
        leader = self.pid
        for pid in [leader] if leader is not None else found:
            _send(pid, signal.SIGTERM)
        if not wait_until(self._gone, self.stop_patience):
            for pid in self.members():
                _send(pid, signal.SIGKILL)
            if not wait_until(self._gone, 10.0):
                raise HarnessError(f"{self.name} cannot be ended; look at the processes {self.members()}")
        self.pid_file.unlink(missing_ok=True)
        return bool(found)

    def _spawn(self) -> subprocess.Popen[bytes]:
        name, _, value = self._mark().partition("=")
        with self.log.open("wb") as out:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.work,
                env={**os.environ, **self.environment, name: value},
                start_new_session=True,
            )
        self.pid_file.write_text(f"{process.pid}\n")
        return process

    def _wait_until_ready(self, ended: Callable[[], bool]) -> None:
        if not wait_until(lambda: ended() or self.ready(), self.start_patience):
            raise HarnessError(f"{self.name} was not ready after {self.start_patience:.0f} s; see {self.log}")
        if ended():
            lines = self.log.read_text(errors="replace").split("\n")
            last = next((line for line in reversed(lines) if line.strip()), "no output")
            raise HarnessError(f"{self.name} ended while starting: {last}; see {self.log}")

    def _gone(self) -> bool:
        return not self.members()

    def _mark(self) -> str:
        return f"{MARK}={self.work}:{self.name}"


def _is_free(port: int) -> bool:
    return not port_open(port)


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    """What a process was started with; nothing if it has ended or belongs to somebody else."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
