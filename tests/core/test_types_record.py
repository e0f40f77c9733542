"""Members by wire name, newly decoded from the kept text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from tgproto.types.record import Members, Record


@dataclass(frozen=True)
class Thing(Record):
    payload: bytes


def test_members_by_wire_name() -> None:
    thing = Thing(b'{"a":1,"b":[{}],"odd":NaN}')
    assert isinstance(thing, Members)
    assert (thing["a"], thing.get("b"), thing.get("c"), thing.get("c", 3)) == (1, [{}], None, 3)
    odd = thing["odd"]
    assert isinstance(odd, float)
    assert math.isnan(odd)
    with pytest.raises(KeyError):
        thing["c"]


def test_it_can_be_looked_through_like_a_dict() -> None:
    thing = Thing(b'{"a":1,"b":2}')
    assert "a" in thing
    assert "payload" not in thing
    assert [*thing] == ["a", "b"]


def test_what_is_handed_out_is_new() -> None:
    thing = Thing(b'{"a":1}')
    thing.members().clear()
    assert thing.members() == {"a": 1}
