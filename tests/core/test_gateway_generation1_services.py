"""What each service reads from a request, and how the services answer that tell no text (gateway 1.7.1)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.generation1.services import MAX_VECTORS, SERVICES, USER
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import LABEL
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.gateway.vectors import DIMENSIONS, embed
from tgproto.session.events import Payload
from tgproto.types.terms import IRI, BlankNode, Literal, Triple

A, B, P = (IRI(f"http://e/{name}") for name in "abp")
GRAPHS = GraphStore()
GRAPHS.add([Triple(A, LABEL, Literal("Apple")), Triple(A, P, B)], workspace=USER)
GRAPHS.add([Triple(A, LABEL, Literal("Apple")), Triple(A, P, Literal("fruit"))], workspace="anna")
GRAPHS.add(
    [
        Triple(A, P, Literal("x", language="en")),
        Triple(A, P, Literal("x"), "http://e/g"),
        Triple(B, P, BlankNode("b0")),
        Triple(B, P, A),
    ],
    workspace=USER,
    collection="obs",
)


def steps(kind: str, body: object) -> list[Step]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(SERVICES[kind](Payload(text), GRAPHS))


def payloads(kind: str, **body: object) -> list[dict[str, object]]:
    frames = [step for step in steps(kind, body) if isinstance(step, Frame)]
    assert [frame.final for frame in frames] == [False] * (len(frames) - 1) + [True]
    return [json.loads(frame.payload) for frame in frames]


def error(kind: str, body: object) -> tuple[str, str]:
    failure = steps(kind, body)[-1]
    assert isinstance(failure, Failure)
    assert (failure.final, failure.beside) == (True, {})
    return failure.error.type, failure.error.message


# --- bodies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "member"),
    [
        ("agent", {}, "question"),
        ("document-rag", {"question": "x"}, "query"),
        ("embeddings", {"texts": ["x"]}, "text"),
        ("graph-embeddings", {"vector": [0.5]}, "vectors"),
        ("graph-rag", {}, "query"),
        ("text-completion", {"prompt": "x"}, "system"),
        ("text-completion", {"system": "x"}, "prompt"),
        ("triples", {"s": {"t": "i", "i": "urn:x"}}, "v"),
        ("triples", {"o": {"v": "x"}}, "e"),
    ],
)
def test_a_missing_member_is_named(kind: str, body: object, member: str) -> None:
    assert error(kind, body) == ("gateway-error", f"'{member}'")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("agent", {"question": "x", "state": {}}),
        ("agent", {"question": "x", "group": "all"}),
        ("agent", {"question": "x", "user": 5}),
        ("document-rag", {"query": "x", "doc-limit": "many"}),
        ("graph-rag", {"query": "x", "max-path-length": None}),
        ("graph-rag", {"query": "x", "streaming": "yes"}),
        ("graph-embeddings", {"vectors": [0.5]}),
        ("prompt", {"id": "question", "terms": {"question": 5}}),
        ("prompt", {"id": "question", "variables": None}),
        ("text-completion", {"system": "", "prompt": "x", "streaming": 1}),
        ("triples", {"s": "urn:x"}),
        ("triples", {"collection": ["x"]}),
    ],
)
def test_a_member_of_another_type(kind: str, body: object) -> None:
    assert error(kind, body)[0] == "gateway-error"


members = st.sampled_from(
    [
        *("question", "query", "system", "prompt", "text", "vectors", "id", "terms", "variables"),
        *("s", "p", "o", "limit", "user", "collection", "streaming", "group", "entity-limit"),
        *("name", "parameters", "operation", "sample", "max_results", "data", "metadata", "charset"),
    ]
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("veto"), inner),
    max_leaves=4,
)


@given(st.sampled_from(sorted(SERVICES)), st.dictionaries(members, values) | st.binary())
@settings(max_examples=200)
def test_any_body_gets_an_answer_or_a_complaint(kind: str, body: object) -> None:
    for step in (found := steps(kind, body)):
        if isinstance(step, Frame):
            json.loads(step.payload)
    assert found


# --- text -------------------------------------------------------------------------------------


def test_text_completion() -> None:
    [whole] = payloads("text-completion", system="", prompt="What is an apple?")
    assert whole["response"] == "Apple p b."
    assert payloads("text-completion", system="", prompt="n=1", streaming=True)[0] == {"response": "chunk-0 "}


def test_prompts() -> None:
    assert payloads("prompt", id="question", variables={"question": "n=1"}) == [{"text": "chunk-0 "}]
    assert payloads("prompt", id="question", terms={"question": '"n=1"'}) == [{"text": "chunk-0 "}]
    both = payloads("prompt", id="question", variables={"question": "n=1"}, terms={"question": 5})
    assert both == [{"text": "chunk-0 "}]
    assert payloads("prompt", id="extract-concepts", variables={"text": "Apple?"}) == [
        {"object": '["Apple"]'}
    ]


def test_prompts_that_fail() -> None:
    assert error("prompt", {"id": "missing", "variables": {}}) == ("llm-error", "'missing'")
    assert error("prompt", {}) == ("llm-error", "None")
    assert error("prompt", {"id": "question", "terms": {"question": "{"}})[0] == "llm-error"


@pytest.mark.parametrize(
    ("kind", "member", "said"),
    [
        ("graph-rag", "query", "response"),
        ("document-rag", "query", "response"),
        ("agent", "question", "answer"),
    ],
)
def test_data_is_that_of_a_user(kind: str, member: str, said: str) -> None:
    def told(**body: object) -> object:
        return payloads(kind, **{member: "Apple?", **body})[-1][said]

    assert told() == told(user=USER) == "Apple p b."
    assert told(user="anna") == "Apple p fruit."
    assert "nothing" in str(told(user="bob"))


def test_data_is_that_of_a_collection() -> None:
    [answer] = payloads("graph-rag", query="Apple?", collection="obs")
    assert "nothing" in str(answer["response"])


# --- vectors ----------------------------------------------------------------------------------


def test_embeddings() -> None:
    assert payloads("embeddings", text="an apple") == [{"vectors": [embed("an apple")]}]
    assert error("embeddings", {"text": "fail=0"}) == (
        "embeddings-error",
        "scripted failure after 0 chunks",
    )
    assert steps("embeddings", {"text": "hang=1"}) == [Pause(0.0)]


def test_graph_embeddings() -> None:
    vectors = [embed("apple"), [0.5] * (DIMENSIONS - 1), embed("apple")]
    apple = [{"entities": [{"v": "http://e/a", "e": True}]}]
    assert payloads("graph-embeddings", vectors=vectors) == apple
    assert payloads("graph-embeddings", vectors=vectors, user="anna", limit="1") == apple
    for nothing in ({"user": "bob"}, {"limit": 0}, {"limit": -1}, {"vectors": [[0.5] * 8]}, {"vectors": []}):
        assert payloads("graph-embeddings", **{"vectors": vectors, **nothing}) == [{"entities": []}]


def test_graph_embeddings_that_fail() -> None:
    kind = "graph-embeddings-query-error"
    body = {"vectors": [], "collection": "fail=1"}
    assert error("graph-embeddings", body) == (kind, "scripted failure after 1 chunks")
    many = {"vectors": [[]] * (MAX_VECTORS + 1)}
    assert error("graph-embeddings", many) == (kind, "more than 64 vectors")


# --- tools ------------------------------------------------------------------------------------


def test_tools() -> None:
    assert payloads("mcp-tool", name="echo", parameters={"text": "hello"}) == [{"text": "hello"}]
    assert payloads("mcp-tool", name="echo") == payloads("mcp-tool", name="echo", parameters=None) == [{}]
    assert payloads("mcp-tool", name="add", parameters={"a": 1, "b": 2}) == [{"object": {"sum": 3}}]


def test_tools_that_fail() -> None:
    assert error("mcp-tool", {}) == ("tool-error", "MCP service  not known")
    body = {"name": "echo", "parameters": {"text": "fail=0"}}
    assert error("mcp-tool", body) == ("tool-error", "scripted failure after 0 chunks")
    assert error("mcp-tool", {"name": 5})[0] == "gateway-error"


def test_which_services_there_are() -> None:
    assert sorted(SERVICES) == [
        *("agent", "document-load", "document-rag", "embeddings", "graph-embeddings", "graph-rag"),
        *("mcp-tool", "nlp-query", "objects", "prompt", "structured-diag", "structured-query"),
        *("text-completion", "text-load", "triples"),
    ]


# --- triples ----------------------------------------------------------------------------------


def found(**body: object) -> list[tuple[str, str]]:
    """Return subjects and objects."""
    [payload] = payloads("triples", collection="obs", **body)
    rows = payload["response"]
    assert isinstance(rows, list)
    return [(row["s"]["v"][-1], row["o"]["v"]) for row in rows]


def test_triples() -> None:
    [payload] = payloads("triples", collection="obs", limit=1)
    assert payload == {
        "response": [
            {
                "s": {"v": "http://e/a", "e": True},
                "p": {"v": "http://e/p", "e": True},
                "o": {"v": "x", "e": False},
            }
        ]
    }
    # Languages and graphs are lost, and what differs in nothing else is one triple.
    everything = [("a", "x"), ("b", "_:b0"), ("b", "http://e/a")]
    assert found() == found(limit=0) == found(user=USER) == everything
    assert found(user="anna") == []


def test_a_pattern() -> None:
    assert found(s={"v": "http://e/b", "e": True}) == [("b", "_:b0"), ("b", "http://e/a")]
    assert found(s={"v": "http://e/b", "e": False}) == found(s={"v": "http://e/b", "e": True})
    assert found(p={"v": "http://e/p", "e": True}, o={"v": "x", "e": False}) == [("a", "x")]
    assert found(o={"v": "http://e/a", "e": True}, limit="5") == [("b", "http://e/a")]


def test_triples_that_fail() -> None:
    body = {"s": {"v": "fail=0", "e": False}}
    assert error("triples", body) == ("triples-query-error", "scripted failure after 0 chunks")
    assert steps("triples", {"s": {"v": "first=2 hang=1", "e": False}}) == [Pause(2.0)]
