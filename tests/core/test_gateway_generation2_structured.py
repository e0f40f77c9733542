"""Rows, and what leads to them from a question or a sample (gateway 2.11.1)."""

from __future__ import annotations

import pytest

from tests.core.answering import complaint, error, only, steps
from tgproto.gateway.generation2.bodies import Scene
from tgproto.gateway.generation2.structured import SERVICES
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Pause

NOWHERE = Scene(GraphStore(), "default")
ROWS, NLP, STRUCTURED, DIAG = (
    SERVICES[kind] for kind in ("rows", "nlp-query", "structured-query", "structured-diag")
)


# --- rows -------------------------------------------------------------------------------------


def test_rows() -> None:
    body = {"query": "{ town { name } }", "variables": {"a": 1}, "operation_name": None}
    names = ["Hollowgate", "Ostmere", "Tarn Quay"]
    assert only(ROWS, body) == {"data": {"town": [{"name": name} for name in names]}}


def test_rows_that_cannot_be_read() -> None:
    assert only(ROWS, {}) == {
        "data": None,
        "errors": [{"message": "Syntax Error: Expected '{', found '<EOF>'."}],
    }
    message = {"message": "Cannot query field 'town' on type 'Query'."}
    body = {"query": "{ town { name } }", "collection": "none"}
    assert only(ROWS, body) == {"data": None, "errors": [message]}
    assert only(ROWS, {"query": "{ town(limit: -1) { name } }"}) == {
        "data": {"town": None},
        "errors": [{"message": "limit must not be below 0", "path": ["town"]}],
    }
    assert only(ROWS, {"query": "{ town { name } }", "operation_name": "X"})["data"] is None


def test_a_failure_of_rows() -> None:
    payload = only(ROWS, {"query": "fail=0"})
    assert list(payload.items()) == [("data", None), ("error", error("rows-query-error"))]
    assert complaint(ROWS, {"query": 5})
    assert steps(ROWS, {"query": "hang=1"}) == [Pause(0.0)]


# --- questions --------------------------------------------------------------------------------


def test_a_query_for_a_question() -> None:
    payload = only(NLP, {"question": "Which towns are there?", "max_results": "2"})
    assert list(payload.items()) == [
        ("graphql_query", "{ town(limit: 2) { name } }"),
        ("variables", {}),
        ("detected_schemas", ["town"]),
        ("confidence", 0.9),
    ]
    assert only(NLP, {"question": "towns ANSWER<<{ x }>>"})["graphql_query"] == "{ x }"


def test_no_query_for_a_question() -> None:
    nothing = {"graphql_query": "", "variables": {}, "detected_schemas": [], "confidence": 0.0}
    assert only(NLP, {}) == nothing
    assert only(NLP, {"question": "fail=0"}) == {**nothing, "error": error("nlp-query-error")}


def test_an_answer_in_rows() -> None:
    payload = only(STRUCTURED, {"question": "Which towns are there?"})
    names = ["Hollowgate", "Ostmere", "Tarn Quay"]
    assert payload == {"data": {"town": [{"name": name} for name in names]}, "errors": []}


def test_an_answer_that_is_wrong() -> None:
    payload = only(STRUCTURED, {"question": "Which towns are there?", "collection": "none"})
    message = "Cannot query field 'town' on type 'Query'. (path: [])"
    assert payload == {"data": None, "errors": [message]}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("fail=0", "scripted failure after 0 chunks"),
        ("what?", "NLP query service returned empty GraphQL query"),
    ],
)
def test_no_answer_in_rows(question: str, message: str) -> None:
    payload = only(STRUCTURED, {"question": question})
    assert list(payload.items()) == [
        ("data", None),
        ("errors", []),
        ("error", error("structured-query-error", message)),
    ]


# --- samples ----------------------------------------------------------------------------------

CSV = "name,opened in\nKestrel Bridge,1887"
MAPPINGS = [
    {"source_field": "name", "target_field": "name"},
    {"source_field": "opened in", "target_field": "opened_in"},
]
DESCRIPTOR = {"format": {"type": "csv"}, "mappings": MAPPINGS, "output": {"schema_name": "bridge"}}
OPTIONS = '{"delimiter":",","has_header":true}'


def test_the_type_of_a_sample() -> None:
    assert list(only(DIAG, {"operation": "detect-type", "sample": CSV}).items()) == [
        ("operation", "detect-type"),
        ("detected-type", "csv"),
        ("confidence", 0.8),
        ("metadata", {"csv_options": OPTIONS}),
    ]
    nothing = {"operation": "detect-type", "confidence": 0.0}
    assert only(DIAG, {"operation": "detect-type", "sample": "", "type": None}) == nothing


def test_a_descriptor() -> None:
    body = {"operation": "generate-descriptor", "sample": CSV, "type": "csv", "schema-name": "bridge"}
    assert list(only(DIAG, {**body, "options": {"a": "b"}}).items()) == [
        ("operation", "generate-descriptor"),
        ("confidence", 0.0),
        ("descriptor", DESCRIPTOR),
        ("metadata", {"schema_name": "bridge", "type": "csv"}),
    ]
    diagnosed = only(DIAG, {**body, "operation": "diagnose"})
    assert diagnosed == {
        "operation": "diagnose",
        "detected-type": "csv",
        "confidence": 0.8,
        "descriptor": DESCRIPTOR,
        "metadata": {"schema_name": "bridge", "auto_selected_schema": False, "csv_options": OPTIONS},
    }


def test_schemas() -> None:
    def chosen(scene: Scene) -> dict[str, object]:
        return only(DIAG, {"operation": "schema-selection", "sample": CSV}, scene)

    head = {"operation": "schema-selection", "confidence": 0.0}
    assert chosen(NOWHERE) == {**head, "schema-matches": []}
    demo = only(DIAG, {"operation": "schema-selection", "sample": CSV})
    assert demo == {**head, "schema-matches": ["bridge", "river", "town", "bridge_engineer"]}


@pytest.mark.parametrize("operation", ["detect-type", "generate-descriptor", "diagnose", "nope"])
def test_a_failure_of_a_diagnosis_is_invisible(operation: str) -> None:
    nothing = {"operation": operation, "confidence": 0.0}
    assert only(DIAG, {"operation": operation, "sample": "fail=0"}) == nothing
    assert only(DIAG, {"operation": operation, "sample": ""}) == nothing


def test_a_failure_to_select_is_invisible() -> None:
    body = {"operation": "schema-selection", "sample": "bridge fail=0"}
    assert only(DIAG, body) == {"operation": "schema-selection", "confidence": 0.0, "schema-matches": []}


@pytest.mark.parametrize("member", ["operation", "sample"])
def test_what_a_diagnosis_needs(member: str) -> None:
    body = {"operation": "detect-type", "sample": "x"}
    del body[member]
    assert complaint(DIAG, body) == f"'{member}'"
