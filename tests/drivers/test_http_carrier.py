"""REST over a client of httpx that the user brings, in all three colours."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from typing import Any

import httpx
import pytest

import tgdrivers.asyncio
from tests.drivers.contract.conftest import nothing_left, patience, quick_collection
from tests.drivers.contract.drivers import DRIVERS, Driver, TaskCancelled
from tests.drivers.contract.errors import failure
from tests.drivers.httpx_wire import (
    COMPLETION,
    GOOD,
    IAM,
    LONG,
    SyncWire,
    Wire,
    connected,
    driver,
    generators_left,
    http_client,
    mocked,
)
from tests.drivers.peers.broken import Broken, answer, says, silent
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tgdrivers.http_carrier import AsyncHttpxRunner, HttpxRunner
from tgdrivers.network import endpoint
from tgdrivers.testing import RunningGateway, gateway
from tgproto.address import parse_address
from tgproto.catalog import CallOptions, FlowCalls
from tgproto.dialect import GENERATION_2
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    DecodeError,
    GatewayError,
    GraphRagError,
    HostNotFound,
    LocalProtocolError,
    NotAGateway,
    RequestTimeout,
    ServiceError,
    StreamingUnavailable,
    TLSFailed,
)
from tgproto.gateway import Gateway, demo_graphs
from tgproto.link.http_types import HttpConfig
from tgproto.rest.config import RestOptions
from tgproto.secrets import Secret

__all__ = ["driver", "nothing_left", "patience", "quick_collection"]


# --- what works -------------------------------------------------------------------------------


@pytest.fixture
def running() -> Iterator[RunningGateway]:
    with gateway(token=TOKEN) as found:
        yield found


def test_calls(driver: Driver, running: RunningGateway) -> None:
    async def scenario() -> None:
        wire = Wire()
        async with connected(driver, running.url, {"transport": wire.of(driver)}) as api:
            flow = api.flow().id("default")
            assert await flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "
            assert "Ines Marlow" in await flow.graph_rag("Who built Kestrel Bridge?")
            assert len(await flow.triples_query(limit=5)) == 5
            assert "default" in await api.flow().list()
            assert len(await flow.text_completion("s", "n=30 size=100000")) == 3_000_000
            assert wire.paths[:2] == [IAM, COMPLETION]
            assert len(wire.requests) == 6
            assert running.connections == 1

    driver.run(scenario)


def test_many_at_once(driver: Driver, running: RunningGateway) -> None:
    async def scenario() -> None:
        async with connected(driver, running.url) as api:
            flow = api.flow().id("default")

            async def ask(number: int) -> str:
                return await flow.text_completion("s", f"n={number % 3 + 1}")

            answers = await driver.many(ask, 60)
            assert [answer.count("chunk") for answer in answers] == [n % 3 + 1 for n in range(60)]

    driver.run(scenario)


def test_the_socket_goes_its_own_way(driver: Driver, running: RunningGateway) -> None:
    async def scenario() -> None:
        wire = Wire()
        http = {"transport": wire.of(driver)}
        async with connected(driver, running.url, http) as api:
            stream = api.socket().flow("default").text_completion("s", "n=2", streaming=True)
            assert [str(chunk) async for chunk in stream][:2] == ["chunk-0 ", "chunk-1 "]
            assert wire.requests == []
        async with connected(driver, running.url, http, transport="rest", workspace="default") as api:
            assert await api.socket().flow("default").text_completion("s", "n=1") == "chunk-0 "
            assert wire.paths == [COMPLETION]

    driver.run(scenario)


def test_the_client_stays_the_users(driver: Driver, running: RunningGateway) -> None:
    async def scenario() -> None:
        async with http_client(driver) as client:
            for _ in range(2):
                async with driver.api(running.url, token=TOKEN, http_client=client) as api:
                    assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
                await api.aclose()
                assert not client.is_closed
                assert running.connections == 1
        with pytest.raises(LocalProtocolError, match="http_client is closed"):
            await api.flow().id("default").text_completion("s", "n=1")

    driver.run(scenario)


def test_over_tls(driver: Driver) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))

    async def scenario() -> None:
        async with connected(driver, running.url, {"verify": trusting}) as api:
            assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
        async with connected(driver, running.url) as api:
            await failure(
                api.flow().id("default").text_completion("s", "n=1"), TLSFailed, "certificate verify failed"
            )

    with gateway(token=TOKEN, ssl=context) as running:
        driver.run(scenario)


def test_what_the_client_brings_along(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["X-Mine"] == "1"
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert str(request.url) == f"http://gateway:8088/under{COMPLETION}"
        return httpx.Response(200, json=GOOD)

    async def scenario() -> None:
        http: dict[str, Any] = {"transport": httpx.MockTransport(handle), "base_url": "http://elsewhere/"}
        http["headers"] = {"X-Mine": "1", "Authorization": "Bearer mine"}
        async with connected(driver, "http://gateway:8088/under", http, workspace="w") as api:
            assert await api.flow().id("default").text_completion("s", "p") == "yes"

    driver.run(scenario)


@generators_left
def test_cancelling(driver: Driver, running: RunningGateway) -> None:
    if not driver.cancels:
        pytest.skip("threads are not cancelled")

    async def scenario() -> None:
        options = {"workspace": "default", "total_timeout": LONG}
        async with connected(driver, running.url, **options) as api:
            flow = api.flow().id("default")
            task = driver.start(flow.text_completion, "s", "hang=1")
            await driver.until(lambda: running.connections == 1)
            task.cancel()
            with pytest.raises(TaskCancelled):
                await task
            await driver.until(lambda: running.connections == 0)
            assert await flow.text_completion("s", "n=1") == "chunk-0 "

    driver.run(scenario)


# --- arguments --------------------------------------------------------------------------------


def test_a_client_of_another_colour(driver: Driver) -> None:
    async def scenario() -> None:
        for other in DRIVERS:
            if (other.name == "threaded") != (driver.name == "threaded"):
                async with http_client(other) as client:
                    with pytest.raises(TypeError, match=r"must be an httpx\.\w*Client here, not \w*Client"):
                        driver.api(http_client=client)
        with pytest.raises(TypeError, match="not str"):
            driver.api(http_client="http://localhost/")

    asyncio.run(scenario())


def test_streams_are_refused(driver: Driver) -> None:
    async def scenario() -> None:
        async with connected(driver, "http://gateway/") as api:
            with pytest.raises(StreamingUnavailable, match=r"use api\.socket\(\)\.flow"):
                await api.flow().id("default").graph_rag("x", streaming=True)

    driver.run(scenario)


def test_the_asyncio_twin_has_no_client(running: RunningGateway) -> None:
    async def twin() -> None:
        async with api:
            assert await api.async_flow().id("default").text_completion("s", "n=1") == "chunk-0 "

    wire = Wire()
    with httpx.Client(transport=SyncWire(wire)) as client:
        api = tgdrivers.Api(running.url, token=TOKEN, http_client=client)
        asyncio.run(twin())
        assert wire.requests == []
        assert api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
        assert wire.paths == [IAM, COMPLETION]


def test_without_a_client_httpx_is_not_loaded() -> None:
    code = (
        "import sys, tgdrivers.trio, tgdrivers.asyncio\n"
        "for kind in tgdrivers.Api, tgdrivers.trio.Api, tgdrivers.asyncio.Api:\n"
        "    kind('http://localhost/').flow()\n"
        "sys.exit(any(name in sys.modules for name in ('httpx', 'anyio', 'tgdrivers.http_carrier')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=LONG, check=False).returncode == 0


# --- the caller's workspace -------------------------------------------------------------------


def test_the_callers_workspace_is_asked_for_once(driver: Driver) -> None:
    served = Gateway(demo_graphs(), keys={TOKEN: "acme"})

    async def scenario() -> None:
        wire = Wire()
        async with connected(driver, running.url, {"transport": wire.of(driver)}) as api:
            for _ in range(3):
                assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
        assert wire.paths == [IAM, *3 * [COMPLETION]]
        assert {body["workspace"] for _, body in wire.requests[1:]} == {"acme"}

    with gateway(served, token=TOKEN) as running:
        driver.run(scenario)


def test_a_workspace_that_is_given_is_not_asked_for(driver: Driver, running: RunningGateway) -> None:
    async def scenario() -> None:
        wire = Wire()
        async with connected(driver, running.url, {"transport": wire.of(driver)}, workspace="default") as api:
            assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
            assert "default" in await api.flow().list()
        async with connected(driver, running.url, {"transport": wire.of(driver)}) as api:
            assert "default" in await api.flow().list()  # no service of a flow
        assert IAM not in wire.paths

    driver.run(scenario)


@pytest.mark.parametrize(
    ("status", "told", "workspace"),
    [
        (404, {"error": "unknown kind"}, "default"),
        (200, {"user": {}}, "default"),
        (200, {"user": {"default_workspace": "acme"}}, "acme"),
    ],
)
def test_what_the_caller_is_told(driver: Driver, status: int, told: object, workspace: str) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        asked = request.url.path == IAM
        return httpx.Response(status, json=told) if asked else httpx.Response(200, json=GOOD)

    async def use(flow: Any) -> None:
        assert await flow.text_completion("s", "p") == "yes"

    async def scenario() -> None:
        wire = await mocked(driver, handle, use)
        assert wire.requests[1][1]["workspace"] == workspace

    driver.run(scenario)


def test_the_workspace_stays_unknown(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if len(wire.requests) == 1:
            return httpx.Response(500, json={"error": {"type": "gateway-error", "message": "busy"}})
        if len(wire.requests) == 2:
            return httpx.Response(401)
        raise httpx.ReadError("gone")

    async def scenario() -> None:
        async with connected(driver, "http://gateway/", {"transport": wire.of(driver)}, retry=True) as api:
            flow = api.flow().id("default")
            error = await failure(flow.text_completion("s", "p"), GatewayError, "busy.*pass workspace=")
            assert str(error).startswith("text-completion in flow 'default'")
            await failure(flow.text_completion("s", "p"), AuthenticationError, "401.*Check the token")
            lost = await failure(flow.text_completion("s", "p"), ConnectionLost, "text-completion.*gone")
            assert not lost.sent
        assert wire.paths == 4 * [IAM]

    wire = Wire(handle)
    driver.run(scenario)


# --- errors -----------------------------------------------------------------------------------


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def fails(
    driver: Driver,
    url: str,
    kind: type[BaseException],
    words: str | None = None,
    http: dict[str, Any] | None = None,
    **options: Any,
) -> BaseException:
    """See that a call fails, in the default workspace unless told otherwise; return the error."""
    found: list[BaseException] = []

    async def scenario() -> None:
        async with connected(driver, url, http, **{"workspace": "default"} | options) as api:
            found.append(await failure(api.flow().id("default").text_completion("s", "hang=1"), kind, words))

    driver.run(scenario)
    return found[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nobody_listens(driver: Driver, host: str, free_port: int) -> None:
    error = fails(driver, f"http://{host}:{free_port}/", ConnectionRefused, f"{host}:{free_port}: .*8888")
    assert isinstance(error, ConnectionRefusedError)


def test_a_host_that_does_not_exist(driver: Driver) -> None:
    fails(driver, "http://no-such-host.invalid/", HostNotFound, "no-such-host.invalid.*spelling")


def test_no_tls_there(driver: Driver, running: RunningGateway) -> None:
    fails(driver, running.url.replace("http:", "https:"), TLSFailed, "http://")


def test_connecting_takes_too_long(driver: Driver) -> None:
    with Broken(silent) as peer:  # it never answers the TLS handshake
        url = f"https://127.0.0.1:{peer.port}/"
        error = fails(driver, url, ConnectTimeout, r"no connection within 0\.1 s", connect_timeout=0.1)
        assert isinstance(error, TimeoutError)
        error = fails(driver, url, ConnectTimeout, r"within 0\.1 s", connect_timeout=0.1, timeout=None)
        error = fails(driver, url, RequestTimeout, timeout=0.1)
        assert isinstance(error, RequestTimeout)
        assert (error.option, error.seconds) == ("timeout", 0.1)


def test_a_proxy_that_refuses(driver: Driver) -> None:
    with Broken(says(answer("403 Forbidden", b""))) as proxy:
        http = {"proxy": f"http://127.0.0.1:{proxy.port}/"}
        fails(driver, "https://gateway.invalid/", ConnectionFailed, r"gateway\.invalid: 403 Forbidden", http)


ECHO = f'{{"error":"auth failure: Bearer {TOKEN}"}}'.encode()
PAGE = f"<html><title>Welcome, {TOKEN}</title></html>".encode()
MOVED = answer("301 Moved Permanently", PAGE).replace(b"\r\n", b"\r\nConnection: close\r\nLocation: /\r\n", 1)
ZIPPED = answer("200 OK", b"not zipped").replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
ANSWERS: list[tuple[str, bytes, type[Exception], str]] = [
    ("401", answer("401 Unauthorized", ECHO, "application/json"), AuthenticationError, "401.*token"),
    ("403", answer("403 Forbidden", ECHO, "application/json"), AccessDenied, "access-denied"),
    ("404", answer("404 Not Found", PAGE), NotAGateway, "404.*host, port and path"),
    ("503", answer("503 Service Unavailable", b"", "text/plain"), ServiceError, "503"),
    ("page", answer("200 OK", PAGE), NotAGateway, "text/html, not JSON"),
    ("moved", MOVED, NotAGateway, "text/html, not JSON"),
    ("no JSON", answer("200 OK", b"{", "application/json"), DecodeError, "cannot be read"),
    ("zipped", ZIPPED, DecodeError, "cannot be decompressed: .*incorrect header check"),
    ("garbage", f"SMTP? {TOKEN}\r\n\r\n".encode(), ConnectionLost, "connection lost .*before any answer"),
    ("half a head", b"HTTP/1.1 200 OK\r\ncontent-", ConnectionLost, "connection lost"),
    ("half a body", answer("200 OK", PAGE)[:-1], ConnectionLost, "connection lost"),
]


@generators_left
@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case[0])
def test_answers_that_no_gateway_gives(driver: Driver, case: tuple[str, bytes, type[Exception], str]) -> None:
    _, said, kind, words = case
    with Broken(says(said)) as peer:
        fails(driver, f"http://127.0.0.1:{peer.port}/", kind, words)


def test_an_error_that_the_caller_handles_meanwhile_is_another_one(driver: Driver) -> None:
    with Broken(Dropping(9)) as peer:
        try:
            raise ConnectionRefusedError("something else")
        except OSError:
            error = fails(driver, f"http://127.0.0.1:{peer.port}/", ConnectionLost)
    assert "something else" not in str(error)


def test_redirects_are_the_clients_affair(driver: Driver) -> None:
    with Broken(says(MOVED)) as peer:
        http = {"follow_redirects": True, "max_redirects": 2}
        fails(driver, f"http://127.0.0.1:{peer.port}/", NotAGateway, "redirects", http)


@generators_left
def test_an_answer_that_is_too_long(driver: Driver, running: RunningGateway) -> None:
    place = endpoint(parse_address(running.url), True)
    http = HttpConfig(max_message_bytes=5000)
    options = RestOptions(place.address.authority, token=Secret(TOKEN), dialect=GENERATION_2, http=http)
    calls = FlowCalls("default")

    async def scenario() -> None:
        async with http_client(driver) as client:

            async def ask(prompt: str) -> str:
                call = calls.text_completion("s", prompt)
                if driver.name == "threaded":
                    return HttpxRunner(client, place, options).call(call, CallOptions(retry=True))
                return await AsyncHttpxRunner(client, place, options).call(call, CallOptions(retry=True))

            assert len(await ask("n=1 size=4000")) == 4000
            lost = await failure(ask("n=1 size=5000"), ConnectionLost, "longer than max_message_bytes")
            assert not lost.cause.retryable
            with pytest.raises(LocalProtocolError, match="max_message_bytes"):
                await ask("x" * 5000)

    driver.run(scenario)


def test_a_flow_that_no_url_can_name(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is to be asked")

    async def scenario() -> None:
        async with connected(driver, "http://gateway/", {"transport": httpx.MockTransport(handle)}) as api:
            with pytest.raises(LocalProtocolError, match=r"api\.socket\(\)"):
                await api.flow().id("a/b").text_completion("s", "p")

    driver.run(scenario)


# --- time limits ------------------------------------------------------------------------------


def trickles(sock: socket.socket) -> None:
    """Begin an answer, and go on with it slowly."""
    sock.recv(2**16)
    sock.sendall(answer("200 OK", b"", "application/json").replace(b"Length: 0", b"Length: 100000"))
    while True:
        sock.sendall(b" ")
        time.sleep(0.01)


def test_silence(driver: Driver, running: RunningGateway) -> None:
    error = fails(driver, running.url, RequestTimeout, r"within 0\.1 s.*Raise timeout", timeout=0.1)
    assert isinstance(error, TimeoutError)
    assert isinstance(error, RequestTimeout)
    assert error.option == "timeout"
    with Broken(silent) as peer:
        url = f"http://127.0.0.1:{peer.port}/"
        fails(driver, url, RequestTimeout, "pass workspace=", timeout=0.1, workspace=None)


@pytest.mark.parametrize("timeout", [None, LONG])
def test_duration(driver: Driver, running: RunningGateway, timeout: float | None) -> None:
    options = {"timeout": timeout, "total_timeout": 0.2}
    began = time.monotonic()
    error = fails(driver, running.url, RequestTimeout, r"not over after 0\.2 s", **options)
    assert isinstance(error, RequestTimeout)
    assert (error.option, error.seconds) == ("total_timeout", 0.2)
    assert str(error).startswith("text-completion in flow 'default'")
    with Broken(trickles) as peer:
        fails(driver, f"http://127.0.0.1:{peer.port}/", RequestTimeout, r"not over after 0\.2 s", **options)
    assert time.monotonic() - began < LONG


def test_silence_is_shorter_than_the_duration(driver: Driver, running: RunningGateway) -> None:
    fails(driver, running.url, RequestTimeout, r"within 0\.1 s", timeout=0.1, total_timeout=LONG)


def test_no_time_for_a_second_try() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        time.sleep(0.03)
        raise httpx.ReadError("gone")

    async def use(flow: Any) -> None:
        await failure(flow.text_completion("s", "p"), RequestTimeout, r"not over after 0\.02 s")

    async def scenario() -> None:
        wire = await mocked(blocking, handle, use, workspace="w", retry=True, total_timeout=0.02)
        assert len(wire.requests) == 1

    blocking = next(driver for driver in DRIVERS if driver.name == "threaded")
    blocking.run(scenario)


def test_no_limits_of_ours(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("the system gave up")

    async def use(flow: Any) -> None:
        await failure(flow.text_completion("s", "p"), ConnectionLost, "the system gave up")

    driver.run(lambda: _done(mocked(driver, handle, use, workspace="w", timeout=None)))


async def _done(work: Awaitable[object]) -> None:
    await work


# --- lost connections -------------------------------------------------------------------------


class Dropping:
    """Closes connections after a request, then answers."""

    def __init__(self, drops: int) -> None:
        self.drops = drops
        self.count = 0

    def __call__(self, sock: socket.socket) -> None:
        if sock.recv(2**16):
            self.count += 1
            if self.count > self.drops:
                sock.sendall(answer("200 OK", json.dumps(GOOD).encode(), "application/json"))


def test_a_lost_connection_and_no_retry(driver: Driver) -> None:
    dropping = Dropping(9)
    with Broken(dropping) as peer:
        error = fails(driver, f"http://127.0.0.1:{peer.port}/", ConnectionLost, "may have been executed")
    assert isinstance(error, ConnectionLost)
    assert error.sent
    assert dropping.count == 1


def test_a_lost_connection_and_one_retry(driver: Driver) -> None:
    async def scenario() -> None:
        async with connected(driver, f"http://127.0.0.1:{peer.port}/", retry=True, workspace="w") as api:
            assert await api.flow().id("default").text_completion("s", "p") == "yes"

    with Broken(Dropping(1)) as peer:
        driver.run(scenario)
    dropping = Dropping(9)
    with Broken(dropping) as peer:
        fails(driver, f"http://127.0.0.1:{peer.port}/", ConnectionLost, retry=True)
    assert dropping.count == 2


def test_a_gateway_that_goes_away_between_two_tries(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone") if len(wire.requests) == 1 else httpx.ConnectError("nobody")

    async def scenario() -> None:
        http = {"transport": wire.of(driver)}
        async with connected(driver, "http://gateway/", http, retry=True, workspace="w") as api:
            lost = await failure(api.flow().id("default").text_completion("s", "p"), ConnectionLost, "gone")
            assert lost.sent
        assert len(wire.requests) == 2

    wire = Wire(handle)
    driver.run(scenario)


# --- secrets ----------------------------------------------------------------------------------


def test_no_token_is_shown(driver: Driver, running: RunningGateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scenario() -> None:
        async with connected(driver, running.url) as api:
            flow = api.flow().id("default")
            assert await flow.text_completion("s", "n=1") == "chunk-0 "
            await failure(flow.graph_rag("fail=1"), GraphRagError)
            assert TOKEN not in repr(api)

    driver.run(scenario)
    assert caplog.records
    assert TOKEN not in "".join(record.getMessage() for record in caplog.records)


def test_an_error_of_httpx_that_repeats_the_token(driver: Driver) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise next(raised)(f"I was told {TOKEN}")

    async def use(flow: Any) -> None:
        await failure(flow.text_completion("s", "p"), ConnectionFailed, r"told \*\*\*")
        await failure(flow.text_completion("s", "p"), ConnectionLost, r"told \*\*\*")

    raised = iter([httpx.ConnectError, httpx.RemoteProtocolError])
    driver.run(lambda: _done(mocked(driver, handle, use, workspace="w")))
