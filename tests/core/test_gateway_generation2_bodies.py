"""How a service reads its body, and how an error that is seen looks (gateway 2.11.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from msgspec import Struct

from tests.core.answering import complaint, only
from tgproto.gateway.generation2.bodies import Scene, misplaced, reading, said, whole
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import LABEL, Focus
from tgproto.gateway.steps import Frame, Step
from tgproto.types.terms import IRI, Literal, Triple


class _Body(Struct):
    needed: str
    count: int = 5


def _serve(body: _Body, scene: Scene) -> Iterator[Step]:
    return whole({"needed": body.needed, "count": body.count, "workspace": scene.workspace})


SERVICE = reading(_Body, _serve)


def test_a_body() -> None:
    assert only(SERVICE, {"needed": "x"}) == {"needed": "x", "count": 5, "workspace": "default"}
    assert only(SERVICE, {"needed": "x", "count": "7", "more": [1]})["count"] == 7
    assert only(SERVICE, b'{"needed":"\\ud800","more":NaN}')["needed"] == "\ud800"


def test_what_cannot_be_read() -> None:
    assert complaint(SERVICE, {"count": 5}) == "'needed'"
    for body in (b"null", b"[]", b"{", b'{"needed":5}', b'{"needed":"x","count":"many"}'):
        assert complaint(SERVICE, body)
    assert complaint(SERVICE, b'{"needed":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


def test_an_error_stands_behind_what_is_usual() -> None:
    frame = said("t", "m", b=None, a=[])
    assert frame == Frame(b'{"b":null,"a":[],"error":{"type":"t","message":"m"}}', final=True)


@pytest.mark.parametrize("context", [None, {}, {"user_id": "x"}, "", 0, []])
def test_a_user_context(context: object) -> None:
    assert misplaced(context) is None


def test_a_user_context_that_is_none() -> None:
    assert misplaced("x") == "'str' object has no attribute 'items'"
    assert misplaced([1]) == "'list' object has no attribute 'items'"


def test_a_scene() -> None:
    graphs, apple = GraphStore(), IRI("http://e/a")
    graphs.add([Triple(apple, LABEL, Literal("Apple"))], workspace="w", collection="c")
    scene = Scene(graphs, "w")
    assert len(scene.graph("c")) == 1
    assert not len(scene.graph("other"))
    found, session = scene.read("an apple", "c")
    assert found.entities == (apple,)
    assert scene.read("an apple", "other")[1] == session
    assert scene.read("x", "c", Focus(entities=(apple,)))[0].entities == (apple,)
    json.dumps(session)
