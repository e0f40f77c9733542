"""What type checkers must see of provenance. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from typing import assert_type

from tgproto.catalog import (
    AsyncExplainabilityClient,
    AsyncFlowInstance,
    ExplainabilityClient,
    ExplainCalls,
    FlowInstance,
    Steps,
)
from tgproto.types import (
    IRI,
    AgentTrace,
    ChunkSelection,
    Conclusion,
    DocRagTrace,
    Edge,
    EdgeSelection,
    ExplainEntity,
    Exploration,
    Focus,
    GraphRagTrace,
    Grounding,
    ProvenanceEvent,
    Question,
    SubTrace,
    Synthesis,
    Trace,
    Triple,
    entity_from_triples,
)


def blocking(flow: FlowInstance, edge: Edge) -> None:
    client = ExplainabilityClient(flow, retry_delay=0.1, max_retries=5)
    assert_type(client.with_options(workspace="w"), ExplainabilityClient)
    assert_type(client.fetch_entity(IRI("urn:x"), "urn:g", "c"), ExplainEntity | None)
    assert_type(client.fetch_edge_selection("urn:x"), EdgeSelection | None)
    assert_type(client.fetch_focus_with_edges("urn:x"), Focus | None)
    assert_type(client.resolve_label("urn:x"), str)
    assert_type(client.resolve_edge_labels(edge), tuple[str, str, str])
    assert_type(client.resolve_edge_labels({"s": "urn:s", "p": "urn:p", "o": "urn:o"}), tuple[str, str, str])
    assert_type(client.fetch_document_content("urn:d", None, 500), str)
    assert_type(client.fetch_graphrag_trace("urn:q"), GraphRagTrace)
    assert_type(client.fetch_docrag_trace("urn:q", api=object()), DocRagTrace)
    assert_type(client.fetch_agent_trace("urn:q"), AgentTrace)
    assert_type(client.list_sessions(limit=5), list[Question])
    assert_type(client.detect_session_type("urn:q"), str)
    client.fetch_entity(5)  # type: ignore[arg-type]
    AsyncExplainabilityClient(flow)  # type: ignore[arg-type]


async def awaited(flow: AsyncFlowInstance) -> None:
    client = AsyncExplainabilityClient(flow)
    assert_type(await client.fetch_entity("urn:x"), ExplainEntity | None)
    assert_type(await client.fetch_edge_selection("urn:x"), EdgeSelection | None)
    assert_type(await client.fetch_focus_with_edges("urn:x"), Focus | None)
    assert_type(await client.resolve_label("urn:x"), str)
    assert_type(await client.resolve_edge_labels({}), tuple[str, str, str])
    assert_type(await client.fetch_document_content("urn:d"), str)
    assert_type(await client.fetch_graphrag_trace("urn:q"), GraphRagTrace)
    assert_type(await client.fetch_docrag_trace("urn:q"), DocRagTrace)
    assert_type(await client.fetch_agent_trace("urn:q"), AgentTrace)
    assert_type(await client.list_sessions(), list[Question])
    assert_type(await client.detect_session_type("urn:q"), str)


def pure(calls: ExplainCalls) -> None:
    assert_type(calls.fetch_graphrag_trace("urn:q"), Steps[GraphRagTrace])
    assert_type(calls.list_sessions(), Steps[list[Question]])


def values(trace: GraphRagTrace, agent: AgentTrace, event: ProvenanceEvent, triples: list[Triple]) -> None:
    assert_type(trace.grounding, Grounding | None)
    assert_type(trace.exploration, Exploration | None)
    assert_type(trace.complete, bool)
    assert_type(trace["question"], object)
    if trace.focus:
        assert_type(trace.focus.edge_selections, tuple[EdgeSelection, ...])
        assert_type(trace.focus.chunk_selections, tuple[ChunkSelection, ...])
    for step in agent.steps:
        assert_type(step, ExplainEntity | SubTrace)
        if isinstance(step, SubTrace):
            assert_type(step.trace, Trace)
    assert_type(agent.answer, Conclusion | Synthesis | None)
    assert_type(event.event_type, str)
    assert_type(event.entity, ExplainEntity | None)
    assert_type(entity_from_triples("urn:x", triples), ExplainEntity)
    assert_type(Grounding.from_triples("urn:x", triples), Grounding)
    assert_type(Question.from_triples("urn:x", triples, ["urn:T"]), Question)
    assert_type(Focus.from_triples("urn:x", [("urn:x", "urn:p", "o")]).uri, str)
