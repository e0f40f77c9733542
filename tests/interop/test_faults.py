"""The published gateway behind a relay that breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.interop.world import World, on, over_the_socket
from tgconformance.relay import Fault, Relay, Way
from tgproto.errors import ConnectionFailed, ConnectionLost, ConnectionRefused, RequestTimeout, TransportError

everywhere = on("rest", "websocket")

LOSSES: dict[str, Callable[[Relay], None]] = {
    "cut": Relay.cut,
    "reset": Relay.reset,
    "half-close": lambda relay: relay.half_close(Way.DOWN),
    "deaf": lambda relay: relay.half_close(Way.UP),
}
losses = pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)

LIMIT = 0.3
"""Seconds of a limit that is reached."""


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    """It is before the gateway, whose release is known, so that nothing is asked first."""
    world.options["dialect"] = world.gateway.release
    with Relay(world.url) as relay:
        world.url = relay.url
        yield relay


async def works(flow: Any) -> None:
    assert await flow.text_completion("s", "n=1") == "chunk-0 "


async def begun(world: World, relay: Relay, before: int) -> None:
    """Wait until a request is with the gateway, as far as the network knows."""
    await world.driver.until(lambda: relay.forwarded(Way.UP) > before)
    await world.driver.sleep(0.05)


@everywhere
@losses
async def test_a_call(world: World, relay: Relay, lose: Callable[[Relay], None]) -> None:
    await works(world.flow)
    before = relay.forwarded(Way.UP)
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await begun(world, relay, before)
    lose(relay)
    error = await world.failure(call, ConnectionLost, "may have been executed")
    assert (error.sent, error.delivered) == (True, 0)
    await works(world.flow)


@everywhere
@losses
async def test_a_call_that_may_be_repeated(world: World, relay: Relay, lose: Callable[[Relay], None]) -> None:
    await works(world.flow)
    served, before = world.gateway.served()["text-completion"], relay.forwarded(Way.UP)
    flow = world.flow.with_options(retry=True)
    call = world.driver.start(flow.text_completion, "s", "n=2 first=0.3")
    await begun(world, relay, before)
    lose(relay)
    assert await call == "chunk-0 chunk-1 "
    assert world.gateway.served()["text-completion"] == served + 2


@everywhere
@losses
async def test_an_idle_connection_is_replaced(
    world: World, relay: Relay, lose: Callable[[Relay], None]
) -> None:
    await works(world.flow)
    lose(relay)
    await world.driver.sleep(0.1)
    await works(world.flow)
    assert relay.accepted == 2


@everywhere
@pytest.mark.parametrize("ways", [(), (Way.UP,), (Way.DOWN,)], ids=["both", "up", "down"])
async def test_a_network_that_stalls(world: World, relay: Relay, ways: tuple[Way, ...]) -> None:
    await works(world.flow)
    for option, other in (("timeout", "total_timeout"), ("total_timeout", "timeout")):
        relay.stall(*ways)
        begin = time.monotonic()
        flow = world.flow.with_options(**{option: LIMIT, other: None})
        error = await world.failure(flow.text_completion("s", "n=1"), RequestTimeout)
        assert (error.option, error.seconds) == (option, LIMIT)
        assert time.monotonic() - begin < LIMIT + 1
        relay.resume()
        await works(world.flow)


@everywhere
async def test_a_slow_network(world: World, relay: Relay) -> None:
    await works(world.flow)
    relay.slow(20_000, piece=200)
    answer = await world.flow.text_completion("s", "n=1 size=8000")
    assert answer == "chunk-0 ".ljust(8000, answer[-1])
    brief = world.flow.with_options(total_timeout=LIMIT)
    error = await world.failure(brief.text_completion("s", "n=1 size=9000"), RequestTimeout)
    assert error.option == "total_timeout"


@everywhere
async def test_a_port_that_is_closed_for_a_while(world: World, relay: Relay) -> None:
    relay.refuse()
    await world.failure(world.flow.text_completion("s", "n=1"), ConnectionRefused)
    relay.admit()
    await works(world.flow)
    relay.refuse()
    relay.reset()
    await world.driver.sleep(0.1)
    waiting = world.driver.start(partial(works, world.flow))
    await world.driver.sleep(0.1)
    relay.admit()
    await waiting


@everywhere
async def test_other_connections_are_not_touched(world: World, relay: Relay) -> None:
    count = 20 if world.transport == "websocket" else 4
    tasks = [
        world.driver.start(world.flow.text_completion, "s", f"ANSWER<<{number}>> first=0.5")
        for number in range(count)
    ]
    await world.driver.until(lambda: len(relay.connections) >= 2)
    await world.driver.sleep(0.2)
    relay.reset(1)
    told = []
    for task in tasks:
        try:
            told.append(str(await task))
        except ConnectionLost as error:
            told.append(f"lost, {error.sent}")
    lost = told.count("lost, True")
    if world.transport == "rest":
        assert lost == 1
    elif world.is_old:  # until one is answered, no other is sent on its connection
        assert 0 < lost < count
    else:
        assert lost in (4, 16)
    assert all(text in (str(number), "lost, True") for number, text in enumerate(told))


@everywhere
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
@pytest.mark.parametrize("way", Way)
async def test_a_first_connection_that_breaks(world: World, relay: Relay, fault: Fault, way: Way) -> None:
    """At any byte: the error says truly whether the call may have run."""
    known = {} if world.is_old else {"workspace": "default"}
    async with world.connect(**known) as api:
        await works(world.flow_of(api))
        whole, said = relay.forwarded(way), list[int]()
    await world.driver.until(lambda: not relay.connections)
    for after in sorted({0, 1, whole - 1, *range(0, whole, 23)}):
        served = world.gateway.served()["text-completion"]
        relay.plan(fault, way, after=after)
        async with world.connect(**known) as api:
            with pytest.raises(TransportError) as caught:
                await works(world.flow_of(api))
        await world.driver.until(lambda: not relay.connections)
        error = caught.value
        said.append(0 if isinstance(error, ConnectionFailed) else 1 + getattr(error, "sent", 0))
        assert said[-1] == 2 or world.gateway.served()["text-completion"] == served
    assert said == sorted(said)  # from "no connection" over "not sent" to "may have been executed"
    expected = {2} if world.transport == "rest" else {0, 2} if world.is_old else {0, 1, 2}
    assert set(said) >= expected


# --- streams ----------------------------------------------------------------------------------


async def read(stream: Any, texts: list[str]) -> None:
    async for chunk in stream:
        texts.append(str(chunk))  # noqa: PERF401


@over_the_socket
@losses
async def test_a_stream(world: World, relay: Relay, lose: Callable[[Relay], None]) -> None:
    """Before its first chunk, and in the middle, where it is never sent again."""
    await works(world.flow)
    for count in (0, 3):
        flow, texts = world.flow.with_options(retry=count > 0), list[str]()
        before = relay.forwarded(Way.UP)
        stream = await flow.text_completion("s", f"n=9 drop={count}", streaming=True)
        reader = world.driver.start(read, stream, texts)
        await begun(world, relay, before)
        await world.driver.until(lambda texts=texts, count=count: len(texts) == count)
        lose(relay)
        error = await world.failure(reader, ConnectionLost)
        assert (error.sent, error.delivered) == (True, count)
        assert texts == ["chunk-0 ", "chunk-1 ", "chunk-2 "][:count]
    await works(world.flow)


@over_the_socket
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
async def test_a_stream_that_breaks_off(world: World, relay: Relay, fault: Fault) -> None:
    """At any byte: what has come whole is delivered, and then the error that counts it."""
    async with world.connect() as api:
        await works(world.flow_of(api))
        before = relay.forwarded(Way.DOWN)
        assert await world.flow_of(api).text_completion("s", "n=4", streaming=True).result()
        whole = relay.forwarded(Way.DOWN) - before
    counts = []
    for after in range(1, whole, 79):
        await world.driver.until(lambda: not relay.connections)
        async with world.connect() as api:
            await works(flow := world.flow_of(api))
            relay.plan(fault, Way.DOWN, after=after)
            texts: list[str] = []
            stream = flow.text_completion("s", "n=4 first=0.05", streaming=True)
            error = await world.failure(read(stream, texts), ConnectionLost)
            assert texts == [f"chunk-{number} " for number in range(4)][: error.delivered]
            counts.append(error.delivered)
    assert counts == sorted(counts)
    assert {0, 1, 2, 3} <= set(counts)


@over_the_socket
async def test_a_stream_that_stalls_and_one_that_is_slow(world: World, relay: Relay) -> None:
    await works(world.flow)
    brief = world.flow.with_options(timeout=LIMIT)
    stream = await brief.text_completion("s", "n=9 drop=2", streaming=True)
    assert [str(await anext(stream)), str(await anext(stream))] == ["chunk-0 ", "chunk-1 "]
    relay.stall()
    error = await world.failure(anext(stream), RequestTimeout)
    assert error.option == "timeout"
    relay.resume()
    relay.slow(2000, Way.DOWN)
    begin, texts = time.monotonic(), list[str]()
    await read(brief.text_completion("s", "n=9", streaming=True), texts)
    assert "".join(texts) == "".join(f"chunk-{number} " for number in range(9))
    assert time.monotonic() - begin > LIMIT
