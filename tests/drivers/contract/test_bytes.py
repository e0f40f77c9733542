"""Bytes of any length over REST: memory, slow readers, those who leave, and connections that break."""

from __future__ import annotations

import random
import socket
import ssl
import struct
import threading
import tracemalloc
from typing import Any

import pytest

from tests.drivers.contract.drivers import Driver, TaskCancelled
from tests.drivers.contract.errors import failure
from tests.drivers.forms import fetch
from tests.drivers.peers.broken import Broken
from tests.drivers.peers.certificates import server_context
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tgproto.catalog import CallOptions
from tgproto.errors import ConnectionLost, RequestTimeout
from tgproto.session.request import Answer, Form

MIB = 2**20
HUGE = 64 * MIB
"""The kernel's buffers hold up to ten MiB of it."""
DOWNLOAD = Form(path="api/v1/export-core", method="GET", answer=Answer.BYTES)
PERIOD = 65521
PATTERN = random.Random(0).randbytes(PERIOD) * 3


def pattern(start: int, size: int) -> bytes:
    """Return what is sent from some byte on."""
    return PATTERN[start % PERIOD :][:size]


class Source:
    """Sends bytes in chunks to whoever asks for them, as fast as it can.

    Args:
        size: How many.
        chunk: Bytes of a chunk.
        ending: `done`; or what happens instead of the end: `eof`, `reset`, `silence`.
        tls: Whether to speak TLS.

    Attributes:
        sent: Bytes sent so far, to all together.
        left: How many connections are over.
        go: Is waited for before the second half.
    """

    def __init__(
        self, size: int = HUGE, chunk: int = 50_000, ending: str = "done", *, tls: bool = False
    ) -> None:
        self.sent = self.left = 0
        self.go = threading.Event()
        self.go.set()
        self._size, self._chunk, self._ending = size, chunk, ending
        self._tls: ssl.SSLContext | None = server_context() if tls else None

    def __call__(self, sock: socket.socket) -> None:
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                while sock.recv(2**16):
                    self._answer(sock)
                    if self._ending in ("reset", "eof"):
                        break
        finally:
            self.left += 1

    def _answer(self, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, self._size, self._chunk):
            data = pattern(start, min(self._chunk, self._size - start))
            if start >= self._size // 2:
                self.go.wait(20)
            sock.sendall(b"%x\r\n%b\r\n" % (len(data), data))
            self.sent += len(data)
        if self._ending == "done":
            sock.sendall(b"0\r\n\r\n")
        elif self._ending == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Sink:
    """Checks bytes one piece after the other."""

    def __init__(self) -> None:
        self.size = self.count = 0

    def take(self, piece: bytes) -> None:
        assert piece == pattern(self.size, len(piece))
        self.size += len(piece)
        self.count += 1


def connect(driver: Driver, peer: Broken, *, tls: bool = False, **options: Any) -> Any:
    url = f"http{'s' if tls else ''}://127.0.0.1:{peer.port}/"
    if tls:
        options["verify"] = CERTIFICATE
    return driver.api(url, token=TOKEN, dialect="2.x", **options)


async def standstill(driver: Driver, source: Source) -> int:
    """Wait until nothing has been sent for a while; return how much was."""
    await driver.until(lambda: source.sent)
    before = -1
    while before != source.sent:
        before = source.sent
        await driver.sleep(0.15)
    return before


@pytest.mark.parametrize(("size", "tls"), [(HUGE, False), (HUGE // 2, True)], ids=["plain", "tls"])
async def test_a_slow_reader_needs_little_memory_and_misses_nothing(
    driver: Driver, size: int, tls: bool
) -> None:
    source, sink = Source(size, tls=tls), Sink()
    with Broken(source) as peer:
        async with connect(driver, peer, tls=tls) as api, fetch(driver, api, DOWNLOAD) as stream:
            sink.take(await anext(stream))
            tracemalloc.start()
            try:
                assert await standstill(driver, source) < 16 * MIB
                async for piece in stream:
                    sink.take(piece)
                    if sink.count % 16 == 0:
                        await driver.sleep(0.001)
                assert tracemalloc.get_traced_memory()[1] < 4 * MIB
            finally:
                tracemalloc.stop()
            assert sink.size == await stream.result() == size
            async with fetch(driver, api, DOWNLOAD) as again:  # over the same connection
                Sink().take(await anext(again))
                assert source.left == 0


async def test_tiny_chunks_are_put_together(driver: Driver) -> None:
    source, sink = Source(MIB, 7), Sink()
    with Broken(source) as peer:
        async with connect(driver, peer) as api, fetch(driver, api, DOWNLOAD) as stream:
            sink.take(await anext(stream))
            await standstill(driver, source)
            async for piece in stream:
                sink.take(piece)
    assert sink.size == MIB
    assert sink.count < MIB // 100


async def test_whoever_leaves_a_stream_that_stands_still_closes_its_connection(driver: Driver) -> None:
    source = Source()
    with Broken(source) as peer:
        async with connect(driver, peer) as api:
            async with fetch(driver, api, DOWNLOAD) as stream:
                Sink().take(await anext(stream))
                assert await standstill(driver, source) < 16 * MIB
            await driver.until(lambda: source.left == 1)
            assert await fetch(driver, api, DOWNLOAD).result() == HUGE


async def test_closing_while_a_stream_stands_still(driver: Driver) -> None:
    source, sink = Source(), Sink()

    async def read() -> None:
        async for piece in stream:
            sink.take(piece)

    with Broken(source) as peer:
        async with connect(driver, peer) as api:
            stream = fetch(driver, api, DOWNLOAD)
            sink.take(await anext(stream))
            await standstill(driver, source)
        await driver.until(lambda: source.left == 1)
        error = await failure(read(), ConnectionLost, "closed by this side")
    assert error.delivered == sink.count  # nothing that came is lost


@pytest.mark.world(cancels=True)
async def test_a_wait_that_is_cancelled_loses_nothing(driver: Driver) -> None:
    source, sink = Source(4 * MIB), Sink()
    source.go.clear()

    async def read() -> None:
        async for piece in stream:
            sink.take(piece)

    with Broken(source) as peer:
        async with connect(driver, peer) as api, fetch(driver, api, DOWNLOAD) as stream:
            reading = driver.start(read)
            await driver.until(lambda: sink.size >= 2 * MIB - 50_000)
            reading.cancel()
            with pytest.raises(TaskCancelled):
                await reading
            source.go.set()
            await read()
    assert sink.size == 4 * MIB


@pytest.mark.parametrize("stalled", [False, True])
@pytest.mark.parametrize("ending", ["eof", "reset"])
async def test_a_connection_that_ends_in_the_middle(driver: Driver, ending: str, stalled: bool) -> None:
    source, sink = Source(16 * MIB, ending=ending), Sink()

    async def read() -> None:
        async for piece in stream:
            sink.take(piece)

    with Broken(source) as peer:
        async with connect(driver, peer) as api, fetch(driver, api, DOWNLOAD) as stream:
            sink.take(await anext(stream))
            if stalled:
                await standstill(driver, source)
            error = await failure(read(), ConnectionLost, r"after \d+ frames? of the answer")
            assert error.delivered == sink.count
            if ending == "eof":
                assert sink.size == 16 * MIB  # what came before the end was not lost


async def test_silence_in_the_middle_is_not_waited_for(driver: Driver) -> None:
    source, sink = Source(MIB, ending="silence"), Sink()

    async def read() -> None:
        async for piece in stream:
            sink.take(piece)

    options = CallOptions(timeout=0.3)
    with Broken(source) as peer:
        async with connect(driver, peer) as api, fetch(driver, api, DOWNLOAD, options) as stream:
            error = await failure(read(), RequestTimeout, r"within 0\.3 s")
            assert error.option == "timeout"
            await driver.until(lambda: source.left == 1)
    assert sink.size == MIB


async def test_a_reader_may_be_slower_than_the_longest_silence(driver: Driver) -> None:
    source, sink = Source(32 * MIB), Sink()
    options = CallOptions(timeout=0.3)
    with Broken(source) as peer:
        async with connect(driver, peer) as api, fetch(driver, api, DOWNLOAD, options) as stream:
            sink.take(await anext(stream))
            await standstill(driver, source)
            await driver.sleep(0.6)
            async for piece in stream:
                sink.take(piece)
    assert sink.size == 32 * MIB


async def test_a_stream_that_stands_still_hinders_nobody(driver: Driver) -> None:
    source, sink = Source(24 * MIB), Sink()
    with Broken(source) as peer:
        async with connect(driver, peer) as api, fetch(driver, api, DOWNLOAD) as unread:
            sink.take(await anext(unread))
            await standstill(driver, source)
            sizes = await driver.many(lambda number: fetch(driver, api, DOWNLOAD).result(), 3)
            assert sizes == [24 * MIB] * 3
            async for piece in unread:
                sink.take(piece)
    assert sink.size == 24 * MIB
