"""The gateways of simulated imports: what both have, and the embedded one."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from functools import partial
from random import Random
from typing import Protocol

from tests.simulation.bulk_program import BulkAttempt, BulkProgram
from tests.simulation.pipe import Transport
from tests.simulation.program import Door
from tests.simulation.world import Process, World
from tgproto.gateway import Gateway, Gateway1, GraphStore
from tgproto.server import ServerConnection

TOKEN = "tg_bulk"
WORKSPACE = "w"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno"


def numbers(message: bytes | str) -> list[int]:
    """Return which items a message of an import holds: what is in front of the padding of each object."""
    return [_number(triple["o"]) for triple in json.loads(message)["triples"]]


def _number(term: dict[str, str]) -> int:
    return int(term["v"].split()[0])


class Sink:
    """Where items end, whatever becomes of connections and gateways.

    Attributes:
        arrived: How often each item has arrived.
    """

    def __init__(self) -> None:
        self.arrived: Counter[int] = Counter()

    def put(self, message: bytes | str) -> None:
        """Take a message."""
        self.arrived.update(numbers(message))

    def missing(self, items: Iterable[int]) -> list[int]:
        """Return which of some items have not arrived."""
        return [item for item in items if not self.arrived[item]]


class Peer(Protocol):
    """One connection, seen from the gateway."""

    def goodbye(self) -> None:
        """The gateway says that it goes."""

    def fall(self) -> None:
        """The gateway is killed."""


class BulkGateway(Process, ABC):
    """Accepts connections, and is restarted now and then.

    Attributes:
        program: What the seed stands for.
        sink: Where items end.
        away_until: Until when nobody answers.
        lasting: Whether it is not restarted any more.
    """

    def __init__(self, world: World, program: BulkProgram, sink: Sink) -> None:
        super().__init__(world, program.freezes)
        self.program = program
        self.sink = sink
        self.away_until = 0.0
        self.lasting = False
        self._peers: list[tuple[Peer, Transport]] = []
        for begin, duration in program.outages:
            world.at(begin, partial(self.fall, duration))
        self._late_outage = program.late_outage

    @property
    def away(self) -> bool:
        """Whether nobody answers."""
        return self.world.now < self.away_until

    def accept(self, transport: Transport, attempt: BulkAttempt) -> None:
        """Take a connection, or do what the attempt says instead."""
        if attempt.door is Door.LEAVES:
            transport.down.close()
        elif attempt.door is Door.REFUSES:
            transport.down.write(UNAVAILABLE)
            transport.down.close()
        else:
            self._peers.append((self.peer(transport, attempt), transport))

    @abstractmethod
    def peer(self, transport: Transport, attempt: BulkAttempt) -> Peer:
        """Serve a connection."""

    def closing(self) -> None:
        """A close frame of the client has gone off."""
        if self._late_outage is not None:
            self.world.after(self.world.random.random() * 0.1, partial(self.fall, self._late_outage))
            self._late_outage = None

    def fall(self, duration: float) -> None:
        """Be killed, and away for a while."""
        if self.lasting:
            return
        self.world.tell(f"gateway: killed, and away for {duration:.4f} s")
        self.away_until = max(self.away_until, self.world.now + duration)
        for peer, transport in self._peers:
            if self.program.polite:
                peer.goodbye()
                peer.fall()
                transport.down.close()
            else:
                peer.fall()
                transport.reset()
        self._peers.clear()


class EmbeddedGateway(BulkGateway):
    """The one of `tgproto.gateway`: it handles what it has received at once, and 1.x holds nothing back."""

    def __init__(self, world: World, program: BulkProgram, sink: Sink) -> None:
        super().__init__(world, program, sink)
        graphs = GraphStore()
        graphs.add([], workspace=WORKSPACE)
        self.served: Gateway | Gateway1
        if program.is_old:
            self.served = Gateway1(graphs, secret=TOKEN)
        else:
            self.served = Gateway(graphs, keys={TOKEN: WORKSPACE})
        place = ("" if program.is_old else WORKSPACE, "default", "triples")
        self._watching = self.served.taps.open(place)
        self._tap = self._watching.__enter__()

    def peer(self, transport: Transport, attempt: BulkAttempt) -> Peer:
        """Serve a connection."""
        return _EmbeddedPeer(self, transport, attempt)

    def settle(self) -> None:
        """Let the sink have what was stored."""
        while self._tap:
            self.sink.put(self._tap.take())


class _EmbeddedPeer:
    def __init__(self, gateway: EmbeddedGateway, transport: Transport, attempt: BulkAttempt) -> None:
        self._gateway = gateway
        self._world = gateway.world
        self._transport = transport
        self._attempt = attempt
        self._received = 0
        self._upgraded = False
        self._timer: float | None = None
        self._connection = ServerConnection(gateway.served, entropy=Random(0).randbytes)
        self._connection.start(now=self._world.now)
        transport.up.end = self

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._gateway.do(lambda: self._take(data))

    def eof(self) -> None:
        """The client will send no more."""
        self._gateway.do(lambda: self._ended(None))

    def lost(self, detail: str) -> None:
        """The transport was reset."""
        self._gateway.do(lambda: self._ended(detail))

    def goodbye(self) -> None:
        """The gateway says that it goes."""
        if self._transport.up.end is self:
            self._connection.close(now=self._world.now)
            self._serve()

    def fall(self) -> None:
        """The gateway is killed: it does not see the rest."""
        self._transport.up.end = None

    def _take(self, data: bytes) -> None:
        self._received += len(data)
        if self._received <= self._attempt.closes_at or not self._upgraded:
            self._connection.receive_data(data, now=self._world.now)
            self._serve()
        elif self._attempt.code == 1000 and self._transport.up.end is self:
            self._transport.down.write(b"\x88\x02\x03\xe8")  # as a proxy might: the rest goes nowhere
            self._transport.down.close()
            self._transport.up.end = None
            self._ended("closed")
        else:
            self._connection.close(now=self._world.now)
            self._serve()

    def _ended(self, detail: str | None) -> None:
        if detail is None:
            self._connection.receive_eof(now=self._world.now)
        else:
            self._connection.data_lost(detail, now=self._world.now)
        self._serve()

    def _serve(self) -> None:
        connection, now = self._connection, self._world.now
        connection.pull(now=now, room=2**20)
        self._gateway.settle()
        if self._transport.up.end is not self:
            return
        data = connection.data_to_send(now=now)
        self._upgraded = self._upgraded or data.startswith(b"HTTP/1.1 101")
        self._transport.down.write(data)
        self._transport.up.read(connection.wants_read)
        deadline = connection.next_deadline()
        if deadline is not None and deadline != self._timer:
            self._world.at(deadline, lambda: self._gateway.do(self._expire))
        self._timer = deadline
        if connection.closed:
            self._transport.up.end = None
            self._transport.down.close()

    def _expire(self) -> None:
        self._timer = None
        self._connection.handle_timeout(now=self._world.now)
        self._serve()
