"""Put messages on the queues of the bus for the control server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from trustgraph import schema

from ..publish import Maker, Publisher, Send, graph_makers, node
from ..records import Place
from ..vectors import vector
from .bus import Outbox
from .scripted.terms import iri, literal
from .settings import USER
from .sink import REPLAY, SINKS, sink_topic


def _graph_embeddings(metadata: schema.Metadata, numbers: range) -> schema.GraphEmbeddings:
    return schema.GraphEmbeddings(
        metadata=metadata,
        entities=[schema.EntityEmbeddings(entity=iri(node(n)), vectors=[vector(str(n))]) for n in numbers],
    )


def _document_embeddings(metadata: schema.Metadata, numbers: range) -> schema.DocumentEmbeddings:
    return schema.DocumentEmbeddings(
        metadata=metadata,
        chunks=[
            schema.ChunkEmbeddings(chunk=f"chunk{n}".encode(), vectors=[vector(str(n))]) for n in numbers
        ],
    )


class MemoryPublisher(Publisher):
    """Publishes over the bus in memory."""

    makers: ClassVar[Mapping[str, Maker]] = {
        **graph_makers(iri, literal),
        "graph-embeddings": _graph_embeddings,
        "document-embeddings": _document_embeddings,
    }
    workspace = USER

    def metadata(self, ident: str, place: Place, collection: str) -> schema.Metadata:  # noqa: D102
        return schema.Metadata(id=ident, metadata=[], user=place.workspace, collection=collection)

    @asynccontextmanager
    async def sender(self, kind: str, place: Place) -> AsyncIterator[Send]:  # noqa: D102
        outbox = Outbox(sink_topic(kind, place.flow), SINKS[kind].schema)

        async def send(message: Any) -> None:
            outbox.send(message, **{REPLAY: "yes"})

        yield send
