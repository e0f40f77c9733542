"""`trustgraph.api` 1.7, over the operations and drivers of this package."""

from tgdrivers.compat.v1.api import Api
from tgdrivers.compat.v1.bulk import AsyncBulkClient, BulkClient
from tgdrivers.compat.v1.exceptions import ApplicationException, ProtocolException
from tgdrivers.compat.v1.flow import AsyncFlow, AsyncFlowInstance, Flow, FlowInstance
from tgdrivers.compat.v1.metrics import AsyncMetrics, Metrics
from tgdrivers.compat.v1.sockets import (
    AsyncSocketClient,
    AsyncSocketFlowInstance,
    SocketClient,
    SocketFlowInstance,
)
from tgdrivers.compat.v1.types import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    CollectionMetadata,
    ConfigKey,
    ConfigValue,
    DocumentMetadata,
    ProcessingMetadata,
    RAGChunk,
    StreamingChunk,
    Triple,
)

__all__ = [
    "AgentAnswer",
    "AgentObservation",
    "AgentThought",
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
    "ConfigKey",
    "ConfigValue",
    "DocumentMetadata",
    "Flow",
    "FlowInstance",
    "Metrics",
    "ProcessingMetadata",
    "ProtocolException",
    "RAGChunk",
    "SocketClient",
    "SocketFlowInstance",
    "StreamingChunk",
    "Triple",
]
