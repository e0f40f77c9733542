"""Requests to EdgeQuake as data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.edgequake.bodies import conversation, form_of, json_of, parameters, path_of, request_form
from tgproto.edgequake.dialects import GUIDE, OPENAI, SERVER
from tgproto.session.request import Answer

HI = {"role": "user", "content": "hi"}
SYSTEM = {"role": "system", "content": "be brief"}


def test_arguments_have_the_words_of_the_dialect() -> None:
    arguments = {"query": "q", "top_k": 3, "mode": None}
    form = form_of(SERVER.query, arguments, {"response_type": "list"}, (("A", "b"),))
    assert (form.method, form.path, form.headers) == ("POST", "api/v1/query", (("A", "b"),))
    assert json.loads(form.body) == {"query": "q", "max_results": 3, "response_type": "list"}
    assert (form.content_type, form.answer, form.query) == ("application/json", Answer.EVENTS, ())


def test_a_get_has_its_arguments_in_the_address() -> None:
    form = form_of(GUIDE.query_stream, {"query": "a b", "top_k": 3}, {"more": True})
    assert (form.method, form.path) == ("GET", "query/stream")
    assert form.query == (("query", "a b"), ("top_k", "3"), ("more", "true"))
    assert (form.body, form.content_type) == (b"", "")


def test_what_a_dialect_cannot_say_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"rerank: this dialect has no word for it at query/stream; .* extra="
    ):
        form_of(GUIDE.query_stream, {"rerank": True}, None)
    with pytest.raises(TypeError, match="extra must be a mapping"):
        form_of(SERVER.query, {}, [])  # type: ignore[arg-type]


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
        ({1, 2}, TypeError, "json: Object of type set"),
        (float("inf"), ValueError, "json: Out of range"),
        (nested(), ValueError, "json: it is nested too deeply"),
    ],
    ids=["set", "infinite", "deep"],
)
def test_what_json_cannot_carry_is_refused(value: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        json_of("json", value)


@pytest.mark.parametrize(
    ("endpoint", "message", "messages", "given", "result"),
    [
        (SERVER.chat, "hi", None, {}, {"message": "hi", "system_prompt": None}),
        (SERVER.chat, "hi", None, {"model": "edgequake"}, {"message": "hi", "system_prompt": None}),
        (SERVER.chat, "hi", None, {"model": "m"}, {"model": "m", "message": "hi", "system_prompt": None}),
        (SERVER.chat, None, [HI], {"system_prompt": "p"}, {"message": "hi", "system_prompt": "p"}),
        (SERVER.chat, None, (SYSTEM, HI), {}, {"message": "hi", "system_prompt": "be brief"}),
        (OPENAI.chat, "hi", None, {}, {"model": "edgequake", "messages": [HI]}),
        (OPENAI.chat, None, [HI, HI], {"model": "m"}, {"model": "m", "messages": [HI, HI]}),
        (
            OPENAI.chat,
            "hi",
            None,
            {"system_prompt": "be brief"},
            {"model": "edgequake", "messages": [SYSTEM, HI]},
        ),
    ],
)
def test_what_is_said(endpoint: Any, message: Any, messages: Any, given: Any, result: Any) -> None:
    assert conversation(endpoint, message, messages, given) == result


@pytest.mark.parametrize(
    ("message", "messages", "given", "error", "said"),
    [
        (None, None, {}, TypeError, "message is needed, or messages"),
        ("hi", [HI], {}, TypeError, "message is needed, or messages"),
        ("", None, {}, ValueError, "message must not be empty"),
        (5, None, {}, TypeError, "message must be a str"),
        (None, [], {}, ValueError, "messages must not be empty"),
        (None, "hi", {}, TypeError, "messages must be a list"),
        (None, ["hi"], {}, TypeError, r"messages\[0\] must be a mapping"),
        (None, [{"content": "hi"}], {}, TypeError, r"messages\[0\]\['role'\] must be a str"),
        (None, [{"role": "user"}], {}, ValueError, r"messages\[0\] has no content"),
        (None, [HI, HI], {}, ValueError, "conversation_id"),
        (None, [{"role": "assistant", "content": "hi"}], {}, ValueError, "conversation_id"),
        (None, [SYSTEM], {}, ValueError, "conversation_id"),
        (None, [SYSTEM, HI], {"system_prompt": "p"}, ValueError, "system_prompt was given twice"),
        (None, [{"role": "user", "content": ""}], {}, ValueError, "must not be empty"),
    ],
)
def test_what_cannot_be_said(
    message: Any, messages: Any, given: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        conversation(SERVER.chat, message, messages, given)


def test_any_request() -> None:
    given = {"query": {"a": 1}, "json": {"b": 2}, "headers": {"C": "d"}}
    form = request_form("post", "/api/v1/x", given, (("E", "f"),), Answer.TEXT)
    assert (form.method, form.path, form.query) == ("POST", "api/v1/x", (("a", "1"),))
    assert (form.body, form.content_type) == (b'{"b":2}', "application/json")
    assert form.headers == (("C", "d"), ("E", "f"))
    sent = request_form("PUT", "x", {"body": b"raw"}, (), Answer.TEXT)
    assert (sent.body, sent.content_type) == (b"raw", "application/octet-stream")
    typed = request_form("PUT", "x", {"body": b"raw", "content_type": "a/b"}, (), Answer.TEXT)
    assert typed.content_type == "a/b"
    assert request_form("GET", "x", {}, (), Answer.EVENTS).content_type == ""
    with pytest.raises(ValueError, match="json and body were both given"):
        request_form("PUT", "x", {"body": b"raw", "json": 1}, (), Answer.TEXT)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/v1/documents", "api/v1/documents"),
        ("a%2Fb/ü", "a%2Fb/%C3%BC"),
        (["graph", "a/b?#% ü"], "graph/a%2Fb%3F%23%25%20%C3%BC"),
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
