"""Retrieval: requests in each dialect, arguments, answers with and without provenance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import RELEASES, answer, body, payloads
from tgproto.catalog import Call, FlowCalls
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2
from tgproto.errors import NotOffered, SilentFailure
from tgproto.types import IRI, ProvenanceEvent, RagAnswer, RAGChunk

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


LIMITS = {
    "collection": "default",
    "entity-limit": 50,
    "triple-limit": 30,
    "max-subgraph-size": 150,
    "max-path-length": 2,
    "edge-score-limit": 30,
    "edge-limit": 25,
    "max-reranker-input": 350,
}


NEWER = {"edge-score-limit", "edge-limit", "max-reranker-input"}


def test_graph_rag() -> None:
    call = FLOW.graph_rag("why?")
    assert call.service == "graph-rag"
    assert body(call) == {"query": "why?", **LIMITS}
    assert body(FLOW.graph_rag("why?", streaming=True)) == {"query": "why?", **LIMITS, "streaming": True}
    assert body(FLOW.graph_rag(question="why?", user="anna", collection="c"), GENERATION_1) == {
        "query": "why?",
        **{name: limit for name, limit in LIMITS.items() if name not in NEWER},
        "collection": "c",
        "user": "anna",
    }
    assert body(
        FLOW.graph_rag(
            "why?", "c", 1, 2, 3, 4, 5, 6, 7, {"user_id": "u"}, ["seed"], None, ["de", ""],
            [{"types": ["urn:t"]}], graph="urn:g",
        )
    ) == {
        "query": "why?",
        "collection": "c",
        "entity-limit": 1,
        "triple-limit": 2,
        "max-subgraph-size": 3,
        "max-path-length": 4,
        "edge-score-limit": 5,
        "edge-limit": 6,
        "max-reranker-input": 7,
        "user-context": {"user_id": "u"},
        "grounding-seeds": ["seed"],
        "languages": ["de", ""],
        "traversal-instructions": [{"types": ["urn:t"]}],
        "graph": "urn:g",
    }  # fmt: skip
    seeds = FLOW.graph_rag("why?", graph_seeds=[IRI("urn:a"), "urn:b"], graph="")
    assert body(seeds)["graph-seeds"] == ["urn:a", "urn:b"]
    assert body(seeds)["graph"] == ""


def test_document_rag() -> None:
    call = FLOW.document_rag("why?")
    assert (call.service, call.flow) == ("document-rag", "a-flow")
    expected = {"query": "why?", "collection": "default", "doc-limit": 10, "fetch-limit": 0}
    assert body(call) == expected
    assert body(FLOW.document_rag("why?", "c", 3, 9, streaming=True)) == {
        "query": "why?",
        "collection": "c",
        "doc-limit": 3,
        "fetch-limit": 9,
        "streaming": True,
    }
    old = FLOW.document_rag(question="why?", user="anna")
    assert body(old) == expected
    assert body(old, GENERATION_1) == {
        "query": "why?",
        "collection": "default",
        "doc-limit": 10,
        "user": "anna",
    }


def test_explaining_operations_ask_the_same_as_a_stream() -> None:
    graph = FLOW.graph_rag_explain("why?", "c", 1, languages=["de"], graph="urn:g", user="anna")
    documents = FLOW.document_rag_explain("why?", "c", 3, 9, user="anna")
    assert graph.streaming
    assert documents.streaming
    plain = FLOW.graph_rag("why?", "c", 1, languages=["de"], graph="urn:g", user="anna", streaming=True)
    assert body(graph) == body(plain)
    for dialect in (GENERATION_2, MIXED_2_2):
        assert body(documents, dialect) == body(
            FLOW.document_rag("why?", "c", 3, 9, user="anna", streaming=True), dialect
        )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (FLOW.graph_rag("why?", graph="urn:g"), r"does not know graph; it came with 2\.10\.7"),
        (FLOW.graph_rag("why?", user_context={"purpose": "x"}), "does not know user_context"),
        (FLOW.graph_rag_explain("why?", edge_limit=5), "does not know edge_limit; the 1.7 line has it not"),
        (FLOW.document_rag("why?", fetch_limit=5), "does not know fetch_limit"),
    ],
)
def test_what_a_gateway_does_not_know_is_refused(call: Call[Any], said: str) -> None:
    with pytest.raises(NotOffered, match=said):
        call.request(GENERATION_1)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("graph_rag", {}, "query is needed"),
        ("graph_rag", {"query": "q", "question": "q"}, "query is needed, once"),
        ("graph_rag", {"query": "q", "entity_limit": "default"}, "entity_limit must be an int"),
        ("graph_rag", {"query": "q", "graph_seeds": "urn:a"}, "graph_seeds must be a list"),
        ("graph_rag", {"query": "q", "streaming": None}, "streaming must be a bool"),
        ("graph_rag_explain", {"query": None}, "query is needed"),
        ("document_rag", {}, "query is needed"),
        ("document_rag", {"query": "q", "doc_limit": None}, "doc_limit must be an int"),
        ("document_rag", {"query": "q", "user": 5}, "user must be a str"),
        ("document_rag_explain", {"query": 5}, "query must be a str"),
    ],
)
def test_wrong_types(name: str, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        getattr(FLOW, name)(**arguments)


def test_impossible_values() -> None:
    with pytest.raises(ValueError, match="edge_limit must not be negative"):
        FLOW.graph_rag("q", edge_limit=-1)
    with pytest.raises(ValueError, match="fetch_limit must not be negative"):
        FLOW.document_rag("q", fetch_limit=-1)


def test_the_order_of_older_clients_is_told_from_ours() -> None:
    with pytest.raises(TypeError, match=r"entity_limit=.* by keyword"):
        ANY.graph_rag("q", "trustgraph", "default", 50, 30, 150, 2)
    with pytest.raises(TypeError, match="max_subgraph_count"):
        ANY.graph_rag("q", "c", max_subgraph_count=5)
    with pytest.raises(TypeError, match=r"doc_limit=.* by keyword"):
        ANY.document_rag("q", "trustgraph", "default", 10)


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize(
    ("release", "service"),
    [
        ("1.7.1", "graph-rag"),
        ("2.11.1", "graph-rag"),
        ("1.7.1", "document-rag"),
        ("2.11.1", "document-rag"),
    ],
)
def test_captured_answers(release: str, service: str, mode: str) -> None:
    operation: Any = {"graph-rag": FLOW.graph_rag, "document-rag": FLOW.document_rag}[service]
    call = operation("q", streaming=mode == "streamed")
    frames = f"{release} {'graph-rag' if release == '1.7.1' else service} {mode}"
    found = answer(call, payloads(frames), RELEASES[release])
    assert (found, type(found)) == ("chunk-0 chunk-1 ", RagAnswer)


@pytest.mark.parametrize("service", ["graph-rag", "document-rag"])
def test_only_explaining_streams_have_provenance(service: str) -> None:
    frames = payloads(f"2.11.1 {service} streamed")
    name = service.replace("-", "_")
    plain = getattr(FLOW, name)("q", streaming=True).reader()
    assert {type(chunk) for chunk in map(plain.read, frames)} == {RAGChunk, type(None)}
    explaining = getattr(FLOW, f"{name}_explain")("q").reader()
    assert {type(chunk) for chunk in map(explaining.read, frames)} == {RAGChunk, ProvenanceEvent}
    assert explaining.result() == plain.result()


def test_hidden_failures() -> None:
    frames = payloads("1.7.1 graph-rag streamed broken off")
    for call in (FLOW.graph_rag("q", streaming=True), FLOW.document_rag("q", streaming=True)):
        with pytest.raises(SilentFailure, match="in flow 'a-flow'") as caught:
            answer(call, frames, GENERATION_1)
        assert caught.value.partial == "chunk-0 "
