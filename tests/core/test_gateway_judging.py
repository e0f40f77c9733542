"""Judgements: always the same, by the words that texts share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.graph import Graph
from tgproto.gateway.judging import (
    MAX_QUESTIONS,
    MAX_WORDS,
    JudgingError,
    classifiers,
    classify,
    decide,
    extract,
    rank,
    text_of,
)
from tgproto.gateway.script import MAX_TEXT

DEMO = demo_graphs().graph("default", "default")


def test_ranking() -> None:
    documents = ["rivers", "An IRON bridge", "a bridge", ""]
    iron, rivers = rank(["iron bridge", "rivers"], documents)
    assert iron == [(1, 1.0), (2, 0.5), (0, 0.0), (3, 0.0)]
    assert rivers[0] == (0, 1.0)
    assert rank([""], ["a"]) == [[(0, 0.0)]]
    assert rank(["x"], []) == [[]]
    assert rank([], ["a"]) == []
    with pytest.raises(JudgingError, match="more than 100000 pairs"):
        rank(["a"] * 1000, ["a"] * 101)


@given(st.text(), st.lists(st.text(), max_size=5))
def test_every_document_has_a_place(query: str, documents: list[str]) -> None:
    [ranked] = rank([query], documents)
    assert sorted(index for index, _ in ranked) == list(range(len(documents)))
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_labels() -> None:
    assert classify("kinds", "which towns?", DEMO) == ("town", 0.9)
    assert classify("", "the Alder", DEMO) == ("river", 0.6)
    assert classify("", "?", DEMO) == ("river", 0.25)


@pytest.mark.parametrize(
    ("model", "graph", "message"),
    [
        ("nope", DEMO, "there is no model 'nope'"),
        ("drafts", DEMO, "model 'drafts' is not ready"),
        ("", Graph(), "model 'kinds' is not ready"),
    ],
)
def test_no_label(model: str, graph: Graph, message: str) -> None:
    with pytest.raises(JudgingError, match=message):
        classify(model, "x", graph)


def test_the_classifiers() -> None:
    kinds, drafts = classifiers(DEMO)
    assert list(kinds) == list(drafts) == ["name", "state", "labels", "accuracy", "train_size", "test_size"]
    assert (kinds["state"], kinds["labels"]) == ("ready", ["river", "town", "bridge", "bridge_engineer"])
    assert (kinds["train_size"], drafts["train_size"]) == (13, None)
    assert [model["state"] for model in classifiers(Graph())] == ["training", "training"]


CHOICE = {"type": "choice", "options": ["swim across", "walk across", 5]}


@pytest.mark.parametrize(
    ("state", "question", "answer"),
    [
        ({"weather": "walk"}, CHOICE, {"choice": "walk across", "score": 0.5}),
        ("nothing", CHOICE, {"choice": "swim across", "score": 0.0}),
        (None, {"type": "choice", "options": []}, None),
        (None, {"type": "choice", "options": "walk"}, None),
        ("a wet day", {"type": "score", "of": "wet"}, {"score": 0.5}),
        ("a wet day", {"type": "score"}, {"score": 0.0}),
        ("x", {"type": "noul"}, None),
        ("x", {}, None),
        ("x", "why?", None),
    ],
)
def test_decisions(state: object, question: object, answer: object) -> None:
    assert decide(state, {"q": question, "p": "?"}) == {"q": answer, "p": None}


@pytest.mark.parametrize(
    ("state", "field", "value"),
    [
        ({"name": ["Ines"]}, "name", ["Ines"]),
        ({"name": "Ines"}, "Name", None),
        ("Name: Ines Marlow; born 1850", "name", "Ines Marlow"),
        ("her name = Ines,\nborn", "name", "Ines"),
        ("name:", "name", None),
        ("surname: Marlow", "name", None),
        ("a.b: 1, a+b: 2", "a+b", "2"),
        (["name: x"], "name", 'x"]'),
        (None, "name", None),
    ],
)
def test_fields(state: object, field: str, value: object) -> None:
    assert extract(state, {field: "instruction"}) == {field: value}


def test_too_many_questions() -> None:
    names = dict.fromkeys(map(str, range(MAX_QUESTIONS + 1)))
    with pytest.raises(JudgingError, match="more than 1000 questions"):
        decide("x", names)
    with pytest.raises(JudgingError, match="more than 1000 questions"):
        extract("x", names)


def test_of_a_long_text_the_beginning_counts() -> None:
    text = "word " * MAX_WORDS + "bridge"
    assert rank(["bridge"], [text, text[5:]]) == [[(1, 1.0), (0, 0.0)]]


def test_the_text_of_a_value() -> None:
    assert text_of("x" * (MAX_TEXT + 1)) == "x" * MAX_TEXT
    assert text_of({"a": [1]}) == '{"a":[1]}'
