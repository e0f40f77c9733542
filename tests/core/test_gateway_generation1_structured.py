"""Rows, and what leads to them from a question or a sample (gateway 1.7.1)."""

from __future__ import annotations

import pytest

from tests.core.answering import error1, only1
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.generation1.structured import SERVICES
from tgproto.gateway.graph import GraphStore

OBJECTS, NLP, STRUCTURED, DIAG = (
    SERVICES[kind] for kind in ("objects", "nlp-query", "structured-query", "structured-diag")
)
SCRIPTED = "scripted failure after 0 chunks"
TOWNS = {"town": [{"name": name} for name in ("Hollowgate", "Ostmere", "Tarn Quay")]}


def test_rows() -> None:
    body = {"query": "{ town { name } }", "variables": {"a": "b"}, "operation_name": None}
    assert only1(OBJECTS, body) == {"data": TOWNS}
    message = {"message": "Cannot query field 'town' on type 'Query'."}
    for elsewhere in ({"user": "anna"}, {"collection": "none"}):
        assert only1(OBJECTS, {**body, **elsewhere}) == {"data": None, "errors": [message]}
    assert only1(OBJECTS, body, demo_graphs("anna"))["data"] is None
    assert only1(OBJECTS, {**body, "user": "anna"}, demo_graphs("anna")) == {"data": TOWNS}


def test_rows_that_fail() -> None:
    assert error1(OBJECTS, {"query": "fail=0"}) == ("objects-query-error", SCRIPTED)
    for body in ({"variables": {"a": 1}}, {"query": 5}, {"operation_name": 5}):
        assert error1(OBJECTS, body)[0] == "gateway-error"


def test_a_query_for_a_question() -> None:
    payload = only1(NLP, {"question": "Which towns are there?", "max_results": 2})
    assert list(payload.items()) == [
        ("graphql_query", "{ town(limit: 2) { name } }"),
        ("variables", {}),
        ("detected_schemas", ["town"]),
        ("confidence", 0.9),
    ]
    assert only1(NLP, {"question": "towns ANSWER<<{ x }>>"})["graphql_query"] == "{ x }"
    assert only1(NLP, {})["graphql_query"] == ""


def test_no_query_for_a_question() -> None:
    assert error1(NLP, {"question": "fail=0"}) == ("nlp-query-error", SCRIPTED)
    message = "Invalid type '<class 'str'>' for field 'max_results'. Expected: int"
    assert error1(NLP, {"max_results": "2"}) == ("gateway-error", message)


def test_an_answer_in_rows() -> None:
    question = {"question": "Which towns are there?"}
    assert only1(STRUCTURED, question) == {"data": TOWNS, "errors": []}
    message = "Cannot query field 'town' on type 'Query'. (path: [])"
    assert only1(STRUCTURED, {**question, "user": "anna"}) == {"data": None, "errors": [message]}


@pytest.mark.parametrize(
    ("question", "message"), [("fail=0", SCRIPTED), ("?", "NLP query service returned empty GraphQL query")]
)
def test_no_answer_in_rows(question: str, message: str) -> None:
    assert error1(STRUCTURED, {"question": question}) == ("structured-query-error", message)


# --- samples ----------------------------------------------------------------------------------

CSV = "name,x\nOld,0"
OPTIONS = '{"delimiter":",","has_header":true}'
DESCRIPTOR = {
    "format": {"type": "csv"},
    "mappings": [{"source_field": "name", "target_field": "name"}],
    "output": {"schema_name": "river"},
}


def test_samples() -> None:
    assert only1(DIAG, {"operation": "detect-type", "sample": CSV}) == {
        "operation": "detect-type",
        "detected-type": "csv",
        "confidence": 0.8,
        "metadata": {"csv_options": OPTIONS},
    }
    assert only1(DIAG, {"operation": "detect-type", "sample": ""}) == {
        "operation": "detect-type",
        "confidence": 0.0,
    }
    body = {"operation": "generate-descriptor", "sample": CSV, "type": "csv", "schema-name": "river"}
    assert only1(DIAG, {**body, "options": {"a": "b"}}) == {
        "operation": "generate-descriptor",
        "descriptor": DESCRIPTOR,
        "metadata": {"schema_name": "river", "type": "csv"},
    }
    assert only1(DIAG, {"operation": "diagnose", "sample": CSV}) == {
        "operation": "diagnose",
        "detected-type": "csv",
        "confidence": 0.8,
        "descriptor": DESCRIPTOR,
        "metadata": {"schema_name": "river", "auto_selected_schema": "true", "csv_options": OPTIONS},
    }
    names = ["river", "town", "bridge", "bridge_engineer"]
    assert only1(DIAG, {"operation": "schema-selection", "sample": CSV}) == {
        "operation": "schema-selection",
        "schema-matches": names,
    }
    assert only1(DIAG, {"operation": "schema-selection", "sample": CSV}, GraphStore())["schema-matches"] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"operation": "nope", "sample": CSV}, "InvalidOperation"),
        ({"operation": "generate-descriptor", "sample": CSV}, "MissingParameter"),
        ({"operation": "diagnose", "sample": CSV, "schema-name": "nope"}, "SchemaNotFound"),
        ({"operation": "diagnose", "sample": "fail=0"}, "ProcessingError"),
        ({"operation": "diagnose"}, "gateway-error"),
        ({"sample": CSV}, "gateway-error"),
        ({"operation": "diagnose", "sample": CSV, "options": {"a": 1}}, "gateway-error"),
    ],
)
def test_samples_that_fail(body: object, kind: str) -> None:
    assert error1(DIAG, body)[0] == kind
