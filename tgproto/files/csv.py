"""Rows of structured data as CSV: the first line names the columns, the others are rows.

What is read is [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180), with any of the usual ends of lines. Each
value is text as it stands there; an empty one is an empty text. A value has at most 131,072 characters, which
is the limit of Python's `csv` (`csv.field_size_limit`, for the whole process).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from tgproto.files.items import Numbered, UnreadableFile, unmarked
from tgproto.types.bulk import Row, Unreadable


def read_csv(lines: Iterable[str], schema_name: str) -> Iterator[Numbered]:
    """Read rows, one after the other.

    Args:
        lines: Lines with their ends, as a file opened with `newline=""` has them.
        schema_name: Name of the schema that all rows have.

    Yields:
        The rows, numbered by their first lines. A row with more or fewer values than there are columns is an
        `Unreadable`; empty lines and a byte order mark are nothing.

    Raises:
        UnreadableFile: There is no line with the names of the columns, or one is empty or there twice. Behind
            the rows in front of it: a quote is out of place or never closed, or a value is too long. A quoted
            value may have many lines, so nobody knows where the next row begins.
    """
    reader = csv.reader(unmarked(lines), strict=True)
    columns = _columns(reader)
    while True:
        number = reader.line_num + 1
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
