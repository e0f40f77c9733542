"""Collections, kept as texts."""

from __future__ import annotations

from tgproto.gateway.stores.collections import Collections, Record


def record(name: str, *tags: str) -> Record:
    return {"collection": name, "name": name.upper(), "tags": list(tags)}


def test_they_come_and_go() -> None:
    texts: dict[str, str] = {}
    collections = Collections(texts)
    collections.keep(record("a", "x", "y"))
    collections.keep(record("b"))
    collections.ensure(record("b", "never"))
    collections.ensure(record("c", "y"))
    assert collections.find("a") == record("a", "x", "y")
    assert collections.find("nope") is None
    assert collections.select() == [record("a", "x", "y"), record("b"), record("c", "y")]
    assert collections.select({"y"}) == [record("a", "x", "y"), record("c", "y")]
    collections.forget("a")
    collections.forget("a")
    assert list(texts) == ["b", "c"]
    assert texts["b"] == '{"collection": "b", "name": "B", "tags": []}'
