"""Fetching documents of any size: piece by piece, or into a file that is there complete or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import procedure, stream_operation
from tgproto.catalog.call import StreamCall
from tgproto.catalog.library_documents import DocumentOps
from tgproto.catalog.library_pieces import pieces_as
from tgproto.catalog.library_scope import LibraryScope
from tgproto.catalog.library_upload import Progress
from tgproto.catalog.machine import Path, PathLike, Sink
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.spelling import Spelling, has_chunks
from tgproto.catalog.steps import Steps, machine, opened, step, taken, worked
from tgproto.errors import StreamingUnavailable
from tgproto.types.library import DocumentChunk

C = TypeVar("C")

PIECE: Final = 2**20
"""Bytes of the pieces that documents are fetched in, unless told otherwise."""


@dataclass(frozen=True)
class DownloadOps(LibraryScope):
    """Fetching documents of any size."""

    entries: ClassVar = {"librarian stream-document": "stream_document"}

    @stream_operation
    def stream_document(
        self,
        id: str,  # noqa: A002
        chunk_size: int = PIECE,
        *,
        user: str | None = None,
    ) -> StreamCall[DocumentChunk, bytes]:
        """Fetch a document piece by piece, and what the gateway says about each; 2.1.1 and later.

        Args:
            id: Its id.
            chunk_size: Bytes of each piece but the last; 0 for what the gateway prefers, 1 MiB.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            A stream of the pieces. It ends with an error if they are not the whole document. Its `result` is
            the document. Of a document without content, gateways send nothing (2.1.1 to 2.11.1): it takes
            until a time limit, and fails; `get_document_content` finds that there is none.

        Raises:
            ServiceError: The service failed, or there is no such document.
            DecodeError: Pieces are missing.
            NotOffered: The gateway sends documents only whole; `download` takes them, too.
            StreamingUnavailable: The `Api` is to use REST alone.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or the size is negative.
        """
        return self._stream_call(
            "stream-document",
            {
                "document-id": check.name_of("id", id),
                "chunk-size": check.count("chunk_size", chunk_size) or None,
            },
            pieces_as(_same),
            user=user,
        )

    @stream_operation
    def download(
        self,
        id: str,  # noqa: A002
        chunk_size: int = PIECE,
        *,
        user: str | None = None,
    ) -> StreamCall[bytes, bytes]:
        """Fetch a document as a stream of bytes, of which only a few pieces are in memory.

        Args:
            id: Its id.
            chunk_size: Bytes of each piece but the last; 0 for what the gateway prefers, 1 MiB. Gateways
                before 2.1.1 send the document in one.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            A stream of bytes. It ends with an error if they are not the whole document, so that a document
            cut short is never taken for a whole one. Its `result` is the document. About documents without
            content, see `stream_document`.

        Raises:
            ServiceError: The service failed, or there is no such document.
            DecodeError: Pieces are missing.
            StreamingUnavailable: The `Api` is to use REST alone; `get_document_content` works there.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or the size is negative.
        """
        return self._pieces(id, chunk_size, _content, user)

    @procedure
    def stream_document_to_file(
        self,
        id: str,  # noqa: A002
        file_path: Path,
        chunk_size: int = PIECE,
        on_progress: Progress | None = None,
        *,
        user: str | None = None,
    ) -> Steps[int]:
        """Fetch a document into a file, which is there under its name only once it is complete.

        Until then, the bytes are in a temporary file in the same folder. It is removed if the document cannot
        be fetched, or nobody waits for it any more. A file of that name is replaced, and keeps its
        permissions. Over REST alone, the document comes in one message, and is in memory as a whole.

        Args:
            id: Its id.
            file_path: Where the file is to be.
            chunk_size: Bytes of each piece but the last; 0 for what the gateway prefers, 1 MiB.
            on_progress: Called with the bytes that have come, and with all there are, after each piece; where
                the caller is. What it raises ends the download.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            How many bytes the file has.

        Raises:
            ServiceError: The service failed, or there is no such document.
            DecodeError: Pieces are missing.
            OSError: The file cannot be written.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or the size is negative.
        """
        call = self._pieces(id, chunk_size, _same, user)
        if not isinstance(file_path, str | PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"file_path must be a str or a pathlib.Path, not {type(file_path).__name__}")
        progress = check.function("on_progress", on_progress)
        sink = (yield from machine()).sink(file_path)
        try:
            yield from worked(sink.open)
            size = yield from self._fetched(call, id, sink, progress, user)
            yield from worked(sink.commit)
        finally:
            sink.discard()
        return size

    def _fetched(
        self,
        call: StreamCall[DocumentChunk, bytes],
        document_id: str,
        sink: Sink,
        on_progress: Progress | None,
        user: str | None,
    ) -> Steps[int]:
        """Fetch a document, and write it down."""
        size = 0
        try:
            stream = yield from opened(call)
        except StreamingUnavailable:
            whole = _Documents(options=self.options).get_document_content(document_id, user=user)
            content = yield from step(whole)
            yield from worked(partial(sink.write, content))
            size = len(content)
            if on_progress is not None:
                on_progress(size, size)
            return size
        try:
            while (piece := (yield from taken(stream))) is not None:
                yield from worked(partial(sink.write, piece.content))
                size = piece.bytes_received
                if on_progress is not None:
                    on_progress(size, piece.total_bytes)
        finally:
            stream.cancel()
        return size

    def _pieces(
        self, document_id: str, chunk_size: int, convert: Callable[[DocumentChunk], C], user: str | None
    ) -> StreamCall[C, bytes]:
        """Ask for a document in pieces, or in one from gateways that do not send pieces."""
        size = check.count("chunk_size", chunk_size) or None
        return self._stream_call(
            "get-document-content",
            {"document-id": check.name_of("id", document_id)},
            pieces_as(convert),
            Spelling(has_chunks, {"operation": "stream-document", "chunk-size": size}, {}),
            user=user,
        )


@dataclass(frozen=True)
class _Documents(PureScope, DocumentOps):
    """Documents in one piece, as data."""


def _same(piece: DocumentChunk) -> DocumentChunk:
    return piece


def _content(piece: DocumentChunk) -> bytes:
    return piece.content
