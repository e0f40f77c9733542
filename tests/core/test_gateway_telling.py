"""The course of an answer: its pace, its ending, and what an agent thinks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL, read
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.gateway.telling import Teller, at_once, complain, last, pieces_of_thought, tell, thoughts
from tgproto.session.envelope import WireError
from tgproto.types.terms import IRI, Literal, Triple

CAT = IRI("http://e/cat")
GRAPH = Graph([Triple(CAT, LABEL, Literal("Cat")), Triple(CAT, IRI("http://e/isA"), Literal("pet"))])


class Plain(Teller):
    """Frames are the bare texts."""

    def piece(self, text: str) -> Step:
        return Frame(text.encode())

    def closing(self, text: str) -> Iterator[Step]:
        yield Frame(b"." + text.encode(), final=True)

    def failure(self, message: str) -> Step:
        return Failure(WireError("plain-error", message))


def told(question: str, *, streaming: bool = True) -> list[Step]:
    return list(tell(Plain(read(question, Graph()), streaming=streaming)))


def test_a_text_in_pieces() -> None:
    assert told("n=2") == [Pause(0.0), Frame(b"chunk-0 "), Frame(b"chunk-1 "), Frame(b".", final=True)]


def test_a_text_as_a_whole() -> None:
    assert told("n=2", streaming=False) == [Pause(0.0), Pause(0.0), Frame(b".chunk-0 chunk-1 ", final=True)]


def test_the_pace_of_pieces() -> None:
    found = told("n=2 delay=0.5 first=2")
    seconds = [step.seconds if isinstance(step, Pause) else "frame" for step in found]
    assert seconds == [2.0, 0.5, "frame", 0.5, "frame", "frame"]


def test_the_pace_of_a_whole_answer() -> None:
    found = told("n=4 delay=0.5 first=2", streaming=False)
    assert found[:2] == [Pause(2.0), Pause(2.0)]
    assert isinstance(found[2], Frame)


@pytest.mark.parametrize("streaming", [False, True])
def test_how_it_may_end(streaming: bool) -> None:
    failure = Failure(WireError("plain-error", "scripted failure after 1 chunks"))
    assert told("n=2 fail=1", streaming=streaming)[-1] == failure
    assert not isinstance(told("n=2 drop=1", streaming=streaming)[-1], Failure)
    assert [step for step in told("hang=1", streaming=streaming) if not isinstance(step, Pause)] == []


def test_an_answer_that_is_no_text() -> None:
    answer, failed = last({"a": 1}), last({})
    assert answer == Frame(b'{"a":1}', final=True)

    def found(text: str) -> list[Step]:
        return list(at_once(read_script(text), failed, lambda: iter((answer,))))

    assert found("n=2 first=1 delay=2") == [Pause(5.0), answer]
    assert found("fail=0") == [Pause(0.0), failed]
    assert found("hang=1") == [Pause(0.0)]


def test_a_complaint() -> None:
    assert list(complain("no")) == [Failure(WireError("gateway-error", "no"))]


def test_what_an_agent_thinks() -> None:
    assert thoughts(read("A cat?", GRAPH)) == (
        "I should look up Cat in the graph.",
        "It has 1 facts.",
        "I know what to say now.",
    )
    assert thoughts(read("Hm?", GRAPH))[0] == "I should look up it in the graph."
    assert list(pieces_of_thought("I think so", streaming=False)) == [("I think so", True)]
    assert list(pieces_of_thought("I think so", streaming=True)) == [
        ("I ", False),
        ("think ", False),
        ("so", True),
    ]


def test_before_the_text_there_is_nothing_unless_somebody_says_so() -> None:
    assert list(Plain(read("n=1", GRAPH), streaming=True).opening()) == []
