"""Bulk import and export: what is confirmed is in the gateway, and nothing is lost without a word."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.world import World
from tests.drivers.peers.peer import TOKEN
from tgconformance.relay import Fault, Relay, Way
from tgdrivers.testing import gateway
from tgproto.errors import (
    AuthenticationError,
    ConnectionRefused,
    ExportInterrupted,
    ExportRefused,
    ImportInterrupted,
    ImportRefused,
    InvalidItem,
)
from tgproto.types import IRI, Literal, Triple
from tgproto.types.bulk import EntityContext

KNOWN = {"workspace": "default", "dialect": "2.x"}
"""Spares the questions before the first socket, so that faults hit the sockets."""

pytestmark = pytest.mark.world(peer="embedded", transport="websocket")

HEAD = 129
"""Bytes with which the embedded gateway accepts a socket."""
P = IRI("http://example.org/counts")


def triples(count: int, first: int = 0) -> Iterator[Triple]:
    return (Triple(IRI(f"http://example.org/{n}"), P, Literal(str(n))) for n in range(first, first + count))


def stored(world: World, workspace: str = "default") -> set[int]:
    """Return which triples the gateway has."""
    found = world.peer.graphs.graph(workspace, "default").find(p=P)
    return {int(triple.o.value) for triple in found}


async def everything(exporting: Any, then: Callable[[list[Any]], object] = len) -> list[Any]:
    """Read an export to its end, and do something after each item."""
    got: list[Any] = []
    async for item in exporting:
        got.append(item)
        then(got)
    return got


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    with Relay(world.url) as relay:
        world.url = relay.url
        yield relay


async def test_an_import(world: World) -> None:
    told: list[int] = []
    result = await world.api.bulk().import_triples(
        "default", triples(1005), batch_size=10, on_progress=lambda done, total: told.append(done)
    )
    assert (result.sent, result.confirmed, result.unconfirmed, result.batches) == (1005, 1005, 0, 101)
    assert (result.reconnects, result.resent, result.skipped) == (0, 0, 0)
    assert result.elapsed > 0
    assert stored(world) == set(range(1005))
    assert told == sorted(set(told))
    assert told[-1] == 1005


@pytest.mark.parametrize("confirm", ["close", None])
async def test_other_confirmations(world: World, confirm: Any) -> None:
    result = await world.api.bulk().import_triples("default", triples(700), batch_size=3, confirm=confirm)
    assert result.sent == 700
    assert result.confirmed == (700 if confirm else 0)
    assert stored(world) == set(range(700))


async def test_nothing_to_import(world: World) -> None:
    result = await world.api.bulk().import_triples("default", [])
    assert (result.sent, result.confirmed, result.batches) == (0, 0, 0)


async def test_an_asynchronous_source(world: World) -> None:
    async def source() -> AsyncIterator[Triple]:
        for triple in triples(25):
            await world.driver.sleep(0)
            yield triple

    importing = world.api.bulk().import_triples("default", source(), batch_size=10)
    if world.driver.name == "threaded":
        with pytest.raises(TypeError, match="asynchronous"):
            await importing
    else:
        assert (await importing).confirmed == 25


@pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)
async def test_a_source_that_is_waited_for_when_the_connection_is_lost(world: World, relay: Relay) -> None:
    closed: list[bool] = []

    async def source() -> AsyncIterator[Triple]:
        try:
            for triple in triples(25):
                yield triple
            relay.reset()
            await world.driver.sleep(60)
        finally:
            closed.append(True)

    if world.driver.name == "threaded":
        pytest.skip("its sources are never awaited")
    async with world.connect() as api:
        with pytest.raises(ImportInterrupted):
            await api.bulk().import_triples("default", source(), batch_size=10, resume=False)
        assert closed == [True]


async def test_a_source_that_fails(world: World) -> None:
    def source() -> Iterator[Triple]:
        yield from triples(30)
        raise OSError("the file is broken")

    with pytest.raises(OSError, match="the file is broken"):
        await world.api.bulk().import_triples("default", source(), batch_size=10)
    await world.driver.until(lambda: stored(world) >= set(range(20)))
    await world.driver.until(lambda: world.peer.connections <= 1)


async def test_an_invalid_item(world: World) -> None:
    items = [*triples(15), 5, *triples(3, 15)]
    with pytest.raises(InvalidItem, match="item 15: it must be a Triple") as failed:
        await world.api.bulk().import_triples("default", items, batch_size=10)
    assert failed.value.position == 15
    assert failed.value.result.confirmed == 15
    assert stored(world) == set(range(15))


async def test_invalid_items_that_are_skipped(world: World) -> None:
    told: list[int] = []
    items = [None, *triples(15), "x", *triples(3, 15)]
    importing = world.api.bulk().import_triples(
        "default", items, batch_size=4, on_invalid=lambda error: told.append(error.position)
    )
    result = await importing
    assert (result.confirmed, result.skipped, told) == (18, 2, [0, 16])
    assert stored(world) == set(range(18))


@pytest.mark.parametrize(("flow", "workspace"), [("nowhere", "default"), ("default", "nowhere")])
async def test_a_flow_that_is_not_there(world: World, flow: str, workspace: str) -> None:
    bulk = world.api.bulk().with_options(workspace=workspace)
    begin = time.monotonic()
    with pytest.raises(ImportRefused, match="Check the id of the flow") as failed:
        await bulk.import_triples(flow, triples(1000))
    assert failed.value.offset == failed.value.confirmed == 0
    with pytest.raises(ExportRefused, match="Check the id of the flow"):
        await everything(bulk.export_triples(flow, on_gap=print))
    assert time.monotonic() - begin < 6


async def test_a_wrong_token(world: World) -> None:
    async with world.connect(token="tg_wrong", workspace="default", dialect="2.x") as api:
        with pytest.raises(AuthenticationError) as failed:
            await api.bulk().import_triples("default", triples(1))
        assert "tg_wrong" not in str(failed.value)


async def test_no_gateway(world: World) -> None:
    await world.stop_peer()
    with pytest.raises(ConnectionRefused):
        await world.api.bulk().import_triples("default", triples(1))


async def test_several_at_once(world: World) -> None:
    bulk = world.api.bulk()
    results = await world.driver.many(
        lambda number: bulk.import_triples("default", triples(500, 500 * number), batch_size=7), 6
    )
    assert [result.confirmed for result in results] == [500] * 6
    assert stored(world) == set(range(3000))


# --- losses ---------------------------------------------------------------------------------------


@pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)
async def test_a_reset_loses_nothing(world: World, relay: Relay) -> None:
    relay.plan(Fault.RESET, Way.UP, after=60_000, times=3)
    async with world.connect() as api:
        result = await api.bulk().import_triples("default", triples(5000))
    assert (result.sent, result.confirmed) == (5000, 5000)
    assert result.reconnects == 3
    assert stored(world) == set(range(5000))


@pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)
async def test_going_on_by_hand(world: World, relay: Relay) -> None:
    relay.plan(Fault.RESET, Way.UP, after=60_000)
    items = [*triples(5), None, *triples(2995, 5)]
    async with world.connect() as api:
        with pytest.raises(ImportInterrupted) as failed:
            await api.bulk().import_triples("default", items, resume=False, batch_size=50, on_invalid="skip")
        error = failed.value
        assert error.sent > error.confirmed
        assert stored(world) >= set(range(max(error.offset - 1, 0)))
        await api.bulk().import_triples("default", items[error.offset :], on_invalid="skip")
    assert stored(world) == set(range(3000))


@pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)
async def test_pongs_that_do_not_come(world: World, relay: Relay) -> None:
    async with world.connect(timeout=0.3) as api:
        relay.plan(Fault.STALL, Way.DOWN, after=HEAD + 3, times=5)
        with pytest.raises(ImportInterrupted, match="Nothing answers pings") as failed:
            await api.bulk().import_triples("default", triples(10))
    assert (failed.value.sent, failed.value.confirmed, failed.value.reconnects) == (10, 0, 3)


async def test_the_gateway_goes_away(world: World) -> None:
    async with world.connect(timeout=5) as api:

        def source() -> Iterator[Triple]:
            for triple in triples(3000):
                if triple.o == Literal("1000"):
                    world.peer.stop()
                yield triple

        with pytest.raises(ImportInterrupted) as failed:
            await api.bulk().import_triples("default", source(), batch_size=10, resume=False)
        assert stored(world) >= set(range(failed.value.offset))


# --- exports --------------------------------------------------------------------------------------


async def test_an_export(world: World) -> None:
    opened: list[bool] = []
    exporting = world.api.bulk().export_triples("default", limit=250, on_open=lambda: opened.append(True))
    feeding = world.driver.start(_feed, world, 300)
    got = [int(triple.o.value) async for triple in exporting]
    assert got == list(range(250))
    assert opened == [True]
    await feeding
    await world.driver.until(lambda: not world.peer.taps.count("default", "default", "triples"))


async def _feed(world: World, count: int, kind: str = "triples") -> None:
    """Import, once somebody watches."""
    await world.driver.until(lambda: world.peer.taps.count("default", "default", kind))
    async with world.connect() as api:
        if kind == "triples":
            await api.bulk().import_triples("default", triples(count), {"id": "doc"}, 100, collection="c")
        else:
            contexts = (EntityContext(IRI(f"urn:{n}"), f"text {n}") for n in range(count))
            await api.bulk().import_entity_contexts("default", contexts)


async def test_batches(world: World) -> None:
    exporting = world.api.bulk().export_triples("default", limit=250)
    feeding = world.driver.start(_feed, world, 300)
    sizes = []
    async for batch in exporting.batches():
        sizes.append(len(batch))
        assert (batch.metadata.id, batch.metadata.collection) == ("doc", "c")
    assert sizes == [100, 100, 50]
    await feeding


async def test_until(world: World) -> None:
    feeding = world.driver.start(_feed, world, 30, "entity-contexts")
    exporting = world.api.bulk().export_entity_contexts(
        "default", until=lambda item: item.context == "text 7"
    )
    got = [item async for item in exporting]
    assert got == [EntityContext(IRI(f"urn:{n}"), f"text {n}") for n in range(8)]
    await feeding


async def test_idle_timeout(world: World) -> None:
    feeding = world.driver.start(_feed, world, 130)
    exporting = world.api.bulk().export_triples("default", idle_timeout=0.3)
    assert len([triple async for triple in exporting]) == 130
    await feeding


async def test_leaving_closes_the_socket(world: World) -> None:
    feeding = world.driver.start(_feed, world, 130)
    async with world.api.bulk().export_triples("default") as exporting:
        async for triple in exporting:
            assert triple.o == Literal("0")
            break
    await feeding
    await world.driver.until(lambda: not world.peer.taps.count("default", "default", "triples"))


@pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)
async def test_a_lost_export(world: World, relay: Relay) -> None:
    async with world.connect() as api:
        feeding = world.driver.start(_feed, world, 30)
        counts: list[int] = []

        def count(got: list[Any]) -> None:
            counts.append(len(got))
            if len(got) == 30:
                relay.cut()

        with pytest.raises(ExportInterrupted, match="on_gap"):
            await everything(api.bulk().export_triples("default"), count)
        assert counts == list(range(1, 31))
        await feeding


@pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)
async def test_a_gap(world: World, relay: Relay) -> None:
    async with world.connect() as api:
        feeding = world.driver.start(_feed, world, 30)
        gaps: list[str] = []
        got = []
        async for triple in api.bulk().export_triples("default", limit=60, on_gap=gaps.append):
            got.append(triple)
            if len(got) == 30:
                await feeding
                relay.cut()
                await world.driver.until(lambda: not world.peer.taps.count("default", "default", "triples"))
                feeding = world.driver.start(_feed, world, 30)
        await feeding
        assert len(gaps) == 1
        assert TOKEN not in gaps[0]


# --- gateway 1.7.1 --------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["auto", "1.x"])
async def test_an_older_gateway(driver: Driver, dialect: str) -> None:
    with gateway(generation=1) as server:
        async with driver.api(server.url, token=server.token, dialect=dialect, timeout=10) as api:
            bulk = api.bulk()
            result = await bulk.import_triples(
                "default", triples(2000), batch_size=10, user="ann", collection="c"
            )
            assert (result.sent, result.confirmed) == (2000, 2000)
            assert len(server.gateway.graphs.graph("ann", "c")) == 2000
            with pytest.raises(ImportRefused):
                await bulk.import_triples("nowhere", triples(1))
            with pytest.raises(InvalidItem, match="a named graph cannot be sent"):
                await bulk.import_triples("default", [Triple("urn:s", "urn:p", "o", "urn:g")])


@pytest.mark.world(peer="embedded", transport="websocket", tls=True)
async def test_an_import_over_tls(world: World) -> None:
    result = await world.api.bulk().import_triples("default", triples(3000))
    assert (result.sent, result.confirmed) == (3000, 3000)
    assert stored(world) == set(range(3000))


async def test_closing_while_something_is_under_way(world: World) -> None:
    api, seen = world.connect(), list[object]()
    exporting = world.driver.start(lambda: everything(api.bulk().export_triples("default"), seen.append))

    async def under_way() -> None:
        await _feed(world, 30)
        await world.driver.until(lambda: seen)

    if world.driver.name == "trio":
        async with api:
            await under_way()
    else:
        await under_way()
        await api.aclose()
    with pytest.raises(ExportInterrupted, match="closed by this side"):
        await exporting
