"""What procedures need of the machine they run on: its clock and its files. A driver has them.

The core opens, reads and writes nothing. A procedure asks for the machine with the step `machine`, and has
what may block called by the step `worked`.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable


@runtime_checkable
class PathLike(Protocol):
    """A path that is no string, such as a `pathlib.Path`."""

    def __fspath__(self) -> str:
        """Return it as a string."""
        ...


Path: TypeAlias = str | PathLike
"""Where a file is."""


@runtime_checkable
class BinaryFile(Protocol):
    """A file open for reading bytes, in which any place can be found, such as `open(path, "rb")` returns."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place, and return its distance from the beginning in bytes."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """Read so many bytes from there, or less at the end."""
        ...


Document: TypeAlias = bytes | PathLike | BinaryFile
"""What a document can be read from."""


class Source(Protocol):
    """Bytes to be read, all of which are there. Any method but `close` may block."""

    def open(self) -> int:
        """Make it ready to be read.

        Returns:
            How many bytes it has.

        Raises:
            OSError: It cannot be read.
        """
        ...

    def read_at(self, offset: int, size: int) -> bytes:
        """Read a part of it.

        Args:
            offset: Where it begins, in bytes.
            size: How many bytes.

        Returns:
            As many bytes; fewer, if it ends before.

        Raises:
            OSError: It cannot be read.
        """
        ...

    def close(self) -> None:
        """Let it go. Harmless when repeated, or when it was never opened."""
        ...


class Sink(Protocol):
    """A file to be written that is there under its name only once it is complete. Most methods may block."""

    def open(self) -> None:
        """Make a temporary file beside the place of the file.

        Raises:
            OSError: That is not possible, or the name is that of something else than a file.
        """
        ...

    def write(self, data: bytes) -> None:
        """Add to its end.

        Raises:
            OSError: That is not possible.
        """
        ...

    def commit(self) -> None:
        """Give the file its name, in place of one that was there. It is on the disk then.

        Raises:
            OSError: That is not possible.
        """
        ...

    def discard(self) -> None:
        """Remove what was written and has no name yet, without waiting for anything.

        Harmless when repeated, after `commit`, or while another method is at work in a thread that nobody
        waits for: that thread cleans up.
        """
        ...


class Machine(Protocol):
    """The machine that a procedure runs on."""

    def time(self) -> float:
        """Return the seconds since 1970, UTC."""
        ...

    def source(self, path: Path) -> Source:
        """Return a file to be read; nothing is opened yet."""
        ...

    def sink(self, path: Path) -> Sink:
        """Return a file to be written; nothing is opened yet."""
        ...


class BytesSource:
    """Bytes in memory, as a `Source`.

    Args:
        data: The bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def open(self) -> int:
        """Return how many bytes there are."""
        return len(self._data)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return a part of them; see `Source.read_at`."""
        return bytes(self._data[offset : offset + size])

    def close(self) -> None:
        """Do nothing."""


class FileSource:
    """A file that somebody else has opened and will close, as a `Source`. It is read from its beginning.

    Args:
        file: The file.
    """

    def __init__(self, file: BinaryFile) -> None:
        self._file = file

    def open(self) -> int:
        """Return how many bytes it has.

        Raises:
            TypeError: It is open for reading text.
        """
        if self._file.read(0) != b"":  # but "" then
            raise TypeError('the file is open for reading text: open it with the mode "rb"')
        return self._file.seek(0, 2)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read a part of it, in as many reads as it takes; see `Source.read_at`."""
        self._file.seek(offset)
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Leave it open: it is somebody else's."""


def source_of(name: str, document: object, machine: Machine) -> Source:
    """Return what a document is read from; nothing is opened yet.

    Args:
        name: Name of the argument.
        document: A `Document`.
        machine: Where files are.

    Raises:
        TypeError: It is none.
    """
    match document:
        case bytes() | bytearray():
            return BytesSource(bytes(document))
        case PathLike():
            return machine.source(document)
        case BinaryFile():
            return FileSource(document)
        case _:
            raise TypeError(
                f"{name} must be bytes, a pathlib.Path, or a file open for reading bytes that can seek, "
                f"not {type(document).__name__}"
            )
