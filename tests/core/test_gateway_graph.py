"""The triple store: what a pattern finds, checked against a plain search of everything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.errors import DecodeError
from tgproto.gateway.graph import Graph, GraphStore, parse_wire
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Term, Triple

A, B, C, P, Q = (IRI(f"http://e/{name}") for name in "abcpq")
TRIPLES = [
    Triple(A, P, B),
    Triple(A, Q, Literal("x", language="en")),
    Triple(B, P, C),
    Triple(A, P, B, "http://e/g"),
    Triple(B, P, Literal("x")),
]


def test_a_pattern_finds_what_matches_in_order() -> None:
    graph = Graph(TRIPLES)
    assert graph.find() == TRIPLES
    assert graph.find(s=A) == [TRIPLES[0], TRIPLES[1], TRIPLES[3]]
    assert graph.find(p=P, o=B) == [TRIPLES[0], TRIPLES[3]]
    assert graph.find(o=Literal("x")) == [TRIPLES[4]]
    assert graph.find(s=C) == []
    assert graph.find(s=A, o=IRI("http://e/unknown")) == []


def test_which_graph() -> None:
    graph = Graph(TRIPLES)
    assert graph.find(s=A, p=P, g=None) == [TRIPLES[0], TRIPLES[3]]
    assert graph.find(s=A, p=P, g="") == [TRIPLES[0]]
    assert graph.find(s=A, p=P, g="http://e/g", limit=1) == [TRIPLES[3]]
    assert graph.find(g="*") == []


def test_a_limit_cuts_the_answer() -> None:
    graph = Graph(TRIPLES)
    assert graph.find(limit=2) == TRIPLES[:2]
    assert graph.find(p=P, limit=2) == [TRIPLES[0], TRIPLES[2]]
    assert graph.find(limit=99) == TRIPLES


def test_a_triple_is_kept_once() -> None:
    graph = Graph(TRIPLES)
    graph.add([TRIPLES[1], Triple(C, P, A), Triple(C, P, A)])
    assert len(graph) == 6
    assert graph.find() == [*TRIPLES, Triple(C, P, A)]
    assert graph.find(s=C) == [Triple(C, P, A)]


def test_a_graph_for_each_workspace_and_collection() -> None:
    store = GraphStore()
    store.add(TRIPLES[:1])
    store.add(TRIPLES[1:3], workspace="other")
    store.add(TRIPLES[3:], workspace="other", collection="c")
    store.add(TRIPLES[2:3])
    assert store.graph("default", "default").find() == [TRIPLES[0], TRIPLES[2]]
    assert store.graph("other", "default").find() == TRIPLES[1:3]
    assert store.graph("other", "c").find() == TRIPLES[3:]
    assert store.workspaces == {"default", "other"}


def test_reading_a_graph_that_is_not_there_does_not_make_one() -> None:
    store = GraphStore()
    assert len(store.graph("nope", "nope")) == 0
    assert store.workspaces == frozenset()


def test_triples_as_they_stand_in_frames() -> None:
    payload = b"""[
        {"s": {"t": "i", "i": "http://e/a"}, "p": {"t": "i", "i": "http://e/p"}, "o": {"t": "b", "d": "n"}},
        {"s": {"t": "i", "i": "http://e/a"}, "p": {"t": "i", "i": "http://e/q"},
         "o": {"t": "l", "v": "x", "ln": "en"}, "g": "http://e/g"},
        {"s": {"v": "http://e/a", "e": true}, "p": {"v": "http://e/p", "e": true}, "o": {"t": "t", "tr":
         {"s": {"t": "i", "i": "http://e/a"}, "p": {"t": "i", "i": "http://e/p"}, "o": {"t": "i", "i": "http://e/b"}}}}
    ]"""
    assert parse_wire(payload) == [
        Triple(A, P, BlankNode("n")),
        Triple(A, Q, Literal("x", language="en"), "http://e/g"),
        Triple(A, P, QuotedTriple(Triple(A, P, B))),
    ]


@pytest.mark.parametrize("payload", [b"", b"{}", b'[{"s": 1}]', b"[" * 100_000])
def test_what_is_no_list_of_triples(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_wire(payload)


terms = st.sampled_from([A, B, P, Literal("x")])
triples = st.builds(Triple, terms, terms, terms, st.sampled_from(["", "http://e/g"]))
anything = st.one_of(st.none(), terms)


@given(
    st.lists(triples),
    anything,
    anything,
    anything,
    st.sampled_from([None, "", "http://e/g"]),
    st.one_of(st.none(), st.integers(0, 5)),
)
@settings(max_examples=200)
def test_the_indexes_cannot_be_told_from_a_search(
    graph: list[Triple], s: Term | None, p: Term | None, o: Term | None, g: str | None, limit: int | None
) -> None:
    wanted = [
        t
        for t in dict.fromkeys(graph)
        if s in (None, t.s) and p in (None, t.p) and o in (None, t.o) and g in (None, t.g)
    ]
    assert Graph(graph).find(s, p, o, g, limit=limit) == wanted[:limit]


def test_a_graph_is_emptied_and_goes_on_to_exist() -> None:
    store = GraphStore()
    store.add([Triple("urn:s", "urn:p", "o")], workspace="w", collection="c")
    store.empty(workspace="w", collection="c")
    store.empty(workspace="nope", collection="c")
    assert len(store.graph("w", "c")) == 0
    assert store.workspaces == {"w"}


def test_candidates_are_the_fewest_triples_that_share_a_position() -> None:
    graph = Graph(TRIPLES)
    assert list(graph.candidates()) == TRIPLES
    assert list(graph.candidates(p=P)) == graph.find(p=P)
    assert list(graph.candidates(p=P, o=B)) == graph.find(o=B)
    assert list(graph.candidates(s=B, p=Q)) == [TRIPLES[1]]
    assert list(graph.candidates(s=C, p=P)) == []
