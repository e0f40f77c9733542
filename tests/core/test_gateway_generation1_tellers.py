"""How each telling service frames its answer (gateway 1.7.1).

The expected frames are those of a real gateway with scripted services behind it, but for an agent's thoughts
and the counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tgproto.gateway.generation1.tellers import Agent, Completion, Prompted, Rag, failed
from tgproto.gateway.graph import Graph
from tgproto.gateway.model import NAME, Reading, read
from tgproto.gateway.steps import Failure, Frame, Pause
from tgproto.gateway.telling import Teller, tell
from tgproto.session.envelope import WireError

Make = Callable[[Reading, bool], Teller]

MAKE: dict[str, Make] = {
    "text-completion": lambda reading, streaming: Completion(reading, streaming=streaming),
    "prompt": lambda reading, streaming: Prompted(reading, None, streaming=streaming),
    "object": lambda reading, streaming: Prompted(reading, '{"a":1}', streaming=streaming),
    "graph-rag": lambda reading, streaming: Rag(reading, "graph-rag", streaming=streaming),
    "document-rag": lambda reading, streaming: Rag(reading, "document-rag", streaming=streaming),
    "agent": lambda reading, streaming: Agent(reading, streaming=streaming),
}
ERRORS = {"text-completion": "llm-error", "prompt": "llm-error", "object": "llm-error"}


def frames(kind: str, question: str, *, streaming: bool = True) -> list[Frame | Failure]:
    """Return what is told, up to the last frame."""
    steps = [s for s in tell(MAKE[kind](read(question, Graph()), streaming)) if not isinstance(s, Pause)]
    ends = [number for number, step in enumerate(steps) if step.final]
    return steps[: ends[0] + 1] if ends else steps


def said(kind: str, question: str, *, streaming: bool = True) -> list[object]:
    """Return the payloads as lists of members, after checking that the last one alone is final."""
    found = frames(kind, question, streaming=streaming)
    assert [frame.final for frame in found] == [False] * (len(found) - 1) + [True]
    return [json.loads(frame.payload) for frame in found if isinstance(frame, Frame)]


USAGE = {"in_token": 1, "out_token": 2, "model": NAME}


def test_text_completion() -> None:
    assert said("text-completion", "n=2") == [
        {"response": "chunk-0 "},
        {"response": "chunk-1 "},
        {"response": "", **USAGE},
    ]
    assert said("text-completion", "n=2", streaming=False) == [{"response": "chunk-0 chunk-1 ", **USAGE}]
    # Counts of nothing are left out.
    assert said("text-completion", "ANSWER<<>>")[-1] == {"response": "", "in_token": 1, "model": NAME}


def test_prompt() -> None:
    assert said("prompt", "n=2") == [{"text": "chunk-0 "}, {"text": "chunk-1 "}, {}]
    assert said("prompt", "n=2", streaming=False) == [{"text": "chunk-0 chunk-1 "}]
    assert said("object", "hi", streaming=False) == [{"object": '{"a":1}'}]
    assert said("object", "hi") == [{"text": '{"a'}, {"text": '":1'}, {"text": "}"}, {}]
    assert said("prompt", "n=0", streaming=False) == [{}]


@pytest.mark.parametrize("kind", ["graph-rag", "document-rag"])
def test_rag(kind: str) -> None:
    assert said(kind, "n=2") == [
        {"chunk": "chunk-0 ", "end_of_stream": False},
        {"chunk": "chunk-1 ", "end_of_stream": False},
        {"response": "chunk-0 chunk-1 "},
    ]
    assert said(kind, "n=2", streaming=False) == [{"response": "chunk-0 chunk-1 "}]
    assert said(kind, "n=0") == said(kind, "n=0", streaming=False) == [{}]


def test_a_piece_without_text() -> None:
    assert said("graph-rag", "n=4 empty=1") == [{"chunk": "chunk-0 ", "end_of_stream": False}, {}]
    assert said("text-completion", "n=2 empty=1")[1] == {"response": ""}
    assert said("prompt", "n=3 empty=1")[1:] == [{}, {"text": "chunk-2 "}, {}]
    assert said("graph-rag", "n=3 empty=1", streaming=False) == [{"response": "chunk-0 chunk-2 "}]


def agent(kind: str, content: str = "", *, end: bool, dialog: bool = False) -> dict[str, object]:
    words = {"content": content} if content else {}
    return {"chunk_type": kind, **words, "end_of_message": end, "end_of_dialog": dialog}


def test_agent() -> None:
    found = said("agent", "n=2")
    assert found[:2] == [agent("thought", "I ", end=False), agent("thought", "should ", end=False)]
    assert found[-4:] == [
        agent("thought", "now.", end=True),
        agent("answer", "chunk-0 ", end=False),
        agent("answer", "chunk-1 ", end=False),
        agent("answer", end=True, dialog=True),
    ]
    assert said("agent", "n=2", streaming=False) == [
        {"thought": "I should look up it in the graph."},
        {"observation": "It has 0 facts."},
        {"thought": "I know what to say now."},
        {"answer": "chunk-0 chunk-1 "},
    ]
    assert said("agent", "n=0", streaming=False)[-1] == {}


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("streaming", [False, True])
def test_a_failure_is_said_and_nothing_else(kind: str, streaming: bool) -> None:
    # An object takes its pieces from the template, unless a script has its say.
    found = frames(kind, "ANSWER<<abcdefghi>> fail=2", streaming=streaming)
    error = WireError(ERRORS.get(kind, f"{kind}-error"), "scripted failure after 2 chunks")
    assert found[-1] == failed(error.type, error.message) == Failure(error, final=True, beside={})
    texts = [frame.payload for frame in found[:-1] if isinstance(frame, Frame)]
    assert sum(b"abc" in text or b"def" in text for text in texts) == (2 if streaming else 0)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("streaming", [False, True])
def test_a_service_that_falls_silent_never_ends(kind: str, streaming: bool) -> None:
    assert not any(frame.final for frame in frames(kind, "ANSWER<<abcdef>> drop=1", streaming=streaming))
