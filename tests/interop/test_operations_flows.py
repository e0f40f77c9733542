"""Blueprints, which 1.x calls classes: what is written can be read by others, and flows are made of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.published import Published
from tests.interop.test_flows import embeds
from tests.interop.world import World, each_way, each_way_on_1x, each_way_on_2x
from tgproto.errors import AccessDenied, SilentFailure, WorkspaceNotFound

BLUEPRINTS = (
    "flow list-blueprints",
    "flow get-blueprint",
    "flow put-blueprint",
    "flow delete-blueprint",
)
CLASSES = ("flow list-classes", "flow get-class", "flow put-class", "flow delete-class")


def there(gateway: Published, name: str) -> Any:
    """Return a blueprint as another client sees it; None if there is none."""
    if gateway.is_old:
        names = gateway.ask("flow", operation="list-classes")["class-names"]
        member, body = "class-definition", {"operation": "get-class", "class-name": name}
    else:
        names = gateway.ask("flow", operation="list-blueprints")["blueprint-names"]
        member, body = "blueprint-definition", {"operation": "get-blueprint", "blueprint-name": name}
    if name not in names:
        return None
    return json.loads(gateway.ask("flow", **body)[member])


@pytest.fixture
def name(world: World) -> Iterator[str]:
    """A name that nothing else has, and that nothing has afterwards."""
    name = f"made-{time.time_ns()}"
    yield name
    assert there(world.gateway, name) is None


@pytest.mark.exercises(*BLUEPRINTS)
@each_way()
async def test_the_life_of_a_blueprint(world: World, name: str) -> None:
    flows, gateway = world.services.flow(), world.gateway
    definition = {"description": "Köln", "tags": [], "flow": {}, "interfaces": {"x": "y:{id}"}, "n": 1.5}
    assert {"standin", "bare", "dead"} <= set(await flows.list_blueprints())
    await flows.put_blueprint(name, definition)
    assert there(gateway, name) == await flows.get_blueprint(name) == definition
    assert name in await flows.list_blueprints()
    await flows.put_blueprint(name, json.dumps({}))
    assert there(gateway, name) == await flows.get_blueprint(name) == {}
    await flows.delete_blueprint(name)
    assert name not in await flows.list_blueprints()
    await flows.delete_blueprint(name)  # nothing is there


@pytest.mark.exercises(*CLASSES)
@each_way_on_1x
async def test_the_life_of_a_class(world: World, name: str) -> None:
    flows = world.services.flow()
    definition = {"description": "d", "class": {}, "flow": {}, "interfaces": {}}
    await flows.put_class(class_name=name, definition=definition)
    assert there(world.gateway, name) == await flows.get_class(class_name=name) == definition
    assert name in await flows.list_classes()
    await flows.delete_class(class_name=name)


@each_way_on_2x
async def test_older_names(world: World, name: str) -> None:
    flows = world.services.flow()
    await flows.put_class(class_name=name, definition={"flow": {}})
    assert await flows.get_class(class_name=name) == {"flow": {}}
    assert name in await flows.list_classes()
    await flows.delete_class(class_name=name)


@each_way()
async def test_blueprints_that_are_not(world: World) -> None:
    flows = world.services.flow()
    await world.failure(flows.get_blueprint("nope"), SilentFailure, "no blueprint 'nope'")
    await flows.delete_blueprint("nope")


@each_way()
async def test_a_flow_of_a_new_blueprint(world: World, name: str) -> None:
    flows = world.services.flow()
    definition = await flows.get_blueprint("bare")
    await flows.put_blueprint(name, definition)
    await flows.start(name, name, "of its own")
    assert (await flows.get(name)).blueprint_name == name
    await embeds(world, flows.id(name))
    await flows.stop(name)
    assert name not in await flows.list()
    await flows.delete_blueprint(name)


@each_way_on_2x
async def test_who_may_write_blueprints(world: World) -> None:
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        flows = api.flow()
        assert "bare" in await flows.list_blueprints()
        assert "flow" in await flows.get_blueprint("bare")
        await world.failure(flows.put_blueprint("never", {}), AccessDenied)
        await world.failure(flows.delete_blueprint("bare"), AccessDenied)
    assert there(world.gateway, "never") is None
    assert there(world.gateway, "bare")


@each_way_on_2x
async def test_blueprints_of_another_workspace(world: World, name: str) -> None:
    elsewhere = world.services.flow().with_options(workspace="other")
    await elsewhere.put_blueprint(name, {"flow": {}})
    assert there(world.gateway, name) is None
    assert name in await elsewhere.list_blueprints()
    assert name not in await world.services.flow().list_blueprints()
    await elsewhere.delete_blueprint(name)
    nowhere = world.services.flow().with_options(workspace="nope")
    await world.failure(nowhere.list_blueprints(), WorkspaceNotFound)
    await world.failure(nowhere.put_blueprint("x", {}), WorkspaceNotFound)
