"""The global service `flow` of gateway 1.7.1: replies have what the operation filled, and errors are said."""

from __future__ import annotations

import json

import pytest

from tgproto.gateway.flows import Flows
from tgproto.gateway.generation1.bodies import Body
from tgproto.gateway.generation1.classes import CLASSES, carry_out
from tgproto.gateway.stores.failures import ServiceFailure


def flows() -> Flows:
    return Flows(CLASSES, "", {"default": ["agent"], "bare": ["embeddings"]})


def done(of: Flows, operation: str, **members: object) -> object:
    """Return the reply, or the type and message of the error."""
    body = {name.replace("_", "-"): value for name, value in members.items()}
    try:
        return carry_out(operation, of, Body(body))
    except ServiceFailure as failure:
        return failure.kind, str(failure)


def test_what_there_is_at_first() -> None:
    of = flows()
    assert done(of, "list-flows") == {"flow-ids": ["default", "bare"]}
    assert done(of, "list-classes") == {"class-names": ["default", "bare"]}
    found = done(of, "get-class", class_name="bare")
    assert isinstance(found, dict)
    definition = json.loads(found.pop("class-definition"))
    assert not found
    queues = {way: f"non-persistent://tg/{way}/embeddings:{{id}}" for way in ("request", "response")}
    assert definition == {
        "description": "flow bare",
        "class": {},
        "flow": {},
        "interfaces": {"embeddings": queues},
    }
    assert done(of, "get-class", class_name="nope") == {}


def test_a_flow_is_started_and_stopped() -> None:
    of = flows()
    new = {"flow_id": "new", "class_name": "bare", "description": "d", "parameters": {"a": "x"}}
    assert done(of, "start-flow", **new) == {}
    found = done(of, "get-flow", flow_id="new")
    assert isinstance(found, dict)
    record = json.loads(found.pop("flow"))
    assert found == {"description": "d", "parameters": {"a": "x"}}
    assert record["class-name"] == "bare"
    assert record["interfaces"]["embeddings"]["request"] == "non-persistent://tg/request/embeddings:new"
    assert done(of, "start-flow", **new) == ("flow-error", "Flow already exists")
    assert done(of, "stop-flow", flow_id="new") == {}
    assert done(of, "stop-flow", flow_id="new") == ("flow-error", "Flow ID invalid")


def test_classes_of_a_client() -> None:
    of = flows()
    mine = {"class_name": "mine", "class_definition": '{"class":{},"flow":{}}'}
    assert done(of, "put-class", **mine) == {}
    assert done(of, "start-flow", flow_id="new", class_name="mine", description="") == {}
    assert done(of, "delete-class", class_name="mine") == {}
    assert done(of, "stop-flow", flow_id="new") == (
        "flow-error",
        "the JSON object must be str, bytes or bytearray, not NoneType",
    )
    assert done(of, "put-class", **mine) == done(of, "stop-flow", flow_id="new") == {}
    assert done(of, "delete-class", class_name="mine") == {}
    assert done(of, "list-classes") == {"class-names": ["default", "bare"]}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "No class name"),
        ({"class_name": "bare"}, "No flow ID"),
        ({"class_name": "bare", "flow_id": "new"}, "No description"),
        ({"class_name": "nope", "flow_id": "new", "description": "d"}, "Class does not exist"),
    ],
)
def test_what_is_not_started(members: dict[str, object], message: str) -> None:
    assert done(flows(), "start-flow", **members) == ("flow-error", message)


@pytest.mark.parametrize(
    "members",
    [{"class_name": 5}, {"parameters": '{"a":"x"}'}, {"parameters": {"a": 1}}, {"description": ["d"]}],
)
def test_members_of_another_type(members: dict[str, object]) -> None:
    said = done(flows(), "start-flow", **members)
    assert isinstance(said, tuple)
    assert said[0] == "gateway-error"
