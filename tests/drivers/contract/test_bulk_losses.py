"""Imports over a network that breaks at some byte: what is confirmed is stored; with `resume`, everything.

The same on a virtual clock, with far more seeds: `tests/properties/test_bulk_simulation.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import keeps_secrets
from tests.drivers.contract.test_bulk import KNOWN, stored, triples
from tests.drivers.contract.world import World
from tests.drivers.peers.bulk import BulkGateway
from tests.drivers.peers.peer import TOKEN
from tgconformance.relay import Fault, Relay, Way
from tgproto.errors import CallError, ConnectionFailed, ConnectionLost, ImportInterrupted
from tgproto.types.bulk import ImportResult

COUNT = 2000
FAST, SLOW = range(3), range(3, 50)

pytestmark = pytest.mark.world(peer="embedded", transport="websocket", options=KNOWN)


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    with Relay(world.url) as relay:
        world.url = relay.url
        yield relay


def breaks(random: Random, relay: Relay) -> None:
    """Let up to three connections break, at some byte; for one that stalls that is a black hole."""
    fault = random.choice(list(Fault))
    way = random.choice(list(Way))
    reach = random.choice([200, 3000, 100_000])
    relay.plan(fault, way, after=random.randrange(reach), times=random.randrange(1, 4))


def is_slow(random: Random, relay: Relay) -> None:
    """Let everything take its time, and answers come in pieces; and something break."""
    relay.delay(random.choice([0.01, 0.05]))
    relay.slow(2000, Way.DOWN, piece=random.choice([1, 16]))
    breaks(random, relay)


def goes_away(random: Random, relay: Relay) -> None:
    """Let connections be reset, and refused for a while, and something break. See `_away`."""
    breaks(random, relay)


TROUBLES: dict[str, Callable[[Random, Relay], None]] = {
    "breaks": breaks,
    "is slow": is_slow,
    "goes away": goes_away,
}


@pytest.mark.parametrize("seed", FAST)
async def test_an_import(world: World, relay: Relay, seed: int) -> None:
    await _import(world, relay, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW)
async def test_imports(world: World, relay: Relay, seed: int) -> None:
    await _import(world, relay, seed)


async def _import(world: World, relay: Relay, seed: int) -> None:
    random = Random(seed)
    resume = random.random() < 0.8
    trouble = random.choice([*TROUBLES, "breaks"])
    TROUBLES[trouble](random, relay)
    away = (
        world.driver.start(_away, world, relay, random.randrange(30_000)) if trouble == "goes away" else None
    )
    told: ImportResult | CallError
    async with world.connect(timeout=1.0, connect_timeout=1.0) as api:
        try:
            told = await api.bulk().import_triples(
                "default",
                triples(COUNT),
                batch_size=random.choice([1, 10, 100]),
                resume=resume,
                on_progress=lambda done, total: _confirmed(world, done),
            )
        except CallError as error:
            told = error
    if away is not None:
        await away
    check(told, stored(world), resume=resume)


async def _away(world: World, relay: Relay, after: int) -> None:
    """Let the gateway be away for a while, once so many bytes went there, or it is too late for that."""
    for _ in range(200):
        if relay.forwarded(Way.UP) >= after:
            break
        await world.driver.sleep(0.005)
    relay.refuse()
    relay.reset()
    await world.driver.sleep(0.2)
    relay.admit()


def _confirmed(world: World, done: int) -> None:
    assert stored(world) >= set(range(done))


def check(told: ImportResult | CallError, there: set[int], *, resume: bool, connections: int = 1) -> None:
    """See that what an import said is true."""
    if isinstance(told, ImportResult):
        assert (told.sent, told.confirmed, told.unconfirmed) == (COUNT, COUNT, 0)
        assert there == set(range(COUNT))
        assert resume or not told.reconnects
        assert told.reconnects or not told.resent or connections > 1  # another socket took over
        return
    assert not resume, f"there are few faults: {told!r}"
    keeps_secrets(told)
    if isinstance(told, ImportInterrupted):
        assert told.offset <= told.confirmed <= told.sent
        assert told.offset == told.confirmed or connections > 1
        assert told.confirmed <= len(there)
        assert there >= set(range(told.offset))
        assert there <= set(range(told.sent))
    else:
        assert isinstance(told, ConnectionFailed) or (isinstance(told, ConnectionLost) and not told.sent)
        assert not there


@pytest.mark.world(peer="embedded", transport="websocket")
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET, Fault.HALF_CLOSE])
async def test_what_is_asked_first(world: World, relay: Relay, fault: Fault) -> None:
    """An answer that is lost, too, is no reason to give an import up."""
    for way, after in ((Way.UP, 1), (Way.UP, 100), (Way.DOWN, 1), (Way.DOWN, 100)):
        relay.plan(fault, way, after=after)
        tripped = relay.tripped
        async with world.connect() as api:
            result = await api.bulk().import_triples("default", triples(10))
        assert relay.tripped == tripped + 1
        assert (result.confirmed, result.reconnects) == (10, 0)


async def test_a_gateway_that_closes_with_1000(driver: Driver) -> None:
    """Once, with a part of what was sent: the rest arrives, too."""
    options = {"token": TOKEN, "timeout": 10, "dialect": "2.x", "workspace": "w"}
    with BulkGateway() as peer:
        async with driver.api(peer.url, **options) as api:
            result = await api.bulk().import_triples("closes", triples(40), batch_size=2)
    assert (result.sent, result.confirmed, result.reconnects) == (40, 40, 1)
    taken = [int(triple["o"]["v"]) for message in peer.taken for triple in message["triples"]]
    assert set(taken) == set(range(40))
    assert len(taken) <= 40 + result.resent
