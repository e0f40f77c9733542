"""Put messages on a flow's store queues, which is what an export taps."""

import asyncio
import copy
from collections.abc import Iterable
from typing import Any

from trustgraph import schema

from .records import SINKS, Place, Stored
from .scripted.common import iri, literal
from .scripted.vectors import vector
from .seed import sink_topic
from .sink import REPLAY_ROOT


def _triples(metadata: schema.Metadata, numbers: range) -> schema.Triples:
    p = iri("http://example.org/p")
    return schema.Triples(
        metadata=metadata, triples=[schema.Triple(s=_node(n), p=p, o=literal(f"o{n}")) for n in numbers]
    )


def _graph_embeddings(metadata: schema.Metadata, numbers: range) -> schema.GraphEmbeddings:
    return schema.GraphEmbeddings(
        metadata=metadata,
        entities=[schema.EntityEmbeddings(entity=_node(n), vector=vector(str(n))) for n in numbers],
    )


def _document_embeddings(metadata: schema.Metadata, numbers: range) -> schema.DocumentEmbeddings:
    return schema.DocumentEmbeddings(
        metadata=metadata,
        chunks=[schema.ChunkEmbeddings(chunk_id=f"chunk{n}", vector=vector(str(n))) for n in numbers],
    )


def _entity_contexts(metadata: schema.Metadata, numbers: range) -> schema.EntityContexts:
    return schema.EntityContexts(
        metadata=metadata,
        entities=[schema.EntityContext(entity=_node(n), context=f"context {n}") for n in numbers],
    )


def _node(number: int) -> schema.Term:
    return iri(f"http://example.org/s{number}")


MAKERS = {
    "triples": _triples,
    "graph-embeddings": _graph_embeddings,
    "document-embeddings": _document_embeddings,
    "entity-contexts": _entity_contexts,
}


async def publish(
    backend: Any, kind: str, place: Place, *, count: int, per: int, rate: float, collection: str, ident: str
) -> None:
    """Publish numbered items.

    Args:
        backend: The connection to the broker.
        kind: A key of MAKERS.
        place: The flow.
        count: How many messages.
        per: How many items in each.
        rate: Messages per second at most; 0 for as fast as it goes.
        collection: The collection that the messages name.
        ident: The document that the messages name.
    """
    metadata = schema.Metadata(id=ident, root=REPLAY_ROOT, collection=collection)
    producer = await _producer(backend, kind, place)
    for i in range(count):
        await producer.send(MAKERS[kind](metadata, range(i * per, (i + 1) * per)))
        await asyncio.sleep(1 / rate if rate else 0)
    await producer.close()


async def replay(backend: Any, kind: str, records: Iterable[Stored]) -> int:
    """Publish again what reached a sink.

    Args:
        backend: The connection to the broker.
        kind: A key of SINKS.
        records: The messages.

    Returns:
        How many there were.
    """
    producers: dict[Place, Any] = {}
    sent = 0
    for record in records:
        if record.place not in producers:
            producers[record.place] = await _producer(backend, kind, record.place)
        message = copy.deepcopy(record.message)
        message.metadata.root = REPLAY_ROOT
        await producers[record.place].send(message)
        sent += 1
    for producer in producers.values():
        await producer.close()
    return sent


async def _producer(backend: Any, kind: str, place: Place) -> Any:
    return await backend.create_producer(
        topic=sink_topic(kind, place.workspace, place.flow), schema=SINKS[kind].schema
    )
