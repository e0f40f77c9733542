"""All services together: which there are, what any body does, what is let through (gateway 2.11.1)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.answering import complaint, failure, frames, steps
from tgproto.gateway.generation2.services import SERVICES, echo, knows_kind
from tgproto.gateway.steps import Frame, Pause
from tgproto.session.events import Payload

KINDS = [
    *("agent", "cloze", "decision-scoring", "document-embeddings", "document-rag", "embeddings"),
    *(
        "field-extraction",
        "graph-embeddings",
        "graph-rag",
        "image-to-text",
        "mcp-tool",
        "nlp-query",
        "prompt",
    ),
    *("reranker", "row-embeddings", "rows", "sparql", "structured-diag", "structured-query"),
    *("text-completion", "triples"),
]


def test_which_there_are() -> None:
    assert list(SERVICES) == KINDS
    assert all(map(knows_kind, KINDS))
    assert knows_kind("thru/anything/at/all")
    assert not knows_kind("echo")
    assert not knows_kind("text-load")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"null", b'"x"', b"[]", b"3", b"NaN"])
def test_a_body_that_is_no_object(kind: str, body: bytes) -> None:
    assert complaint(SERVICES[kind], body)


members = st.sampled_from(
    [
        *("question", "query", "prompt", "texts", "s", "p", "o", "g", "limit", "id", "terms", "variables"),
        *("vector", "attributes", "streaming", "batch-size", "collection", "operation", "sample", "name"),
        *("parameters", "state", "questions", "fields", "image", "mime_type", "queries", "documents"),
        *("user-context", "graph-seeds", "languages", "graph", "max_results", "schema_name"),
    ]
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from("tivdsop"), inner)),
    max_leaves=4,
)


@given(st.sampled_from(KINDS), st.dictionaries(members, values) | st.binary() | st.text().map(str.encode))
@settings(max_examples=150)
def test_any_body_gets_an_answer_or_a_complaint(kind: str, body: object) -> None:
    found = steps(SERVICES[kind], body)
    assert found
    for step in found:
        if isinstance(step, Frame):
            json.loads(step.payload)


# --- what is let through ----------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"a": [1, None]}, [1], "x", None, {"stream": False}])
def test_an_echo(body: object) -> None:
    assert frames(echo(Payload(json.dumps(body).encode()))) == [{"echo": body}]


def test_an_echo_in_pieces() -> None:
    body = {"stream": True, "how": "n=2 delay=0.5 first=1"}
    payload = Payload(json.dumps(body).encode())
    assert frames(echo(payload)) == [
        {"i": 0, "chunk": "chunk-0 "},
        {"i": 1, "chunk": "chunk-1 "},
        {"echo": body},
    ]
    assert [step.seconds for step in echo(payload) if isinstance(step, Pause)] == [1.0, 0.5, 0.5]


def test_an_echo_that_fails() -> None:
    assert frames(echo(Payload(b'{"stream":1,"how":"fail=1"}'))) == [{"i": 0, "chunk": "chunk-0 "}, {}]
    assert not [step for step in echo(Payload(b'"hang=1"')) if isinstance(step, Frame)]
    assert failure(echo(Payload(b"{")))[0] == "gateway-error"
