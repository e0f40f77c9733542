"""A proxy that others wrote: `proxy.py` in a process of its own, plain and with TLS, with a password."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import make_peer
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tgproto.errors import ProxyFailed


@pytest.fixture(scope="module", params=["http", "https"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the proxy; return its URL without credentials."""
    folder = tmp_path_factory.mktemp("proxy")
    port = folder / "port"
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0"]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--basic-auth", f"jane:{TOKEN}"]
    command += ["--port-file", str(port), "--data-dir", str(folder), "--log-level", "ERROR"]
    if request.param == "https":
        command += ["--cert-file", str(CERTIFICATE), "--key-file", str(CERTIFICATE)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not (port.exists() and port.read_text("utf-8").strip()):
            assert time.monotonic() < end, "it does not start"
            assert running.poll() is None
            time.sleep(0.02)
        yield f"{request.param}://{{}}127.0.0.1:{int(port.read_text('utf-8'))}"
    finally:
        running.terminate()
        running.wait(10)


@pytest.mark.parametrize("tls", [False, True], ids=["gateway", "gateway with TLS"])
@pytest.mark.parametrize("transport", ["websocket", "rest"])
async def test_through_it(driver: Driver, transport: str, tls: bool, proxy: str) -> None:
    with make_peer("independent", transport, tls=tls) as gateway:
        options = {"token": TOKEN, "transport": transport, "verify": CERTIFICATE}
        async with driver.api(gateway.url, proxy=proxy.format(f"jane:{TOKEN}@"), **options) as api:
            flow = api.flow().id("default")
            assert len(await flow.text_completion("s" * 500_000, "n=16 size=65536")) == 2**20
            answers = await driver.many(lambda number: flow.text_completion("s", "n=1"), 20)
            assert answers == ["chunk-0 "] * 20
        async with driver.api(gateway.url, proxy=proxy.format(f"jane:{TOKEN}!@"), **options) as api:
            await failure(api.flow().id("default").text_completion("s", "n=1"), ProxyFailed, "407")
