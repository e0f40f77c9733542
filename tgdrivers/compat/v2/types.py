"""The data classes of `trustgraph.api` 2.11."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from tgdrivers.compat.knowledge import AnyTerm, Literal, Uri

__all__ = [
    "AgentAnswer",
    "AgentObservation",
    "AgentThought",
    "CollectionMetadata",
    "ConfigKey",
    "ConfigValue",
    "DocumentMetadata",
    "ImageToTextResult",
    "Literal",
    "ProcessingMetadata",
    "ProvenanceEvent",
    "RAGChunk",
    "StreamingChunk",
    "TextCompletionResult",
    "Triple",
    "Uri",
]

_SOURCES = cast("Callable[[], list[dict[str, str]]]", list)
_TRIPLES = cast("Callable[[], list[dict[str, Any]]]", list)


@dataclass
class Triple:
    """A statement; `g` is the IRI of its named graph."""

    s: AnyTerm | str
    p: AnyTerm | str
    o: AnyTerm | str
    g: str = ""

    def is_uri(self) -> bool:
        """Return False."""
        return False

    def is_literal(self) -> bool:
        """Return False."""
        return False

    def is_triple(self) -> bool:
        """Return True."""
        return True


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
    workspace: str = ""


@dataclass
class DocumentMetadata:
    """A document of the library; its time is that of this machine, None if there is none."""

    id: str
    time: dt.datetime | None
    kind: str
    title: str
    comments: str
    metadata: list[Triple]
    tags: list[str]
    parent_id: str = ""
    document_type: str = "source"


@dataclass
class ProcessingMetadata:
    """A document that is being processed; its time is that of this machine."""

    id: str
    document_id: str
    time: dt.datetime | None
    flow: str
    collection: str
    tags: list[str]


@dataclass
class CollectionMetadata:
    """A collection."""

    collection: str
    name: str
    description: str
    tags: list[str]


@dataclass
class StreamingChunk:
    """A piece of a streamed answer."""

    content: str
    end_of_message: bool = False


@dataclass
class AgentThought(StreamingChunk):
    """What the agent considers."""

    message_type: str = "thought"
    message_id: str = ""


@dataclass
class AgentObservation(StreamingChunk):
    """What a tool told the agent."""

    message_type: str = "observation"
    message_id: str = ""


@dataclass
class AgentAnswer(StreamingChunk):
    """What the agent answers; the last one has the counts."""

    message_type: str = "final-answer"
    end_of_dialog: bool = False
    message_id: str = ""
    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None


@dataclass
class RAGChunk(StreamingChunk):
    """A piece of generated text; the last one has the counts and, of graph RAG, the sources."""

    message_type: str = "rag"
    end_of_stream: bool = False
    error: dict[str, str] | None = None
    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None
    sources: list[dict[str, str]] = field(default_factory=_SOURCES)


@dataclass
class TextCompletionResult:
    """A generated text, with counts; of graph RAG also the sources."""

    text: str | None
    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None
    sources: list[dict[str, str]] = field(default_factory=_SOURCES)


@dataclass
class ImageToTextResult:
    """What a model sees in an image, with counts."""

    text: str | None
    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None


EVENTS = (
    "question",
    "grounding",
    "exploration",
    "focus",
    "synthesis",
    "iteration",
    "observation",
    "conclusion",
    "decomposition",
    "finding",
    "plan",
    "step-result",
    "session",
)
"""The kinds of events, in the order in which they are looked for."""


@dataclass
class ProvenanceEvent:
    """How an answer came about, one step of it.

    `entity` is an `ExplainEntity`, None if the gateway sent no triples along; `triples` are as it sent them.
    """

    explain_id: str
    explain_graph: str = ""
    event_type: str = ""
    entity: object = None
    triples: list[dict[str, Any]] = field(default_factory=_TRIPLES)

    def __post_init__(self) -> None:
        self.event_type = next((kind for kind in EVENTS if kind in self.explain_id), self.event_type)
