"""Files for formats that do not go from front to back."""

from __future__ import annotations

import io
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, cast


@contextmanager
def seekable(file: BinaryIO) -> Generator[BinaryIO]:
    """Return a file in which any place can be gone to: itself, or a copy on the disk."""
    if isinstance(getattr(file, "raw", None), io.FileIO) and file.seekable():
        yield file
    else:
        with TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield cast("BinaryIO", copy)
