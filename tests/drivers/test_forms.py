"""What is no call of a service, over REST: by each driver itself, and by a client of httpx in each colour."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.drivers.contract.conftest import nothing_left, patience, quick_collection
from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tests.drivers.forms import (
    EXPORT,
    LOGIN,
    PACK,
    WRONG_LOGIN,
    ask,
    document,
    download_of,
    fetch,
    fetch_over_socket,
    imported,
    metrics,
    runner_of,
)
from tests.drivers.httpx_wire import connected, driver, generators_left
from tests.drivers.peers.forms import DOCUMENT, FormsGateway
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tgproto.catalog import CallOptions
from tgproto.errors import (
    AuthenticationError,
    ConnectionLost,
    LocalProtocolError,
    ServiceError,
    StreamingUnavailable,
)

__all__ = ["driver", "nothing_left", "patience", "quick_collection"]

Use = Callable[[Any], Coroutine[Any, Any, None]]
CARRIERS = ["own", "httpx"]


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def peer() -> Iterator[FormsGateway]:
    with FormsGateway() as gateway:
        yield gateway


@asynccontextmanager
async def api_of(driver: Driver, carrier: str, url: str, **options: Any) -> AsyncIterator[Any]:
    options = {"token": TOKEN, "dialect": "auto", "timeout": 10} | options
    if carrier == "httpx":
        async with connected(driver, url, **options) as api:
            yield api
    else:
        async with driver.api(url, **options) as api:
            yield api


def test_text_and_json(driver: Driver, carrier: str, peer: FormsGateway) -> None:
    async def scenario() -> None:
        async with api_of(driver, carrier, peer.url) as api:
            query = 'up{job="a b"} + ü&=%'
            told = json.loads(await ask(driver, api, metrics(query)))
            assert told == {"path": "/api/metrics/query", "query": query}
            assert json.loads(await ask(driver, api, PACK)) == {"title": "Guten Tag, de"}
            error = await failure(ask(driver, api, metrics("bad")), ServiceError, "HTTP 400 Bad Request")
            assert str(error).startswith("it: ")

    driver.run(scenario)


@pytest.mark.parametrize("token", [TOKEN, "tg_wrong", ""])
def test_anybody_may_log_in(driver: Driver, carrier: str, peer: FormsGateway, token: str) -> None:
    async def scenario() -> None:
        async with api_of(driver, carrier, peer.url, token=token) as api:
            assert json.loads(await ask(driver, api, LOGIN)) == {"jwt": TOKEN, "as": "ada"}
            error = await failure(ask(driver, api, WRONG_LOGIN), AuthenticationError, "^it: auth failure$")
            assert error.hint == ""

    driver.run(scenario)


def test_a_function_for_tokens_is_not_asked_where_anybody_may_ask(
    driver: Driver, carrier: str, peer: FormsGateway
) -> None:
    asked: list[str] = []

    def token() -> str:
        asked.append("?")
        return TOKEN

    async def scenario() -> None:
        async with api_of(driver, carrier, peer.url, token=token) as api:
            await ask(driver, api, LOGIN)
            await failure(ask(driver, api, WRONG_LOGIN), AuthenticationError)
            assert asked == []
            await ask(driver, api, metrics("up"))
            assert asked == ["?"]

    driver.run(scenario)


@pytest.mark.parametrize("workspace", [None, "mine"])
def test_what_is_imported_can_be_exported(
    driver: Driver, carrier: str, peer: FormsGateway, workspace: str | None
) -> None:
    core = bytes(reversed(range(256))) * 8192

    async def scenario() -> None:
        async with api_of(driver, carrier, peer.url) as api:
            assert await ask(driver, api, imported(core), workspace=workspace) == b""
            assert peer.cores.pop((workspace or "default", "new core")) == core
            peer.cores["mine", "c"] = core
            exported = await ask(driver, api, EXPORT, workspace=workspace)
            assert exported == (core if workspace else DOCUMENT)

    driver.run(scenario)


@pytest.mark.parametrize("size", [1000, 2**20])
def test_a_document_comes_in_pieces(driver: Driver, peer: FormsGateway, size: int) -> None:
    async def scenario() -> None:
        async with api_of(driver, "own", peer.url) as api:
            async with fetch(driver, api, document("c", size)) as stream:
                assert b"".join([piece async for piece in stream]) == DOCUMENT
                assert await stream.result() == len(DOCUMENT)
            assert await fetch(driver, api, document("nobody", size)).result() == 0

    driver.run(scenario)


def test_bytes_over_tls(driver: Driver) -> None:
    async def scenario() -> None:
        with FormsGateway(tls=True) as peer:
            async with api_of(driver, "own", peer.url, verify=CERTIFICATE) as api:
                assert await fetch(driver, api, EXPORT).result() == len(DOCUMENT)

    driver.run(scenario)


def test_bytes_for_a_stranger(driver: Driver, peer: FormsGateway) -> None:
    async def scenario() -> None:
        async with api_of(driver, "own", peer.url, token="tg_wrong", dialect="1.x") as api:
            await failure(fetch(driver, api, EXPORT).result(), AuthenticationError, "Check the token")

    driver.run(scenario)


def test_over_httpx_bytes_come_whole_or_not_at_all(driver: Driver, peer: FormsGateway) -> None:
    async def scenario() -> None:
        async with api_of(driver, "httpx", peer.url, max_message_bytes=len(DOCUMENT)) as api:
            assert await ask(driver, api, EXPORT) == DOCUMENT
            with pytest.raises(StreamingUnavailable, match=r"http_client=.*use an Api without it"):
                runner_of(driver, api).open(download_of(EXPORT), CallOptions())

    driver.run(scenario)


@generators_left
def test_over_httpx_bytes_have_a_limit(driver: Driver, peer: FormsGateway) -> None:
    async def scenario() -> None:
        async with api_of(driver, "httpx", peer.url, max_message_bytes=len(DOCUMENT) - 1) as api:
            await failure(ask(driver, api, EXPORT), ConnectionLost, "max_message_bytes")

    driver.run(scenario)


def test_over_the_socket_there_are_no_forms(driver: Driver, peer: FormsGateway) -> None:
    async def scenario() -> None:
        async with driver.api(peer.url, token=TOKEN, dialect="2.x") as api:
            call = fetch_over_socket(driver, api, EXPORT)
            await failure(anext(call), LocalProtocolError, "goes over HTTP only")

    driver.run(scenario)
