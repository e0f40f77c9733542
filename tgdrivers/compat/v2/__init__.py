"""`trustgraph.api` 2.11, over the operations and drivers of this package."""

from tgdrivers.compat.v2.api import Api
from tgdrivers.compat.v2.async_sockets import AsyncSocketClient, AsyncSocketFlowInstance
from tgdrivers.compat.v2.bulk import AsyncBulkClient, BulkClient
from tgdrivers.compat.v2.exceptions import (
    AgentError,
    ApplicationException,
    ConfigError,
    DocumentRagError,
    FlowError,
    GatewayError,
    GraphRagError,
    LLMError,
    LoadError,
    LookupError,
    NLPQueryError,
    ProtocolException,
    RequestError,
    RowsQueryError,
    StructuredQueryError,
    TrustGraphException,
    UnexpectedError,
)
from tgdrivers.compat.v2.explain import (
    Analysis,
    Conclusion,
    EdgeSelection,
    ExplainEntity,
    Exploration,
    Focus,
    Observation,
    Question,
    Synthesis,
)
from tgdrivers.compat.v2.explain import (
    Decomposition as Decomposition,
)
from tgdrivers.compat.v2.explain import (
    Finding as Finding,
)
from tgdrivers.compat.v2.explain import (
    Grounding as Grounding,
)
from tgdrivers.compat.v2.explain import (
    Plan as Plan,
)
from tgdrivers.compat.v2.explain import (
    Reflection as Reflection,
)
from tgdrivers.compat.v2.explain import (
    StepResult as StepResult,
)
from tgdrivers.compat.v2.explainability import ExplainabilityClient
from tgdrivers.compat.v2.flow import AsyncFlow, AsyncFlowInstance, Flow, FlowInstance
from tgdrivers.compat.v2.metrics import AsyncMetrics, Metrics
from tgdrivers.compat.v2.sockets import SocketClient, SocketFlowInstance
from tgdrivers.compat.v2.types import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    CollectionMetadata,
    ConfigKey,
    ConfigValue,
    DocumentMetadata,
    ImageToTextResult,
    Literal,
    ProcessingMetadata,
    ProvenanceEvent,
    RAGChunk,
    StreamingChunk,
    TextCompletionResult,
    Triple,
    Uri,
)
from tgdrivers.compat.v2.wire import build_term, extract_term_value, wire_triples_to_tuples

# Upstream has Decomposition, Finding, Grounding, Plan, Reflection, StepResult, too, but not in `__all__`.
__all__ = [
    "AgentAnswer",
    "AgentError",
    "AgentObservation",
    "AgentThought",
    "Analysis",
    "Api",
    "ApplicationException",
    "AsyncBulkClient",
    "AsyncFlow",
    "AsyncFlowInstance",
    "AsyncMetrics",
    "AsyncSocketClient",
    "AsyncSocketFlowInstance",
    "BulkClient",
    "CollectionMetadata",
    "Conclusion",
    "ConfigError",
    "ConfigKey",
    "ConfigValue",
    "DocumentMetadata",
    "DocumentRagError",
    "EdgeSelection",
    "ExplainEntity",
    "ExplainabilityClient",
    "Exploration",
    "Flow",
    "FlowError",
    "FlowInstance",
    "Focus",
    "GatewayError",
    "GraphRagError",
    "ImageToTextResult",
    "LLMError",
    "Literal",
    "LoadError",
    "LookupError",
    "Metrics",
    "NLPQueryError",
    "Observation",
    "ProcessingMetadata",
    "ProtocolException",
    "ProvenanceEvent",
    "Question",
    "RAGChunk",
    "RequestError",
    "RowsQueryError",
    "SocketClient",
    "SocketFlowInstance",
    "StreamingChunk",
    "StructuredQueryError",
    "Synthesis",
    "TextCompletionResult",
    "Triple",
    "TrustGraphException",
    "UnexpectedError",
    "Uri",
    "build_term",
    "extract_term_value",
    "wire_triples_to_tuples",
]
