"""Put messages on the queues of RabbitMQ for the control server."""

import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from trustgraph import schema

from ..publish import Maker, Publisher, Send, graph_makers, node
from ..records import Place
from ..vectors import vector
from .scripted.common import iri, literal
from .seed import sink_topic
from .settings import WORKSPACES
from .sink import REPLAY_ROOT, SINKS


def _graph_embeddings(metadata: schema.Metadata, numbers: range) -> schema.GraphEmbeddings:
    return schema.GraphEmbeddings(
        metadata=metadata,
        entities=[schema.EntityEmbeddings(entity=iri(node(n)), vector=vector(str(n))) for n in numbers],
    )


def _document_embeddings(metadata: schema.Metadata, numbers: range) -> schema.DocumentEmbeddings:
    return schema.DocumentEmbeddings(
        metadata=metadata,
        chunks=[schema.ChunkEmbeddings(chunk_id=f"chunk{n}", vector=vector(str(n))) for n in numbers],
    )


class BrokerPublisher(Publisher):
    """Publishes over the broker.

    Args:
        backend: The connection to it.
    """

    makers: ClassVar[Mapping[str, Maker]] = {
        **graph_makers(iri, literal),
        "graph-embeddings": _graph_embeddings,
        "document-embeddings": _document_embeddings,
    }
    workspace = WORKSPACES[0]

    def __init__(self, backend: Any) -> None:
        self.backend = backend

    def metadata(self, ident: str, place: Place, collection: str) -> schema.Metadata:  # noqa: ARG002, D102
        return schema.Metadata(id=ident, collection=collection)

    @asynccontextmanager
    async def sender(self, kind: str, place: Place) -> AsyncIterator[Send]:  # noqa: D102
        producer = await self.backend.create_producer(
            topic=sink_topic(kind, place.workspace, place.flow), schema=SINKS[kind].schema
        )

        async def send(message: Any) -> None:
            marked = dataclasses.replace(message.metadata, root=REPLAY_ROOT)
            await producer.send(dataclasses.replace(message, metadata=marked))

        try:
            yield send
        finally:
            await producer.close()
