"""One import over several sockets: what happens to one of them does no harm to the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.test_bulk import KNOWN, relay, stored, triples
from tests.drivers.contract.test_bulk_losses import breaks, check
from tests.drivers.contract.world import World
from tgconformance.relay import Fault, Relay, Way
from tgdrivers.testing import gateway
from tgproto.errors import CallError, ImportInterrupted, ImportRefused, InvalidItem
from tgproto.types import Triple
from tgproto.types.bulk import ImportResult

__all__ = ["relay"]

pytestmark = pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)


async def test_an_import(world: World, relay: Relay) -> None:
    told: list[int] = []
    offsets: list[int] = []
    async with world.connect() as api:
        result = await api.bulk().import_triples(
            "default",
            triples(3005),
            batch_size=10,
            connections=4,
            on_progress=lambda done, _: told.append(done),
            on_offset=offsets.append,
        )
    assert relay.accepted == 4
    assert (result.sent, result.confirmed, result.batches) == (3005, 3005, 301)
    assert (result.reconnects, result.resent, result.skipped) == (0, 0, 0)
    assert result.elapsed > 0
    assert stored(world) == set(range(3005))
    for numbers in (told, offsets):
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == 3005


async def test_of_a_flow(world: World) -> None:
    flow = world.api.socket().flow("default")
    result = await flow.import_triples(triples(500), batch_size=10, connections=3)
    assert result.confirmed == 500
    assert stored(world) == set(range(500))


@pytest.mark.parametrize("confirm", ["close", None])
async def test_other_confirmations(world: World, confirm: Any) -> None:
    importing = world.api.bulk().import_triples(
        "default", triples(700), batch_size=3, confirm=confirm, connections=3
    )
    result = await importing
    assert (result.sent, result.confirmed) == (700, 700 if confirm else 0)
    assert stored(world) == set(range(700))


async def test_more_sockets_than_items(world: World) -> None:
    for count in (0, 3):
        result = await world.api.bulk().import_triples("default", triples(count), batch_size=1, connections=8)
        assert result.confirmed == count
    await world.driver.until(lambda: world.peer.connections <= 1)


async def test_an_asynchronous_source(world: World) -> None:
    async def source() -> AsyncIterator[Triple]:
        for triple in triples(50):
            await world.driver.sleep(0)
            yield triple

    if world.driver.name == "threaded":
        pytest.skip("its sources are never awaited")
    result = await world.api.bulk().import_triples("default", source(), batch_size=5, connections=3)
    assert result.confirmed == 50


async def test_a_source_that_fails(world: World) -> None:
    offsets: list[int] = []

    def source() -> Iterator[Triple]:
        for triple in triples(30_000):
            if offsets and offsets[-1] > 1000:
                raise OSError("the file is broken")
            yield triple

    importing = world.api.bulk().import_triples(
        "default", source(), batch_size=10, connections=3, on_offset=offsets.append
    )
    with pytest.raises(OSError, match="the file is broken"):
        await importing
    assert stored(world) >= set(range(offsets[-1]))
    await world.driver.until(lambda: world.peer.connections <= 1)


async def test_an_invalid_item(world: World) -> None:
    items = [*triples(1500), 5, *triples(3, 1500)]
    with pytest.raises(InvalidItem, match="item 1500: it must be a Triple") as failed:
        await world.api.bulk().import_triples("default", items, batch_size=10, connections=4)
    assert failed.value.result.confirmed == 1500
    assert stored(world) == set(range(1500))


async def test_a_flow_that_is_not_there(world: World) -> None:
    with pytest.raises(ImportRefused, match="Check the id of the flow"):
        await world.api.bulk().import_triples("nowhere", triples(1000), connections=4)
    await world.driver.until(lambda: world.peer.connections <= 1)


# --- losses ---------------------------------------------------------------------------------------


async def test_resets_of_single_connections_lose_nothing(world: World, relay: Relay) -> None:
    random = Random(5)
    told: list[int] = []

    def source() -> Iterator[Triple]:
        for number, triple in enumerate(triples(20_000)):
            if number % 3000 == 2999 and relay.connections:
                relay.reset(random.choice(relay.connections))
            yield triple

    async with world.connect() as api:
        result = await api.bulk().import_triples(
            "default", source(), batch_size=5, connections=3, on_progress=lambda done, _: told.append(done)
        )
    assert result.reconnects > 0
    assert result.resent > 0
    assert (result.sent, result.confirmed) == (20_000, 20_000)
    assert told == sorted(set(told))
    assert stored(world) == set(range(20_000))


async def test_a_slow_socket_holds_nobody_up(world: World, relay: Relay) -> None:
    """Most items go over the quick one, and no more than a window is behind the slow one."""
    confirmed = offset = 0

    def progress(done: int, _: int | None) -> None:
        nonlocal confirmed
        confirmed = done

    def come(position: int) -> None:
        nonlocal offset
        offset = position

    def source() -> Iterator[Triple]:
        for number, triple in enumerate(triples(60_000)):
            if number == 59_999:
                seen.append((confirmed, offset))
                relay.resume()
            yield triple

    seen: list[tuple[int, int]] = []
    relay.plan(Fault.STALL, Way.UP, after=20_000)
    async with world.connect() as api:
        result = await api.bulk().import_triples(
            "default", source(), connections=2, on_progress=progress, on_offset=come
        )
    ((done, reached),) = seen
    assert done > 30_000 > reached
    assert (result.confirmed, result.resent, result.reconnects) == (60_000, 0, 0)
    assert stored(world) == set(range(60_000))


async def test_a_socket_that_hangs_is_replaced(world: World, relay: Relay) -> None:
    relay.plan(Fault.STALL, Way.UP, after=20_000)
    async with world.connect(timeout=0.5) as api:
        result = await api.bulk().import_triples("default", triples(5000), connections=3)
    assert (result.sent, result.confirmed) == (5000, 5000)
    assert result.resent > 0
    assert stored(world) == set(range(5000))


async def test_one_that_fails_ends_all(world: World, relay: Relay) -> None:
    relay.plan(Fault.RESET, Way.UP, after=400_000)
    offsets: list[int] = []
    async with world.connect() as api:
        with pytest.raises(ImportInterrupted) as failed:
            await api.bulk().import_triples(
                "default",
                triples(20_000),
                batch_size=10,
                resume=False,
                connections=3,
                on_offset=offsets.append,
            )
        error = failed.value
        assert error.offset <= error.confirmed <= error.sent < 20_000
        assert offsets == sorted(offsets)
        assert max(offsets, default=0) <= error.offset
        assert stored(world) >= set(range(error.offset))
        await api.bulk().import_triples(
            "default", triples(20_000 - error.offset, error.offset), connections=3
        )
    assert stored(world) == set(range(20_000))
    await world.driver.until(lambda: not relay.connections)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens(world: World, relay: Relay, seed: int) -> None:
    await _whatever(world, relay, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 40))
async def test_whatever_else_happens(world: World, relay: Relay, seed: int) -> None:
    await _whatever(world, relay, seed)


async def _whatever(world: World, relay: Relay, seed: int) -> None:
    random = Random(seed)
    resume = random.random() < 0.8
    breaks(random, relay)
    connections = random.choice([2, 3, 8])
    told: ImportResult | CallError
    async with world.connect(timeout=1.5, connect_timeout=1.5) as api:
        try:
            told = await api.bulk().import_triples(
                "default",
                triples(2000),
                batch_size=random.choice([1, 10, 100]),
                resume=resume,
                connections=connections,
            )
        except CallError as error:
            told = error
    check(told, stored(world), resume=resume, connections=connections)


# --- gateway 1.7.1 --------------------------------------------------------------------------------


async def test_an_older_gateway(driver: Driver) -> None:
    with gateway(generation=1) as server:
        async with driver.api(server.url, token=server.token, dialect="1.x", timeout=10) as api:
            result = await api.bulk().import_triples(
                "default", triples(2000), batch_size=10, user="ann", collection="c", connections=4
            )
            assert (result.sent, result.confirmed) == (2000, 2000)
            assert len(server.gateway.graphs.graph("ann", "c")) == 2000
