"""The embedded gateway on a real socket, against wsproto: clients that are slow, rude, silent or gone.

Nothing here waits for time to pass: delays and timeouts are reached by moving the event loop's clock.
"""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from tgdrivers.asyncio.server import CLOSE_TIMEOUT, Server, serve
from tgproto.dialect import GENERATION_2
from tgproto.gateway import Gateway, demo_graphs
from tgproto.session.config import KeepaliveConfig, ServerConfig

GATEWAY = Gateway(demo_graphs(), keys={"tg_key": "default"})
AUTH = '{"type":"auth","token":"tg_key"}'
PATIENCE = 300.0
"""Seconds after which a test gives up; far more than it needs."""

Frame = dict[str, object]


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be moved."""

    moved = 0.0

    def time(self) -> float:
        return super().time() + self.moved


async def jump(seconds: float) -> None:
    """Let time pass, and everybody do what is due by then."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    loop.moved += seconds
    for _ in range(20):
        await asyncio.sleep(0)


def run(test: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run a test in a loop of its own, and check that it leaves nothing behind."""

    async def checked() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(checked())
    gc.collect()  # what was not closed warns now, and a warning is an error


def ask(service: str, body: object, name: str = "1") -> str:
    return json.dumps({"id": name, "service": service, "flow": "default", "request": body})


class Client:
    """A WebSocket client that reads only when told to, and answers nothing by itself."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        self.sock = sock
        self.loop = asyncio.get_running_loop()
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.host = host
        self.eof = False

    async def send(self, *events: Event) -> None:
        await self.loop.sock_sendall(self.sock, b"".join(self.ws.send(event) for event in events))

    async def say(self, *messages: str) -> None:
        await self.send(*(TextMessage(message) for message in messages))

    async def receive(self) -> Event | None:
        """Return the next event, or None at the end."""
        while True:
            event = next(self.ws.events(), None)
            if event is not None or self.eof:
                return event
            data = await self.loop.sock_recv(self.sock, 2**16)
            self.eof = not data
            if data:
                self.ws.receive_data(data)

    async def frame(self) -> Frame:
        text = ""
        while True:
            event = await self.receive()
            assert isinstance(event, TextMessage | Ping), event
            if isinstance(event, TextMessage):
                text += event.data
                if event.message_finished:
                    return json.loads(text)

    async def closing(self) -> CloseConnection | None:
        """Receive until the server closes; None if it does without a word."""
        while (event := await self.receive()) is not None:
            if isinstance(event, CloseConnection):
                return event
        return None

    async def until_eof(self) -> None:
        while not self.eof:
            self.eof = not await self.loop.sock_recv(self.sock, 2**16)


@asynccontextmanager
async def raw_socket(server: Server, buffer: int | None = None) -> AsyncIterator[socket.socket]:
    address = urlsplit(server.url)
    assert address.hostname is not None
    family = socket.AF_INET6 if ":" in address.hostname else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setblocking(False)
        if buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await asyncio.get_running_loop().sock_connect(sock, (address.hostname, address.port))
        yield sock


@asynccontextmanager
async def connected(server: Server, buffer: int | None = None) -> AsyncIterator[Client]:
    """Connect and authenticate, all in one go."""
    async with raw_socket(server, buffer) as sock:
        client = Client(sock, urlsplit(server.url).netloc)
        await client.send(Request(host=client.host, target="/api/v1/socket"))
        assert isinstance(await client.receive(), AcceptConnection)
        await client.say(AUTH)
        assert (await client.frame())["type"] == "auth-ok"
        yield client


async def gone(server: Server) -> None:
    """Wait until the server has noticed that nobody is there."""
    while server.connections:
        await asyncio.sleep(0)


def test_pieces_come_when_their_time_has_come() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, connected(server) as client:
            await client.say(ask("text-completion", {"prompt": "n=1 first=5", "streaming": True}))
            await client.send(Ping(b"here"))
            assert await client.receive() == Pong(bytearray(b"here"))  # the request has arrived
            await jump(5.0)
            for text in ("chunk-0 ", ""):
                assert (await client.frame())["response"]["response"] == text  # type: ignore[index]

    run(test)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[asyncio.TimerHandle] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None], /) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, (), asyncio.get_running_loop())
        self.timers.append(handle)
        if when <= self.now:
            asyncio.get_running_loop().call_soon(self.move, 0.0)
        return handle

    def move(self, seconds: float) -> None:
        self.now += seconds
        due = [handle for handle in self.timers if handle.when() <= self.now]
        self.timers = [handle for handle in self.timers if handle.when() > self.now]
        for handle in due:
            if not handle.cancelled():
                handle._run()


def test_a_clock_of_ones_own() -> None:
    async def test() -> None:
        clock = Clock()
        session = ServerConfig(GENERATION_2, answer_timeout=600.0, keepalive=KeepaliveConfig(interval=None))
        gateway = Gateway(demo_graphs(), keys={"tg_key": "default"}, session=session)
        async with serve(gateway, clock=clock) as server, connected(server) as client:
            await client.say(ask("text-completion", {"prompt": "n=1 first=3600"}))
            await client.send(Ping())
            assert isinstance(await client.receive(), Pong)
            clock.move(599.0)
            clock.move(1.0)
            frame = await client.frame()
            assert frame["response"] == {"error": {"type": "gateway-error", "message": ""}}

    run(test)


def test_a_client_that_does_not_read_costs_little() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, connected(server, 4096) as client:
            tracemalloc.start()
            try:
                await client.say(ask("text-completion", {"prompt": "n=3000 size=10000", "streaming": True}))
                async with connected(server) as other:  # everybody else is served meanwhile
                    for _ in range(100):
                        await other.say(ask("embeddings", {"texts": ["x"]}))
                        await other.frame()
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert peak < 2_000_000  # of 30 million
            for _ in range(3000):
                assert not (await client.frame())["complete"]
            assert (await client.frame())["complete"]

    run(test)


def test_a_client_that_only_talks_is_not_listened_to() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, connected(server, 4096) as client:
            nonsense = b"".join(client.ws.send(TextMessage("{" + " " * 90)) for _ in range(100))
            sent = refused = 0
            tracemalloc.start()
            try:
                while refused < 200:
                    refused += 1
                    with suppress(BlockingIOError):
                        sent += client.sock.send(nonsense[sent % len(nonsense) :])
                        refused = 0
                    await asyncio.sleep(0)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert sent < 30_000_000
            assert peak < 5_000_000
            while refused:  # once it reads, it may talk again
                await client.loop.sock_recv(client.sock, 2**16)
                with suppress(BlockingIOError):
                    client.sock.send(nonsense[sent % len(nonsense) :])
                    refused = 0

    run(test)


def test_a_client_that_leaves_in_the_middle() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server:
            for reset in (False, True):
                async with connected(server, 4096) as client:
                    await client.say(
                        ask("text-completion", {"prompt": "n=1000 size=9999", "streaming": True})
                    )
                    await client.frame()
                    if reset:
                        linger = struct.pack("ii", 1, 0)
                        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                await gone(server)
            async with connected(server) as client:
                await client.say(ask("embeddings", {"texts": []}))
                await client.frame()

    run(test)


def test_a_client_that_closes_properly() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, connected(server) as client:
            await client.say(ask("text-completion", {"prompt": "hang=1"}))
            await client.send(CloseConnection(1000, "enough"))
            closing = await client.closing()
            assert closing is not None
            assert (closing.code, closing.reason) == (1000, "enough")
            await client.until_eof()
            await gone(server)

    run(test)


def test_a_client_that_says_nothing_more_but_reads() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, connected(server) as client:
            client.sock.shutdown(socket.SHUT_WR)
            await client.until_eof()
            await gone(server)

    run(test)


def test_a_message_that_is_too_long() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, connected(server) as client:
            head = b"\x81\xff" + struct.pack(">Q", 50 * 2**20 + 1) + b"mask"
            await client.loop.sock_sendall(client.sock, head)
            closing = await client.closing()
            assert closing is not None
            assert closing.code == 1009

    run(test)


async def started_to_leave(stack: Coroutine[object, object, object], server: Server) -> asyncio.Task[object]:
    """Let a server begin to leave, as far as it comes by itself."""
    task = asyncio.ensure_future(stack)
    for _ in range(10):
        await asyncio.sleep(0)
    assert server.connections
    return task


def test_a_client_that_does_not_answer_the_close_is_cut_off() -> None:
    async def test() -> None:
        serving = serve(GATEWAY)
        server = await serving.__aenter__()
        async with connected(server) as client:
            leaving = await started_to_leave(serving.__aexit__(None, None, None), server)
            closing = await client.closing()
            assert closing is not None
            assert closing.code == 1001
            await jump(CLOSE_TIMEOUT - 1.0)
            assert not leaving.done()
            await jump(1.0)
            assert leaving.done()
            await client.until_eof()

    run(test)


def test_a_client_that_does_not_read_the_close_is_cut_off() -> None:
    async def test() -> None:
        serving = serve(GATEWAY)
        server = await serving.__aenter__()
        async with connected(server, 4096) as client:
            await client.say(ask("text-completion", {"prompt": "n=9 size=8000000", "streaming": True}))
            await client.frame()
            leaving = await started_to_leave(serving.__aexit__(None, None, None), server)
            await jump(CLOSE_TIMEOUT)
            assert leaving.done()

    run(test)


def test_a_client_that_does_not_read_costs_no_more_as_time_passes() -> None:
    async def test() -> None:
        clock = Clock()
        session = ServerConfig(GENERATION_2, answer_timeout=10.0, keepalive=KeepaliveConfig(interval=None))
        gateway = Gateway(demo_graphs(), keys={"tg_key": "default"}, session=session)
        async with serve(gateway, clock=clock) as server, connected(server, 4096) as client:
            for _ in range(9):  # each will time out at another moment
                await client.say(ask("text-completion", {"prompt": "hang=1"}))
                await client.send(Ping())
                assert isinstance(await client.receive(), Pong)
                clock.move(0.5)
            await client.say(ask("text-completion", {"prompt": "n=99 size=1000000", "streaming": True}))
            await client.receive()  # the beginning of it
            await jump(0.0)
            tracemalloc.start()
            try:
                for _ in range(20):
                    clock.move(0.5)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert peak < 4_000_000

    run(test)


def test_the_last_bytes_may_not_take_for_ever() -> None:
    async def test() -> None:
        session = ServerConfig(GENERATION_2, keepalive=KeepaliveConfig(interval=5.0, timeout=5.0))
        gateway = Gateway(demo_graphs(), keys={"tg_key": "default"}, session=session)
        async with serve(gateway) as server, connected(server, 4096) as client:
            await client.say(ask("text-completion", {"prompt": "n=9 size=8000000"}))
            await client.receive()  # the beginning of it
            for seconds in (5.0, 5.0, CLOSE_TIMEOUT):  # a ping, no pong, the bytes that are still there
                assert server.connections == 1
                await jump(seconds)
            await gone(server)

    run(test)


def test_leaving_when_cancelled_cuts_everybody_off() -> None:
    async def test() -> None:
        serving = serve(GATEWAY)
        server = await serving.__aenter__()
        async with connected(server) as client:
            leaving = await started_to_leave(serving.__aexit__(None, None, None), server)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
            assert not server.connections
            await client.closing()

    run(test)


# --- before the upgrade -----------------------------------------------------------------------


def test_a_request_that_is_no_upgrade() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, raw_socket(server) as sock:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(sock, b"GET /api/v1/socket HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await loop.sock_recv(sock, 2**16)).startswith(b"HTTP/1.1 400")
            assert server.connections == 1  # it may go on with another request

    run(test)


def test_an_upgrade_in_single_bytes_with_a_message_behind_it() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, raw_socket(server) as sock:
            client = Client(sock, "x")
            head = client.ws.send(Request(host="x", target="/api/v1/socket"))
            for byte in head[:-1]:
                await client.loop.sock_sendall(sock, bytes([byte]))
                await asyncio.sleep(0)
            mask = b"\0\0\0\0"
            await client.loop.sock_sendall(
                sock, head[-1:] + bytes([0x81, 0x80 | len(AUTH)]) + mask + AUTH.encode()
            )
            assert isinstance(await client.receive(), AcceptConnection)
            assert (await client.frame())["type"] == "auth-ok"

    run(test)


@pytest.mark.parametrize(("sent", "patience"), [(b"", 75.0), (b"GET /api", 60.0)])
def test_a_client_that_never_asks(sent: bytes, patience: float) -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, raw_socket(server) as sock:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(sock, sent)
            while not server.connections:
                await asyncio.sleep(0)
            await jump(0.0)
            await jump(patience)
            await gone(server)

    run(test)


def test_leaving_while_somebody_knocks() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, raw_socket(server):
            while not server.connections:
                await asyncio.sleep(0)
        assert server.connections == 0

    run(test)


# --- where it listens -------------------------------------------------------------------------


def test_where_it_listens() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server:
            address = urlsplit(server.url)
            assert (address.scheme, address.hostname, address.path) == ("ws", "127.0.0.1", "/")
            assert address.port
            with pytest.raises(OSError, match="address already in use"):
                async with serve(GATEWAY, port=address.port):
                    raise AssertionError("two listen on one port")
        async with serve(GATEWAY, port=address.port) as server:  # it is free again
            assert urlsplit(server.url).port == address.port

    run(test)


def test_the_newer_internet() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")

    async def test() -> None:
        async with serve(GATEWAY, "::1") as server:
            assert server.url.startswith("ws://[::1]:")
            async with connected(server):
                assert server.connections == 1

    run(test)


def test_a_refusal_is_read_by_a_plain_client() -> None:
    async def test() -> None:
        async with serve(GATEWAY) as server, raw_socket(server) as sock:
            client = Client(sock, "x")
            await client.send(Request(host="x", target="/api/v1/nope"))
            event = await client.receive()
            assert isinstance(event, RejectConnection)
            assert event.status_code == 404
            await gone(server)

    run(test)
