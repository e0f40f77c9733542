"""How answers came about, read from the graph: `ExplainabilityClient` of `trustgraph.api`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from tgdrivers.compat.rows import Arguments, Rows
from tgdrivers.compat.v2.exceptions import over_socket
from tgdrivers.compat.v2.explain import (
    EdgeSelection,
    ExplainEntity,
    Focus,
    Question,
    entity_of,
    selection_of,
)
from tgdrivers.compat.v2.flow import FlowInstance
from tgdrivers.compat.v2.sockets import SocketFlowInstance
from tgproto import catalog
from tgproto.errors import CallError, ProvenanceIncomplete
from tgproto.types import explain, selections, traces

row = Rows(over_socket, despite=ProvenanceIncomplete)


def _entity(found: explain.ExplainEntity | None) -> ExplainEntity | None:
    return None if found is None else entity_of(found)


def _entities(found: Iterable[explain.ExplainEntity] | None) -> list[ExplainEntity]:
    return [entity_of(each) for each in found or ()]


def _selection(found: selections.EdgeSelection | None) -> EdgeSelection | None:
    return None if found is None else selection_of(found)


def trace(found: traces.Trace) -> dict[str, Any]:
    """Return a trace as a dict: what was not found is None."""
    if isinstance(found, traces.AgentTrace):
        return {"question": _entity(found.question), "steps": [_step(step) for step in found.steps]}
    names = ["question", "grounding", "exploration", "focus", "synthesis"]
    if isinstance(found, traces.DocRagTrace):
        names.remove("focus")
    return {name: _entity(getattr(found, name)) for name in names}


def _step(found: traces.AgentStep) -> ExplainEntity | dict[str, Any]:
    if isinstance(found, traces.SubTrace):
        question = entity_of(found.question)
        return {"type": "sub-trace", "question": question, "trace": trace(found.trace)}
    return entity_of(found)


def _session(kind: str) -> str:
    return "graphrag" if kind == "unknown" else kind


def _elsewhere(arguments: Arguments) -> Arguments:
    """Leave out the `Api`: documents are fetched from the gateway that is asked for everything else."""
    return {name: value for name, value in arguments.items() if name != "api"}


class ExplainabilityClient:
    """Reads how answers came about.

    Services write that after they have answered. So it is read again until it does not change any more.

    Args:
        flow_instance: Some flow of an `Api` of this package.
        retry_delay: Pause before something is read again, in seconds.
        max_retries: How often it is read again, at most.
    """

    def __init__(
        self,
        flow_instance: SocketFlowInstance | FlowInstance,
        retry_delay: float = 0.2,
        max_retries: int = 10,
    ) -> None:
        self.flow = flow_instance
        self.retry_delay = retry_delay
        self.max_retries = max_retries

    @cached_property
    def _operations(self) -> catalog.ExplainabilityClient:
        flow = self.flow._operations  # pyright: ignore[reportPrivateUsage]
        return catalog.ExplainabilityClient(flow, self.retry_delay, self.max_retries)

    @row(_entity)
    def fetch_entity(
        self, uri: str, graph: str | None = None, collection: str | None = None
    ) -> ExplainEntity | None: ...

    @row(_selection)
    def fetch_edge_selection(
        self, uri: str, graph: str | None = None, collection: str | None = None
    ) -> EdgeSelection | None: ...

    @row(_entity)
    def fetch_focus_with_edges(
        self, uri: str, graph: str | None = None, collection: str | None = None
    ) -> Focus | None: ...

    @row()
    def resolve_label(self, uri: str, collection: str | None = None) -> str: ...

    @row()
    def resolve_edge_labels(
        self, edge: Mapping[str, str], collection: str | None = None
    ) -> tuple[str, str, str]: ...

    def fetch_document_content(self, document_uri: str, api: object, max_content: int = 10000) -> str:  # noqa: ARG002
        """Stand for the operation `fetch_document_content`; of an error, return its text in brackets."""
        try:
            return self._content(document_uri, max_content)
        except CallError as error:
            return f"[Error fetching content: {error}]"

    @row(operation="fetch_document_content")
    def _content(self, document_uri: str, max_content: int) -> str: ...

    @row(trace, takes=_elsewhere)
    def fetch_graphrag_trace(
        self,
        question_uri: str,
        graph: str | None = None,
        collection: str | None = None,
        api: object = None,
        max_content: int = 10000,
    ) -> dict[str, ExplainEntity | None]: ...

    @row(trace, takes=_elsewhere)
    def fetch_docrag_trace(
        self,
        question_uri: str,
        graph: str | None = None,
        collection: str | None = None,
        api: object = None,
        max_content: int = 10000,
    ) -> dict[str, ExplainEntity | None]: ...

    @row(trace, takes=_elsewhere)
    def fetch_agent_trace(
        self,
        session_uri: str,
        graph: str | None = None,
        collection: str | None = None,
        api: object = None,
        max_content: int = 10000,
    ) -> dict[str, Any]: ...

    @row(_entities)
    def list_sessions(
        self, graph: str | None = None, collection: str | None = None, limit: int = 50
    ) -> list[Question]: ...

    @row(_session)
    def detect_session_type(
        self, session_uri: str, graph: str | None = None, collection: str | None = None
    ) -> str: ...
