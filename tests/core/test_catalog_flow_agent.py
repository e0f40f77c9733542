"""The agent: requests in each dialect, arguments, answers with and without provenance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import RELEASES, answer, body, payloads
from tgproto.catalog import FlowCalls
from tgproto.dialect import GENERATION_1
from tgproto.errors import NotOffered, SilentFailure
from tgproto.types import AgentReply, ProvenanceEvent

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


def test_agent() -> None:
    call = FLOW.agent("why?", user="anna")
    assert call.service == "agent"
    assert body(call) == {"question": "why?"}
    assert body(call, GENERATION_1) == {"question": "why?", "user": "anna"}
    step = {"thought": "t", "action": "a", "arguments": {"x": "1"}, "observation": "o"}
    assert body(
        FLOW.agent(
            "why?",
            "a-state",
            "a-group",
            [step],
            streaming=True,
            collection="c",
            session_id="s",
            conversation_id="v",
            pattern="react",
            task_type="k",
            framing="f",
        )
    ) == {
        "question": "why?",
        "state": "a-state",
        "group": ["a-group"],
        "history": [step],
        "collection": "c",
        "session_id": "s",
        "conversation_id": "v",
        "pattern": "react",
        "task_type": "k",
        "framing": "f",
        "streaming": True,
    }
    assert body(FLOW.agent("why?", group=["g", "h"]))["group"] == ["g", "h"]


def test_the_explaining_operation_asks_the_same_as_a_stream() -> None:
    explain = FLOW.agent_explain("why?", "c", "s", ["g"], [], pattern="react", user="anna")
    plain = FLOW.agent("why?", "s", ["g"], [], collection="c", pattern="react", user="anna", streaming=True)
    assert explain.streaming
    assert body(explain) == body(plain)
    with pytest.raises(NotOffered, match=r"agent: this gateway .1.x. does not know collection"):
        explain.request(GENERATION_1)
    assert body(FLOW.with_options(retry=True).agent_explain("q")) == {"question": "q", "streaming": True}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"question": ["q"]}, "question must be a str"),
        ({"question": "q", "state": {}}, "state must be a str"),
        ({"question": "q", "history": {}}, "history must be a list"),
        ({"question": "q", "user": 5}, "user must be a str"),
    ],
)
def test_wrong_types(arguments: dict[str, Any], said: str) -> None:
    for operation in (FLOW.agent, FLOW.agent_explain):
        with pytest.raises(TypeError, match=said):
            operation(**arguments)


def test_the_order_of_older_clients_is_told_from_ours() -> None:
    with pytest.raises(TypeError, match="streaming"):
        ANY.agent("q", None, None, None, True)


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("release", RELEASES)
def test_captured_answers(release: str, mode: str) -> None:
    call: Any = FLOW.agent("q", streaming=mode == "streamed")
    reply = answer(call, payloads(f"{release} agent {mode}"), RELEASES[release])
    assert (reply, type(reply)) == ("chunk-0 chunk-1 ", AgentReply)


def test_only_the_explaining_stream_has_provenance() -> None:
    frames = payloads("2.11.1 agent streamed")
    plain = FLOW.agent("q", streaming=True).reader()
    assert ProvenanceEvent not in {type(plain.read(frame)) for frame in frames}
    explaining = FLOW.agent_explain("q").reader()
    kinds = [type(explaining.read(frame)) for frame in frames]
    assert kinds.count(ProvenanceEvent) == 4
    assert type(None) not in kinds
    assert explaining.result() == plain.result()


def test_no_answer() -> None:
    with pytest.raises(SilentFailure, match="agent in flow 'a-flow'"):
        answer(FLOW.agent("q"), [b'{"thought":"hm"}'])
