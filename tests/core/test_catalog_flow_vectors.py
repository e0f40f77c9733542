"""Vectors: requests in each dialect, arguments, answers, and the search that takes two calls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import RELEASES, Script, answer, body, payloads
from tgproto.catalog import CallOptions, FlowCalls, FlowInstance
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2
from tgproto.errors import LocalProtocolError, NotOffered, ServiceError, SilentFailure, service_error
from tgproto.types import IRI, ChunkMatch, EntityMatch, Literal, RowMatch, TextCompletion

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


def test_embeddings() -> None:
    call = FLOW.embeddings(["a", "b"])
    assert (call.service, call.flow) == ("embeddings", "a-flow")
    assert body(call) == body(call, MIXED_2_2) == {"texts": ["a", "b"]}
    for one in (FLOW.embeddings(["a"]), FLOW.embeddings("a"), FLOW.embeddings(text="a")):
        assert body(one) == {"texts": ["a"]}
        assert body(one, GENERATION_1) == {"text": "a"}


@pytest.mark.parametrize("texts", [["a", "b"], []])
def test_1x_embeds_one_text_at_a_time(texts: list[str]) -> None:
    call = FLOW.embeddings(texts)
    with pytest.raises(
        LocalProtocolError, match=r"^embeddings: text: this gateway embeds one text at a time"
    ):
        call.request(GENERATION_1)
    assert body(call) == {"texts": texts}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "texts is needed, once"),
        ({"texts": ["a"], "text": "a"}, "texts is needed, once"),
        ({"texts": 5}, "texts must be a list, not int"),
        ({"texts": ["a", 5]}, r"texts\[1\] must be a str, not int"),
        ({"text": 5}, "text must be a list, not int"),
    ],
)
def test_wrong_texts(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        ANY.embeddings(**arguments)


def test_captured_vectors() -> None:
    vectors = answer(FLOW.embeddings(["a", "b"]), payloads("2.11.1 embeddings whole"))
    assert [len(vector) for vector in vectors] == [8, 8]
    one = answer(FLOW.embeddings("a"), payloads("1.7.1 embeddings whole"), GENERATION_1)
    assert one == vectors[:1]
    with pytest.raises(SilentFailure, match="embeddings in flow 'a-flow': 0 of 1 vectors"):
        answer(FLOW.embeddings("a"), payloads("2.11.1 embeddings whole failed"))


VECTORS = b'{"vectors":[[0.5,1]]}'


def test_a_search_takes_two_calls() -> None:
    script = Script(GENERATION_2, [VECTORS, payloads("2.11.1 graph-embeddings whole")[0]])
    flow = FlowInstance("a-flow", script, options=CallOptions(timeout=5, workspace="w"))
    found = flow.graph_embeddings_query(TextCompletion("why?"), "c", user="anna")
    assert found == [EntityMatch(IRI("http://e/s0"), 1.0)]
    assert script.calls == [
        {"texts": ["why?"]},
        {"collection": "c", "limit": 10, "vector": [0.5, 1.0]},
    ]
    assert script.options == [flow.options] * 2


def test_a_search_on_1x_takes_all_vectors() -> None:
    script = Script(
        GENERATION_1,
        [b'{"vectors":[[0.5,1],[2,3]]}', b'{"entities":[{"v":"urn:a","e":true},{"v":"b","e":false}]}'],
    )
    found = FlowInstance("a-flow", script).graph_embeddings_query("why?", "c", 5, user="anna")
    assert [match.entity for match in found] == [IRI("urn:a"), Literal("b")]
    assert script.calls == [
        {"text": "why?"},
        {"collection": "c", "limit": 5, "vectors": [[0.5, 1.0], [2.0, 3.0]], "user": "anna"},
    ]


def test_filters() -> None:
    script = Script(GENERATION_2, [VECTORS, b'{"entities":[]}'])
    flow = FlowInstance("a-flow", script)
    assert flow.graph_embeddings_query("q", "c", 3, IRI("urn:T"), {"a": "b", "c": ["d"]}) == []
    assert script.calls[1] == {
        "collection": "c",
        "limit": 3,
        "rdf_type": "urn:T",
        "attributes": {"a": "b", "c": ["d"]},
        "vector": [0.5, 1.0],
    }


def test_both_calls_carry_the_options() -> None:
    steps = FLOW.with_options(workspace="w", retry=True).graph_embeddings_query("q", "c")
    first = next(steps)
    second = steps.send([[1.0]])
    for call in (first, second):
        request = call.request(GENERATION_2)
        assert (request.flow, request.workspace, request.repeatable) == ("a-flow", "w", True)
    assert [first.service, second.service] == ["embeddings", "graph-embeddings"]


@pytest.mark.parametrize("failing", [0, 1])
def test_the_failure_of_either_call_ends_a_search(failing: int) -> None:
    replies: list[bytes | BaseException] = [VECTORS, b'{"entities":[]}']
    replies[failing] = service_error("gateway-error", "no")
    with pytest.raises(ServiceError, match="gateway-error: no"):
        FlowInstance("a-flow", Script(GENERATION_2, replies)).graph_embeddings_query("q", "c")


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("q", "user", "c", 5), TypeError, r"limit must be an int, not str .*by keyword"),
        ((5, "c"), TypeError, "text must be a str"),
        (("q", None), TypeError, "collection must be a str"),
        (("q", "c", -1), ValueError, "limit must not be negative"),
        (("q", "c", 1, 5), TypeError, "rdf_type must be a str"),
        (("q", "c", 1, None, {"a": 5}), TypeError, r"attributes\['a'\] must be a list"),
    ],
)
def test_wrong_arguments_of_a_search(arguments: Any, kind: type[Exception], said: str) -> None:
    script = Script(GENERATION_2, [])
    with pytest.raises(kind, match=said):
        FlowInstance("a-flow", script).graph_embeddings_query(*arguments)
    with pytest.raises(TypeError, match="user must be a str"):
        ANY.graph_embeddings_query("q", "c", user=5).send(None)
    assert script.calls == []


def test_releases_agree_on_the_captured_answers() -> None:
    for release, dialect in RELEASES.items():
        script = Script(dialect, [VECTORS, payloads(f"{release} graph-embeddings whole")[0]])
        assert len(FlowInstance("f", script).graph_embeddings_query("q", "c")) == (release == "2.11.1")


def test_searches_for_chunks_and_rows() -> None:
    script = Script(
        GENERATION_2,
        [VECTORS, b'{"chunks":[{"chunk_id":"a"}]}', VECTORS, b'{"matches":[{"index_name":"i"}]}'],
    )
    flow = FlowInstance("a-flow", script)
    assert flow.document_embeddings_query("q", "c", 3, {"a": "b"}) == [ChunkMatch("a")]
    assert flow.row_embeddings_query("q", "s", "c", "i", {"a": ["b"]}, 4) == [RowMatch("i")]
    assert script.calls[1] == {"vector": [0.5, 1.0], "collection": "c", "limit": 3, "attributes": {"a": "b"}}
    assert script.calls[3] == {
        "vector": [0.5, 1.0],
        "schema_name": "s",
        "collection": "c",
        "index_name": "i",
        "attributes": {"a": ["b"]},
        "limit": 4,
    }


def test_1x_has_no_such_searches() -> None:
    flow = FlowInstance("a-flow", Script(GENERATION_1, []))  # nor is it asked for the vectors
    with pytest.raises(NotOffered, match=r"document-embeddings: this gateway .1.x. does not have it"):
        flow.document_embeddings_query("q", "c")
    with pytest.raises(NotOffered, match="row-embeddings"):
        flow.row_embeddings_query("q", "s")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("document_embeddings_query", (5, "c"), "text must be a str"),
        ("document_embeddings_query", ("q", "c", "5"), "limit must be an int"),
        ("row_embeddings_query", ("q", 5), "schema_name must be a str"),
        ("row_embeddings_query", ("q", "s", "c", 5), "index_name must be a str"),
    ],
)
def test_wrong_arguments_of_such_searches(name: str, arguments: Any, said: str) -> None:
    script = Script(GENERATION_2, [])
    with pytest.raises(TypeError, match=said):
        getattr(FlowInstance("a-flow", script), name)(*arguments)
    assert script.calls == []
