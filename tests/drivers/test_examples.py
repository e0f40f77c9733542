"""The examples run, as a user would run them."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tgdrivers.asyncio.server import serve
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.gateway import Gateway

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


async def start(*arguments: str) -> tuple[int, str]:
    """Run an example with warnings as errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, output.decode()


def test_the_demo_streams_an_answer() -> None:
    status, output = asyncio.run(start(str(EXAMPLES / "demo.py"), "Who built Kestrel Bridge?"))
    assert status == 0, output
    assert "Ines Marlow" in output
    assert "thought" in output


@pytest.mark.parametrize("name", ["blocking_client", "trio_websocket_carrier"])
def test_clients_written_on_the_core(name: str) -> None:
    async def main() -> tuple[int, str]:
        async with serve(Gateway(demo_graphs(), keys={"tg_key": "default"})) as server:
            host, port = server.url.removeprefix("ws://").rstrip("/").split(":")
            where = (host, port) if name == "blocking_client" else (f"{server.url}api/v1/socket",)
            return await start(str(EXAMPLES / f"{name}.py"), *where, "tg_key", "n=3")

    status, output = asyncio.run(main())
    assert status == 0, output
    assert output.count("chunk-") == 3
