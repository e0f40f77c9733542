"""The global service `flow`: what it does, and that one cannot see whether it did (gateway 2.11.1)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.flows import MAX_FLOWS, MAX_TEXT, Flows
from tgproto.gateway.generation2.blueprints import BLUEPRINTS, OPERATIONS, manage
from tgproto.types.wire import encode

SKELETON = {
    "blueprint-names": [],
    "flow-ids": [],
    "blueprint-definition": "",
    "flow": "",
    "description": "",
    "parameters": {},
}


def flows() -> Flows:
    return Flows(BLUEPRINTS, "acme", {"default": ["agent", "triples"], "bare": ["embeddings"]})


def done(of: Flows, operation: str, body: dict[str, object] | None = None) -> dict[str, object]:
    return dict(manage(of, {**(body or {}), "operation": operation}))


def start(name: object = "new", blueprint: object = "bare", **more: object) -> dict[str, object]:
    return {"flow-id": name, "blueprint-name": blueprint, "description": "d", **more}


def ids(of: Flows) -> object:
    return done(of, "list-flows")["flow-ids"]


def test_what_there_is_at_first() -> None:
    of = flows()
    assert done(of, "list-flows") == SKELETON | {"flow-ids": ["default", "bare"]}
    assert done(of, "list-blueprints") == SKELETON | {"blueprint-names": ["default", "bare"]}
    assert set(of.services("default") or ()) == {"agent", "triples"}
    assert of.services("nope") is None


def test_a_flow_in_detail() -> None:
    of = flows()
    answer = done(of, "get-flow", {"flow-id": "bare"})
    record = json.loads(str(answer.pop("flow")))
    assert answer == {
        **{name: value for name, value in SKELETON.items() if name != "flow"},
        "description": "flow bare",
    }
    assert record == {
        "description": "flow bare",
        "blueprint-name": "bare",
        "interfaces": {
            "embeddings": {
                "request": "request:tg:embeddings:acme:bare",
                "response": "response:tg:embeddings:acme:bare",
            }
        },
        "parameters": {},
    }
    assert done(of, "get-flow", {"flow-id": "nope"}) == SKELETON
    assert done(of, "get-flow") == SKELETON


def test_a_flow_is_started_and_stopped() -> None:
    of = flows()
    assert done(of, "start-flow", start(parameters={"a": "x", "b": 1, "c": True})) == SKELETON
    assert list(of.services("new") or ()) == ["embeddings"]
    found = done(of, "get-flow", {"flow-id": "new"})
    assert found["description"] == "d"
    assert found["parameters"] == {"a": "x", "b": "1", "c": "True"}
    assert done(of, "stop-flow", {"flow-id": "new"}) == SKELETON
    assert of.services("new") is None
    assert done(of, "stop-flow", {"flow-id": "new"}) == SKELETON


@pytest.mark.parametrize(
    "body",
    [
        {},
        start("default"),
        start(5),
        start(blueprint="nope"),
        start(blueprint=None),
        start(description=None),
        start(parameters=[1]),
        start(parameters={"a": {}}),
        start(description="x" * MAX_TEXT),
    ],
)
def test_what_is_not_started_looks_the_same(body: dict[str, object]) -> None:
    of = flows()
    assert done(of, "start-flow", body) == SKELETON
    assert ids(of) == ["default", "bare"]


def test_blueprints() -> None:
    of = flows()
    definition = done(of, "get-blueprint", {"blueprint-name": "bare"})["blueprint-definition"]
    blueprint = json.loads(str(definition))
    assert list(blueprint["interfaces"]) == ["embeddings"]
    assert blueprint["interfaces"]["embeddings"]["request"] == "request:tg:embeddings:{workspace}:{id}"
    unknown = done(of, "get-blueprint", {"blueprint-name": "nope"})
    assert unknown == {name: value for name, value in SKELETON.items() if name != "blueprint-definition"}


def test_blueprints_of_a_client() -> None:
    of = flows()
    text = json.dumps(
        {
            "interfaces": {"agent": {}, "rows": {}, "nope": {"flow": "{workspace}"}},
            "flow": {},
            "blueprint": {},
        }
    )
    assert done(of, "put-blueprint", {"blueprint-name": "mine", "blueprint-definition": text}) == SKELETON
    done(of, "start-flow", start(blueprint="mine"))
    assert list(of.services("new") or ()) == ["agent", "rows", "nope"]
    assert done(of, "delete-blueprint", {"blueprint-name": "mine"}) == SKELETON
    done(of, "start-flow", start("other", "mine"))
    assert ids(of) == ["default", "bare", "new"]


@pytest.mark.parametrize("definition", ["", "{", "[]", "{}", '{"interfaces":[]}', "[" * 100_000])
def test_blueprints_that_are_none(definition: str) -> None:
    of = flows()
    done(of, "put-blueprint", {"blueprint-name": "mine", "blueprint-definition": definition})
    done(of, "start-flow", start(blueprint="mine"))
    assert of.services("new") is None


@pytest.mark.parametrize(
    "body",
    [
        {"blueprint-definition": "{}"},
        {"blueprint-name": "mine"},
        {"blueprint-name": "mine", "blueprint-definition": {}},
        {"blueprint-name": "mine", "blueprint-definition": " " * MAX_TEXT + "{}"},
    ],
)
def test_blueprints_that_are_not_kept(body: dict[str, object]) -> None:
    of = flows()
    assert done(of, "put-blueprint", body) == SKELETON
    assert done(of, "list-blueprints")["blueprint-names"] == ["default", "bare"]


def test_there_is_an_end_to_it() -> None:
    of = flows()
    for number in range(MAX_FLOWS + 5):
        body = {"blueprint-name": f"b{number}", "blueprint-definition": '{"interfaces":{}}'}
        done(of, "put-blueprint", body)
        done(of, "start-flow", start(f"f{number}"))
    assert len(ids(of)) == MAX_FLOWS  # type: ignore[arg-type]
    assert len(done(of, "list-blueprints")["blueprint-names"]) == MAX_FLOWS  # type: ignore[arg-type]
    done(of, "put-blueprint", {"blueprint-name": "b0", "blueprint-definition": '{"interfaces":{"agent":1}}'})
    assert '"agent"' in str(done(of, "get-blueprint", {"blueprint-name": "b0"})["blueprint-definition"])


names = st.sampled_from(["flow-id", "blueprint-name", "description", "parameters", "blueprint-definition"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)


@given(st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.dictionaries(names, values))))
@settings(max_examples=50)
def test_any_request_has_a_skeleton(requests: list[tuple[str, dict[str, object]]]) -> None:
    of = flows()
    for operation, body in requests:
        answer = done(of, operation, body)
        assert set(answer) <= set(SKELETON)
        encode(answer)
