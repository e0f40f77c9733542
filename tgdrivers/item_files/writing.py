"""A file of items that is being written: it has its name once it is whole."""

from __future__ import annotations

import io
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from tgdrivers.files import PathSink
from tgdrivers.item_files.compression import writing
from tgdrivers.item_files.formats import FORMATS
from tgdrivers.item_files.layout import STANDARD, Layout


class ItemFile:
    """A file of items, for a `with` block. When that ends well, the file is put in its place.

    Else what came is kept beside that, unless it is nothing; it can be read as far as it goes.

    Args:
        kind: What the items are.
        path: Where the file is to be, or `STANDARD`.
        layout: What it is; of a format that can be written.

    Attributes:
        count: How many items it has.
        kept: Where the part is that was kept; None if none was.
    """

    def __init__(self, kind: str, path: str, layout: Layout) -> None:
        self.count = 0
        self.kept: Path | None = None
        self._kind = kind
        self._layout = layout
        self._sink = None if path == STANDARD else PathSink(path)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make a temporary file beside the place.

        Raises:
            OSError: That is not possible.
            MissingExtra: The format or the compression needs a package.
        """
        if self._sink is not None:
            self._sink.open()
        try:
            plain = sys.stdout.buffer if self._sink is None else _buffered(self._sink)
            self._file = self._stack.enter_context(writing(plain, self._layout.compression))
            make = FORMATS[self._layout.format].write
            assert make is not None
            self._writer = make(self._file, self._kind)
            self._stack.callback(self._writer.close)
        except BaseException:
            self._stack.close()
            if self._sink is not None:
                self._sink.discard()
            raise
        return self

    def write(self, item: Any) -> None:
        """Add an item; raises what `ItemWriter.write` does."""
        self._writer.write(item)
        self.count += 1

    def flush(self) -> None:
        """Let a reader of stdout see what was written."""
        if self._sink is None:
            self._file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put the file in its place, or keep what came."""
        if self._sink is None:
            self._stack.close()
            return
        whole = False
        try:
            self._stack.close()
            whole = error is None
        finally:  # also if the end could not be written
            try:
                if whole:
                    self._sink.commit()
                elif self.count:
                    self.kept = self._sink.keep()
            finally:
                self._sink.discard()


class _SinkFile(io.RawIOBase):
    """A sink as a file."""

    def __init__(self, sink: PathSink) -> None:
        self._sink = sink
        self._place = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._sink.write(data)
        size = memoryview(data).nbytes
        self._place += size
        return size

    def tell(self) -> int:
        return self._place


def _buffered(sink: PathSink) -> BinaryIO:
    return cast("BinaryIO", io.BufferedWriter(_SinkFile(sink), 2**16))
