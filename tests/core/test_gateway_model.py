"""What the model makes of questions: which names it recognises, and what it says, always the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import (
    DERIVED,
    LABEL,
    MAX_ENTITIES,
    MAX_FACTS,
    NAME,
    Focus,
    describe,
    name_of,
    read,
)
from tgproto.gateway.script import MAX_TEXT
from tgproto.types.chunks import Source
from tgproto.types.terms import IRI, BlankNode, Literal, Triple


def iri(name: str) -> IRI:
    return IRI(f"http://e/{name}")


CAT, MAT, SITS, ALICE, ALICES_CAT = iri("cat"), iri("mat"), iri("sitsOn"), iri("alice"), iri("alices-cat")
GRAPH = Graph(
    [
        Triple(CAT, LABEL, Literal("Cat", language="en")),
        Triple(CAT, LABEL, Literal("Katze", language="de")),
        Triple(MAT, LABEL, Literal("Mat")),
        Triple(SITS, LABEL, Literal("sits on")),
        Triple(ALICE, LABEL, Literal("Alice")),
        Triple(ALICES_CAT, LABEL, Literal("Alice's cat")),
        Triple(CAT, SITS, MAT),
        Triple(CAT, DERIVED, iri("doc")),
        Triple(MAT, DERIVED, iri("doc")),
        Triple(MAT, DERIVED, iri("untitled")),
        Triple(iri("doc"), LABEL, Literal("Notes")),
        Triple(BlankNode("b"), LABEL, Literal("")),
        Triple(ALICES_CAT, iri("has_colour"), Literal("black")),
    ]
)


def answer(question: str) -> str:
    return read(question, GRAPH).script.whole()


def test_what_a_question_names() -> None:
    reading = read("Where is the CAT, and the mat?", GRAPH)
    assert reading.concepts == ("Cat", "Mat")
    assert reading.entities == (CAT, MAT)
    assert reading.facts == (Triple(CAT, SITS, MAT),)
    assert reading.sources == (
        Source("http://e/doc", "Notes"),
        Source("http://e/untitled", ""),
    )
    assert reading.script.whole() == "Cat sits on Mat."
    assert reading.script.piece(0) == "Cat "


def test_the_longer_name_wins() -> None:
    assert read("Is Alice's cat here?", GRAPH).entities == (ALICES_CAT,)
    assert read("Is Alice here, or a cat?", GRAPH).entities == (ALICE, CAT)


@pytest.mark.parametrize("question", ["category", "wildcat", "concatenate"])
def test_a_part_of_a_word_is_no_name(question: str) -> None:
    assert read(question, GRAPH).entities == ()


def test_a_later_whole_word_counts() -> None:
    assert read("category: cat", GRAPH).entities == (CAT,)


def test_a_thing_with_two_names_is_one() -> None:
    assert read("Is a Katze a cat?", GRAPH).entities == (CAT,)


def test_nobody_asks_about_a_verb() -> None:
    assert read("who sits on it?", GRAPH).entities == ()


def test_what_it_says_about_nothing_and_about_a_mere_name() -> None:
    assert "nothing" in answer("And the dog?")
    assert answer("Alice?") == "The graph knows Alice by name only."


def test_names() -> None:
    assert name_of(CAT, GRAPH) == "Cat"
    assert name_of(iri("lives_inSide"), GRAPH) == "lives in Side"
    assert name_of(IRI("urn:x:a-b"), GRAPH) == "a b"
    assert name_of(Literal("a-b"), GRAPH) == "a-b"
    assert name_of(BlankNode("n"), GRAPH) == "_:n"
    assert describe(GRAPH.find(s=ALICES_CAT)[1], GRAPH) == "Alice's cat has colour black."


def test_directives_go_before_knowledge() -> None:
    reading = read("the cat n=2", GRAPH)
    assert reading.script.whole() == "chunk-0 chunk-1 "
    assert reading.entities == (CAT,)


def test_the_counts_are_words_and_pieces() -> None:
    assert read("Where is the cat?", GRAPH).usage == {"in_token": 4, "out_token": 4, "model": NAME}


def test_an_answer_is_bounded() -> None:
    things = [iri(f"x{number}") for number in range(40)]
    graph = Graph(Triple(thing, LABEL, Literal(f"x{number}")) for number, thing in enumerate(things))
    graph.add(Triple(things[0], SITS, thing) for thing in things[1:])
    reading = read(" ".join(f"x{number}" for number in range(40)), graph)
    assert len(reading.entities) == MAX_ENTITIES
    assert len(reading.facts) == MAX_FACTS


def test_only_the_beginning_of_a_question_is_looked_at() -> None:
    assert read(" " * (MAX_TEXT - 3) + "cat", GRAPH).entities == (CAT,)
    assert read(" " * (MAX_TEXT - 2) + "cat", GRAPH).entities == ()
    assert read("a " * MAX_TEXT, GRAPH).usage["in_token"] == MAX_TEXT // 2


@given(st.one_of(st.text(), st.lists(st.sampled_from(["cat", "Alice", "Alice's", "mat", "?"])).map(" ".join)))
@settings(max_examples=150)
def test_the_same_question_has_the_same_answer(question: str) -> None:
    reading = read(question, GRAPH)
    assert reading == read(question, GRAPH)
    assert reading.script.whole().strip()
    assert len(reading.concepts) == len(reading.entities)


# --- where to look ----------------------------------------------------------------------------

FOCUSED = Graph(
    [
        Triple(IRI("http://e/a"), LABEL, Literal("Apple")),
        Triple(IRI("http://e/b"), LABEL, Literal("Bean")),
        Triple(IRI("http://e/a"), IRI("http://e/p"), IRI("http://e/b")),
        Triple(IRI("http://e/a"), IRI("http://e/q"), Literal("rouge", language="fr"), "http://e/g"),
        Triple(IRI("http://e/b"), IRI("http://e/q"), Literal("5")),
    ]
)


def told(question: str, focus: Focus) -> str:
    return read(question, FOCUSED, focus).script.whole()


def test_where_to_start() -> None:
    assert told("apple", Focus(concepts=("a bean",))) == "Bean q 5. Apple p Bean."
    assert told("bean", Focus(concepts=("fig",))).startswith("The graph has nothing")
    assert told("bean", Focus(entities=(IRI("http://e/x"),))) == "The graph knows x by name only."
    assert read("", FOCUSED, Focus(entities=(IRI("http://e/a"),))).concepts == ("Apple",)


def test_which_facts_count() -> None:
    everything = "Apple p Bean. Apple q rouge."
    assert told("apple", Focus()) == everything
    assert told("apple", Focus(languages=("fr", "de"))) == everything
    assert told("apple", Focus(languages=("",))) == "Apple p Bean."
    assert told("bean", Focus(languages=("",))) == "Bean q 5. Apple p Bean."
    assert told("apple", Focus(graph="http://e/g")) == "Apple q rouge."
    assert told("apple", Focus(graph="")) == "Apple p Bean."
