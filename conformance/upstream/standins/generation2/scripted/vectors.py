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


ALPHA = RowIndexMatch(index_name="name", index_value=["alpha"], text="alpha", score=0.9)

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
        answer=at_once(lambda _, __: RowEmbeddingsResponse(matches=[ALPHA])),
        failure=fails(RowEmbeddingsResponse, "row-embeddings-query-error", matches=[]),
    ),
}
