"""Bytes of files, whatever they are compressed with."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO, cast

from tgdrivers.item_files.layout import STANDARD
from tgproto.files import UnreadableFile


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
            if not compression:
                yield raw
            else:
                with gzip.GzipFile(fileobj=raw, mode="rb") as plain:
                    yield cast("BinaryIO", io.BufferedReader(plain))
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise UnreadableFile(f"{path} is no whole file of .{compression}: {error}") from None


@contextmanager
def writing(file: BinaryIO, compression: str) -> Generator[BinaryIO]:
    """Compress what is written to a file; write all of it in the end, also after an error.

    Args:
        file: Where to; stays open.
        compression: A suffix, or empty.

    Raises:
        MissingExtra: The compression needs a package.
    """
    if not compression:
        yield file
    else:
        with gzip.GzipFile(filename="", fileobj=file, mode="wb") as compressed:
            yield cast("BinaryIO", compressed)
    file.flush()


@contextmanager
def _source(path: str) -> Generator[BinaryIO]:
    if path == STANDARD:
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as file:  # noqa: PTH123  # a path as it was given
            yield file
