"""Networks that break: a relay between the driver and the gateway does what networks do."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import pytest

from tests.drivers.contract.errors import failure, keeps_secrets
from tests.drivers.contract.world import World
from tgconformance.relay import Fault, Relay, Way
from tgproto.errors import (
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    RequestTimeout,
    TransportError,
)

T = TypeVar("T")

embedded = partial(pytest.mark.world, peer="embedded")
over_the_socket = partial(embedded, transport="websocket")

LOSSES: dict[str, Callable[[Relay], None]] = {
    "cut": Relay.cut,
    "reset": Relay.reset,
    "half-close": lambda relay: relay.half_close(Way.DOWN),
    "deaf": lambda relay: relay.half_close(Way.UP),
}
"""What ends a connection. The last one is for the gateway to find out: it then closes, too."""

losses = pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
STALLS = {"both": (), "up": (Way.UP,), "down": (Way.DOWN,)}
stalls = pytest.mark.parametrize("ways", STALLS.values(), ids=STALLS)

QUICK = {"timeout": None, "keepalive": None}
"""Options of an `Api` whose time passes quickly, so that no pause before a new connection is waited for."""

LIMIT = 0.15
"""Seconds of a limit that is reached."""
LATE = 1.0
"""Seconds after a limit within which it must have been noticed."""


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    with Relay(world.url) as relay:
        world.url = relay.url
        yield relay


async def works(flow: Any) -> None:
    """Make a call; until one is answered, an address may be wrong, and is not tried again."""
    assert await flow.text_completion("s", "n=1") == "chunk-0 "


async def ends_in_time(call: Any, option: str = "timeout") -> None:
    """See that a call ends for a limit of `LIMIT`, and soon."""
    begin = time.monotonic()
    error = await failure(call, RequestTimeout, f"Raise {option}")
    assert (error.option, error.seconds) == (option, LIMIT)
    assert time.monotonic() - begin < LIMIT + LATE


async def alone(world: World, relay: Relay) -> Any:
    """Return a new `Api` when no older one has a connection that a planned fault could meet."""
    await world.api.aclose()
    await world.driver.until(lambda: not relay.connections)
    return world.connect()


async def pass_until(world: World, condition: Callable[[], object]) -> None:
    """Let time pass on the driver's clock until something has happened."""

    def look() -> object:
        world.pass_time(0.5)
        return condition()

    await world.driver.until(look)


async def finished(world: World, call: Awaitable[T]) -> T:
    """Carry out a call while time passes on the driver's clock."""
    over: list[None] = []

    async def run() -> T:
        try:
            return await call
        finally:
            over.append(None)

    task = world.driver.start(run)
    await pass_until(world, lambda: over)
    return await task


async def outcome(call: Any) -> str:
    """Return the answer of a call, or a word on its loss."""
    try:
        return str(await call)
    except ConnectionLost as error:
        return "lost, sent" if error.sent else "lost, not sent"


async def read(stream: Any, texts: list[str]) -> None:
    async for chunk in stream:
        texts.append(str(chunk))  # noqa: PERF401


# --- during a call ----------------------------------------------------------------------------


@embedded(clock=True, options=QUICK)
@losses
async def test_a_call(world: World, relay: Relay, lose: Callable[[Relay], None]) -> None:
    await works(world.flow)
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    lose(relay)
    error = await failure(call, ConnectionLost, "may have been executed")
    assert (error.sent, error.delivered) == (True, 0)
    await finished(world, works(world.flow))
    assert world.peer.seen.count("hang=1") == 1


@embedded(clock=True, options=QUICK)
async def test_a_call_over_the_first_connection_ever(world: World, relay: Relay) -> None:
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    relay.reset()
    error = await failure(call, ConnectionLost, "may have been executed")
    assert error.sent
    await finished(world, works(world.flow))


@embedded(clock=True, options=QUICK | {"retry": True})
@losses
async def test_a_call_that_may_be_repeated(world: World, relay: Relay, lose: Callable[[Relay], None]) -> None:
    await works(world.flow)
    call = world.driver.start(world.flow.text_completion, "s", "n=2 first=0.1")
    await world.reads("n=2 first=0.1")
    lose(relay)
    assert await finished(world, call) == "chunk-0 chunk-1 "
    assert world.peer.seen.count("n=2 first=0.1") == 2


@embedded(clock=True, options=QUICK)
async def test_what_was_not_sent_is_sent_again(world: World, relay: Relay) -> None:
    """Those that wait for a place are carried out over new connections; those under way are lost."""
    await works(world.flow)
    async with world.connect(max_connections=1) as api:
        flow, room = api.flow().id("default"), 16 if world.transport == "websocket" else 4
        sent = [
            world.driver.start(flow.text_completion, "s", f"n=1 first=0.3 {number}") for number in range(room)
        ]
        await world.driver.until(lambda: len(world.peer.seen) == 1 + room)
        waiting = [world.driver.start(flow.text_completion, "s", f"ANSWER<<{n}>>") for n in range(3)]
        await world.driver.sleep(0.05)
        relay.reset()
        for task in sent:
            assert (await failure(finished(world, task), ConnectionLost)).sent
        assert [await finished(world, task) for task in waiting] == ["0", "1", "2"]


@embedded()
async def test_other_connections_are_not_touched(world: World, relay: Relay) -> None:
    count = 20 if world.transport == "websocket" else 4
    tasks = [
        world.driver.start(world.flow.text_completion, "s", f"ANSWER<<{number}>> first=0.3")
        for number in range(count)
    ]
    await world.driver.until(lambda: len(world.peer.seen) == count)
    assert len(relay.connections) >= 2
    relay.reset(1)
    told = [await outcome(task) for task in tasks]
    assert told.count("lost, sent") in ((4, 16) if world.transport == "websocket" else (1,))
    assert all(answer in (str(number), "lost, sent") for number, answer in enumerate(told))
    await works(world.flow)


@embedded()
@stalls
async def test_a_network_that_stalls_during_a_call(world: World, relay: Relay, ways: tuple[Way, ...]) -> None:
    await works(world.flow)
    limits = (
        {"timeout": "total_timeout"} if ways else {"total_timeout": "timeout", "timeout": "total_timeout"}
    )
    for option, other in limits.items():
        flow = world.flow.with_options(**{option: LIMIT, other: None})
        relay.stall(*ways)
        await ends_in_time(flow.text_completion("s", "n=1"), option)
        relay.resume()
        await works(world.flow)


@embedded(options={"timeout": 0.5})
async def test_a_network_that_is_only_late(world: World, relay: Relay) -> None:
    relay.delay(0.02)
    for number in range(3):
        assert await world.flow.text_completion("s", f"ANSWER<<{number}>>") == str(number)


@embedded()
async def test_an_answer_that_comes_slowly(world: World, relay: Relay) -> None:
    """Over REST each piece is a sign of life; over the socket a message that is not whole is none."""
    await works(world.flow)
    relay.slow(12_000, Way.DOWN, piece=100)
    call = world.flow.with_options(timeout=LIMIT).text_completion("s", "n=1 size=4000")
    if world.transport == "rest":
        assert len(await call) == 4000
    else:
        await ends_in_time(call)
    flow = world.flow.with_options(timeout=None, total_timeout=LIMIT)
    await ends_in_time(flow.text_completion("s", "n=1 size=4000"), "total_timeout")
    relay.heal()
    await works(world.flow)


@embedded()
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET, Fault.HALF_CLOSE])
async def test_an_answer_that_breaks_off(world: World, relay: Relay, fault: Fault) -> None:
    """Wherever it does, it is never taken for a whole one."""
    await works(world.flow)
    before = relay.forwarded(Way.DOWN)
    text = "0123456789" * 30
    assert await world.flow.text_completion("s", f"ANSWER<<{text}>>") == text
    whole = relay.forwarded(Way.DOWN) - before
    for number, after in enumerate((1, whole // 3, whole // 2, whole - 1), 1):
        async with await alone(world, relay) as api:
            await works(flow := api.flow().id("default"))
            relay.plan(fault, Way.DOWN, after=after)
            call = world.driver.start(flow.text_completion, "s", f"ANSWER<<{text}>> {after} first=0.02")
            error = await failure(call, ConnectionLost)
            assert (error.delivered, relay.tripped) == (0, number)
    assert whole > 300


# --- during a stream --------------------------------------------------------------------------


@over_the_socket(clock=True, options=QUICK)
@losses
async def test_a_stream_before_its_first_chunk(
    world: World, relay: Relay, lose: Callable[[Relay], None]
) -> None:
    await works(world.flow)
    stream = await world.flow.text_completion("s", "hang=1", streaming=True)
    reader = world.driver.start(partial(anext, stream))
    await world.reads("hang=1")
    lose(relay)
    error = await failure(reader, ConnectionLost, "before any answer")
    assert (error.sent, error.delivered) == (True, 0)
    await finished(world, works(world.flow))


@over_the_socket(clock=True, options=QUICK | {"retry": True})
async def test_a_stream_that_may_be_repeated(world: World, relay: Relay) -> None:
    await works(world.flow)
    stream = await world.flow.text_completion("s", "n=3 first=0.1", streaming=True)
    texts: list[str] = []
    reader = world.driver.start(read, stream, texts)
    await world.reads("n=3 first=0.1")
    relay.cut()
    await finished(world, reader)
    assert texts[:3] == ["chunk-0 ", "chunk-1 ", "chunk-2 "]
    assert world.peer.seen.count("n=3 first=0.1") == 2


@over_the_socket(clock=True, options=QUICK)
@losses
async def test_a_stream_in_the_middle(world: World, relay: Relay, lose: Callable[[Relay], None]) -> None:
    await works(world.flow)
    for retry in (False, True):
        flow, texts = world.flow.with_options(retry=retry), list[str]()
        stream = flow.text_completion("s", f"n=9 drop=3 {retry}", streaming=True)
        reader = world.driver.start(read, stream, texts)
        await pass_until(world, lambda texts=texts: len(texts) == 3)
        lose(relay)
        error = await failure(finished(world, reader), ConnectionLost, "after 3 frames of the answer")
        assert (error.sent, error.delivered) == (True, 3)
        assert texts == ["chunk-0 ", "chunk-1 ", "chunk-2 "]
    await finished(world, works(world.flow))
    assert len(world.peer.seen) == 4


@over_the_socket()
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET, Fault.HALF_CLOSE])
async def test_a_stream_that_breaks_off(world: World, relay: Relay, fault: Fault) -> None:
    """At any byte: what has come whole is delivered, and then the error that counts it."""
    await works(world.flow)
    before = relay.forwarded(Way.DOWN)
    assert len(str(await world.flow.text_completion("s", "n=4", streaming=True).result())) == 32
    whole = relay.forwarded(Way.DOWN) - before
    counts = []
    for after in range(1, whole, 43):
        async with await alone(world, relay) as api:
            await works(flow := api.flow().id("default"))
            relay.plan(fault, Way.DOWN, after=after)
            texts: list[str] = []
            stream = flow.text_completion("s", "n=4 first=0.02", streaming=True)
            error = await failure(read(stream, texts), ConnectionLost)
            assert texts == [f"chunk-{number} " for number in range(4)][: error.delivered]
            counts.append(error.delivered)
    assert counts == sorted(counts)
    assert set(counts) >= {0, 1, 2, 3}


@over_the_socket(clock=True, options=QUICK)
@stalls
async def test_a_network_that_stalls_during_a_stream(
    world: World, relay: Relay, ways: tuple[Way, ...]
) -> None:
    await works(world.flow)
    for option, other in (("timeout", "total_timeout"), ("total_timeout", "timeout")):
        flow = world.flow.with_options(**{option: 30, other: None})
        stream = await flow.text_completion("s", f"n=9 drop=2 {option}", streaming=True)
        assert [str(await anext(stream)), str(await anext(stream))] == ["chunk-0 ", "chunk-1 "]
        relay.stall(*ways)
        reader = world.driver.start(partial(anext, stream))
        await world.driver.sleep(0.02)
        world.pass_time(30)
        error = await failure(reader, RequestTimeout)
        assert (error.option, error.seconds) == (option, 30)
        relay.resume()
        await works(world.flow)


@over_the_socket(options={"timeout": LIMIT})
async def test_a_stream_that_comes_slowly(world: World, relay: Relay) -> None:
    await works(world.flow)
    relay.slow(2000, Way.DOWN)
    begin = time.monotonic()
    stream = world.flow.text_completion("s", "n=8", streaming=True)
    assert str(await stream.result()) == "".join(f"chunk-{number} " for number in range(8))
    assert time.monotonic() - begin > LIMIT


@over_the_socket(options={"timeout": 30, "keepalive": 20}, clock=True)
async def test_a_network_that_died_silently(world: World, relay: Relay) -> None:
    await works(world.flow)
    flow = world.flow.with_options(timeout=None)
    call = world.driver.start(flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    relay.stall()
    for _ in range(3):  # a ping after 20 s, and no pong after 20 more
        world.pass_time(20)
        await world.driver.sleep(0.02)
    error = await failure(call, ConnectionLost, "no pong within 20 s")
    assert error.sent
    relay.resume()
    again = world.driver.start(works, world.flow)
    await world.driver.sleep(0.02)
    world.pass_time(1)
    await again


# --- between calls ----------------------------------------------------------------------------


@embedded(clock=True, options=QUICK)
@losses
async def test_an_idle_connection_is_replaced(
    world: World, relay: Relay, lose: Callable[[Relay], None]
) -> None:
    await works(world.flow)
    lose(relay)
    await world.driver.sleep(0.05)
    await finished(world, works(world.flow))
    assert relay.accepted == 2
    assert world.peer.seen == ["n=1", "n=1"]


@embedded()
async def test_an_idle_network_that_stalls(world: World, relay: Relay) -> None:
    await works(world.flow)
    relay.stall()
    await ends_in_time(world.flow.with_options(timeout=LIMIT).text_completion("s", "n=1"))
    relay.reset()
    relay.resume()
    await world.driver.sleep(0.05)
    await works(world.flow)


@embedded(clock=True, options=QUICK)
async def test_closing_over_a_network_that_stalls(world: World, relay: Relay) -> None:
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    relay.stall()
    await finished(world, world.api.aclose())
    await failure(call, ConnectionLost, "closed by this side")
    relay.resume()
    await works(world.flow)


# --- while connecting -------------------------------------------------------------------------


@embedded()
async def test_a_port_that_is_closed_for_a_while(world: World, relay: Relay) -> None:
    relay.refuse()
    await failure(world.flow.text_completion("s", "n=1"), ConnectionRefused)
    relay.admit()
    await works(world.flow)
    relay.refuse()
    relay.reset()
    await world.driver.sleep(0.02)
    call = world.flow.with_options(timeout=LIMIT).text_completion("s", "n=1")
    error = await failure(call, RequestTimeout, "cannot be reached")
    assert error.option == "timeout"
    waiting = world.driver.start(world.flow.text_completion, "s", "n=2")
    await world.driver.sleep(0.05)
    relay.admit()
    assert await waiting == "chunk-0 chunk-1 "


@embedded()
async def test_a_peer_that_takes_no_connection(world: World, relay: Relay) -> None:
    relay.ignore()
    await ends_in_time(world.flow.with_options(timeout=LIMIT).text_completion("s", "n=1"))
    relay.admit()
    await works(world.flow)


@over_the_socket(clock=True, options={"timeout": None})
async def test_an_upgrade_that_is_not_answered(world: World, relay: Relay) -> None:
    relay.stall(Way.DOWN)
    call = world.driver.start(world.flow.text_completion, "s", "n=1")
    await world.driver.until(lambda: relay.forwarded(Way.UP) > 0)
    world.pass_time(19)
    await world.driver.sleep(0.02)
    assert relay.connections
    world.pass_time(1)
    await failure(call, ConnectionFailed, "upgrade")
    relay.resume()
    await works(world.flow)


@embedded(tls=True, options={"connect_timeout": LIMIT})
@stalls
async def test_a_network_that_stalls_during_the_handshake_of_tls(
    world: World, relay: Relay, ways: tuple[Way, ...]
) -> None:
    relay.stall(*ways)
    begin = time.monotonic()
    await failure(world.flow.text_completion("s", "n=1"), ConnectTimeout, "within 0.15 s")
    assert time.monotonic() - begin < LIMIT + LATE


@embedded(options={"workspace": "default", "dialect": "2.x"})
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
@pytest.mark.parametrize("way", Way)
async def test_a_first_connection_that_breaks_at_any_byte(
    world: World, relay: Relay, fault: Fault, way: Way
) -> None:
    """The error says truly whether the call may have run, and the address is not tried again."""
    await works(world.flow)
    whole = relay.forwarded(way)
    said: list[int] = []
    for number, after in enumerate(sorted({0, 1, whole - 1, *range(0, whole, 41)})):
        prompt, accepted = f"n=1 {number}", relay.accepted
        async with await alone(world, relay) as api:
            relay.plan(fault, way, after=after)
            with pytest.raises(TransportError) as caught:
                await api.flow().id("default").text_completion("s", prompt)
        error = caught.value
        keeps_secrets(error)
        assert relay.accepted == accepted + 1
        said.append(0 if isinstance(error, ConnectionFailed) else 1 + getattr(error, "sent", 0))
        if said[-1] < 2:
            assert prompt not in world.peer.seen
    assert said == sorted(said)  # from "no connection" over "not sent" to "may have been executed"
    assert set(said) >= ({0, 1, 2} if world.transport == "websocket" else {2})


@embedded(clock=True, options=QUICK | {"retry": True})
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
@pytest.mark.parametrize("way", Way)
async def test_a_new_connection_that_breaks_at_any_byte(
    world: World, relay: Relay, fault: Fault, way: Way
) -> None:
    """To a gateway that has proven itself another connection is made, and the call is carried out."""
    await works(world.flow)
    await lose_all(world, relay)
    before = relay.forwarded(way)
    await finished(world, works(world.flow))
    whole = relay.forwarded(way) - before
    for number, after in enumerate(sorted({0, 1, whole - 1, *range(0, whole, 127)}), 1):
        async with await alone(world, relay) as api:
            await works(flow := api.flow().id("default"))
            await lose_all(world, relay)
            relay.plan(fault, way, after=after)
            await finished(world, works(flow))
            assert relay.tripped == number


async def lose_all(world: World, relay: Relay) -> None:
    """End all connections, and give the driver time to notice."""
    relay.reset()
    await world.driver.sleep(0.01)


@embedded(clock=True, tls=True, options=QUICK)
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET])
@pytest.mark.parametrize("way", Way)
async def test_a_handshake_of_tls_that_breaks(world: World, relay: Relay, fault: Fault, way: Way) -> None:
    """It may be about a certificate, or not; so a gateway that has proven itself is tried again."""
    for number, after in enumerate((0, 1, 100, 300), 1):
        async with await alone(world, relay) as api:
            relay.plan(fault, way, after=after)
            flow = api.flow().id("default")
            with pytest.raises(ConnectionFailed) as caught:  # TLSFailed, unless it broke before that began
                await flow.text_completion("s", "n=1")
            keeps_secrets(caught.value)
            await works(flow)
            await lose_all(world, relay)
            relay.plan(fault, way, after=after)
            await finished(world, works(flow))
            assert relay.tripped == 2 * number


@embedded(clock=True, options={"timeout": None, "retry": True})
async def test_a_network_that_always_breaks_is_given_up(world: World, relay: Relay) -> None:
    await works(world.flow)
    relay.plan(Fault.RESET, Way.DOWN, after=0, times=100)
    with pytest.raises(TransportError) as caught:
        await finished(world, world.flow.text_completion("s", "n=1"))
    keeps_secrets(caught.value)
    assert 5 <= relay.tripped <= 7
    relay.heal()
    await finished(world, works(world.flow))
