"""The data classes of `trustgraph.api` 1.7."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tgdrivers.compat.knowledge import Literal, Uri, hash

__all__ = [
    "AgentAnswer",
    "AgentObservation",
    "AgentThought",
    "CollectionMetadata",
    "ConfigKey",
    "ConfigValue",
    "DocumentMetadata",
    "Literal",
    "ProcessingMetadata",
    "RAGChunk",
    "StreamingChunk",
    "Triple",
    "Uri",
    "hash",
]


@dataclass
class Triple:
    """A statement; subject, predicate and object are `Uri`, `Literal`, or other strings."""

    s: str
    p: str
    o: str


@dataclass
class ConfigKey:
    """Where a value of the configuration is."""

    type: str
    key: str


@dataclass
class ConfigValue:
    """A value of the configuration, usually JSON text."""

    type: str
    key: str
    value: str


@dataclass
class DocumentMetadata:
    """A document of the library; its time is that of this machine."""

    id: str
    time: dt.datetime
    kind: str
    title: str
    comments: str
    metadata: list[Triple]
    user: str
    tags: list[str]


@dataclass
class ProcessingMetadata:
    """A document that is being processed; its time is that of this machine."""

    id: str
    document_id: str
    time: dt.datetime
    flow: str
    user: str
    collection: str
    tags: list[str]


@dataclass
class CollectionMetadata:
    """A collection."""

    user: str
    collection: str
    name: str
    description: str
    tags: list[str]
    created_at: str
    updated_at: str


@dataclass
class StreamingChunk:
    """A piece of a streamed answer."""

    content: str
    end_of_message: bool = False


@dataclass
class AgentThought(StreamingChunk):
    """What the agent considers."""

    chunk_type: str = "thought"


@dataclass
class AgentObservation(StreamingChunk):
    """What a tool told the agent."""

    chunk_type: str = "observation"


@dataclass
class AgentAnswer(StreamingChunk):
    """What the agent answers."""

    chunk_type: str = "final-answer"
    end_of_dialog: bool = False


@dataclass
class RAGChunk(StreamingChunk):
    """A piece of any other kind."""

    end_of_stream: bool = False
    error: dict[str, str] | None = None
