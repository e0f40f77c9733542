"""Faults at random bytes and moments, under calls and streams at once, from a seed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.drivers.contract.errors import keeps_secrets
from tests.drivers.contract.world import World
from tgconformance.relay import Fault, Relay, Way
from tgproto.errors import ConnectionFailed, ConnectionLost, RequestTimeout

pytestmark = [pytest.mark.slow, pytest.mark.world(peer="embedded", options={"timeout": 1.0})]

CALLS = 10
BOUND = 6.0
"""Seconds within which every call is over: reconnecting takes part of them."""
SEEDS = range(40)


def text_of(random: Random) -> str:
    return "".join(random.choices("abcdefghij ", k=random.randrange(3, 600)))


class Call:
    """A call, and what came of it.

    Attributes:
        text: The answer.
        told: What was answered, or the error.
    """

    def __init__(self, random: Random, number: int, world: World) -> None:
        self.text = f"{number}:{text_of(random)}"
        self.told: object = None
        self._flow = world.flow.with_options(retry=random.random() < 0.5)
        self._streaming = world.transport == "websocket" and random.random() < 0.6

    async def make(self) -> None:
        received: list[str] = []
        try:
            self.told = await self._ask(received)
        except (ConnectionLost, ConnectionFailed, RequestTimeout) as error:
            self.told = error
        if isinstance(self.told, Exception):
            keeps_secrets(self.told)
            assert self.text.startswith("".join(received))
        if isinstance(self.told, ConnectionLost):
            assert self.told.sent or not self.told.delivered
            assert not received or self.told.delivered == len(received)

    async def _ask(self, received: list[str]) -> str:
        prompt = f"ANSWER<<{self.text}>>"
        if not self._streaming:
            return str(await self._flow.text_completion("s", prompt))
        async for chunk in self._flow.text_completion("s", prompt, streaming=True):
            received.append(str(chunk))  # noqa: PERF401
        return "".join(received)


def break_something(random: Random, relay: Relay) -> None:
    way = random.choice(list(Way))
    match random.randrange(6):
        case 0:
            relay.cut()
        case 1:
            relay.reset()
        case 2:
            relay.half_close(way)
        case 3:
            relay.stall(way)
        case 4:
            relay.slow(random.choice([500, 20_000]), way)
        case _:
            fault = random.choice(list(Fault))
            relay.plan(fault, way, after=random.randrange(3000), times=random.randrange(1, 4))


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    with Relay(world.url) as relay:
        world.url = relay.url
        yield relay


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_call_ends_with_its_own_answer_or_a_typed_error(
    world: World, relay: Relay, seed: int
) -> None:
    random = Random(seed)
    if random.random() < 0.8:
        assert await world.flow.text_completion("s", "n=1") == "chunk-0 "
    calls = [Call(random, number, world) for number in range(CALLS)]
    begin = time.monotonic()
    tasks = [world.driver.start(call.make) for call in calls]
    for _ in range(random.randrange(1, 3)):
        await world.driver.sleep(random.random() * 0.05)
        break_something(random, relay)
    for task in tasks:
        await task
    assert time.monotonic() - begin < BOUND
    for call in calls:
        assert call.told == call.text or isinstance(call.told, Exception)
    relay.heal()
    relay.reset()
    await world.driver.sleep(0.05)
    patient = world.flow.with_options(retry=True, timeout=10)
    assert await patient.text_completion("s", "n=1") == "chunk-0 "
