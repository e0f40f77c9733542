"""The bulk sockets of a gateway: what is imported is stored, and passed on to the exports that are open.

A socket that the gateway cannot serve is accepted, and closed with code 1000; so is one on which a message is
malformed. What was on its way is lost then, and nobody says so (gateway 1.7.1 to 2.11.1).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from tgproto.session.config import KeepaliveConfig, ReceiverConfig, SenderConfig
from tgproto.session.receiver import BulkReceiver
from tgproto.session.sender import BulkSender

BULK_PATH = re.compile(r"/api/v1/flow/([^/{}]+)/(import|export)/([^/{}]+)")
"""Paths of bulk sockets: a flow, a direction and a kind of data."""

EXPORTED = ("triples", "graph-embeddings", "document-embeddings", "entity-contexts")
"""What can be exported; what can be imported depends on the generation."""

MAX_WAITING = 10_000
"""Messages that may wait for a client that does not read its export; behind them the socket is closed."""

MAX_WAITING_BYTES = 2**26
"""Bytes that these may have together."""

LOOK = 0.01
"""Seconds between two looks of an export at what was imported: connections know nothing of each other."""

_SILENT = KeepaliveConfig(interval=None)


class Malformed(Exception):
    """A message of an import cannot be read."""


@dataclass(frozen=True, slots=True)
class BulkSocket:
    """A bulk socket that somebody may open.

    Attributes:
        way: `import` or `export`.
        kind: Which data.
        flow: Id of the flow.
        workspace: Where the flow is; means nothing in 1.x.
        served: Whether there is such a flow, and it has such data.
    """

    way: str
    kind: str
    flow: str
    workspace: str
    served: bool


Place: TypeAlias = tuple[str, str, str]
"""Workspace, flow, kind."""


class Tap:
    """The messages that wait for an export.

    Attributes:
        overrun: Whether there were more than may wait. Then all are gone, and no more come.
    """

    def __init__(self) -> None:
        self.overrun = False
        self._messages: deque[bytes] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: bytes) -> None:
        """Let a message wait."""
        if self.overrun:
            return
        self._messages.append(message)
        self._bytes += len(message)
        if len(self._messages) > MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            self.overrun = True
            self._messages.clear()

    def take(self) -> bytes:
        """Return the message that has waited longest."""
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message


class Taps:
    """The exports that are open, and what was imported."""

    def __init__(self) -> None:
        self._places: dict[Tap, Place] = {}

    @contextmanager
    def open(self, place: Place) -> Generator[Tap]:
        """Watch what is imported in a place."""
        tap = Tap()
        self._places[tap] = place
        try:
            yield tap
        finally:
            del self._places[tap]

    def count(self, workspace: str, flow: str, kind: str) -> int:
        """Return how many exports of a place are open."""
        return sum(place == (workspace, flow, kind) for place in self._places.values())

    def publish(self, place: Place, message: bytes) -> None:
        """Pass a message on to everybody who watches."""
        for tap, watched in self._places.items():
            if watched == place:
                tap.put(message)


Handle: TypeAlias = Callable[[bytes | str], bytes]
"""Stores a message of an import, and returns what exports are told; raises `Malformed`."""


class BulkHost(ABC):
    """One bulk socket of the gateway; its owner treats it like a `Host`.

    Attributes:
        broken: Whether what was received in front of a malformed message must not be answered.
    """

    broken = False

    def __init__(self, socket: BulkSocket) -> None:
        self._served = socket.served

    @property
    @abstractmethod
    def session(self) -> BulkReceiver | BulkSender:
        """The conversation. Its events belong to this object."""

    def pull(self, *, now: float, room: int) -> None:
        """Handle what has come, or produce what is to be sent.

        Args:
            now: Current time in seconds.
            room: Bytes for which there is room.
        """
        if not self._served:
            self.session.close(now=now)
        self._work(now, room)
        while self.session.next_event() is not None:
            pass

    @abstractmethod
    def _work(self, now: float, room: int) -> None: ...

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to produce; None for never."""
        return None


class ImportHost(BulkHost):
    """An import: every message is handled before the next one, and in front of what comes behind it.

    Args:
        socket: What was opened.
        handle: Stores a message.
        taps: The exports that are told.
    """

    def __init__(self, socket: BulkSocket, handle: Handle, taps: Taps) -> None:
        super().__init__(socket)
        self._session = BulkReceiver(ReceiverConfig(keepalive=_SILENT))
        self._handle = handle
        self._taps = taps
        self._place = (socket.workspace, socket.flow, socket.kind)

    @property
    def session(self) -> BulkReceiver:
        """The conversation."""
        return self._session

    def _work(self, now: float, room: int) -> None:  # noqa: ARG002
        frames = self._session.take(now=now)
        if self.broken or not self._served:
            return
        for frame in frames:
            try:
                message = self._handle(frame)
            except Malformed:
                self.broken = True
                return
            self._taps.publish(self._place, message)


class ExportHost(BulkHost):
    """An export.

    Args:
        socket: What was opened.
        taps: Where to watch.
    """

    def __init__(self, socket: BulkSocket, taps: Taps) -> None:
        super().__init__(socket)
        self._session = BulkSender(SenderConfig(barrier_frames=None))
        self._watching = taps.open((socket.workspace, socket.flow, socket.kind))
        self._tap: Tap | None = None
        self._look_at: float | None = None

    @property
    def session(self) -> BulkSender:
        """The conversation."""
        return self._session

    def _work(self, now: float, room: int) -> None:
        session = self._session
        if session.over:
            self._stop()
            return
        if self._tap is None:
            self._tap = self._watching.__enter__()
        if self._tap.overrun:
            self._stop()
            session.close(now=now)
            return
        while self._tap and room > 0 and session.wants_items:
            message = self._tap.take()
            session.send(message, 1, now=now)
            room -= len(message)
        self._look_at = now if self._tap else now + LOOK

    def _stop(self) -> None:
        self._look_at = None
        if self._tap is not None:
            self._tap = None
            self._watching.__exit__(None, None, None)

    def next_deadline(self) -> float | None:
        """Return when to look again."""
        return self._look_at
