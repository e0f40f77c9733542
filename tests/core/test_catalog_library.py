"""The library as a whole: every entry, in every colour."""

from __future__ import annotations

import inspect

import pytest

from tests.core.catalogue import operations
from tests.core.librarian import Librarian
from tgproto.catalog import REGISTRY, AsyncLibrary, CallOptions, Library, LibraryCalls, LibraryOps

OPERATIONS = operations(LibraryOps)
UPSTREAM = {
    "add_document": ["document", "id", "metadata", "title", "comments", "kind", "tags", "on_progress"],
    "get_documents": ["include_children"],
    "get_document": ["id"],
    "update_document": ["id", "metadata"],
    "remove_document": ["id"],
    "start_processing": ["id", "document_id", "flow", "collection", "tags"],
    "stop_processing": ["id"],
    "get_processings": [],
    "get_pending_uploads": [],
    "get_upload_status": ["upload_id"],
    "abort_upload": ["upload_id"],
    "resume_upload": ["upload_id", "document", "on_progress"],
    "add_child_document": [
        *("document", "id", "parent_id", "title", "comments", "kind", "tags", "metadata"),
    ],
    "list_children": ["document_id"],
    "get_document_content": ["id"],
    "stream_document_to_file": ["id", "file_path", "chunk_size", "on_progress"],
}


def test_every_entry_of_the_librarian_is_performed() -> None:
    entries = [entry for entry in REGISTRY if entry.startswith("librarian ")]
    assert len(entries) == 16
    assert {REGISTRY[entry].name for entry in entries} <= set(OPERATIONS)


@pytest.mark.parametrize("name", UPSTREAM)
def test_parameters_are_in_the_order_that_callers_know(name: str) -> None:
    parameters = inspect.signature(getattr(Library, name)).parameters.values()
    positional = [
        parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional[1:] == UPSTREAM[name]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_colour_has_the_same_parameters(name: str) -> None:
    shown = [
        list(inspect.signature(getattr(kind, name)).parameters.values())
        for kind in (LibraryCalls, Library, AsyncLibrary)
    ]
    assert shown[0] == shown[1] == shown[2]
    assert inspect.getdoc(getattr(Library, name))


def test_options_go_into_every_message() -> None:
    peer = Librarian(chunk_size=2**20)
    library = Library(peer.runner, options=CallOptions(workspace="w"))
    seen: list[str | None] = []
    submit = peer.submit

    def noted(submission: object, **limits: object) -> int:
        seen.append(submission.request(peer.dialect).workspace)  # type: ignore[attr-defined]
        return submit(submission, **limits)  # type: ignore[arg-type]

    peer.submit = noted  # type: ignore[method-assign]
    library.add_document(b"x" * 2**21, "urn:d", None, "", "")
    library.stream_document_to_file("urn:d", "a")
    library.start_processing("p", "urn:d")
    assert set(seen) == {"w"}
