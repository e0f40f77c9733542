"""The demo graph is there, can be read, and answers the questions it is meant for."""

from __future__ import annotations

import pytest

from tgproto.gateway.demo import NAMESPACE, demo_graphs
from tgproto.gateway.model import DERIVED, LABEL, read
from tgproto.types.terms import IRI, BlankNode, Literal


def test_it_is_small_and_varied() -> None:
    graph = demo_graphs().graph("default", "default")
    assert 40 <= len(graph) <= 100
    objects = [triple.o for triple in graph.find()]
    literals = [term for term in objects if isinstance(term, Literal)]
    assert {"en", "fr"} <= {literal.language for literal in literals}
    assert any(literal.datatype for literal in literals)
    assert any(isinstance(term, BlankNode) for term in objects)


def test_everything_in_it_has_a_name_and_things_have_a_source() -> None:
    graph = demo_graphs().graph("default", "default")
    for triple in graph.find():
        for term in (triple.s, triple.o):
            if isinstance(term, IRI) and term.value.startswith(NAMESPACE):
                assert graph.find(s=term, p=LABEL)
        assert graph.find(s=triple.p, p=LABEL) or triple.p in (LABEL, DERIVED)
    bridges = graph.find(p=IRI(f"{NAMESPACE}crosses"))
    assert all(graph.find(s=bridge.s, p=DERIVED) for bridge in bridges)


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("What crosses the Alder?", "Kestrel Bridge crosses Alder. Old Toll Bridge crosses Alder."),
        ("Who built Kestrel Bridge?", "Kestrel Bridge was built by Ines Marlow."),
        ("which BRIDGE is there?", "Ninefold Viaduct is a bridge."),
        ("Tell me about Adaeze Quill", "Tobias Renn taught Adaeze Quill."),
    ],
)
def test_it_answers(question: str, part: str) -> None:
    reading = read(question, demo_graphs().graph("default", "default"))
    assert part in reading.script.whole()


def test_every_store_is_ones_own() -> None:
    first = demo_graphs()
    first.add(first.graph("default", "default").find(), workspace="copy")
    assert demo_graphs().workspaces == {"default"}


def test_it_may_be_elsewhere() -> None:
    store = demo_graphs("acme")
    assert store.workspaces == {"acme"}
    assert store.graph("acme", "default").find() == demo_graphs().graph("default", "default").find()
