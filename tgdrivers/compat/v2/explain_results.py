"""What the streams of 2.11 yield that also explain: pieces of text, and how the answer came about."""

from __future__ import annotations

from typing import Any

from tgdrivers.compat.v2 import results as to_2
from tgdrivers.compat.v2.explain import entity_of
from tgdrivers.compat.v2.types import ProvenanceEvent, RAGChunk, StreamingChunk
from tgproto import types


def agent_chunk(chunk: Any) -> StreamingChunk | ProvenanceEvent:
    """Return a piece of what an agent says, or a step of how it came to that."""
    return event(chunk) if isinstance(chunk, types.ProvenanceEvent) else to_2.agent_chunk(chunk)


def rag_chunk(chunk: Any) -> RAGChunk | ProvenanceEvent:
    """Return a piece of generated text, or a step of how it came about."""
    return event(chunk) if isinstance(chunk, types.ProvenanceEvent) else to_2.rag_chunk(chunk)


def event(chunk: types.ProvenanceEvent) -> ProvenanceEvent:
    """Return a step, with what it is about if the gateway sent its description along."""
    entity = None if chunk.entity is None else entity_of(chunk.entity)
    triples = to_2.wire_triples(chunk.triples)
    return ProvenanceEvent(chunk.explain_id, chunk.explain_graph, entity=entity, triples=triples)
