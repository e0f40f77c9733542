"""RDF terms, chunks and results: what callers pass in and get back."""

from tgproto.types.chunks import (
    AgentAnswer,
    AgentChunk,
    AgentMessage,
    AgentObservation,
    AgentThought,
    ProvenanceEvent,
    RAGChunk,
    Source,
    StreamingChunk,
    TextChunk,
)
from tgproto.types.library import (
    ChunkReceipt,
    CompletedUpload,
    DocumentChunk,
    DocumentMetadata,
    ProcessingMetadata,
    UploadSession,
    UploadStart,
    UploadStatus,
)
from tgproto.types.matches import EntityMatch, EntityMatches
from tgproto.types.records import FlowRecord, UserRecord
from tgproto.types.results import AgentReply, PromptReply, RagAnswer, TextCompletion, TextResult
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
from tgproto.types.wire import Json

__all__ = [
    "IRI",
    "AgentAnswer",
    "AgentChunk",
    "AgentMessage",
    "AgentObservation",
    "AgentReply",
    "AgentThought",
    "BlankNode",
    "ChunkReceipt",
    "CompletedUpload",
    "DocumentChunk",
    "DocumentMetadata",
    "EntityMatch",
    "EntityMatches",
    "FlowRecord",
    "Json",
    "Literal",
    "ProcessingMetadata",
    "PromptReply",
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
    "UploadSession",
    "UploadStart",
    "UploadStatus",
    "UserRecord",
    "as_term",
]
