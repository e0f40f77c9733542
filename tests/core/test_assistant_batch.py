"""Requests of a batch: what is refused, how they are named, and how they are cut into runs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.assistant.batch import (
    BatchPolicy,
    BatchRequest,
    Prepared,
    body_of,
    chat_request,
    cut,
    not_sent,
    prepared,
    tool_request,
)


def decoded(*requests: Any) -> list[dict[str, Any]]:
    return [json.loads(request.data) for request in prepared(requests)]


def test_the_requests_of_the_documentation() -> None:
    documented = {
        "requests": [
            {
                "id": "one",
                "method": "POST",
                "path": "/api/agent/chat",
                "body": {"message": "What is Go?", "agent_id": "default"},
            },
            {
                "id": "two",
                "method": "POST",
                "path": "/api/tools/search/execute",
                "body": {"parameters": {"query": "graphs"}},
            },
        ]
    }
    built = [chat_request("What is Go?", id="one"), tool_request("search", {"query": "graphs"}, id="two")]
    assert json.loads(body_of(prepared(built))) == documented
    assert json.loads(body_of(prepared(documented["requests"]))) == documented


def test_builders() -> None:
    assert chat_request("m", "other").body == {"message": "m", "agent_id": "other"}
    request = tool_request("a/b c", idempotent=True)
    assert (request.path, request.body) == ("/api/tools/a%2Fb%20c/execute", {"parameters": {}})
    assert request.safe
    with pytest.raises(ValueError, match="name must not be empty"):
        tool_request("")


def test_parts_that_are_left_out() -> None:
    assert decoded(BatchRequest("/health", method="get")) == [
        {"id": "r0001", "method": "GET", "path": "/health"}
    ]
    assert [one.safe for one in prepared([BatchRequest("/a", method="get"), BatchRequest("/a")])] == [
        True,
        False,
    ]
    assert prepared([{"path": "/a", "idempotent": True}])[0].safe
    assert prepared([]) == []


def test_names() -> None:
    given = [BatchRequest("/a", id=name) for name in (None, "r0001", 7, None, "None")]
    assert [one.id for one in prepared(given)] == ["r0002", "r0001", "7", "r0003", "None"]
    assert [one.place for one in prepared(given)] == [0, 1, 2, 3, 4]
    for twice in (("a", "a"), ("7", 7)):
        with pytest.raises(ValueError, match=r"requests\[1\] has the id of requests\[0\]"):
            prepared([BatchRequest("/a", id=name) for name in twice])


@given(st.lists(st.one_of(st.none(), st.sampled_from(["r0001", "r0002", "r0010", "x", "None"])), max_size=12))
def test_names_are_unique(names: list[str | None]) -> None:
    given_names = [name for name in names if name is not None]
    requests = [BatchRequest("/a", id=name) for name in names]
    if len(set(given_names)) < len(given_names):
        with pytest.raises(ValueError, match="has the id of"):
            prepared(requests)
        return
    found = [one.id for one in prepared(requests)]
    assert len(set(found)) == len(names)
    assert [name for name, mine in zip(found, names, strict=True) if mine is not None] == given_names


@pytest.mark.parametrize(
    "path",
    [
        "",
        "api",
        "//host/x",
        "http://host/x",
        "/a#b",
        "/a\r\nX: y",
        "/a b",
        "/api/batch",
        "/api/batch/",
        "/api/b%61tch?x=1",
        "/api/agent/chat?stream=true",
        "/api/agent/chat?a=1&stream=True",
    ],
)
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"requests\[0\]: path"):
        prepared([BatchRequest(path)])


def test_paths_that_are_not() -> None:
    for path in ("/", "/a?b=//c", "/api/batches", "/a?stream=false", "/%20"):
        prepared([BatchRequest(path)])


@pytest.mark.parametrize(
    ("request_", "kind", "said"),
    [
        ("/a", TypeError, r"requests\[0\] must be a BatchRequest"),
        ({"path": "/a", "url": 1}, ValueError, "has what a request has not: url"),
        ({}, TypeError, "path must be a str"),
        ({"path": "/a", "method": None}, TypeError, "method must be a str"),
        ({"path": "/a", "idempotent": "yes"}, TypeError, "idempotent must be a bool"),
        (BatchRequest("/a", idempotent=cast("bool", 1)), TypeError, "idempotent must be a bool"),
        (BatchRequest("/a", method="HEAD"), ValueError, "method must be one of GET"),
        (BatchRequest("/a", id=cast("str", 1.5)), TypeError, "id must be a str"),
        (BatchRequest("/a", id=True), TypeError, "id must be a str"),
        (BatchRequest("/a", id=""), ValueError, "id must not be empty"),
        (BatchRequest("/a", {"x": float("nan")}), ValueError, r"requests\[0\]: body is no JSON"),
        (BatchRequest("/a", {"x": float("inf")}), ValueError, "body is no JSON"),
        (BatchRequest("/a", {"x": object()}), TypeError, "body is no JSON"),
    ],
)
def test_requests_that_are_none(request_: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        prepared([request_])


def test_a_body_that_is_too_deep() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="body is no JSON"):
        prepared([BatchRequest("/a", deep)])


def named(count: int, size: int = 1) -> list[Prepared]:
    return [Prepared(str(number), number, b"x" * size, False) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])]
)
def test_runs(count: int, sizes: list[int]) -> None:
    assert [len(run) for run in cut(named(count), 10)] == sizes


@given(
    st.lists(st.integers(1, 40), max_size=30), st.integers(1, 6), st.one_of(st.none(), st.integers(1, 120))
)
def test_runs_are_all_requests_in_order(sizes: list[int], max_size: int, max_bytes: int | None) -> None:
    requests = [Prepared(str(place), place, b"x" * size, False) for place, size in enumerate(sizes)]
    runs = cut(requests, max_size, max_bytes)
    assert [request for run in runs for request in run] == requests
    assert all(1 <= len(run) <= max_size for run in runs)
    limit = float("inf") if max_bytes is None else max_bytes
    assert all(len(run) == 1 or len(body_of(run)) <= limit for run in runs)
    for run, after in pairwise(runs):
        assert len(run) == max_size or len(body_of((*run, after[0]))) > limit


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"max_size": 0}, ValueError),
        ({"max_bytes": 0}, ValueError),
        ({"concurrency": 0}, ValueError),
        ({"item_retries": -1}, ValueError),
        ({"halve": 1}, TypeError),
        ({"stop_on_error": None}, TypeError),
    ],
)
def test_policies_that_are_none(wrong: dict[str, Any], kind: type[Exception]) -> None:
    assert BatchPolicy(max_bytes=1).max_bytes == 1
    with pytest.raises(kind, match=next(iter(wrong))):
        BatchPolicy(**wrong)


def test_what_was_not_sent() -> None:
    item = not_sent(named(1)[0], "because")
    assert (item.ok, item.not_sent, item.attempts) == (False, True, 0)
    assert str(item.error) == "0 was not sent: because"
