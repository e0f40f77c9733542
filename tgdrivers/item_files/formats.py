"""The formats of files: which data each can hold, and what reads and writes it."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Protocol, TypeAlias

from tgdrivers.item_files.lines import bounded
from tgdrivers.item_files.numpy import NumpyRows, read_npy, read_npz
from tgdrivers.item_files.parquet import ParquetRows, read_parquet
from tgdrivers.item_files.turtle import read_turtle
from tgdrivers.item_files.vectors import TEXTS
from tgproto.files import Numbered, format_json, format_ntriple, format_turtle, read_json, read_ntriples
from tgproto.files.csv import read_csv
from tgproto.files.jsonl import KINDS
from tgproto.rdf import format_triple
from tgproto.types.terms import Triple

Reader: TypeAlias = Callable[[BinaryIO, "Wanted"], Generator[Numbered]]
"""Reads the items of a file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read.

    Attributes:
        kind: Which data.
        schema: Name of the schema of rows, for files that do not say it; may be empty.
    """

    kind: str
    schema: str = ""


class ItemWriter(Protocol):
    """Writes items to a file, which is not its own to close."""

    def write(self, item: Any) -> None:
        """Add an item.

        Raises:
            ValueError: The format cannot say it. Nothing was written.
        """
        ...

    def close(self) -> None:
        """Write what the end of a file needs."""
        ...


Writer: TypeAlias = Callable[[BinaryIO, str], ItemWriter]
"""Makes what writes items to a file, of a kind of data."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        kinds: The kinds of data that it can hold.
        read: Reads a file.
        write: Makes what writes to a file; None if exports cannot have the format.
        unit: What the numbers of its items count.
    """

    kinds: tuple[str, ...]
    read: Reader
    write: Writer | None
    unit: str = "line"


def _read_triples(file: BinaryIO, wanted: Wanted) -> Generator[Numbered]:  # noqa: ARG001
    lines = io.TextIOWrapper(file, "utf-8", "surrogateescape")
    try:
        yield from read_ntriples(bounded(lines, ("\n",)))
    finally:
        lines.detach()  # the file is not its own to close


def _read_json(file: BinaryIO, wanted: Wanted) -> Generator[Numbered]:
    yield from read_json(wanted.kind, bounded(file, (b"\n",)))


def _read_csv(file: BinaryIO, wanted: Wanted) -> Generator[Numbered]:
    lines = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
    try:
        yield from read_csv(bounded(lines, ("\n", "\r")), wanted.schema)
    finally:
        lines.detach()


class _Lines:
    """Writes each item as a line."""

    def __init__(self, file: BinaryIO, line: Callable[[Any], bytes]) -> None:
        self._file = file
        self._line = line

    def write(self, item: Any) -> None:
        self._file.write(self._line(item) + b"\n")

    def close(self) -> None:
        pass


def _by_kind(read: Callable[[BinaryIO, str], Generator[Numbered]]) -> Reader:
    return lambda file, wanted: read(file, wanted.kind)


def _lines_of(text: Callable[[Triple], str]) -> Writer:
    """Return what makes writers of lines of text."""
    return lambda file, _: _Lines(file, lambda triple: text(triple).encode())


EMBEDDINGS = tuple(TEXTS)

FORMATS: Mapping[str, Format] = {
    "nt": Format(("triples",), _read_triples, _lines_of(format_ntriple)),
    "nq": Format(("triples",), _read_triples, _lines_of(format_triple)),
    "jsonl": Format(KINDS, _read_json, lambda file, kind: _Lines(file, partial(format_json, kind))),
    "csv": Format(("rows",), _read_csv, None),
    "ttl": Format(("triples",), lambda file, _: read_turtle(file), _lines_of(format_turtle), "statement"),
    "npy": Format(EMBEDDINGS, _by_kind(read_npy), partial(NumpyRows, several=False), "row"),
    "npz": Format(EMBEDDINGS, _by_kind(read_npz), partial(NumpyRows, several=True), "row"),
    "parquet": Format(EMBEDDINGS, _by_kind(read_parquet), ParquetRows, "row"),
}
"""The formats, by their suffix."""


def formats_of(kind: str, *, written: bool = False) -> list[str]:
    """Return the suffixes of the formats for a kind of data.

    Args:
        kind: The kind.
        written: Whether to leave out those that are only read.
    """
    return [
        suffix
        for suffix, known in FORMATS.items()
        if kind in known.kinds and (known.write is not None or not written)
    ]
