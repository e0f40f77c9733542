"""A relay between a client and a gateway that breaks on command; for tests of clients in any language.

    with Relay("http://127.0.0.1:8088/") as relay:
        client = connect(relay.url)
        relay.plan(Fault.RESET, Way.DOWN, after=100)
        ...

It runs in a thread of its own. Every method returns when what it does has been done.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Self, TypeAlias, TypeVar
from urllib.parse import urlsplit

from tgconformance.lanes import Conditions, Fault, Relayed, Way
from tgproto.address import parse_address

__all__ = ["Fault", "Relay", "Way"]

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a command may take, and that the peers of a cut connection have to go."""

BOTH = (Way.UP, Way.DOWN)

_Callback: TypeAlias = Callable[[], object]


class Relay:
    """Listens on a free port of 127.0.0.1, and carries each connection to the gateway, as far as it is let.

    What is said of *all* connections is true of later ones, too. Used as a context manager; leaving the block
    resets the connections that are left.

    Args:
        target: URL of the gateway; `http`, `https`, `ws` or `wss`. TLS passes through untouched.

    Attributes:
        url: The same URL with the address of the relay.
        port: The port that it listens on.
        accepted: Connections that clients have made.
        tripped: Planned faults that have happened.

    Raises:
        ValueError: The URL makes no sense.
        OSError: The host is not known, or no port is free.
    """

    def __init__(self, target: str) -> None:
        address = parse_address(target)
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        self._target = min(found, key=lambda info: info[0] is not socket.AF_INET)
        self._url = target
        self.accepted = self.tripped = 0
        self._conditions = {way: Conditions() for way in Way}
        self._plans: dict[Way, tuple[Fault, int, int]] = {}  # fault, after, how often yet
        self._links: dict[int, Relayed] = {}
        self._leaving: dict[Relayed, float] = {}  # cut, and not gone yet -> until when they may stay
        self._forwarded = dict.fromkeys(Way, 0)
        self._commands: deque[_Callback] = deque()
        self._stopping = False
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._listener = self._bound(0)
        self.port: int = self._listener.getsockname()[1]
        self.url = urlsplit(self._url)._replace(netloc=f"127.0.0.1:{self.port}").geturl()
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._listen()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *info: object) -> None:
        self._stopping = True
        with suppress(BrokenPipeError):  # the thread has just seen it
            self._waker.send(b"x")
        self._thread.join(PATIENCE)
        self._waker.close()
        if self._failure is not None:
            raise self._failure

    # --- what has happened --------------------------------------------------------------------

    @property
    def connections(self) -> list[int]:
        """The connections that are open, by number; the first one is 1."""
        return list(self._links)

    def forwarded(self, way: Way) -> int:
        """Return how many bytes have been handed on in a direction, over all connections."""
        if self._thread.is_alive():
            self._tell(lambda: None)  # what is just being handed on is counted by then
        return self._forwarded[way]

    # --- what breaks at once ------------------------------------------------------------------

    def cut(self, *numbers: int) -> None:
        """End connections with a FIN to both sides; by default all that are open."""
        self._break(Fault.CUT, Way.DOWN, numbers)

    def reset(self, *numbers: int) -> None:
        """End connections with a RST to both sides; by default all that are open."""
        self._break(Fault.RESET, Way.DOWN, numbers)

    def half_close(self, way: Way, *numbers: int) -> None:
        """Say with a FIN that nothing more comes in a direction; by default on all that are open.

        What is read there from now on is dropped. The other direction goes on.
        """
        self._break(Fault.HALF_CLOSE, way, numbers)

    def _break(self, fault: Fault, way: Way, numbers: tuple[int, ...]) -> None:
        def work() -> None:
            for number in numbers or self.connections:
                if (link := self._links.get(number)) is not None:
                    self._strike(link, fault, way)

        self._tell(work)

    # --- what is worse from now on ------------------------------------------------------------

    def stall(self, *ways: Way) -> None:
        """Forward nothing on any connection, not even an end; in both directions unless one is given."""

        def work() -> None:
            for way in ways or BOTH:
                self._conditions[way].stalled = True

        self._tell(work)

    def resume(self, *ways: Way) -> None:
        """Go on after `stall`, or after a planned one, with nothing lost."""

        def work() -> None:
            for way in ways or BOTH:
                self._conditions[way].stalled = False
                for link in self._links.values():
                    link.lanes[way].stalled = False

        self._tell(work)

    def slow(self, rate: float | None, *ways: Way, piece: int = 16) -> None:
        """Forward a limited number of bytes per second on each connection, in small pieces.

        Args:
            rate: Bytes per second; None for as many as there are.
            ways: Directions; both unless one is given.
            piece: Bytes of each piece.
        """
        if piece < 1 or (rate is not None and not rate > 0):
            raise ValueError("rate and piece must be above 0")

        def work() -> None:
            for way in ways or BOTH:
                self._conditions[way].rate, self._conditions[way].piece = rate, piece

        self._tell(work)

    def delay(self, seconds: float, *ways: Way) -> None:
        """Forward everything that comes from now on so much later; in both directions unless one is given."""
        if not seconds >= 0:
            raise ValueError("a delay is not below 0 s")

        def work() -> None:
            for way in ways or BOTH:
                self._conditions[way].delay = seconds

        self._tell(work)

    # --- what will break ----------------------------------------------------------------------

    def plan(self, fault: Fault, way: Way, *, after: int, times: int = 1) -> None:
        """Let a fault happen to a connection when exactly so many bytes were forwarded on it in a direction.

        Connections that are open count from now, later ones from their beginning. It replaces what was
        planned for the direction. What the receiver has no room for yet, beyond some 60 000 bytes, is lost
        with a reset.

        Args:
            fault: What happens; `HALF_CLOSE` and `STALL` concern the direction alone.
            way: The direction.
            after: The number of bytes; with 0 a new connection breaks as soon as it is there.
            times: How many connections break, the first ones to get so far.
        """
        if after < 0 or times < 1:
            raise ValueError("after is not below 0, and times is above 0")

        def work() -> None:
            self._plans[way] = (fault, after, times)
            for link in self._links.values():
                self._schedule(link, way)

        self._tell(work)

    def heal(self) -> None:
        """Forget everything that was planned, and forward everything at once. What is broken stays so."""

        def work() -> None:
            self._plans.clear()
            for way in Way:
                self._conditions[way].reset()
                for link in self._links.values():
                    link.lanes[way].limit = None
                    link.lanes[way].stalled = False

        self._tell(work)

    # --- new connections ----------------------------------------------------------------------

    def refuse(self) -> None:
        """Listen no more: whoever connects is refused. The port stays reserved."""

        def work() -> None:
            self._unlisten()
            self._listener.close()
            self._listener = self._bound(self.port)

        self._tell(work)

    def ignore(self) -> None:
        """Take no new connection: whoever connects is connected, and nothing else happens."""
        self._tell(self._unlisten)

    def admit(self) -> None:
        """Take new connections again, after `refuse` or `ignore`."""
        self._tell(self._listen)

    @staticmethod
    def _bound(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind(("127.0.0.1", port))
        return listener

    def _listen(self) -> None:
        self._unlisten()
        self._listener.listen(128)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _unlisten(self) -> None:
        with suppress(KeyError):
            self._selector.unregister(self._listener)

    # --- the thread ---------------------------------------------------------------------------

    def _tell(self, work: Callable[[], T]) -> T:
        """Let the thread do something, and wait until it has."""
        if not self._thread.is_alive():
            raise RuntimeError("the relay does not run")
        done: Future[T] = Future()

        def command() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)
                raise

        self._commands.append(command)
        self._waker.send(b"x")
        return done.result(PATIENCE)

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        except BaseException as error:  # noqa: BLE001
            self._failure = error
        finally:
            for link in (*self._links.values(), *self._leaving):
                link.close(reset=True)
            for sock in (self._listener, self._woken):
                sock.close()
            self._selector.close()

    def _turn(self) -> None:
        """Wait until something happens, and see to it."""
        for key, mask in self._selector.select(self._patience()):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._woken:
                self._woken.recv(4096)
            else:
                key.data(mask)
        while self._commands:
            self._commands.popleft()()
        self._move(time.monotonic())

    def _patience(self) -> float | None:
        """Return the seconds until there is something to do without anything happening."""
        now = time.monotonic()
        due = [at for link in self._links.values() if (at := link.due(now)) is not None]
        return max(0.0, min(due) - now) if (due := due + list(self._leaving.values())) else None

    def _move(self, now: float) -> None:
        """Forward what can be forwarded, and forget the connections that are over."""
        for link in list(self._links.values()):
            for way, lane in link.lanes.items():
                self._forwarded[way] += lane.move(now)
                if lane.spent:
                    self._trip(link, way)
            if link.over:
                self._links.pop(link.number, None)
                link.close(reset=link.broken)
            link.watch(now)
        for link, until in list(self._leaving.items()):
            for lane in link.lanes.values():
                lane.move(now)
            if link.over or now >= until:
                del self._leaving[link]
                link.close(reset=link.broken)
            link.watch(now)

    def _accept(self) -> None:
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, _ = self._listener.accept()
            self.accepted += 1
            link = Relayed(self.accepted, client, self._target, self._conditions, self._selector)
            self._links[link.number] = link
            for way in self._plans:
                self._schedule(link, way)

    def _schedule(self, link: Relayed, way: Way) -> None:
        """Let what is planned for a direction happen to a connection."""
        _, after, _ = self._plans[way]
        link.lanes[way].limit = link.lanes[way].forwarded + after

    def _trip(self, link: Relayed, way: Way) -> None:
        """A connection has come to where a fault is planned."""
        link.lanes[way].limit = None
        fault, after, times = self._plans.pop(way)
        self.tripped += 1
        if times > 1:
            self._plans[way] = fault, after, times - 1
        else:
            for other in self._links.values():
                other.lanes[way].limit = None
        self._strike(link, fault, way)

    def _strike(self, link: Relayed, fault: Fault, way: Way) -> None:
        match fault:
            case Fault.CUT:
                if self._links.pop(link.number, None) is not None:
                    self._leaving[link] = time.monotonic() + PATIENCE
                    for lane in link.lanes.values():
                        lane.finish()
            case Fault.RESET:
                self._links.pop(link.number, None)
                link.close(reset=True)
            case Fault.HALF_CLOSE:
                link.lanes[way].finish()
            case Fault.STALL:
                link.lanes[way].stalled = True
