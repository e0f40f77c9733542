"""Flows that come and go, and the blueprints they are started from."""

from __future__ import annotations

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, story
from tgproto.catalog import FlowOps, FlowsOps
from tgproto.errors import FlowError, GatewayError, SilentFailure

QUEUES = {"request": "queue:a", "response": "queue:b"}
DEFINITION = {
    "description": "for a test",
    "blueprint": {},
    "class": {},
    "flow": {},
    "interfaces": {"embeddings": QUEUES},
}


@story(FlowsOps, "list", "get", "start", "stop")
@story(FlowOps, "embeddings")
async def test_the_life_of_a_flow(place: Place) -> None:
    flows = place.api.flow()
    assert await flows.list() == ["default"]
    await flows.start("default", "new", "for a test", {"model": "m"})
    assert sorted(await flows.list()) == ["default", "new"]
    record = await flows.get("new")
    assert (record.id, record.blueprint_name, record.description) == ("new", "default", "for a test")
    assert record.parameters == {"model": "m"}
    assert record["description"] == "for a test"
    assert await flows.id("new").embeddings("a") == await place.flow.embeddings("a")
    await failure(flows.start("default", "new", "again"), FlowError, "already")
    assert await flows.get("new") == record
    await flows.stop("new")
    assert await flows.list() == ["default"]
    await failure(flows.id("new").embeddings("a"), GatewayError, "Invalid flow")


@story(FlowsOps, "get", "start", "stop")
async def test_flows_that_are_not(place: Place) -> None:
    flows = place.api.flow()
    lost = FlowError if place.generation == 1 else SilentFailure
    await failure(flows.get("nope"), lost)
    await failure(flows.start("nope", "new", ""), lost)
    await failure(flows.stop("nope"), FlowError, "there is no flow 'nope'")
    assert await flows.list() == ["default"]


@story(FlowsOps, "list_blueprints", "get_blueprint", "put_blueprint", "delete_blueprint", "start", "stop")
@story(FlowsOps, "list_classes", "get_class", "put_class", "delete_class")
async def test_the_life_of_a_blueprint(place: Place) -> None:
    """By either name, on gateways that call it either."""
    flows = place.api.flow()
    for listed, get, put, delete in (
        (flows.list_blueprints, flows.get_blueprint, flows.put_blueprint, flows.delete_blueprint),
        (flows.list_classes, flows.get_class, flows.put_class, flows.delete_class),
    ):
        assert await listed() == ["default"]
        await put("new", DEFINITION)
        assert sorted(await listed()) == ["default", "new"]
        assert await get("new") == DEFINITION
        await put(class_name="new", definition='{"flow": {}}')
        assert await get(class_name="new") == {"flow": {}}
        await failure(flows.start("new", "of-new", ""), FlowError if place.generation == 1 else SilentFailure)
        await put("new", DEFINITION)
        await flows.start("new", "of-new", "")
        assert set((await flows.get("of-new")).interfaces) == {"embeddings"}
        await flows.stop("of-new")
        await delete("new")
        assert await listed() == ["default"]
        await failure(get("new"), SilentFailure, "no blueprint 'new'")
        await delete("new")
