"""Metrics, made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.gateway.metrics import measure
from tgproto.serving.messages import TEXT


def data(path: str, **query: str) -> Any:
    answer = measure(path, query, now=5.0)
    assert (answer.status, answer.content_type) == (200, TEXT)
    found = json.loads(answer.body)
    assert found["status"] == "success"
    return found["data"]


def test_a_query() -> None:
    found = data("query", query="requests_total")
    assert found["resultType"] == "vector"
    assert [row["value"] for row in found["result"]] == [[5.0, "42"], [5.0, "1"]]
    assert data("query", query=' up{job="librarian"}')["result"] == data("query", query="up")["result"]
    assert data("query", query="nope")["result"] == data("query", query="1+1")["result"] == []
    ranged = data("query_range", query="up")
    assert ranged["resultType"] == "matrix"
    assert ranged["result"][0]["values"] == [[5.0, "1"]]


def test_names() -> None:
    assert [row["job"] for row in data("series", **{"match[]": "up"})] == ["api-gateway", "librarian"]
    assert data("labels") == ["__name__", "instance", "job", "status"]
    assert data("label/__name__/values") == ["requests_total", "up"]
    assert data("label/nope/values") == []


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("query", 400, "invalid parameter 'query'"),
        ("series", 400, "bad_data"),
        ("nope", 404, "404 page not found"),
        ("", 404, "404 page not found"),
    ],
)
def test_what_is_refused(path: str, status: int, body: str) -> None:
    answer = measure(path, {}, now=5.0)
    assert answer.status == status
    assert body in answer.body.decode()
