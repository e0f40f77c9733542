"""Graph and document retrieval with generation."""

from collections.abc import AsyncIterator

from trustgraph.schema import (
    DocumentRagQuery,
    DocumentRagResponse,
    Error,
    GraphRagQuery,
    GraphRagResponse,
    Source,
)

from ...scripted import USAGE, Context, Scripted, fails
from .common import explain

SOURCES = (("urn:doc:1", "Document one"), ("urn:doc:2", ""))


async def ask_graph(request: GraphRagQuery, context: Context) -> AsyncIterator[GraphRagResponse]:
    """Explain, answer, explain again; the last message has the sources and the usage.

    Two explanations come before anything that the script rules, so they are sent even if it hangs.
    """
    last = {
        "message_type": "chunk",
        "end_of_session": True,
        "sources": [Source(uri=uri, title=title) for uri, title in SOURCES],
        **USAGE,
    }
    yield GraphRagResponse(**explain("question", "Question"))
    yield GraphRagResponse(**explain("grounding", "Grounding"))
    if request.streaming:
        async for piece in context.script.play():
            yield GraphRagResponse(message_type="chunk", response=piece)
        yield GraphRagResponse(message_type="chunk", response="", end_of_stream=True)
        yield GraphRagResponse(**explain("synthesis", "Synthesis"))
        yield GraphRagResponse(response="", **last)
    else:
        text = await context.script.text()
        yield GraphRagResponse(**explain("synthesis", "Synthesis"))
        yield GraphRagResponse(response=text, end_of_stream=True, **last)


async def ask_documents(request: DocumentRagQuery, context: Context) -> AsyncIterator[DocumentRagResponse]:
    """Explain and answer; when streaming a message of its own ends the session."""
    yield DocumentRagResponse(response=None, **explain("docrag-question", "Question"))
    if request.streaming:
        async for piece in context.script.play():
            yield DocumentRagResponse(message_type="chunk", response=piece)
        yield DocumentRagResponse(message_type="chunk", response="", end_of_stream=True)
        yield DocumentRagResponse(response=None, **explain("docrag-synthesis", "Synthesis"))
        yield DocumentRagResponse(message_type="end", response=None, end_of_session=True, **USAGE)
    else:
        text = await context.script.text()
        yield DocumentRagResponse(response=text, end_of_stream=True, end_of_session=True, **USAGE)


def document_failure(request: DocumentRagQuery, message: str) -> DocumentRagResponse:
    """The error as the real service sends it, that is without ending the session."""
    error = Error(type="document-rag-error", message=message)
    return DocumentRagResponse(response=None, error=error, end_of_stream=bool(request.streaming))


SERVICES = {
    "graph-rag": Scripted(
        request=GraphRagQuery,
        response=GraphRagResponse,
        text=lambda request: request.query,
        answer=ask_graph,
        failure=fails(
            GraphRagResponse, "graph-rag-error", message_type="chunk", end_of_stream=True, end_of_session=True
        ),
    ),
    "document-rag": Scripted(
        request=DocumentRagQuery,
        response=DocumentRagResponse,
        text=lambda request: request.query,
        answer=ask_documents,
        failure=document_failure,
    ),
}
