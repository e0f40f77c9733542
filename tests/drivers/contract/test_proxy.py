"""Gateways behind proxies, over both transports, and all that can go wrong on the way."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure, keeps_secrets
from tests.drivers.contract.world import World, make_peer
from tests.drivers.peers.broken import Broken, answer, says
from tests.drivers.peers.certificates import server_context
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tests.drivers.peers.proxy import HttpProxy
from tgdrivers.testing import ManualClock
from tgproto.errors import ConnectTimeout, ProxyFailed, TLSFailed

PASSWORD = f"{TOKEN}: p@ss/#%€"  # so that every test that looks for a token finds this one, too
CREDENTIALS = ("jane doe@acme", PASSWORD)
HIDDEN = {PASSWORD, quote(PASSWORD, safe=""), base64.b64encode(":".join(CREDENTIALS).encode()).decode()}

over_both = pytest.mark.parametrize("transport", ["websocket", "rest"])
everywhere = pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])


def with_credentials(proxy: HttpProxy, user: str = CREDENTIALS[0], password: str = PASSWORD) -> str:
    scheme, _, place = proxy.url.partition("://")
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{place}"


async def ask(api: Any, prompt: str = "n=1") -> str:
    return str(await api.flow().id("default").text_completion("s", prompt))


# --- all is well ------------------------------------------------------------------------------


@pytest.mark.parametrize("tls_proxy", [False, True], ids=["proxy", "proxy with TLS"])
@everywhere
@over_both
async def test_through_a_proxy(driver: Driver, transport: str, tls: bool, tls_proxy: bool) -> None:
    context = server_context() if tls_proxy else None
    with make_peer("independent", transport, tls=tls) as gateway, HttpProxy(tls=context) as proxy:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE, "proxy": proxy.url}
        async with driver.api(gateway.url, **options) as api:
            assert await ask(api, "n=2") == "chunk-0 chunk-1 "
            assert len(await ask(api, "n=16 size=65536")) == 2**20
            assert len(await api.flow().id("default").text_completion("s" * 900_000, "n=1 size=100")) == 100
        assert set(proxy.asked) == {gateway.url.split("/")[2]}
        await driver.until(lambda: gateway.connections == 0)
        assert not [head for head in proxy.heads if "authorization" in head.lower() or TOKEN in head]


@everywhere
async def test_a_stream_through_a_proxy(driver: Driver, tls: bool) -> None:
    with make_peer("embedded", "websocket", tls=tls) as gateway, HttpProxy() as proxy:
        async with driver.api(gateway.url, token=TOKEN, verify=CERTIFICATE, proxy=proxy.url) as api:
            flow = api.socket().flow("default")
            async with flow.text_completion("s", "n=100 size=5000", streaming=True) as stream:
                assert sum([len(str(chunk)) async for chunk in stream]) == 500_000


@over_both
async def test_a_crowd_through_a_proxy(driver: Driver, transport: str) -> None:
    with make_peer("embedded", transport, tls=True) as gateway, HttpProxy() as proxy:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE, "proxy": proxy.url}
        async with driver.api(gateway.url, **options) as api:
            assert await driver.many(lambda number: ask(api), 50) == ["chunk-0 "] * 50


@everywhere
@over_both
async def test_bytes_one_by_one(driver: Driver, transport: str, tls: bool) -> None:
    with make_peer("independent", transport, tls=tls) as gateway, HttpProxy(dribbles=True) as proxy:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE, "proxy": proxy.url}
        async with driver.api(gateway.url, **options) as api:
            assert await ask(api) == "chunk-0 "


@over_both
async def test_names_are_left_to_the_proxy(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as gateway, HttpProxy() as proxy:
        url = gateway.url.replace("127.0.0.1", "bücher.invalid")
        async with driver.api(url, token=TOKEN, transport=transport, proxy=proxy.url) as api:
            assert await ask(api) == "chunk-0 "
        assert proxy.asked[0].startswith("xn--bcher-kva.invalid:")


@over_both
async def test_credentials(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport) as gateway, HttpProxy(credentials=CREDENTIALS) as proxy:
        url = with_credentials(proxy)
        async with driver.api(gateway.url, token=TOKEN, transport=transport, proxy=url) as api:
            assert await ask(api) == "chunk-0 "
            assert not [word for word in HIDDEN if word in f"{api!r}{vars(getattr(api, '_it', api))}"]


# --- it is not --------------------------------------------------------------------------------


async def fails(api: Any, proxy: str, words: str, kind: type[Exception] = ProxyFailed) -> None:
    """See that a call fails because of a proxy, that the message says so, and nothing that is secret."""
    error = await failure(ask(api), kind, f"(?s)through the proxy {proxy}.*{words}")
    assert not [word for word in HIDDEN if word in f"{error}{error!r}{vars(error)}"]
    if kind is ProxyFailed:
        assert "proxy=None" in str(error)
        assert "NO_PROXY" in str(error)


@over_both
async def test_wrong_credentials(driver: Driver, transport: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with HttpProxy(credentials=("jane", "other")) as proxy:
        place = f"127.0.0.1:{proxy.port}"
        for url in (proxy.url, with_credentials(proxy)):
            async with driver.api(
                "http://gateway.invalid/", token=TOKEN, transport=transport, proxy=url
            ) as api:
                await fails(api, place, "407.*check the user name and password for the proxy")
                await fails(api, place, "407")
    said = "".join(record.getMessage() + str(record.args) for record in caplog.records)
    assert "407" in said
    assert not [word for word in HIDDEN if word in said]


REFUSALS = [
    ("403", answer("403 Forbidden", f"no {PASSWORD}".encode()), "403"),
    ("502", answer("502 Bad Gateway", b"no"), "502"),
    ("without end", b"HTTP/1.1 503 Busy\r\n\r\n" + b"x" * 9000, "503"),
    ("garbage", b"\0\xff SMTP? no.\r\n\r\n", "unusable"),
    ("half a head", b"HTTP/1.1 200 Conn", "before it opened a tunnel"),
    ("nothing", b"", "before it opened a tunnel"),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case[0])
@everywhere
@over_both
async def test_a_proxy_that_refuses(
    driver: Driver, transport: str, tls: bool, case: tuple[str, bytes, str]
) -> None:
    scheme, (_, said, words) = "https" if tls else "http", case
    with HttpProxy(answers=(said,) * 9) as proxy:
        url = with_credentials(proxy)
        options = {"token": TOKEN, "transport": transport, "proxy": url}
        async with driver.api(f"{scheme}://gateway.invalid:99/", **options) as api:
            await fails(api, f"127.0.0.1:{proxy.port}", words)


@over_both
async def test_a_proxy_that_is_not_there(driver: Driver, transport: str) -> None:
    with HttpProxy() as proxy:
        url = with_credentials(proxy)
    async with driver.api("http://gateway.invalid/", token=TOKEN, transport=transport, proxy=url) as api:
        await fails(api, f"127.0.0.1:{proxy.port}", "cannot be reached")
    async with driver.api("http://x/", token=TOKEN, transport=transport, proxy="proxy.invalid:1") as api:
        await fails(api, "proxy.invalid:1", "cannot be reached")


@over_both
async def test_a_proxy_that_says_nothing(driver: Driver, transport: str) -> None:
    clock = ManualClock()
    with Broken(lambda sock: sock.recv(1) and sock.recv(2**16) and sock.recv(1)) as proxy:
        options = {"connect_timeout": 30, "timeout": None, "transport": transport, "clock": clock}
        async with driver.api("https://x/", proxy=f"http://127.0.0.1:{proxy.port}", **options) as api:
            call = driver.start(ask, api)
            await driver.until(proxy.connected.is_set)
            await driver.sleep(0.05)
            clock.advance(30)
            await failure(call, ConnectTimeout, "within 30 s.*proxy")


@over_both
async def test_a_proxy_that_nobody_vouches_for(driver: Driver, transport: str) -> None:
    with HttpProxy(tls=server_context()) as proxy:
        async with driver.api("http://x/", token=TOKEN, transport=transport, proxy=proxy.url) as api:
            await fails(api, f"127.0.0.1:{proxy.port}", "certificate verify failed")


@over_both
async def test_a_proxy_without_tls(driver: Driver, transport: str) -> None:
    with Broken(says(answer("400 Bad Request", b"no"))) as proxy:
        url = f"https://127.0.0.1:{proxy.port}"
        async with driver.api("http://x/", token=TOKEN, transport=transport, proxy=url) as api:
            await fails(api, f"127.0.0.1:{proxy.port}", "SSL")


@over_both
async def test_a_gateway_that_nobody_vouches_for_behind_a_proxy(driver: Driver, transport: str) -> None:
    with make_peer("independent", transport, tls=True) as gateway, HttpProxy() as proxy:
        async with driver.api(gateway.url, token=TOKEN, transport=transport, proxy=proxy.url) as api:
            await fails(api, f"127.0.0.1:{proxy.port}", "certificate verify failed.*verify=", TLSFailed)


@pytest.mark.parametrize("said", [None, answer("503 Busy", b"")], ids=["goes", "is busy"])
@pytest.mark.world(peer="independent")
async def test_a_proxy_is_asked_again(world: World, said: bytes | None) -> None:
    """What may pass is tried again once the way was good; here the gateway was away."""
    with HttpProxy(answers=(None, said, said)) as proxy:
        async with world.connect(proxy=proxy.url) as api:
            assert await ask(api) == "chunk-0 "
            await world.stop_peer()
            await world.driver.sleep(0.1)  # until the proxy has noticed
            waiting = world.driver.start(ask, api)
            await world.driver.sleep(0.05)
            world.peer.start()
            assert await waiting == "chunk-0 "


# --- which proxy ------------------------------------------------------------------------------


@over_both
async def test_the_environment(driver: Driver, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with make_peer("independent", transport) as gateway, HttpProxy() as proxy:
        url = gateway.url.replace("127.0.0.1", "gateway.invalid")
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        api = driver.api(url, token=TOKEN, transport=transport)
        monkeypatch.delenv("HTTP_PROXY")  # it was read
        async with api:
            assert await ask(api) == "chunk-0 "
        monkeypatch.setenv("all_proxy", proxy.url)
        async with driver.api(url, token=TOKEN, transport=transport) as api:
            assert await ask(api) == "chunk-0 "
        asked = len(proxy.asked)
        for choice in (None, False):
            async with driver.api(gateway.url, token=TOKEN, transport=transport, proxy=choice) as api:
                assert await ask(api) == "chunk-0 "
        async with driver.api(gateway.url, token=TOKEN, transport=transport) as api:  # is on this machine
            assert await ask(api) == "chunk-0 "
        assert len(proxy.asked) == asked >= 2


@pytest.mark.parametrize(
    "url", [f"socks5://u:{TOKEN}@h:1", f"http://u:{TOKEN}/@h:1", f"http://u:{TOKEN}@h:x", f"ftp://{TOKEN}"]
)
def test_a_wrong_url(driver: Driver, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="proxy") as caught:
        driver.api("http://gateway.invalid/", proxy=url)
    keeps_secrets(caught.value)
    assert caught.value.__context__ is None
    monkeypatch.setenv("HTTP_PROXY", url)
    with pytest.raises(ValueError, match="HTTP_PROXY"):
        driver.api("http://gateway.invalid/")


@pytest.mark.parametrize("proxy", [1, b"http://h", object()])
def test_a_wrong_type(driver: Driver, proxy: object) -> None:
    with pytest.raises(TypeError, match="proxy must be"):
        driver.api("http://localhost/", proxy=proxy)


@pytest.mark.world(driver="threaded")
def test_a_client_of_httpx_has_its_own_proxy(driver: Driver) -> None:
    import httpx

    from tgdrivers import Api

    with HttpProxy() as proxy, make_peer("independent", "rest") as gateway, httpx.Client() as http:
        with Api(gateway.url, token=TOKEN, proxy=proxy.url, http_client=http) as api:
            assert api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
        api = Api("http://127.0.0.1:1/", proxy=proxy.url, http_client=http)
        with api, pytest.raises(ConnectionRefusedError) as caught:
            api.flow().id("default").text_completion("s", "n=1")
        assert "through the proxy" not in str(caught.value)
        assert proxy.asked == []


def test_the_command_line_honours_the_environment() -> None:
    with make_peer("embedded", "websocket") as gateway, HttpProxy(credentials=CREDENTIALS) as proxy:
        url = gateway.url.replace("127.0.0.1", "gateway.invalid")
        tg = partial(
            subprocess.run,
            [sys.executable, "-m", "tgdrivers.cli", "ask", "--mode", "text", "--url", url, "n=1"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        good = tg(env={"TRUSTGRAPH_TOKEN": TOKEN, "HTTP_PROXY": with_credentials(proxy)})
        assert (good.stdout.strip(), good.returncode) == ("chunk-0", 0)
        bad = tg(env={"HTTP_PROXY": with_credentials(proxy, password=f"{PASSWORD}!")})
    assert bad.returncode == 3
    assert "407" in bad.stderr
    assert "NO_PROXY" in bad.stderr
    assert TOKEN not in bad.stderr
