"""The machine that operations run on: its clock, and files that are there complete or not."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from tgproto.catalog import machine


class _Guarded:
    """A file that may be given up while a thread is at work with it, without waiting for the thread.

    Whoever comes last cleans up.
    """

    def __init__(self) -> None:
        self._opened: BinaryIO | None = None
        self._at_work = Lock()
        self._given_up = False

    @contextlib.contextmanager
    def _working(self) -> Generator[None, None, None]:
        """Be at work, for as long as the block lasts."""
        try:
            with self._at_work:
                if self._given_up:
                    raise ValueError("the file was given up")
                yield
        finally:
            if self._given_up:
                self._give_up()

    def _give_up(self) -> None:
        """Clean up, unless somebody is at work, who does so then."""
        self._given_up = True
        if self._at_work.acquire(blocking=False):
            try:
                self._clean_up()
            finally:
                self._at_work.release()

    def _clean_up(self) -> None:
        if self._opened is not None:
            with contextlib.suppress(OSError):  # what could not be written is not wanted
                self._opened.close()


class PathSource(_Guarded):
    """A file to be read; a `Source`.

    Args:
        path: Where it is.
    """

    def __init__(self, path: machine.Path) -> None:
        super().__init__()
        self._path = Path(path)

    def open(self) -> int:
        """Open it, and return how many bytes it has; see `Source.open`."""
        with self._working():
            self._opened = self._path.open("rb")
            return machine.FileSource(self._opened).open()

    def read_at(self, offset: int, size: int) -> bytes:
        """Read a part of it; see `Source.read_at`."""
        with self._working():
            assert self._opened is not None
            return machine.FileSource(self._opened).read_at(offset, size)

    def close(self) -> None:
        """Close it; see `Source.close`."""
        self._give_up()


class PathSink(_Guarded):
    """A file that has its name once it is complete; a `Sink`.

    The bytes go into a temporary file in the same folder, `.tgproto-….part`, which then replaces the file
    of that name, if there is one, and takes over its permissions. A link stays, and what it leads to is
    replaced.

    Args:
        path: Where the file is to be.
    """

    def __init__(self, path: machine.Path) -> None:
        super().__init__()
        self._path = Path(path)
        self._part: Path | None = None

    def open(self) -> None:
        """Make the temporary file; see `Sink.open`."""
        with self._working():
            self._path = Path(os.path.realpath(self._path))
            mode = _mode_of(self._path)
            part = self._path.with_name(f".tgproto-{secrets.token_hex(8)}.part")
            self._opened = part.open("xb")
            self._part = part
            if mode is not None:
                part.chmod(mode)

    def write(self, data: bytes) -> None:
        """Add to its end; see `Sink.write`."""
        with self._working():
            assert self._opened is not None
            self._opened.write(data)

    def commit(self) -> None:
        """Put it in its place; see `Sink.commit`."""
        with self._working():
            assert self._opened is not None
            assert self._part is not None
            self._opened.flush()
            os.fsync(self._opened.fileno())
            self._opened.close()
            self._part.replace(self._path)
            self._part = None

    def keep(self) -> Path:
        """Leave what came, though it is not complete, beside the place; return its name, `….part`."""
        with self._working():
            assert self._opened is not None
            assert self._part is not None
            self._opened.close()
            kept = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}.part")
            self._part.replace(kept)
            self._part = None
            return kept

    def discard(self) -> None:
        """Remove what has no name yet; see `Sink.discard`."""
        self._give_up()

    def _clean_up(self) -> None:
        super()._clean_up()
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._part = None


def _mode_of(path: Path) -> int | None:
    """Return the permissions of a file that is to be replaced; None if there is none.

    Raises:
        OSError: It is something else: to replace a device or a folder is never what is meant.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{path} is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise OSError(f"{path} is no ordinary file: read the stream, and write it yourself")
    return stat.S_IMODE(mode)


class LocalMachine:
    """This machine; a `Machine`.

    Args:
        clock: Returns the seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def time(self) -> float:
        """Return the seconds since 1970, UTC."""
        return self._clock()

    def source(self, path: machine.Path) -> machine.Source:
        """Return a file to be read."""
        return PathSource(path)

    def sink(self, path: machine.Path) -> machine.Sink:
        """Return a file to be written."""
        return PathSink(path)


MACHINE: Final = LocalMachine()
"""This machine."""
