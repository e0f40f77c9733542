"""`agent`, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tgproto.catalog.agent import AgentPiece, AgentReader
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import AgentAnswer, AgentMessage, AgentObservation, AgentReply, AgentThought

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
CALL = CallContext("agent", "default")


def read(payloads: list[str]) -> tuple[list[AgentPiece], AgentReply]:
    reader = AgentReader(CALL)
    chunks = [reader.read(payload.encode()) for payload in payloads]
    return [chunk for chunk in chunks if chunk is not None], reader.result()


def texts(chunks: list[AgentPiece], kind: type[AgentPiece]) -> str:
    return "".join(chunk.content for chunk in chunks if isinstance(chunk, kind))


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
def test_captured_answers(release: str, mode: str) -> None:
    chunks, reply = read(ANSWERS[f"{release} agent {mode}"])
    assert reply == "chunk-0 chunk-1 "
    assert type(reply) is AgentReply
    assert reply["response"] == reply.text
    assert texts(chunks, AgentThought) == "I should look it up.I know the answer."
    assert texts(chunks, AgentObservation) == "The answer is known."
    assert texts(chunks, AgentAnswer) == reply
    last = chunks[-1]
    assert isinstance(last, AgentAnswer)
    assert last.end_of_dialog
    assert last.end_of_message
    if release == "2.11.1":
        assert (reply.in_token, reply.out_token, reply.model) == (11, 22, "standin-model")
        assert (last.in_token, last.out_token, last.model) == (11, 22, "standin-model")
        assert last.message_id == "urn:trustgraph:agent:standin/final"


def test_the_ends_of_messages() -> None:
    chunks, _ = read(ANSWERS["2.11.1 agent streamed"])
    assert [chunk.end_of_message for chunk in chunks] == [
        False,
        True,
        False,
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    assert len({chunk.message_id for chunk in chunks}) == 4
    assert all(chunk.end_of_message for chunk in read(ANSWERS["1.7.1 agent whole"])[0])


def test_kinds_under_either_name() -> None:
    chunks, _ = read(
        ['{"chunk_type":"thought","content":"t","message_id":"m"}', '{"message_type":"answer","content":"a"}']
    )
    assert chunks == [AgentThought("t", message_id="m"), AgentAnswer("a")]


def test_provenance_and_empty_frames_are_passed_over() -> None:
    chunks, reply = read(
        ['{"message_type":"explain","explain_id":"urn:e"}', "{}", '{"message_type":""}', '{"answer":"a"}']
    )
    assert chunks == [AgentAnswer("a", end_of_message=True, end_of_dialog=True)]
    assert reply == "a"


@pytest.mark.parametrize("name", ["message_type", "chunk_type"])
def test_other_kinds_keep_their_name_and_members(name: str) -> None:
    frame = f'{{"{name}":"action","content":"look","tool":{{"name":"search"}},"end_of_message":true}}'
    chunks, reply = read([frame, '{"message_type":"answer","content":"a"}'])
    message = chunks[0]
    assert message == AgentMessage("look", end_of_message=True, kind="action")
    assert isinstance(message, AgentMessage)
    assert message["tool"] == {"name": "search"}
    assert message.members() == json.loads(frame)
    assert reply == "a"


def test_an_empty_answer_is_an_answer_and_none_is_a_failure() -> None:
    assert read(['{"message_type":"answer","end_of_message":true,"end_of_dialog":true}'])[1] == ""
    with pytest.raises(SilentFailure, match="without an answer") as caught:
        read(['{"thought":"hm"}'])
    assert caught.value.context == CALL


def test_wrong_shapes() -> None:
    with pytest.raises(DecodeError, match=r"`\$\.content`"):
        AgentReader(CALL).read(b'{"message_type":"answer","content":5}')
