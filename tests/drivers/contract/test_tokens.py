"""Tokens that a function of the user's supplies: at first, after a refusal, before one ends."""

from __future__ import annotations

import base64
import inspect
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tgdrivers.testing import gateway
from tgproto.errors import AuthenticationError
from tgproto.gateway import Gateway, demo_graphs
from tgproto.gateway.callers import Caller
from tgproto.secrets import Secret

GOOD, BAD = "tg_good-7f1c99", "tg_bad-5c21aa"
both_ways = pytest.mark.parametrize("transport", ["websocket", "rest"])


class Doorkeeper(Gateway):
    """Lets in whoever has a token of the moment, and remembers what was shown."""

    def __init__(self) -> None:
        super().__init__(demo_graphs(), keys={GOOD: "default"})
        self.good = {GOOD}
        self.shown: list[str] = []

    def identify(self, token: Secret) -> Caller | None:
        self.shown.append(token.reveal())
        return super().identify(Secret(GOOD)) if token.reveal() in self.good else None


class Source:
    """Supplies tokens in order, the last one for ever; an exception among them is raised."""

    def __init__(self, *tokens: str | Exception) -> None:
        self.tokens = list(tokens)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token


@contextmanager
def doorkeeper() -> Iterator[tuple[Doorkeeper, str]]:
    keeper = Doorkeeper()
    with gateway(keeper) as running:
        yield keeper, running.url


def ask(api: Any, prompt: str = "n=1") -> Any:
    return api.flow().id("default").text_completion("s", prompt)


@both_ways
async def test_the_first_token_is_asked_for_once(driver: Driver, transport: str) -> None:
    with doorkeeper() as (keeper, url):
        source = Source(GOOD)
        async with driver.api(url, token=source, transport=transport) as api:
            answers = await driver.all(*[partial(ask, api)] * 20)
        assert answers == ["chunk-0 "] * 20
        assert source.asked == 1
        assert set(keeper.shown) == {GOOD}


@both_ways
async def test_a_token_that_is_refused_is_replaced(driver: Driver, transport: str) -> None:
    with doorkeeper() as (keeper, url):
        source = Source(BAD, GOOD)
        async with driver.api(url, token=source, transport=transport) as api:
            assert await ask(api) == "chunk-0 "
            assert await ask(api) == "chunk-0 "
        assert source.asked == 2
        assert keeper.shown[:2] == [BAD, GOOD]


async def test_a_failure_that_comes_too_late_denies_nobody(driver: Driver) -> None:
    asked_again = threading.Event()
    numbers = count(1)

    def source() -> str:
        if next(numbers) == 1:
            asked_again.wait(20)
            raise OSError("too late")
        asked_again.set()
        time.sleep(0.2)
        return GOOD

    with doorkeeper() as (_, url):
        async with driver.api(url, token=source, transport="rest", auth_timeout=1) as api:
            await failure(ask(api), AuthenticationError, "auth_timeout")
            assert await ask(api) == "chunk-0 "


async def test_a_token_that_has_ended_is_replaced(driver: Driver) -> None:
    """Over REST each request shows one; many at once ask for one more."""
    with doorkeeper() as (keeper, url):
        source = Source(GOOD, GOOD + "2")
        async with driver.api(url, token=source, transport="rest") as api:
            assert await ask(api) == "chunk-0 "
            keeper.good = {GOOD + "2"}
            assert await driver.all(*[partial(ask, api)] * 20) == ["chunk-0 "] * 20
        assert source.asked == 2


@both_ways
async def test_tokens_that_are_all_refused(driver: Driver, transport: str) -> None:
    with doorkeeper() as (_, url):
        source, begun = Source(BAD), time.monotonic()
        async with driver.api(url, token=source, transport=transport) as api:
            error = await failure(ask(api), AuthenticationError)
        assert time.monotonic() - begun < 1
        assert BAD not in repr(error)
        assert source.asked == 2


@both_ways
@pytest.mark.parametrize("wrong", [KeyError("the password is tg_hunter2"), 5, None, b"tg_x", "tg\nx"])
async def test_a_function_that_fails(driver: Driver, transport: str, wrong: Any) -> None:
    if transport == "websocket" and wrong == "tg\nx":
        pytest.skip("a frame can carry it")
    with doorkeeper() as (_, url):
        source, begun = Source(wrong, GOOD), time.monotonic()
        async with driver.api(url, token=source, transport=transport) as api:
            error = await failure(ask(api), AuthenticationError, "token=")
            assert "hunter2" not in str(error)
            assert await ask(api) == "chunk-0 "  # it is asked again
        assert time.monotonic() - begun < 2


@both_ways
@pytest.mark.world(cancels=True)
async def test_an_asynchronous_function(driver: Driver, transport: str) -> None:
    async def source() -> str:
        await driver.sleep(0.01)
        return GOOD

    with doorkeeper() as (keeper, url):
        for wanted in (source, lambda: source()):
            async with driver.api(url, token=wanted, transport=transport) as api:
                assert await ask(api) == "chunk-0 "
        assert set(keeper.shown) == {GOOD}


@both_ways
async def test_a_function_that_blocks_holds_nobody_up(driver: Driver, transport: str) -> None:
    called, may_go_on = threading.Event(), threading.Event()

    def source() -> str:
        called.set()
        assert may_go_on.wait(10)
        return GOOD

    with doorkeeper() as (_, url):
        async with driver.api(url, token=source, transport=transport) as api:
            call = driver.start(partial(ask, api))
            await driver.until(called.is_set)
            may_go_on.set()
            assert await call == "chunk-0 "


@both_ways
async def test_a_function_that_takes_too_long(driver: Driver, transport: str) -> None:
    may_go_on = threading.Event()

    def source() -> str:
        assert may_go_on.wait(10)
        return GOOD

    with doorkeeper() as (_, url):
        async with driver.api(url, token=source, transport=transport, auth_timeout=0.2) as api:
            await failure(ask(api), AuthenticationError, "auth_timeout")
            may_go_on.set()
            assert await ask(api) == "chunk-0 "
    await driver.until(lambda: not [t for t in threading.enumerate() if t.name == "tgdrivers-token"])


async def test_a_jwt_is_replaced_before_it_ends(driver: Driver) -> None:
    serial = count()

    def source() -> str:
        claims = {"exp": time.time() + 1, "jti": next(serial)}
        return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"

    class Anybody(Doorkeeper):
        def identify(self, token: Secret) -> Caller | None:
            self.good.add(token.reveal())
            return super().identify(token)

    keeper = Anybody()
    with gateway(keeper) as running:
        async with driver.api(running.url, token=source, transport="websocket") as api:
            assert await ask(api, "n=1 first=0.8") == "chunk-0 "
    assert len(keeper.shown) == 2  # the second time on the same connection


@pytest.mark.parametrize("wrong", [5, b"tg_x", ["tg_x"], object()])
def test_what_is_no_token(driver: Driver, wrong: Any) -> None:
    with pytest.raises(TypeError, match="token must be a str, or a function"):
        driver.api("http://h", token=wrong)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\0", "\x7f"])
def test_a_token_from_a_file(driver: Driver, end: str) -> None:
    with pytest.raises(ValueError, match=r"control character.*strip\(\)") as caught:
        driver.api("http://h", token=GOOD + end)
    assert GOOD not in str(caught.value)


@pytest.mark.world(driver="threaded")
def test_what_cannot_be_awaited(driver: Driver) -> None:
    async def source() -> str:
        return GOOD

    with pytest.raises(TypeError, match="async"):
        driver.api("http://h", token=source)


@pytest.mark.world(driver="threaded")
@both_ways
async def test_what_turns_out_to_be_awaitable(driver: Driver, transport: str) -> None:
    async def later() -> str:
        return GOOD

    source: Callable[[], Any] = lambda: later()  # noqa: E731
    assert not inspect.iscoroutinefunction(source)
    with doorkeeper() as (_, url):
        async with driver.api(url, token=source, transport=transport) as api:
            await failure(ask(api), AuthenticationError, "token=")
