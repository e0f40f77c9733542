"""Embeddings, and queries by them in what was imported."""

from trustgraph.schema import (
    EmbeddingsRequest,
    EmbeddingsResponse,
    EntityEmbeddings,
    GraphEmbeddingsRequest,
    GraphEmbeddingsResponse,
)

from ...scripted import Context, Scripted, at_once, fails
from ...vectors import cosine, nearest, vector


def find_entities(request: GraphEmbeddingsRequest, context: Context) -> GraphEmbeddingsResponse:
    """Give the imported entities nearest to any of the vectors."""

    def score(item: EntityEmbeddings) -> float:
        return max((cosine(a, b) for a in item.vectors for b in request.vectors), default=0.0)

    messages = context.records.stored("graph-embeddings", context.place, request.collection)
    items = (item for message in messages for item in message.entities)
    found = nearest(items, score, request.limit)
    return GraphEmbeddingsResponse(entities=[item.entity for _, item in found])


SERVICES = {
    "embeddings": Scripted(
        request=EmbeddingsRequest,
        response=EmbeddingsResponse,
        text=lambda request: request.text,
        answer=at_once(lambda request, _: EmbeddingsResponse(vectors=[vector(request.text)])),
        failure=fails(EmbeddingsResponse, "embeddings-error", vectors=None),
    ),
    "graph-embeddings": Scripted(
        request=GraphEmbeddingsRequest,
        response=GraphEmbeddingsResponse,
        text=lambda request: request.collection,
        answer=at_once(find_entities),
        failure=fails(GraphEmbeddingsResponse, "graph-embeddings-query-error", entities=None),
    ),
}
