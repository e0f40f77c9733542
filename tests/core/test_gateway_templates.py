"""Templates, and what there is to tell because of them."""

from __future__ import annotations

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL, read
from tgproto.gateway.templates import TEMPLATES, Template, shaped
from tgproto.types.terms import IRI, Literal, Triple

CAT = IRI("http://e/cat")
GRAPH = Graph([Triple(CAT, LABEL, Literal("Cat")), Triple(CAT, IRI("http://e/isA"), Literal("pet"))])


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


def test_what_there_is_to_tell() -> None:
    plain, scripted, said = read("A cat?", GRAPH), read("n=2", GRAPH), read("ANSWER<<[1]>>", GRAPH)
    assert shaped(plain, None) is plain
    assert shaped(scripted, None) is scripted
    assert shaped(said, "{}") is said
    assert shaped(plain, '{"a":1}').script.whole() == '{"a":1}'
    assert shaped(scripted, "[]").script.whole() == "[]"
