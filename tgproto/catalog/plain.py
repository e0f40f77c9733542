"""Answers that are no JSON: bytes of any length, or text."""

from __future__ import annotations

from typing import Final

from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import BaseReader
from tgproto.errors import CallContext, DecodeError
from tgproto.types.wire import Payload

_LET_GO: Final = (
    f"an answer of more than {MAX_KEPT} bytes is not kept once its pieces are read; "
    "join them, or call result() instead of reading"
)


class PlainReader(BaseReader):
    """Yields the pieces of an answer. A long one is not kept once its pieces are read.

    Args:
        context: Which call it is, for errors.
    """

    def __init__(self, context: CallContext) -> None:
        super().__init__(context)
        self._kept: Kept[bytes] = Kept(context, MAX_KEPT, _LET_GO)

    @property
    def partial(self) -> bytes | None:
        """What came so far; None if there is nothing, or if it was not kept."""
        return b"".join(self._kept.partial) or None

    def read(self, payload: Payload, *, last: bool = False) -> bytes | None:  # noqa: ARG002
        """Take the next piece; see `Reader.read`."""
        piece = bytes(payload)
        self._kept.add(piece, len(piece))
        return piece or None

    def release(self) -> None:
        """Let a long answer go; see `Reader.release`."""
        self._kept.release()

    def _whole(self) -> bytes:
        return b"".join(self._kept.whole())


class BytesReader(PlainReader):
    """Reads an answer that is bytes."""

    def result(self) -> bytes:
        """Return the whole answer; see `Reader.result`."""
        return self._whole()


class PlainTextReader(PlainReader):
    """Reads an answer that is text in UTF-8."""

    def result(self) -> str:
        """Return the whole answer; see `Reader.result`."""
        try:
            return self._whole().decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError("the answer is no text in UTF-8", self._context) from None
