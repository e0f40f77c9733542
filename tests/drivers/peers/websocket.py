"""A gateway that owes nothing to this project: the multiplexed socket on trio-websocket and plain json."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Self

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from tests.drivers.peers.certificates import server_tls
from tests.drivers.peers.peer import DEEP, TOKEN, chunk, failure, last, prompt_of, read_prompt

Frame = dict[str, Any]


class SocketGateway:
    """See `Peer`.

    Args:
        tls: Whether to speak TLS, or with which context.
        mute: Whether to say nothing to a token.

    Attributes:
        tokens: Those that clients have sent.
        go: Lets answers with `wait=` go on.
        sent: Messages that went out.
    """

    def __init__(self, *, tls: bool | ssl.SSLContext = False, mute: bool = False) -> None:
        self.seen: list[str] = []
        self.tokens: list[str] = []
        self.connections = 0
        self.sent = 0
        self.go = threading.Event()
        self._mute = mute
        self._tls = server_tls(tls)
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *info: object) -> None:
        self.stop()

    def start(self) -> None:
        self._ready = threading.Event()
        self._scope = trio.CancelScope()
        self._thread = threading.Thread(target=trio.run, args=(self._serve,), name="trio gateway")
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._trio.run_sync_soon(self._scope.cancel)
            self._thread.join()

    async def _serve(self) -> None:
        self._trio = trio.lowlevel.current_trio_token()
        with self._scope:
            async with trio.open_nursery() as nursery:
                serving = partial(
                    serve_websocket,
                    self._connected,
                    "127.0.0.1",
                    self._port,
                    self._tls,
                    disconnect_timeout=0.2,
                )
                self._port = (await nursery.start(serving)).port
                self.url = f"ws{'s' if self._tls else ''}://127.0.0.1:{self._port}/"
                self._ready.set()

    async def _connected(self, request: WebSocketRequest) -> None:
        if request.path != "/api/v1/socket":
            await request.reject(404)
            return
        self.connections += 1
        try:
            await self._talk(await request.accept())
        except (ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            self.connections -= 1

    async def _talk(self, ws: WebSocketConnection) -> None:
        token = json.loads(await ws.get_message())["token"]
        self.tokens.append(token)
        if self._mute:
            await trio.sleep_forever()
        if token != TOKEN:  # a gateway that cannot keep a secret
            await ws.send_message(json.dumps({"type": "auth-failed", "error": f"{token} is not accepted"}))
            return
        await ws.send_message(json.dumps({"type": "auth-ok", "default_workspace": "default"}))
        answers = _Answers(self, ws)
        async with trio.open_nursery() as nursery:
            try:
                while True:
                    nursery.start_soon(answers.answer, json.loads(await ws.get_message()))
            except ConnectionClosed:
                nursery.cancel_scope.cancel()


class _Answers:
    """Answers the requests of one connection."""

    def __init__(self, gateway: SocketGateway, ws: WebSocketConnection) -> None:
        self._gateway = gateway
        self._ws = ws

    async def answer(self, request: Frame) -> None:
        service, body = request["service"], request["request"]
        prompt = prompt_of(body)
        script = read_prompt(prompt)
        self._gateway.seen.append(prompt)
        send = partial(self._send, request["id"])
        try:
            await trio.sleep(script.first)
            for piece in script.pieces if body.get("streaming") else ():
                if script.delay:
                    await trio.sleep(script.delay)
                await send(chunk(service, piece), complete=False)
            await self._end(
                script.ending, send, service, "" if body.get("streaming") else "".join(script.pieces)
            )
        except (ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async def _end(self, ending: str, send: Callable[..., Any], service: str, text: str) -> None:
        match ending:
            case "drop":
                pass
            case "fail":
                await send(failure(service), complete=True)
            case "reset":
                await self._raw(b'\x81\x7e\x10\x00{"id":')
                await reset(self._ws)
            case "eof":
                self._socket.shutdown(socket.SHUT_WR)
            case "flood":
                await self._raw(b"\x81\x7f" + struct.pack(">Q", 2**40) + b'{"id":')
            case "junk":
                await self._raw(b"\xff\xfe\xfd and something that is no frame")
            case "deep":
                await self._ws.send_message(DEEP)
            case _:
                while ending == "wait" and not self._gateway.go.is_set():
                    await trio.sleep(0.001)
                await send(last(service, text), complete=True)

    async def _send(self, ident: str, response: Frame, *, complete: bool) -> None:
        await self._ws.send_message(json.dumps({"id": ident, "response": response, "complete": complete}))
        self._gateway.sent += 1

    async def _raw(self, data: bytes) -> None:
        await self._ws._stream.send_all(data)

    @property
    def _socket(self) -> trio.socket.SocketType:
        return self._ws._stream.socket


async def reset(ws: WebSocketConnection) -> None:
    """Close so that the other side sees a reset."""
    ws._stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(ws._stream)
