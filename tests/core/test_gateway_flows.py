"""Flows and their templates, however a generation calls them, and why something cannot be done."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tgproto.gateway.flows import MAX_FLOWS, MAX_TEXT, FlowError, Flows, Spelling, members_of, operations

RECIPES = Spelling("recipe", "recipes", "{way}/{kind}/{workspace}/{flow}", {"recipe": {}, "flow": {}})


def flows() -> Flows:
    return Flows(RECIPES, "acme", {"default": ["agent", "triples"], "bare": ["triples"]})


def done(of: Flows, operation: str, **members: object) -> Mapping[str, object]:
    body = {name.replace("_", "-"): value for name, value in members.items()}
    return operations(RECIPES)[operation](of, body)


def start(of: Flows, **members: object) -> Mapping[str, object]:
    return done(of, "start-flow", **{"flow_id": "new", "recipe_name": "bare", "description": "d", **members})


def test_the_operations() -> None:
    assert set(operations(RECIPES)) == {
        *("list-recipes", "get-recipe", "put-recipe", "delete-recipe"),
        *("list-flows", "get-flow", "start-flow", "stop-flow"),
    }


def test_what_there_is_at_first() -> None:
    of = flows()
    assert done(of, "list-flows") == {"flow-ids": ["default", "bare"]}
    assert done(of, "list-recipes") == {"recipe-names": ["default", "bare"]}
    assert set(of.services("default") or ()) == {"agent", "triples"}
    assert of.services("nope") is None
    assert done(of, "get-recipe", recipe_name="nope") == {"recipe-definition": None}
    found = json.loads(str(done(of, "get-recipe", recipe_name="bare")["recipe-definition"]))
    assert found == {
        "description": "flow bare",
        "recipe": {},
        "flow": {},
        "interfaces": {
            "triples": {
                "request": "request/triples/{workspace}/{id}",
                "response": "response/triples/{workspace}/{id}",
            }
        },
    }


def test_a_flow_is_started_and_stopped() -> None:
    of = flows()
    assert start(of, parameters={"a": "x", "b": 1}) == {}
    assert list(of.services("new") or ()) == ["triples"]
    found = done(of, "get-flow", flow_id="new")
    assert (found["description"], found["parameters"]) == ("d", {"a": "x", "b": "1"})
    assert json.loads(str(found["flow"])) == {
        "description": "d",
        "recipe-name": "bare",
        "interfaces": {
            "triples": {"request": "request/triples/acme/new", "response": "response/triples/acme/new"}
        },
        "parameters": {"a": "x", "b": "1"},
    }
    assert done(of, "stop-flow", flow_id="new") == {}
    assert of.services("new") is None


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"recipe_name": None}, "No recipe name"),
        ({"recipe_name": ""}, "Recipe does not exist"),
        ({"recipe_name": 5}, "No recipe name"),
        ({"flow_id": None}, "No flow ID"),
        ({"flow_id": "default"}, "Flow already exists"),
        ({"description": None}, "No description"),
        ({"recipe_name": "nope"}, "Recipe does not exist"),
        ({"parameters": [1]}, "The parameters are no texts by name"),
        ({"parameters": {"a": {}}}, "The parameters are no texts by name"),
        ({"description": "x" * MAX_TEXT}, "The flow would take more room than this gateway has for one"),
    ],
)
def test_what_is_not_started(members: dict[str, object], message: str) -> None:
    of = flows()
    with pytest.raises(FlowError) as error:
        start(of, **members)
    assert str(error.value) == message
    assert done(of, "list-flows") == {"flow-ids": ["default", "bare"]}


def test_what_is_not_there() -> None:
    of = flows()
    with pytest.raises(FlowError, match="Flow ID invalid"):
        done(of, "stop-flow", flow_id="nope")
    with pytest.raises(FlowError, match="No flow ID"):
        done(of, "stop-flow")
    with pytest.raises(FlowError, match="not NoneType"):
        done(of, "get-flow", flow_id="nope")


def test_templates_of_a_client() -> None:
    of = flows()
    text = json.dumps({"recipe": {}, "flow": {}, "interfaces": {"agent": {}, "nope": "{recipe}:{a}"}})
    assert done(of, "put-recipe", recipe_name="mine", recipe_definition=text) == {}
    start(of, recipe_name="mine", parameters={"a": "x"})
    assert list(of.services("new") or ()) == ["agent", "nope"]
    found = json.loads(str(done(of, "get-flow", flow_id="new")["flow"]))
    assert found["interfaces"] == {"agent": {}, "nope": "mine:x"}
    assert done(of, "delete-recipe", recipe_name="mine") == {}
    with pytest.raises(FlowError, match="not NoneType"):
        done(of, "stop-flow", flow_id="new")
    assert of.services("new") is not None
    assert done(of, "delete-recipe", recipe_name="mine") == {}
    assert done(of, "delete-recipe") == {}
    assert done(of, "list-recipes") == {"recipe-names": ["default", "bare"]}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (None, "{}", "No recipe name"),
        ("mine", None, "No recipe definition of at most 65536 characters"),
        ("mine", " " * MAX_TEXT + "{}", "No recipe definition of at most 65536 characters"),
    ],
)
def test_templates_that_are_not_kept(name: object, text: object, message: str) -> None:
    with pytest.raises(FlowError) as error:
        done(flows(), "put-recipe", recipe_name=name, recipe_definition=text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("[]", "list indices must be integers"),
        ("{}", "'recipe'"),
        ('{"recipe":{}}', "'flow'"),
        ('{"recipe":{},"flow":{},"interfaces":[]}', "has no attribute 'items'"),
    ],
)
def test_templates_that_are_none(text: str, message: str) -> None:
    of = flows()
    done(of, "put-recipe", recipe_name="mine", recipe_definition=text)
    with pytest.raises(FlowError, match=message):
        start(of, recipe_name="mine")
    assert of.services("new") is None


def test_there_is_an_end_to_it() -> None:
    of = flows()
    for number in range(2, MAX_FLOWS):
        done(of, "put-recipe", recipe_name=f"r{number}", recipe_definition="{}")
        start(of, flow_id=f"f{number}")
    with pytest.raises(FlowError, match="room for 1000"):
        start(of)
    with pytest.raises(FlowError, match="room for 1000"):
        done(of, "put-recipe", recipe_name="mine", recipe_definition="{}")
    assert done(of, "put-recipe", recipe_name="r2", recipe_definition="[]") == {}


@pytest.mark.parametrize("text", ["", "null", "[1]", "{", '"x"'])
def test_what_has_no_members(text: str) -> None:
    assert members_of(text) == {}
    assert members_of('{"a":1}') == {"a": 1}
