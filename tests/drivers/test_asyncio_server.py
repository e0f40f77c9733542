"""The embedded gateway on a real socket, against trio-websocket: every service, every error."""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url, wrap_client_stream

from tgdrivers.asyncio.server import serve
from tgproto.gateway import Gateway, demo_graphs

CERTIFICATE = Path(__file__).with_name("localhost.pem")
GATEWAY = Gateway(demo_graphs(), keys={"tg_key": "default"})
AUTH = '{"type":"auth","token":"tg_key"}'
PATIENCE = 60.0
"""Seconds after which a test gives up; far more than it needs."""

Frame = dict[str, object]


def run(test: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run a test, and check that it leaves nothing behind."""

    async def checked() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(checked())
    gc.collect()  # what was not closed warns now, and a warning is an error


def ask(service: str, body: object, name: str = "1") -> str:
    return json.dumps({"id": name, "service": service, "flow": "default", "request": body})


def with_trio(talk: Callable[[WebSocketConnection], Awaitable[None]], tls: bool = False) -> None:
    """Serve, and talk to the gateway from trio in another thread."""

    async def test() -> None:
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        async with serve(GATEWAY, ssl=context) as server:
            await asyncio.to_thread(trio.run, talk_to, server.url)

    async def talk_to(url: str) -> None:
        context = ssl.create_default_context(cafile=str(CERTIFICATE)) if tls else None
        with trio.fail_after(PATIENCE):
            async with open_websocket_url(f"{url}api/v1/socket", context) as ws:
                await talk(ws)

    run(test)


async def answer(ws: WebSocketConnection) -> list[Frame]:
    """Receive frames up to the one that is marked as the last."""
    frames: list[Frame] = []
    while not (frames and frames[-1]["complete"]):
        frames.append(json.loads(await ws.get_message()))
    return frames


async def authenticated(ws: WebSocketConnection) -> WebSocketConnection:
    await ws.send_message(AUTH)
    assert json.loads(await ws.get_message()) == {"type": "auth-ok", "default_workspace": "default"}
    return ws


def test_authentication() -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await ws.send_message('{"type":"auth","token":"tg_wrong"}')
        assert json.loads(await ws.get_message()) == {"type": "auth-failed", "error": "auth failure"}
        await ws.send_message(ask("embeddings", {"texts": ["x"]}))
        [frame] = await answer(ws)
        assert frame["error"] == {"message": "auth failure", "type": "auth-required"}
        await authenticated(ws)
        await ws.send_message(ask("embeddings", {"texts": ["x"]}))
        [frame] = await answer(ws)
        assert list(frame) == ["id", "response", "complete"]

    with_trio(talk)


BRIDGE = "Kestrel Bridge was built by Ines Marlow."
SERVICES = [
    ("text-completion", {"prompt": "Kestrel Bridge?"}, "response", BRIDGE),
    ("graph-rag", {"query": "Kestrel Bridge?"}, "response", BRIDGE),
    ("document-rag", {"query": "Kestrel Bridge?"}, "response", BRIDGE),
    ("agent", {"question": "Kestrel Bridge?"}, "content", BRIDGE),
    ("triples", {"p": {"t": "i", "i": "https://example.org/demo/crosses"}, "batch-size": 2}, "response", ""),
]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(("service", "body", "member", "part"), SERVICES)
def test_services(service: str, body: Frame, member: str, part: str, streaming: bool) -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)
        await ws.send_message(ask(service, body | {"streaming": streaming}, "é1"))
        frames = await answer(ws)
        assert {frame["id"] for frame in frames} == {"é1"}
        values = [frame["response"].get(member, "") for frame in frames]  # type: ignore[attr-defined]
        if service == "triples":
            assert [len(batch) for batch in values] == ([2, 2] if streaming else [4])
        else:
            assert part in "".join(values)
            assert len([value for value in values if value]) > (10 if streaming else 0)

    with_trio(talk)


@pytest.mark.parametrize(
    ("service", "body", "last"),
    [
        ("text-completion", {"prompt": "fail=1"}, {"response": None, "end_of_stream": True}),
        ("embeddings", {"texts": ["fail=0"]}, {"vectors": []}),
        (
            "triples",
            {"s": {"t": "i", "i": "urn:fail=0"}},
            {
                "response": [],
                "error": {"type": "triples-query-error", "message": "scripted failure after 0 chunks"},
            },
        ),
        (
            "agent",
            {"question": "fail=0"},
            {"error": {"type": "gateway-error", "message": "'Error' object has no attribute 'code'"}},
        ),
        ("graph-rag", {}, {"error": {"type": "gateway-error", "message": "'query'"}}),
    ],
)
def test_errors_in_the_response(service: str, body: Frame, last: Frame) -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)
        await ws.send_message(ask(service, body))
        assert (await answer(ws))[-1] == {"id": "1", "response": last, "complete": True}

    with_trio(talk)


def test_what_is_let_through_comes_back() -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)
        await ws.send_message(ask("thru/echo", {"stream": True, "how": "n=1"}))
        first, last = await answer(ws)
        assert first == {"id": "1", "response": {"i": 0, "chunk": "chunk-0 "}, "complete": False}
        assert last == {"id": "1", "response": {"echo": {"stream": True, "how": "n=1"}}, "complete": True}

    with_trio(talk)


def test_errors_in_the_envelope_and_without_an_id() -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)
        for message, error in [
            (ask("nope", {}), {"message": "unknown service", "type": "unknown-service"}),
            (ask("thru/nope", {}), {"message": "This kind not supported by flow", "type": "error"}),
        ]:
            await ws.send_message(message)
            assert await answer(ws) == [{"id": "1", "error": error, "complete": True}]
        await ws.send_message("{")
        [frame] = await answer(ws)
        assert "id" not in frame
        await ws.send_message(ask("embeddings", {"texts": []}).encode())  # a binary message is as good
        assert await answer(ws) == [{"id": "1", "response": {"vectors": []}, "complete": True}]

    with_trio(talk)


def test_global_services_and_what_they_change() -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)

        async def asked(service: str, body: Frame, **more: object) -> Frame:
            await ws.send_message(json.dumps({"id": "1", "service": service, "request": body, **more}))
            [frame] = await answer(ws)
            return frame

        flow: Frame = {"flow-id": "new", "blueprint-name": "default", "description": "d"}
        skeleton = (await asked("flow", {"operation": "start-flow", **flow}))["response"]
        assert skeleton == (await asked("flow", {"operation": "start-flow", **flow}))["response"]  # invisible
        listed = (await asked("flow", {"operation": "list-flows"}))["response"]
        assert listed == {**skeleton, "flow-ids": ["default", "new"]}  # type: ignore[dict-item]
        found = await asked("embeddings", {"texts": []}, flow="new")
        assert found["response"] == {"vectors": []}
        await asked("flow", {"operation": "stop-flow", **flow})
        gone = await asked("embeddings", {"texts": []}, flow="new")
        assert gone["error"] == {"message": "Invalid flow default/new", "type": "error"}
        user = (await asked("iam", {"operation": "whoami"}))["response"]["user"]  # type: ignore[index]
        assert user["default_workspace"] == "default"

    with_trio(talk)


def test_many_requests_at_once() -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)
        for number in range(100):
            await ws.send_message(ask("text-completion", {"prompt": "n=20", "streaming": True}, str(number)))
        texts: dict[object, list[object]] = {}
        done: set[object] = set()
        while len(done) < 100:
            frame = json.loads(await ws.get_message())
            texts.setdefault(frame["id"], []).append(frame["response"]["response"])
            if frame["complete"]:
                done.add(frame["id"])
        wanted = [f"chunk-{index} " for index in range(20)]
        assert all(text == [*wanted, ""] for text in texts.values())

    with_trio(talk)


def test_tls_and_an_answer_of_megabytes() -> None:
    async def talk(ws: WebSocketConnection) -> None:
        await authenticated(ws)
        for body in ({"prompt": "n=3 size=300000"}, {"prompt": "n=30 size=30000", "streaming": True}):
            await ws.send_message(ask("text-completion", body))
            frames = await answer(ws)
            assert sum(len(str(frame["response"])) for frame in frames) > 900_000

    with_trio(talk, tls=True)


def test_the_server_says_that_it_leaves() -> None:
    async def test() -> None:
        stop, started = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        urls: list[str] = []

        async def leave() -> None:
            async with serve(GATEWAY) as server:
                urls.append(server.url)
                started.set()
                await stop.wait()

        async def talk_to(url: str) -> None:
            address = urlsplit(url)
            assert address.hostname is not None
            assert address.port is not None
            stream = await trio.open_tcp_stream(address.hostname, address.port)
            async with stream, trio.open_nursery() as nursery:
                ws = await wrap_client_stream(nursery, stream, address.netloc, "/api/v1/socket")
                await authenticated(ws)
                await ws.send_message(ask("text-completion", {"prompt": "hang=1"}))
                await ws.ping()
                loop.call_soon_threadsafe(stop.set)
                with pytest.raises(ConnectionClosed) as caught:
                    await ws.get_message()
                assert caught.value.reason.code == 1001

        leaving = asyncio.create_task(leave())
        await started.wait()
        await asyncio.to_thread(trio.run, talk_to, urls[0])
        await leaving

    run(test)
