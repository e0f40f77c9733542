"""Embeddings, and what is found by them (gateway 2.11.1)."""

from __future__ import annotations

import pytest

from tests.core.answering import complaint, error, only, steps
from tgproto.gateway.demo import NAMESPACE
from tgproto.gateway.generation2.vectors import MAX_TEXTS, SERVICES
from tgproto.gateway.steps import Pause
from tgproto.gateway.vectors import DIMENSIONS, embed

EMPTY = {
    "graph-embeddings": {"entities": []},
    "document-embeddings": {"chunks": []},
    "row-embeddings": {"matches": []},
}


def test_embeddings() -> None:
    service = SERVICES["embeddings"]
    assert only(service, {"texts": ["x", "a"]}) == {"vectors": [embed("x"), embed("a")]}
    assert only(service, {"texts": []}) == {"vectors": []}
    assert complaint(service, {"text": "x"}) == "'texts'"
    half = b'{"texts":["\\ud800 n=1"]}'
    assert only(service, half) == {"vectors": [embed("\ud800 n=1")]}


@pytest.mark.parametrize("texts", [["fail=0", "b"], ["a"] * (MAX_TEXTS + 1)])
def test_a_failure_of_embeddings_is_invisible(texts: list[str]) -> None:
    assert only(SERVICES["embeddings"], {"texts": texts}) == {"vectors": []}


def test_embeddings_take_their_time() -> None:
    service = SERVICES["embeddings"]
    assert steps(service, {"texts": ["first=1 delay=0.5 n=4"]})[0] == Pause(3.0)
    assert steps(service, {"texts": ["hang=1"]}) == [Pause(0.0)]


@pytest.mark.parametrize("kind", EMPTY)
def test_nothing_is_found(kind: str) -> None:
    def found(**more: object) -> dict[str, object]:
        return only(SERVICES[kind], {"vector": embed("Kestrel Bridge"), **more})

    assert found() != EMPTY[kind]
    for nothing in (
        {"limit": 0},
        {"limit": -1},
        {"collection": "none"},
        {"attributes": {"color": "red"}},
        {"vector": []},
        {"vector": [1.0] * (DIMENSIONS + 1)},
    ):
        assert found(**nothing) == EMPTY[kind]
    assert complaint(SERVICES[kind], {}) == "'vector'"


def found(kind: str, **more: object) -> list[dict[str, object]]:
    [items] = only(SERVICES[kind], {"vector": embed("Kestrel Bridge"), **more}).values()
    assert isinstance(items, list)
    return items


def test_entities() -> None:
    bridge = {"t": "i", "i": f"{NAMESPACE}kestrel-bridge"}
    assert found("graph-embeddings", limit=1) == [{"entity": bridge, "score": 1.0}]
    assert found("graph-embeddings", rdf_type=f"{NAMESPACE}River", limit="2")[0]["entity"] != bridge
    assert found("graph-embeddings", rdf_type="http://e/nope") == []


def test_chunks() -> None:
    [best] = found("document-embeddings", vector=embed("Adaeze Quill was born in Hollowgate"), limit=1)
    assert list(best) == ["chunk_id", "score"]
    assert str(best["chunk_id"]).startswith(f"{NAMESPACE}doc/handbook/chunk/")
    assert len(found("document-embeddings", limit=100)) == 13


def test_rows() -> None:
    [best] = found("row-embeddings", limit=1)
    assert best == {
        "index_name": "name",
        "index_value": ["Kestrel Bridge"],
        "text": "Kestrel Bridge",
        "score": 1.0,
    }
    assert found("row-embeddings", schema_name="bridge", index_name="name", limit=1) == [best]
    assert len(found("row-embeddings", schema_name="river")) == 3
    assert found("row-embeddings", schema_name="nope") == []
    assert found("row-embeddings", index_name="color") == []


@pytest.mark.parametrize("kind", ["graph-embeddings", "document-embeddings"])
def test_a_failure_is_invisible(kind: str) -> None:
    assert only(SERVICES[kind], {"vector": embed("bridge"), "collection": "fail=0"}) == EMPTY[kind]
    assert steps(SERVICES[kind], {"vector": [], "collection": "first=2 hang=1"}) == [Pause(2.0)]


def test_a_failure_of_rows_is_seen() -> None:
    payload = only(SERVICES["row-embeddings"], {"vector": [], "schema_name": "fail=0"})
    assert list(payload.items()) == [("error", error("row-embeddings-query-error")), ("matches", [])]
