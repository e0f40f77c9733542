"""The configuration, and collections."""

from __future__ import annotations

import json

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, story
from tgproto.catalog import CollectionOps, ConfigOps, FlowOps
from tgproto.errors import ConfigError, RequestError, SilentFailure, WorkspaceNotFound
from tgproto.types import IRI, CollectionMetadata, ConfigKey, ConfigValue, Triple

GREETING = ConfigValue("prompt", "greeting", json.dumps({"text": "Grüß Gott"}))
PARTING = ConfigValue("prompt", "parting", "")
LIMIT = ConfigValue("limits", "greeting", "5")


@story(ConfigOps, "put", "get", "get_values", "list", "all", "delete")
async def test_values_are_put_and_read_in_every_way(place: Place) -> None:
    config = place.api.config()
    before, version = await config.all()
    await config.put([GREETING, ("prompt", "parting", ""), LIMIT])
    assert await config.get([LIMIT, ("prompt", "greeting")]) == [LIMIT, GREETING]
    assert sorted(await config.get_values("prompt"), key=lambda value: value.key) == [GREETING, PARTING]
    assert sorted(await config.list("prompt")) == ["greeting", "parting"]
    values, later = await config.all()
    assert values == before | {
        "prompt": {"greeting": GREETING.value, "parting": ""},
        "limits": {"greeting": "5"},
    }
    assert later > version
    await config.put([ConfigValue("limits", "greeting", "6")])
    assert [value.value for value in await config.get([LIMIT])] == ["6"]
    await config.delete([LIMIT, {"type": "prompt", "key": "parting"}])
    assert await config.get([PARTING, GREETING]) == [ConfigValue("prompt", "parting", None), GREETING]
    assert await config.list("limits") == await config.list("nope") == []
    assert await config.get_values("limits") == []
    await config.delete([ConfigKey("nope", "nope")])


@story(ConfigOps, "list", "put", "delete")
async def test_failures_of_the_configuration(place: Place) -> None:
    config = place.api.config()
    lost = ConfigError if place.generation == 1 else SilentFailure
    await failure(config.list("fail=0"), lost)
    await failure(config.put([("fail=0", "key", "value")]), lost)
    await failure(config.delete([("fail=0", "key")]), lost)


@story(ConfigOps, "get_values_all_workspaces", generation=2)
async def test_values_of_all_workspaces_are_not_to_be_had(place: Place) -> None:
    await failure(place.api.config().get_values_all_workspaces("prompt"), SilentFailure)


@story(ConfigOps, "put", "get", generation=2)
async def test_each_workspace_has_a_configuration(place: Place) -> None:
    here = place.api.config()
    await place.api.iam().create_workspace("attic")
    there = here.with_options(workspace="attic")
    await there.put([GREETING])
    assert await there.get([GREETING]) == [GREETING]
    assert await here.get([GREETING]) == [ConfigValue("prompt", "greeting", None)]
    await failure(here.with_options(workspace="nope").list("prompt"), WorkspaceNotFound)


@story(CollectionOps, "list_collections", "update_collection", "delete_collection")
@story(FlowOps, "triples_query")
async def test_the_life_of_a_collection(place: Place) -> None:
    collections = place.api.collection()
    assert await collections.list_collections() == []
    made = await collections.update_collection("maps", "Maps", "Of rivers", ["river", "old"])
    assert (made.collection, made.name, made.description) == ("maps", "Maps", "Of rivers")
    assert sorted(made.tags) == ["old", "river"]
    await collections.update_collection("songs")
    found = {one.collection: one for one in await collections.list_collections()}
    assert found.keys() == {"maps", "songs"}
    assert described(found["maps"]) == described(made)
    assert found["songs"].name == "songs"
    assert found["maps"]["description"] == "Of rivers"
    assert [one.collection for one in await collections.list_collections(["river"])] == ["maps"]
    assert await collections.list_collections(["nope"]) == []
    changed = await collections.update_collection("maps", "Atlas", "Of rivers", ["river"])
    assert (changed.name, changed.tags) == ("Atlas", ("river",))
    owner = "trustgraph" if place.generation == 1 else "default"
    triple = Triple(IRI("urn:s"), IRI("urn:p"), IRI("urn:o"))
    place.server.gateway.graphs.add([triple], workspace=owner, collection="maps")
    assert await place.flow.triples_query(collection="maps") == [triple]
    await collections.delete_collection("maps")
    assert await place.flow.triples_query(collection="maps") == []
    assert [one.collection for one in await collections.list_collections()] == ["songs"]
    await collections.delete_collection("nope")
    await failure(collections.update_collection("fail=0"), RequestError, "scripted failure")


def described(collection: CollectionMetadata) -> tuple[object, ...]:
    return collection.name, collection.description, sorted(collection.tags), collection.user
