"""A model of the published gateways, with a WebSocket of its own: it owes the core nothing.

It reads frames into a queue, and handles one after the other, each in its time: a message goes to the broker,
a ping is answered, a closing handshake is completed. What it has not handled when the connection is reset, or
when it closes by itself, is lost. In 1.x a message only goes to the publisher of its connection, which has
room for ten and one in its hands; when a connection is over it has 5 s for the rest. A gateway that is killed
loses that, too.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from tests.simulation.bulk_gateways import BulkGateway, Sink
from tests.simulation.bulk_program import BulkAttempt
from tests.simulation.pipe import Transport

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PUBLISHER = 10
"""Messages in the queue of a publisher (`base/publisher.py`, 1.7.1), beside the one that it sends."""
DRAIN = 5.0
"""Seconds that a publisher has when its connection is over (the same)."""
UNREAD = 50
"""Frames that wait; behind them the gateway does not read."""


class Frames:
    """Reads what a client sends: the head of its upgrade, then frames."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.key: bytes | None = None

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take bytes; yield opcode and payload of what is whole, once the upgrade is."""
        self._data += data
        if self.key is None:
            head, found, rest = bytes(self._data).partition(b"\r\n\r\n")
            if not found:
                return
            lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
            self.key = {name.strip().lower(): value.strip() for name, _, value in lines}[b"sec-websocket-key"]
            self._data = bytearray(rest)
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        assert data[0] & 0xF0 == 0x80, "fragments are not expected, nor extensions"
        assert data[1] & 0x80, "clients mask"
        size, start = data[1] & 0x7F, 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + 4 + size:
            return None
        mask = bytes(data[start : start + 4])
        masked = bytes(data[start + 4 : start + 4 + size])
        opcode = data[0] & 0x0F
        del data[: start + 4 + size]
        repeated = (mask * (size // 4 + 1))[:size]
        return opcode, (int.from_bytes(masked, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


class ModelGateway(BulkGateway):
    """See above."""

    def peer(self, transport: Transport, attempt: BulkAttempt) -> ModelPeer:
        """Serve a connection."""
        return ModelPeer(self, transport, attempt)


class ModelPeer:
    """One connection of the model."""

    def __init__(self, gateway: ModelGateway, transport: Transport, attempt: BulkAttempt) -> None:
        self._gateway = gateway
        self._transport = transport
        self._attempt = attempt
        self._frames = Frames()
        self._greeted = False
        self._received = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._busy = False
        self._ended = False  # the client sends no more
        self._over = False
        self._publisher = Publisher(gateway, self._work) if gateway.program.is_old else None
        transport.up.end = self

    # --- what the transport says --------------------------------------------------------------

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._gateway.do(lambda: self._take(data))

    def eof(self) -> None:
        """The client will send no more: what has come is handled first."""
        self._gateway.do(self._end)

    def lost(self, detail: str) -> None:
        """The transport was reset, and what was not handled is lost."""
        self._over = True
        self._waiting.clear()
        self._gateway.do(self._leave)

    def goodbye(self) -> None:
        """The gateway says that it goes."""
        if self._greeted and not self._over:
            self._write(_close_frame(1001))

    def fall(self) -> None:
        """The gateway is killed, but not while it carries away what it has closed over: nobody could know."""
        if self._publisher is not None and not self._over:
            self._publisher.kill()
        self._over = True
        self._waiting.clear()
        self._transport.up.end = None

    # --- what it does -------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        if self._over:
            return
        self._received += len(data)
        self._waiting += self._frames.feed(data)
        if self._frames.key is not None and not self._greeted:
            self._greeted = True
            self._write(_accepted(self._frames.key))
        if self._received > self._attempt.closes_at and self._greeted:
            self._waiting.clear()
            self._close(self._attempt.code)
        self._transport.up.read(len(self._waiting) < UNREAD)
        self._work()

    def _end(self) -> None:
        self._ended = True
        self._work()

    def _work(self) -> None:
        """Handle the next frame, if there is one, and room for it."""
        if self._busy or self._over:
            return
        if not self._waiting:
            if self._ended:
                self._hang_up()
            return
        if self._publisher is not None and self._publisher.full and self._waiting[0][0] in (TEXT, BINARY):
            return
        self._busy = True
        delay = self._gateway.world.random.random() * self._gateway.program.pace
        self._gateway.world.after(delay, partial(self._gateway.do, self._handle))

    def _handle(self) -> None:
        self._busy = False
        if self._over or not self._waiting:
            return
        opcode, payload = self._waiting.popleft()
        if opcode == PING:
            self._write(bytes((0x80 | PONG, len(payload))) + payload)
        elif opcode == CLOSE:
            self._close(1000 if len(payload) < 2 else int.from_bytes(payload[:2], "big"))
        elif opcode in (TEXT, BINARY) and self._publisher is not None:
            self._publisher.put(payload)
        elif opcode in (TEXT, BINARY):
            self._gateway.sink.put(payload)
        self._transport.up.read(len(self._waiting) < UNREAD)
        self._work()

    def _close(self, code: int) -> None:
        self._write(_close_frame(code))
        self._hang_up()

    def _hang_up(self) -> None:
        self._transport.up.end = None
        self._transport.down.close()
        self._leave()

    def _leave(self) -> None:
        self._over = True
        if self._publisher is not None:
            self._publisher.drain()

    def _write(self, data: bytes) -> None:
        self._transport.down.write(data)


def _close_frame(code: int) -> bytes:
    return bytes((0x80 | CLOSE, 2)) + code.to_bytes(2, "big")


def _accepted(key: bytes) -> bytes:
    token = base64.b64encode(hashlib.sha1(key + GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + token + b"\r\n\r\n"
    )


class Publisher:
    """What carries the messages of one connection to the broker, in 1.x.

    Args:
        gateway: The gateway.
        room: Called when there is room again.
    """

    def __init__(self, gateway: ModelGateway, room: Callable[[], None]) -> None:
        self._gateway = gateway
        self._room = room
        self._queue: deque[bytes] = deque()
        self._sending: bytes | None = None

    @property
    def full(self) -> bool:
        """Whether it has no room."""
        return len(self._queue) >= PUBLISHER

    def put(self, message: bytes) -> None:
        """Take a message."""
        self._queue.append(message)
        self._send()

    def drain(self) -> None:
        """The connection is over."""
        self._gateway.world.after(DRAIN, self._queue.clear)

    def kill(self) -> None:
        """The gateway is."""
        self._queue.clear()
        self._sending = None

    def _send(self) -> None:
        if self._sending is None and self._queue:
            self._sending = self._queue.popleft()
            delay = self._gateway.world.random.random() * self._gateway.program.broker
            self._gateway.world.after(delay, partial(self._gateway.do, self._sent))

    def _sent(self) -> None:
        if self._sending is not None:
            self._gateway.sink.put(self._sending)
            self._sending = None
            self._send()
            self._room()


def settled(sink: Sink, gateway: BulkGateway) -> None:
    """Let a gateway of 1.x carry to its broker what it holds: it does not die meanwhile."""
    gateway.lasting = True
    gateway.world.run(lambda: False, gateway.world.now + DRAIN)
