"""How answers came about: each operation, over a store of what services have written."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from tests.core.catalogue import body, operations, run
from tests.core.provenance import RETRIEVAL, AsyncStore, Store, edge, graph_rag, labelled, step
from tgproto.catalog import (
    AsyncExplainabilityClient,
    AsyncFlowInstance,
    ExplainabilityClient,
    ExplainCalls,
    ExplainOps,
    FlowCalls,
    FlowInstance,
)
from tgproto.dialect import GENERATION_1
from tgproto.errors import LocalProtocolError, ProvenanceIncomplete
from tgproto.types import (
    IRI,
    Analysis,
    Conclusion,
    DocRagTrace,
    Edge,
    EdgeSelection,
    Grounding,
    Literal,
    Question,
    SubTrace,
    Triple,
)
from tgproto.types.description import PROV

ROOT = "urn:trustgraph:question:1"
AGENT = [
    *step("urn:trustgraph:agent:1", "Question AgentQuestion", query="Why?"),
    *step("urn:i1", "Analysis ToolUse", "urn:trustgraph:agent:1", action="search"),
    *graph_rag("1", 2, "urn:i1"),
    *step("urn:o1", "Observation", "urn:trustgraph:prov:synthesis:1"),
    *step("urn:final", "Conclusion Answer", "urn:o1"),
]


def client(store: Store) -> ExplainabilityClient:
    return ExplainabilityClient(FlowInstance("f", store), 0.5, 3)


# --- steps ----------------------------------------------------------------------------------------


def test_a_step() -> None:
    store = Store(graph_rag())
    found = client(store).fetch_entity(IRI("urn:trustgraph:prov:grounding:1"))
    assert found == Grounding("urn:trustgraph:prov:grounding:1", "grounding", ("a", "b"))
    assert "g" not in store.rounds[0][0]
    assert client(store).fetch_entity("urn:trustgraph:prov:grounding:1", "urn:graph:other") is None


def test_a_selected_edge() -> None:
    reader = client(Store(edge("urn:e", 5)))
    assert reader.fetch_edge_selection("urn:e", RETRIEVAL) == EdgeSelection(
        "urn:e", Edge("urn:s", "urn:p", Literal("5")), score=0.5
    )
    assert reader.fetch_edge_selection("urn:none") is None


@pytest.mark.parametrize("edges", [0, 1, 40])
def test_a_focus_with_its_edges(edges: int) -> None:
    store = Store(graph_rag(edges=edges))
    focus = client(store).fetch_focus_with_edges("urn:trustgraph:prov:focus:1")
    assert focus is not None
    assert len(focus.edge_selections) == len(focus.selected_edge_uris) == edges
    assert [len(asked) for asked in store.rounds] == ([1, edges, 1 + edges] if edges else [1, 1])


def test_what_is_no_focus() -> None:
    reader = client(Store(graph_rag()))
    assert reader.fetch_focus_with_edges(ROOT) is None
    assert reader.fetch_focus_with_edges("urn:none") is None


# --- labels and documents -------------------------------------------------------------------------


def test_labels() -> None:
    store = Store([labelled("urn:s", "Label"), labelled("mailto:a@b", "Somebody")])
    reader = client(store)
    assert reader.resolve_label("urn:s") == reader.resolve_label(IRI("urn:s")) == "Label"
    assert reader.resolve_label("<mailto:a@b>", "c") == "Somebody"
    assert reader.resolve_label("urn:none") == "urn:none"
    assert store.rounds[1][0]["collection"] == "c"
    asked = len(store.rounds)
    assert [reader.resolve_label(text) for text in ("some text", "")] == ["some text", ""]
    assert reader.resolve_label(Literal("urn:s")) == "urn:s"
    assert len(store.rounds) == asked


def test_labels_of_an_edge() -> None:
    store = Store([labelled("urn:s", "Subject"), labelled("urn:p", "does")])
    reader = client(store)
    for parts in (
        Triple("urn:s", "urn:p", "text"),
        Edge("urn:s", "urn:p", "text"),
        {"s": "urn:s", "p": "urn:p", "o": "text"},
    ):
        assert reader.resolve_edge_labels(parts) == ("Subject", "does", "text")
    assert [len(asked) for asked in store.rounds] == [2]
    assert reader.resolve_edge_labels({"s": "urn:s"}) == ("Subject", "", "")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("aGVsbG8=", "hello"),
        ("aGVsbG8gdGhlcmU=", "hello there"),
        ("aGVsbG8gdGhlcmUh", "hello there... [truncated]"),
        ("//79", "[Binary: 3 bytes]"),
        ("w6TDpA==", "ää"),
    ],
)
def test_a_document(content: str, shown: str) -> None:
    store = Store([])
    store.answers["librarian"] = [{"content": content}]
    assert client(store).fetch_document_content("urn:d", object(), 11) == shown


def test_no_document() -> None:
    store = Store([])
    assert client(store).fetch_document_content("") == ""
    assert store.rounds == []


# --- traces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("edges", [1, 60])
def test_a_trace_of_graph_rag_takes_as_many_rounds_as_it_has_levels(edges: int) -> None:
    store = Store(graph_rag(edges=edges))
    trace = client(store).fetch_graphrag_trace(ROOT)
    assert trace.complete
    assert trace.focus is not None
    assert len(trace.focus.edge_selections) == edges
    assert len(store.rounds) == 6  # five levels, and everything once more
    assert store.pauses == [0.5]
    assert store.asked == 2 * (2 * 5 + edges)
    assert {asked["g"] for asked_at_once in store.rounds for asked in asked_at_once} == {RETRIEVAL}


def test_a_trace_of_document_rag() -> None:
    store = Store(
        [
            *step("urn:q", "Question DocRagQuestion", query="Why?"),
            *step("urn:g", "Grounding", "urn:q"),
            *step("urn:x", "Exploration", "urn:g", chunkCount="3"),
            *step("urn:s", "Synthesis", "urn:x"),
        ]
    )
    trace = client(store).fetch_docrag_trace(IRI("urn:q"), RETRIEVAL, "c", object(), 5)
    assert type(trace) is DocRagTrace
    assert trace.complete
    assert trace.exploration is not None
    assert trace.exploration.chunk_count == 3
    assert {asked["collection"] for asked_at_once in store.rounds for asked in asked_at_once} == {"c"}
    assert client(store).fetch_docrag_trace("urn:q", "urn:graph:other") == DocRagTrace()


def test_a_trace_of_an_agent() -> None:
    store = Store(AGENT)
    trace = client(store).fetch_agent_trace("urn:trustgraph:agent:1")
    assert trace.complete
    assert [type(entry).__name__ for entry in trace.steps] == [
        "Analysis",
        "SubTrace",
        "Observation",
        "Conclusion",
    ]
    analysis, sub, _, answer = trace.steps
    assert isinstance(analysis, Analysis)
    assert isinstance(sub, SubTrace)
    assert (analysis.action, sub.trace["complete"], type(answer)) == ("search", True, Conclusion)
    assert len(store.rounds) == 10


def test_an_agent_that_is_not_done() -> None:
    store = Store(AGENT[:-3])
    trace = client(store).fetch_agent_trace("urn:trustgraph:agent:1")
    assert (trace.complete, len(trace.steps), len(store.pauses)) == (False, 3, 3)


# --- sessions -------------------------------------------------------------------------------------


def asked(iri: str, when: str, *parents: str) -> list[Triple]:
    return [
        *step(iri, "Question GraphRagQuestion", *parents, query="Why?"),
        Triple(iri, PROV + "startedAtTime", Literal(when), RETRIEVAL),
    ]


@pytest.mark.parametrize("count", [1, 30])
def test_sessions(count: int) -> None:
    numbers = [(number * 7) % count for number in range(count)] if count > 1 else [0]
    store = Store(
        [
            *(triple for number in numbers for triple in asked(f"urn:q{number}", f"2026-01-{number:02}")),
            *asked("urn:sub", "2027", "urn:i1"),
            Triple("urn:else", "https://trustgraph.ai/ns/query", "no question", RETRIEVAL),
        ]
    )
    sessions = client(store).list_sessions()
    assert [session.uri for session in sessions] == [f"urn:q{number}" for number in reversed(range(count))]
    assert sessions[0] == Question(
        sessions[0].uri, "question", "Why?", f"2026-01-{count - 1:02}", "graph-rag"
    )
    assert [len(asked_at_once) for asked_at_once in store.rounds] == [1, count + 2, count + 2]
    assert store.rounds[0] == [
        {"p": {"t": "i", "i": "https://trustgraph.ai/ns/query"}, "g": RETRIEVAL, "limit": 50}
    ]


def test_no_sessions() -> None:
    store = Store([])
    assert client(store).list_sessions("urn:g", "c", 5) == []
    assert [asked["limit"] for asked in store.rounds[0]] == [5]
    assert (len(store.rounds), store.pauses) == (1, [])


def test_sessions_that_go_on_changing() -> None:
    store = Store(asked("urn:q", "1"), *(step("urn:q", "X", note=str(number)) for number in range(9)))
    with pytest.raises(ProvenanceIncomplete, match="what is said about these sessions") as failed:
        client(store).list_sessions()
    assert failed.value.partial == [Question("urn:q", "question", "Why?", "1", "graph-rag")]


@pytest.mark.parametrize(
    ("iri", "kind"),
    [
        ("urn:trustgraph:question:1", "graphrag"),
        ("urn:trustgraph:docrag:1", "docrag"),
        ("urn:trustgraph:agent:1", "agent"),
    ],
)
def test_the_iri_of_a_question_tells_what_it_is(iri: str, kind: str) -> None:
    store = Store([])
    assert client(store).detect_session_type(iri) == kind
    assert store.rounds == []


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        ("Question GraphRagQuestion", "graphrag"),
        ("Question DocRagQuestion", "docrag"),
        ("Question AgentQuestion", "agent"),
        ("Question", "unknown"),
        ("Grounding", "unknown"),
        ("", "unknown"),
    ],
)
def test_otherwise_its_description_tells(kinds: str, kind: str) -> None:
    store = Store(step("urn:mine", kinds))
    assert client(store).detect_session_type("urn:mine") == kind
    assert store.rounds[0][0]["g"] == RETRIEVAL


# --- arguments ------------------------------------------------------------------------------------

FETCHES = [
    name for name in operations(ExplainOps) if name.startswith("fetch") and name != "fetch_document_content"
]


@pytest.mark.parametrize("name", [*FETCHES, "detect_session_type"])
@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["", None, None], ValueError, "uri must not be empty"),
        ([5, None, None], TypeError, "uri must be a str"),
        (["urn:x", "g", None], ValueError, "graph: 'g' is not the IRI of a graph"),
        (["urn:x", None, 5], TypeError, "collection must be a str"),
    ],
)
def test_wrong_places(name: str, arguments: list[Any], kind: type[Exception], said: str) -> None:
    store = Store([])
    with pytest.raises(kind, match=said):
        getattr(client(store), name)(*arguments)
    assert store.rounds == []


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "said"),
    [
        ("fetch_graphrag_trace", {"question_uri": "urn:q", "max_content": -1}, ValueError, "max_content"),
        ("fetch_docrag_trace", {"question_uri": "urn:q", "max_content": "5"}, TypeError, "max_content"),
        ("fetch_agent_trace", {"session_uri": "urn:q", "max_content": 1.5}, TypeError, "max_content"),
        ("fetch_document_content", {"document_uri": 5}, TypeError, "document_uri must be a str"),
        ("fetch_document_content", {"document_uri": "urn:d", "max_content": -1}, ValueError, "max_content"),
        ("list_sessions", {"limit": -1}, ValueError, "limit must not be negative"),
        ("list_sessions", {"graph": "*"}, ValueError, "graph: .* is not the IRI"),
        ("resolve_label", {"uri": 5}, TypeError, "uri: a term must be"),
        ("resolve_label", {"uri": "urn:x", "collection": 5}, TypeError, "collection must be a str"),
        ("resolve_edge_labels", {"edge": "urn:x"}, TypeError, "edge must be a mapping"),
        ("resolve_edge_labels", {"edge": {"s": 5}}, TypeError, r"edge\['s'\]: a term must be"),
    ],
)
def test_wrong_arguments(name: str, arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    store = Store([])
    with pytest.raises(kind, match=said):
        getattr(client(store), name)(**arguments)
    assert store.rounds == []


def test_the_flow_must_be_one_of_the_same_colour() -> None:
    wrong: Any = FlowInstance("f", Store([]))
    for kind, wanted in ((AsyncExplainabilityClient, "AsyncFlowInstance"), (ExplainCalls, "FlowCalls")):
        with pytest.raises(TypeError, match=f"the flow must be a {wanted}, not FlowInstance"):
            kind(wrong)


def test_1x_has_no_named_graphs() -> None:
    (call, _) = next(ExplainCalls(FlowCalls("f")).fetch_graphrag_trace(ROOT)).calls  # type: ignore[union-attr]
    assert body(call)["g"] == RETRIEVAL
    with pytest.raises(LocalProtocolError, match="a named graph cannot be sent to this gateway"):
        call.request(GENERATION_1)


SYNC_OF_2_11_1 = {
    "fetch_entity": "(self, uri, graph=None, collection=None)",
    "fetch_edge_selection": "(self, uri, graph=None, collection=None)",
    "fetch_focus_with_edges": "(self, uri, graph=None, collection=None)",
    "resolve_label": "(self, uri, collection=None)",
    "resolve_edge_labels": "(self, edge, collection=None)",
    "fetch_document_content": "(self, document_uri, api=None, max_content=10000)",
    "fetch_graphrag_trace": "(self, question_uri, graph=None, collection=None, api=None, max_content=10000)",
    "fetch_docrag_trace": "(self, question_uri, graph=None, collection=None, api=None, max_content=10000)",
    "fetch_agent_trace": "(self, session_uri, graph=None, collection=None, api=None, max_content=10000)",
    "list_sessions": "(self, graph=None, collection=None, limit=50)",
    "detect_session_type": "(self, session_uri, graph=None, collection=None)",
}


@pytest.mark.parametrize("kind", [ExplainabilityClient, AsyncExplainabilityClient, ExplainCalls])
def test_signatures(kind: Any) -> None:
    assert operations(ExplainOps) == list(SYNC_OF_2_11_1)
    for name, shown in SYNC_OF_2_11_1.items():
        signature = inspect.signature(getattr(kind, name))
        bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
        assert str(inspect.Signature(bare)) == shown


@pytest.mark.parametrize("name", SYNC_OF_2_11_1)
def test_every_parameter_is_documented(name: str) -> None:
    method = getattr(ExplainabilityClient, name)
    text = inspect.getdoc(method) or ""
    documented = re.findall(r"^    (\w+): ", text.split("Args:")[1].split("Returns:")[0], re.MULTILINE)
    assert documented == [name for name in inspect.signature(method).parameters if name != "self"]
    assert "Raises:" in text


def test_awaited() -> None:
    store = AsyncStore(AGENT)
    store.answers["librarian"] = [{"content": "YQ=="}]
    reader = AsyncExplainabilityClient(AsyncFlowInstance("f", store), 0.5, 3)
    trace = run(reader.fetch_agent_trace("urn:trustgraph:agent:1"))
    assert trace == client(Store(AGENT)).fetch_agent_trace("urn:trustgraph:agent:1")
    assert run(reader.fetch_document_content("urn:d")) == "a"
    assert [session.uri for session in run(reader.list_sessions())] == ["urn:trustgraph:agent:1"]
