"""How any global service is asked, and how a request directs its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.managed import Asked, Members, Operation, Service, Streamed, directives, serve
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.failures import GATEWAY_ERROR, ServiceFailure
from tgproto.gateway.stores.world import World
from tgproto.session.envelope import WireError

DONE: list[Any] = []


def echo(asked: Asked) -> Members:
    DONE.append(asked.body)
    return {"said": asked.body["say"]}


def refuse(asked: Asked) -> Members:
    raise ServiceFailure(asked.body["kind"], "no")


def count(asked: Asked) -> Iterator[Frame]:
    for number in range(asked.body["to"]):
        DONE.append(number)
        yield Frame(str(number).encode(), final=number == asked.body["to"] - 1)


OPERATIONS = {"echo": Operation(echo), "refuse": Operation(refuse), "count": Streamed(count)}
SERVICE = Service(
    OPERATIONS,
    trouble="x-error",
    scripted="script-error",
    say=lambda members: {"skeleton": [], **members},
    fail=lambda error: Failure(error, final=False),
)


def asked(operation: str, body: object) -> Iterator[Step]:
    DONE.clear()
    world = World(GraphStore(), Calendar(), BLUEPRINTS, {})
    return serve(SERVICE, OPERATIONS[operation], Asked(world, "acme", body))


def failed(kind: str, message: str, *, final: bool = False) -> Failure:
    return Failure(WireError(kind, message), final=final)


def test_an_answer() -> None:
    assert list(asked("echo", {"say": 5})) == [Frame(b'{"skeleton":[],"said":5}', final=True)]


def test_nothing_is_done_before_its_time() -> None:
    steps = asked("echo", {"say": 5})
    assert not DONE
    next(steps)
    assert DONE


def test_errors() -> None:
    assert list(asked("echo", {})) == [failed("x-error", "'say'")]
    assert list(asked("refuse", {"kind": "y-error"})) == [failed("y-error", "no")]
    # What the gateway itself says is said in one way by all services.
    assert list(asked("refuse", {"kind": GATEWAY_ERROR})) == [failed(GATEWAY_ERROR, "no", final=True)]
    assert list(asked("count", {})) == [failed("x-error", "'to'")]


def test_a_stream() -> None:
    assert list(asked("count", {"to": 2})) == [Frame(b"0"), Frame(b"1", final=True)]
    assert list(asked("count", {"to": 0})) == []


ANSWER = Frame(b'{"skeleton":[],"said":5}', final=True)
SCRIPTED = "scripted failure after {} chunks"


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("fail=0", [failed("script-error", SCRIPTED.format(0))]),
        ("hang=1", []),
        ("drop=0", []),
        ("fail=1", [ANSWER]),
        ("drop=1", [ANSWER]),
        ("n=2 delay=3 first=4", [Pause(4.0), Pause(3.0), ANSWER]),
    ],
)
def test_directives_of_a_whole_answer(name: str, steps: list[Step]) -> None:
    assert list(asked("echo", {"say": 5, "id": name})) == steps
    assert bool(DONE) is (ANSWER in steps)  # what fails is not done


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("fail=0", [failed("script-error", SCRIPTED.format(0))]),
        ("fail=1", [Frame(b"0"), failed("script-error", SCRIPTED.format(1))]),
        ("fail=2", [Frame(b"0"), Frame(b"1", final=True)]),
        ("drop=1", [Frame(b"0")]),
        ("hang=1", []),
        ("delay=3 first=4", [Pause(4.0), Pause(3.0), Frame(b"0"), Pause(3.0), Frame(b"1", final=True)]),
    ],
)
def test_directives_of_a_stream(name: str, steps: list[Step]) -> None:
    assert list(asked("count", {"to": 2, "id": name})) == steps


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"id": "a", "collection": "b", "content": "x", "type": 5}, "a b"),
        ({"document-metadata": {"id": "a", "title": "x", "tags": ["x"]}}, "a"),
        ({"keys": [{"type": "a", "key": "b"}, {"key": "c", "value": "x"}]}, "a b c"),
        ({"triples": {"metadata": {"id": "a", "metadata": [{"id": "x"}]}}}, "a"),
        ({"keys": [{"key": str(number)} for number in range(20)]}, "0 1 2 3 4 5 6 7"),
        ([{"id": "a"}], "a"),
        ([[[{"id": "x"}]]], ""),
        ("x", ""),
        (None, ""),
    ],
)
def test_where_directives_stand(body: object, found: str) -> None:
    assert directives(body) == found
