"""Chat in the shape of OpenAI."""

from __future__ import annotations

import json

import pytest

from tgproto.serving.openai import DONE, chunks, completion, last_message
from tgproto.types.wire import Json


def test_a_whole_answer() -> None:
    answer = completion("Hi.", "m")
    assert answer["model"] == "m"
    assert answer["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
    ]


@pytest.mark.parametrize("usage", [False, True])
def test_a_stream(usage: bool) -> None:
    *events, done = chunks(["H", "i."], "m", usage=usage)
    assert done == DONE == b"data: [DONE]\n\n"
    found = [json.loads(event.removeprefix(b"data: ")) for event in events]
    if usage:
        last = found.pop()
        assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 2)
    assert [one["choices"][0]["delta"] for one in found] == [
        {"role": "assistant"}, {"content": "H"}, {"content": "i."}, {},
    ]  # fmt: skip
    assert [one["choices"][0]["finish_reason"] for one in found] == [None, None, None, "stop"]
    assert {one["object"] for one in found} == {"chat.completion.chunk"}


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([{"content": "a"}, {"role": "user", "content": "b"}], "b"),
        ([{"content": "a"}, {"content": None}], None),
        ([{"content": "a"}, "b"], None),
        ([{}], None),
        ([], None),
        ("a", None),
        (None, None),
    ],
)
def test_the_last_message(messages: Json, text: str | None) -> None:
    assert last_message({"messages": messages}) == text
    assert last_message({}) is None
