"""Bulk sockets that owe nothing to this project, on trio-websocket and plain json."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from tests.drivers.peers.peer import TOKEN
from tests.drivers.peers.websocket import reset

QUIRKS: dict[str, Callable[[int], bool]] = {
    "closes": lambda taken: taken == 3,
    "resets": lambda taken: taken in (3, 7, 12),
}
"""What a flow of this name does, and behind which messages, counted over all connections."""


class BulkGateway:
    """A sink for imports, and a source of exports.

    Attributes:
        url: Where it listens.
        opened: Path, token and workspace of each socket.
        taken: The messages of imports.
        told: What every export is told.
    """

    def __init__(self, *told: object) -> None:
        self.opened: list[tuple[str, str, str]] = []
        self.taken: list[Any] = []
        self.told = told

    def __enter__(self) -> Self:
        self._ready = threading.Event()
        self._scope = trio.CancelScope()
        self._thread = threading.Thread(target=trio.run, args=(self._serve,), name="bulk gateway")
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *info: object) -> None:
        self._trio.run_sync_soon(self._scope.cancel)
        self._thread.join()

    async def _serve(self) -> None:
        self._trio = trio.lowlevel.current_trio_token()
        with self._scope:
            async with trio.open_nursery() as nursery:
                server = await nursery.start(serve_websocket, self._connected, "127.0.0.1", 0, None)
                self.url = f"http://127.0.0.1:{server.port}/"
                self._ready.set()

    async def _connected(self, request: WebSocketRequest) -> None:
        target = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        if query.get("token") != TOKEN:
            await request.reject(401)
            return
        path = unquote(target.path)
        self.opened.append((path, query["token"], query.get("workspace", "")))
        *_, flow, way, _ = path.split("/")
        ws = await request.accept()
        try:
            if way == "import":
                await self._take(ws, flow)
            else:
                await self._tell(ws, flow)
        except (ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async def _take(self, ws: WebSocketConnection, flow: str) -> None:
        while True:
            message = json.loads(await ws.get_message())
            self.taken.append(message)
            if flow in QUIRKS and QUIRKS[flow](len(self.taken)):
                await (reset(ws) if flow == "resets" else self._leave(ws))
                return

    async def _leave(self, ws: WebSocketConnection) -> None:
        """Close, and let what still comes go by."""
        await ws._stream.send_all(b"\x88\x02\x03\xe8")
        while True:
            await ws.get_message()

    async def _tell(self, ws: WebSocketConnection, flow: str) -> None:
        for message in self.told:
            await ws.send_message(json.dumps(message))
        if flow == "closes":
            await ws.aclose(1001)
        await ws.get_message()
