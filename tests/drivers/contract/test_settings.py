"""What an `Api` is told by its arguments and the environment, and what it writes down."""

from __future__ import annotations

import json
import logging
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.contract.errors import failure
from tests.drivers.contract.world import World
from tests.drivers.peers.peer import TOKEN
from tgproto.errors import AuthenticationError, GatewayError, ServiceError
from tgproto.recorder import replay
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig

over_the_socket = pytest.mark.world(transport="websocket")


async def test_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTGRAPH_URL", world.peer.url)
    monkeypatch.setenv("TRUSTGRAPH_TOKEN", TOKEN)
    monkeypatch.setenv("TRUSTGRAPH_WORKSPACE", "default")
    async with world.driver.api(transport=world.transport) as api:
        assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
        assert TOKEN not in repr(api)
    async with world.driver.api(token="tg_other", transport=world.transport) as api:
        await failure(api.flow().id("default").text_completion("s", "n=1"), AuthenticationError)


@pytest.mark.world(peer="embedded")
async def test_the_environment_says_which_workspace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTGRAPH_WORKSPACE", "nowhere")
    async with world.connect() as api:
        with pytest.raises(ServiceError, match=r"nowhere|workspace"):
            await api.flow().id("default").text_completion("s", "n=1")
    async with world.connect(workspace="default") as api:
        assert await api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "


def test_an_empty_environment(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "TOKEN", "WORKSPACE"):
        monkeypatch.setenv(f"TRUSTGRAPH_{name}", "")
    assert "http://localhost:8088/" in repr(driver.api())
    monkeypatch.setenv("TRUSTGRAPH_URL", "http://elsewhere:9/")
    assert "http://elsewhere:9/" in repr(driver.api())
    assert "http://here:9/" in repr(driver.api("http://here:9/"))


async def test_positions_of_the_first_arguments(driver: Driver) -> None:
    api = driver.api("http://127.0.0.1:1/", 60, TOKEN, "w", transport="rest")
    assert TOKEN not in f"{api!r}{api}"


@over_the_socket
async def test_transcripts_can_be_replayed(world: World, tmp_path: Path) -> None:
    async with world.connect(record=tmp_path / "transcripts") as api:
        flow = api.socket().flow("default")
        assert await flow.text_completion("s", "n=2") == "chunk-0 chunk-1 "
        assert await flow.text_completion("s", "n=3", streaming=True).result() == "chunk-0 chunk-1 chunk-2 "
        with pytest.raises(ServiceError):
            await flow.graph_rag("fail=1")
    (file,) = (tmp_path / "transcripts").iterdir()
    text = file.read_text("utf-8")
    assert TOKEN not in text
    assert "chunk-1" in text
    steps = [json.loads(line) for line in text.splitlines()]
    config = ClientConfig(token=Secret("***"), keepalive=KeepaliveConfig())
    assert replay(ClientSession(config, ids=count(1)), steps) is None


@over_the_socket
async def test_each_connection_has_its_transcript(world: World, tmp_path: Path) -> None:
    async with world.connect(record=tmp_path) as api:
        flow = api.socket().flow("default")
        await world.driver.all(*[partial(flow.text_completion, "s", "n=1 first=0.05")] * 40)
    assert 1 < len(list(tmp_path.iterdir())) <= 4
    assert not [path for path in tmp_path.iterdir() if TOKEN in path.read_text("utf-8")]


async def test_what_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await world.flow.text_completion("s", "n=1")
    ours = [record for record in caplog.records if record.name == "tgdrivers"]
    assert any("Dial" in record.getMessage() for record in ours)
    caplog.clear()
    logging.getLogger("tgdrivers").setLevel(logging.WARNING)
    await world.flow.text_completion("s", "n=1")
    assert not [record for record in caplog.records if record.name == "tgdrivers"]


@pytest.mark.world(peer="embedded")
async def test_flows_are_managed_over_either_transport(world: World) -> None:
    assert await world.api.flow().list() == ["default"]
    await failure(world.api.flow().id("nope").graph_rag("x"), GatewayError, "Invalid flow")


@pytest.mark.world(options={"transport": None})
async def test_rest_for_flow_and_the_socket_for_socket(world: World) -> None:
    async with world.driver.api(world.url.replace("ws", "http", 1), **world.options) as api:
        with pytest.raises(NotImplementedError):
            await api.flow().id("default").graph_rag("x", streaming=True)
    if world.transport == "rest":
        assert await world.api.flow().id("default").text_completion("s", "n=1") == "chunk-0 "
    else:
        assert await world.api.socket().flow("default").text_completion("s", "n=1") == "chunk-0 "


@pytest.mark.world(peer="embedded", options={"transport": None})
async def test_the_socket_for_everything_with_its_url(world: World) -> None:
    async with world.driver.api(world.url.replace("http", "ws", 1), **world.options) as api:
        stream = api.flow().id("default").text_completion("s", "n=2", streaming=True)
        assert [str(chunk) async for chunk in stream][:2] == ["chunk-0 ", "chunk-1 "]
