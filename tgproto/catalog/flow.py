"""All operations of a flow, in each colour."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.bulk_scopes import FlowBulkOps
from tgproto.catalog.flow_agent import AgentOps
from tgproto.catalog.flow_graph import GraphOps
from tgproto.catalog.flow_load import LoadOps
from tgproto.catalog.flow_rag import RagOps
from tgproto.catalog.flow_structured import StructuredOps
from tgproto.catalog.flow_text import TextOps
from tgproto.catalog.flow_through import ThroughOps
from tgproto.catalog.flow_tools import ToolOps
from tgproto.catalog.flow_vectors import VectorOps
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope


@dataclass(frozen=True)
class FlowOps(
    TextOps,
    AgentOps,
    RagOps,
    GraphOps,
    VectorOps,
    StructuredOps,
    ToolOps,
    ThroughOps,
    LoadOps,
    FlowBulkOps,
):
    """The services of one flow.

    Attributes:
        flow: Id of the flow.

    Raises:
        TypeError: It is no string.
        ValueError: It is empty, which would address a global service.
    """


@dataclass(frozen=True)
class FlowCalls(PureScope, FlowOps):
    """The services of one flow, as calls that somebody else carries out."""


@dataclass(frozen=True)
class FlowInstance(SyncScope, FlowOps):
    """The services of one flow, blocking."""


@dataclass(frozen=True)
class AsyncFlowInstance(AsyncScope, FlowOps):
    """The services of one flow, awaited."""
