"""What the services that tell a text read from a request (gateway 2.11.1)."""

from __future__ import annotations

import pytest

from tests.core.answering import DEMO, complaint, error, only, payloads
from tgproto.gateway.demo import NAMESPACE
from tgproto.gateway.generation2.bodies import Scene
from tgproto.gateway.generation2.text import BOTH_SEEDS, SERVICES
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import LABEL, NAME
from tgproto.types.terms import IRI, Literal, Triple

A, B, P = (IRI(f"http://e/{name}") for name in "abp")
GRAPHS = GraphStore()
GRAPHS.add([Triple(A, LABEL, Literal("Apple")), Triple(A, P, B)])
GRAPHS.add([Triple(A, P, Literal("o", language="en"))], collection="obs")
SCENE = Scene(GRAPHS, "default")

TOLD = [
    ("graph-rag", "query", "response"),
    ("document-rag", "query", "response"),
    ("agent", "question", "content"),
]


@pytest.mark.parametrize(("kind", "member", "text"), TOLD)
def test_a_missing_member_is_named(kind: str, member: str, text: str) -> None:
    assert complaint(SERVICES[kind], {}) == f"'{member}'"
    assert complaint(SERVICES[kind], {member: 5})


@pytest.mark.parametrize(("kind", "member", "text"), TOLD)
def test_the_collection_is_what_is_known(kind: str, member: str, text: str) -> None:
    def told(scene: Scene = SCENE, **more: object) -> str:
        return str(payloads(SERVICES[kind], {member: "An apple?", **more}, scene)[-1][text])

    assert told() == "Apple p b."
    assert "nothing" in told(collection="obs")
    assert "nothing" in told(Scene(GRAPHS, "other"))


@pytest.mark.parametrize(("kind", "member", "text"), TOLD)
@pytest.mark.parametrize("streaming", [False, True])
def test_pieces(kind: str, member: str, text: str, streaming: bool) -> None:
    found = payloads(SERVICES[kind], {member: "n=2", "streaming": streaming})
    texts = [str(payload.get(text)) for payload in found]
    said = [piece for piece in texts if piece.startswith("chunk")]
    assert said == (["chunk-0 ", "chunk-1 "] if streaming else ["chunk-0 chunk-1 "])


# --- text completion --------------------------------------------------------------------------


def test_text_completion_needs_nothing() -> None:
    assert only(SERVICES["text-completion"], {})["response"]
    pieces = payloads(SERVICES["text-completion"], {"prompt": "n=1", "streaming": True})
    assert [piece["response"] for piece in pieces] == ["chunk-0 ", ""]


def test_the_models() -> None:
    payload = only(SERVICES["text-completion"], {"operation": "list-models", "streaming": True})
    assert list(payload.items()) == [
        ("response", ""),
        ("end_of_stream", True),
        ("models", [{"id": NAME, "name": NAME}]),
    ]


# --- graph RAG --------------------------------------------------------------------------------


def asked(**more: object) -> str:
    return str(payloads(SERVICES["graph-rag"], {"query": "What about Alder?", **more}, DEMO)[-1]["response"])


def test_where_to_start() -> None:
    assert "Alder flows through Hollowgate." in asked()
    assert "Ninefold Viaduct is a bridge." in asked(**{"grounding-seeds": ["Ninefold Viaduct"]})
    assert "Merle flows into Alder." in asked(**{"graph-seeds": [f"{NAMESPACE}merle"]})
    assert asked(**{"graph-seeds": ["http://e/x"]}) == "The graph knows x by name only."


def test_what_counts() -> None:
    bridge = [f"{NAMESPACE}kestrel-bridge"]
    everything = asked(**{"graph-seeds": bridge})
    assert "wrought iron" in everything
    assert "212" in everything
    english = asked(**{"graph-seeds": bridge, "languages": ["en"]})
    assert "wrought iron" in english
    assert "212" not in english
    assert "212" in asked(**{"graph-seeds": bridge, "languages": ["fr", ""]})
    assert asked(graph="http://e/g") == "The graph knows Alder by name only."
    assert asked(graph="") == asked(graph=None) == asked()


def test_what_is_taken() -> None:
    hop = {"types": [], "relationships": ["http://e/p"], "graphs": []}
    taken = {
        "user-context": {"user_id": "x"},
        "traversal-instructions": [hop],
        "edge-limit": 1,
        "entity-limit": "5",
    }
    assert asked(**taken) == asked()
    body = {"query": "x", "user-context": "x"}
    assert complaint(SERVICES["graph-rag"], body) == "'str' object has no attribute 'items'"
    assert complaint(SERVICES["graph-rag"], {"query": "x", "traversal-instructions": None})


def test_seeds_of_both_kinds() -> None:
    payload = only(SERVICES["graph-rag"], {"query": "x", "grounding-seeds": ["a"], "graph-seeds": ["b"]})
    assert payload == {
        "message_type": "chunk",
        "response": "",
        "end_of_stream": True,
        "end_of_session": True,
        "error": error("graph-rag-error", BOTH_SEEDS),
    }


# --- prompts ----------------------------------------------------------------------------------


def test_prompts() -> None:
    service = SERVICES["prompt"]
    payload = only(service, {"id": "question", "variables": {"question": "An apple?"}}, SCENE)
    assert payload["text"] == "Apple p b."
    body = {"id": "question", "terms": {"question": '"n=1"'}, "streaming": True}
    *pieces, last = payloads(service, body)
    assert pieces == [{"text": "chunk-0 ", "end_of_stream": False}]
    assert last["text"] == ""
    body = {"id": "extract-concepts", "variables": {"text": "An apple?"}, "terms": {}}
    assert only(service, body, SCENE)["object"] == '["Apple"]'


@pytest.mark.parametrize(
    "body",
    [{}, {"id": None}, {"id": "nope"}, {"id": "question", "terms": {"question": "no JSON"}}],
)
def test_a_failure_of_prompts_is_invisible(body: dict[str, object]) -> None:
    assert only(SERVICES["prompt"], body) == {"end_of_stream": True}


def test_terms_do_not_matter_beside_variables() -> None:
    body = {"id": "question", "variables": {"question": "n=1"}, "terms": {"question": "no JSON"}}
    assert only(SERVICES["prompt"], body)["text"] == "chunk-0 "
    assert complaint(SERVICES["prompt"], {"id": "question", "variables": None})


# --- half a character -------------------------------------------------------------------------

SURROGATE = b'"\\ud800 n=1 ANSWER<<\\udc00>>"'


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text-completion", b'{"prompt":%b}', "response"),
        ("graph-rag", b'{"query":%b}', "response"),
        ("document-rag", b'{"query":%b}', "response"),
        ("agent", b'{"question":%b}', "content"),
        ("prompt", b'{"id":"question","variables":{"question":%b}}', "text"),
    ],
)
def test_half_a_character_is_no_obstacle(kind: str, body: bytes, said: str) -> None:
    assert payloads(SERVICES[kind], body % SURROGATE)[-1][said] == "\udc00"
