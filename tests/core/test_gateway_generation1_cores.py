"""Knowledge cores of 1.7.1."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.gateway.generation1.classes import CLASSES
from tgproto.gateway.generation1.cores import SERVICE
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.steps import Failure, Frame
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.world import World
from tgproto.types.terms import IRI, Literal, Triple

S, P, THING = ({"v": f"urn:{name}", "e": True} for name in "spo")
TEXT = {"v": "text", "e": False}
ROW = {"s": S, "p": P, "o": TEXT}
ABOUT = {"id": "urn:d", "metadata": [{"s": S, "p": P, "o": THING}], "user": "ann", "collection": "default"}
BATCH = {"metadata": {**ABOUT, "collection": "lost"}, "triples": [ROW]}
ENTITIES = {"metadata": ABOUT, "entities": [{"entity": S, "vectors": [[1.5, 2.0]]}]}
EOS = ({"eos": True}, True)


def world() -> World:
    return World(GraphStore(), Calendar(), CLASSES, {"default": ["agent"]})


def asked(of: World, operation: str, **body: Any) -> list[Any]:
    """Return the responses with `complete`, or type and message of the error."""
    request = {name.replace("_", "-"): value for name, value in body.items()}
    found: list[Any] = []
    for step in serve(SERVICE, SERVICE.operations[operation], Asked(of, "", request)):
        if isinstance(step, Failure):
            assert step.final
            found.append((step.error.type, step.error.message))
        else:
            assert isinstance(step, Frame)
            found.append((json.loads(step.payload), step.final))
    return found


def test_a_core_comes_and_goes() -> None:
    of, mine = world(), {"user": "ann", "id": "urn:d"}
    assert asked(of, "put-kg-core", **mine, triples=BATCH) == [({}, True)]
    assert asked(of, "put-kg-core", graph_embeddings=ENTITIES) == [({}, True)]
    assert asked(of, "list-kg-cores", user="ann") == [({"ids": ["urn:d"]}, True)]
    assert asked(of, "list-kg-cores", user="bob") == [({"ids": []}, True)]
    assert asked(of, "get-kg-core", **mine) == [
        ({"triples": {"metadata": ABOUT, "triples": [ROW]}}, False),
        ({"graph-embeddings": {"metadata": ABOUT, "entities": ENTITIES["entities"]}}, False),
        EOS,
    ]
    assert asked(of, "delete-kg-core", **mine) == [({}, True)]
    assert asked(of, "get-kg-core", **mine) == [EOS]  # one that is not there is no error


def test_a_core_is_loaded_into_the_graph() -> None:
    of, mine = world(), {"user": "ann", "id": "urn:d", "flow": "default"}
    asked(of, "put-kg-core", triples=BATCH)
    assert asked(of, "load-kg-core", **mine) == [({}, True)]
    assert asked(of, "load-kg-core", **mine, collection="c") == [({}, True)]
    triple = Triple(IRI("urn:s"), IRI("urn:p"), Literal("text"))
    for collection in ("default", "c"):
        assert of.graphs.graph("ann", collection).find() == [triple]


@pytest.mark.parametrize(
    ("operation", "body", "error"),
    [
        ("load-kg-core", {"user": "ann"}, ("load-error", "Core ID must be specified")),
        ("load-kg-core", {"id": "urn:d"}, ("load-error", "Flow ID must be specified")),
        ("load-kg-core", {"id": "urn:d", "flow": "nope"}, ("load-error", "Invalid flow")),
        ("unload-kg-core", {}, ("not-implemented", "Not implemented")),
        ("put-kg-core", {"triples": {}}, ("gateway-error", "'metadata'")),
        ("put-kg-core", {"triples": {"metadata": {"id": "x", "metadata": []}}}, ("gateway-error", "'user'")),
        ("put-kg-core", {"triples": {"metadata": ABOUT}}, ("gateway-error", "'triples'")),
        ("put-kg-core", {"graph_embeddings": {"metadata": ABOUT}}, ("gateway-error", "'entities'")),
        (
            "put-kg-core",
            {"triples": {**BATCH, "triples": [{"s": {"t": "i", "i": "urn:s"}}]}},
            ("gateway-error", "'v'"),
        ),
        ("get-kg-core", {"id": 5}, ("gateway-error", None)),
        ("list-kg-cores", {"user": "fail=0"}, ("request-error", "scripted failure after 0 chunks")),
    ],
)
def test_errors_are_said(operation: str, body: dict[str, Any], error: tuple[str, str | None]) -> None:
    [(kind, message)] = asked(world(), operation, **body)
    assert kind == error[0]
    assert error[1] in (None, message)


def test_a_stream_that_breaks_off() -> None:
    of = world()
    about = {**ABOUT, "id": "fail=1"}
    for _ in range(2):
        asked(of, "put-kg-core", triples={"metadata": about, "triples": []})
    frame, error = asked(of, "get-kg-core", user="ann", id="fail=1")
    assert frame == ({"triples": {"metadata": about, "triples": []}}, False)
    assert error == ("request-error", "scripted failure after 1 chunks")
