"""The library of documents of 2.11, over REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any, TypeAlias

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import BaseApi
from tgdrivers.compat.documents import about, described, known, local
from tgdrivers.compat.rows import Arguments, nothing
from tgdrivers.compat.v2.results import rest
from tgdrivers.compat.v2.types import DocumentMetadata, ProcessingMetadata, Triple
from tgproto import catalog, types
from tgproto.types import Json

Progress: TypeAlias = Callable[[int, int], object]
"""Told how many bytes are done, and how many there are."""


def _added(document_id: str) -> dict[str, Json]:
    return {"document-id": document_id, "document-metadatas": [], "processing-metadatas": []}


def _documents(result: Iterable[types.DocumentMetadata]) -> list[DocumentMetadata]:
    return [_document(each) for each in result]


def _document(result: types.DocumentMetadata) -> DocumentMetadata:
    return DocumentMetadata(
        result.id,
        local(result.time),
        result.kind,
        result.title,
        result.comments,
        about(result, Triple),
        list(result.tags),
        result.parent_id,
        result.document_type,
    )


def _changed(arguments: Arguments) -> Arguments:
    metadata = arguments["metadata"]
    more = {"parent_id": metadata.parent_id, "document_type": metadata.document_type}
    return {**arguments, "metadata": known(metadata, **more)}


def _processings(result: Iterable[types.ProcessingMetadata]) -> list[ProcessingMetadata]:
    return [
        ProcessingMetadata(
            each.id, each.document_id, local(each.time), each.flow, each.collection, list(each.tags)
        )
        for each in result
    ]


class Library:
    """The library of documents."""

    def __init__(self, api: BaseApi) -> None:
        self.api = api

    @property
    def _operations(self) -> catalog.Library:
        return self.api._own(self.api._native.library())  # pyright: ignore[reportPrivateUsage]

    def request(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is."""
        return self.api.request("librarian", request)

    @rest(_added, takes=described("document"))
    def add_document(
        self,
        document: bytes,
        id: str | None,
        metadata: Any,
        title: str,
        comments: str,
        kind: str = "text/plain",
        tags: list[str] = [],
        on_progress: Progress | None = None,
    ) -> dict[str, Json]: ...

    @rest(_documents)
    def get_documents(self, include_children: bool = False) -> list[DocumentMetadata]: ...

    @rest(_document)
    def get_document(self, id: str) -> DocumentMetadata: ...

    def update_document(self, id: str, metadata: DocumentMetadata) -> DocumentMetadata:
        """Stand for the operation `update_document`, and return what was given."""
        self._update_document(id, metadata)
        return metadata

    @rest(nothing, "update_document", takes=_changed)
    def _update_document(self, id: str, metadata: DocumentMetadata) -> None: ...

    @rest(to.empty)
    def remove_document(self, id: str) -> dict[str, Json]: ...

    @rest(to.empty)
    def start_processing(
        self,
        id: str,
        document_id: str,
        flow: str = "default",
        collection: str = "default",
        tags: list[str] = [],
    ) -> dict[str, Json]: ...

    @rest(to.empty)
    def stop_processing(self, id: str) -> dict[str, Json]: ...

    @rest(_processings)
    def get_processings(self) -> list[ProcessingMetadata]: ...

    @rest(to.wires)
    def get_pending_uploads(self) -> list[dict[str, Json]]: ...

    @rest(to.wire)
    def get_upload_status(self, upload_id: str) -> dict[str, Json]: ...

    @rest(to.empty)
    def abort_upload(self, upload_id: str) -> dict[str, Json]: ...

    def resume_upload(
        self, upload_id: str, document: bytes, on_progress: Progress | None = None
    ) -> dict[str, Json]:
        """Stand for the operation `resume_upload`.

        Raises:
            RuntimeError: There is no such upload, or it has ended.
        """
        if self.get_upload_status(upload_id).get("upload-state") == "expired":
            raise RuntimeError(f"the upload {upload_id!r} has ended: start a new one")
        return self._resume_upload(upload_id, document, on_progress)

    @rest(to.wire, "resume_upload")
    def _resume_upload(
        self, upload_id: str, document: bytes, on_progress: Progress | None
    ) -> dict[str, Json]: ...

    @rest(_added, takes=described("document"))
    def add_child_document(
        self,
        document: bytes,
        id: str,
        parent_id: str,
        title: str,
        comments: str,
        kind: str = "text/plain",
        tags: list[str] = [],
        metadata: Any = None,
    ) -> dict[str, Json]: ...

    @rest(_documents)
    def list_children(self, document_id: str) -> list[DocumentMetadata]: ...

    @rest()
    def get_document_content(self, id: str) -> bytes: ...

    @rest()
    def stream_document_to_file(
        self,
        id: str,
        file_path: str | PathLike[str],
        chunk_size: int = 1024 * 1024,
        on_progress: Progress | None = None,
    ) -> int: ...
