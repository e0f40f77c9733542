"""The simulation of an import: a sender with barriers, a gateway that loses connections, and resuming."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulation.pipe import Faults, Transport
from tests.simulation.program import faults
from tests.simulation.world import Log, Process, Violation, World, play
from tgproto.connection import Connection
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import UpgradeRequested
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.session.config import KeepaliveConfig, ReceiverConfig, SenderConfig
from tgproto.session.events import FramesReadable, ItemsConfirmed, SendingEnded
from tgproto.session.receiver import BulkReceiver
from tgproto.session.sender import BulkSender

PATIENCE = 3000.0
"""Seconds within which an import must be over."""
LINK = WebSocketConfig(open_timeout=5.0, close_timeout=5.0)


@dataclass(frozen=True)
class Plan:
    """What a seed stands for.

    Attributes:
        items: How many items there are.
        frame: How many of them one frame holds, at most.
        size: Bytes of an item.
        sender: The client's options.
        receiver: The gateway's options.
        slow: Seconds that the gateway leaves frames unread, at most.
        lazy: Seconds after which the gateway's driver looks at what its application said.
        attempts: Connections, in order: faults up, faults down, and when the gateway closes it.
        freezes: When and how long the gateway's process stands still.
    """

    items: int
    frame: int
    size: int
    sender: SenderConfig
    receiver: ReceiverConfig
    slow: float
    lazy: float
    attempts: tuple[tuple[Faults, Faults, float], ...]
    freezes: tuple[tuple[float, float], ...]


def plan(seed: int) -> Plan:
    """Make the plan of a seed."""
    rng = Random(f"import {seed}")
    latency, jitter = rng.choice((0.0, 0.001, 0.05)), rng.choice((0.0, 0.01))
    attempts = tuple(
        (faults(rng, latency, jitter), faults(rng, latency, jitter), rng.choice((math.inf, rng.random() * 3)))
        for _ in range(rng.randint(0, 4))
    )
    return Plan(
        items=rng.choice((1, 10, 200)),
        frame=rng.choice((1, 3, 50)),
        size=rng.choice((0, 20, 300)),
        sender=SenderConfig(
            barrier_frames=rng.choice((1, 4, 64)),
            barrier_bytes=rng.choice((500, 2**18)),
            barrier_delay=rng.choice((0.05, 1.0)),
            window_barriers=rng.choice((1, 4)),
            progress_timeout=rng.choice((3.0, 60.0)),
            close_timeout=rng.choice((2.0, 60.0)),
        ),
        receiver=ReceiverConfig(
            window=rng.choice((600, 2**21)), close_timeout=2.0, keepalive=KeepaliveConfig(10.0, 10.0)
        ),
        slow=rng.choice((0.0, 0.0, 0.01, 1.0)),
        lazy=rng.choice((0.0, 0.0, 0.03)),
        attempts=attempts,
        freezes=tuple((rng.random() * 3, rng.random() * 6) for _ in range(rng.choice((0, 0, 1)))),
    )


class Importer:
    """Sends items, and goes on behind the last confirmed one when a connection is lost.

    Attributes:
        confirmed: Items that are certainly handled.
        done: Whether nothing more is sent.
        complete: Whether everything was sent and confirmed.
    """

    def __init__(self, world: World, orders: Plan) -> None:
        self.world = world
        self.orders = orders
        self.gateway = Process(world, orders.freezes)
        self.handled: set[int] = set()
        self.confirmed = 0
        self.done = False
        self.complete = False
        self._attempts = list(orders.attempts)
        self._dial()

    def ended(self, confirmed: int, *, complete: bool) -> None:
        """A connection is over: try the next one, which goes well if it is the last."""
        self.confirmed += confirmed
        missing = set(range(self.confirmed)) - self.handled
        if missing:
            raise Violation(f"{self.confirmed} items are confirmed, and these were not handled: {missing}")
        if complete:
            self.complete = self.done = True
        else:
            self._dial()

    def _dial(self) -> None:
        up, down, closed_after = self._attempts.pop(0) if self._attempts else (Faults(), Faults(), math.inf)
        transport = Transport(self.world, up, down)
        receiver = _Receiver(self, transport, closed_after)
        _Sender(self, transport, receiver)


class _Sender:
    """The client's end of one connection."""

    def __init__(self, importer: Importer, transport: Transport, receiver: _Receiver) -> None:
        self._importer = importer
        self._world = importer.world
        self._transport = transport
        self._receiver = receiver
        self._next = importer.confirmed
        self._timer: float | None = None
        link = WebSocketLink(Role.CLIENT, LINK, entropy=Random(0).randbytes)
        self._connection = Connection(link, BulkSender(importer.orders.sender))
        transport.down.end = self
        link.connect(UpgradeRequest("gateway", "/api/v1/flow/f/import/triples"), now=self._world.now)
        self._serve()

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._connection.receive_data(data, now=self._world.now)
        self._serve()

    def eof(self) -> None:
        """The gateway will send no more."""
        self._connection.receive_eof(now=self._world.now)
        self._serve()

    def lost(self, detail: str) -> None:
        """The transport was reset."""
        self._connection.data_lost(detail, now=self._world.now)
        self._serve()

    def _serve(self) -> None:
        connection, now = self._connection, self._world.now
        self._send_items(connection.session, now)
        self._transport.up.write(connection.data_to_send(now=now))
        while (event := connection.session.next_event()) is not None:
            match event:
                case ItemsConfirmed(items=items):
                    self._receiver.check(items)
                case SendingEnded(confirmed=confirmed, unconfirmed=unconfirmed, complete=complete):
                    self._end(confirmed, unconfirmed, complete=complete)
                case _:
                    pass
        deadline = connection.next_deadline()
        if deadline is not None and deadline != self._timer:
            self._world.at(deadline, lambda: self._expire(deadline))
        self._timer = deadline

    def _send_items(self, session: BulkSender, now: float) -> None:
        orders = self._importer.orders
        while session.wants_items and self._next < orders.items:
            last = min(self._next + orders.frame, orders.items)
            frame = json.dumps({"items": list(range(self._next, last)), "pad": "x" * orders.size}).encode()
            session.send(frame, last - self._next, now=now)
            self._next = last
        if session.wants_items:
            session.finish(now=now)
        config = orders.sender
        if session.unconfirmed > (config.window_barriers + 1) * (config.barrier_frames or 0) * orders.frame:
            raise Violation(f"{session.unconfirmed} items are unconfirmed, which is more than the window")

    def _expire(self, deadline: float) -> None:
        if deadline == self._timer:
            self._timer = None
            self._connection.handle_timeout(now=self._world.now)
            following = self._connection.next_deadline()
            if following is not None and following <= self._world.now:
                raise Violation(f"after handle_timeout({self._world.now}) the next deadline is {following}")
            self._serve()

    def _end(self, confirmed: int, unconfirmed: int, *, complete: bool) -> None:
        self._world.tell(f"ended, {confirmed} confirmed, {unconfirmed} unconfirmed, complete: {complete}")
        if confirmed + unconfirmed != self._next - self._importer.confirmed:
            raise Violation("the counts do not add up")
        if complete and self._next < self._importer.orders.items:
            raise Violation("complete, and not everything was sent")
        self._transport.down.end = None
        self._transport.up.close()
        self._receiver.take()
        self._importer.ended(confirmed, complete=complete)


class _Receiver:
    """The gateway's end of one connection, and its application."""

    def __init__(self, importer: Importer, transport: Transport, closed_after: float) -> None:
        self._importer = importer
        self._world = importer.world
        self._transport = transport
        self._items = 0
        self._timer: float | None = None
        self._link = WebSocketLink(Role.SERVER, LINK, entropy=Random(0).randbytes)
        self._link.await_upgrade(now=self._world.now)
        self._connection = Connection(self._link, BulkReceiver(importer.orders.receiver))
        transport.up.end = self
        self._world.after(closed_after, lambda: self._do(self._leave))

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._do(lambda: self._received(data))

    def eof(self) -> None:
        """The client will send no more."""
        self._do(lambda: self._connection.receive_eof(now=self._world.now))

    def lost(self, detail: str) -> None:
        """The transport was reset."""
        self._do(lambda: self._connection.data_lost(detail, now=self._world.now))

    def check(self, items: int) -> None:
        """So many items were confirmed to the client."""
        self.take()
        if items > self._items:
            raise Violation(f"{items} items are confirmed, and {self._items} were handled")

    def take(self) -> None:
        """Handle what has arrived."""
        for frame in self._connection.session.take(now=self._world.now):
            items = json.loads(frame)["items"]
            self._items += len(items)
            self._importer.handled.update(items)

    def _do(self, action: Callable[[], None]) -> None:
        def act() -> None:
            action()
            self._serve()

        self._importer.gateway.do(act)

    def _received(self, data: bytes) -> None:
        if self._link.next_deadline() is None:
            self._connection.receive_data(data, now=self._world.now)
            return
        self._link.receive_data(data, now=self._world.now)
        if isinstance(self._link.next_event(), UpgradeRequested):
            self._link.accept(now=self._world.now)

    def _leave(self) -> None:
        self._connection.session.close(now=self._world.now, code=1001, reason="going away")

    def _serve(self) -> None:
        orders = self._importer.orders
        self._world.after(orders.lazy, lambda: self._importer.gateway.do(self._flush))
        while (event := self._connection.session.next_event()) is not None:
            if isinstance(event, FramesReadable):
                delay = self._world.random.random() * orders.slow
                self._world.after(delay, lambda: self._do(self.take))
        deadline = self._connection.next_deadline()
        if deadline is not None and deadline != self._timer:
            self._world.at(deadline, lambda: self._do(self._expire))
        self._timer = deadline

    def _expire(self) -> None:
        self._timer = None
        self._connection.handle_timeout(now=self._world.now)

    def _flush(self) -> None:
        self._transport.down.write(self._connection.data_to_send(now=self._world.now))
        self._transport.up.read(self._connection.wants_read)
        if self._connection.closed and self._transport.up.end is self:
            self._transport.up.end = None
            self._transport.down.close()


def simulate_import(seed: int, log: Log | None = None) -> None:
    """Play one seed; see `play`."""
    play(lambda world: _perform(world, seed), seed, log, "--import ")


def _perform(world: World, seed: int) -> None:
    orders = plan(seed)
    world.tell(f"{orders}")
    importer = Importer(world, orders)
    if not world.run(lambda: importer.done, PATIENCE):
        raise Violation(f"not over after {PATIENCE} s")
    if importer.confirmed != orders.items or importer.handled != set(range(orders.items)):
        raise Violation(f"{importer.confirmed} of {orders.items} items, {len(importer.handled)} handled")
