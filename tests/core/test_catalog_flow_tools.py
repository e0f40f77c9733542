"""Tools and judges: requests, arguments, answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import answer, body
from tgproto.catalog import Call, FlowCalls
from tgproto.dialect import GENERATION_1
from tgproto.errors import NotOffered
from tgproto.types import Answers, Classification, RerankMatch

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


@pytest.mark.parametrize(
    ("call", "service", "members"),
    [
        (FLOW.mcp_tool("t"), "mcp-tool", {"name": "t"}),
        (FLOW.mcp_tool("t", {"a": [1]}), "mcp-tool", {"name": "t", "parameters": {"a": [1]}}),
        (
            FLOW.image_to_text(b"\x00\x01", "image/png"),
            "image-to-text",
            {"image": "AAE=", "mime_type": "image/png"},
        ),
        (
            FLOW.image_to_text("AAE=", "image/png", "p", "s"),
            "image-to-text",
            {"image": "AAE=", "mime_type": "image/png", "prompt": "p", "system": "s"},
        ),
        (
            FLOW.rerank(["q"], ["a", {"document_id": "d", "document_text": "b"}], 5),
            "reranker",
            {
                "queries": [{"query_id": "0", "query_text": "q"}],
                "documents": [
                    {"document_id": "0", "document_text": "a"},
                    {"document_id": "d", "document_text": "b"},
                ],
                "limit": 5,
            },
        ),
        (FLOW.list_models(), "text-completion", {"operation": "list-models", "system": "", "prompt": ""}),
        (FLOW.cloze("m", "q"), "cloze", {"operation": "predict", "model": "m", "query": "q"}),
        (FLOW.cloze_list_models(), "cloze", {"operation": "list-models"}),
        (
            FLOW.decision_scoring({"a": 1}, {"q": {"type": "choice"}}),
            "decision-scoring",
            {"state": {"a": 1}, "questions": {"q": {"type": "choice"}}},
        ),
        (FLOW.field_extraction("t", {"f": "w"}), "field-extraction", {"state": "t", "fields": {"f": "w"}}),
        (FLOW.field_extraction({"a": 1}, {}), "field-extraction", {"state": {"a": 1}, "fields": {}}),
    ],
)
def test_requests(call: Call[Any], service: str, members: dict[str, object]) -> None:
    assert (call.service, call.flow) == (service, "a-flow")
    assert body(call) == members
    if service == "mcp-tool":
        assert body(call, GENERATION_1) == members
    else:
        with pytest.raises(NotOffered, match=service):
            call.request(GENERATION_1)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "said"),
    [
        ("mcp_tool", ("",), ValueError, "name must not be empty"),
        ("mcp_tool", ("t", []), TypeError, "parameters must be a mapping"),
        ("image_to_text", (5, "image/png"), TypeError, "image must be a str"),
        ("image_to_text", ("no base64!", "image/png"), ValueError, "image must be bytes, or their base64"),
        ("image_to_text", (b"", ""), ValueError, "mime_type must not be empty"),
        ("rerank", ("q", []), TypeError, "queries must be a list"),
        ("rerank", ([5], []), TypeError, r"queries\[0\] must be a mapping"),
        ("rerank", ([], [], -1), ValueError, "limit must not be negative"),
        ("cloze", ("", "q"), ValueError, "model must not be empty"),
        ("decision_scoring", ([], {}), TypeError, "state must be a mapping"),
        ("decision_scoring", ({}, {"q": 5}), TypeError, r"questions\['q'\] must be a mapping"),
        ("field_extraction", ("", {"f": 5}), TypeError, r"fields\['f'\] must be a str"),
    ],
)
def test_wrong_arguments(name: str, arguments: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        getattr(ANY, name)(*arguments)


def test_answers() -> None:
    assert answer(FLOW.mcp_tool("t"), [b'{"text":"x"}']) == "x"
    ranks = answer(FLOW.rerank(["q"], ["a"]), [b'{"results":[{"document_id":"0","query_id":"0","score":1}]}'])
    assert ranks == [RerankMatch("0", "0", 1.0)]
    assert answer(FLOW.cloze("m", "q"), [b'{"label":"l","confidence":0.5}']) == Classification("l", 0.5)
    assert (
        answer(FLOW.cloze_list_models(), [b'{"label":"","confidence":0.0,"models":[{"name":"m"}]}'])[0].name
        == "m"
    )
    assert answer(FLOW.list_models(), [b'{"response":"","models":[{"id":"m","name":"M"}]}'])[0].id == "m"
    for call in (FLOW.decision_scoring({}, {}), FLOW.field_extraction("", {})):
        assert answer(call, [b'{"answers":{"q":"a"},"model":"m"}']) == Answers({"q": "a"}, "m")
