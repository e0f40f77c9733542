"""The embedded EdgeQuake and AI Assistant API over real sockets, against httpx and the standard library."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trio

from tgdrivers.asyncio.server import serve
from tgdrivers.testing import TOKEN, ManualClock, RunningService, assistant, edgequake
from tgproto.assistant.server import AssistantServer, reverse
from tgproto.edgequake.server import EdgequakeServer
from tgproto.serving.messages import Cut, Pause, WebAnswer
from tgproto.serving.plans import ALIVE, CUT, RESET, STALL, Fault
from tgproto.serving.streams import event

CERTIFICATE = Path(__file__).with_name("localhost.pem")
PATIENCE = 60.0
"""Seconds after which a test gives up; far more than it needs."""
STREAM = "api/v1/query/stream"
CHAT = "api/agent/chat"
ANSWERS = {"Who?": ("Ines", " Marlow.")}
QUESTION = {"query": "Who?"}
ENDLESS = Fault(after=1, then=(b": x\n\n" * 1000,), again=True)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() <= before
    gc.collect()  # what was not closed warns now, and a warning is an error


@contextmanager
def client(running: RunningService[object]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {running.token}"} if running.token else {}
    with httpx.Client(base_url=running.url, headers=headers, timeout=PATIENCE) as made:
        yield made


def events(text: str) -> list[dict[str, object]]:
    return [
        json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: {")
    ]


def kinds(text: str) -> list[object]:
    return [one["type"] for one in events(text)]


def until_free(running: RunningService[object]) -> None:
    """Wait until no connection is left."""
    end = time.monotonic() + PATIENCE
    while running.connections:
        assert time.monotonic() < end
        time.sleep(0.001)


# --- httpx ------------------------------------------------------------------------------------


def test_edgequake_with_httpx() -> None:
    with edgequake(EdgequakeServer(ANSWERS, api_key="k"), token="k") as running, client(running) as peer:
        assert peer.get("health").json()["status"] == "healthy"
        assert peer.post("api/v1/query", json=QUESTION).json()["answer"] == "Ines Marlow."
        assert kinds(peer.post(STREAM, json=QUESTION).text) == ["context", "token", "token", "done"]
        guide = peer.get("query/stream", params={"query": "Who?"})
        assert guide.headers["content-type"] == "text/event-stream"
        assert kinds(guide.text)[-1] == "done"
        lines = peer.post("api/chat", json={"messages": [{"content": "Who?"}]}).text.splitlines()
        assert json.loads(lines[-1])["done"] is True
        assert peer.get("health", headers={"Authorization": "Bearer x"}).status_code == 200
        assert peer.post(STREAM, json=QUESTION, headers={"Authorization": "Bearer x"}).status_code == 401
        assert running.connections == 1
        assert len(running.server.requests) == 7


def test_the_assistant_with_httpx() -> None:
    with assistant() as running, client(running) as peer:
        assert running.token == TOKEN
        assert TOKEN not in repr(running)
        assert peer.post(CHAT, json={"message": "a b"}).json() == {"response": "You asked: a b"}
        got = peer.post(CHAT, params={"stream": "true"}, json={"message": "a"}).text
        assert kinds(got) == ["start", "token", "token", "token", "end"]
        running.server.twist(reverse)
        items = [{"id": name, "method": "GET", "path": "/api/tools"} for name in "abc"]
        answers = peer.post("api/batch", json={"requests": items}).json()["responses"]
        assert [one["id"] for one in answers] == ["c", "b", "a"]
        assert peer.post("api/batch", json={"requests": items * 4}).status_code == 413


def test_planned_answers_with_httpx() -> None:
    with edgequake() as running, client(running) as peer:
        slow = WebAnswer(429, b"{}", more=(("Retry-After", "2"),))
        running.server.plan(f"/{STREAM}", slow, WebAnswer(204, content_type=""), Cut())
        got = peer.post(STREAM, json=QUESTION)
        assert (got.status_code, got.headers["retry-after"]) == (429, "2")
        assert peer.post(STREAM, json=QUESTION).status_code == 204
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
            peer.post(STREAM, json=QUESTION)
        assert peer.post(STREAM, json=QUESTION).status_code == 200


def test_a_stream_is_cut() -> None:
    failure = event({"type": "error", "message": "no", "code": "QUERY_FAILED"})
    with edgequake() as running, client(running) as peer:
        running.server.plan(
            f"/{STREAM}", Fault(after=2, then=CUT), Fault(after=2), Fault(after=1, then=(failure,))
        )
        found: list[str] = []
        with (
            pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
            peer.stream("POST", STREAM, json=QUESTION) as got,
        ):
            found.extend(got.iter_text())
        assert kinds("".join(found)) == ["context", "token"]
        assert kinds(peer.post(STREAM, json=QUESTION).text) == ["context", "token"]
        assert kinds(peer.post(STREAM, json=QUESTION).text) == ["context", "error"]


def test_a_connection_is_reset() -> None:
    with edgequake() as running, client(running) as peer:
        running.server.plan(f"/{STREAM}", Fault(after=2, then=(Pause(0.01), *RESET)), Cut(reset=True))
        for _ in range(2):
            with pytest.raises(httpx.ReadError, match="reset"):
                peer.post(STREAM, json=QUESTION)
        until_free(running)


@pytest.mark.parametrize(
    "fault", [Fault(after=1, then=STALL), ENDLESS, Fault(after=1, then=ALIVE, again=True)]
)
def test_who_leaves_a_stream_early_frees_the_server(fault: Fault) -> None:
    with edgequake() as running, client(running) as peer:
        running.server.plan(f"/{STREAM}", fault)
        with peer.stream("POST", STREAM, json=QUESTION) as got:
            lines = got.iter_lines()
            assert next(lines).startswith('data: {"type":"context"')
            assert running.connections == 1
        until_free(running)
        assert peer.get("health").status_code == 200


async def leave_early(running: RunningService[AssistantServer]) -> None:
    async with httpx.AsyncClient(base_url=running.url, timeout=PATIENCE) as peer:
        query = {"stream": "true"}
        async with peer.stream("POST", CHAT, params=query, json={"message": "a"}) as got:
            assert got.headers["content-type"] == "text/event-stream"
            assert running.connections == 1


@pytest.mark.parametrize(
    "run", [lambda of: asyncio.run(leave_early(of)), lambda of: trio.run(leave_early, of)]
)
def test_who_leaves_early_in_a_coroutine(run: object) -> None:
    with assistant(token="") as running:
        running.server.plan(f"/{CHAT}", Fault(after=1, then=STALL))
        assert callable(run)
        run(running)
        until_free(running)


def test_a_stall_outlasts_a_client() -> None:
    with edgequake() as running, client(running) as peer:
        running.server.plan(f"/{STREAM}", Fault(after=1, then=STALL), Fault(delay=PATIENCE))
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                peer.post(STREAM, json=QUESTION, timeout=0.05)
        until_free(running)


# --- the standard library ---------------------------------------------------------------------


@contextmanager
def connected(running: RunningService[object]) -> Iterator[http.client.HTTPConnection]:
    address = urlsplit(running.url)
    made = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)
    try:
        yield made
    finally:
        made.close()


HEADERS = {"Content-Type": "application/json", "X-API-Key": TOKEN}


def test_with_the_standard_library() -> None:
    with edgequake() as running, connected(running) as peer:
        for _ in range(3):  # over one connection
            peer.request("POST", f"/{STREAM}", json.dumps(QUESTION), HEADERS)
            with peer.getresponse() as got:
                assert kinds(got.read().decode())[-1] == "done"
        assert running.connections == 1
        running.server.plan(f"/{STREAM}", Fault(after=1, then=CUT))
        peer.request("POST", f"/{STREAM}", json.dumps(QUESTION), HEADERS)
        with peer.getresponse() as got, pytest.raises(http.client.IncompleteRead) as caught:
            got.read()
        assert kinds(caught.value.partial.decode()) == ["context"]
        peer.close()
        peer.request("GET", "/health", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
        with peer.getresponse() as got:
            assert got.status == 200
    assert running.connections == 0


# --- time, TLS, the end -----------------------------------------------------------------------


def test_pieces_come_in_their_time() -> None:
    clock = ManualClock()
    with edgequake(EdgequakeServer(ANSWERS), token="", clock=clock) as running, client(running) as peer:
        running.server.plan(f"/{STREAM}", Fault(delay=5.0, before=(Pause(2.0),)))
        found: list[float] = []

        def read() -> None:
            with peer.stream("POST", STREAM, json=QUESTION) as got:
                found.extend(clock.time() for line in got.iter_lines() if line)

        reading = threading.Thread(target=read)
        reading.start()
        while reading.is_alive():
            clock.advance(0.5)
            reading.join(0.005)
        assert [at >= due for at, due in zip(found, (7.0, 9.0, 11.0, 13.0), strict=True)] == [True] * 4


def test_with_tls() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    trusted = ssl.create_default_context(cafile=str(CERTIFICATE))
    with edgequake(token="", ssl=context) as running:
        assert running.url.startswith("https://")
        got = httpx.post(running.url + STREAM, json=QUESTION, verify=trusted, timeout=PATIENCE)
        assert kinds(got.text)[-1] == "done"
    with assistant(token="", ssl=context) as other:
        assert httpx.get(f"{other.url}health", verify=trusted).json()["service"]


def test_the_end_of_the_block_ends_streams() -> None:
    with httpx.Client(timeout=PATIENCE) as peer, ExitStack() as stack:
        running = stack.enter_context(edgequake(token=""))
        running.server.plan(f"/{STREAM}", Fault(after=1, then=STALL))
        with peer.stream("POST", running.url + STREAM, json=QUESTION) as got:
            lines = got.iter_lines()
            assert next(lines)
            stack.close()
            assert running.connections == 0
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                list(lines)


def test_in_a_loop_of_ones_own() -> None:
    async def test() -> None:
        server = AssistantServer()
        async with serve(server) as listening, httpx.AsyncClient(timeout=PATIENCE) as peer:
            got = await peer.get(listening.url.replace("ws", "http", 1) + "health")
            assert got.json()["service"] == "ai-assistant"
            assert listening.connections == 1
        assert listening.connections == 0

    asyncio.run(test())
