"""Answers of `stream-document`, and of `get-document-content` in its stead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import C, FrameReader, Start
from tgproto.errors import CallContext, DecodeError
from tgproto.types.library import DocumentChunk
from tgproto.types.wire import Shape

_LET_GO: Final = (
    f"a document of more than {MAX_KEPT} bytes is not kept once its pieces are read; "
    "write them where they belong, or call result() instead of reading"
)


class PieceFrame(msgspec.Struct, gc=False, rename="kebab"):
    """A piece. Numbers that are 0 are left out; `get-document-content` sends the content alone."""

    content: bytes | None = None
    chunk_index: int = 0
    total_chunks: int = 1
    total_bytes: int | None = None


_PIECE: Final = Shape(PieceFrame)


class PieceReader(FrameReader[PieceFrame, C]):
    """Sees that every piece comes, in order, and that all of the document has come.

    Args:
        context: Which call it is, for errors.
        convert: Makes what a stream yields of a piece.
    """

    def __init__(self, context: CallContext, convert: Callable[[DocumentChunk], C]) -> None:
        super().__init__(context, _PIECE)
        self._convert = convert
        self._kept: Kept[bytes] = Kept(context, MAX_KEPT, _LET_GO)
        self._pieces = 0
        self._received = 0
        self._total = 0

    @property
    def partial(self) -> None:
        """Always None: half a document is of no use."""
        return None

    def release(self) -> None:
        """Let a long document go; see `Reader.release`."""
        self._kept.release()

    def _take(self, frame: PieceFrame) -> C:
        if frame.chunk_index != self._pieces:
            raise DecodeError(f"piece {frame.chunk_index} of the document came instead of {self._pieces}")
        content = frame.content or b""
        self._pieces += 1
        self._received += len(content)
        self._total = self._received if frame.total_bytes is None else frame.total_bytes
        self._kept.add(content, len(content))
        return self._convert(
            DocumentChunk(content, frame.chunk_index, frame.total_chunks, self._received, self._total)
        )

    def check(self) -> None:
        """See that all of the document has come; see `Reader.check`."""
        if self._received != self._total:
            raise self._failed(
                DecodeError(f"the document has {self._total} bytes, but {self._received} came")
            )

    def result(self) -> bytes:
        """Return the whole document; see `Reader.result`."""
        self.check()
        return b"".join(self._kept.whole())


def pieces_as(convert: Callable[[DocumentChunk], C]) -> Start[C, bytes]:
    """Make the readers of documents in pieces; see `PieceReader`."""
    return lambda context: PieceReader(context, convert)
