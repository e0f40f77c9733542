"""Lines of files, none of which fills the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, AnyStr

from tgproto.files import LONGEST
from tgproto.types.bulk import Unreadable


def bounded(
    file: IO[AnyStr], ends: tuple[AnyStr, ...], longest: int = LONGEST
) -> Iterator[AnyStr | Unreadable]:
    """Read lines, one after the other.

    Args:
        file: The file.
        ends: What it takes for the end of a line: a line feed, and a carriage return if that is one, too.
        longest: Characters, or bytes, that a line may have with its end.

    Yields:
        The lines with their ends; an `Unreadable` for each one that is too long.
    """
    size = longest + 1
    halved = False  # whether the last line ends with a carriage return that a line feed may belong to
    while line := file.readline(size):
        if len(line) < size:
            if not (halved and line == ends[0]):
                yield line
            halved = False
            continue
        while len(line) == size and not _ends(line, ends):
            line = file.readline(size)
        yield Unreadable(f"it is longer than {longest} bytes")
        halved = _ends(line, ends[1:])


def _ends(line: AnyStr, ends: tuple[AnyStr, ...]) -> bool:
    return any(line.endswith(end) for end in ends)
