"""Knowledge cores."""

from __future__ import annotations

import pytest

from tgproto.gateway.stores import knowledge as module
from tgproto.gateway.stores.failures import Unexpected
from tgproto.gateway.stores.knowledge import Cores
from tgproto.types.terms import IRI, BlankNode, Literal, Triple

TRIPLE = Triple(IRI("urn:s"), IRI("urn:p"), Literal("o", "urn:type"), "urn:g")
BARE = Triple(IRI("urn:s"), IRI("urn:p"), Literal("o"), "urn:g")


def test_cores_come_and_go() -> None:
    of = Cores()
    assert of.names() == of.chunk_names() == []
    assert list(of.core("d").all_triples()) == []
    of.add_triples("d", {"id": "d"}, [TRIPLE])
    of.add_triples("d", {"id": "d"}, [Triple(BlankNode("b"), IRI("urn:p"), Literal("fr", language="fr"))])
    of.add_entities("e", {}, [{"vector": [1]}])
    of.add_chunks("d", {}, [{"vector": [2]}])
    assert of.names() == ["d", "e"]
    assert of.chunk_names() == ["d"]
    assert of.chunks("d") == [({}, [{"vector": [2]}])]
    assert of.chunks("e") == ()
    assert list(of.core("d").all_triples()) == [
        BARE,
        Triple(BlankNode("b"), IRI("urn:p"), Literal("fr")),
    ]
    of.delete("d")
    assert (of.names(), of.chunk_names()) == (["e"], [])
    of.delete("d")
    of.delete_chunks("d")


def test_batches_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BATCHES", 1)
    of = Cores()
    of.add_triples("d", {}, [])
    with pytest.raises(Unexpected, match="1 batches"):
        of.add_triples("d", {}, [])
