"""Bytes of files, whatever they are compressed with."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from tgdrivers.item_files.extras import need
from tgdrivers.item_files.layout import STANDARD
from tgproto.files import UnreadableFile

_READ = 2**17
"""Bytes that are read at once."""

_SLICE = 2**9
"""Bytes that are decompressed at once. A block of Zstandard has at least 4 bytes, and makes at most 128 KiB
(RFC 8878, 3.1.1.2): so 16 MiB can come of these, however much comes of the file."""


@contextmanager
def reading(path: str, compression: str) -> Generator[BinaryIO]:
    """Open a file, or stdin, and close it in the end.

    Args:
        path: Where it is, or `STANDARD`.
        compression: A suffix, or empty.

    Raises:
        UnreadableFile: In the block: it is not compressed so, or ends too early.
        OSError: It cannot be opened or read.
        MissingExtra: The compression needs a package.
    """
    with _source(path) as raw:
        try:
            match compression:
                case "gz":
                    with gzip.GzipFile(fileobj=raw, mode="rb") as plain:
                        yield cast("BinaryIO", io.BufferedReader(plain))
                case "zst":
                    yield cast("BinaryIO", io.BufferedReader(_FromZstandard(raw)))
                case _:
                    yield raw
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise UnreadableFile(f"{path} is no whole file of .{compression}: {error}") from None


class _FromZstandard(io.RawIOBase):
    """Reads frames of Zstandard. The reader of the package takes a torn frame for a whole one."""

    def __init__(self, raw: BinaryIO) -> None:
        self._zstandard = need("zstandard", "zstandard", "zstd", ".zst")
        self._raw = raw
        self._frame: Any = None  # what is in the middle of a frame, if anything is
        self._compressed = memoryview(b"")
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._plain:
            if not self._compressed:
                self._compressed = memoryview(self._raw.read(_READ))
            if not self._compressed:
                if self._frame is not None:
                    raise EOFError("it ends in the middle")
                return 0
            self._decompress()
        size = min(len(buffer), len(self._plain))
        buffer[:size] = self._plain[:size]
        self._plain = self._plain[size:]
        return size

    def _decompress(self) -> None:
        if self._frame is None:
            self._frame = self._zstandard.ZstdDecompressor().decompressobj()
        part = self._compressed[:_SLICE]
        try:
            self._plain = memoryview(self._frame.decompress(part))
        except self._zstandard.ZstdError as error:
            raise EOFError(str(error)) from None
        self._compressed = self._compressed[len(part) - len(self._frame.unused_data) :]
        if self._frame.eof:
            self._frame = None


@contextmanager
def writing(file: BinaryIO, compression: str) -> Generator[BinaryIO]:
    """Compress what is written to a file; write all of it in the end, also after an error.

    Args:
        file: Where to; stays open.
        compression: A suffix, or empty.

    Raises:
        MissingExtra: The compression needs a package.
    """
    match compression:
        case "gz":
            with gzip.GzipFile(filename="", fileobj=file, mode="wb") as compressed:
                yield cast("BinaryIO", compressed)
        case "zst":
            zstandard = need("zstandard", "zstandard", "zstd", ".zst")
            with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as compressed:
                yield compressed
        case _:
            yield file
    file.flush()


@contextmanager
def _source(path: str) -> Generator[BinaryIO]:
    if path == STANDARD:
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as file:  # noqa: PTH123  # a path as it was given
            yield file
