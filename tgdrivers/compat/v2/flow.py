"""Flows of 2.11 over REST, blocking and awaited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import AwaitedClient, BaseApi, rest_url
from tgdrivers.compat.documents import described
from tgdrivers.compat.rows import nothing, renamed
from tgdrivers.compat.v2 import results as to_2
from tgdrivers.compat.v2.results import rest
from tgdrivers.compat.v2.types import ImageToTextResult, TextCompletionResult, Triple
from tgproto import catalog
from tgproto.types import Json

Names: TypeAlias = list[str]
Items: TypeAlias = list[str] | list[dict[str, Any]]
"""Texts, or objects that have ids."""


class Flow:
    """Flow management, and with `id` the services of a flow."""

    def __init__(self, api: BaseApi) -> None:
        self.api = api

    @property
    def _operations(self) -> catalog.Flow:
        return self.api._own(self.api._native.flow())  # pyright: ignore[reportPrivateUsage]

    def request(self, path: str | None = None, request: Mapping[str, Any] | None = None) -> dict[str, Json]:
        """Send a request as it is, to flow management or to what is behind `flow/`."""
        if request is None:
            raise RuntimeError("request must be given")
        return self.api.request(f"flow/{path}" if path else "flow", request)

    def id(self, id: str = "default") -> FlowInstance:
        """Return the services of a flow."""
        return FlowInstance(self, id)

    @rest(to.names)
    def list_blueprints(self) -> Names: ...

    @rest()
    def get_blueprint(self, blueprint_name: str) -> dict[str, Json]: ...

    @rest(nothing)
    def put_blueprint(self, blueprint_name: str, definition: Mapping[str, Any]) -> None: ...

    @rest(nothing)
    def delete_blueprint(self, blueprint_name: str) -> None: ...

    @rest(to.names)
    def list(self) -> Names: ...

    @rest(to.wire)
    def get(self, id: str) -> dict[str, Json]: ...

    @rest()
    def start(
        self, blueprint_name: str, id: str, description: str, parameters: Mapping[str, str] | None = None
    ) -> None: ...

    @rest()
    def stop(self, id: str) -> None: ...


class FlowInstance:
    """The services of a flow."""

    def __init__(self, api: Flow, id: str) -> None:
        self.api = api
        self.id = id

    @property
    def _operations(self) -> catalog.FlowInstance:
        return self.api._operations.id(self.id)  # pyright: ignore[reportPrivateUsage]

    def request(self, path: str, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is to what is behind `flow/{id}/`, such as `service/agent`."""
        return self.api.request(f"{self.id}/{path}", request)

    @rest(to_2.completion)
    def text_completion(self, system: str, prompt: str) -> TextCompletionResult: ...

    @rest(to_2.image)
    def image_to_text(
        self, image: bytes, mime_type: str, prompt: str | None = None, system: str | None = None
    ) -> ImageToTextResult: ...

    @rest(to.text)
    def agent(
        self,
        question: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
    ) -> str: ...

    @rest(to_2.completion, takes=to_2.takes)
    def graph_rag(
        self,
        query: str,
        collection: str = "default",
        entity_limit: int = 50,
        triple_limit: int = 30,
        max_subgraph_size: int = 150,
        max_path_length: int = 2,
        edge_score_limit: int = 30,
        edge_limit: int = 25,
        max_reranker_input: int = 350,
        user_context: Any = None,
        grounding_seeds: list[str] | None = None,
        graph_seeds: list[str] | None = None,
        languages: list[str] | None = None,
        traversal_instructions: list[dict[str, Any]] | None = None,
    ) -> TextCompletionResult: ...

    @rest(to_2.completion)
    def document_rag(
        self, query: str, collection: str = "default", doc_limit: int = 10, fetch_limit: int = 0
    ) -> TextCompletionResult: ...

    @rest()
    def embeddings(self, texts: list[str]) -> list[list[float]]: ...

    @rest(to.wire)
    def rerank(self, queries: Items, documents: Items, limit: int = 10) -> dict[str, Json]: ...

    @rest(to_2.entities)
    def graph_embeddings_query(
        self,
        text: str,
        collection: str,
        limit: int = 10,
        rdf_type: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> dict[str, Json]: ...

    @rest(to.wire)
    def document_embeddings_query(
        self, text: str, collection: str, limit: int = 10, attributes: Mapping[str, Any] | None = None
    ) -> dict[str, Json]: ...

    @rest(to.text_or_value)
    def prompt(self, id: str, variables: Mapping[str, Any]) -> Json: ...

    @rest()
    def mcp_tool(self, name: str, parameters: Mapping[str, Any] = {}) -> Json: ...

    @rest(to_2.triples, takes=to_2.takes)
    def triples_query(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        g: str | None = None,
        collection: str | None = None,
        limit: int = 10000,
        user_context: Any = None,
    ) -> list[Triple]: ...

    @rest(to.empty, takes=described("document"))
    def load_document(
        self,
        document: bytes,
        id: str | None = None,
        metadata: Any = None,
        collection: str | None = None,
    ) -> dict[str, Json]: ...

    @rest(to.empty, takes=described("text"))
    def load_text(
        self,
        text: bytes,
        id: str | None = None,
        metadata: Any = None,
        charset: str = "utf-8",
        collection: str | None = None,
    ) -> dict[str, Json]: ...

    @rest(to.rows)
    def rows_query(
        self,
        query: str,
        collection: str = "default",
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> dict[str, Json]: ...

    @rest(to.wire, takes=to_2.takes)
    def sparql_query(
        self, query: str, collection: str = "default", limit: int = 10000, user_context: Any = None
    ) -> dict[str, Json]: ...

    @rest(to.nlp)
    def nlp_query(self, question: str, max_results: int = 100) -> dict[str, Json]: ...

    @rest(to.structured)
    def structured_query(self, question: str, collection: str = "default") -> dict[str, Json]: ...

    @rest(to.data_type)
    def detect_type(self, sample: str) -> str: ...

    @rest(to.descriptor)
    def generate_descriptor(
        self, sample: str, data_type: str, schema_name: str, options: Mapping[str, str] | None = None
    ) -> Json: ...

    @rest(to.wire)
    def diagnose_data(
        self, sample: str, schema_name: str | None = None, options: Mapping[str, str] | None = None
    ) -> dict[str, Json]: ...

    @rest(to.names)
    def schema_selection(self, sample: str, options: Mapping[str, str] | None = None) -> Names: ...

    @rest(to.wire)
    def row_embeddings_query(
        self,
        text: str,
        schema_name: str,
        collection: str = "default",
        index_name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        limit: int = 10,
    ) -> dict[str, Json]: ...

    @rest(to.wire)
    def cloze(self, model: str, query: str) -> dict[str, Json]: ...

    @rest(to.wires)
    def cloze_list_models(self) -> list[dict[str, Json]]: ...

    @rest(to.wire)
    def decision_scoring(self, state: Mapping[str, Any], questions: Mapping[str, Any]) -> dict[str, Json]: ...

    @rest(to.wire)
    def field_extraction(
        self, state: str | Mapping[str, Any], fields: Mapping[str, str]
    ) -> dict[str, Json]: ...


class AsyncFlow(AwaitedClient):
    """Flow management, and with `id` the services of a flow; for asyncio."""

    def _shown(self, url: str) -> str:
        return rest_url(url)

    @property
    def _operations(self) -> catalog.AsyncFlow:
        return self._own(self._native.flow())

    @rest(of="_raw", takes=renamed(request_data="request"))
    async def request(self, path: str, request_data: Mapping[str, Any]) -> dict[str, Json]: ...

    @rest(to.names)
    async def list(self) -> Names: ...

    @rest(to.wire)
    async def get(self, id: str) -> dict[str, Json]: ...

    @rest()
    async def start(
        self, class_name: str, id: str, description: str, parameters: Mapping[str, str] | None = None
    ) -> None: ...

    @rest()
    async def stop(self, id: str) -> None: ...

    @rest(to.names)
    async def list_classes(self) -> Names: ...

    @rest()
    async def get_class(self, class_name: str) -> dict[str, Json]: ...

    @rest(nothing)
    async def put_class(self, class_name: str, definition: Mapping[str, Any]) -> None: ...

    @rest(nothing)
    async def delete_class(self, class_name: str) -> None: ...

    def id(self, flow_id: str) -> AsyncFlowInstance:
        """Return the services of a flow."""
        return AsyncFlowInstance(self, flow_id)


class AsyncFlowInstance:
    """The services of a flow, for asyncio."""

    def __init__(self, flow: AsyncFlow, flow_id: str) -> None:
        self.flow = flow
        self.flow_id = flow_id

    @property
    def _operations(self) -> catalog.AsyncFlowInstance:
        return self.flow._operations.id(self.flow_id)  # pyright: ignore[reportPrivateUsage]

    async def request(self, service: str, request_data: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is to a service of the flow."""
        return await self.flow.request(f"flow/{self.flow_id}/service/{service}", request_data)

    @rest(to_2.agent_frame)
    async def agent(
        self,
        question: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @rest(to_2.completion)
    async def text_completion(self, system: str, prompt: str, **kwargs: Any) -> TextCompletionResult: ...

    @rest(to_2.image)
    async def image_to_text(
        self,
        image: bytes,
        mime_type: str,
        prompt: str | None = None,
        system: str | None = None,
        **kwargs: Any,
    ) -> ImageToTextResult: ...

    @rest(to.text, takes=to_2.takes)
    async def graph_rag(
        self,
        query: str,
        collection: str,
        max_subgraph_size: int = 1000,
        max_subgraph_count: int = 5,
        max_entity_distance: int = 3,
        user_context: Any = None,
        **kwargs: Any,
    ) -> str: ...

    @rest(to.text)
    async def document_rag(
        self, query: str, collection: str, doc_limit: int = 10, fetch_limit: int = 0, **kwargs: Any
    ) -> str: ...

    @rest(to_2.entities, takes=to_2.takes)
    async def graph_embeddings_query(
        self,
        text: str,
        collection: str,
        limit: int = 10,
        rdf_type: str = "",
        attributes: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @rest(to.vectors)
    async def embeddings(self, texts: list[str], **kwargs: Any) -> dict[str, Json]: ...

    @rest(to.wire)
    async def rerank(
        self, queries: Items, documents: Items, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @rest(to_2.triples_response, takes=to_2.takes)
    async def triples_query(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        collection: str | None = None,
        limit: int = 100,
        user_context: Any = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @rest(to.wire, takes=to_2.takes)
    async def sparql_query(
        self,
        query: str,
        collection: str = "default",
        limit: int = 10000,
        user_context: Any = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @rest(to.wire)
    async def rows_query(
        self,
        query: str,
        collection: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @rest(to.wire)
    async def row_embeddings_query(
        self,
        text: str,
        schema_name: str,
        collection: str = "default",
        index_name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        limit: int = 10,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @rest(to.wire)
    async def cloze(self, model: str, query: str, **kwargs: Any) -> dict[str, Json]: ...

    @rest(to.wires)
    async def cloze_list_models(self, **kwargs: Any) -> list[dict[str, Json]]: ...

    @rest(to.wire)
    async def decision_scoring(
        self, state: Mapping[str, Any], questions: Mapping[str, Any], **kwargs: Any
    ) -> dict[str, Json]: ...

    @rest(to.wire)
    async def field_extraction(
        self, state: str | Mapping[str, Any], fields: Mapping[str, str], **kwargs: Any
    ) -> dict[str, Json]: ...
