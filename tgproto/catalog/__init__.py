"""Every operation of the gateway, defined once: as data, blocking, and awaited."""

from tgproto.catalog.auth import AsyncAuth, Auth, AuthCalls, AuthOps
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk, BulkCalls, BulkOps
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.collection import AsyncCollection, Collection, CollectionCalls, CollectionOps
from tgproto.catalog.configuration import AsyncConfig, Config, ConfigCalls, ConfigOps
from tgproto.catalog.doors import AsyncSocketClient, SocketClient
from tgproto.catalog.explainability import (
    AsyncExplainabilityClient,
    ExplainabilityClient,
    ExplainCalls,
    ExplainOps,
)
from tgproto.catalog.flow import AsyncFlowInstance, FlowCalls, FlowInstance, FlowOps
from tgproto.catalog.flows import AsyncFlow, Flow, FlowsCalls, FlowsOps
from tgproto.catalog.i18n import AsyncI18n, I18n, I18nCalls, I18nOps
from tgproto.catalog.iam import AsyncIam, Iam, IamCalls, IamOps
from tgproto.catalog.knowledge import AsyncKnowledge, Knowledge, KnowledgeCalls, KnowledgeOps
from tgproto.catalog.library import AsyncLibrary, Library, LibraryCalls, LibraryOps
from tgproto.catalog.metrics import AsyncMetrics, Metrics, MetricsCalls, MetricsOps
from tgproto.catalog.options import CallOptions
from tgproto.catalog.reader import Reader
from tgproto.catalog.registry import REGISTRY, Operation
from tgproto.catalog.scopes import AsyncRunner, SyncRunner
from tgproto.catalog.steps import Steps
from tgproto.catalog.streams import AsyncStream, Stream

__all__ = [
    "REGISTRY",
    "AsyncAuth",
    "AsyncBulk",
    "AsyncCollection",
    "AsyncConfig",
    "AsyncExplainabilityClient",
    "AsyncFlow",
    "AsyncFlowInstance",
    "AsyncI18n",
    "AsyncIam",
    "AsyncKnowledge",
    "AsyncLibrary",
    "AsyncMetrics",
    "AsyncRunner",
    "AsyncSocketClient",
    "AsyncStream",
    "Auth",
    "AuthCalls",
    "AuthOps",
    "Bulk",
    "BulkCalls",
    "BulkOps",
    "Call",
    "CallOptions",
    "Collection",
    "CollectionCalls",
    "CollectionOps",
    "Config",
    "ConfigCalls",
    "ConfigOps",
    "ExplainCalls",
    "ExplainOps",
    "ExplainabilityClient",
    "Flow",
    "FlowCalls",
    "FlowInstance",
    "FlowOps",
    "FlowsCalls",
    "FlowsOps",
    "I18n",
    "I18nCalls",
    "I18nOps",
    "Iam",
    "IamCalls",
    "IamOps",
    "Knowledge",
    "KnowledgeCalls",
    "KnowledgeOps",
    "Library",
    "LibraryCalls",
    "LibraryOps",
    "Metrics",
    "MetricsCalls",
    "MetricsOps",
    "Operation",
    "Reader",
    "SocketClient",
    "Steps",
    "Stream",
    "StreamCall",
    "SyncRunner",
]
