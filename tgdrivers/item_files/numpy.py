"""Embeddings in arrays of NumPy, read and written in pieces.

`.npz` has an array for each text, and `vector`, whose rows are the vectors. `.npy` has one array, whose
fields are these. All vectors of a file have the same length.
"""

from __future__ import annotations

import sys
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from tgdrivers.item_files.extras import need
from tgdrivers.item_files.spool import seekable
from tgdrivers.item_files.vectors import TEXTS, columns_of, item_of
from tgproto.files import Numbered, UnreadableFile, format_json, read_json

ROWS = 256
"""Rows in memory at once, at most."""

_MOST = 2**24
"""Bytes of rows in memory at once; no row may have more."""


def _numpy() -> Any:
    return need("numpy", "NumPy", "numpy", "an array")


# --- reading --------------------------------------------------------------------------------------


def read_npy(file: BinaryIO, kind: str) -> Generator[Numbered]:
    """Read embeddings from the fields of one array.

    Args:
        file: The file.
        kind: Which ones; one of `TEXTS`.

    Yields:
        The embeddings, numbered.

    Raises:
        UnreadableFile: It is no such file, or lacks a field.
        MissingExtra: NumPy is not installed.
    """
    numpy = _numpy()
    try:
        dtype, shape = _header(numpy, file)
        texts = _texts(kind, dtype.names or ())
        if len(shape) != 1:
            raise UnreadableFile("the array must have one dimension")
        number = 0
        for block in _blocks(numpy, file, dtype, shape):
            for row in zip(*(_listed(numpy, block[name]) for name in [*texts, "vector"]), strict=True):
                number += 1
                yield Numbered(number, item_of(kind, row[:-1], row[-1]))
    except (ValueError, EOFError) as error:
        raise _unreadable(error) from None


def read_npz(file: BinaryIO, kind: str) -> Generator[Numbered]:
    """Read embeddings from several arrays; see `read_npy`."""
    numpy = _numpy()
    with seekable(file) as whole, ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(whole))
            there = [name.removesuffix(".npy") for name in archive.namelist()]
            columns: list[Iterator[list[Any]]] = []
            lengths: set[int] = set()
            for name in [*_texts(kind, there), "vector"]:
                member = stack.enter_context(archive.open(f"{name}.npy"))
                dtype, shape = _header(numpy, member)
                if len(shape) != (2 if name == "vector" else 1):
                    raise UnreadableFile(f"the array {name} has {len(shape)} dimensions")
                lengths.add(shape[0])
                columns.append(_rows(numpy, member, dtype, shape))
            if len(lengths) > 1:
                raise UnreadableFile("the arrays must be of the same length")
            for number, row in enumerate(zip(*columns, strict=True), 1):
                yield Numbered(number, item_of(kind, row[:-1], row[-1]))
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise _unreadable(error) from None


def _unreadable(error: Exception) -> UnreadableFile:
    if isinstance(error, UnreadableFile):
        return error
    return UnreadableFile(f"it is no whole file of NumPy: {error}")


def _texts(kind: str, there: Any) -> list[str]:
    texts = [name for name in TEXTS[kind] if name in there]
    if TEXTS[kind][0] not in texts or "vector" not in there:
        raise UnreadableFile(f"it needs {TEXTS[kind][0]} and vector")
    return texts


def _header(numpy: Any, file: Any) -> tuple[Any, tuple[int, ...]]:
    """Return the type and the shape of the array that follows."""
    form = numpy.lib.format
    read = {(1, 0): form.read_array_header_1_0, (2, 0): form.read_array_header_2_0}
    version = form.read_magic(file)
    if version not in read:
        raise UnreadableFile(f"version {version} of the format is not known")
    shape, by_columns, dtype = read[version](file)
    if dtype.hasobject or (by_columns and len(shape) > 1):
        raise UnreadableFile("an array must not hold objects, and must be in the order of C")
    if any(length < 0 for length in shape):
        raise UnreadableFile("an array has a negative length")
    return dtype, shape


def _blocks(numpy: Any, file: Any, dtype: Any, shape: tuple[int, ...]) -> Iterator[Any]:
    """Yield an array in pieces of some rows."""
    row = dtype.itemsize
    for length in shape[1:]:
        row *= length
    if row > _MOST:
        raise UnreadableFile(f"a row has {row} bytes, which is more than {_MOST}")
    most = min(ROWS, _MOST // max(row, 1))
    for begin in range(0, shape[0], most):
        rows = min(most, shape[0] - begin)
        data = file.read(rows * row)
        if len(data) < rows * row:
            raise EOFError("it ends too early")
        yield numpy.frombuffer(data, dtype).reshape(rows, *shape[1:])


def _rows(numpy: Any, file: Any, dtype: Any, shape: tuple[int, ...]) -> Iterator[Any]:
    for block in _blocks(numpy, file, dtype, shape):
        yield from _listed(numpy, block)


def _listed(numpy: Any, column: Any) -> Any:
    """Return the values of a column as Python has them."""
    if column.dtype.names:
        raise UnreadableFile("a column must not have fields of its own")
    if column.dtype.kind == "U" and column.dtype.itemsize:
        codes = numpy.dtype("u4").newbyteorder(column.dtype.byteorder)
        if numpy.ascontiguousarray(column).view(codes).max(initial=0) > sys.maxunicode:
            raise UnreadableFile("a text has a number that stands for no character")  # NumPy does not look
    return column.tolist()


# --- writing --------------------------------------------------------------------------------------


class _Onward:
    """A file without places: what compresses cannot go back, and counts other bytes than an archive does."""

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write
        self.flush = file.flush


class NumpyRows:
    """Writes embeddings. They wait on the disk for the end, because arrays begin with their shapes.

    Args:
        file: Where to.
        kind: Which ones; one of `TEXTS`.
        several: Whether there is an array for each column (`.npz`), or one with fields (`.npy`).

    Raises:
        MissingExtra: NumPy is not installed.
    """

    def __init__(self, file: BinaryIO, kind: str, *, several: bool) -> None:
        self._numpy = _numpy()
        self._file = file
        self._kind = kind
        self._several = several
        self._waiting = TemporaryFile()  # noqa: SIM115  # closed by close
        self._count = 0
        self._widths = dict.fromkeys(TEXTS[kind], 1)
        self._dimensions: int | None = None

    def write(self, item: Any) -> None:
        """Add an embedding.

        Raises:
            ValueError: There is no column for what it has, or its vector is of another length.
        """
        texts, vector = columns_of(item)
        if len(vector) != (self._dimensions or len(vector)):
            raise ValueError(
                f"the vector has {len(vector)} numbers, and the first one had {self._dimensions}"
            )
        if any(text.endswith("\0") for text in texts):
            raise ValueError("NumPy takes away the NUL that a text ends with")
        self._dimensions = len(vector)
        for name, text in zip(self._widths, texts, strict=True):
            self._widths[name] = max(self._widths[name], len(text))
        self._waiting.write(format_json(self._kind, item) + b"\n")
        self._count += 1

    def close(self) -> None:
        """Write the arrays."""
        with self._waiting:
            fields: list[Any] = [(name, f"<U{width}") for name, width in self._widths.items()]
            dtype = self._numpy.dtype([*fields, ("vector", "<f8", (self._dimensions or 0,))])
            if not self._several:
                self._write(self._file, dtype, None)
                return
            onward: Any = _Onward(self._file)
            with zipfile.ZipFile(onward, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in dtype.names:
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        self._write(member, dtype[name], name)

    def _write(self, file: Any, dtype: Any, name: str | None) -> None:
        """Write an array: one of the columns, or all."""
        form = self._numpy.lib.format
        shape = (self._count, *dtype.shape)
        header = {"descr": form.dtype_to_descr(dtype.base), "fortran_order": False, "shape": shape}
        form.write_array_header_2_0(file, header)
        for block in self._blocks():
            rows = [row if name is None else row[name] for row in block]
            values = [tuple(row.values()) for row in rows] if name is None else rows
            file.write(self._numpy.array(values, dtype.base).tobytes())

    def _blocks(self) -> Iterator[list[Any]]:
        self._waiting.seek(0)
        block: list[Any] = []
        for _, item in read_json(self._kind, self._waiting):
            texts, vector = columns_of(item)  # type: ignore[arg-type]
            block.append({**dict(zip(self._widths, texts, strict=True)), "vector": vector})
            if len(block) == ROWS:
                yield block
                block = []
        if block:
            yield block
