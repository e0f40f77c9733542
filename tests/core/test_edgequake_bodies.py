"""Requests to EdgeQuake as data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.edgequake.bodies import conversation, form_of
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
