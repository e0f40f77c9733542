"""Gateways that break off, go away and come back."""

from __future__ import annotations

import pytest

from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import World
from tgproto.errors import (
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    DecodeError,
)

independent = pytest.mark.world(peer="independent")
independent_socket = pytest.mark.world(peer="independent", transport="websocket")


async def proves_itself(world: World) -> None:
    """Make a call; until one is answered, an address may be wrong, and is not tried again."""
    assert await world.flow.text_completion("s", "n=1") == "chunk-0 "


@independent
@pytest.mark.parametrize("fault", ["reset=2", "eof=2"])
async def test_a_connection_that_ends_in_the_middle_of_an_answer(world: World, fault: str) -> None:
    await proves_itself(world)
    error = await failure(world.flow.text_completion("s", fault), ConnectionLost, "may have been executed")
    assert error.sent
    await proves_itself(world)


@independent_socket
@pytest.mark.parametrize("fault", ["reset=2", "eof=2"])
async def test_a_stream_whose_connection_ends(world: World, fault: str) -> None:
    stream = world.flow.text_completion("s", fault, streaming=True)
    assert [str(await anext(stream)), str(await anext(stream))] == ["chunk-0 ", "chunk-1 "]
    error = await failure(anext(stream), ConnectionLost, "after 2 frames")
    assert error.delivered == 2
    error = await failure(world.flow.text_completion("s", fault, streaming=True).result(), ConnectionLost)
    assert error.partial == "chunk-0 chunk-1 "


@independent_socket
async def test_a_reset_fails_every_call_of_the_connection_once(world: World) -> None:
    others = [world.driver.start(world.flow.text_completion, "s", f"hang=1 {number}") for number in range(5)]
    await world.driver.until(lambda: len(world.peer.seen) == 5)
    await failure(world.flow.text_completion("s", "reset=0"), ConnectionLost)
    for task in others:
        await failure(task, ConnectionLost)
    await proves_itself(world)


@independent
async def test_an_answer_that_claims_to_be_a_terabyte(world: World) -> None:
    await proves_itself(world)
    await failure(world.flow.text_completion("s", "flood=2"), ConnectionLost, r"longer than max_\w+ \(")
    await proves_itself(world)


@pytest.mark.world(options={"max_message_bytes": 100_000})
async def test_an_answer_that_is_too_long(world: World) -> None:
    assert len(await world.flow.text_completion("s", "n=1 size=90000")) == 90_000
    call = world.flow.text_completion("s", "n=1 size=110000")
    await failure(call, ConnectionLost, r"longer than max_message_bytes \(100000 bytes\)")
    await proves_itself(world)


@independent
async def test_bytes_that_are_no_protocol(world: World) -> None:
    await proves_itself(world)
    await failure(world.flow.text_completion("s", "junk=0"), ConnectionLost, "protocol error")
    await proves_itself(world)


@independent_socket
async def test_json_that_is_nested_too_deeply_ends_a_connection(world: World) -> None:
    await failure(world.flow.text_completion("s", "deep=0"), ConnectionLost, "nested too deeply")
    await proves_itself(world)


@pytest.mark.world(peer="independent", transport="rest")
async def test_json_that_is_nested_too_deeply(world: World) -> None:
    await failure(world.flow.text_completion("s", "deep=0"), DecodeError, "cannot be read")
    await proves_itself(world)


async def test_the_gateway_goes_away_and_comes_back(world: World) -> None:
    await proves_itself(world)
    lost = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    await world.stop_peer()
    error = await failure(lost, ConnectionLost, "may have been executed")
    assert error.sent
    waiting = world.driver.start(world.flow.text_completion, "s", "n=2")
    await world.driver.sleep(0.05)
    world.peer.start()
    assert await waiting == "chunk-0 chunk-1 "


@pytest.mark.world(clock=True, options={"timeout": None})
async def test_a_gateway_that_stays_away_is_given_up(world: World) -> None:
    await proves_itself(world)
    await world.stop_peer()
    call = world.driver.start(world.flow.text_completion, "s", "n=1")
    for _ in range(80):  # the pauses are 22 s at most
        await world.driver.sleep(0.01)
        world.pass_time(1)
    with pytest.raises((ConnectionFailed, ConnectionLost)):
        await call


@pytest.mark.world(options={"retry": True})
async def test_what_may_be_repeated_is_sent_again(world: World) -> None:
    await proves_itself(world)
    call = world.driver.start(world.flow.text_completion, "s", "n=1 first=0.1")
    await world.reads("n=1 first=0.1")
    await world.stop_peer()
    world.peer.start()
    assert await call == "chunk-0 "
    assert world.peer.seen.count("n=1 first=0.1") == 2


@independent_socket
async def test_nothing_is_repeated_that_was_answered_in_part(world: World) -> None:
    flow = world.flow.with_options(retry=True)
    await failure(flow.text_completion("s", "reset=2", streaming=True).result(), ConnectionLost)
    assert world.peer.seen == ["reset=2"]


async def test_an_idle_connection_that_the_gateway_closed_is_replaced(world: World) -> None:
    await proves_itself(world)
    await world.stop_peer()
    world.peer.start()
    await world.driver.sleep(0.3)  # those who are alone look for it only then
    await proves_itself(world)


async def test_nobody_listens_any_more(world: World) -> None:
    await world.stop_peer()
    await failure(world.flow.text_completion("s", "n=1"), ConnectionRefused, "8888")
    world.peer.start()
    await proves_itself(world)
