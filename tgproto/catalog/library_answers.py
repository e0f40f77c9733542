"""Answers of `librarian`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from tgproto.catalog.reader import Start
from tgproto.catalog.single import record, single
from tgproto.errors import DecodeError
from tgproto.types.library import (
    ChunkReceipt,
    CompletedUpload,
    DocumentMetadata,
    ProcessingMetadata,
    UploadSession,
    UploadStart,
    UploadStatus,
    moment,
)
from tgproto.types.terms import WireTriple
from tgproto.types.wire import Shape, encode


class WireDocument(msgspec.Struct, gc=False, rename="kebab"):
    """A document. Empty members are left out."""

    id: str | None = None
    time: float | None = None
    kind: str | None = None
    title: str | None = None
    comments: str | None = None
    metadata: list[WireTriple] | None = None
    tags: list[str] | None = None
    parent_id: str | None = None
    document_type: str | None = None
    user: str | None = None


class WireProcessing(msgspec.Struct, gc=False, rename="kebab"):
    """A processing. Empty members are left out."""

    id: str | None = None
    document_id: str | None = None
    time: float | None = None
    flow: str | None = None
    collection: str | None = None
    tags: list[str] | None = None
    user: str | None = None


class WireStart(msgspec.Struct, gc=False, rename="kebab"):
    """An upload that has begun."""

    upload_id: str
    chunk_size: int
    total_chunks: int


class WireReceipt(msgspec.Struct, gc=False, rename="kebab"):
    """The answer to a chunk. Numbers that are 0 are left out."""

    upload_id: str = ""
    chunk_index: int = 0
    chunks_received: int = 0
    total_chunks: int = 0
    bytes_received: int = 0
    total_bytes: int = 0


class WireStatus(msgspec.Struct, gc=False, rename="kebab"):
    """How far an upload is. Numbers that are 0 and lists that are empty are left out."""

    upload_state: str
    upload_id: str = ""
    received_chunks: list[int] | None = None
    missing_chunks: list[int] | None = None
    chunks_received: int = 0
    total_chunks: int = 0
    bytes_received: int = 0
    total_bytes: int = 0


class WireSession(msgspec.Struct, gc=False, rename="kebab"):
    """An upload that has not ended. What was said about the document is JSON text within JSON."""

    upload_id: str
    document_id: str = ""
    document_metadata_json: str = ""
    total_size: int = 0
    chunk_size: int = 0
    total_chunks: int = 0
    chunks_received: int = 0
    created_at: str = ""


class WireCompleted(msgspec.Struct, gc=False, rename="kebab"):
    """An upload that has become a document."""

    document_id: str
    object_id: str = ""


class DocumentFrame(msgspec.Struct, gc=False, rename="kebab"):
    """One document."""

    document_metadata: dict[str, Any]


class DocumentsFrame(msgspec.Struct, gc=False, rename="kebab"):
    """Several documents."""

    document_metadatas: list[dict[str, Any]]


class ProcessingsFrame(msgspec.Struct, gc=False, rename="kebab"):
    """Several processings."""

    processing_metadatas: list[dict[str, Any]]


class SessionsFrame(msgspec.Struct, gc=False, rename="kebab"):
    """Several uploads; left out if there are none."""

    upload_sessions: list[dict[str, Any]] | None = None


class ContentFrame(msgspec.Struct, gc=False):
    """The content of a document, base64; left out if the document is empty."""

    content: bytes | None = None


_DOCUMENT: Final = Shape(WireDocument)
_PROCESSING: Final = Shape(WireProcessing)
_SESSION: Final = Shape(WireSession)
_DOCUMENTS: Final = Shape(DocumentsFrame)


def document(payload: bytes) -> DocumentMetadata:
    """Read a document.

    Args:
        payload: JSON text of the record.

    Raises:
        DecodeError: It is none.
    """
    wire = _DOCUMENT.decode(payload)
    return DocumentMetadata(
        wire.id or "",
        _time(wire.time),
        wire.kind or "",
        wire.title or "",
        wire.comments or "",
        [triple.triple() for triple in wire.metadata or ()],
        wire.tags or (),
        wire.parent_id or "",
        wire.document_type or "source",
        wire.user or "",
        payload,
    )


def _time(wire: float | None) -> datetime | None:
    """Return a time; None for 0, which gateways leave out."""
    try:
        return moment(wire) if wire else None
    except ValueError as error:
        raise DecodeError(f"the answer is not of the documented shape: {error}") from None


def _documents(frame: DocumentsFrame) -> list[DocumentMetadata]:
    return [document(encode(record)) for record in frame.document_metadatas]


def _processing(payload: bytes) -> ProcessingMetadata:
    wire = _PROCESSING.decode(payload)
    return ProcessingMetadata(
        wire.id or "",
        wire.document_id or "",
        _time(wire.time),
        wire.flow or "",
        wire.collection or "",
        wire.tags or (),
        wire.user or "",
        payload,
    )


def _processings(frame: ProcessingsFrame) -> list[ProcessingMetadata]:
    return [_processing(encode(record)) for record in frame.processing_metadatas]


def _session(payload: bytes) -> UploadSession:
    wire = _SESSION.decode(payload)
    told = wire.document_metadata_json or "{}"
    return UploadSession(
        wire.upload_id,
        wire.document_id,
        document(told.encode("utf-8", "surrogatepass")),
        wire.total_size,
        wire.chunk_size,
        wire.total_chunks,
        wire.chunks_received,
        wire.created_at,
        payload,
    )


def _sessions(frame: SessionsFrame) -> list[UploadSession]:
    return [_session(encode(record)) for record in frame.upload_sessions or ()]


def _started(wire: WireStart, payload: bytes) -> UploadStart:
    if wire.chunk_size < 1:
        raise DecodeError("the answer is not of the documented shape: chunks have at least 1 byte")
    return UploadStart(wire.upload_id, wire.chunk_size, wire.total_chunks, payload)


def _received(wire: WireReceipt, payload: bytes) -> ChunkReceipt:
    return ChunkReceipt(
        wire.upload_id,
        wire.chunk_index,
        wire.chunks_received,
        wire.total_chunks,
        wire.bytes_received,
        wire.total_bytes,
        payload,
    )


def _completed(wire: WireCompleted, payload: bytes) -> CompletedUpload:
    return CompletedUpload(wire.document_id, wire.object_id, payload)


def _status(wire: WireStatus, payload: bytes) -> UploadStatus:
    return UploadStatus(
        wire.upload_id,
        wire.upload_state,
        tuple(wire.received_chunks or ()),
        tuple(wire.missing_chunks or ()),
        wire.chunks_received,
        wire.total_chunks,
        wire.bytes_received,
        wire.total_bytes,
        payload,
    )


def children_of(document_id: str) -> Start[list[DocumentMetadata], list[DocumentMetadata]]:
    """Make the readers of answers of `list-documents` of which only the children of one are wanted."""

    def convert(frame: DocumentsFrame) -> list[DocumentMetadata]:
        return [child for child in _documents(frame) if child.parent_id == document_id]

    return single(_DOCUMENTS, convert)


DOCUMENT: Final = single(Shape(DocumentFrame), lambda frame: document(encode(frame.document_metadata)))
"""Makes the readers of answers of `get-document-metadata`."""

DOCUMENTS: Final = single(_DOCUMENTS, _documents)
"""Makes the readers of answers of `list-documents`."""

CONTENT: Final = single(Shape(ContentFrame), lambda frame: frame.content or b"")
"""Makes the readers of answers of `get-document-content`."""

PROCESSINGS: Final = single(Shape(ProcessingsFrame), _processings)
"""Makes the readers of answers of `list-processing`."""

STARTED: Final = record(Shape(WireStart), _started)
"""Makes the readers of answers of `begin-upload`."""

RECEIVED: Final = record(Shape(WireReceipt), _received)
"""Makes the readers of answers of `upload-chunk`."""

COMPLETED: Final = record(Shape(WireCompleted), _completed)
"""Makes the readers of answers of `complete-upload`."""

STATUS: Final = record(Shape(WireStatus), _status)
"""Makes the readers of answers of `get-upload-status`."""

SESSIONS: Final = single(Shape(SessionsFrame), _sessions)
"""Makes the readers of answers of `list-uploads`."""
