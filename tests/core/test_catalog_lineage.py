"""Traces: the steps of answers in order, with traces within traces, from what the services wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.provenance import Store, drive, edge, graph_rag, step
from tgproto.catalog import FlowCalls
from tgproto.catalog.lineage import (
    MAX_NESTING,
    Lineage,
    about,
    described,
    selections,
    steps_of_agents,
    steps_of_retrieval,
)
from tgproto.catalog.survey import Found, Look, Survey
from tgproto.types import (
    IRI,
    AgentTrace,
    DocRagTrace,
    ExplainEntity,
    Focus,
    GraphRagTrace,
    Observation,
    Question,
    SubTrace,
    Synthesis,
    Triple,
)
from tgproto.types.description import DERIVED

FLOW = FlowCalls("f")
Follow = Callable[[Look, Found], Iterable[Look]]


def read(root: str, triples: Iterable[Triple], follow: Follow = steps_of_agents) -> tuple[Found, Store]:
    def ask(look: Look):  # type: ignore[no-untyped-def]
        iri = IRI(look.uri)
        return FLOW.triples_query(p=IRI(DERIVED), o=iri) if look.derived else FLOW.triples_query(s=iri)

    store = Store(triples)
    found, settled = drive(Survey(ask, follow, bool, 1, 0).read(about(root)), store)
    assert settled
    return found, store


def agent(triples: Iterable[Triple], root: str = "urn:q") -> AgentTrace:
    return Lineage(read(root, triples)[0]).agent(root)


def shown(trace: AgentTrace) -> list[str | list[str]]:
    """Return the steps by the ends of their IRIs."""
    return [
        [entry.question.uri[4:], *(shown(entry.trace) if isinstance(entry.trace, AgentTrace) else ())]  # type: ignore[list-item]
        if isinstance(entry, SubTrace)
        else entry.uri[4:]
        for entry in trace.steps
    ]


# --- retrieval ------------------------------------------------------------------------------------

ROOT = "urn:trustgraph:question:1"


def test_graph_rag() -> None:
    found, store = read(ROOT, graph_rag(edges=30), steps_of_retrieval)
    trace = Lineage(found).retrieval(ROOT, GraphRagTrace)
    assert trace.complete
    assert trace.question == Question(ROOT, "question", "Why?", "", "graph-rag")
    assert trace.grounding is not None
    assert trace.grounding.concepts == ("a", "b")
    assert trace.exploration is not None
    assert trace.exploration.edge_count == 5
    assert trace.focus is not None
    assert [str(selection.edge and selection.edge.o) for selection in trace.focus.edge_selections] == [
        str(number) for number in range(30)
    ]
    assert trace.synthesis == Synthesis("urn:trustgraph:prov:synthesis:1", "synthesis", "urn:answer")
    assert [len(asked) for asked in store.rounds[:-1]] == [2, 2, 2, 2, 32]


def test_document_rag_with_a_reranker() -> None:
    triples = [
        *step("urn:q", "Question DocRagQuestion"),
        *step("urn:g", "Grounding", "urn:q"),
        *step("urn:x", "Exploration", "urn:g", selectedChunk=["urn:chunk:1", "urn:chunk:2"]),
        *step("urn:f", "Focus", "urn:x", selectedChunk="urn:c1"),
        *step("urn:c1", "ChunkSelection", document="urn:chunk:2", score="0.5"),
        *step("urn:s", "Synthesis Answer", "urn:f"),
    ]
    found, _ = read("urn:q", triples, steps_of_retrieval)
    trace = Lineage(found).retrieval("urn:q", DocRagTrace)
    assert trace.complete
    assert trace.focus is not None
    assert trace.focus.chunk_selections[0].document == "urn:chunk:2"
    assert Look("urn:chunk:1") not in found


def test_without_an_answer_it_is_not_complete() -> None:
    started = graph_rag()[:8]
    found, _ = read(ROOT, started, steps_of_retrieval)
    trace = Lineage(found).retrieval(ROOT, GraphRagTrace)
    assert trace.grounding
    assert not trace.complete
    assert trace.synthesis is None


@pytest.mark.parametrize("root", ["urn:trustgraph:prov:focus:1", "urn:nothing"])
def test_what_is_no_question_has_no_trace(root: str) -> None:
    found, _ = read(root, graph_rag())
    assert Lineage(found).retrieval(root, GraphRagTrace) == GraphRagTrace()
    assert Lineage(found).agent(root) == AgentTrace()


def test_older_releases_have_fewer_steps() -> None:
    triples = [
        *step(ROOT, "Question GraphRagQuestion"),
        *step("urn:x", "Exploration", ROOT),
        *step("urn:s", "Synthesis", "urn:x"),
    ]
    trace = Lineage(read(ROOT, triples)[0]).retrieval(ROOT, GraphRagTrace)
    assert trace.complete
    assert (trace.grounding, trace.focus) == (None, None)


def test_what_an_agent_does_with_the_answer_is_not_read() -> None:
    triples = [
        *graph_rag(),
        *step("urn:o", "Observation", "urn:trustgraph:prov:synthesis:1"),
        *step("urn:i2", "Analysis ToolUse", "urn:o"),
    ]
    found, _ = read(ROOT, triples, steps_of_retrieval)
    assert Look("urn:i2") not in found
    assert Lineage(found).retrieval(ROOT, GraphRagTrace).complete


# --- agents ---------------------------------------------------------------------------------------

REACT = [
    *step("urn:q", "Question AgentQuestion", query="Why?"),
    *step("urn:decision", "PatternDecision", "urn:q", pattern="react"),
    *step("urn:i1", "Analysis ToolUse", "urn:decision", thought="urn:i1/thought"),
    *graph_rag("1", 1, "urn:i1"),
    *step("urn:i1/thought", "Reflection Thought", "urn:i1", document="urn:thought"),
    *step("urn:o1", "Observation", "urn:trustgraph:prov:synthesis:1"),
    *step("urn:i2", "Analysis ToolUse", "urn:o1", thought="urn:i2/thought"),
    *step("urn:o2", "Observation", "urn:i2"),
    *step("urn:i2/thought", "Reflection Thought", "urn:i2"),
    *step("urn:final", "Conclusion Answer", "urn:o2", document="urn:answer"),
]


def test_an_agent_that_uses_tools() -> None:
    trace = agent(REACT)
    assert shown(trace) == [
        "decision",
        "i1",
        "i1/thought",
        ["trustgraph:question:1"],
        "o1",
        "i2",
        "i2/thought",
        "o2",
        "final",
    ]
    assert trace.complete
    assert trace.answer == trace.steps[-1]
    assert trace.steps[0] == ExplainEntity("urn:decision", "https://trustgraph.ai/ns/PatternDecision")
    sub = trace.steps[3]
    assert isinstance(sub, SubTrace)
    assert isinstance(sub.trace, GraphRagTrace)
    assert sub.trace.complete
    assert sub.trace.question == sub.question


def test_an_agent_whose_tool_failed() -> None:
    triples = [
        *step("urn:q", "Question AgentQuestion"),
        *step("urn:i1", "Analysis", "urn:q"),
        *step("urn:docs", "Question DocRagQuestion", "urn:i1"),
        *step("urn:g", "Grounding", "urn:docs"),
        *step("urn:o1", "Observation Error", "urn:g"),
        *step("urn:final", "Conclusion", "urn:o1"),
    ]
    trace = agent(triples)
    assert shown(trace) == ["i1", ["docs"], "o1", "final"]
    sub = trace.steps[1]
    assert isinstance(sub, SubTrace)
    assert isinstance(sub.trace, DocRagTrace)
    assert (sub.trace.complete, trace.complete) == (False, True)


def test_an_agent_that_delegates() -> None:
    triples = [
        *step("urn:q", "Question AgentQuestion"),
        *step("urn:split", "Decomposition", "urn:q", subagentGoal=["a", "b"]),
        *(triple for n in "12" for triple in step(f"urn:sub{n}", "Question AgentQuestion", "urn:split")),
        *(triple for n in "12" for triple in step(f"urn:sub{n}/i1", "Analysis", f"urn:sub{n}")),
        *(triple for n in "12" for triple in step(f"urn:sub{n}/final", "Conclusion", f"urn:sub{n}/i1")),
        *(triple for n in "12" for triple in step(f"urn:found{n}", "Finding Answer", f"urn:sub{n}/final")),
        *step("urn:s", "Synthesis Answer", "urn:found1", "urn:found2"),
    ]
    trace = agent(triples)
    assert shown(trace) == [
        "split",
        ["sub1", "sub1/i1", "sub1/final"],
        "found1",
        ["sub2", "sub2/i1", "sub2/final"],
        "found2",
        "s",
    ]
    assert trace.complete
    sub = agent(triples, "urn:sub2")
    assert shown(sub) == ["sub2/i1", "sub2/final"]
    assert sub.complete


def test_an_agent_that_plans() -> None:
    triples = [
        *step("urn:q", "Question AgentQuestion"),
        *step("urn:plan", "Plan", "urn:q", planStep=["a", "b", "c"]),
        *(triple for n in "012" for triple in step(f"urn:step{n}", "StepResult Answer", "urn:plan")),
        *step("urn:s", "Synthesis Answer", "urn:step0", "urn:step1", "urn:step2"),
    ]
    assert shown(agent(triples)) == ["plan", "step0", "step1", "step2", "s"]
    assert len(read("urn:q", triples)[1].rounds) == 5
    assert not agent(triples[:-4]).complete


@pytest.mark.parametrize("count", [1, 50])
def test_rounds_do_not_depend_on_how_many_steps_there_are(count: int) -> None:
    names = [f"urn:found{number}" for number in range(count)]
    triples = [
        *step("urn:q", "Question AgentQuestion"),
        *step("urn:split", "Decomposition", "urn:q"),
        *(triple for name in names for triple in step(name, "Finding", "urn:split")),
        *step("urn:s", "Synthesis", *names),
    ]
    found, store = read("urn:q", triples)
    assert len(store.rounds) == 5
    assert len(Lineage(found).agent("urn:q").steps) == count + 2


def nested(depth: int, kind: str = "AgentQuestion") -> list[Triple]:
    return [
        *step("urn:q", "Question AgentQuestion"),
        *(
            triple
            for level in range(depth)
            for triple in step(f"urn:q{level}", f"Question {kind}", f"urn:q{level - 1}" if level else "urn:q")
        ),
    ]


def test_traces_within_traces_end_somewhere() -> None:
    trace, depth = agent(nested(100)), 0
    while trace.steps and isinstance(trace.steps[0], SubTrace):
        inner = trace.steps[0].trace
        assert isinstance(inner, AgentTrace)
        trace, depth = inner, depth + 1
    assert depth == MAX_NESTING
    assert all(isinstance(entry, Question) for entry in trace.steps)
    assert len(trace.steps) == 100 - MAX_NESTING


def test_circles() -> None:
    triples = [
        *step("urn:q", "Question AgentQuestion", "urn:b"),
        *step("urn:a", "Question AgentQuestion", "urn:q", "urn:b"),
        *step("urn:b", "Analysis", "urn:a", "urn:b"),
    ]
    trace = agent(triples)
    assert trace.question is not None
    assert not trace.complete
    assert [type(entry) for entry in trace.steps] == [SubTrace]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7),
            st.sampled_from(
                ["Question AgentQuestion", "Question GraphRagQuestion", "Synthesis", "Analysis", "X"]
            ),
            st.lists(st.integers(0, 7), max_size=3),
        ),
        max_size=12,
    )
)
def test_whatever_derives_from_what_there_is_a_trace(rows: list[tuple[int, str, list[int]]]) -> None:
    triples = [
        triple
        for node, kinds, parents in rows
        for triple in step(f"urn:{node}", kinds, *(f"urn:{parent}" for parent in parents))
    ]
    for follow in (steps_of_agents, steps_of_retrieval):
        found, _ = read("urn:0", triples, follow)
        trace = Lineage(found).agent("urn:0")
        uris = [entry.question.uri if isinstance(entry, SubTrace) else entry.uri for entry in trace.steps]
        assert len(uris) == len(set(uris))
        assert trace.complete is (trace.answer is not None)
        assert isinstance(Lineage(found).retrieval("urn:0", GraphRagTrace), GraphRagTrace)


def test_steps_that_were_not_read_are_left_out() -> None:
    found = dict(read("urn:q", REACT)[0])
    for look in about("urn:i2"):
        del found[look]
    trace = Lineage(found).agent("urn:q")
    assert shown(trace)[-1] == "o1"
    assert not trace.complete
    del found[Look("urn:trustgraph:prov:focus:1", derived=True)]
    assert isinstance(Lineage(found).agent("urn:q").steps[3], SubTrace)


# --- what is read ---------------------------------------------------------------------------------


def test_a_step_with_its_selections() -> None:
    focus = step("urn:f", "Focus", selectedEdge=["urn:e1", "urn:e2"])
    found = {Look("urn:f"): focus, Look("urn:e2"): edge("urn:e2")}
    entity = described("urn:f", found)
    assert isinstance(entity, Focus)
    assert [selection.uri for selection in entity.edge_selections] == ["urn:e2"]
    assert list(selections(Look("urn:f"), found)) == [Look("urn:e1"), Look("urn:e2")]
    assert list(selections(Look("urn:e2"), found)) == []
    assert described("urn:none", found) == ExplainEntity("urn:none", "unknown")


def test_where_retrieval_ends() -> None:
    found = {
        Look("urn:o"): step("urn:o", "Observation", "urn:s"),
        Look("urn:o", derived=True): step("urn:i2", "Analysis", "urn:o"),
    }
    last = Look("urn:o", derived=True)
    assert isinstance(described("urn:o", found), Observation)
    assert list(steps_of_retrieval(last, found)) == []
    assert list(dict.fromkeys(steps_of_agents(last, found))) == [*about("urn:i2")]
