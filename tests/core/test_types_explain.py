"""The steps on the way to an answer, from descriptions in the vocabulary of gateway 2.11.1."""

from __future__ import annotations

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.graphs import STARRED
from tgproto.types import (
    Analysis,
    ChunkSelection,
    Conclusion,
    Decomposition,
    Edge,
    EdgeSelection,
    ExplainEntity,
    Exploration,
    Finding,
    Focus,
    Grounding,
    Literal,
    Observation,
    Plan,
    Question,
    QuotedTriple,
    Reflection,
    StepResult,
    Synthesis,
    Triple,
    entity_from_triples,
)
from tgproto.types.description import RDF_TYPE
from tgproto.types.explain import CLASSES

PROV = "http://www.w3.org/ns/prov#"
TG = "https://trustgraph.ai/ns/"
X = "urn:x"


def said(*types: str, **members: str | list[str]) -> list[Triple]:
    """Return a description as services write it."""
    triples = [Triple(X, RDF_TYPE, PROV + "Entity"), *(Triple(X, RDF_TYPE, TG + kind) for kind in types)]
    for name, values in members.items():
        triples += (
            Triple(X, TG + name, value) for value in ([values] if isinstance(values, str) else values)
        )
    return triples


EXAMPLES: list[tuple[list[Triple], ExplainEntity]] = [
    (
        [
            *said("Question", "GraphRagQuestion", query="Why?"),
            Triple(X, PROV + "startedAtTime", "2026-01-02"),
        ],
        Question(X, "question", "Why?", "2026-01-02", "graph-rag"),
    ),
    (said("Question", "DocRagQuestion"), Question(X, "question", "", "", "document-rag")),
    (said("Question", "AgentQuestion"), Question(X, "question", "", "", "agent")),
    (said("Question"), Question(X, "question", question_type="unknown")),
    (said("Grounding", concept=["a", "b"]), Grounding(X, "grounding", ("a", "b"))),
    (
        said("Exploration", edgeCount="12", entity=["urn:a", "urn:b"]),
        Exploration(X, "exploration", 12, 0, ("urn:a", "urn:b")),
    ),
    (
        said("Exploration", chunkCount="1", edgeCount="many", selectedChunk="urn:chunk"),
        Exploration(X, "exploration", 0, 1, (), ("urn:chunk",)),
    ),
    (said("Focus", selectedEdge=["urn:e"]), Focus(X, "focus", ("urn:e",))),
    (said("Synthesis", "Answer", document="urn:d"), Synthesis(X, "synthesis", "urn:d")),
    (said("Reflection", "Thought", document="urn:d"), Reflection(X, "reflection", "urn:d", "thought")),
    (said("Reflection", "Observation"), Reflection(X, "reflection", "", "observation")),
    (said("Reflection"), Reflection(X, "reflection")),
    (
        said("Analysis", "ToolUse", action="search", arguments='{"q": 1}', thought="urn:t"),
        Analysis(X, "analysis", "search", '{"q": 1}', "urn:t"),
    ),
    (said("Observation", document="urn:d"), Observation(X, "observation", "urn:d")),
    (said("Conclusion", "Answer", document="urn:d"), Conclusion(X, "conclusion", "urn:d")),
    (said("Decomposition", subagentGoal=["a", "b"]), Decomposition(X, "decomposition", ("a", "b"))),
    (
        said("Finding", "Answer", subagentGoal="a", document="urn:d"),
        Finding(X, "finding", "a", "urn:d"),
    ),
    (said("Plan", planStep=["a", "b"]), Plan(X, "plan", ("a", "b"))),
    (
        said("StepResult", "Answer", planStep="a", document="urn:d"),
        StepResult(X, "step-result", "a", "urn:d"),
    ),
    (said("PatternDecision", pattern="react"), ExplainEntity(X, TG + "PatternDecision")),
    (said(), ExplainEntity(X, "unknown")),
    ([], ExplainEntity(X, "unknown")),
]


@pytest.mark.parametrize(("triples", "entity"), EXAMPLES)
def test_the_type_decides(triples: list[Triple], entity: ExplainEntity) -> None:
    for made in (
        entity_from_triples(X, triples),
        ExplainEntity.from_triples(X, triples),
        type(entity).from_triples(X, triples),
    ):
        assert made == entity
        assert type(made) is type(entity)
    assert entity_from_triples(X, triples).triples == tuple(triples)
    assert pickle.loads(pickle.dumps(entity)) == entity


def test_every_class_has_an_example() -> None:
    assert {type(entity) for _, entity in EXAMPLES} == {*CLASSES.values(), ExplainEntity}


@given(st.permutations(list(CLASSES)))
def test_of_several_types_the_table_decides(types: list[str]) -> None:
    while types:
        entity = entity_from_triples(X, [Triple(X, RDF_TYPE, kind) for kind in types])
        first = min(types, key=list(CLASSES).index)
        assert type(entity) is CLASSES[first]
        types.remove(first)


@given(st.lists(STARRED), st.sampled_from([*CLASSES.values(), ExplainEntity]))
def test_any_description_can_be_read(triples: list[Triple], kind: type[ExplainEntity]) -> None:
    entity = kind.from_triples(X, [*triples, *said("Grounding")])
    assert isinstance(entity, kind)
    assert entity.uri == X


def test_what_is_said_about_others_does_not_matter() -> None:
    other = Triple("urn:thought", RDF_TYPE, TG + "Reflection")
    entity = entity_from_triples(X, [other, *said("Analysis", action="a")])
    assert entity == Analysis(X, "analysis", "a")
    assert other not in entity.triples


def test_a_focus_has_the_selections_that_are_described() -> None:
    fact = Triple("urn:s", "urn:p", "o")
    focus = entity_from_triples(
        X,
        [
            *said("Focus", selectedEdge=["urn:e1", "urn:e2"], selectedChunk=["urn:c1", "urn:c2"]),
            Triple("urn:e2", TG + "edge", QuotedTriple(fact)),
            Triple("urn:c1", TG + "document", "urn:chunk:1"),
        ],
    )
    assert isinstance(focus, Focus)
    assert focus.edge_selections == (EdgeSelection("urn:e2", Edge(fact.s, fact.p, fact.o)),)
    assert focus.chunk_selections == (ChunkSelection("urn:c1", "urn:chunk:1"),)
    assert focus.selection_uris == ("urn:e1", "urn:e2", "urn:c1", "urn:c2")


def test_types_of_a_question_may_be_given() -> None:
    question = Question.from_triples(X, said(query="Why?"), [TG + "AgentQuestion"])
    assert question == Question(X, "question", "Why?", question_type="agent")


def test_tuples_of_older_clients() -> None:
    triples = [(X, RDF_TYPE, TG + "Grounding"), (X, TG + "concept", "a")]
    assert entity_from_triples(X, triples) == Grounding(X, "grounding", ("a",))


def test_entities_do_not_change() -> None:
    entity = Grounding(X, triples=(Triple(X, TG + "concept", Literal("a")),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        entity.uri = "urn:y"  # type: ignore[misc]
    assert entity == Grounding(X)
    assert hash(entity) == hash(Grounding(X))
    assert "triples" not in repr(entity)
