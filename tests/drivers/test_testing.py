"""What users get for their own tests: a gateway beside them, a fixture, and a clock moved by hand."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import quote_plus

import httpx
import pytest
import trio
from trio_websocket import open_websocket_url

from tgdrivers.testing import TOKEN, ManualClock, RunningGateway, gateway
from tgproto.gateway import Gateway, Gateway1, GraphStore

CERTIFICATE = Path(__file__).with_name("localhost.pem")
PATIENCE = 60.0
"""Seconds after which a test gives up; far more than it needs."""
BRIDGE = "Kestrel Bridge was built by Ines Marlow."


@pytest.fixture(autouse=True)
def nothing_is_left() -> object:
    before = threading.active_count()
    yield
    assert threading.active_count() <= before  # threads of trio may have ended meanwhile
    gc.collect()  # what was not closed warns now, and a warning is an error


def ask(running: RunningGateway, prompt: str, verify: ssl.SSLContext | None = None) -> str:
    request = urllib.request.Request(
        f"{running.url}api/v1/flow/default/service/text-completion",
        json.dumps({"prompt": prompt}).encode(),
        {"Authorization": f"Bearer {running.token}"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE, context=verify) as answer:
        return json.loads(answer.read())["response"]


# --- the gateway ------------------------------------------------------------------------------


def test_from_a_plain_test() -> None:
    with gateway() as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert running.url.endswith("/")
        assert running.token == TOKEN
        assert BRIDGE in ask(running, "Who built Kestrel Bridge?")
        assert TOKEN not in repr(running)
    with pytest.raises(urllib.error.URLError):
        ask(running, "Are you there?")


def test_from_several_threads_at_once() -> None:
    with gateway() as running:
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda n=n: found.append(ask(running, f"ANSWER<<{n}>>")))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == [str(n) for n in range(8)]


async def ask_httpx(running: RunningGateway) -> None:
    headers = {"Authorization": f"Bearer {running.token}"}
    async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=PATIENCE) as client:
        answer = await client.post("api/v1/flow/default/service/text-completion", json={"prompt": "n=2"})
        assert answer.json()["response"] == "chunk-0 chunk-1 "
        assert running.connections == 1


@pytest.mark.parametrize("run", [asyncio.run, lambda test: trio.run(lambda: test)])
def test_from_a_coroutine(run: Callable[[object], None]) -> None:
    async def test() -> None:
        with gateway() as running:
            await ask_httpx(running)

    run(test())


def test_with_tls() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with gateway(ssl=context) as running:
        assert running.url.startswith("https://")
        assert ask(running, "ANSWER<<safe>>", ssl.create_default_context(cafile=str(CERTIFICATE))) == "safe"


def test_a_gateway_of_ones_own() -> None:
    served = Gateway(GraphStore(), keys={"tg_mine": "acme"})
    with gateway(served, token="tg_mine") as running:
        assert running.gateway is served
        assert running.token == "tg_mine"
    with gateway(token="tg_other") as running:
        assert ask(running, "ANSWER<<x>>") == "x"
    with pytest.raises(ValueError, match="tg_"), gateway(token="mine"):
        pass


# --- generation 1, against other clients ------------------------------------------------------


def test_an_older_gateway_over_rest() -> None:
    with gateway(generation=1) as running, httpx.Client(base_url=running.url, timeout=PATIENCE) as client:
        assert isinstance(running.gateway, Gateway1)
        assert TOKEN not in repr(running)
        service = "api/v1/flow/default/service/"
        refused = client.post(f"{service}graph-rag", json={"query": "n=1"})
        assert (refused.status_code, refused.text) == (401, "401: Unauthorized")
        client.headers["Authorization"] = f"Bearer {running.token}"

        def said(kind: str, **body: object) -> object:
            return client.post(service + kind, json=body).raise_for_status().json()

        assert BRIDGE in str(said("graph-rag", query="Who built Kestrel Bridge?"))
        assert "nothing" in str(said("graph-rag", query="Who built Kestrel Bridge?", user="anna"))
        assert said("nope") == {"error": "This kind not supported by flow"}
        error = {"type": "agent-error", "message": "scripted failure after 0 chunks"}
        assert said("agent", question="fail=0") == {"error": error}
        assert client.post("api/v1/iam", json={"operation": "whoami"}).json() == {"error": "'iam'"}


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_an_older_gateway_over_the_socket() -> None:
    async def talk(url: str) -> list[dict[str, object]]:
        with trio.fail_after(PATIENCE):
            async with open_websocket_url(url) as socket:
                body = {"query": "n=9 empty=1", "streaming": True}
                for message in (
                    {"id": 1, "service": "graph-rag", "flow": "default", "request": body},
                    {"type": "auth", "token": "s&cret"},
                ):
                    await socket.send_message(json.dumps(message))
                return [json.loads(await socket.get_message()) for _ in range(3)]

    with gateway(generation=1, token="s&cret") as running:
        url = f"{running.url.replace('http', 'ws', 1)}api/v1/socket"
        refused = httpx.get(f"{running.url}api/v1/socket?token=s", headers=UPGRADE)
        assert (refused.status_code, refused.text) == (401, "401: Unauthorized")
        frames = trio.run(talk, f"{url}?token={quote_plus(running.token)}")
    assert sorted(frames, key=str) == [
        {"error": "Bad message"},
        {"id": 1, "response": {"chunk": "chunk-0 ", "end_of_stream": False}, "complete": False},
        {"id": 1, "response": {}, "complete": True},
    ]


def test_an_older_gateway_for_everybody() -> None:
    with gateway(generation=1, token="") as running:
        assert httpx.post(f"{running.url}api/v1/flow", json={"operation": "list-flows"}).json() == {
            "flow-ids": ["default"]
        }


# --- starting and stopping --------------------------------------------------------------------


def test_what_cannot_start_says_so() -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))  # no file can be opened any more
    try:
        with pytest.raises(OSError, match="Too many open files"), gateway():
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_an_error_in_the_block_stops_it_too() -> None:
    with pytest.raises(KeyError), gateway():
        raise KeyError


def test_a_connection_that_is_left_open_is_closed() -> None:
    client = httpx.Client(timeout=PATIENCE)
    with gateway() as running:
        client.get(running.url)
        assert running.connections == 1
    assert running.connections == 0
    client.close()


def test_time_is_moved_from_another_thread() -> None:
    clock = ManualClock(1000.0)
    with gateway(clock=clock) as running:
        found: list[str] = []
        asking = threading.Thread(target=lambda: found.append(ask(running, "n=1 first=50")))
        asking.start()
        while asking.is_alive():
            clock.advance(1.0)
            asking.join(0.01)
        assert found == ["chunk-0 "]
        assert clock.time() >= 1050.0
        assert len(ask(running, "n=20 size=100000")) == 2_000_000  # no time passes for this


# --- the fixture ------------------------------------------------------------------------------

TESTS = """
def test_one(tg_gateway):
    import urllib.request
    url = tg_gateway.url + "api/v1/iam"
    headers = {"Authorization": "Bearer " + tg_gateway.token}
    request = urllib.request.Request(url, b'{"operation":"whoami"}', headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
"""


def test_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    # Installed with its entry point, the plugin is there already; twice would be an error.
    if not any(point.value == "tgdrivers.pytest_plugin" for point in entry_points(group="pytest11")):
        command += ["-p", "tgdrivers.pytest_plugin"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_costs_nothing_until_it_is_wanted() -> None:
    code = "import sys, tgdrivers.pytest_plugin; sys.exit('tgproto.gateway' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False).returncode == 0


# --- the clock --------------------------------------------------------------------------------


def test_callbacks_come_in_the_order_of_their_times() -> None:
    clock = ManualClock()
    seen: list[tuple[str, float]] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: seen.append((name, clock.time()))

    for name, when in (("c", 3.0), ("a", 1.0), ("b", 1.0), ("d", 4.5)):
        clock.call_at(when, note(name))
    clock.advance(0.5)
    assert seen == []
    clock.advance(3.5)
    assert seen == [("a", 1.0), ("b", 1.0), ("c", 3.0)]
    assert clock.time() == 4.0
    clock.advance(0.5)
    assert seen[3:] == [("d", 4.5)]


def test_a_callback_may_be_called_off() -> None:
    clock = ManualClock(5.0)
    seen: list[float] = []
    first = clock.call_at(6.0, lambda: second.cancel())
    second = clock.call_at(6.0, lambda: seen.append(6.0))
    clock.advance(2.0)
    assert seen == []
    first.cancel()  # too late, and harmless
    second.cancel()


def test_a_callback_may_ask_for_another_one() -> None:
    clock = ManualClock()
    seen: list[float] = []

    def again() -> None:
        seen.append(clock.time())
        clock.call_at(clock.time() + 1.0, again)

    clock.call_at(1.0, again)
    clock.advance(3.5)
    assert seen == [1.0, 2.0, 3.0]


def test_what_is_late_is_called_next_time() -> None:
    clock = ManualClock(5.0)
    seen: list[float] = []
    clock.call_at(1.0, lambda: seen.append(clock.time()))
    assert seen == []
    clock.advance()
    assert seen == [5.0]


def test_time_does_not_go_back() -> None:
    clock = ManualClock()
    for seconds in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="back"):
            clock.advance(seconds)


def test_threads_may_register_while_time_moves() -> None:
    clock = ManualClock()
    count = 500
    called: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: [clock.call_at(float(n), lambda: called.append(1)) for n in range(count)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        clock.advance(1.0)
    clock.advance(float(count))
    assert len(called) == 4 * count
