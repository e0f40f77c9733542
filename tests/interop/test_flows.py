"""Flow management, whose errors the gateway loses, and which workspace is meant."""

from __future__ import annotations

import time

import pytest

from tests.interop.world import World, on_1x, on_2x
from tgproto.catalog import IamCalls
from tgproto.errors import (
    AccessDenied,
    FlowError,
    GatewayError,
    LocalProtocolError,
    SilentFailure,
    WorkspaceNotFound,
)


async def test_flows_that_are_there(world: World) -> None:
    async with world.connect(transport=world.transport) as api:
        assert {"default", "bare", "dead"} <= set(await api.flow().list())
        bare = await api.flow().get("bare")
    assert (bare.id, bare.blueprint_name, bare.description) == ("bare", "bare", "interop flow bare")
    assert set(bare.interfaces) == {"embeddings"}
    assert bare["class-name" if world.is_old else "blueprint-name"] == "bare"


@pytest.mark.exercises("flow list-flows", "flow get-flow", "flow start-flow", "flow stop-flow")
async def test_the_life_of_a_flow(world: World) -> None:
    name = f"flow-{time.time_ns()}"
    async with world.connect(transport=world.transport) as api:
        flows = api.flow()
        parameters = {} if world.is_old else {"model": "m"}  # 1.x has none
        await flows.start("bare", name, "for a test", parameters)
        assert name in await flows.list()
        record = await flows.get(name)
        assert (record.description, record.parameters) == ("for a test", parameters)
        await world.failure(flows.start("bare", name, "again"), FlowError, "already")
        assert (await flows.get(name)).description == "for a test"
        await embeds(world, flows.id(name))
        await flows.stop(name)
        assert name not in await flows.list()
        await world.failure(flows.get(name), FlowError if world.is_old else SilentFailure)
        await world.failure(flows.stop(name), FlowError, "there is no flow")


async def embeds(world: World, flow: object) -> None:
    """Use a flow that has just been started: the gateway hears of it a moment later."""
    end = time.monotonic() + 5
    while True:
        try:
            assert await flow.embeddings("a")
            return
        except GatewayError:
            if time.monotonic() > end:
                raise
        await world.driver.sleep(0.02)


async def test_flows_that_are_not(world: World) -> None:
    async with world.connect(transport=world.transport) as api:
        flows = api.flow()
        told = FlowError if world.is_old else SilentFailure
        await world.failure(flows.get("nope"), told)
        await world.failure(flows.stop("nope"), FlowError, "there is no flow 'nope'")
        await world.failure(flows.start("nope", "nope", ""), told)
        assert "nope" not in await flows.list()


@on_2x
async def test_who_may_manage_flows(world: World) -> None:
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        flows = api.flow()
        assert "bare" in await flows.list()
        await world.failure(flows.start("bare", "never", ""), AccessDenied, "capability")
        await world.failure(flows.stop("bare"), AccessDenied)
        await world.failure(flows.with_options(workspace="other").list(), AccessDenied)


@on_2x
async def test_flows_of_another_workspace(world: World) -> None:
    async with world.connect(transport=world.transport, workspace="other") as api:
        assert set(await api.flow().list()) == {"default"}
        await world.failure(api.flow().id("bare").embeddings("a"), GatewayError, "Invalid flow other/bare")
        await world.failure(api.flow().with_options(workspace="nope").list(), WorkspaceNotFound, "name")


@on_2x
async def test_who_the_caller_is(world: World) -> None:
    user = await world.carry(IamCalls().whoami())
    assert (user.username, user.default_workspace, user.roles) == ("admin", "default", ("admin",))


@on_2x
async def test_the_workspace_of_the_caller(world: World, guest: str) -> None:
    text = f"{world.driver.name} {world.transport} {time.time_ns()} n=1"
    async with world.connect(guest) as api:
        flow = world.flow_of(api)
        assert await flow.text_completion("s", text) == "chunk-0 "
        await world.failure(
            world.flow_of(api, "bare").embeddings("a"), GatewayError, "Invalid flow other/bare"
        )
        assert (
            await world.flow_of(api).with_options(workspace="other").text_completion("s", "n=1") == "chunk-0 "
        )
    seen = world.gateway.requests("text-completion")
    assert [asked["workspace"] for asked in seen if asked["request"]["prompt"] == text] == ["other"]


@on_2x
async def test_workspaces_of_others(world: World, guest: str) -> None:
    """On the socket a key opens its workspaces; for flow services over REST the gateway does not look."""
    async with world.connect(guest, workspace="default") as api:
        flow = world.flow_of(api)
        if world.transport == "rest":
            assert await flow.text_completion("s", "n=1") == "chunk-0 "
        else:
            await world.failure(flow.text_completion("s", "n=1"), AccessDenied)


@on_2x
async def test_workspaces_that_do_not_exist(world: World) -> None:
    async with world.connect(workspace="nope") as api:
        call = world.flow_of(api).text_completion("s", "n=1")
        if world.transport == "rest":
            await world.failure(call, GatewayError, "Invalid flow nope/default")
        else:
            await world.failure(call, WorkspaceNotFound, "workspace name")


@pytest.mark.parametrize("flow", ["a b", "ü/ö", "..", "%2e"])
async def test_ids_of_flows_that_need_quoting(world: World, flow: str) -> None:
    call = world.flow_of(world.api, flow).embeddings("a")
    if world.transport == "rest" and flow in ("ü/ö", ".."):  # no path can say them
        await world.failure(call, LocalProtocolError, "socket")
    else:
        await world.failure(
            call, GatewayError, "Invalid flow" if world.is_old else f"Invalid flow default/{flow}"
        )


@on_1x
async def test_users_instead_of_workspaces(world: World) -> None:
    """`user=` is told to the services; a workspace cannot be."""
    text = f"{world.driver.name} {world.transport} {time.time_ns()} n=1"
    assert await world.flow.graph_rag(text, user="ines") == "chunk-0 "
    seen = world.gateway.requests("graph-rag")
    assert [asked["request"]["user"] for asked in seen if asked["request"]["query"] == text] == ["ines"]
    async with world.connect(workspace="w") as api:
        await world.failure(
            world.flow_of(api).graph_rag("x"), LocalProtocolError, "has users, not workspaces"
        )


@on_2x
async def test_a_user_is_not_told_to_gateways_with_workspaces(world: World) -> None:
    with pytest.warns(UserWarning, match="user="):
        assert await world.flow.graph_rag("n=1", user="ines") == "chunk-0 "
