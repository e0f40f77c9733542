"""Blueprints, alias classes: requests in each dialect, and changes that are read back."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.catalogue import AsyncScript, Script, answer, body, payloads, run
from tgproto.catalog import AsyncFlow, Flow, FlowsCalls
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect, dialect_of
from tgproto.errors import ServiceError, SilentFailure, service_error

CALLS = FlowsCalls()
SKELETON = payloads("2.11.1 flow get-flow unknown")[0]
DEFINITION: dict[str, Any] = {"flow": {"a": [1, 2.5]}, "description": "ä"}


def said(definition: object, member: str = "blueprint-definition") -> bytes:
    return json.dumps({member: json.dumps(definition)}).encode()


def names(*blueprints: str) -> bytes:
    return json.dumps({"blueprint-names": blueprints}).encode()


def sync(*replies: bytes | BaseException, dialect: Dialect = GENERATION_2) -> tuple[Flow, Script]:
    script = Script(dialect, list(replies))
    return Flow(script), script


@pytest.mark.parametrize("method", ["list_blueprints", "list_classes"])
def test_list(method: str) -> None:
    call = getattr(CALLS, method)()
    assert (call.service, call.flow) == ("flow", None)
    assert body(call) == {"operation": "list-blueprints"}
    assert body(call, GENERATION_1) == {"operation": "list-classes"}
    assert answer(call, [names("a", "b")]) == ["a", "b"]
    assert answer(call, payloads("1.7.1 flow list-classes")) == ["standin", "bare"]
    assert answer(call, [SKELETON]) == []


@pytest.mark.parametrize("release", ["1.8.12", "1.8.13", "2.3.0"])
def test_the_release_decides_what_they_are_called(release: str) -> None:
    word = "class" if release == "1.8.12" else "blueprint"
    assert body(CALLS.get_blueprint("b"), dialect_of(release)) == {
        "operation": f"get-{word}",
        f"{word}-name": "b",
    }


@pytest.mark.parametrize("method", ["get_blueprint", "get_class"])
@pytest.mark.parametrize("parameter", ["blueprint_name", "class_name"])
def test_get(method: str, parameter: str) -> None:
    for call in (getattr(CALLS, method)("b"), getattr(CALLS, method)(**{parameter: "b"})):
        assert body(call) == {"operation": "get-blueprint", "blueprint-name": "b"}
        assert body(call, GENERATION_1) == {"operation": "get-class", "class-name": "b"}
        assert answer(call, [said(DEFINITION)]) == DEFINITION
        with pytest.raises(SilentFailure, match=r"^flow: there is no blueprint 'b'"):
            answer(call, [SKELETON])


# --- put ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("definition", [DEFINITION, json.dumps(DEFINITION)], ids=["mapping", "text"])
@pytest.mark.parametrize("method", ["put_blueprint", "put_class"])
def test_put_is_read_back(method: str, definition: Any) -> None:
    for dialect, word in ((GENERATION_2, "blueprint"), (GENERATION_1, "class")):
        flows, script = sync(SKELETON, said(DEFINITION, f"{word}-definition"), dialect=dialect)
        getattr(flows, method)("b", definition)
        put, get = script.calls
        assert json.loads(put.pop(f"{word}-definition")) == DEFINITION
        assert put == {"operation": f"put-{word}", f"{word}-name": "b"}
        assert get == {"operation": f"get-{word}", f"{word}-name": "b"}


def test_text_is_put_as_it_is() -> None:
    flows, script = sync(SKELETON, said({"a": 1}))
    flows.put_blueprint(class_name="b", definition=' {"a":  1}')
    assert script.calls[0]["blueprint-definition"] == ' {"a":  1}'


@pytest.mark.parametrize("there", [SKELETON, b"{}", said({**DEFINITION, "more": 1})])
def test_a_blueprint_that_was_not_put(there: bytes) -> None:
    flows, _ = sync(SKELETON, there)
    with pytest.raises(SilentFailure, match=r"^flow: the blueprint 'b' is not what was put there"):
        flows.put_blueprint("b", DEFINITION)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=3), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_any_definition_is_recognised(definition: dict[str, Any]) -> None:
    sync(SKELETON, said(definition))[0].put_blueprint("b", definition)
    with pytest.raises(SilentFailure):
        sync(SKELETON, said({**definition, "long name": 1}))[0].put_blueprint("b", definition)


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"definition": {}}, TypeError, "blueprint_name is needed, once"),
        ({"blueprint_name": "", "definition": {}}, ValueError, "blueprint_name must not be empty"),
        ({"class_name": 5, "definition": {}}, TypeError, "class_name must be a str, not int"),
        ({"blueprint_name": "b"}, TypeError, "definition must be a mapping, not NoneType"),
        ({"blueprint_name": "b", "definition": [1]}, TypeError, "definition must be a mapping, not list"),
        ({"blueprint_name": "b", "definition": {"a": {1}}}, TypeError, r"definition\.a must be a JSON value"),
        (
            {"blueprint_name": "b", "definition": "{"},
            ValueError,
            "must be JSON text of an object, but it is not",
        ),
        (
            {"blueprint_name": "b", "definition": "[1]"},
            ValueError,
            "must be JSON text of an object, but it is an",
        ),
    ],
)
def test_wrong_arguments_of_put(arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    flows, script = sync()
    with pytest.raises(kind, match=said):
        flows.put_blueprint(**arguments)
    assert script.calls == []


# --- delete ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["delete_blueprint", "delete_class"])
def test_delete_is_read_back(method: str) -> None:
    flows, script = sync(SKELETON, names("a"))
    getattr(flows, method)("b")
    assert script.calls == [
        {"operation": "delete-blueprint", "blueprint-name": "b"},
        {"operation": "list-blueprints"},
    ]
    flows, script = sync(b"{}", b'{"class-names":[]}', dialect=GENERATION_1)
    getattr(flows, method)(class_name="b")
    assert script.calls == [{"operation": "delete-class", "class-name": "b"}, {"operation": "list-classes"}]


def test_a_blueprint_that_was_not_deleted() -> None:
    flows, _ = sync(SKELETON, names("a", "b"))
    with pytest.raises(SilentFailure, match=r"^flow: the blueprint 'b' was not deleted"):
        flows.delete_blueprint("b")


# --- both names, both colours ---------------------------------------------------------------------


@pytest.mark.parametrize("failing", range(2))
def test_errors_that_the_gateway_shows_are_raised(failing: int) -> None:
    replies: list[bytes | BaseException] = [SKELETON, said(DEFINITION)]
    replies[failing] = service_error("flow-error", "no")
    with pytest.raises(ServiceError, match="flow-error: no"):
        sync(*replies)[0].put_blueprint("b", DEFINITION)


def test_awaited() -> None:
    flows = AsyncFlow(
        AsyncScript(GENERATION_2, [names("a"), said({}), SKELETON, said({}), SKELETON, names("b")])
    )
    assert run(flows.list_classes()) == ["a"]
    assert run(flows.get_blueprint("a")) == {}
    run(flows.put_class("a", {}))
    run(flows.delete_class("a"))


@pytest.mark.parametrize("kind", [Flow, AsyncFlow, FlowsCalls])
@pytest.mark.parametrize(("verb", "ending"), [("list", "es"), ("get", ""), ("put", ""), ("delete", "")])
def test_both_names_are_one_operation(kind: Any, verb: str, ending: str) -> None:
    blueprint = f"{verb}_blueprint{'s' if ending else ''}"
    assert inspect.getattr_static(kind, f"{verb}_class{ending}") is inspect.getattr_static(kind, blueprint)
