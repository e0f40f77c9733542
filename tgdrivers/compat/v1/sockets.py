"""Flows of 1.7 over the socket, blocking and awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import AwaitedClient, BlockingClient
from tgdrivers.compat.v1 import results as to_1
from tgdrivers.compat.v1.results import socket
from tgdrivers.compat.v1.types import StreamingChunk
from tgproto import catalog
from tgproto.types import Json


class SocketClient(BlockingClient):
    """The services of a gateway over the socket."""

    def flow(self, flow_id: str) -> SocketFlowInstance:
        """Return the services of a flow."""
        return SocketFlowInstance(self, flow_id)


class SocketFlowInstance:
    """The services of a flow over the socket. Leaving an iterator early cancels what is left."""

    def __init__(self, client: SocketClient, flow_id: str) -> None:
        self.client = client
        self.flow_id = flow_id

    @property
    def _operations(self) -> catalog.FlowInstance:
        client = self.client
        return client._own(client._native.socket()).flow(self.flow_id)  # pyright: ignore[reportPrivateUsage]

    @socket(to_1.answer, chunk=to_1.agent_chunk)
    def agent(
        self,
        question: str,
        user: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        streaming: bool = False,
        **kwargs: Any,
    ) -> dict[str, Json] | Iterator[StreamingChunk]: ...

    @socket(to.text, chunk=to.piece)
    def text_completion(
        self, system: str, prompt: str, streaming: bool = False, **kwargs: Any
    ) -> str | Iterator[str]: ...

    @socket(to.text, chunk=to.piece)
    def graph_rag(
        self,
        question: str,
        user: str,
        collection: str,
        max_subgraph_size: int = 1000,
        max_subgraph_count: int = 5,
        max_entity_distance: int = 3,
        streaming: bool = False,
        **kwargs: Any,
    ) -> str | Iterator[str]: ...

    @socket(to.text, chunk=to.piece)
    def document_rag(
        self,
        question: str,
        user: str,
        collection: str,
        doc_limit: int = 10,
        streaming: bool = False,
        **kwargs: Any,
    ) -> str | Iterator[str]: ...

    @socket(to.text_or_json, chunk=to.piece)
    def prompt(
        self, id: str, variables: Mapping[str, Any], streaming: bool = False, **kwargs: Any
    ) -> str | Iterator[str]: ...

    @socket(to_1.entities)
    def graph_embeddings_query(
        self, text: str, user: str, collection: str, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.vectors)
    def embeddings(self, text: str, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to_1.triples_response, takes=to_1.terms)
    def triples_query(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        user: str | None = None,
        collection: str | None = None,
        limit: int = 100,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    def objects_query(
        self,
        query: str,
        user: str,
        collection: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.tool)
    def mcp_tool(self, name: str, parameters: Mapping[str, Any], **kwargs: Any) -> dict[str, Json]: ...


class AsyncSocketClient(AwaitedClient):
    """The services of a gateway over the socket, for asyncio."""

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

    @socket(to_1.answer, chunk=to_1.agent_chunk)
    async def agent(
        self,
        question: str,
        user: str,
        state: Any = None,
        group: str | list[str] | None = None,
        history: list[dict[str, Any]] | None = None,
        streaming: bool = False,
        **kwargs: Any,
    ) -> dict[str, Json] | AsyncIterator[StreamingChunk]: ...

    @socket(to.text, chunk=to.piece)
    async def text_completion(
        self, system: str, prompt: str, streaming: bool = False, **kwargs: Any
    ) -> str | AsyncIterator[str]: ...

    @socket(to.text, chunk=to.piece)
    async def graph_rag(
        self,
        question: str,
        user: str,
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
        question: str,
        user: str,
        collection: str,
        doc_limit: int = 10,
        streaming: bool = False,
        **kwargs: Any,
    ) -> str | AsyncIterator[str]: ...

    @socket(to.text_or_json, chunk=to.piece)
    async def prompt(
        self, id: str, variables: Mapping[str, Any], streaming: bool = False, **kwargs: Any
    ) -> str | AsyncIterator[str]: ...

    @socket(to_1.entities)
    async def graph_embeddings_query(
        self, text: str, user: str, collection: str, limit: int = 10, **kwargs: Any
    ) -> dict[str, Json]: ...

    @socket(to.vectors)
    async def embeddings(self, text: str, **kwargs: Any) -> dict[str, Json]: ...

    @socket(to_1.triples_response, takes=to_1.terms)
    async def triples_query(
        self,
        s: Any = None,
        p: Any = None,
        o: Any = None,
        user: str | None = None,
        collection: str | None = None,
        limit: int = 100,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.wire)
    async def objects_query(
        self,
        query: str,
        user: str,
        collection: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Json]: ...

    @socket(to.tool)
    async def mcp_tool(self, name: str, parameters: Mapping[str, Any], **kwargs: Any) -> dict[str, Json]: ...
