"""Embeddings, and queries by them in what was imported."""

from collections.abc import Callable, Iterable
from typing import Any

from trustgraph.schema import (
    ChunkMatch,
    DocumentEmbeddingsRequest,
    DocumentEmbeddingsResponse,
    EmbeddingsRequest,
    EmbeddingsResponse,
    EntityMatch,
    GraphEmbeddingsRequest,
    GraphEmbeddingsResponse,
    RowEmbeddingsRequest,
    RowEmbeddingsResponse,
    RowIndexMatch,
)

from ...scripted import Context, Scripted, at_once, fails
from ...vectors import cosine, nearest, vector


def _nearest(request: Any, items: Iterable[Any], make: Callable[[Any, float], Any]) -> list[Any]:
    found = nearest(items, lambda item: cosine(item.vector, request.vector), request.limit)
    return [make(item, score) for score, item in found]


def find_entities(request: GraphEmbeddingsRequest, context: Context) -> GraphEmbeddingsResponse:
    """Give the imported entities nearest to a vector."""
    messages = context.records.stored("graph-embeddings", context.place, request.collection)
    items = (item for message in messages for item in message.entities)
    return GraphEmbeddingsResponse(
        entities=_nearest(request, items, lambda item, score: EntityMatch(entity=item.entity, score=score))
    )


def find_chunks(request: DocumentEmbeddingsRequest, context: Context) -> DocumentEmbeddingsResponse:
    """Give the imported chunks nearest to a vector."""
    messages = context.records.stored("document-embeddings", context.place, request.collection)
    items = (item for message in messages for item in message.chunks)
    return DocumentEmbeddingsResponse(
        chunks=_nearest(request, items, lambda item, score: ChunkMatch(chunk_id=item.chunk_id, score=score))
    )


def find_rows(request: RowEmbeddingsRequest, context: Context) -> RowEmbeddingsResponse:
    """Give the imported rows of a schema whose values are nearest to a vector; each member is an index."""
    messages = context.records.stored("rows", context.place, request.collection)
    rows = (
        row for message in messages if message.schema_name == request.schema_name for row in message.values
    )
    indexed = (item for row in rows for item in row.items() if request.index_name in (None, "", item[0]))
    found = nearest(indexed, lambda item: cosine(vector(item[1]), request.vector), request.limit)
    return RowEmbeddingsResponse(
        matches=[
            RowIndexMatch(index_name=name, index_value=[text], text=text, score=score)
            for score, (name, text) in found
        ]
    )


SERVICES = {
    "embeddings": Scripted(
        request=EmbeddingsRequest,
        response=EmbeddingsResponse,
        text=lambda request: request.texts[0] if request.texts else "",
        answer=at_once(
            lambda request, _: EmbeddingsResponse(vectors=[vector(text) for text in request.texts])
        ),
        failure=fails(EmbeddingsResponse, "embeddings-error", vectors=[]),
    ),
    "graph-embeddings": Scripted(
        request=GraphEmbeddingsRequest,
        response=GraphEmbeddingsResponse,
        text=lambda request: request.collection,
        answer=at_once(find_entities),
        failure=fails(GraphEmbeddingsResponse, "graph-embeddings-query-error", entities=[]),
    ),
    "document-embeddings": Scripted(
        request=DocumentEmbeddingsRequest,
        response=DocumentEmbeddingsResponse,
        text=lambda request: request.collection,
        answer=at_once(find_chunks),
        failure=fails(DocumentEmbeddingsResponse, "document-embeddings-query-error", chunks=[]),
    ),
    "row-embeddings": Scripted(
        request=RowEmbeddingsRequest,
        response=RowEmbeddingsResponse,
        text=lambda request: request.schema_name,
        answer=at_once(find_rows),
        failure=fails(RowEmbeddingsResponse, "row-embeddings-query-error", matches=[]),
    ),
}
