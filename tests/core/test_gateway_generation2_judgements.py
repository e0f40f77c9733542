"""Tools, rankings, descriptions and judgements: ordinary, empty and failed answers (gateway 2.11.1)."""

from __future__ import annotations

import base64

import pytest

from tests.core.answering import complaint, error, only, steps
from tgproto.gateway.generation2.bodies import Scene
from tgproto.gateway.generation2.judgements import SERVICES
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.judging import MAX_PAIRS
from tgproto.gateway.model import NAME
from tgproto.gateway.steps import Pause

NOWHERE = Scene(GraphStore(), "default")
TOOL, RERANKER, IMAGE, CLOZE, DECISION, EXTRACTION = (
    SERVICES[kind]
    for kind in ("mcp-tool", "reranker", "image-to-text", "cloze", "decision-scoring", "field-extraction")
)


def test_tools() -> None:
    assert only(TOOL, {"name": "echo", "parameters": {"text": "hello"}}) == {"text": "hello"}
    assert only(TOOL, {"name": "add", "parameters": {"a": 1, "b": 2}}) == {"object": {"sum": 3}}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "echo"},
        {"name": "echo", "parameters": None},
        {},
        {"name": "nope"},
        {"name": "add", "parameters": {"a": 1}},
        {"name": "echo", "parameters": {"text": "fail=0"}},
    ],
)
def test_a_tool_that_fails_looks_like_one_that_says_nothing(body: dict[str, object]) -> None:
    assert only(TOOL, body) == {}


def test_a_tool_that_hangs() -> None:
    assert steps(TOOL, {"name": "echo", "parameters": {"text": "hang=1"}}) == [Pause(0.0)]


# --- ranking ----------------------------------------------------------------------------------

DOCUMENTS = [
    {"document_id": "a", "document_text": "rivers"},
    {"document_id": "b", "document_text": "the bridge of iron"},
]


def test_ranking() -> None:
    queries = [{"query_id": "q", "query_text": "iron bridge"}, {"query_id": "r", "query_text": "rivers"}]
    results = [
        {"document_id": "b", "query_id": "q", "score": 1.0},
        {"document_id": "a", "query_id": "r", "score": 1.0},
    ]
    assert only(RERANKER, {"queries": queries, "documents": DOCUMENTS, "limit": "1"}) == {"results": results}
    assert len(str(only(RERANKER, {"queries": queries, "documents": DOCUMENTS}))) > len(str(results))
    assert only(RERANKER, {"queries": queries, "documents": DOCUMENTS, "limit": -1}) == {"results": []}
    assert only(RERANKER, {}) == {"results": []}


def test_a_ranking_that_fails_is_empty() -> None:
    failing = [{"query_id": "q", "query_text": "rivers fail=0"}]
    assert only(RERANKER, {"queries": failing, "documents": DOCUMENTS}) == {"results": []}
    many = [{"query_id": "q", "query_text": "rivers"}] * (MAX_PAIRS // 2 + 1)
    assert only(RERANKER, {"queries": many, "documents": DOCUMENTS}) == {"results": []}
    assert complaint(RERANKER, {"queries": [{"query_id": "q"}]}) == "'query_text'"


# --- images -----------------------------------------------------------------------------------


def test_an_image() -> None:
    image = base64.b64encode(b"pixels").decode()
    payload = only(IMAGE, {"image": image, "mime_type": "image/png", "prompt": "What is it?"})
    text = "image/png image of 6 bytes"
    assert list(payload.items()) == [
        ("description", text),
        ("in_token", 3),
        ("out_token", 5),
        ("model", NAME),
    ]
    body = {"image": "", "mime_type": "x", "prompt": "ANSWER<<a bridge>>", "system": "s"}
    assert only(IMAGE, body)["description"] == "a bridge"


def test_an_image_that_is_not_described() -> None:
    assert only(IMAGE, {"image": "", "mime_type": "x", "prompt": "fail=0"}) == {"description": ""}
    assert complaint(IMAGE, {}) == "'image'"
    assert complaint(IMAGE, {"image": ""}) == "'mime_type'"
    for image in ("a", "!!!!", "ü"):
        assert complaint(IMAGE, {"image": image})


# --- judgements -------------------------------------------------------------------------------


def test_a_label() -> None:
    payload = only(CLOZE, {"query": "Which towns are there?"})
    assert list(payload.items()) == [("label", "town"), ("confidence", 0.9)]
    assert only(CLOZE, {"query": "ANSWER<<x>>", "operation": "predict", "model": "kinds"})["label"] == "x"


def test_the_classifiers() -> None:
    payload = only(CLOZE, {"operation": "list-models"})
    assert list(payload) == ["label", "confidence", "models"]
    assert (payload["label"], payload["confidence"]) == ("", 0.0)
    assert isinstance(payload["models"], list)
    assert [model["name"] for model in payload["models"]] == ["kinds", "drafts"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"query": "fail=0"}, "scripted failure after 0 chunks"),
        ({"model": "nope"}, "there is no model 'nope'"),
        ({"model": "drafts"}, "model 'drafts' is not ready"),
        ({}, "model 'kinds' is not ready"),
    ],
)
def test_no_label(body: dict[str, object], message: str) -> None:
    payload = only(CLOZE, body, NOWHERE)
    assert list(payload.items()) == [
        ("label", ""),
        ("confidence", 0.0),
        ("error", error("cloze-error", message)),
    ]


def test_decisions() -> None:
    questions = {"go": {"type": "choice", "options": ["swim", "walk"]}, "else": "?"}
    payload = only(DECISION, {"state": {"weather": "good to walk"}, "questions": questions})
    answers = {"go": {"choice": "walk", "score": 1.0}, "else": None}
    assert list(payload.items()) == [("answers", answers), ("model", NAME)]
    assert only(DECISION, {}) == {"answers": {}, "model": NAME}


def test_fields() -> None:
    payload = only(EXTRACTION, {"state": "Name: Ines", "fields": {"name": "her name", "age": "her age"}})
    assert list(payload.items()) == [("answers", {"name": "Ines", "age": None}), ("model", NAME)]
    assert only(EXTRACTION, {}) == {"answers": {}, "model": NAME}


@pytest.mark.parametrize("kind", ["decision-scoring", "field-extraction"])
def test_a_failure_of_a_judgement(kind: str) -> None:
    payload = only(SERVICES[kind], {"state": {"a": "fail=0"}})
    assert list(payload.items()) == [("answers", {}), ("model", ""), ("error", error(f"{kind}-error"))]
    assert steps(SERVICES[kind], {"state": "hang=1"}) == [Pause(0.0)]
    many = dict.fromkeys(map(str, range(1001)), "x")
    payload = only(SERVICES[kind], {"state": "x", "questions": many, "fields": many})
    assert payload["error"] == error(f"{kind}-error", "more than 1000 questions")
