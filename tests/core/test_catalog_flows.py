"""Flow management: requests in each dialect, and changes that are read back."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from tests.core.catalogue import AsyncScript, Script, answer, body, operations, payloads, run
from tgproto.catalog import (
    AsyncFlow,
    AsyncFlowInstance,
    CallOptions,
    Flow,
    FlowCalls,
    FlowInstance,
    FlowsCalls,
    FlowsOps,
)
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import ServiceError, SilentFailure, service_error
from tgproto.types import FlowRecord

FLOWS = FlowsCalls()
OPERATIONS = operations(FlowsOps)
SKELETON = payloads("2.11.1 flow get-flow unknown")[0]


def ids(*names: str) -> bytes:
    return json.dumps({"flow-ids": names}).encode()


def record(**members: str) -> bytes:
    return json.dumps({"flow": json.dumps(members)}).encode()


def sync(*replies: bytes | BaseException) -> tuple[Flow, Script]:
    script = Script(GENERATION_2, list(replies))
    return Flow(script), script


# --- one call -------------------------------------------------------------------------------------


def test_list() -> None:
    call = FLOWS.list()
    assert (call.service, call.flow, body(call)) == ("flow", None, {"operation": "list-flows"})
    assert answer(call, payloads("2.11.1 flow list-flows")) == ["default", "bare", "dead"]
    assert answer(call, payloads("1.7.1 flow list-flows"), GENERATION_1) == ["default", "bare", "dead"]
    assert answer(call, [SKELETON]) == []


def test_get() -> None:
    call = FLOWS.get("bare")
    assert body(call) == body(call, GENERATION_1) == {"operation": "get-flow", "flow-id": "bare"}
    found = answer(call, payloads("2.11.1 flow get-flow"))
    assert (type(found), found.id, found.blueprint_name) == (FlowRecord, "bare", "bare")
    with pytest.raises(SilentFailure, match=r"^flow: there is no flow 'bare'"):
        answer(call, [SKELETON])


def test_options_go_into_the_requests() -> None:
    flows = FLOWS.with_options(workspace="w", retry=True)
    for call in (flows.list(), flows.get("a"), next(flows.start("b", "a", "")), next(flows.stop("a"))):
        request = call.request(GENERATION_2)
        assert (request.flow, request.workspace, request.repeatable) == (None, "w", True)


# --- start ----------------------------------------------------------------------------------------


def test_start_is_read_back() -> None:
    flows, script = sync(ids("default"), SKELETON, ids("default", "mine"))
    flows.start("a-blueprint", "mine", "what it is for", {"model": "m"})
    assert script.calls == [
        {"operation": "list-flows"},
        {
            "operation": "start-flow",
            "blueprint-name": "a-blueprint",
            "flow-id": "mine",
            "description": "what it is for",
            "parameters": {"model": "m"},
        },
        {"operation": "list-flows"},
    ]


def test_start_on_1x() -> None:
    script = Script(GENERATION_1, [ids(), b"{}", ids("mine")])
    Flow(script).start(class_name="a-class", id="mine", description="")
    assert script.calls[1] == {
        "operation": "start-flow",
        "class-name": "a-class",
        "flow-id": "mine",
        "description": "",
    }


def test_a_flow_that_is_there_is_not_started() -> None:
    flows, script = sync(ids("mine"))
    with pytest.raises(ServiceError, match=r"^flow: flow-error: there is a flow 'mine' already"):
        flows.start("b", "mine", "")
    assert len(script.calls) == 1


def test_a_flow_that_did_not_start() -> None:
    flows, _ = sync(ids(), SKELETON, ids())
    with pytest.raises(SilentFailure, match=r"^flow: the flow 'mine' was not started.* blueprint 'b'"):
        flows.start("b", "mine", "")


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({}, TypeError, "blueprint_name is needed, once"),
        ({"blueprint_name": "b", "class_name": "b"}, TypeError, "blueprint_name is needed, once"),
        ({"blueprint_name": ""}, ValueError, "blueprint_name must not be empty"),
        ({"blueprint_name": "b"}, TypeError, "id must be a str, not NoneType"),
        ({"class_name": "b", "id": ""}, ValueError, "id must not be empty"),
        ({"blueprint_name": "b", "id": "a"}, TypeError, "description must be a str, not NoneType"),
        (
            {"blueprint_name": "b", "id": "a", "description": "", "parameters": {"n": 5}},
            TypeError,
            r"parameters\['n'\] must be a str, not int",
        ),
        (
            {"blueprint_name": "b", "id": "a", "description": "", "parameters": '{"n":"5"}'},
            TypeError,
            "parameters must be a mapping",
        ),
    ],
)
def test_wrong_arguments_of_start(arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    flows, script = sync()
    with pytest.raises(kind, match=said):
        flows.start(**arguments)
    assert script.calls == []


# --- stop -----------------------------------------------------------------------------------------


def test_stop_is_read_back() -> None:
    flows, script = sync(ids("mine"), SKELETON, ids())
    flows.stop("mine")
    assert script.calls == [
        {"operation": "list-flows"},
        {"operation": "stop-flow", "flow-id": "mine"},
        {"operation": "list-flows"},
    ]


def test_a_flow_that_is_not_there_is_not_stopped() -> None:
    flows, script = sync(ids("other"))
    with pytest.raises(ServiceError, match=r"^flow: flow-error: there is no flow 'mine'"):
        flows.stop("mine")
    assert len(script.calls) == 1


@pytest.mark.parametrize("reply", [record(status="stopping"), SKELETON, service_error("flow-error", "gone")])
def test_a_flow_on_its_way_counts_as_stopped(reply: bytes | BaseException) -> None:
    flows, script = sync(ids("mine"), SKELETON, ids("mine"), reply)
    flows.stop("mine")
    assert script.calls[-1] == {"operation": "get-flow", "flow-id": "mine"}


def test_a_flow_that_goes_on() -> None:
    flows, _ = sync(ids("mine"), SKELETON, ids("mine"), record(description="d"))
    with pytest.raises(SilentFailure, match=r"^flow: the flow 'mine' was not stopped"):
        flows.stop("mine")


@pytest.mark.parametrize("operation", ["stop", "get"])
@pytest.mark.parametrize(("flow_id", "kind"), [(5, TypeError), ("", ValueError)])
def test_wrong_ids(operation: str, flow_id: Any, kind: type[Exception]) -> None:
    flows, script = sync()
    with pytest.raises(kind, match=r"^id must"):
        getattr(flows, operation)(flow_id)
    assert script.calls == []


# --- both colours ---------------------------------------------------------------------------------


@pytest.mark.parametrize("failing", range(3))
def test_errors_that_the_gateway_shows_are_raised(failing: int) -> None:
    replies: list[bytes | BaseException] = [ids(), SKELETON, ids("mine")]
    replies[failing] = service_error("flow-error", "no")
    with pytest.raises(ServiceError, match="flow-error: no"):
        sync(*replies)[0].start("b", "mine", "")
    with pytest.raises(ServiceError, match="flow-error: no"):
        AsyncFlow(AsyncScript(GENERATION_2, replies)).start("b", "mine", "").send(None)


def test_awaited() -> None:
    flows = AsyncFlow(
        AsyncScript(GENERATION_2, [ids("a"), ids(), SKELETON, ids("b"), ids("b"), SKELETON, ids()])
    )
    assert run(flows.list()) == ["a"]
    run(flows.start("a", "b", "c"))
    run(flows.stop("b"))


def test_id_returns_the_flow_in_the_same_colour() -> None:
    options, script, later = CallOptions(timeout=5), Script(GENERATION_2, []), AsyncScript(GENERATION_2, [])
    assert Flow(script, options=options).id("a") == FlowInstance("a", script, options=options)
    assert AsyncFlow(runner=later, options=options).id("a") == AsyncFlowInstance("a", later, options=options)
    assert FlowsCalls(options=options).id() == FlowCalls("default", options=options)
    with pytest.raises(ValueError, match="flow must not be empty"):
        Flow(script).id("")


SYNC_REST_OF_2_11_1 = {
    "list": "(self)",
    "get": "(self, id)",
    "start": "(self, blueprint_name=None, id=None, description=None, parameters=None, *, class_name=None)",
    "stop": "(self, id)",
    "list_blueprints": "(self)",
    "get_blueprint": "(self, blueprint_name=None, *, class_name=None)",
    "put_blueprint": "(self, blueprint_name=None, definition=None, *, class_name=None)",
    "delete_blueprint": "(self, blueprint_name=None, *, class_name=None)",
    "list_classes": "(self)",
    "get_class": "(self, blueprint_name=None, *, class_name=None)",
    "put_class": "(self, blueprint_name=None, definition=None, *, class_name=None)",
    "delete_class": "(self, blueprint_name=None, *, class_name=None)",
    "id": "(self, id='default')",
}


@pytest.mark.parametrize("kind", [Flow, AsyncFlow, FlowsCalls])
def test_signatures(kind: Any) -> None:
    assert sorted([*OPERATIONS, "id"]) == sorted(SYNC_REST_OF_2_11_1)
    for name, shown in SYNC_REST_OF_2_11_1.items():
        signature = inspect.signature(getattr(kind, name))
        bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
        assert str(inspect.Signature(bare)) == shown
