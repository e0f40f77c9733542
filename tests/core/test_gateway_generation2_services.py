"""What each service reads from a request, and how the services answer that tell no text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.generation2.services import KNOWN_KINDS, MAX_QUOTES, MAX_TEXTS, SERVICES, Scene
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import LABEL, NAME
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.gateway.vectors import DIMENSIONS, embed
from tgproto.session.events import Payload
from tgproto.types.terms import IRI, Literal, Triple

A, B, P = (IRI(f"http://e/{name}") for name in "abp")
TRIPLES = [Triple(A, P, Literal(f"o{number}", language="en")) for number in range(5)]
GRAPHS = GraphStore()
GRAPHS.add([Triple(A, LABEL, Literal("Apple")), Triple(A, P, B)])
GRAPHS.add(TRIPLES, collection="obs")
GRAPHS.add([Triple(B, P, A, "http://e/g"), Triple(B, P, A)], collection="named")
SCENE = Scene(GRAPHS, "default")


def steps(kind: str, body: object, scene: Scene = SCENE) -> list[Step]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(SERVICES[kind](Payload(text), scene))


def payloads(kind: str, body: object, scene: Scene = SCENE) -> list[dict[str, object]]:
    """Return the payloads, after checking that the last one alone is final."""
    frames = [step for step in steps(kind, body, scene) if isinstance(step, Frame)]
    assert [frame.final for frame in frames] == [False] * (len(frames) - 1) + [True]
    return [json.loads(frame.payload) for frame in frames]


def complaint(kind: str, body: object) -> str:
    [failure] = steps(kind, body)
    assert isinstance(failure, Failure)
    assert failure.final
    assert failure.error.type == "gateway-error"
    return failure.error.message


# --- bodies -----------------------------------------------------------------------------------

MISSING = [
    ("agent", "question"),
    ("document-rag", "query"),
    ("embeddings", "texts"),
    ("graph-embeddings", "vector"),
    ("graph-rag", "query"),
]


@pytest.mark.parametrize(("kind", "member"), MISSING)
def test_a_missing_member_is_named(kind: str, member: str) -> None:
    assert complaint(kind, {}) == f"'{member}'"


@pytest.mark.parametrize("kind", sorted(SERVICES))
@pytest.mark.parametrize("body", [b"null", b'"x"', b"[]", b"3", b"NaN"])
def test_a_body_that_is_no_object(kind: str, body: bytes) -> None:
    assert complaint(kind, body)


def test_a_member_of_another_type() -> None:
    assert complaint("graph-rag", {"query": 5})
    assert complaint("triples", {"s": None})
    assert complaint("triples", {"limit": "many"})


def test_numbers_beyond_reason() -> None:
    body = {"collection": "obs", "limit": 2**63 - 1, "streaming": True, "batch-size": 2**63 - 1}
    [payload] = payloads("triples", body)
    assert len(objects(payload)) == 5
    assert steps("triples", {"limit": 10**40})


def quoted(depth: int) -> bytes:
    start = b'{"t":"t","tr":{"p":{"t":"i","i":"http://e/p"},"s":'
    return start * depth + b'{"t":"i","i":"http://e/a"}' + b"}}" * depth


def test_quoted_triples_in_a_pattern() -> None:
    for depth in (1, MAX_QUOTES):
        assert payloads("triples", b'{"s":%b}' % quoted(depth)) == [{"response": []}]
    for depth in (MAX_QUOTES + 1, 300, 400):
        assert "nested too deeply" in complaint("triples", b'{"o":%b}' % quoted(depth))
    assert complaint("triples", b'{"o":%b}' % quoted(100_000))


@given(st.sampled_from(sorted(SERVICES)), st.one_of(st.binary(), st.text().map(str.encode)))
@settings(max_examples=100, deadline=None)
def test_any_body_gets_an_answer_or_a_complaint(kind: str, body: bytes) -> None:
    assert steps(kind, body)


members = st.sampled_from(
    [
        "question",
        "query",
        "prompt",
        "texts",
        "s",
        "p",
        "o",
        "g",
        "limit",
        "id",
        "terms",
        "variables",
        "vector",
        "attributes",
        "streaming",
        "batch-size",
        "collection",
    ]
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from("tivdsop"), inner)),
    max_leaves=4,
)


@given(st.sampled_from(sorted(SERVICES)), st.dictionaries(members, values))
@settings(max_examples=200, deadline=None)
def test_any_members_get_an_answer_or_a_complaint(kind: str, body: dict[str, object]) -> None:
    for step in steps(kind, body):
        if isinstance(step, Frame):
            json.loads(step.payload)


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
    assert payloads(kind, body % SURROGATE)[-1][said] == "\udc00"


def test_half_a_character_has_a_vector() -> None:
    [payload] = payloads("embeddings", b'{"texts":[%b]}' % SURROGATE)
    assert payload == {"vectors": [embed("\ud800 n=1 ANSWER<<\udc00>>")]}


def test_a_body_nested_too_deeply() -> None:
    body = b'{"texts":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    assert complaint("embeddings", body)


def test_what_this_gateway_has_is_what_gateways_know() -> None:
    assert SERVICES.keys() < KNOWN_KINDS


# --- text -------------------------------------------------------------------------------------


def test_text_completion_needs_nothing() -> None:
    [payload] = payloads("text-completion", {})
    assert payload["response"]
    assert [p["response"] for p in payloads("text-completion", {"prompt": "n=1", "streaming": True})] == [
        "chunk-0 ",
        "",
    ]


def test_the_models() -> None:
    [payload] = payloads("text-completion", {"operation": "list-models", "streaming": True})
    assert list(payload.items()) == [
        ("response", ""),
        ("end_of_stream", True),
        ("models", [{"id": NAME, "name": NAME}]),
    ]


@pytest.mark.parametrize(
    ("kind", "member", "text"),
    [
        ("graph-rag", "query", "response"),
        ("document-rag", "query", "response"),
        ("agent", "question", "content"),
    ],
)
def test_the_collection_is_what_is_known(kind: str, member: str, text: str) -> None:
    assert payloads(kind, {member: "An apple?"})[-1][text] == "Apple p b."
    other = payloads(kind, {member: "An apple?", "collection": "obs"})[-1]
    assert "nothing" in str(other[text])
    elsewhere = payloads(kind, {member: "An apple?"}, Scene(GRAPHS, "other"))[-1]
    assert "nothing" in str(elsewhere[text])


# --- embeddings -------------------------------------------------------------------------------


def test_embeddings() -> None:
    [payload] = payloads("embeddings", {"texts": ["x", "a"]})
    assert payload == {"vectors": [embed("x"), embed("a")]}
    assert payloads("embeddings", {"texts": []}) == [{"vectors": []}]


@pytest.mark.parametrize("texts", [["fail=0", "b"], ["a"] * (MAX_TEXTS + 1)])
def test_a_failure_of_embeddings_is_invisible(texts: list[str]) -> None:
    assert payloads("embeddings", {"texts": texts}) == [{"vectors": []}]


def test_embeddings_take_their_time() -> None:
    assert steps("embeddings", {"texts": ["first=1 delay=0.5 n=4"]})[0] == Pause(3.0)
    assert steps("embeddings", {"texts": ["hang=1"]}) == [Pause(0.0)]


def near(text: str, **more: object) -> list[dict[str, object]]:
    [payload] = payloads("graph-embeddings", {"vector": embed(text), **more})
    assert list(payload) == ["entities"]
    assert isinstance(payload["entities"], list)
    return payload["entities"]


def test_what_is_near_a_vector() -> None:
    assert near("apple") == [{"entity": {"t": "i", "i": "http://e/a"}, "score": 1.0}]
    assert near("apple", limit=0) == []
    assert near("apple", limit=-1) == []
    assert near("apple", collection="obs") == []
    assert near("apple", rdf_type="http://e/nope") == []
    assert near("apple", attributes={"color": "red"}) == []


def test_a_failure_of_graph_embeddings_is_invisible() -> None:
    for vector in ([], [1.0], [1.0] * (DIMENSIONS + 1)):
        assert payloads("graph-embeddings", {"vector": vector}) == [{"entities": []}]
    assert near("apple", collection="fail=0") == []
    body = {"vector": embed("apple"), "collection": "first=2 hang=1"}
    assert steps("graph-embeddings", body) == [Pause(2.0)]


# --- prompts ----------------------------------------------------------------------------------


def test_prompts() -> None:
    [payload] = payloads("prompt", {"id": "question", "variables": {"question": "An apple?"}})
    assert payload["text"] == "Apple p b."
    *pieces, last = payloads("prompt", {"id": "question", "terms": {"question": '"n=1"'}, "streaming": True})
    assert pieces == [{"text": "chunk-0 ", "end_of_stream": False}]
    assert last["text"] == ""
    [payload] = payloads(
        "prompt", {"id": "extract-concepts", "variables": {"text": "An apple?"}, "terms": {}}
    )
    assert payload["object"] == '["Apple"]'


@pytest.mark.parametrize(
    "body",
    [{}, {"id": None}, {"id": "nope"}, {"id": "question", "terms": {"question": "no JSON"}}],
)
def test_a_failure_of_prompts_is_invisible(body: dict[str, object]) -> None:
    assert payloads("prompt", body) == [{"end_of_stream": True}]


def test_terms_do_not_matter_beside_variables() -> None:
    body = {"id": "question", "variables": {"question": "n=1"}, "terms": {"question": "no JSON"}}
    assert payloads("prompt", body)[0]["text"] == "chunk-0 "
    assert complaint("prompt", {"id": "question", "variables": None})


# --- triples ----------------------------------------------------------------------------------


def objects(payload: dict[str, object]) -> list[str]:
    response = payload["response"]
    assert isinstance(response, list)
    return [triple["o"]["v"] for triple in response]


def test_triples_in_one_frame() -> None:
    [payload] = payloads("triples", {"collection": "obs", "limit": 2})
    assert list(payload) == ["response"]
    assert payload["response"] == [
        {
            "s": {"t": "i", "i": "http://e/a"},
            "p": {"t": "i", "i": "http://e/p"},
            "o": {"t": "l", "v": o, "ln": "en"},
        }
        for o in ("o0", "o1")
    ]


def test_triples_in_batches() -> None:
    body = {"collection": "obs", "limit": 5, "streaming": True, "batch-size": 2}
    assert [objects(payload) for payload in payloads("triples", body)] == [["o0", "o1"], ["o2", "o3"], ["o4"]]
    body["limit"] = 4
    assert [objects(payload) for payload in payloads("triples", body)] == [["o0", "o1"], ["o2", "o3"]]
    body |= {"batch-size": 0, "limit": 0}
    assert [objects(payload) for payload in payloads("triples", body)] == [["o0", "o1", "o2", "o3", "o4"]]


@pytest.mark.parametrize("streaming", [False, True])
def test_no_triples_is_one_empty_frame(streaming: bool) -> None:
    assert payloads("triples", {"collection": "none", "streaming": streaming}) == [{"response": []}]


def test_a_pattern() -> None:
    def found(**pattern: object) -> int:
        [payload] = payloads("triples", {"collection": "named", **pattern})
        assert isinstance(payload["response"], list)
        return len(payload["response"])

    term = {"t": "i", "i": "http://e/b"}
    assert found(s=term) == 2
    assert found(o=term) == 0
    assert found(p={"t": "i", "i": "http://e/p"}, g="") == 1
    assert found(g="http://e/g") == 1
    assert found(g="*") == 0
    assert found(g=None) == 2


def test_terms_of_the_old_format_are_empty_here() -> None:
    assert payloads("triples", {"collection": "named", "s": {"v": "http://e/b", "e": True}}) == [
        {"response": []}
    ]


def test_a_failure_of_triples_is_said_beside_an_empty_answer() -> None:
    [payload] = payloads("triples", {"s": {"t": "i", "i": "http://e/fail=0"}})
    assert list(payload.items()) == [
        ("response", []),
        ("error", {"type": "triples-query-error", "message": "scripted failure after 0 chunks"}),
    ]


def test_triples_take_their_time() -> None:
    assert steps("triples", {"s": {"t": "i", "i": "http://e/first=2"}})[0] == Pause(2.0)
    assert steps("triples", {"s": {"t": "i", "i": "http://e/hang=1"}}) == [Pause(0.0)]
