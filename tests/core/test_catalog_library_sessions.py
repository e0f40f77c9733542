"""Uploads, message by message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import body
from tests.core.librarian import Librarian
from tgproto.catalog import CallOptions, Library, LibraryCalls
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import NotOffered, ServiceError
from tgproto.types import ChunkReceipt, DocumentMetadata, Triple, UploadStart, UploadStatus

LIBRARY = LibraryCalls()
DOCUMENT = DocumentMetadata("urn:d", 1, "text/plain", "T", "", [Triple("urn:a", "urn:b", "c")])


def test_the_requests() -> None:
    described = {
        "id": "urn:d",
        "time": 1,
        "kind": "text/plain",
        "title": "T",
        "comments": "",
        "metadata": [],
        "tags": [],
        "document-type": "source",
    }
    assert body(LIBRARY.begin_upload(DOCUMENT, 24, 10)) == {
        "operation": "begin-upload",
        "total-size": 24,
        "chunk-size": 10,
        "document-metadata": described,
    }
    assert "chunk-size" not in body(LIBRARY.begin_upload(DOCUMENT, 24))
    assert body(LIBRARY.upload_chunk("u", 1, b"hello")) == {
        "operation": "upload-chunk",
        "upload-id": "u",
        "chunk-index": 1,
        "content": "aGVsbG8=",
    }
    for ending, operation in (
        (LIBRARY.complete_upload("u"), "complete-upload"),
        (LIBRARY.abort_upload("u"), "abort-upload"),
        (LIBRARY.get_upload_status("u"), "get-upload-status"),
    ):
        assert body(ending) == {"operation": operation, "upload-id": "u"}
    assert (
        body(LIBRARY.get_pending_uploads()) == body(LIBRARY.list_uploads()) == {"operation": "list-uploads"}
    )
    with pytest.raises(NotOffered):
        LIBRARY.list_uploads().request(GENERATION_1)


def test_only_chunks_are_repeated_unless_told_otherwise() -> None:
    for retry in (False, True):
        library = LibraryCalls(options=CallOptions(retry=retry, workspace="w"))
        chunk = library.upload_chunk("u", 1, b"").request(GENERATION_2)
        assert (chunk.repeatable, chunk.workspace) == (True, "w")
        assert library.complete_upload("u").request(GENERATION_2).repeatable is retry


def test_an_upload_by_hand() -> None:
    peer = Librarian()
    library = Library(peer.runner)
    assert library.begin_upload(DOCUMENT, 10) == UploadStart("u-1", 4, 3)
    assert library.upload_chunk("u-1", 0, b"0123") == ChunkReceipt("u-1", 0, 2, 3, 8, 10)
    library.upload_chunk("u-1", 2, b"89")
    status = UploadStatus("u-1", "in-progress", (0, 2), (1,), 2, 3, 8, 10)
    assert library.get_upload_status("u-1") == status
    with pytest.raises(ServiceError, match=r"Missing chunks: \[1\]"):
        library.complete_upload("u-1")
    library.upload_chunk("u-1", 1, b"4567")
    assert library.complete_upload("u-1").document_id == "urn:d"
    assert peer.contents == {"urn:d": b"0123456789"}
    assert library.get_upload_status("u-1").state == "expired"
    library.begin_upload(DocumentMetadata("urn:e", 1, "k"), 1)
    (session,) = library.list_uploads()
    library.abort_upload(session.upload_id)
    assert library.list_uploads() == []


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: LIBRARY.begin_upload(DOCUMENT, 0), ValueError, "total_size must be above 0"),
        (lambda: LIBRARY.begin_upload(DOCUMENT, 1, -1), ValueError, "chunk_size must not be negative"),
        (lambda: LIBRARY.begin_upload({}, 1), TypeError, "document must be a DocumentMetadata"),  # type: ignore[arg-type]
        (
            lambda: LIBRARY.begin_upload(DocumentMetadata("urn:d", 1, "k", parent_id="urn:p"), 1),
            ValueError,
            "document has a parent",
        ),
        (lambda: LIBRARY.begin_upload(DocumentMetadata(), 1), ValueError, "id must not be empty"),
        (lambda: LIBRARY.upload_chunk("u", -1, b""), ValueError, "chunk_index must not be negative"),
        (lambda: LIBRARY.upload_chunk("u", 0, "x"), TypeError, "content must be bytes"),  # type: ignore[arg-type]
        (lambda: LIBRARY.complete_upload(""), ValueError, "upload_id must not be empty"),
        (lambda: LIBRARY.abort_upload(""), ValueError, "upload_id must not be empty"),
        (lambda: LIBRARY.get_upload_status(""), ValueError, "upload_id must not be empty"),
    ],
)
def test_wrong_arguments(call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call()
