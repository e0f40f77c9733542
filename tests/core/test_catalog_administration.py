"""Answers of `flow`, and acknowledgements, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.catalogue import payloads
from tgproto.catalog.administration import BLUEPRINT_NAMES, FLOW_IDS, NOTHING, blueprint, flow_record
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import FlowRecord

CALL = CallContext("flow")


def read(start: Any, frame: bytes) -> Any:
    reader = start(CALL)
    reader.read(frame)
    return reader.result()


def record(flow: object) -> FlowRecord:
    return read(flow_record("a"), json.dumps({"flow": json.dumps(flow)}).encode())  # type: ignore[no-any-return]


@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
def test_captured_flow_ids(release: str) -> None:
    assert read(FLOW_IDS, payloads(f"{release} flow list-flows")[0]) == ["default", "bare", "dead"]


def test_a_captured_flow() -> None:
    found = read(flow_record("bare"), payloads("2.11.1 flow get-flow")[0])
    queues = {
        "request": "request:tg:embeddings:default:bare",
        "response": "response:tg:embeddings:default:bare",
    }
    assert found == FlowRecord("bare", "bare", "interop flow bare", {}, {"embeddings": queues})
    assert found["blueprint-name"] == "bare"


def test_flows_of_any_release() -> None:
    old = record(
        {"class-name": "c", "description": "d", "interfaces": {"agent": "q"}, "parameters": {"a": "1"}}
    )
    assert old == FlowRecord("a", "c", "d", {"a": "1"}, {"agent": "q"})
    assert old.members()["class-name"] == "c"
    assert record({"status": "stopping"}) == FlowRecord("a", status="stopping")
    assert record({"blueprint-name": None, "parameters": None}) == FlowRecord("a")


@pytest.mark.parametrize("frame", [*payloads("2.11.1 flow get-flow unknown"), b"{}", b'{"flow":null}'])
def test_a_flow_that_is_not_there(frame: bytes) -> None:
    with pytest.raises(SilentFailure, match=r"^flow: there is no flow 'a'"):
        read(flow_record("a"), frame)


@pytest.mark.parametrize(
    "frame",
    [
        b'{"flow":"{"}',
        b'{"flow":"[]"}',
        b'{"flow":{}}',
        b'{"flow":"{\\"status\\":5}"}',
        b'{"flow":"\\ud800"}',
    ],
)
def test_a_flow_that_cannot_be_read(frame: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^flow: the answer"):
        read(flow_record("a"), frame)


def test_blueprints() -> None:
    assert read(BLUEPRINT_NAMES, b'{"blueprint-names":["a"]}') == ["a"]
    assert read(BLUEPRINT_NAMES, payloads("1.7.1 flow list-classes")[0]) == ["standin", "bare"]
    for member in ("blueprint-definition", "class-definition"):
        assert read(blueprint("a"), json.dumps({member: '{"b":{"c":null}}'}).encode()) == {"b": {"c": None}}


@pytest.mark.parametrize("frame", [*payloads("2.11.1 flow get-flow unknown"), b"{}"])
def test_a_blueprint_that_is_not_there(frame: bytes) -> None:
    with pytest.raises(SilentFailure, match=r"^flow: there is no blueprint 'a'"):
        read(blueprint("a"), frame)


def test_names_of_blueprints_must_be_there() -> None:
    with pytest.raises(DecodeError, match=r"^flow: the answer has no member `blueprint-names`"):
        read(BLUEPRINT_NAMES, b"{}")


@pytest.mark.parametrize(
    ("start", "frame"),
    [
        (FLOW_IDS, b"{}"),
        (FLOW_IDS, b'{"flow-ids":null}'),
        (BLUEPRINT_NAMES, b'{"class-names":"a"}'),
        (blueprint("a"), b'{"blueprint-definition":{}}'),
        (blueprint("a"), b'{"blueprint-definition":"[]"}'),
        (NOTHING, b'"yes"'),
    ],
)
def test_wrong_shapes(start: Any, frame: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^flow: .*documented shape"):
        read(start, frame)


def test_acknowledgements_say_nothing() -> None:
    for frame in (b"{}", *payloads("2.11.1 flow get-flow unknown")):
        assert read(NOTHING, frame) is None
