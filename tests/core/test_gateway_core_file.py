"""Knowledge cores as files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from tgproto.gateway.core_file import Tagged, packed, put_all, unpacked
from tgproto.gateway.generation2 import cores
from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Frame, Pause
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.world import World

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


files = st.lists(
    st.tuples(st.text(max_size=3), st.dictionaries(st.text(max_size=3), values, max_size=3)), max_size=4
)


@given(files, st.data())
@settings(max_examples=50)
def test_values_are_told_apart(written: list[tuple[str, dict[str, Any]]], data: st.DataObject) -> None:
    encoded = [msgpack.encode(value) for value in written]
    body = b"".join(encoded)
    assert list(unpacked(body)) == written
    cut = data.draw(st.integers(0, len(body)))
    ends = list(itertools.accumulate(map(len, encoded)))
    assert list(unpacked(body[:cut])) == written[: sum(end <= cut for end in ends)]


LONG = [
    {"x": "a" * 300, "y": b"b" * 300},
    {"x": "a" * 70_000, "y": b"b" * 70_000},
    {"x": [1] * 70_000, "y": {str(number): number for number in range(70_000)}},
    {"x": [1] * 300, "y": {str(number): number for number in range(300)}},
    {"x": [1.5, -1, -200, -40_000, -(2**40), 200, 40_000, 2**20, 2**40]},
]


@pytest.mark.parametrize("value", LONG, ids=range(len(LONG)))
def test_long_values(value: dict[str, Any]) -> None:
    body = msgpack.encode(("t", value))
    assert list(unpacked(body * 2)) == [("t", value), ("t", value)]


@pytest.mark.parametrize("size", [1, 2, 4, 8, 16, 300, 70_000])
def test_extensions(size: int) -> None:
    body = msgpack.encode(["t", {"x": msgpack.Ext(5, b"x" * size)}])
    [(tag, found), _] = unpacked(body * 2)
    assert tag == "t"
    assert found["x"] == msgpack.Ext(5, b"x" * size)


DEEP = b"\x92\xa1t\x81\xa1t" + b"\x91" * 2000 + b"\xc0"


@pytest.mark.parametrize("body", [b"\xc1", b"\x01", b"\x92\xa1t\xc0", msgpack.encode(["t", {}, 5]), DEEP])
def test_what_is_no_core(body: bytes) -> None:
    with pytest.raises(ValueError):
        list(unpacked(body))


def test_frames_become_values() -> None:
    def tag(frame: Mapping[str, Any]) -> Iterable[Tagged]:
        return [("x", {"n": frame["n"]})] if frame["n"] else []

    steps = [Frame(b'{"n":1}'), Pause(1.0), Frame(b'{"n":0}'), Frame(b'{"n":2}', final=True)]
    assert list(unpacked(b"".join(packed(steps, tag)))) == [("x", {"n": 1}), ("x", {"n": 2})]


def test_a_file_ends_where_a_text_cannot_stand_in_it() -> None:
    def tag(frame: Mapping[str, Any]) -> Iterable[Tagged]:
        return [("x", {"n": frame["n"]})]

    steps = [Frame(b'{"n":"a"}'), Frame(b'{"n":"\\ud800"}'), Frame(b'{"n":"b"}', final=True)]
    assert list(unpacked(b"".join(packed(steps, tag)))) == [("x", {"n": "a"})]


def put(value: Tagged) -> dict[str, Any] | None:
    tag, found = value
    if tag != "t":
        return None
    metadata = {"id": "d", "collection": "c"}
    return {"triples": {"metadata": metadata, "triples": found["t"]}}


@pytest.mark.parametrize(
    ("written", "batches"),
    [
        ([("t", {"t": []}), ("x", {}), ("t", {"t": []})], 2),
        ([("t", {"t": []}), ("t", {}), ("t", {"t": []})], 1),
        ([("t", {"t": 5}), ("t", {"t": []})], 1),
        ([], 0),
    ],
)
def test_a_file_is_put_up_to_what_is_unusable(written: list[object], batches: int) -> None:
    world = World(GraphStore(), Calendar(), BLUEPRINTS, {})
    put_all(world, "acme", cores.SERVICE, b"".join(map(msgpack.encode, written)), put)
    assert len(world.cores("acme").core("d").triples) == batches


def test_a_file_is_put_up_to_what_is_nested_too_deeply() -> None:
    world = World(GraphStore(), Calendar(), BLUEPRINTS, {})
    good = msgpack.encode(("t", {"t": []}))
    put_all(world, "acme", cores.SERVICE, good + DEEP + good, put)
    assert len(world.cores("acme").core("d").triples) == 1


def test_a_file_that_was_too_long() -> None:
    world = World(GraphStore(), Calendar(), BLUEPRINTS, {})
    put_all(world, "acme", cores.SERVICE, None, put)
    assert world.cores("acme").names() == []
