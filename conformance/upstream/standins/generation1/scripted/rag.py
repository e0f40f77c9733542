"""Graph and document retrieval with generation."""

from collections.abc import AsyncIterator
from typing import Any

from trustgraph.schema import (
    DocumentRagQuery,
    DocumentRagResponse,
    Error,
    GraphRagQuery,
    GraphRagResponse,
)

from ...scripted import Context, Scripted


def _rag(kind: str, request: type, response: type) -> Scripted:
    async def ask(query: Any, context: Context) -> AsyncIterator[Any]:
        """Answer in chunks, then with the whole text; or with that alone."""
        pieces = []
        async for piece in context.script.play():
            pieces.append(piece)
            if query.streaming:
                yield response(chunk=piece, response=None)
        yield response(response="".join(pieces), end_of_stream=bool(query.streaming))

    def failure(query: Any, message: str) -> Any:
        error = Error(type=f"{kind}-error", message=message)
        return response(error=error, response=None, end_of_stream=bool(query.streaming))

    return Scripted(request, response, lambda query: query.query, ask, failure)


SERVICES = {
    "graph-rag": _rag("graph-rag", GraphRagQuery, GraphRagResponse),
    "document-rag": _rag("document-rag", DocumentRagQuery, DocumentRagResponse),
}
