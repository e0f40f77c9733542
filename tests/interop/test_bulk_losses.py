"""Imports into the published gateways that are broken on the way: what is confirmed arrives, and so does all.

They hand messages to a broker, and that is what is confirmed; the sink is behind it, and gets them a little
later.
"""

from __future__ import annotations

import re
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.interop.parts import Part
from tests.interop.published import RELEASES
from tests.interop.world import NEW, World, over_the_socket, places
from tgconformance.relay import Fault, Relay, Way
from tgproto.errors import ImportInterrupted
from tgproto.types import IRI, Literal, Triple
from tgproto.types.bulk import ImportResult

SUBJECT, PREDICATE = IRI("http://example.org/bulk"), IRI("http://example.org/p")
NUMBER = re.compile(rb'"item (\d+) ')
PATIENCE = 30.0
"""Seconds that what is in the broker has to get to the sink."""

with_one_driver, with_one_driver_on_2x = (
    pytest.mark.parametrize(
        "world",
        [place for place in places("websocket", releases=tuple(releases)) if "asyncio" in str(place.id)],
        indirect=True,
    )
    for releases in (RELEASES, NEW)
)


@pytest.fixture
def place(world: World) -> Iterator[str]:
    """A collection of its own."""
    name = f"interop-losses-{time.time_ns()}"
    yield name
    world.gateway.forget(name)


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    """It is before the gateway, about which nothing is asked first."""
    world.options["dialect"] = world.gateway.release
    if not world.is_old:
        world.options["workspace"] = "default"
    with Relay(world.url) as relay:
        world.url = relay.url
        yield relay


def triples(count: int, size: int, first: int = 0) -> Iterator[Triple]:
    """Yield items that take about so many bytes each on the wire."""
    padding = "x" * (size - 130)
    return (Triple(SUBJECT, PREDICATE, Literal(f"item {number} {padding}")) for number in range(first, count))


def arrived(world: World, collection: str) -> Counter[int]:
    """Return how often each item is at the sink."""
    address = f"{world.gateway.control}/sink/triples?items=1&collection={collection}"
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        return Counter(map(int, NUMBER.findall(answer.read())))


async def settled(world: World, collection: str, count: int) -> Counter[int]:
    """Wait until so many items are at the sink, and no more come; return how often each is there."""
    before, end = -1, time.monotonic() + PATIENCE
    while (now := world.gateway.sunk("triples", collection)) < count or now != before:
        assert time.monotonic() < end, f"{now} of {count} items"
        before = now
        await world.driver.sleep(0.3)
    return arrived(world, collection)


@over_the_socket
async def test_sixty_thousand_with_resets(world: World, relay: Relay, place: str) -> None:
    """60 MB, and the connection is reset again and again, with what the gateway has not read yet."""
    signal.setitimer(signal.ITIMER_REAL, 150)  # it takes 20 s, and other tests run at the same time
    count, random = 60_000, Random(world.driver.name)
    relay.plan(Fault.RESET, Way.UP, after=random.randrange(2 * 2**20, 12 * 2**20), times=4)
    async with world.connect() as api:
        result = await api.bulk().import_triples("default", triples(count, 1000), collection=place)
    assert relay.tripped == 4
    assert relay.forwarded(Way.UP) > count * 1000
    assert (result.sent, result.confirmed, result.unconfirmed, result.reconnects) == (count, count, 0, 4)
    there = await settled(world, place, count)
    assert set(there) == set(range(count))
    assert count <= there.total() <= count + result.resent


@with_one_driver
@pytest.mark.parametrize("seed", range(3))
async def test_going_on_by_hand(world: World, relay: Relay, place: str, seed: int) -> None:
    """Nothing is resumed: behind each offset, another import goes on."""
    count, random, done, resent = 6000, Random(seed), 0, 0
    relay.plan(Fault.RESET, Way.UP, after=random.randrange(300_000, 1_500_000), times=3)
    async with world.connect() as api:
        while done < count:
            told: ImportResult | ImportInterrupted
            try:
                told = await api.bulk().import_triples(
                    "default", triples(count, 1000, done), collection=place, resume=False
                )
            except ImportInterrupted as error:
                told = error
            done += told.confirmed
            resent += told.unconfirmed
            there = await settled(world, place, done)
            assert set(there) >= set(range(done))
            assert told.reconnects == told.resent == 0
    assert relay.tripped == 3
    assert set(there) == set(range(count))
    assert there.total() <= count + resent


@with_one_driver
@pytest.mark.parametrize("seed", range(10))
async def test_every_fault(world: World, relay: Relay, place: str, seed: int) -> None:
    """At some byte in some direction; a connection that stalls is given up when the time limit is over."""
    count, random = 3000, Random(seed)
    fault, way = list(Fault)[seed % len(Fault)], random.choice(list(Way))
    reach = random.choice([3000, 1_000_000]) if way is Way.UP else random.choice([200, 2000])
    relay.plan(fault, way, after=random.randrange(reach), times=random.randrange(1, 4))
    told: list[int] = []

    def progressed(done: int, total: Any) -> None:
        told.append(done)

    async with world.connect(timeout=2) as api:
        result = await api.bulk().import_triples(
            "default",
            triples(count, 300),
            batch_size=random.choice([1, 10, 100]),
            collection=place,
            on_progress=progressed,
        )
    assert (result.sent, result.confirmed) == (count, count) == (told[-1], told[-1])
    there = await settled(world, place, count)
    assert set(there) == set(range(count))
    assert there.total() <= count + result.resent


@with_one_driver_on_2x
async def test_a_gateway_that_is_killed(world: World, relay: Relay, place: str) -> None:
    """Its broker lives on. (That of 1.7.1 is within the gateway here, and dies with it.)"""
    signal.setitimer(signal.ITIMER_REAL, 150)
    count, part, killed = 20_000, Part(world.gateway.part), list[int]()

    def progressed(done: int, total: Any) -> None:
        if done > count // 3 and not killed:
            part.kill()
            killed.append(done)

    async with world.connect() as api:
        with pytest.raises(ImportInterrupted) as failed:
            await api.bulk().import_triples(
                "default",
                triples(count, 1000),
                batch_size=10,
                collection=place,
                resume=False,
                on_progress=progressed,
            )
        part.start()
        done = failed.value.offset
        assert done >= killed[0]
        there = await settled(world, place, done)
        assert set(there) >= set(range(done))
        result = await api.bulk().import_triples("default", triples(count, 1000, done), collection=place)
    assert result.confirmed == count - done
    assert set(await settled(world, place, count)) == set(range(count))
