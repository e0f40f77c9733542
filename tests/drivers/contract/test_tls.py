"""Encrypted connections, and who is trusted."""

from __future__ import annotations

import ssl
import warnings
from functools import partial
from pathlib import Path

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure, keeps_secrets
from tests.drivers.contract.world import World, make_peer
from tests.drivers.peers.broken import Broken, answer, says
from tests.drivers.peers.certificates import (
    AUTHORITY,
    CLIENT,
    CLIENT_CERTIFICATE,
    EXPIRED,
    LOCKED_KEY,
    LOCKED_WITH,
    server_context,
)
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tgdrivers.network import InsecureWarning
from tgproto.errors import TLSFailed

tls = pytest.mark.world(tls=True)


@tls
async def test_an_authority_by_its_path(world: World) -> None:
    assert await world.flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "
    big = await world.flow.text_completion("s", "n=64 size=65536")
    assert len(big) == 2**22


@pytest.mark.world(tls=True, transport="websocket")
async def test_a_stream_over_tls(world: World) -> None:
    async with world.flow.text_completion("s", "n=200 size=10000", streaming=True) as stream:
        assert sum([len(str(chunk)) async for chunk in stream]) == 2_000_000


@tls
async def test_a_crowd_over_tls(world: World) -> None:
    async def ask(number: int) -> None:
        assert len(await world.flow.text_completion("s", f"n=1 size={number + 10}")) == number + 10

    await world.driver.many(ask, 100)


@tls
async def test_a_certificate_that_nobody_vouches_for(world: World) -> None:
    async with world.connect(verify=True) as api:
        call = api.flow().id("default").text_completion("s", "n=1")
        await failure(call, TLSFailed, r"certificate verify failed.*pass verify=")
    assert world.peer.seen == []


@tls
async def test_no_verification_warns(world: World) -> None:
    with pytest.warns(InsecureWarning, match="verify=False") as caught:
        api = world.connect(verify=False)
    assert [Path(warning.filename).name for warning in caught] == ["drivers.py"]  # where the Api is made
    async with api:
        assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "


@tls
async def test_a_context_of_ones_own(world: World) -> None:
    context = ssl.create_default_context(cafile=CERTIFICATE)
    async with world.connect(verify=context) as api:
        assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "


@pytest.mark.world(tls=True, peer="independent")
async def test_breaking_off_and_closing_over_tls(world: World) -> None:
    await world.flow.text_completion("s", "n=1")
    call = world.driver.start(world.flow.text_completion, "s", "hang=1")
    await world.reads("hang=1")
    await world.api.aclose()
    with pytest.raises(ConnectionError):
        await call
    await world.driver.until(lambda: world.peer.connections == 0)


@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_a_gateway_without_tls(driver: Driver, transport: str) -> None:
    with Broken(says(answer("400 Bad Request", b"no"))) as gateway:
        url = f"https://127.0.0.1:{gateway.port}/"
        async with driver.api(url, token=TOKEN, transport=transport) as api:
            await failure(api.flow().id("default").graph_rag("x"), TLSFailed, "begins with http://")


@pytest.mark.parametrize("verify", [5, b"x", None])
def test_wrong_types(driver: Driver, verify: object) -> None:
    with pytest.raises(TypeError, match="verify must be"):
        driver.api("https://localhost/", verify=verify)


@pytest.mark.parametrize("path", ["/nowhere/at/all.pem", __file__])
def test_a_path_without_certificates(driver: Driver, path: str) -> None:
    with pytest.raises(OSError, match="verify="):
        driver.api("https://localhost/", verify=path)


def test_plain_connections_warn_of_nothing(driver: Driver) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        driver.api("http://localhost/", verify=False)


# --- a certificate of this side -----------------------------------------------------------------

over_both = pytest.mark.parametrize("transport", ["websocket", "rest"])
both_versions = pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, None], ids=["1.2", "1.3"])


@pytest.mark.parametrize(
    "cert",
    [CLIENT, str(CLIENT), (CLIENT, CLIENT), (CLIENT_CERTIFICATE, LOCKED_KEY, LOCKED_WITH)],
    ids=["path", "str", "two", "locked"],
)
@over_both
async def test_a_certificate_of_this_side(driver: Driver, transport: str, cert: object) -> None:
    with make_peer("embedded", transport, tls=server_context(clients=True)) as gateway:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE, "cert": cert}
        async with driver.api(gateway.url, **options) as api:
            assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "


@pytest.mark.parametrize("peer", ["embedded", "http"])  # those of asyncio drop who is refused without a word
@pytest.mark.parametrize("cert", [None, EXPIRED, CERTIFICATE], ids=["none", "expired", "a stranger's"])
@both_versions
@over_both
async def test_a_certificate_that_the_gateway_does_not_take(
    driver: Driver, transport: str, newest: ssl.TLSVersion | None, cert: Path | None, peer: str
) -> None:
    context = server_context(clients=True, newest=newest)
    with make_peer(peer, "rest", tls=context) as gateway:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE, "cert": cert}
        async with driver.api(gateway.url, **options) as api:
            words = "alert|handshake" if peer == "http" else "handshake"
            for _ in range(2):
                call = api.flow().id("default").text_completion("s", "n=1")
                error = await failure(call, TLSFailed, f"cannot connect to 127.0.0.1.*({words}).*pass cert=")
                assert error.context.service == "text-completion"
        assert gateway.seen == []


@over_both
async def test_everybody_is_told_that_the_certificate_is_refused(driver: Driver, transport: str) -> None:
    with make_peer("http", "rest", tls=server_context(clients=True)) as gateway:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE, "retry": True}
        async with driver.api(gateway.url, **options) as api:
            flow = api.flow().id("default")
            for task in [driver.start(flow.text_completion, "s", "n=1") for _ in range(20)]:
                await failure(task, TLSFailed, "pass cert=")


@pytest.mark.parametrize(
    "cert",
    [
        "/nowhere/at/all.pem",
        AUTHORITY,
        (CLIENT_CERTIFICATE, EXPIRED),
        (CLIENT_CERTIFICATE, LOCKED_KEY),
        (CLIENT_CERTIFICATE, LOCKED_KEY, f"{TOKEN}"),
    ],
    ids=["missing", "no key", "another key", "no password", "wrong password"],
)
def test_files_without_a_usable_certificate(driver: Driver, cert: object) -> None:
    with pytest.raises(OSError, match="cert=") as caught:
        driver.api("https://localhost/", cert=cert)
    keeps_secrets(caught.value)


def test_a_password_that_is_too_long(driver: Driver) -> None:
    with pytest.raises(ValueError, match="cert=") as caught:
        driver.api("https://localhost/", cert=(CLIENT_CERTIFICATE, LOCKED_KEY, TOKEN * 999))
    keeps_secrets(caught.value)


@pytest.mark.parametrize("cert", [5, b"x", (), ("a", 5), ("a", "b", None), ("a", "b", "c", "d"), ["a", "b"]])
def test_wrong_types_of_a_certificate(driver: Driver, cert: object) -> None:
    with pytest.raises(TypeError, match="cert must be"):
        driver.api("https://localhost/", cert=cert)


def test_a_certificate_without_effect(driver: Driver) -> None:
    with pytest.raises(ValueError, match="load_cert_chain"):
        driver.api("https://localhost/", cert=CLIENT, verify=ssl.create_default_context())
    with pytest.raises(ValueError, match="https://"):
        driver.api("http://localhost/", cert=CLIENT)


@pytest.mark.world(tls=True, peer="independent", transport="websocket", options={"max_message_bytes": 2**25})
async def test_much_at_once_both_ways(world: World) -> None:
    """More than sockets and TLS records hold, so that everything has to wait now and then."""
    for _ in range(3):
        texts = await world.driver.all(
            *[partial(world.flow.text_completion, "s" * 900_000, "n=1 size=2097152")] * 6
        )
        assert [len(text) for text in texts] == [2**21] * 6
