"""Records: attributes, defaults, and the wire's own members."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from tgproto.types import CollectionMetadata, FlowRecord, UserRecord

FLOW = FlowRecord(
    "a", "b", "d", {"model": "m"}, {"agent": {"request": "q"}}, "stopping", payload=b'{"class-name":"b"}'
)


def test_defaults() -> None:
    assert FlowRecord("a") == FlowRecord("a", "", "", {}, {}, "", payload=b'{"x":1}')
    assert UserRecord() == UserRecord("", "", "", "", "", (), False, False, "")
    assert CollectionMetadata("c") == CollectionMetadata("c", "", "", (), "", "", "")
    assert FlowRecord("a").members() == UserRecord().members() == {}


def test_subscription_reaches_the_wire() -> None:
    assert FLOW["class-name"] == "b"
    assert UserRecord("u", payload=b'{"id":"u","extra":1}').get("extra") == 1
    assert CollectionMetadata("c", payload=b'{"collection":"c","tags":["x"]}')["tags"] == ["x"]
    assert "payload" not in repr(FLOW)


@pytest.mark.parametrize("record", [FLOW, UserRecord("u", roles=("admin",), payload=b'{"id":"u"}')])
def test_they_are_values(record: FlowRecord | UserRecord) -> None:
    for twin in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert (twin, twin.payload) == (record, record.payload)
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.id = "x"  # type: ignore[misc]
