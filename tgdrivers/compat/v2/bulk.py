"""Bulk import and export of 2.11, blocking and awaited."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from tgdrivers.compat.bulk import AsyncBulkCalls, BulkCalls, Frame, frames, items, rows
from tgdrivers.compat.clients import WorkspaceClient
from tgdrivers.compat.rows import nothing
from tgdrivers.compat.terms import bulk_triple
from tgdrivers.compat.v2 import results as to_2
from tgdrivers.compat.v2.results import socket
from tgdrivers.compat.v2.types import Triple


class BulkClient(WorkspaceClient, BulkCalls):
    """Bulk import and export.

    `**kwargs` are options of the operation, such as `on_progress` or `limit`. Whole messages come and go as
    dicts: an export can be imported again.
    """

    @socket(nothing, takes=items("triples", bulk_triple), passes=True)
    def import_triples(
        self,
        flow: str,
        triples: Iterable[Triple],
        metadata: Mapping[str, Any] | None = None,
        batch_size: int = 100,
        **kwargs: Any,
    ) -> None: ...

    @socket(chunk=to_2.triple, passes=True)
    def export_triples(self, flow: str, **kwargs: Any) -> Iterator[Triple]: ...

    @socket(nothing, takes=frames("embeddings", "entities"), passes=True)
    def import_graph_embeddings(
        self,
        flow: str,
        embeddings: Iterable[Frame],
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_graph_embeddings(self, flow: str, **kwargs: Any) -> Iterator[Frame]: ...

    @socket(nothing, takes=frames("embeddings", "chunks"), passes=True)
    def import_document_embeddings(
        self,
        flow: str,
        embeddings: Iterable[Frame],
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_document_embeddings(self, flow: str, **kwargs: Any) -> Iterator[Frame]: ...

    @socket(nothing, takes=frames("contexts", "entities"), passes=True)
    def import_entity_contexts(
        self,
        flow: str,
        contexts: Iterable[Frame],
        metadata: Mapping[str, Any] | None = None,
        batch_size: int = 100,
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_entity_contexts(self, flow: str, **kwargs: Any) -> Iterator[Frame]: ...

    @socket(nothing, takes=rows("rows"), passes=True)
    def import_rows(
        self,
        flow: str,
        rows: Iterable[Frame],
        batch_size: int = 40,
        **kwargs: Any,
    ) -> None: ...


class AsyncBulkClient(WorkspaceClient, AsyncBulkCalls):
    """Bulk import and export, for asyncio.

    `**kwargs` are options of the operation, such as `on_progress` or `limit`. Whole messages come and go as
    dicts: an export can be imported again.
    """

    @socket(nothing, takes=items("triples", bulk_triple), passes=True)
    async def import_triples(
        self,
        flow: str,
        triples: Iterable[Triple] | AsyncIterable[Triple],
        **kwargs: Any,
    ) -> None: ...

    @socket(chunk=to_2.triple, passes=True)
    def export_triples(self, flow: str, **kwargs: Any) -> AsyncIterator[Triple]: ...

    @socket(nothing, takes=frames("embeddings", "entities"), passes=True)
    async def import_graph_embeddings(
        self,
        flow: str,
        embeddings: Iterable[Frame] | AsyncIterable[Frame],
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_graph_embeddings(self, flow: str, **kwargs: Any) -> AsyncIterator[Frame]: ...

    @socket(nothing, takes=frames("embeddings", "chunks"), passes=True)
    async def import_document_embeddings(
        self,
        flow: str,
        embeddings: Iterable[Frame] | AsyncIterable[Frame],
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_document_embeddings(self, flow: str, **kwargs: Any) -> AsyncIterator[Frame]: ...

    @socket(nothing, takes=frames("contexts", "entities"), passes=True)
    async def import_entity_contexts(
        self,
        flow: str,
        contexts: Iterable[Frame] | AsyncIterable[Frame],
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_entity_contexts(self, flow: str, **kwargs: Any) -> AsyncIterator[Frame]: ...

    @socket(nothing, takes=rows("rows"), passes=True)
    async def import_rows(
        self,
        flow: str,
        rows: Iterable[Frame] | AsyncIterable[Frame],
        batch_size: int = 40,
        **kwargs: Any,
    ) -> None: ...
