"""Rows of structured data as CSV: the first line names the columns, the others are rows.

What is read is [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180), with any of the usual ends of lines. Each
value is text as it stands there; an empty one is an empty text. A value has at most 131,072 characters, which
is the limit of Python's `csv` (`csv.field_size_limit`, for the whole process).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from tgproto.files.items import LONGEST, Numbered, UnreadableFile, unmarked
from tgproto.types.bulk import Row, Unreadable


def read_csv(lines: Iterable[str | Unreadable], schema_name: str) -> Iterator[Numbered]:
    """Read rows, one after the other.

    Args:
        lines: Lines with their ends, as a file opened with `newline=""` has them. Behind an `Unreadable`
            in place of a line nothing is read.
        schema_name: Name of the schema that all rows have.

    Yields:
        The rows, numbered by their first lines. A row with more or fewer values than there are columns is an
        `Unreadable`; empty lines and a byte order mark are nothing.

    Raises:
        UnreadableFile: There is no line with the names of the columns, or one is empty or there twice. Behind
            the rows in front of it: a quote is out of place or never closed, a value is too long, or a row is
            longer than `LONGEST`. A quoted value may have many lines, so nobody knows where the next row is.
    """
    counted = _Lines(unmarked(lines))
    reader = csv.reader(counted, strict=True)
    columns = _columns(reader)
    while True:
        number = counted.begin()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"the row at line {number} is no CSV, and hides where the next one begins: {error}"
            raise UnreadableFile(reason) from None
        if len(values) == len(columns):
            yield Numbered(number, Row(schema_name, dict(zip(columns, values, strict=True))))
        elif values:
            reason = f"it has {len(values)} values, and there are {len(columns)} columns"
            yield Numbered(number, Unreadable(reason))


class _Lines:
    """Counts lines, and sees that those of one row do not become too long."""

    def __init__(self, lines: Iterable[str | Unreadable]) -> None:
        self._lines = iter(lines)
        self._number = 0
        self._size = 0

    def begin(self) -> int:
        """Return the number of the next line, in which a row begins."""
        self._size = 0
        return self._number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        if isinstance(line, Unreadable):
            raise csv.Error(line.reason)
        self._size += len(line)
        if self._size > LONGEST:
            raise csv.Error(f"it is longer than {LONGEST} bytes")
        return line


def _columns(reader: Iterator[list[str]]) -> list[str]:
    try:
        columns = next(reader, None) or []
    except csv.Error as error:
        raise UnreadableFile(f"the first line has no names of columns: {error}") from None
    if not columns or "" in columns:
        raise UnreadableFile("the first line must name every column")
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise UnreadableFile(f"two columns are called {twice[:60]!r}")
    return columns
