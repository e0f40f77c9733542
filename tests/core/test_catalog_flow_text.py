"""The language model: requests in each dialect, arguments, answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import RELEASES, answer, body, payloads
from tgproto.catalog import FlowCalls
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import SilentFailure
from tgproto.types import PromptReply, TextCompletion

FLOW = FlowCalls("a-flow")


def test_text_completion() -> None:
    call = FLOW.text_completion("be brief", "why?")
    assert call.service == "text-completion"
    assert body(call) == body(call, GENERATION_1) == {"system": "be brief", "prompt": "why?"}
    assert body(
        FLOW.text_completion("", "p", streaming=True, response_format="json", schema={"type": "object"})
    ) == {
        "system": "",
        "prompt": "p",
        "response_format": "json",
        "schema": {"type": "object"},
        "streaming": True,
    }


def test_prompt() -> None:
    call = FLOW.prompt("a-template", {"question": "why?", "facts": [1, {"a": None}]})
    assert (call.service, call.flow) == ("prompt", "a-flow")
    assert body(call) == body(call, GENERATION_1)
    assert body(call) == {"id": "a-template", "variables": {"question": "why?", "facts": [1, {"a": None}]}}
    assert body(FLOW.prompt(id="t", variables={}, streaming=True)) == {
        "id": "t",
        "variables": {},
        "streaming": True,
    }


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("text_completion", {"system": 5, "prompt": ""}, "system must be a str"),
        ("text_completion", {"system": "", "prompt": None}, "prompt must be a str"),
        ("text_completion", {"system": "", "prompt": "", "streaming": "yes"}, "streaming must be a bool"),
        ("text_completion", {"system": "", "prompt": "", "schema": "{}"}, "schema must be a mapping"),
        ("prompt", {"id": None, "variables": {}}, "id must be a str"),
        ("prompt", {"id": "t", "variables": "a=b"}, "variables must be a mapping"),
        ("prompt", {"id": "t", "variables": None}, "variables must be a mapping"),
        ("prompt", {"id": "t", "variables": {}, "streaming": 1}, "streaming must be a bool"),
    ],
)
def test_wrong_types(name: str, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        getattr(FLOW, name)(**arguments)


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("release", RELEASES)
def test_captured_answers(release: str, mode: str) -> None:
    dialect, streaming = RELEASES[release], mode == "streamed"
    completion: Any = FLOW.text_completion("s", "p", streaming=streaming)
    text = answer(completion, payloads(f"{release} text-completion {mode}"), dialect)
    prompt: Any = FLOW.prompt("t", {}, streaming=streaming)
    reply = answer(prompt, payloads(f"{release} prompt {mode}"), dialect)
    assert text == reply == "chunk-0 chunk-1 "
    assert (type(text), type(reply)) == (TextCompletion, PromptReply)
    if mode == "whole":
        assert answer(prompt, payloads(f"{release} prompt object"), dialect)["id"] == "object"


@pytest.mark.parametrize("mode", ["whole", "streamed"])
def test_hidden_failures(mode: str) -> None:
    streaming = mode == "streamed"
    calls: list[Any] = [
        FLOW.text_completion("s", "p", streaming=streaming),
        FLOW.prompt("t", {}, streaming=streaming),
    ]
    for call in calls:
        with pytest.raises(SilentFailure, match="in flow 'a-flow'") as caught:
            answer(call, payloads(f"2.11.1 {call.service} {mode} failed"), GENERATION_2)
        assert caught.value.partial == ("chunk-0 chunk-1 " if streaming else None)
