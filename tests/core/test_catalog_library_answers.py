"""Answers of the librarian, as gateways of both generations write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.catalog.library_answers import (
    COMPLETED,
    CONTENT,
    DOCUMENT,
    DOCUMENTS,
    PROCESSINGS,
    RECEIVED,
    SESSIONS,
    STARTED,
    STATUS,
    children_of,
)
from tgproto.errors import CallContext, DecodeError
from tgproto.types import (
    IRI,
    ChunkReceipt,
    CompletedUpload,
    DocumentMetadata,
    Literal,
    ProcessingMetadata,
    Triple,
    UploadSession,
    UploadStart,
    UploadStatus,
)

SKELETON = {"document-metadatas": [], "processing-metadatas": []}
NEW = {"id": "urn:d", "time": 1, "kind": "text/plain", "title": "T", "metadata": [], "tags": ["a"]}
OLD = {
    "id": "urn:d",
    "time": 1,
    "kind": "text/plain",
    "comments": "C",
    "metadata": [
        {"s": {"v": "urn:d", "e": True}, "p": {"v": "urn:p", "e": True}, "o": {"v": "o", "e": False}}
    ],
    "user": "me",
}


def read(start: Any, **members: object) -> Any:
    reader = start(CallContext("librarian"))
    reader.read(json.dumps({**SKELETON, **members}).encode())
    return reader.result()


def test_documents_of_both_generations() -> None:
    new = read(DOCUMENT, **{"document-metadata": {**NEW, "document-type": "page", "parent-id": "urn:p"}})
    assert new == DocumentMetadata("urn:d", 1, "text/plain", "T", "", (), ("a",), "urn:p", "page")
    assert (new["document-type"], new.get("size")) == ("page", None)
    triple = Triple(IRI("urn:d"), IRI("urn:p"), Literal("o"))
    old = DocumentMetadata("urn:d", 1, "text/plain", "", "C", (triple,), (), user="me")
    assert read(DOCUMENTS, **{"document-metadatas": [OLD, {}]}) == [old, DocumentMetadata()]
    nothing = dict.fromkeys([*NEW, "comments", "parent-id", "document-type", "user"])
    assert read(DOCUMENT, **{"document-metadata": nothing}) == DocumentMetadata()


def test_children_are_told_apart() -> None:
    child, other = {**NEW, "parent-id": "urn:p"}, {**NEW, "parent-id": "urn:q"}
    assert len(read(children_of("urn:p"), **{"document-metadatas": [NEW, child, other]})) == 1


def test_content() -> None:
    assert read(CONTENT, content="aGVsbG8=") == b"hello"
    assert read(CONTENT) == b""
    with pytest.raises(DecodeError, match="content"):
        read(CONTENT, content="a")


def test_processings() -> None:
    found = {"id": "p", "document-id": "urn:d", "time": 1, "flow": "f", "collection": "c", "tags": ["a"]}
    assert read(PROCESSINGS, **{"processing-metadatas": [found, {}]}) == [
        ProcessingMetadata("p", "urn:d", 1, "f", "c", ("a",)),
        ProcessingMetadata(flow="", collection=""),
    ]


def test_uploads() -> None:
    start = read(STARTED, **{"upload-id": "u", "chunk-size": 10, "total-chunks": 3})
    assert start == UploadStart("u", 10, 3)
    assert start["document-metadatas"] == []
    receipt = {
        "upload-id": "u",
        "total-chunks": 3,
        "chunks-received": 2,
        "bytes-received": 20,
        "total-bytes": 24,
    }
    assert read(RECEIVED, **receipt) == ChunkReceipt("u", 0, 2, 3, 20, 24)
    done = read(COMPLETED, **{"document-id": "urn:d", "object-id": "o"})
    assert done == CompletedUpload("urn:d", "o")
    with pytest.raises(DecodeError, match="chunks have at least 1 byte"):
        read(STARTED, **{"upload-id": "u", "chunk-size": 0, "total-chunks": 3})


def test_how_far_an_upload_is() -> None:
    status = {
        "upload-id": "u",
        "total-chunks": 3,
        "chunks-received": 2,
        "bytes-received": 20,
        "total-bytes": 24,
        "upload-state": "in-progress",
        "received-chunks": [0, 2],
        "missing-chunks": [1],
    }
    assert read(STATUS, **status) == UploadStatus("u", "in-progress", (0, 2), (1,), 2, 3, 20, 24)
    assert read(STATUS, **{"upload-id": "u", "upload-state": "expired"}) == UploadStatus("u", "expired")


def test_uploads_under_way() -> None:
    session = {
        "upload-id": "u",
        "document-id": "urn:d",
        "document-metadata-json": json.dumps({**NEW, "metadata": None}),
        "total-size": 24,
        "chunk-size": 10,
        "total-chunks": 3,
        "chunks-received": 1,
        "created-at": "2026-11-20 16:00:06+00:00",
    }
    document = DocumentMetadata("urn:d", 1, "text/plain", "T", "", (), ("a",))
    assert read(SESSIONS, **{"upload-sessions": [session]}) == [
        UploadSession("u", "urn:d", document, 24, 10, 3, 1, "2026-11-20 16:00:06+00:00")
    ]
    assert read(SESSIONS, **{"upload-sessions": [{"upload-id": "u"}]}) == [UploadSession("u")]
    assert read(SESSIONS) == []


@pytest.mark.parametrize("time", [1e300, 10**15, -(10**13)])
def test_a_time_that_no_calendar_has(time: float) -> None:
    with pytest.raises(DecodeError, match="no time between the years"):
        read(DOCUMENT, **{"document-metadata": {"time": time}})
