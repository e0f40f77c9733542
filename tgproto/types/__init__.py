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
from tgproto.types.judgements import Answers, Classification, ClozeModel, ImageDescription, ModelInfo
from tgproto.types.matches import (
    ChunkMatch,
    EntityMatch,
    EntityMatches,
    Matches,
    RerankMatch,
    RowMatch,
)
from tgproto.types.records import FlowRecord, UserRecord
from tgproto.types.results import AgentReply, PromptReply, RagAnswer, TextCompletion, TextResult
from tgproto.types.sparql import Binding, SparqlAnswer
from tgproto.types.structured import (
    Diagnosis,
    NLPQuery,
    QueryFault,
    RowsAnswer,
    SchemaMatches,
    StructuredAnswer,
)
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
    "Answers",
    "Binding",
    "BlankNode",
    "ChunkMatch",
    "Classification",
    "ClozeModel",
    "Diagnosis",
    "EntityMatch",
    "EntityMatches",
    "FlowRecord",
    "ImageDescription",
    "Json",
    "Literal",
    "Matches",
    "ModelInfo",
    "NLPQuery",
    "PromptReply",
    "ProvenanceEvent",
    "QueryFault",
    "QuotedTriple",
    "RAGChunk",
    "RagAnswer",
    "RerankMatch",
    "RowMatch",
    "RowsAnswer",
    "SchemaMatches",
    "Source",
    "SparqlAnswer",
    "StreamingChunk",
    "StructuredAnswer",
    "Term",
    "TermLike",
    "TextChunk",
    "TextCompletion",
    "TextResult",
    "Triple",
    "UserRecord",
    "as_term",
]
