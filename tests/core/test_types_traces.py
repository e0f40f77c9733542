"""Traces: attributes that are keys as well."""

from __future__ import annotations

import pickle

import pytest

from tgproto.types import (
    AgentTrace,
    Analysis,
    Conclusion,
    DocRagTrace,
    GraphRagTrace,
    Question,
    RagTrace,
    SubTrace,
    Synthesis,
)

QUESTION = Question("urn:q", "question", "Why?")
ANSWER = Synthesis("urn:a", "synthesis")


@pytest.mark.parametrize("kind", [GraphRagTrace, DocRagTrace])
def test_what_retrieval_did(kind: type[RagTrace]) -> None:
    trace = kind(QUESTION, synthesis=ANSWER, complete=True)
    assert (trace["question"], trace["grounding"], trace.get("synthesis")) == (QUESTION, None, ANSWER)
    assert list(trace) == ["question", "grounding", "exploration", "focus", "synthesis", "complete"]
    assert len(trace) == 6
    assert dict(trace)["complete"] is True
    assert ("focus" in trace, "steps" in trace, trace.get("steps", 5)) == (True, False, 5)
    for name in ("steps", "keys", "__class__"):
        with pytest.raises(KeyError, match=name):
            trace[name]
    assert pickle.loads(pickle.dumps(trace)) == trace
    assert trace == kind(QUESTION, synthesis=ANSWER, complete=True)
    assert hash(trace) == hash(kind(QUESTION, synthesis=ANSWER, complete=True))
    assert trace != kind(QUESTION)


def test_traces_of_different_services_differ() -> None:
    assert GraphRagTrace() != DocRagTrace()


def test_what_an_agent_did() -> None:
    sub = SubTrace(QUESTION, GraphRagTrace(QUESTION, synthesis=ANSWER))
    final = Conclusion("urn:f")
    trace = AgentTrace(QUESTION, (Analysis("urn:i1"), sub, final), complete=True)
    assert trace["steps"] == trace.steps
    assert trace.answer is final
    assert (sub["type"], sub["question"], sub["trace"]) == ("sub-trace", QUESTION, sub.trace)
    assert AgentTrace(QUESTION, (ANSWER,)).answer is ANSWER
    assert AgentTrace(QUESTION, (sub,)).answer is None
