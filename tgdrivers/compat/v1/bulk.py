"""Bulk import and export of 1.7, blocking and awaited."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from tgdrivers.compat.bulk import AsyncBulkCalls, BulkCalls, Frame, frames, items, rows
from tgdrivers.compat.rows import nothing
from tgdrivers.compat.terms import bulk_triple
from tgdrivers.compat.v1 import results as to_1
from tgdrivers.compat.v1.results import socket
from tgdrivers.compat.v1.types import Triple


class BulkClient(BulkCalls):
    """Bulk import and export.

    `**kwargs` are options of the operation, such as `on_progress` or `limit`. Whole messages come and go as
    dicts: an export can be imported again.
    """

    @socket(nothing, takes=items("triples", bulk_triple), passes=True)
    def import_triples(
        self,
        flow: str,
        triples: Iterable[Triple],
        **kwargs: Any,
    ) -> None: ...

    @socket(chunk=to_1.triple, passes=True)
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
        **kwargs: Any,
    ) -> None: ...

    @socket(of="_frames", passes=True)
    def export_entity_contexts(self, flow: str, **kwargs: Any) -> Iterator[Frame]: ...

    @socket(nothing, takes=rows("objects"), passes=True)
    def import_objects(
        self,
        flow: str,
        objects: Iterable[Frame],
        **kwargs: Any,
    ) -> None: ...


class AsyncBulkClient(AsyncBulkCalls):
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

    @socket(chunk=to_1.triple, passes=True)
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

    @socket(nothing, takes=rows("objects"), passes=True)
    async def import_objects(
        self,
        flow: str,
        objects: Iterable[Frame] | AsyncIterable[Frame],
        **kwargs: Any,
    ) -> None: ...
