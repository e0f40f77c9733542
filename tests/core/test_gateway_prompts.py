"""Templates, and how the service frames what comes of them (frames as of gateway 2.11.1)."""

from __future__ import annotations

import json

import pytest

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL, NAME, read
from tgproto.gateway.prompts import LOST, TEMPLATES, Prompted, Template
from tgproto.gateway.steps import Frame
from tgproto.gateway.tellers import tell
from tgproto.types.terms import IRI, Literal, Triple

CAT = IRI("http://e/cat")
GRAPH = Graph([Triple(CAT, LABEL, Literal("Cat")), Triple(CAT, IRI("http://e/isA"), Literal("pet"))])


def told(prompt: str, structure: str | None = None, *, streaming: bool) -> list[dict[str, object]]:
    steps = tell(Prompted(read(prompt, GRAPH), structure, streaming=streaming))
    frames = [step for step in steps if isinstance(step, Frame)]
    assert [frame.final for frame in frames] == [False] * (len(frames) - 1) + [True]
    return [json.loads(frame.payload) for frame in frames]


def usage(words: int, pieces: int) -> dict[str, object]:
    return {"in_token": words, "out_token": pieces, "model": NAME}


def test_a_text() -> None:
    assert told("hi n=2", streaming=False) == [
        {"text": "chunk-0 chunk-1 ", "end_of_stream": True, **usage(2, 2)}
    ]
    assert told("hi n=2", streaming=True) == [
        {"text": "chunk-0 ", "end_of_stream": False},
        {"text": "chunk-1 ", "end_of_stream": False},
        {"text": "", "end_of_stream": True, **usage(2, 2)},
    ]


def test_an_object() -> None:
    assert told("hi n=9", '{"a":1}', streaming=False) == [
        {"object": '{"a":1}', "end_of_stream": True, **usage(2, 3)}
    ]
    *pieces, last = told("hi", '{"a":1}', streaming=True)
    assert "".join(str(piece["text"]) for piece in pieces) == '{"a":1}'
    assert last["text"] == ""
    [said] = told("ANSWER<<[1]>>", '{"a":1}', streaming=False)
    assert said["object"] == "[1]"


@pytest.mark.parametrize("structure", [None, "{}"])
def test_a_failure_is_invisible(structure: str | None) -> None:
    assert told("fail=0", structure, streaming=False) == [{"end_of_stream": True}]
    assert told("n=2 fail=1", streaming=True)[1:] == [{"end_of_stream": True}]
    assert json.loads(LOST.payload) == {"end_of_stream": True}


def test_variables_are_filled_in() -> None:
    template = Template("{{a}} and {{ b }} and {{c}}{{nope}} {d}")
    assert template.fill({"a": "x", "b": [1, "y"], "c": None, "d": 1}) == 'x and [1,"y"] and null {d}'
    assert Template("{{a}}").fill({"a": "{{b}}", "b": "x"}) == "{{b}}"
    assert Template("{{a}}").fill({"a": ["\ud800"]}) == '["\\ud800"]'


def test_the_templates_of_this_gateway() -> None:
    reading = read("A cat?", GRAPH)
    shapes = {name: template.shape(reading, GRAPH) for name, template in TEMPLATES.items()}
    assert shapes == {
        "question": None,
        "summarize": None,
        "extract-concepts": '["Cat"]',
        "extract-relationships": '[{"subject":"Cat","predicate":"is A","object":"pet"}]',
    }
    assert TEMPLATES["question"].fill({"question": "A cat?"}) == "A cat?"
