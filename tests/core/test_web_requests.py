"""What is asked of services, as parts of requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.session.request import Answer
from tgproto.web.requests import json_of, object_of, parameters, part_of, path_of, request_form, turns_of


def test_parameters_of_an_address() -> None:
    assert parameters("query", {"a": ["x", 1, None], "b": None, "c": False, "d": 1.5}) == (
        ("a", "x"),
        ("a", "1"),
        ("c", "false"),
        ("d", "1.5"),
    )
    with pytest.raises(TypeError, match=r"query\['a'\] must be a text, a number or a bool, not dict"):
        parameters("query", {"a": {}})


def nested() -> object:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        ({1, 2}, TypeError, "json is no JSON: Object of type set"),
        (float("inf"), ValueError, "json is no JSON: Out of range"),
        (nested(), ValueError, "json is no JSON: it is nested too deeply"),
    ],
    ids=["set", "infinite", "deep"],
)
def test_what_json_cannot_carry_is_refused(value: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        json_of("json", value)


def test_members_of_an_object_are_named() -> None:
    assert object_of({"a": 1, "b": [None]}) == b'{"a":1,"b":[null]}'
    with pytest.raises(TypeError, match="b is no JSON: Object of type set"):
        object_of({"a": 1, "b": {2}})


@pytest.mark.parametrize("turn", [{"role": "user", "content": None}, {"role": "assistant", "tool_calls": []}])
def test_turns(turn: dict[str, object]) -> None:
    assert turns_of("messages", (turn,)) == [turn]


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        ([], ValueError, "messages must not be empty"),
        ("hi", TypeError, "messages must be a list"),
        (["hi"], TypeError, r"messages\[0\] must be a mapping"),
        ([{"content": "hi"}], TypeError, r"messages\[0\]\['role'\] must be a str"),
        ([{"role": "", "content": "hi"}], ValueError, r"messages\[0\]\['role'\] must not be empty"),
        ([{"role": "user"}], ValueError, r"messages\[0\] has no content"),
    ],
)
def test_turns_that_are_none(value: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        turns_of("messages", value)


def test_any_request() -> None:
    place = (("E", "f"),)
    form = request_form(
        "post", "/a/x", query={"a": 1}, json={"b": 2}, headers={"C": "d"}, place=place, answer=Answer.TEXT
    )
    assert (form.method, form.path, form.query) == ("POST", "a/x", (("a", "1"),))
    assert (form.body, form.content_type) == (b'{"b":2}', "application/json")
    assert form.headers == (("C", "d"), ("E", "f"))
    sent = request_form("PUT", "x", body=b"raw", answer=Answer.TEXT)
    assert (sent.body, sent.content_type) == (b"raw", "application/octet-stream")
    assert request_form("PUT", "x", body=b"", content_type="a/b", answer=Answer.TEXT).content_type == "a/b"
    assert request_form("GET", "x", answer=Answer.EVENTS).content_type == ""


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"body": b"raw", "json": 1}, ValueError, "json and body were both given"),
        ({"body": "text"}, TypeError, "body must be bytes"),
        ({"body": b"raw", "content_type": ""}, ValueError, "content_type must not be empty"),
        ({"query": []}, TypeError, "query must be a mapping"),
        ({"headers": {"a": 1}}, TypeError, "headers"),
        ({"method": ""}, ValueError, "method must not be empty"),
    ],
)
def test_requests_that_are_none(given: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        request_form(given.pop("method", "PUT"), "x", answer=Answer.TEXT, **given)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/v1/documents", "api/v1/documents"),
        ("a%2Fb/ü", "a%2Fb/%C3%BC"),
        (["graph", "a/b?#% ü"], "graph/a%2Fb%3F%23%25%20%C3%BC"),
        (["graph", "..", ".", "a.b"], "graph/%2E%2E/%2E/a.b"),
    ],
)
def test_paths(path: Any, found: str) -> None:
    assert path_of(path) == found


@pytest.mark.parametrize(
    ("path", "error"),
    [
        *(("", ValueError), ("/", ValueError), ("a?b", ValueError), ("a#b", ValueError), ([], ValueError)),
        *((["a", ""], ValueError), ("\ud800", ValueError), (5, TypeError), ([5], TypeError)),
    ],
)
def test_paths_that_are_none(path: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="path"):
        path_of(path)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_part_of_a_path_may_be_anything(part: str) -> None:
    quoted = part_of("name", part)
    assert unquote(quoted) == part
    assert not set(quoted) & set("/?#")
    assert quoted not in (".", "..")
