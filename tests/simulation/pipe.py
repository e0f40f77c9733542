"""A transport with faults: two pipes, each with its own latency, cuts, stalls and end."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.simulation.world import World

PIECES = 12
"""Into so many pieces one write is cut, at most."""


@dataclass(frozen=True)
class Faults:
    """What is wrong with one direction.

    Attributes:
        latency: Seconds that every byte takes.
        jitter: Further seconds, at most; order is kept.
        piece: Longest piece that arrives at once, in bytes; 0 for no cuts.
        quantum: Arrivals are collected for so many seconds; 0 for none.
        bandwidth: Bytes per second.
        reset_at: After so many bytes the connection is reset.
        eof_at: After so many bytes nothing follows but the end.
        hole_at: After so many bytes nothing arrives any more, not even the end.
        pause_at: After so many bytes nothing arrives for a while.
        pause: For how many seconds.
        stall: From when to when nothing arrives.
        slow_close: Further seconds until the end of the stream arrives.
    """

    latency: float = 0.001
    jitter: float = 0.0
    piece: int = 0
    quantum: float = 0.0
    bandwidth: float = math.inf
    reset_at: float = math.inf
    eof_at: float = math.inf
    hole_at: float = math.inf
    pause_at: float = math.inf
    pause: float = 0.0
    stall: tuple[float, float] = (math.inf, math.inf)
    slow_close: float = 0.0


class End(Protocol):
    """Who is at one end of a transport."""

    def data(self, data: bytes) -> None:
        """Bytes arrived."""

    def eof(self) -> None:
        """The other end will send no more."""

    def lost(self, detail: str) -> None:
        """The transport was reset."""


class Pipe:
    """One direction.

    Args:
        world: The clock.
        faults: What is wrong.
        reset: Called when the faults want a reset.
    """

    def __init__(self, world: World, faults: Faults, reset: Callable[[], None]) -> None:
        self.end: End | None = None
        self._world = world
        self._faults = faults
        self._reset = reset
        self._written = 0
        self._busy_until = 0.0
        self._last_arrival = 0.0
        self._under_way: deque[tuple[float, bytes | None]] = deque()  # None is the end
        self._reading = True
        self._over = False

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._over or not data:
            return
        faults = self._faults
        end = min(faults.reset_at, faults.eof_at, faults.hole_at)
        room = end - self._written
        before = faults.pause_at - self._written
        self._written += len(data)
        data = data if len(data) <= room else data[: int(room)]
        if 0 <= before < len(data):
            self._carry(data[: int(before)])
            self._busy_until = max(self._world.now, self._busy_until) + faults.pause
            data = data[int(before) :]
        self._carry(data)
        if self._written >= end:
            self._over = True
            if end == faults.hole_at:
                return
            if faults.reset_at <= faults.eof_at:
                self._world.at(self._last_arrival, self._reset)
            else:
                self._put(None, self._arrival(0))

    def close(self) -> None:
        """Send the end."""
        if not self._over:
            self._over = True
            self._put(None, self._arrival(0) + self._faults.slow_close)

    def cut(self) -> None:
        """Nothing arrives any more."""
        self._over = True
        self._under_way.clear()
        self.end = None

    def read(self, wanted: bool) -> None:
        """Say whether the receiver reads."""
        if wanted and not self._reading:
            self._world.after(0, self._arrive)
        self._reading = wanted

    def _carry(self, data: bytes) -> None:
        piece = max(self._faults.piece, len(data) // PIECES) if self._faults.piece else len(data)
        start = 0
        while start < len(data):
            size = self._world.random.randint(1, piece) if self._faults.piece else piece
            self._put(data[start : start + size], self._arrival(size))
            start += size

    def _arrival(self, size: int) -> float:
        faults = self._faults
        self._busy_until = max(self._world.now, self._busy_until) + size / faults.bandwidth
        when = self._busy_until + faults.latency
        if faults.jitter:
            when += self._world.random.random() * faults.jitter
        if faults.quantum:
            when = math.ceil(when / faults.quantum) * faults.quantum
        if faults.stall[0] <= when < faults.stall[1]:
            when = faults.stall[1]
        self._last_arrival = max(when, self._last_arrival)
        return self._last_arrival

    def _put(self, data: bytes | None, when: float) -> None:
        if when < math.inf:
            self._under_way.append((when, data))
            self._world.at(when, self._arrive)

    def _arrive(self) -> None:
        data = b""
        ended = False
        while self._reading and self._under_way and self._under_way[0][0] <= self._world.now:
            piece = self._under_way.popleft()[1]
            ended = piece is None
            data += piece or b""
        if data and self.end is not None:
            self.end.data(data)
        if ended and self.end is not None:
            self.end.eof()


class Transport:
    """Two pipes between a client and a server.

    Args:
        world: The clock.
        up: Faults towards the server.
        down: Faults towards the client.
    """

    def __init__(self, world: World, up: Faults, down: Faults) -> None:
        self._world = world
        self.up = Pipe(world, up, self.reset)
        self.down = Pipe(world, down, self.reset)

    def reset(self) -> None:
        """End the connection at once for both ends; what is under way is lost."""
        ends = [pipe.end for pipe in (self.up, self.down)]
        for pipe in (self.up, self.down):
            pipe.cut()
        for end in ends:
            if end is not None:
                end.lost("connection reset by peer")
