"""How answers came about, read later from where the gateway keeps it (2.x)."""

from __future__ import annotations

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, explainability, read, story
from tgproto.catalog import ExplainOps
from tgproto.errors import LocalProtocolError, UnexpectedError
from tgproto.types import IRI, Analysis, Conclusion, Observation, ProvenanceEvent, Question

QUESTION = "Who built Kestrel Bridge?"
BRIDGE = IRI("https://example.org/demo/kestrel-bridge")
QUESTIONS = ("graph_rag", "document_rag", "agent")


async def asked(place: Place) -> dict[str, list[ProvenanceEvent]]:
    """Ask every service, over sockets; return what it tells on the way."""
    events: dict[str, list[ProvenanceEvent]] = {}
    async with place.connect(transport="websocket") as api:
        for service in QUESTIONS:
            chunks, _ = await read(getattr(api.flow().id("default"), f"{service}_explain")(QUESTION))
            events[service] = [chunk for chunk in chunks if isinstance(chunk, ProvenanceEvent)]
    return events


@story(ExplainOps, "fetch_graphrag_trace", "fetch_docrag_trace", "fetch_agent_trace", generation=2)
@story(ExplainOps, "list_sessions", "detect_session_type")
async def test_traces_are_what_was_streamed(place: Place) -> None:
    events, client = await asked(place), explainability(place)
    graph, documents, agent = (events[service][0].explain_id for service in QUESTIONS)
    trace = await client.fetch_graphrag_trace(graph, api=place.api)
    steps = [trace.question, trace.grounding, trace.exploration, trace.focus, trace.synthesis]
    assert steps == [event.entity for event in events["graph_rag"]]
    assert trace.complete
    trace = await client.fetch_docrag_trace(documents, api=place.api)
    steps = [trace.question, trace.grounding, trace.exploration, trace.synthesis]
    assert steps == [event.entity for event in events["document_rag"]]
    trace = await client.fetch_agent_trace(agent, api=place.api)
    assert [trace.question, *trace.steps] == [event.entity for event in events["agent"]]
    assert [type(step) for step in trace.steps] == [Analysis, Observation, Conclusion]
    sessions = await client.list_sessions()
    assert {session.uri for session in sessions} == {graph, documents, agent}
    assert {session.query for session in sessions} == {QUESTION}
    kinds = [await client.detect_session_type(uri) for uri in (graph, documents, agent, "urn:nope")]
    assert kinds == ["graphrag", "docrag", "agent", "unknown"]


@story(ExplainOps, "fetch_entity", "fetch_focus_with_edges", "fetch_edge_selection", generation=2)
@story(ExplainOps, "resolve_label", "resolve_edge_labels", "fetch_document_content")
async def test_single_steps(place: Place) -> None:
    events, client = (await asked(place))["graph_rag"], explainability(place)
    question, *_, focus, _ = [event.explain_id for event in events]
    assert await client.fetch_entity(question) == events[0].entity
    assert isinstance(events[0].entity, Question)
    found = await client.fetch_focus_with_edges(focus)
    assert found == events[-2].entity
    first = found.edge_selections[0]
    assert await client.fetch_edge_selection(found.selected_edge_uris[0]) == first
    assert await client.resolve_label(BRIDGE) == "Kestrel Bridge"
    assert await client.resolve_label("urn:nope") == "urn:nope"
    labels = [await client.resolve_edge_labels(selection.edge) for selection in found.edge_selections]
    assert ("Kestrel Bridge", "was built by", "Ines Marlow") in labels
    await place.api.library().add_document("Die Brücke".encode(), "urn:doc", None, "T", "")
    assert await client.fetch_document_content("urn:doc") == "Die Brücke"
    assert await client.fetch_document_content("urn:doc", max_content=3) == "Die... [truncated]"
    await failure(client.fetch_document_content("urn:nope"), UnexpectedError)
    for nothing in (client.fetch_entity, client.fetch_focus_with_edges, client.fetch_edge_selection):
        assert await nothing("urn:nope") is None


@story(ExplainOps, "resolve_label", "list_sessions", generation=1)
async def test_older_gateways_have_names_only(place: Place) -> None:
    client = explainability(place)
    assert await client.resolve_label(BRIDGE) == "Kestrel Bridge"
    await failure(client.list_sessions(), LocalProtocolError, "named graph")
