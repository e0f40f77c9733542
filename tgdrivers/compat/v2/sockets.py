"""The services of a 2.11 gateway over the socket, blocking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import BlockingClient, WorkspaceClient
from tgdrivers.compat.v2 import explain_results as explained
from tgdrivers.compat.v2 import results as to_2
from tgdrivers.compat.v2.flow import Items
from tgdrivers.compat.v2.results import socket
from tgdrivers.compat.v2.types import (
    ImageToTextResult,
    ProvenanceEvent,
    RAGChunk,
    StreamingChunk,
    TextCompletionResult,
)
from tgproto import catalog
from tgproto.types import Json


class SocketClient(WorkspaceClient, BlockingClient):
    """The services of a gateway over the socket."""

    def flow(self, flow_id: str) -> SocketFlowInstance:
        """Return the services of a flow."""
        return SocketFlowInstance(self, flow_id)

    @property
    def _knowledge(self) -> catalog.Knowledge:
        return self._own(self._native.socket().knowledge())

    @socket(of="_knowledge", chunk=to.unless_last, whole=True)
    def get_kg_core(self, id: str) -> Iterator[dict[str, Json]]: ...

    @socket(to.empty, of="_knowledge")
    def put_kg_core(
        self,
        id: str,
        triples: Mapping[str, Any] | None = None,
        graph_embeddings: Mapping[str, Any] | None = None,
        library_metadata: Mapping[str, Any] | None = None,
        library_blob: Mapping[str, Any] | None = None,
    ) -> dict[str, Json]: ...

    @socket(of="_knowledge", chunk=to.unless_last, whole=True)
    def get_de_core(self, id: str) -> Iterator[dict[str, Json]]: ...

    @socket(to.empty, of="_knowledge")
    def put_de_core(
        self, id: str, document_embeddings: Mapping[str, Any] | None = None
    ) -> dict[str, Json]: ...


class SocketFlowInstance:
    """The services of a flow over the socket. Leaving an iterator early cancels what is left."""

    def __init__(self, client: SocketClient, flow_id: str) -> None:
        self.client = client
        self.flow_id = flow_id

    @property
    def _operations(self) -> catalog.FlowInstance:
        client = self.client
        return client._own(client._native.socket()).flow(self.flow_id)  # pyright: ignore[reportPrivateUsage]

    @socket(chunk=to_2.agent_chunk, streams=True)
    def agent(
        self,
        question: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        streaming: bool = False,
        **kwargs: Any,
    ) -> Iterator[StreamingChunk]: ...

    @socket(chunk=explained.agent_chunk)
    def agent_explain(
        self,
        question: str,
        collection: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> Iterator[StreamingChunk | ProvenanceEvent]: ...

    @socket(to_2.completion, chunk=to_2.rag_chunk)
    def text_completion(
        self, system: str, prompt: str, streaming: bool = False, **kwargs: Any
    ) -> TextCompletionResult | Iterator[RAGChunk]: ...

    @socket(to.wires)
    def list_models(self) -> list[dict[str, Json]]: ...

    @socket(to_2.image)
    def image_to_text(
        self,
        image: bytes,
        mime_type: str,
        prompt: str | None = None,
        system: str | None = None,
        **kwargs: Any,
    ) -> ImageToTextResult: ...

    @socket(to_2.completion, chunk=to_2.rag_chunk)
    def graph_rag(
        self,
        query: str,
        collection: str,
        entity_limit: int = 50,
        triple_limit: int = 30,
        max_subgraph_size: int = 1000,
        max_path_length: int = 2,
        edge_score_limit: int = 30,
        edge_limit: int = 25,
        max_reranker_input: int = 350,
        streaming: bool = False,
        grounding_seeds: list[str] | None = None,
        graph_seeds: list[str] | None = None,
        languages: list[str] | None = None,
        traversal_instructions: list[dict[str, Any]] | None = None,
        graph: str | None = None,
        **kwargs: Any,
    ) -> TextCompletionResult | Iterator[RAGChunk]: ...

    @socket(chunk=explained.rag_chunk)
    def graph_rag_explain(
        self,
        query: str,
        collection: str,
        entity_limit: int = 50,
        triple_limit: int = 30,
        max_subgraph_size: int = 1000,
        max_path_length: int = 2,
        edge_score_limit: int = 30,
        edge_limit: int = 25,
        max_reranker_input: int = 350,
        grounding_seeds: list[str] | None = None,
        graph_seeds: list[str] | None = None,
        languages: list[str] | None = None,
        traversal_instructions: list[dict[str, Any]] | None = None,
        graph: str | None = None,
        **kwargs: Any,
    ) -> Iterator[RAGChunk | ProvenanceEvent]: ...

    @socket(to_2.completion, chunk=to_2.rag_chunk)
    def document_rag(
        self,
        query: str,
        collection: str,
        doc_limit: int = 10,
        fetch_limit: int = 0,
        streaming: bool = False,
        **kwargs: Any,
    ) -> TextCompletionResult | Iterator[RAGChunk]: ...

    @socket(chunk=explained.rag_chunk)
    def document_rag_explain(
        self, query: str, collection: str, doc_limit: int = 10, fetch_limit: int = 0, **kwargs: Any
    ) -> Iterator[RAGChunk | ProvenanceEvent]: ...

    @socket(to_2.completion, chunk=to_2.rag_chunk)
    def prompt(
        self, id: str, variables: Mapping[str, Any], streaming: bool = False, **kwargs: Any
    ) -> TextCompletionResult | Iterator[RAGChunk]: ...

    @socket(to_2.entities)
    def graph_embeddings_query(
        self, text: str, collection: str, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    def document_embeddings_query(
        self, text: str, collection: str, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.vectors)
    def embeddings(self, texts: list[str], **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    def rerank(self, queries: Items, documents: Items, limit: int = 10, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to_2.wire_triples, takes=to_2.takes)
    def triples_query(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        g: str | None = None,
        collection: str | None = None,
        limit: int = 100,
        **kwargs: Any,
    ) -> list[dict[str, Json]]: ...

    @socket(takes=to_2.takes, chunk=to_2.wire_triples)
    def triples_query_stream(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        g: str | None = None,
        collection: str | None = None,
        limit: int = 100,
        batch_size: int = 20,
        **kwargs: Any,
    ) -> Iterator[list[dict[str, Json]]]: ...

    @socket(whole=True)
    def sparql_query_stream(
        self, query: str, collection: str = "default", limit: int = 10000, batch_size: int = 20, **kwargs: Any
    ) -> Iterator[dict[str, Json]]: ...

    @socket(to.wire)
    def rows_query(
        self,
        query: str,
        collection: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.tool)
    def mcp_tool(self, name: str, parameters: Mapping[str, Any], **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    def row_embeddings_query(
        self,
        text: str,
        schema_name: str,
        collection: str = "default",
        index_name: str | None = None,
        limit: int = 10,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    def cloze(self, model: str, query: str, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    def cloze_list_models(self, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to.wire)
    def decision_scoring(
        self, state: Mapping[str, Any], questions: Mapping[str, Any], **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    def field_extraction(
        self, state: str | Mapping[str, Any], fields: Mapping[str, str], **kwargs: Any
    ) -> dict[str, Json]: ...
