"""Answers that are no JSON: bytes of any length, or text."""

from __future__ import annotations

from tgproto.catalog.answer import MAX_KEPT
from tgproto.errors import CallContext, DecodeError, LocalProtocolError
from tgproto.types.wire import Payload


class PlainReader:
    """Yields the pieces of an answer. A long one is not kept once its pieces are read.

    Args:
        context: Which call it is, for errors.
    """

    def __init__(self, context: CallContext) -> None:
        self._context = context
        self._pieces: list[bytes] = []
        self._size = 0
        self._kept = True

    @property
    def partial(self) -> bytes | None:
        """What came so far; None if there is nothing, or if it was not kept."""
        return b"".join(self._pieces) or None

    def read(self, payload: Payload, *, last: bool = False) -> bytes | None:  # noqa: ARG002
        """Take the next piece; see `Reader.read`."""
        piece = bytes(payload)
        self._size += len(piece)
        if self._kept:
            self._pieces.append(piece)
        return piece or None

    def release(self) -> None:
        """Let a long answer go; see `Reader.release`."""
        if self._size > MAX_KEPT:
            self._kept = False
            self._pieces.clear()

    def check(self) -> None:
        """Find nothing wrong: any bytes are an answer."""

    def _whole(self) -> bytes:
        if not self._kept:
            raise LocalProtocolError(
                f"{self._context}: an answer of more than {MAX_KEPT} bytes is not kept once its pieces are "
                "read; join them, or call result() instead of reading"
            )
        return b"".join(self._pieces)


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
