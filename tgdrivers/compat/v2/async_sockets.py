"""The services of a 2.11 gateway over the socket, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Self

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import AwaitedClient, WorkspaceClient
from tgdrivers.compat.v2 import results as to_2
from tgdrivers.compat.v2.flow import Items
from tgdrivers.compat.v2.results import socket
from tgdrivers.compat.v2.types import ImageToTextResult, RAGChunk, StreamingChunk, TextCompletionResult
from tgproto import catalog
from tgproto.types import Json


class AsyncSocketClient(WorkspaceClient, AwaitedClient):
    """The services of a gateway over the socket, for asyncio."""

    async def connect(self) -> None:
        """Do nothing: the first call connects, and raises if that is not possible."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, exc_type: object, exc_val: object, exc_tb: object) -> None:
        """Close."""
        await self.aclose()

    def flow(self, flow_id: str) -> AsyncSocketFlowInstance:
        """Return the services of a flow."""
        return AsyncSocketFlowInstance(self, flow_id)


class AsyncSocketFlowInstance:
    """The services of a flow over the socket, for asyncio. What streaming calls return is an iterator."""

    def __init__(self, client: AsyncSocketClient, flow_id: str) -> None:
        self.client = client
        self.flow_id = flow_id

    @property
    def _operations(self) -> catalog.AsyncFlowInstance:
        client = self.client
        return client._own(client._native.socket()).flow(self.flow_id)  # pyright: ignore[reportPrivateUsage]

    @socket(to_2.agent_frame, chunk=to_2.agent_chunk)
    async def agent(
        self,
        question: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        streaming: bool = False,
        **kwargs: Any,
    ) -> dict[str, Json] | AsyncIterator[StreamingChunk]: ...

    @socket(to_2.completion, chunk=to_2.rag_chunk)
    async def text_completion(
        self, system: str, prompt: str, streaming: bool = False, **kwargs: Any
    ) -> TextCompletionResult | AsyncIterator[RAGChunk]: ...

    @socket(to_2.image)
    async def image_to_text(
        self,
        image: bytes,
        mime_type: str,
        prompt: str | None = None,
        system: str | None = None,
        **kwargs: Any,
    ) -> ImageToTextResult: ...

    @socket(to.text, chunk=to.piece)
    async def graph_rag(
        self,
        query: str,
        collection: str,
        max_subgraph_size: int = 1000,
        max_subgraph_count: int = 5,
        max_entity_distance: int = 3,
        streaming: bool = False,
        **kwargs: Any,
    ) -> str | AsyncIterator[str]: ...

    @socket(to.text, chunk=to.piece)
    async def document_rag(
        self,
        query: str,
        collection: str,
        doc_limit: int = 10,
        fetch_limit: int = 0,
        streaming: bool = False,
        **kwargs: Any,
    ) -> str | AsyncIterator[str]: ...

    @socket(to.text_or_json, chunk=to.piece)
    async def prompt(
        self, id: str, variables: Mapping[str, Any], streaming: bool = False, **kwargs: Any
    ) -> str | AsyncIterator[str]: ...

    @socket(to_2.entities)
    async def graph_embeddings_query(
        self, text: str, collection: str, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.vectors)
    async def embeddings(self, texts: list[str], **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    async def rerank(
        self, queries: Items, documents: Items, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to_2.triples_response, takes=to_2.takes)
    async def triples_query(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        collection: str | None = None,
        limit: int = 100,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    async def rows_query(
        self,
        query: str,
        collection: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.tool)
    async def mcp_tool(self, name: str, parameters: Mapping[str, Any], **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    async def row_embeddings_query(
        self,
        text: str,
        schema_name: str,
        collection: str = "default",
        index_name: str | None = None,
        limit: int = 10,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    async def cloze(self, model: str, query: str, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    async def cloze_list_models(self, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    async def decision_scoring(
        self, state: Mapping[str, Any], questions: Mapping[str, Any], **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    async def field_extraction(
        self, state: str | Mapping[str, Any], fields: Mapping[str, str], **kwargs: Any
    ) -> dict[str, Json]: ...
