"""How answers came about, read from the embedded gateway's store by every driver, over each transport."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest
import trio

from tgdrivers import Api
from tgdrivers.testing import RunningGateway
from tgproto.catalog import AsyncExplainabilityClient, ExplainabilityClient
from tgproto.types import (
    AgentTrace,
    Analysis,
    Conclusion,
    DocRagTrace,
    Focus,
    GraphRagTrace,
    Observation,
    ProvenanceEvent,
    Question,
    Trace,
)

QUESTION = "Who built Kestrel Bridge?"
SERVICES = ("graph_rag", "document_rag", "agent")
TRANSPORTS = ("websocket", "rest")


def check(events: dict[str, list[ProvenanceEvent]], traces: list[Trace], sessions: list[Question]) -> None:
    """See that what was read is what was streamed."""
    graph, documents, agent = traces
    assert isinstance(graph, GraphRagTrace)
    assert isinstance(documents, DocRagTrace)
    assert isinstance(agent, AgentTrace)
    for trace in (graph, documents):
        assert trace.complete
        assert trace.question is not None
        assert trace.question.query == QUESTION
        assert trace.grounding is not None
        assert trace.grounding.concepts == ("Kestrel Bridge",)
    assert graph.focus is not None
    assert len(graph.focus.edge_selections) == len(graph.focus.selected_edge_uris) == 8
    assert documents.focus is None
    assert agent.complete
    assert [type(step) for step in agent.steps] == [Analysis, Observation, Conclusion]
    read = [
        [graph.question, graph.grounding, graph.exploration, graph.focus, graph.synthesis],
        [documents.question, documents.grounding, documents.exploration, documents.synthesis],
        [agent.question, *agent.steps],
    ]
    assert read == [[event.entity for event in events[service]] for service in SERVICES]
    assert {session.uri for session in sessions} == {events[service][0].explain_id for service in SERVICES}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_blocking(tg_gateway: RunningGateway, transport: str) -> None:
    with (
        Api(tg_gateway.url, token=tg_gateway.token) as socket,
        Api(tg_gateway.url, token=tg_gateway.token, transport=transport) as api,
    ):
        asked, flow = socket.socket().flow("default"), api.flow().id("default")
        events: dict[str, list[ProvenanceEvent]] = {}
        for service in SERVICES:
            stream = getattr(asked, f"{service}_explain")(QUESTION)
            events[service] = [chunk for chunk in stream if isinstance(chunk, ProvenanceEvent)]
        client = ExplainabilityClient(flow, 0.01)
        question, docs, session = (events[service][0].explain_id for service in SERVICES)
        check(
            events,
            [
                client.fetch_graphrag_trace(question, api=api),
                client.fetch_docrag_trace(docs, api=api),
                client.fetch_agent_trace(session, api=api),
            ],
            client.list_sessions(),
        )
        focus = client.fetch_focus_with_edges(events["graph_rag"][3].explain_id)
        assert isinstance(focus, Focus)
        edges = [selection.edge for selection in focus.edge_selections]
        labels = [client.resolve_edge_labels(edge) for edge in edges if edge is not None]
        assert ("Kestrel Bridge", "was built by", "Ines Marlow") in labels
        assert client.detect_session_type(session) == "agent"
        assert client.fetch_entity("urn:none") is None


async def ask(module: str, running: RunningGateway, transport: str) -> None:
    kind: Callable[..., Any] = importlib.import_module(module).Api
    async with (
        kind(running.url, token=running.token) as socket,
        kind(running.url, token=running.token, transport=transport) as api,
    ):
        asked, flow = socket.socket().flow("default"), api.flow().id("default")
        events: dict[str, list[ProvenanceEvent]] = {}
        for service in SERVICES:
            stream = getattr(asked, f"{service}_explain")(QUESTION)
            events[service] = [chunk async for chunk in stream if isinstance(chunk, ProvenanceEvent)]
        client = AsyncExplainabilityClient(flow, 0.01)
        question, docs, session = (events[service][0].explain_id for service in SERVICES)
        check(
            events,
            [
                await client.fetch_graphrag_trace(question, api=api),
                await client.fetch_docrag_trace(docs, api=api),
                await client.fetch_agent_trace(session, api=api),
            ],
            await client.list_sessions(),
        )
        assert await client.detect_session_type(session) == "agent"
        assert await client.fetch_entity("urn:none") is None


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_asyncio(tg_gateway: RunningGateway, transport: str) -> None:
    asyncio.run(ask("tgdrivers.asyncio", tg_gateway, transport))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_trio(tg_gateway: RunningGateway, transport: str) -> None:
    trio.run(ask, "tgdrivers.trio", tg_gateway, transport)
