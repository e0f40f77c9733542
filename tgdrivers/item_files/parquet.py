"""Embeddings in Parquet: a column for each text, and `vector`, a list of doubles."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, BinaryIO

from tgdrivers.item_files.extras import need
from tgdrivers.item_files.spool import seekable
from tgdrivers.item_files.vectors import TEXTS, columns_of, item_of
from tgproto.files import Numbered, UnreadableFile

ROWS = 1024
"""Rows in memory at once. Those of a group that another program has written may be more."""


def _need(module: str) -> Any:
    return need(module, "pyarrow", "parquet", ".parquet")


def read_parquet(file: BinaryIO, kind: str) -> Generator[Numbered]:
    """Read embeddings, row by row.

    Args:
        file: The file.
        kind: Which ones; one of `TEXTS`.

    Yields:
        The embeddings, numbered.

    Raises:
        UnreadableFile: It is no Parquet, or lacks a column.
        MissingExtra: pyarrow is not installed.
    """
    parquet, errors = _need("pyarrow.parquet"), _need("pyarrow.lib").ArrowException
    with seekable(file) as whole:
        number = 0
        try:
            source = parquet.ParquetFile(whole)
            there = set(source.schema_arrow.names)
            texts = [name for name in TEXTS[kind] if name in there]
            if TEXTS[kind][0] not in texts or "vector" not in there:
                raise UnreadableFile(f"it needs the columns {TEXTS[kind][0]} and vector")
            for batch in source.iter_batches(ROWS, columns=[*texts, "vector"]):
                for row in batch.to_pylist():
                    number += 1
                    yield Numbered(number, item_of(kind, [row[name] for name in texts], row["vector"]))
        except (errors, OSError) as error:
            raise UnreadableFile(f"it is no whole file of Parquet: {error}") from None


class ParquetRows:
    """Writes embeddings.

    Args:
        file: Where to.
        kind: Which ones; one of `TEXTS`.

    Raises:
        MissingExtra: pyarrow is not installed.
    """

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self._arrow = _need("pyarrow")
        columns = [(name, self._arrow.string()) for name in TEXTS[kind]]
        self._schema = self._arrow.schema([*columns, ("vector", self._arrow.list_(self._arrow.float64()))])
        self._writer = _need("pyarrow.parquet").ParquetWriter(file, self._schema)
        self._rows: list[list[Any]] = []

    def write(self, item: Any) -> None:
        """Add an embedding; raises what `columns_of` does, or ValueError for a text that is no Unicode."""
        texts, vector = columns_of(item)
        for text in texts:
            text.encode()
        self._rows.append([*texts, vector])
        if len(self._rows) >= ROWS:
            self._flush()

    def close(self) -> None:
        """Write the rest, and what the end of a file needs."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            columns = [list(column) for column in zip(*self._rows, strict=True)]
            self._writer.write_table(self._arrow.table(columns, schema=self._schema))
            self._rows = []
