"""Provenance: events in the gateway's vocabulary, each derived from the one before, back to the question."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tgproto.gateway.generation2 import explain
from tgproto.gateway.generation2.explain import GRAPH, Event, session_id
from tgproto.gateway.graph import Graph
from tgproto.gateway.model import DERIVED, LABEL, Reading, read
from tgproto.types.terms import IRI, Literal, QuotedTriple, Term, Triple

CAT, MAT, SITS = IRI("http://e/cat"), IRI("http://e/mat"), IRI("http://e/sitsOn")
FACT = Triple(CAT, SITS, MAT)
READING = read(
    "Where is the cat?",
    Graph([Triple(CAT, LABEL, Literal("Cat")), FACT, Triple(CAT, DERIVED, IRI("http://e/doc"))]),
)
SESSION = "5e55"
TG = "https://trustgraph.ai/ns/"


def values(event: Event, predicate: str) -> list[Term]:
    return [t.o for t in event.triples if str(t.p) == TG + predicate and str(t.s) == event.iri]


def classes(event: Event) -> set[str]:
    return {str(t.o).split("/")[-1].split("#")[-1] for t in event.triples if str(t.p).endswith("#type")}


def parents(events: Iterable[Event]) -> list[str | None]:
    found: list[str | None] = []
    for event in events:
        derived = [str(t.o) for t in event.triples if t.p == DERIVED]
        found.append(derived[0] if derived else None)
    return found


def test_graph_rag() -> None:
    before, after = explain.graph_rag(SESSION, READING)
    chain = [*before, after]
    assert [event.iri for event in chain] == [
        "urn:trustgraph:question:5e55",
        "urn:trustgraph:prov:grounding:5e55",
        "urn:trustgraph:prov:exploration:5e55",
        "urn:trustgraph:prov:focus:5e55",
        "urn:trustgraph:prov:synthesis:5e55",
    ]
    assert parents(chain) == [None, *(event.iri for event in before)]
    question, grounding, exploration, focus, synthesis = chain
    assert classes(question) == {"Entity", "Question", "GraphRagQuestion"}
    assert values(question, "query") == [Literal("Where is the cat?")]
    assert values(grounding, "concept") == [Literal("Cat")]
    assert values(exploration, "edgeCount") == [Literal("1")]
    assert values(exploration, "entity") == [CAT]
    edge = IRI("urn:trustgraph:prov:edge:5e55:0")
    assert values(focus, "selectedEdge") == [edge]
    assert focus.triples[-1] == Triple(edge, IRI(TG + "edge"), QuotedTriple(FACT), GRAPH)
    assert classes(synthesis) == {"Entity", "Synthesis", "Answer"}


def test_document_rag() -> None:
    before, after = explain.document_rag(SESSION, READING)
    chain = [*before, after]
    assert [event.iri for event in chain] == [
        f"urn:trustgraph:docrag:5e55{step}" for step in ("", "/grounding", "/exploration", "/synthesis")
    ]
    assert parents(chain) == [None, *(event.iri for event in before)]
    assert classes(chain[0]) == {"Entity", "Question", "DocRagQuestion"}
    assert values(chain[2], "chunkCount") == [Literal("1")]
    assert values(chain[2], "selectedChunk") == [IRI("http://e/doc")]


def test_an_agent() -> None:
    asked = explain.asked("urn:a", "Agent", "AgentQuestion", READING)
    analysed = explain.analysed("urn:a/i1", "urn:a", READING)
    observed = explain.observed("urn:a/i1/observation", "urn:a/i1")
    answered = explain.answered("urn:a/final", "urn:a/i1/observation", "Conclusion")
    assert parents([asked, analysed, observed, answered]) == [None, asked.iri, analysed.iri, observed.iri]
    assert classes(analysed) == {"Entity", "Analysis", "ToolUse"}
    assert values(analysed, "arguments") == [Literal("Cat")]
    assert classes(observed) == {"Entity", "Observation"}
    assert classes(answered) == {"Entity", "Conclusion", "Answer"}


def test_an_event_as_it_stands_in_a_frame() -> None:
    assert explain.observed("urn:o", "urn:p").members() == {
        "explain_id": "urn:o",
        "explain_graph": "urn:graph:retrieval",
        "explain_triples": [
            {"s": {"t": "i", "i": "urn:o"}, "p": {"t": "i", "i": p}, "o": o, "g": "urn:graph:retrieval"}
            for p, o in [
                (
                    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
                    {"t": "i", "i": "http://www.w3.org/ns/prov#Entity"},
                ),
                (
                    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
                    {"t": "i", "i": "https://trustgraph.ai/ns/Observation"},
                ),
                ("http://www.w3.org/2000/01/rdf-schema#label", {"t": "l", "v": "Observation"}),
                ("http://www.w3.org/ns/prov#wasDerivedFrom", {"t": "i", "i": "urn:p"}),
            ]
        ],
    }


@pytest.mark.parametrize("build", [explain.graph_rag, explain.document_rag])
def test_a_question_about_nothing_is_explained_too(build: object) -> None:
    empty: Reading = read("?", Graph())
    assert callable(build)
    before, after = build(SESSION, empty)
    for event in (*before, after):
        assert all(t.g == GRAPH for t in event.triples)
        assert any(t.p == LABEL for t in event.triples)


def test_the_identifier_depends_on_workspace_and_question() -> None:
    assert session_id("w", "q") == session_id("w", "q")
    assert len({session_id("w", "q"), session_id("w", "r"), session_id("x", "q")}) == 3
    assert len(session_id("w", "q")) == 32
