"""Encrypted connections, and who is trusted."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import World
from tests.drivers.peers.broken import Broken, answer, says
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
