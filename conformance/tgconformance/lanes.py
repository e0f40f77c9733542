"""One connection through a relay: two sockets, and a lane between them for each direction."""

from __future__ import annotations

import enum
import errno
import selectors
import socket
import struct
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

CAPACITY = 65536
"""Bytes that a lane holds at most; then its source is not read."""

AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""What `socket.getaddrinfo` returns."""


class Way(enum.Enum):
    """A direction."""

    UP = "from the client to the gateway"
    DOWN = "from the gateway to the client"


class Fault(enum.Enum):
    """What can happen to a connection."""

    CUT = "a FIN to both sides"
    RESET = "a RST to both sides"
    HALF_CLOSE = "a FIN in one direction"
    STALL = "nothing is forwarded in one direction"


@dataclass(slots=True)
class Conditions:
    """What holds for a direction of every connection.

    Attributes:
        stalled: Whether nothing is forwarded.
        rate: Bytes per second, or None.
        piece: Bytes at a time, if there is a rate.
        delay: Seconds that everything takes.
    """

    stalled: bool = False
    rate: float | None = None
    piece: int = 16
    delay: float = 0.0

    def reset(self) -> None:
        """Forward everything at once."""
        self.stalled, self.rate, self.delay = False, None, 0.0


class Lane:
    """One direction of a connection: what is read on one side is written on the other, as far as it is let.

    Args:
        source: Where bytes come from.
        sink: Where they go.
        conditions: What holds for the direction; they may change.

    Attributes:
        forwarded: Bytes that were written.
        limit: How many may be written until a fault happens; None if none is planned.
        stalled: Whether this lane is, whatever the conditions say.
        readable: Whether the source may have bytes.
        writable: Whether the sink may take some.
        done: Whether the sink was told that nothing more comes.
        ended: Whether the source has said so.
        broken: Whether one of the sockets failed.
    """

    def __init__(self, source: socket.socket, sink: socket.socket, conditions: Conditions) -> None:
        self._source = source
        self._sink = sink
        self.forwarded = 0
        self.limit: int | None = None
        self.stalled = False
        self.readable = self.writable = False
        self.done = self.ended = self.broken = False
        self._conditions = conditions
        self._pieces: deque[tuple[float, bytes]] = deque()  # when to write what; nothing is the end
        self._held = 0
        self._not_before = 0.0

    @property
    def standing(self) -> bool:
        """Whether nothing is forwarded. What was told that nothing more comes cannot be kept from it."""
        return (self.stalled or self._conditions.stalled) and not self.done

    @property
    def spent(self) -> bool:
        """Whether the planned fault is due."""
        return self.limit is not None and self.forwarded >= self.limit

    @property
    def wants_read(self) -> bool:
        """Whether to wait for the source."""
        return not (self.ended or self.broken or self.standing or self.readable) and self._held < CAPACITY

    def wants_write(self, now: float) -> bool:
        """Return whether to wait for the sink."""
        due = self.due()
        return not self.writable and due is not None and due <= now

    def due(self) -> float | None:
        """Return when there is something to write; None for not at all, as things are."""
        if not self._pieces or self.standing or self.broken:
            return None
        return max(self._pieces[0][0], self._not_before)

    def move(self, now: float) -> int:
        """Read and write what can be read and written now; return how many bytes were written."""
        if self.broken or self.standing:
            return 0
        before = self.forwarded
        try:
            self._read(now)
            while not self.spent and self.writable and (due := self.due()) is not None and due <= now:
                self._write(now)
        except OSError:
            self.broken = True
        return self.forwarded - before

    def finish(self) -> None:
        """Tell the sink that nothing more comes. What does come is dropped."""
        if not self.done:
            self.done = True
            self._pieces.clear()
            self._held = 0
            with suppress(OSError):
                self._sink.shutdown(socket.SHUT_WR)

    def _read(self, now: float) -> None:
        if not self.readable or self.ended or self._held >= CAPACITY:
            return
        self.readable = False
        try:
            data = self._source.recv(CAPACITY - self._held)
        except BlockingIOError:
            return
        self.ended = not data
        if not self.done:
            self._pieces.append((now + self._conditions.delay, data))
            self._held += len(data)

    def _write(self, now: float) -> None:
        due, data = self._pieces[0]
        if not data:
            self.finish()
            return
        conditions = self._conditions
        room = len(data) if conditions.rate is None else conditions.piece
        if self.limit is not None:
            room = min(room, self.limit - self.forwarded)
        try:
            count = self._sink.send(data[:room])
        except BlockingIOError:
            self.writable = False
            return
        self.forwarded += count
        self._held -= count
        self._not_before = now + count / conditions.rate if conditions.rate is not None else 0.0
        if count < len(data):
            self._pieces[0] = due, data[count:]
        else:
            self._pieces.popleft()


class Relayed:
    """A connection of a client, and one to the gateway for it.

    Args:
        number: Which one it is.
        client: The client's socket.
        target: The gateway.
        conditions: What holds for each direction.
        selector: What waits for its sockets; the data of each is to be called with the mask.

    Attributes:
        number: Which one it is.
        lanes: Its directions.
    """

    def __init__(
        self,
        number: int,
        client: socket.socket,
        target: AddressInfo,
        conditions: Mapping[Way, Conditions],
        selector: selectors.BaseSelector,
    ) -> None:
        family, kind, protocol, _, address = target
        self.number = number
        gateway = socket.socket(family, kind, protocol)
        for sock in (client, gateway):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        up, down = Lane(client, gateway, conditions[Way.UP]), Lane(gateway, client, conditions[Way.DOWN])
        self.lanes = {Way.UP: up, Way.DOWN: down}
        self._selector = selector
        self._sides = ((client, up, down), (gateway, down, up))  # a socket, what it feeds, what feeds it
        self._masks = {client: 0, gateway: 0}
        self._gateway = gateway
        self._closed = False
        self._refused = gateway.connect_ex(address) not in (0, errno.EINPROGRESS)
        self._connecting = not self._refused

    @property
    def broken(self) -> bool:
        """Whether a socket failed, or the gateway cannot be reached."""
        return self._refused or any(lane.broken for lane in self.lanes.values())

    @property
    def over(self) -> bool:
        """Whether there is nothing left to do."""
        return self._closed or self.broken or all(lane.ended and lane.done for lane in self.lanes.values())

    def due(self, now: float) -> float | None:
        """Return when there is something to write; None if that is not a matter of time."""
        due = [(lane, at) for lane in self.lanes.values() if (at := lane.due()) is not None]
        return min((at for lane, at in due if lane.writable or at > now), default=None)

    def watch(self, now: float) -> None:
        """Wait for what can go on."""
        for sock, feeds, fed in self._sides if not self._closed else ():
            mask = selectors.EVENT_WRITE if fed.wants_write(now) else 0
            if feeds.wants_read:
                mask |= selectors.EVENT_READ
            if self._connecting and sock is self._gateway:
                mask = selectors.EVENT_WRITE
            self._wait_for(sock, mask, feeds, fed)

    def close(self, *, reset: bool) -> None:
        """Close both sockets, if that was not done.

        Args:
            reset: Whether with a RST.
        """
        if self._closed:
            return
        self._closed = True
        for sock, feeds, fed in self._sides:
            self._wait_for(sock, 0, feeds, fed)
            if reset:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()

    def _wait_for(self, sock: socket.socket, mask: int, feeds: Lane, fed: Lane) -> None:
        before, self._masks[sock] = self._masks[sock], mask
        if before == mask:
            return
        if before:
            self._selector.unregister(sock)
        if mask:
            self._selector.register(sock, mask, partial(self._happened, feeds, fed))

    def _happened(self, feeds: Lane, fed: Lane, mask: int) -> None:
        """A socket that feeds a lane can be read, or one that is fed can be written."""
        if mask & selectors.EVENT_READ:
            feeds.readable = True
        if mask & selectors.EVENT_WRITE:
            fed.writable = True
            if self._connecting and fed is self.lanes[Way.UP]:
                self._connecting = False
                self._refused = self._gateway.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
