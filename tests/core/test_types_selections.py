"""Selections: edges as triples and as mappings, passages, scores."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given

from tests.core.graphs import STARRED
from tgproto.types import IRI, ChunkSelection, Edge, EdgeSelection, Literal, QuotedTriple, Triple

TG = "https://trustgraph.ai/ns/"
FACT = Triple("urn:s", "urn:p", Literal("o", language="en"), "urn:g")


def test_an_edge_is_a_triple_and_a_mapping() -> None:
    edge = Edge("urn:s", "urn:p", "o")
    assert isinstance(edge, Triple)
    assert (edge.s, edge["s"], edge.get("o"), dict(edge)) == (
        IRI("urn:s"),
        "urn:s",
        "o",
        {"s": "urn:s", "p": "urn:p", "o": "o"},
    )
    assert (len(edge), "g" in edge, edge.get("g")) == (3, False, None)
    assert pickle.loads(pickle.dumps(edge)) == edge
    assert edge != "urn:s"
    with pytest.raises(KeyError, match="triple"):
        edge["triple"]


@given(STARRED, STARRED)
def test_edges_are_compared_as_triples_are(a: Triple, b: Triple) -> None:
    edge = Edge(a.s, a.p, a.o, a.g)
    assert edge == a
    assert a == edge
    assert hash(edge) == hash(a)
    assert (edge == b) is (a == b)
    assert (edge == Edge(b.s, b.p, b.o, b.g)) is (a == b)


def test_a_selected_edge() -> None:
    triples = [
        Triple("urn:e", TG + "edge", QuotedTriple(FACT)),
        Triple("urn:e", TG + "concept", Literal("bridges")),
        Triple("urn:e", TG + "reasoning", Literal("it fits")),
        Triple("urn:e", TG + "score", Literal("0.75")),
        Triple("urn:other", TG + "score", Literal("0.1")),
    ]
    selection = EdgeSelection.from_triples("urn:e", triples)
    assert selection == EdgeSelection(
        "urn:e", Edge(FACT.s, FACT.p, FACT.o, "urn:g"), "it fits", "bridges", 0.75
    )
    assert EdgeSelection.from_triples("urn:none", triples) == EdgeSelection("urn:none")


def test_what_cannot_be_read_is_left_out() -> None:
    triples = [Triple("urn:e", TG + "edge", "urn:no-quote"), Triple("urn:e", TG + "score", Literal("high"))]
    assert EdgeSelection.from_triples("urn:e", triples) == EdgeSelection("urn:e")


def test_a_selected_edge_in_the_form_of_older_clients() -> None:
    selection = EdgeSelection.from_triples(
        "urn:e", [("urn:e", TG + "edge", {"s": "urn:s", "p": "urn:p", "o": "x"})]
    )
    assert selection.edge == Triple("urn:s", "urn:p", "x")


def test_a_selected_passage() -> None:
    triples = [Triple("urn:c", TG + "document", "urn:chunk:1"), Triple("urn:c", TG + "score", Literal("2"))]
    assert ChunkSelection.from_triples("urn:c", triples) == ChunkSelection("urn:c", "urn:chunk:1", 2.0)
