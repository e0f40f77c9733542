"""The formats of files: which data each can hold, and what reads and writes it."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

from tgproto.files import Numbered, format_json, format_ntriple, read_json, read_ntriples
from tgproto.files.jsonl import KINDS
from tgproto.rdf import format_triple

Reader: TypeAlias = Callable[[BinaryIO, str], Generator[Numbered]]
"""Reads the items of a file, of a kind of data."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        kinds: The kinds of data that it can hold.
        read: Reads a file.
        line: Writes an item as a line, without its end.
    """

    kinds: tuple[str, ...]
    read: Reader
    line: Callable[[str, Any], bytes]


def _read_triples(file: BinaryIO, kind: str) -> Generator[Numbered]:  # noqa: ARG001
    lines = io.TextIOWrapper(file, "utf-8", "surrogateescape")
    try:
        yield from read_ntriples(lines)
    finally:
        lines.detach()  # the file is not its own to close


def _read_json(file: BinaryIO, kind: str) -> Generator[Numbered]:
    yield from read_json(kind, file)


FORMATS: Mapping[str, Format] = {
    "nt": Format(("triples",), _read_triples, lambda _, triple: format_ntriple(triple).encode()),
    "nq": Format(("triples",), _read_triples, lambda _, triple: format_triple(triple).encode()),
    "jsonl": Format(KINDS, _read_json, format_json),
}
"""The formats, by their suffix."""


def formats_of(kind: str) -> list[str]:
    """Return the suffixes of the formats for a kind of data."""
    return [suffix for suffix, known in FORMATS.items() if kind in known.kinds]
