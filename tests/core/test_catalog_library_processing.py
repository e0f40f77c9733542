"""Giving documents to flows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.carriers import drive
from tests.core.catalogue import body
from tests.core.librarian import NOW, Librarian
from tgproto.catalog import AsyncLibrary, Library, LibraryCalls
from tgproto.dialect import GENERATION_1
from tgproto.errors import ServiceError
from tgproto.types import ProcessingMetadata

LIBRARY = LibraryCalls()
PROCESSING = ProcessingMetadata("p", "urn:d", NOW, "f", "c", ["a"])


def test_a_document_is_given_to_a_flow() -> None:
    for start in (
        lambda peer: Library(peer.runner).start_processing("p", "urn:d", "f", "c", ["a"]),
        lambda peer: drive(AsyncLibrary(peer.awaited).start_processing("p", "urn:d", "f", "c", ["a"])),
    ):
        peer = Librarian()
        library = Library(peer.runner)
        library.add_document(b"x", "urn:d", None, "", "")
        start(peer)
        assert library.get_processings() == library.list_processing() == [PROCESSING]
        with pytest.raises(ServiceError, match="already exists"):
            start(peer)
        library.stop_processing("p")
        assert library.get_processings() == []


def test_defaults() -> None:
    peer = Librarian(GENERATION_1)
    library = Library(peer.runner)
    library.add_document(b"x", "urn:d", None, "", "")
    library.start_processing("p", "urn:d")
    library.start_processing("q", "urn:d", user="me")
    assert [record["user"] for record in peer.processings.values()] == ["trustgraph", "me"]
    first, second = library.get_processings()
    assert (first.flow, first.collection, second.user) == ("default", "default", "me")


def test_the_requests() -> None:
    assert body(LIBRARY.add_processing(PROCESSING)) == {
        "operation": "add-processing",
        "processing-metadata": {
            "id": "p",
            "document-id": "urn:d",
            "time": NOW,
            "flow": "f",
            "collection": "c",
            "tags": ["a"],
        },
    }
    remove = LIBRARY.remove_processing("p", user="me")
    assert body(remove) == {"operation": "remove-processing", "processing-id": "p"}
    assert body(remove, GENERATION_1)["user"] == "me"
    assert body(LIBRARY.get_processings(), GENERATION_1) == {
        "operation": "list-processing",
        "user": "trustgraph",
    }


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        ({"id": ""}, ValueError, "id must not be empty"),
        ({"document_id": 1}, TypeError, "document_id must be a str"),
        ({"flow": ""}, ValueError, "flow must not be empty"),
        ({"collection": ""}, ValueError, "collection must not be empty"),
        ({"tags": "a"}, TypeError, "tags must be a list"),
        ({"user": 1}, TypeError, "user must be a str"),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], kind: type[Exception], said: str) -> None:
    peer = Librarian()
    with pytest.raises(kind, match=said):
        Library(peer.runner).start_processing(**{"id": "p", "document_id": "urn:d", **wrong})
    assert peer.requests == []
    with pytest.raises(TypeError, match="processing must be a ProcessingMetadata"):
        LIBRARY.add_processing({"id": "p"})  # type: ignore[arg-type]
