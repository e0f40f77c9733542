"""A client of another gateway, made of the house of a colour and of what it says itself: it is this small."""

from __future__ import annotations

import asyncio
import gc
import random
import ssl
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
import trio

from tgdrivers.asyncio.house import AsyncioHouse
from tgdrivers.asyncio.pump import Pump as AsyncioPump
from tgdrivers.certificates import Cert, Verify
from tgdrivers.clock import Clock
from tgdrivers.credentials import TokenSource
from tgdrivers.files import MACHINE
from tgdrivers.house import House, PumpT
from tgdrivers.network import InsecureWarning
from tgdrivers.proxies import ProxyChoice
from tgdrivers.testing import RunningGateway, gateway
from tgdrivers.threaded.house import ThreadedHouse
from tgdrivers.threaded.pump import Pump as ThreadedPump
from tgdrivers.trio.house import TrioHouse
from tgdrivers.trio.pump import Pump as TrioPump
from tgproto.address import parse_address
from tgproto.catalog import AsyncFlow, CallOptions, Flow
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.driven import Driven
from tgproto.errors import LocalProtocolError
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions

CERTIFICATE = Path(__file__).with_name("localhost.pem")
PATIENCE = 10

Kind: TypeAlias = Literal["rest"]


class ThingBase(House[PumpT, Kind]):
    def __init__(
        self,
        url: str,
        *,
        timeout: float | None = 60,
        token: str | TokenSource = "",
        verify: Verify = True,
        cert: Cert | None = None,
        proxy: ProxyChoice = True,
        connect_timeout: float = 10.0,
        clock: Clock | None = None,
    ) -> None:
        address = parse_address(url)
        super().__init__(address, token=token, verify=verify, cert=cert, proxy=proxy, clock=clock)
        self._options = CallOptions(timeout)
        self._rest_options = RestOptions(
            host=address.authority,
            path=address.path,
            token=self._secret,
            renewable=self._secret is None,
            connect_timeout=connect_timeout,
        )

    def _client(self, kind: Kind) -> Driven:
        return RestClient(self._rest_options, uniform=random.random)


class Thing(ThreadedHouse[Kind], ThingBase[ThreadedPump]):
    def flow(self) -> Flow:
        rest = partial(self._here, "rest")
        return Flow(runner=BlockingRunner(rest, streams=rest, machine=MACHINE), options=self._options)


class AsyncThing(AsyncioHouse[Kind], ThingBase[AsyncioPump]):
    def flow(self) -> AsyncFlow:
        rest = partial(self._here, "rest")
        return AsyncFlow(runner=AwaitedRunner(rest, streams=rest, machine=MACHINE), options=self._options)


class TrioThing(TrioHouse[Kind], ThingBase[TrioPump]):
    def flow(self) -> AsyncFlow:
        rest = partial(self._here, "rest")
        return AsyncFlow(runner=AwaitedRunner(rest, streams=rest, machine=MACHINE), options=self._options)


THINGS = [Thing, AsyncThing, TrioThing]


@pytest.fixture(params=["http", "https"])
def running(request: pytest.FixtureRequest) -> Iterator[RunningGateway]:
    context = None
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    with gateway(ssl=context) as running:
        yield running
        gc.collect()  # what was not closed warns


def gone(running: RunningGateway) -> None:
    end = time.monotonic() + PATIENCE
    while running.connections:
        assert time.monotonic() < end, "a connection is left"
        time.sleep(0.002)


# --- the life of a client -------------------------------------------------------------------------


def test_for_blocking_callers(running: RunningGateway) -> None:
    thing = Thing(running.url, token=lambda: running.token, verify=str(CERTIFICATE))
    with thing:
        flow = thing.flow().id("default")
        assert flow.text_completion("s", "n=1") == "chunk-0 "
        assert running.connections == 1
        thing.close()
        gone(running)
        assert flow.text_completion("s", "n=1") == "chunk-0 "
    gone(running)
    assert "tgdrivers" not in {thread.name for thread in threading.enumerate()}


async def converse(thing: AsyncThing | TrioThing, running: RunningGateway) -> None:
    """Make calls, before and after closing."""
    flow = thing.flow().id("default")
    assert await flow.text_completion("s", "n=1") == "chunk-0 "
    assert running.connections == 1
    await thing.aclose()
    gone(running)
    assert await flow.text_completion("s", "n=1") == "chunk-0 "


def test_for_asyncio_in_one_loop_after_the_other(running: RunningGateway) -> None:
    async def token() -> str:
        return running.token

    async def main() -> None:
        async with asyncio.timeout(PATIENCE), thing:
            await converse(thing, running)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    thing = AsyncThing(running.url, token=token, verify=str(CERTIFICATE))
    for _ in range(2):
        asyncio.run(main())
        gone(running)


def test_for_trio_in_one_run_after_the_other(running: RunningGateway) -> None:
    async def token() -> str:
        return running.token

    async def main() -> None:
        tasks = trio.lowlevel.current_statistics().tasks_living
        with trio.fail_after(PATIENCE):
            async with thing:
                await converse(thing, running)
        assert trio.lowlevel.current_statistics().tasks_living == tasks

    thing = TrioThing(running.url, token=token, verify=str(CERTIFICATE))
    for _ in range(2):
        trio.run(main)
        gone(running)


# --- what is said of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", THINGS)
def test_it_says_what_it_is_and_where(kind: type[Thing]) -> None:
    thing = kind("https://gateway.example/base", token="xyzzy")
    assert repr(thing) == f"{__name__}.{kind.__name__}('https://gateway.example/base/')"


@pytest.mark.parametrize("kind", THINGS)
def test_what_is_not_verified_is_said_where_it_is_made(kind: type[Thing]) -> None:
    with pytest.warns(InsecureWarning) as caught:
        kind("https://gateway.example/", verify=False)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("kind", THINGS)
def test_a_token_that_cannot_be_sent_is_refused(kind: type[Thing]) -> None:
    with pytest.raises(ValueError, match="token"):
        kind("http://gateway.example/", token="xyzzy\n")


def test_who_blocks_cannot_await_a_token() -> None:
    async def token() -> str:
        raise NotImplementedError

    with pytest.raises(TypeError, match="a blocking Thing needs one that returns a str"):
        Thing("http://gateway.example/", token=token)


def test_a_block_is_needed_under_trio_and_only_one() -> None:
    async def main() -> None:
        thing = TrioThing("http://127.0.0.1:1/")
        with pytest.raises(LocalProtocolError, match="this TrioThing is not entered"):
            await thing.flow().id("default").text_completion("s", "n=1")
        async with thing:
            with pytest.raises(LocalProtocolError, match="this TrioThing is entered already"):
                await thing.__aenter__()

    trio.run(main)
