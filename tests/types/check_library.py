"""What type checkers must see of the library. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from pathlib import Path
from typing import BinaryIO, assert_type

from tgproto.catalog import (
    AsyncFlowInstance,
    AsyncLibrary,
    AsyncStream,
    Call,
    FlowCalls,
    FlowInstance,
    Library,
    LibraryCalls,
    Steps,
    Stream,
    StreamCall,
)
from tgproto.types import (
    ChunkReceipt,
    CompletedUpload,
    DocumentChunk,
    DocumentMetadata,
    ProcessingMetadata,
    Triple,
    UploadSession,
    UploadStart,
    UploadStatus,
)

DOCUMENT = DocumentMetadata("urn:d", 1, "text/plain", tags=["a"])
PROCESSING = ProcessingMetadata("p", "urn:d")


def blocking(library: Library, file: BinaryIO, triples: list[Triple]) -> None:
    assert_type(library.add_document(b"", None, None, "t", "c"), str)
    assert_type(library.add_document(Path("a"), "urn:d", triples, title="t", comments="c"), str)
    assert_type(library.add_document(file, "urn:d", [], "t", "c", on_progress=print, user="me"), str)
    library.add_document("a.pdf", None, None, "t", "c")  # type: ignore[arg-type]
    assert_type(library.add_child_document(b"", "urn:c", "urn:p", "t", "c"), str)
    assert_type(library.resume_upload("u", Path("a"), print, metadata=triples), CompletedUpload)
    assert_type(library.get_documents(True), list[DocumentMetadata])
    assert_type(library.list_documents(), list[DocumentMetadata])
    assert_type(library.list_children("urn:p"), list[DocumentMetadata])
    assert_type(library.get_document("urn:d"), DocumentMetadata)
    assert_type(library.get_document_content("urn:d"), bytes)
    library.put_document(DOCUMENT, b"")
    library.update_document("urn:d", DOCUMENT)
    library.remove_document("urn:d")
    assert_type(library.begin_upload(DOCUMENT, 10), UploadStart)
    assert_type(library.upload_chunk("u", 0, b""), ChunkReceipt)
    assert_type(library.complete_upload("u"), CompletedUpload)
    library.abort_upload("u")
    assert_type(library.get_upload_status("u"), UploadStatus)
    assert_type(library.get_pending_uploads(), list[UploadSession])
    assert_type(library.stream_document("urn:d"), Stream[DocumentChunk, bytes])
    assert_type(library.download("urn:d"), Stream[bytes, bytes])
    assert_type(library.stream_document_to_file("urn:d", Path("a"), on_progress=print), int)
    library.add_processing(PROCESSING)
    library.start_processing("p", "urn:d", tags=["a"])
    library.stop_processing("p")
    assert_type(library.get_processings(), list[ProcessingMetadata])


async def awaited(library: AsyncLibrary) -> None:
    assert_type(await library.add_document(b"", None, None, "t", "c"), str)
    assert_type(await library.add_child_document(b"", "urn:c", "urn:p", "t", "c"), str)
    assert_type(await library.resume_upload("u", b""), CompletedUpload)
    assert_type(await library.get_documents(), list[DocumentMetadata])
    assert_type(await library.list_children("urn:p"), list[DocumentMetadata])
    assert_type(await library.get_document("urn:d"), DocumentMetadata)
    assert_type(await library.get_document_content("urn:d"), bytes)
    await library.put_document(DOCUMENT, b"")
    await library.update_document("urn:d", DOCUMENT)
    await library.remove_document("urn:d")
    assert_type(await library.begin_upload(DOCUMENT, 10), UploadStart)
    assert_type(await library.upload_chunk("u", 0, b""), ChunkReceipt)
    assert_type(await library.complete_upload("u"), CompletedUpload)
    await library.abort_upload("u")
    assert_type(await library.get_upload_status("u"), UploadStatus)
    assert_type(await library.get_pending_uploads(), list[UploadSession])
    assert_type(library.stream_document("urn:d"), AsyncStream[DocumentChunk, bytes])
    assert_type(library.download("urn:d"), AsyncStream[bytes, bytes])
    async for content in library.download("urn:d"):
        assert_type(content, bytes)
    assert_type(await library.stream_document_to_file("urn:d", "a"), int)
    await library.add_processing(PROCESSING)
    await library.start_processing("p", "urn:d")
    await library.stop_processing("p")
    assert_type(await library.get_processings(), list[ProcessingMetadata])


async def by_other_names(library: Library, later: AsyncLibrary) -> None:
    assert_type(library.get_document_metadata("urn:d"), DocumentMetadata)
    assert_type(library.list_processing(), list[ProcessingMetadata])
    assert_type(library.list_uploads(), list[UploadSession])
    library.remove_processing("p")
    assert_type(await later.get_document_metadata("urn:d"), DocumentMetadata)
    assert_type(await later.list_documents(), list[DocumentMetadata])
    assert_type(await later.list_processing(), list[ProcessingMetadata])
    assert_type(await later.list_uploads(), list[UploadSession])
    await later.remove_processing("p")


def pure(library: LibraryCalls) -> None:
    assert_type(library.add_document(b"", None, None, "t", "c"), Steps[str])
    assert_type(library.get_document("urn:d"), Call[DocumentMetadata])
    assert_type(library.download("urn:d"), StreamCall[bytes, bytes])


def loading(flow: FlowInstance, calls: FlowCalls) -> None:
    assert_type(flow.load_text("t", "urn:d", [], "utf-8", "c"), str)
    assert_type(flow.load_document(Path("a.pdf"), metadata=[], user="me"), str)
    flow.text_load(b"t", charset="latin-1")
    flow.document_load(b"d")
    assert_type(calls.text_load("t"), Call[None])
    assert_type(calls.load_text("t"), Steps[str])


async def loading_later(flow: AsyncFlowInstance) -> None:
    assert_type(await flow.load_text("t"), str)
    assert_type(await flow.load_document(b"d"), str)
    await flow.text_load("t")
    await flow.document_load(b"d")
