"""Embeddings: unit vectors that say which texts are alike, and what is near in a graph."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL
from tgproto.gateway.vectors import DIMENSIONS, MAX_WORDS, embed, nearest, ranked
from tgproto.types.terms import IRI, Literal, Triple

A, B, C = (IRI(f"http://e/{name}") for name in "abc")
TYPE = IRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
GRAPH = Graph(
    [
        Triple(A, LABEL, Literal("Kestrel Bridge")),
        Triple(B, LABEL, Literal("Heron Bridge")),
        Triple(B, LABEL, Literal("the old one")),
        Triple(C, LABEL, Literal("Ines Marlow")),
        Triple(A, TYPE, C),
    ]
)


def cosine(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))


@given(st.text(st.characters()) | st.sampled_from(["", " ", "?!", "\ud800", "a \udfff"]))
@settings(max_examples=100)
def test_any_text_has_one_unit_vector(text: str) -> None:
    vector = embed(text)
    assert vector == embed(text)
    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1.0, abs_tol=1e-4)


def test_texts_that_share_words_are_alike() -> None:
    assert cosine("Kestrel Bridge", "a BRIDGE, kestrel") > 0.7
    assert cosine("Kestrel Bridge", "Heron Bridge") > 0.3
    assert abs(cosine("Kestrel Bridge", "Ines Marlow")) < 0.3
    assert embed("") != embed("?")


def test_a_long_text_is_cut() -> None:
    words = "word " * MAX_WORDS
    assert embed(words + "other") == embed(words)
    assert embed("word " * (MAX_WORDS - 1) + "other") != embed(words)


def test_what_is_near() -> None:
    found = nearest(embed("kestrel bridge"), GRAPH, limit=2)
    assert found[0] == (A, 1.0)
    assert [term for term, _ in found] == [A, B]
    assert nearest([3 * number for number in embed("kestrel bridge")], GRAPH, limit=2) == found
    assert nearest(embed("the old one"), GRAPH, limit=1) == [(B, 1.0)]  # the better one of two labels
    assert nearest(embed("x"), GRAPH, limit=0) == []
    assert len(nearest(embed("x"), GRAPH, limit=9)) == 3


def test_a_class() -> None:
    assert [term for term, _ in nearest(embed("x"), GRAPH, limit=9, kind="http://e/c")] == [A]
    assert nearest(embed("x"), GRAPH, limit=9, kind="http://e/nope") == []


def test_odd_vectors() -> None:
    assert nearest([0.0] * DIMENSIONS, GRAPH, limit=1)[0][1] == 0.0
    with pytest.raises(ValueError, match="zip"):
        nearest([1.0], GRAPH, limit=1)


def test_a_thing_with_several_texts_counts_by_the_nearest() -> None:
    texts = [("a", "kestrel"), ("b", "heron"), ("a", "heron")]
    assert ranked(embed("heron"), texts, limit=5) == [("a", 1.0), ("b", 1.0)]
    assert ranked(embed("heron"), texts, limit=1) == [("a", 1.0)]
    assert ranked([0.0] * DIMENSIONS, texts, limit=1) == [("a", 0.0)]
    with pytest.raises(ValueError, match="zip"):
        ranked([1.0], texts, limit=1)
