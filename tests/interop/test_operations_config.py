"""The configuration and collections: what is written can be read by others, until it is deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.published import Published
from tests.interop.world import World, each_way, each_way_on_1x, each_way_on_2x
from tgproto.errors import AccessDenied, NotOffered, SilentFailure, WorkspaceNotFound
from tgproto.types import ConfigKey, ConfigValue

CONFIG = ("config get", "config list", "config getvalues", "config put", "config delete", "config config")
COLLECTIONS = (
    "collection-management list-collections",
    "collection-management update-collection",
    "collection-management delete-collection",
)


def values(gateway: Published, kind: str) -> dict[str, str]:
    """Return what another client sees of a type of values."""
    told = gateway.ask("config", operation="getvalues", type=kind)["values"]
    return {value["key"]: value["value"] for value in told}


@pytest.fixture
def kind(world: World) -> Iterator[str]:
    """A type that no value has, neither before nor afterwards."""
    kind = f"interop-{time.time_ns()}"
    assert values(world.gateway, kind) == {}
    yield kind
    assert values(world.gateway, kind) == {}


@pytest.mark.exercises(*CONFIG)
@each_way()
async def test_the_life_of_values(world: World, kind: str) -> None:
    config, gateway = world.services.config(), world.gateway
    written = [
        ConfigValue(kind, "a", '{"x": "ü"}'),
        ConfigValue(kind, "b", ""),
        ConfigValue(kind, "ü/ö", "n"),
    ]
    before = (await config.all()).version
    await config.put(written)
    assert values(gateway, kind) == {value.key: value.value for value in written}
    assert await config.get([ConfigKey(kind, "ü/ö"), (kind, "a"), {"type": kind, "key": "b"}]) == [
        written[2],
        written[0],
        written[1],
    ]
    assert sorted(await config.list(kind)) == ["a", "b", "ü/ö"]
    assert sorted(await config.get_values(kind), key=lambda value: value.key) == written
    everything, version = await config.all()
    assert everything[kind] == values(gateway, kind)
    assert version > before
    await config.put([(kind, "a", "1"), (kind, "a", "2")])
    assert values(gateway, kind)["a"] == "2"
    await config.delete([(kind, "a"), ConfigKey(kind, "nope")])
    assert sorted(values(gateway, kind)) == ["b", "ü/ö"]
    await config.delete(await config.get_values(kind))


@each_way()
async def test_values_that_are_not(world: World, kind: str) -> None:
    config = world.services.config()
    assert await config.get([(kind, "x"), ("interop", "greeting")]) == [
        ConfigValue(kind, "x", None),
        ConfigValue("interop", "greeting", "hello"),
    ]
    assert await config.get([]) == []
    assert await config.list(kind) == []
    assert await config.get_values(kind) == []
    await config.put([])
    await config.delete([])
    await config.delete([(kind, "x")])


@pytest.mark.exercises("config getvalues-all-ws")
@each_way()
async def test_values_of_all_workspaces(world: World) -> None:
    ask = world.services.config().get_values_all_workspaces
    await world.failure(ask("interop"), NotOffered if world.is_old else SilentFailure)


@each_way_on_2x
async def test_who_may_write_values(world: World, kind: str) -> None:
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        config = api.config()
        assert (await config.get([("interop", "greeting")]))[0].value == "hello"
        await world.failure(config.put([(kind, "a", "1")]), AccessDenied)
        await world.failure(config.delete([("interop", "greeting")]), AccessDenied)
        await world.failure(config.with_options(workspace="other").list("interop"), AccessDenied)


@each_way_on_2x
async def test_values_of_another_workspace(world: World, kind: str) -> None:
    config = world.services.config()
    elsewhere = config.with_options(workspace="other")
    await elsewhere.put([(kind, "a", "there")])
    assert values(world.gateway, kind) == {}
    assert await config.list(kind) == []
    assert await elsewhere.list(kind) == ["a"]
    assert kind in (await elsewhere.all()).config
    await elsewhere.delete([(kind, "a")])
    assert await elsewhere.list(kind) == []
    await world.failure(config.with_options(workspace="nope").list(kind), WorkspaceNotFound)


# --- collections ------------------------------------------------------------------------------


def known(gateway: Published, user: str = "trustgraph") -> dict[str, Any]:
    """Return the collections that another client sees, by id."""
    whose = {"user": user} if gateway.is_old else {}
    told = gateway.ask("collection-management", operation="list-collections", **whose)["collections"]
    return {collection["collection"]: collection for collection in told}


@pytest.fixture
def fresh(world: World) -> Iterator[str]:
    """The id of a collection that is there neither before nor afterwards."""
    fresh = f"made-{time.time_ns()}"
    yield fresh
    assert fresh not in known(world.gateway)


@pytest.mark.exercises(*COLLECTIONS)
@each_way()
async def test_the_life_of_a_collection(world: World, fresh: str) -> None:
    collections, gateway = world.services.collection(), world.gateway
    made = await collections.update_collection(fresh, "Köln", "about it", ["b", fresh])
    assert (made.collection, made.name, made.description) == (fresh, "Köln", "about it")
    assert set(made.tags) == set(known(gateway)[fresh]["tags"]) == {"b", fresh}
    listed = await collections.list_collections()
    assert {each.collection for each in listed} == set(known(gateway)) >= {"default", fresh}
    (only,) = await collections.list_collections([fresh])
    assert (only.collection, only.name, set(only.tags)) == (fresh, "Köln", {"b", fresh})
    assert [each.collection for each in await collections.list_collections(["nope", fresh])] == [fresh]
    assert await collections.list_collections(["nope"]) == []
    if world.is_old:
        assert only.user == "trustgraph"
        assert only.created_at
    else:
        assert len(await collections.list_collections(limit=1)) == 1
        assert len(await collections.list_collections(limit=0)) == len(listed)
    changed = await collections.update_collection(fresh, description="more")
    kept = ("Köln", {"b", fresh}) if world.is_old else (fresh, set())  # 2.x writes all of it anew
    assert (changed.name, set(changed.tags), changed.description) == (*kept, "more")
    assert known(gateway)[fresh]["description"] == "more"
    await collections.delete_collection(fresh)
    assert fresh not in {each.collection for each in await collections.list_collections()}
    await collections.delete_collection(fresh)  # nothing is there


@each_way_on_1x
async def test_collections_of_somebody_else(world: World, fresh: str) -> None:
    collections = world.services.collection()
    assert await collections.list_collections(user="ines") == []
    made = await collections.update_collection(fresh, "hers", user="ines")
    assert (made.collection, list(known(world.gateway, "ines"))) == (fresh, [fresh])
    assert fresh not in {each.collection for each in await collections.list_collections()}
    await collections.delete_collection(fresh, user="ines")
    assert known(world.gateway, "ines") == {}


@each_way_on_2x
async def test_collections_of_another_workspace(world: World, fresh: str) -> None:
    collections = world.services.collection()
    elsewhere = collections.with_options(workspace="other")
    before = await elsewhere.list_collections()
    await elsewhere.update_collection(fresh, "there")
    assert fresh not in known(world.gateway)
    assert fresh in {each.collection for each in await elsewhere.list_collections()}
    await elsewhere.delete_collection(fresh)
    assert await elsewhere.list_collections() == before
    await world.failure(collections.with_options(workspace="nope").list_collections(), WorkspaceNotFound)


@each_way_on_2x
async def test_who_may_change_collections(world: World, fresh: str) -> None:
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        collections = api.collection()
        assert "default" in {each.collection for each in await collections.list_collections()}
        await world.failure(collections.update_collection(fresh), AccessDenied)
        await world.failure(collections.delete_collection("default"), AccessDenied)
