"""The configuration against a plain dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.gateway.stores.config import MAX_VALUE, ConfigStore
from tgproto.gateway.stores.failures import ServiceFailure

names = st.sampled_from("ab")
changes = st.lists(
    st.tuples(st.just("put"), names, names, st.text(max_size=2))
    | st.tuples(st.just("delete"), names, names, st.just(""))
)


@given(changes)
def test_it_is_a_dict(done: list[tuple[str, str, str, str]]) -> None:
    store, model = ConfigStore(), dict[tuple[str, str], str]()
    for what, kind, key, value in done:
        if what == "put":
            assert store.put([(kind, key, value)]) == {}
            model[kind, key] = value
        else:
            assert store.delete([(kind, key)]) == {}
            model.pop((kind, key), None)
    version = {"version": 1 + len(done)}
    everything: dict[str, Any] = {}
    for (kind, key), value in model.items():
        everything.setdefault(kind, {})[key] = value
    assert store.everything() == {**version, "config": everything}
    for kind in "abc":
        rows = everything.get(kind, {})
        assert same(store.list(kind), {**version, "directory": list(rows)})
        values = [{"type": kind, "key": key, "value": value} for key, value in rows.items()]
        assert same(store.get_values(kind), {**version, "values": values})
        one = {"type": kind, "key": "a", "value": rows.get("a")}
        assert store.get([(kind, "a")]) == {**version, "values": [one]}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Compare answers whose lists may be in any order."""
    return one.keys() == other.keys() and all(
        sorted(map(str, one[name])) == sorted(map(str, other[name])) for name in one if name != "version"
    )


def test_another_store_may_keep_its_things_there() -> None:
    store = ConfigStore()
    store.section("x")["a"] = "b"
    assert store.section("x") == {"a": "b"}
    assert store.everything()["config"] == {"x": {"a": "b"}}


def test_values_have_an_end() -> None:
    with pytest.raises(ServiceFailure, match="characters"):
        ConfigStore().put([("a", "b", "x" * (MAX_VALUE + 1))])


def test_an_example() -> None:
    store = ConfigStore()
    store.put([("prompt", "a", "1"), ("prompt", "b", "2")])
    store.delete([("prompt", "b"), ("nope", "b")])
    assert store.list("prompt") == {"version": 3, "directory": ["a"]}
    row = {"type": "prompt", "key": "a", "value": "1"}
    missing = {"type": "prompt", "key": "b", "value": None}
    assert store.get_values("prompt") == {"version": 3, "values": [row]}
    assert store.get([("prompt", "a"), ("prompt", "b")]) == {"version": 3, "values": [row, missing]}
