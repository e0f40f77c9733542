"""The library of documents of 1.7, over REST."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import BaseApi
from tgdrivers.compat.documents import about, described, known, local
from tgdrivers.compat.rows import Arguments, nothing
from tgdrivers.compat.v1.results import rest
from tgdrivers.compat.v1.types import DocumentMetadata, ProcessingMetadata, Triple
from tgproto import catalog, types
from tgproto.types import Json

_NEVER = dt.datetime.fromtimestamp(0)
"""What upstream makes of no time."""


def _documents(result: Iterable[types.DocumentMetadata]) -> list[DocumentMetadata]:
    return [_document(each) for each in result]


def _document(result: types.DocumentMetadata) -> DocumentMetadata:
    return DocumentMetadata(
        result.id,
        local(result.time) or _NEVER,
        result.kind,
        result.title,
        result.comments,
        about(result, Triple),
        result.user,
        list(result.tags),
    )


def _changed(arguments: Arguments) -> Arguments:
    metadata = arguments["metadata"]
    return {**arguments, "metadata": known(metadata, user=metadata.user)}


def _processings(result: Iterable[types.ProcessingMetadata]) -> list[ProcessingMetadata]:
    return [
        ProcessingMetadata(
            each.id,
            each.document_id,
            local(each.time) or _NEVER,
            each.flow,
            each.user,
            each.collection,
            list(each.tags),
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

    @rest(to.empty, takes=described("document"))
    def add_document(
        self,
        document: bytes,
        id: str | None,
        metadata: Any,
        user: str,
        title: str,
        comments: str,
        kind: str = "text/plain",
        tags: list[str] = [],
    ) -> dict[str, Json]: ...

    @rest(_documents)
    def get_documents(self, user: str) -> list[DocumentMetadata]: ...

    @rest(_document)
    def get_document(self, user: str, id: str) -> DocumentMetadata: ...

    def update_document(self, user: str, id: str, metadata: DocumentMetadata) -> DocumentMetadata:
        """Stand for the operation `update_document`, and return what was given."""
        self._update_document(user, id, metadata)
        return metadata

    @rest(nothing, "update_document", takes=_changed)
    def _update_document(self, user: str, id: str, metadata: DocumentMetadata) -> None: ...

    @rest(to.empty)
    def remove_document(self, user: str, id: str) -> dict[str, Json]: ...

    @rest(to.empty)
    def start_processing(
        self,
        id: str,
        document_id: str,
        flow: str = "default",
        user: str = "trustgraph",
        collection: str = "default",
        tags: list[str] = [],
    ) -> dict[str, Json]: ...

    @rest(to.empty)
    def stop_processing(self, id: str, user: str = "trustgraph") -> dict[str, Json]: ...

    @rest(_processings)
    def get_processings(self, user: str = "trustgraph") -> list[ProcessingMetadata]: ...
