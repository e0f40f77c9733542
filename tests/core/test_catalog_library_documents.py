"""The library's documents, message by message."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.core.catalogue import body
from tests.core.librarian import Librarian
from tgproto.catalog import Library, LibraryCalls
from tgproto.dialect import GENERATION_1
from tgproto.errors import ServiceError
from tgproto.types import IRI, DocumentMetadata, Triple

LIBRARY = LibraryCalls()
DOCUMENT = DocumentMetadata("urn:d", 1, "text/plain", "T", "C", [], ["a"])
WIRE = {"id": "urn:d", "time": 1, "kind": "text/plain", "title": "T", "comments": "C", "metadata": []}


def test_the_requests() -> None:
    assert body(LIBRARY.get_documents()) == {"operation": "list-documents"}
    assert body(LIBRARY.list_documents(include_children=True))["include-children"] is True
    assert body(LIBRARY.get_documents(user="me"), GENERATION_1)["user"] == "me"
    assert body(LIBRARY.list_children("urn:p")) == {"operation": "list-documents", "include-children": True}
    assert (
        body(LIBRARY.get_document("urn:d"))
        == body(LIBRARY.get_document_metadata(id="urn:d"))
        == {
            "operation": "get-document-metadata",
            "document-id": "urn:d",
        }
    )
    assert body(LIBRARY.get_document_content("urn:d"), GENERATION_1) == {
        "operation": "get-document-content",
        "document-id": "urn:d",
        "user": "trustgraph",
    }
    assert body(LIBRARY.remove_document("urn:d")) == {"operation": "remove-document", "document-id": "urn:d"}
    assert body(LIBRARY.put_document(DOCUMENT, bytearray(b"hello")), GENERATION_1) == {
        "operation": "add-document",
        "content": "aGVsbG8=",
        "document-metadata": {**WIRE, "tags": ["a"], "user": "trustgraph"},
        "user": "trustgraph",
    }
    assert body(LIBRARY.update_document("urn:e", DOCUMENT)) == {
        "operation": "update-document",
        "document-metadata": {**WIRE, "id": "urn:e", "tags": ["a"], "document-type": "source"},
    }


def test_a_document_from_beginning_to_end() -> None:
    library = Library(Librarian().runner)
    library.put_document(DOCUMENT, b"hello")
    assert library.get_documents() == [DOCUMENT]
    assert library.get_document_content("urn:d") == b"hello"
    triple = Triple(IRI("urn:d"), IRI("urn:p"), "o")
    changed = dataclasses.replace(library.get_document("urn:d"), title="U", metadata=[triple], time=None)
    library.update_document("urn:d", changed)
    assert library.get_document("urn:d") == changed
    library.remove_document("urn:d")
    with pytest.raises(ServiceError, match="does not exist"):
        library.get_document("urn:d")


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: LIBRARY.get_documents(1), TypeError, "include_children must be a bool"),  # type: ignore[arg-type]
        (lambda: LIBRARY.get_documents(user=1), TypeError, "user must be a str"),  # type: ignore[arg-type]
        (lambda: LIBRARY.list_children(""), ValueError, "document_id must not be empty"),
        (lambda: LIBRARY.get_document(""), ValueError, "id must not be empty"),
        (lambda: LIBRARY.get_document_content(""), ValueError, "id must not be empty"),
        (lambda: LIBRARY.remove_document(""), ValueError, "id must not be empty"),
        (lambda: LIBRARY.update_document("", DOCUMENT), ValueError, "id must not be empty"),
        (lambda: LIBRARY.update_document("urn:d", {}), TypeError, "metadata must be a DocumentMetadata"),  # type: ignore[arg-type]
        (lambda: LIBRARY.put_document("urn:d", b""), TypeError, "document must be a DocumentMetadata"),  # type: ignore[arg-type]
        (lambda: LIBRARY.put_document(DOCUMENT, "x"), TypeError, "content must be bytes"),  # type: ignore[arg-type]
        (lambda: LIBRARY.put_document(DOCUMENT, b"", user=1), TypeError, "user must be a str"),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments(call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call()
