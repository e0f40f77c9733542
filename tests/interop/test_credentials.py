"""A wrong, ended or missing token: the same typed error within a second, on every surface."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.published import Published2
from tests.interop.world import World, on_2x, over_the_socket
from tgproto.errors import AuthenticationError

LIMIT = 1.0
"""Seconds within which a refusal is told."""

SURFACES: dict[str, Callable[[World, Any], Any]] = {
    "a call": lambda world, api: world.flow_of(api).graph_rag("hi"),
    "flow management": lambda world, api: api.flow().list(),
    "a procedure": lambda world, api: world.flow_of(api).graph_embeddings_query("a", "c"),
}
surfaces = pytest.mark.parametrize("surface", list(SURFACES))
SURFACES["a stream"] = lambda world, api: world.flow_of(api).agent("hi", streaming=True).result()
dialects = pytest.mark.parametrize("dialect", ["auto", "known"])


async def refused(world: World, surface: str, token: Any, dialect: str, **options: Any) -> None:
    """See that a token is refused, in the words that are there for that, and at once."""
    if dialect == "known":
        options["dialect"] = world.gateway.release
    async with world.connect(token, transport=world.transport, **options) as api:
        begun = time.monotonic()
        error = await world.failure(SURFACES[surface](world, api), AuthenticationError, "Check the token")
        assert time.monotonic() - begun < LIMIT
        assert error.context.service


@surfaces
@dialects
@pytest.mark.parametrize("token", ["tg_wrong", "no-key-at-all", "a.b.c", ""])
async def test_a_wrong_or_missing_token(world: World, surface: str, dialect: str, token: str) -> None:
    await refused(world, surface, token, dialect)


@over_the_socket
@dialects
@pytest.mark.parametrize("token", ["tg_wrong", ""])
async def test_a_stream(world: World, dialect: str, token: str) -> None:
    await refused(world, "a stream", token, dialect)


@on_2x
@surfaces
@dialects
async def test_a_wrong_token_where_the_workspace_is_known(world: World, surface: str, dialect: str) -> None:
    await refused(world, surface, "tg_wrong", dialect, workspace="default")


@surfaces
async def test_a_function_that_supplies_wrong_tokens(world: World, surface: str) -> None:
    await refused(world, surface, lambda: "tg_wrong", "auto")


@pytest.fixture(scope="module")
def ended() -> str:
    """A key that was good until the year 2000."""
    return Published2().add_guest(expires="2000-01-01T00:00:00+00:00")


@on_2x
@surfaces
@dialects
async def test_a_token_that_has_ended(world: World, ended: str, surface: str, dialect: str) -> None:
    await refused(world, surface, ended, dialect)


@on_2x
async def test_a_jwt(world: World) -> None:
    """One that somebody got by logging in opens the gateway; with a letter less it does not."""
    jwt = world.gateway.login()
    async with world.connect(jwt) as api:
        assert await world.flow_of(api).text_completion("s", "n=1") == "chunk-0 "
    await refused(world, "a call", jwt[:-1], "auto")


@on_2x
async def test_a_token_that_is_replaced(world: World, ended: str) -> None:
    tokens = iter([ended, world.gateway.token])
    async with world.connect(lambda: next(tokens)) as api:
        assert await world.flow_of(api).text_completion("s", "n=1") == "chunk-0 "


async def test_a_token_that_a_function_supplies(world: World) -> None:
    tokens = iter(["tg_wrong", world.gateway.token])
    async with world.connect(lambda: next(tokens)) as api:
        for _ in range(2):
            assert await world.flow_of(api).text_completion("s", "n=1") == "chunk-0 "
