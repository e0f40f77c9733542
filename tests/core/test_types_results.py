"""Text results: a `str` first, with attributes and the gateway's members."""

from __future__ import annotations

import copy
import pickle

import pytest

from tgproto.types import AgentReply, PromptReply, RagAnswer, Source, TextCompletion, TextResult

PAYLOAD = b'{"response":"tail","model":"m","in_token":3,"sources":[{"uri":"urn:d"}],"odd":NaN}'


def test_it_is_a_str() -> None:
    result = TextCompletion("four", in_token=1, out_token=2, model="m", payload=PAYLOAD)
    assert isinstance(result, str)
    assert result == "four"
    assert hash(result) == hash("four")
    assert f"{result}!" == "four!"
    assert "our" in result
    assert (result[0], result[-1], result[1:3]) == ("f", "r", "ou")
    assert type(result.text) is str
    assert (result.in_token, result.out_token, result.model) == (1, 2, "m")
    with pytest.raises(IndexError):
        result[4]


def test_members_by_wire_name() -> None:
    result = TextCompletion("the whole text", payload=PAYLOAD)
    assert result["model"] == "m"
    assert result["sources"] == [{"uri": "urn:d"}]
    assert result.get("in_token") == 3
    assert result.get("absent") is None
    assert result.get("absent", 7) == 7
    assert result.members()["model"] == "m"
    with pytest.raises(KeyError):
        result["absent"]


def test_response_is_always_the_whole_text() -> None:
    assert TextCompletion("the whole text", payload=PAYLOAD)["response"] == "the whole text"
    reply = AgentReply("42", payload=b'{"content":"42"}')
    assert reply["response"] == reply["content"] == "42"
    assert type(reply.get("response")) is str


def test_defaults() -> None:
    result = TextResult()
    assert result == ""
    assert result.model is None
    assert result.members() == {"response": ""}
    assert type(PromptReply("a").text) is str


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))]
)
def test_copies_keep_everything(duplicate: object) -> None:
    assert callable(duplicate)
    answer = RagAnswer("a", sources=(Source("urn:d", "D"),), out_token=5, payload=PAYLOAD)
    twin = duplicate(answer)
    assert type(twin) is RagAnswer
    assert (twin, twin.sources, twin.out_token, twin.payload) == ("a", answer.sources, 5, PAYLOAD)
    assert twin.in_token is None
