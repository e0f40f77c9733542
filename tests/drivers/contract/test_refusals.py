"""Wrong addresses, gateways that refuse, and things that are no gateway: one typed error for each."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure, keeps_secrets
from tests.drivers.contract.world import World, make_peer
from tests.drivers.peers.broken import Broken, answer, says
from tests.drivers.peers.peer import TOKEN
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    DecodeError,
    HostNotFound,
    NotAGateway,
    ServiceError,
    TransportError,
)

ECHO = f'{{"error":"auth failure: Bearer {TOKEN}"}}'.encode()
PAGE = f"<html><title>Welcome, {TOKEN}</title></html>".encode()

ANSWERS: list[tuple[str, bytes, type[Exception], type[Exception], str]] = [
    ("401", answer("401 Unauthorized", ECHO, "application/json"), *2 * (AuthenticationError,), "401.*token"),
    ("403", answer("403 Forbidden", ECHO, "application/json"), *2 * (AccessDenied,), "403|access-denied"),
    ("404", answer("404 Not Found", PAGE), *2 * (NotAGateway,), "404.*host, port and path"),
    ("502", answer("502 Bad Gateway", PAGE), ConnectionFailed, ServiceError, "502"),
    ("503", answer("503 Service Unavailable", b"", "text/plain"), ConnectionFailed, ServiceError, "503"),
    ("page", answer("200 OK", PAGE), *2 * (NotAGateway,), "host, port and path"),
    ("moved", answer("301 Moved Permanently", PAGE), *2 * (NotAGateway,), "host, port and path"),
    ("garbage", b"\0\xff\x80 SMTP? no.\r\n\r\n", *2 * (NotAGateway,), "host, port and path"),
    ("another protocol", b"SSH-2.0-OpenSSH_9.9\r\n", *2 * (NotAGateway,), "host, port and path"),
    ("a TLS alert", b"\x15\x03\x03\0\x02\x02\x46", *2 * (NotAGateway,), "https://"),
    ("no JSON", answer("200 OK", b"{", "application/json"), NotAGateway, DecodeError, ""),
    ("no object", answer("200 OK", b"[5]", "application/json"), NotAGateway, DecodeError, ""),
    ("half a head", b"HTTP/1.1 200 OK\r\ncontent-", ConnectionFailed, ConnectionLost, ""),
]


@pytest.mark.parametrize("transport", ["websocket", "rest"])
@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case[0])
async def test_answers_that_no_gateway_gives(
    driver: Driver, transport: str, case: tuple[str, bytes, type[Exception], type[Exception], str]
) -> None:
    _, said, over_the_socket, over_rest, words = case
    with Broken(says(said)) as gateway:
        url = f"http://127.0.0.1:{gateway.port}/"
        async with driver.api(url, token=TOKEN, transport=transport) as api:
            kind = over_the_socket if transport == "websocket" else over_rest
            await failure(api.flow().id("default").graph_rag("x"), kind, words or None)


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_a_connection_that_is_dropped_at_once(driver: Driver, transport: str) -> None:
    with Broken(lambda sock: None) as gateway:
        async with driver.api(f"http://127.0.0.1:{gateway.port}/", token=TOKEN, transport=transport) as api:
            with pytest.raises(TransportError) as caught:
                await api.flow().id("default").graph_rag("x")
    keeps_secrets(caught.value)


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_a_host_that_does_not_exist(driver: Driver, transport: str) -> None:
    async with driver.api("http://no-such-host.invalid/", token=TOKEN, transport=transport) as api:
        error = await failure(
            api.flow().id("default").graph_rag("x"), HostNotFound, "no-such-host.invalid.*spelling"
        )
    assert isinstance(error, ConnectionError)


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_a_port_where_nobody_listens(driver: Driver, transport: str, host: str, free_port: int) -> None:
    async with driver.api(f"http://{host}:{free_port}/", token=TOKEN, transport=transport) as api:
        error = await failure(api.flow().id("default").graph_rag("x"), ConnectionRefused, "running.*8888")
    assert isinstance(error, ConnectionRefusedError)
    assert error.context.service == "graph-rag"


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_everybody_who_waits_is_refused(driver: Driver, transport: str, free_port: int) -> None:
    async with driver.api(f"http://127.0.0.1:{free_port}/", token=TOKEN, transport=transport) as api:
        flow = api.flow().id("default")
        for task in [driver.start(flow.graph_rag, "x") for _ in range(40)]:
            await failure(task, ConnectionRefused)


@pytest.mark.world(tls=True, peer="embedded")
async def test_a_gateway_with_tls_that_is_asked_without(world: World) -> None:
    url = world.peer.url.replace("s://", "://")
    async with world.driver.api(url, token=TOKEN, transport=world.transport) as api:
        with pytest.raises((NotAGateway, ConnectionFailed, ConnectionLost)) as caught:
            await api.flow().id("default").graph_rag("x")
    keeps_secrets(caught.value)


@pytest.mark.world(options={"token": f"{TOKEN}-wrong"})
async def test_a_wrong_token(world: World) -> None:
    error = await failure(world.flow.graph_rag("x"), AuthenticationError, "Check the token")
    assert error.message is not None
    for task in [world.driver.start(world.flow.graph_rag, "x") for _ in range(40)]:
        await failure(task, AuthenticationError)


@pytest.mark.world(options={"token": None})
async def test_no_token(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTGRAPH_TOKEN", raising=False)
    await failure(world.flow.graph_rag("x"), AuthenticationError)


@pytest.mark.parametrize(
    "url", ["ftp://x/", "localhost:8088", f"http://u:{TOKEN}@h/", f"http://h/?t={TOKEN}"]
)
def test_a_wrong_url(driver: Driver, url: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        driver.api(url)
    keeps_secrets(caught.value)


@pytest.mark.parametrize(
    ("option", "value"),
    [("timeout", 0), ("max_connections", 0), ("connect_timeout", -1), ("transport", "udp"), ("keepalive", 0)],
)
def test_wrong_options(driver: Driver, option: str, value: object) -> None:
    with pytest.raises(ValueError, match=option):
        driver.api("http://localhost/", token=TOKEN, **{option: value})


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_what_is_logged_about_trouble(
    driver: Driver, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with make_peer("independent", transport) as peer:
        async with driver.api(peer.url, token=f"{TOKEN}-wrong", transport=transport) as api:
            await failure(api.flow().id("default").graph_rag("x"), AuthenticationError)
        async with driver.api(peer.url, token=TOKEN, transport=transport) as api:
            await api.flow().id("default").text_completion("s", "n=1")
            with pytest.raises(ConnectionLost):
                await api.flow().id("default").text_completion("s", "reset=0")
    ours = [record for record in caplog.records if not record.name.startswith("trio-websocket")]
    assert any(record.name == "tgdrivers" and "Lost" in record.getMessage() for record in ours)
    assert not [record for record in ours if TOKEN in record.getMessage()]
