"""Structured data: requests in each dialect, arguments, answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import answer, body
from tgproto.catalog import FlowCalls
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import SilentFailure

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


def test_rows_are_objects_in_1x() -> None:
    call = FLOW.rows_query("{ a }", "c", {"n": 1}, "op", user="me")
    new, old = call.request(GENERATION_2), call.request(GENERATION_1)
    assert (new.service, new.flow) == ("rows", "a-flow")
    assert (old.service, old.flow) == ("objects", "a-flow")
    members = {"query": "{ a }", "collection": "c", "variables": {"n": 1}, "operation_name": "op"}
    assert body(call) == members
    assert body(call, GENERATION_1) == {**members, "user": "me"}
    assert body(FLOW.rows_query("{ a }")) == {"query": "{ a }", "collection": "default"}
    assert FLOW.objects_query("{ a }") == FLOW.rows_query("{ a }")


def test_questions() -> None:
    assert body(FLOW.nlp_query("q")) == {"question": "q", "max_results": 100}
    assert body(FLOW.nlp_query("q", max_results=5)) == {"question": "q", "max_results": 5}
    call = FLOW.structured_query("q", user="me")
    assert body(call) == {"question": "q", "collection": "default"}
    assert body(call, GENERATION_1) == {"question": "q", "collection": "default", "user": "me"}


def test_samples() -> None:
    options = {"delimiter": ";"}
    for call, members in (
        (FLOW.detect_type("a,b"), {"operation": "detect-type", "sample": "a,b"}),
        (
            FLOW.generate_descriptor("a,b", "csv", "s", options),
            {
                "operation": "generate-descriptor",
                "sample": "a,b",
                "type": "csv",
                "schema-name": "s",
                "options": options,
            },
        ),
        (FLOW.diagnose_data("a,b"), {"operation": "diagnose", "sample": "a,b"}),
        (
            FLOW.diagnose_data("a,b", "s", options),
            {"operation": "diagnose", "sample": "a,b", "schema-name": "s", "options": options},
        ),
        (
            FLOW.schema_selection("a,b", options),
            {"operation": "schema-selection", "sample": "a,b", "options": options},
        ),
    ):
        assert call.service == "structured-diag"
        assert body(call) == body(call, GENERATION_1) == members  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "arguments", "error", "said"),
    [
        ("rows_query", {"query": 5}, TypeError, "query must be a str"),
        ("rows_query", {"query": "", "variables": []}, TypeError, "variables must be a mapping"),
        ("nlp_query", {"question": "q", "max_results": -1}, ValueError, "max_results must not be negative"),
        ("structured_query", {"question": "q", "collection": 1}, TypeError, "collection must be a str"),
        ("detect_type", {"sample": b""}, TypeError, "sample must be a str"),
        ("diagnose_data", {"sample": "", "options": {"a": 1}}, TypeError, r"options\['a'\] must be a str"),
        (
            "generate_descriptor",
            {"sample": "", "data_type": 1, "schema_name": ""},
            TypeError,
            "data_type must be a str",
        ),
    ],
)
def test_wrong_arguments(name: str, arguments: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        getattr(ANY, name)(**arguments)


def test_answers() -> None:
    rows = answer(FLOW.rows_query("{ a }"), [b'{"data":{"a":[1]}}'])
    assert (rows.data, rows.errors, rows["data"]) == ({"a": [1]}, (), {"a": [1]})
    assert answer(FLOW.detect_type("a"), [b'{"operation":"detect-type","detected-type":"csv"}']).type == "csv"
    with pytest.raises(SilentFailure, match="structured-diag in flow 'a-flow'"):
        answer(FLOW.schema_selection("a"), [b'{"operation":"","confidence":0.0}'])
