"""The librarian of 2.11.1; the frames of the first tests are those of a real one (interop, library.txt)."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.generation2.documents import SERVICE, UPLOAD_CHUNK
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.steps import Failure, Frame
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.world import World

SKELETON: dict[str, Any] = {"document-metadatas": [], "processing-metadatas": []}
ABOUT = {
    "id": "urn:d",
    "time": 1,
    "kind": "text/plain",
    "title": "T",
    "comments": "",
    "metadata": [],
    "tags": ["a"],
}
SAID = {name: value for name, value in ABOUT.items() if name != "comments"} | {"document-type": "source"}
CONTENT = "aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8g"


def world() -> World:
    return World(GraphStore(), Calendar(), BLUEPRINTS, {"default": ["agent"]})


def stream(of: World, operation: str, **body: Any) -> list[Any]:
    """Return the responses, each with `complete`."""
    asked = Asked(of, "acme", {name.replace("_", "-"): value for name, value in body.items()})
    found: list[Any] = []
    for step in serve(SERVICE, SERVICE.operations[operation], asked):
        if isinstance(step, Failure):
            found.append((step.error.type, step.error.message, dict(step.beside), step.final))
        else:
            assert isinstance(step, Frame)
            found.append((json.loads(step.payload), step.final))
    return found


def done(of: World, operation: str, **body: Any) -> Any:
    """Return the one answer; of an error its type and message."""
    [found] = stream(of, operation, **body)
    if len(found) == 4:
        kind, message, beside, final = found
        assert final
        assert beside == (SKELETON if kind != "gateway-error" else {})
        return kind, message
    answer, final = found
    assert final
    return answer


def with_document(**more: Any) -> World:
    of = world()
    assert done(of, "add-document", document_metadata={**ABOUT, **more}, content=CONTENT) == SKELETON
    return of


def test_documents() -> None:
    of = with_document()
    assert done(of, "get-document-metadata", document_id="urn:d") == {**SKELETON, "document-metadata": SAID}
    assert done(of, "get-document-content", document_id="urn:d") == {"content": CONTENT, **SKELETON}
    assert done(of, "list-documents") == {**SKELETON, "document-metadatas": [SAID]}
    again = done(of, "add-document", document_metadata=ABOUT, content=CONTENT)
    assert again == ("unexpected-error", "Document already exists")
    assert done(of, "update-document", document_metadata={**ABOUT, "title": "U"}) == SKELETON
    assert done(of, "get-document-metadata", document_id="urn:d")["document-metadata"]["title"] == "U"
    assert done(of, "remove-document", document_id="urn:d") == SKELETON
    assert done(of, "list-documents") == SKELETON


def test_a_document_without_content() -> None:
    of = world()
    done(of, "add-document", document_metadata=ABOUT, content="")
    assert done(of, "get-document-content", document_id="urn:d") == SKELETON
    assert stream(of, "stream-document", document_id="urn:d") == []  # and so no answer at all


def test_triples_about_a_document_are_kept_as_iris_and_texts() -> None:
    iri = {"t": "i", "i": "urn:s"}
    typed = {"t": "l", "v": "5", "dt": "urn:int"}
    metadata = [
        {"s": iri, "p": iri, "o": typed, "g": "urn:g"},
        {"s": {"t": "b", "d": "x"}, "p": iri, "o": {"t": "l", "v": "fr", "ln": "fr"}},
    ]
    of = with_document(metadata=metadata)
    said = done(of, "get-document-metadata", document_id="urn:d")["document-metadata"]["metadata"]
    assert said == [
        {"s": iri, "p": iri, "o": {"t": "l", "v": "5"}},
        {"s": {"t": "l", "v": ""}, "p": iri, "o": {"t": "l", "v": "fr"}},
    ]
    assert with_document(metadata=None)


def test_parts_of_documents() -> None:
    of = with_document()
    part = {**ABOUT, "id": "urn:p", "parent-id": "urn:d", "document-type": "page"}
    done(of, "add-document", document_metadata=part, content="")
    assert len(done(of, "list-documents")["document-metadatas"]) == 1
    both = done(of, "list-documents", include_children=True)["document-metadatas"]
    assert (both[1]["parent-id"], both[1]["document-type"]) == ("urn:d", "page")


def test_a_stream() -> None:
    of = with_document()
    one, two, three = stream(of, "stream-document", document_id="urn:d", chunk_size=10)
    counts = {"total-chunks": 3, "total-bytes": 24}
    assert one == (
        {"content": "aGVsbG8gaGVsbA==", **SKELETON, **counts, "chunks-received": 1, "bytes-received": 10},
        False,
    )
    assert two[0]["chunk-index"] == 1
    assert three == (
        {
            "content": "bGxvIA==",
            **SKELETON,
            **counts,
            "chunk-index": 2,
            "chunks-received": 3,
            "bytes-received": 24,
        },
        True,
    )
    assert len(stream(of, "stream-document", document_id="urn:d")) == 1
    assert done(of, "stream-document", document_id="nope") == (
        "unexpected-error",
        "No such document row?",
    )


def test_an_upload() -> None:
    of, about = world(), {**ABOUT, "metadata": [{}]}
    begun = done(of, "begin-upload", document_metadata=about, total_size=24, chunk_size=10)
    assert begun == {**SKELETON, "upload-id": "upload-1", "chunk-size": 10, "total-chunks": 3}
    pieces = [b64encode(b"hello hello hello hello "[at : at + 10]).decode() for at in (0, 10, 20)]

    def send(index: int) -> Any:
        return done(of, "upload-chunk", upload_id="upload-1", chunk_index=index, content=pieces[index])

    counts = {"upload-id": "upload-1", "total-chunks": 3, "total-bytes": 24}
    assert send(0) == {**SKELETON, **counts, "chunks-received": 2, "bytes-received": 20}
    assert send(2) == {**SKELETON, **counts, "chunk-index": 2, "chunks-received": 3, "bytes-received": 24}
    assert done(of, "get-upload-status", upload_id="upload-1") == {
        **SKELETON,
        **counts,
        "upload-state": "in-progress",
        "received-chunks": [0, 2],
        "missing-chunks": [1],
        "chunks-received": 2,
        "bytes-received": 20,
    }
    assert done(of, "complete-upload", upload_id="upload-1") == ("request-error", "Missing chunks: [1]")
    send(1)
    [session] = done(of, "list-uploads")["upload-sessions"]
    assert session["created-at"] == "2026-01-01 00:00:00+00:00"
    completed = {"document-id": "urn:d", "object-id": "object-1"}
    assert done(of, "complete-upload", upload_id="upload-1") == {**SKELETON, **completed}
    assert done(of, "get-document-content", document_id="urn:d")["content"] == CONTENT
    assert done(of, "get-document-metadata", document_id="urn:d")["document-metadata"]["metadata"] == []
    over = {"upload-id": "upload-1", "upload-state": "expired"}
    assert done(of, "get-upload-status", upload_id="upload-1") == {**SKELETON, **over}
    assert done(of, "list-uploads") == SKELETON


def test_an_upload_that_is_given_up() -> None:
    of = world()
    assert done(of, "begin-upload", document_metadata=ABOUT, total_size=5)["chunk-size"] == UPLOAD_CHUNK
    assert done(of, "abort-upload", upload_id="upload-1") == SKELETON
    assert done(of, "abort-upload", upload_id="upload-1")[0] == "request-error"


def test_what_is_processed() -> None:
    of = with_document()
    processing = {
        "id": "p",
        "document-id": "urn:d",
        "time": 1,
        "flow": "default",
        "collection": "c",
        "tags": [],
    }
    assert done(of, "add-processing", processing_metadata=processing) == SKELETON
    assert done(of, "list-processing") == {**SKELETON, "processing-metadatas": [processing]}
    assert of.collections("acme").find("c") is not None
    assert done(of, "remove-processing", processing_id="p") == SKELETON
    assert done(of, "list-processing") == SKELETON
    lost = {**processing, "flow": "nope"}
    said = done(of, "add-processing", processing_metadata=lost)
    assert said == ("unexpected-error", "Invalid flow ID nope for workspace acme")
    assert len(done(of, "list-processing")["processing-metadatas"]) == 1  # it is on record all the same
    without = done(of, "add-processing", processing_metadata={**processing, "collection": ""})
    assert without == ("unexpected-error", "Collection parameter is required")


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("add-document", {"content": ""}, ("unexpected-error", "'NoneType' object has no attribute 'kind'")),
        (
            "add-document",
            {"document_metadata": {**ABOUT, "kind": ""}, "content": ""},
            ("request-error", "Document kind (MIME type) is required"),
        ),
        (
            "add-document",
            {"document_metadata": ABOUT},
            (
                "unexpected-error",
                "argument should be a bytes-like object or ASCII string, not 'NoneType'",
            ),
        ),
        (
            "add-document",
            {"document_metadata": {**ABOUT, "time": None}, "content": ""},
            ("unexpected-error", "unsupported operand type(s) for *: 'NoneType' and 'int'"),
        ),
        ("add-document", {"content": "A"}, ("gateway-error", None)),
        ("add-document", {"content": 5}, ("gateway-error", "'int' object has no attribute 'encode'")),
        ("add-document", {"document_metadata": 5}, ("gateway-error", "'int' object has no attribute 'get'")),
        ("add-document", {"document_metadata": {**ABOUT, "metadata": 5}}, ("gateway-error", None)),
        (
            "add-processing",
            {},
            ("unexpected-error", "'NoneType' object has no attribute 'collection'"),
        ),
        ("add-processing", {"processing_metadata": []}, ("gateway-error", None)),
        (
            "begin-upload",
            {"document_metadata": ABOUT},
            ("request-error", "total_size must be positive"),
        ),
        ("begin-upload", {"document_metadata": ABOUT, "total_size": "5"}, ("unexpected-error", None)),
        ("upload-chunk", {}, ("unexpected-error", None)),
        ("list-documents", {"criteria": [{"key": "k"}]}, ("gateway-error", "'value'")),
        ("remove-document", {"document_id": "fail=0"}, ("request-error", "scripted failure after 0 chunks")),
    ],
)
def test_failures(operation: str, body: dict[str, Any], said: tuple[str, str | None]) -> None:
    kind, message = done(world(), operation, **body)
    assert kind == said[0]
    assert said[1] in (None, message)


def test_a_stream_that_breaks_off() -> None:
    of = with_document(id="urn:fail=1")
    frame, failure = stream(of, "stream-document", document_id="urn:fail=1", chunk_size=10)
    assert not frame[1]
    assert failure[:2] == ("request-error", "scripted failure after 1 chunks")
