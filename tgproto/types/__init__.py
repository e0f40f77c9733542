"""RDF terms, chunks and results: what callers pass in and get back."""

from tgproto.types.chunks import (
    AgentAnswer,
    AgentChunk,
    AgentObservation,
    AgentThought,
    ProvenanceEvent,
    RAGChunk,
    Source,
    StreamingChunk,
    TextChunk,
)
from tgproto.types.results import AgentReply, RagAnswer, TextCompletion, TextResult
from tgproto.types.terms import (
    IRI,
    BlankNode,
    Literal,
    QuotedTriple,
    Term,
    TermLike,
    Triple,
    as_term,
)

__all__ = [
    "IRI",
    "AgentAnswer",
    "AgentChunk",
    "AgentObservation",
    "AgentReply",
    "AgentThought",
    "BlankNode",
    "Literal",
    "ProvenanceEvent",
    "QuotedTriple",
    "RAGChunk",
    "RagAnswer",
    "Source",
    "StreamingChunk",
    "Term",
    "TermLike",
    "TextChunk",
    "TextCompletion",
    "TextResult",
    "Triple",
    "as_term",
]
