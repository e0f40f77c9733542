"""The embedded gateway, in a thread."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from tests.drivers.peers.certificates import server_tls
from tests.drivers.peers.peer import TOKEN, prompt_of
from tgdrivers.asyncio.server import serve
from tgproto.gateway import Gateway, demo_graphs


class _Watched(Gateway):
    """Remembers what it was asked."""

    seen: list[str]

    def flow_service(self, kind: str, flow: str, workspace: str, body: Any) -> Any:
        self.seen.append(prompt_of(json.loads(bytes(body))))
        return super().flow_service(kind, flow, workspace, body)


class EmbeddedGateway:
    """See `Peer`.

    Args:
        tls: Whether to speak TLS, or with which context.
    """

    def __init__(self, *, tls: bool | ssl.SSLContext = False) -> None:
        self.seen: list[str] = []
        self._gateway = _Watched(demo_graphs(), keys={TOKEN: "default"})
        self._gateway.seen = self.seen
        self.graphs, self.taps = self._gateway.graphs, self._gateway.taps
        self._tls = server_tls(tls)
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *info: object) -> None:
        self.stop()

    @property
    def connections(self) -> int:
        return self._server.connections

    def start(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="embedded gateway")
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._tell(self._stopped.set)
            self._thread.join(0.1)
        if self._thread.is_alive():  # somebody does not take part in closing
            self._tell(self._task.cancel)
            self._thread.join()

    def _tell(self, function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # it has just ended
            self._loop.call_soon_threadsafe(function)

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._task = asyncio.current_task()
        async with serve(self._gateway, port=self._port, ssl=self._tls) as self._server:
            self._port = int(self._server.url.rstrip("/").rpartition(":")[2])
            self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self._port}/"
            self._ready.set()
            await self._stopped.wait()


if __name__ == "__main__":  # a process of its own, until its input ends
    with EmbeddedGateway() as running:
        print(running.url, flush=True)
        sys.stdin.read()
