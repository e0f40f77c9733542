"""The subjects a message case is played on: our two sessions, with the names a case gives to requests.

A subject reads an answer as soon as there is something to read, unless the case holds the request.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

from tgconformance.members import CaseError
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, ServerConfig
from tgproto.session.events import (
    ClientEvent,
    ConnectionClosed,
    Outcome,
    Output,
    RequestReceived,
    SendPing,
    ServerEvent,
    StreamReadable,
)
from tgproto.session.request import Request
from tgproto.session.server import ServerSession


@dataclass(frozen=True, slots=True)
class Received:
    """A frame of an answer was read.

    Attributes:
        of: Name of the request.
        payload: The `response` member as JSON text.
    """

    of: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of an answer was read.

    Attributes:
        of: Name of the request.
        outcome: How it ended.
    """

    of: str
    outcome: Outcome


Event: TypeAlias = ClientEvent | ServerEvent | Received | Ended | ConnectionClosed
"""What a subject tells. `StreamReadable` does not occur: `Received` and `Ended` come in its place."""


class Subject(ABC):
    """A session under test.

    Attributes:
        ping: Payload of the last ping that the session asked for.
    """

    def __init__(self) -> None:
        self.ping = b""

    @property
    @abstractmethod
    def session(self) -> ClientSession | ServerSession:
        """The session itself."""

    def next_output(self) -> Output | None:
        """Return the next thing for the carrier to do, or None."""
        output = self.session.next_output()
        if isinstance(output, SendPing):
            self.ping = output.payload
        return output

    @abstractmethod
    def next_event(self, now: float) -> Event | None:
        """Return the next event, or None."""

    @abstractmethod
    def name_request(self, name: str) -> None:
        """Give a name to the request of the event that was matched last.

        Raises:
            CaseError: There is none, or the role gives names otherwise.
        """


class Client(Subject):
    """A client. Its user names a request when sending it.

    Args:
        config: Options.
    """

    def __init__(self, config: ClientConfig) -> None:
        super().__init__()
        self._session = ClientSession(config)
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._held: set[int] = set()
        self._events: deque[Event] = deque()

    @property
    def session(self) -> ClientSession:
        """The session itself."""
        return self._session

    def request(
        self,
        name: str,
        request: Request,
        *,
        timeout: float | None,
        total_timeout: float | None,
        held: bool,
        now: float,
    ) -> None:
        """Send a request.

        Args:
            name: What the case calls it.
            request: What to send.
            timeout: Longest silence in seconds, or None.
            total_timeout: Longest duration in seconds, or None.
            held: Whether its answer is read only when the case says so.
            now: Current time in seconds.
        """
        stream_id = self._session.send_request(request, now=now, timeout=timeout, total_timeout=total_timeout)
        self._ids[name] = stream_id
        self._names[stream_id] = name
        if held:
            self._held.add(stream_id)

    def take(self, name: str, now: float) -> None:
        """Read what has come of an answer."""
        self._read(self._id(name), now)

    def cancel(self, name: str, now: float) -> None:
        """Forget a request."""
        self._session.cancel(self._id(name), now=now)

    def next_event(self, now: float) -> Event | None:
        """Return the next event, or None."""
        while not self._events:
            event = self._session.next_event()
            if event is None:
                return None
            if not isinstance(event, StreamReadable):
                self._events.append(event)
            elif event.stream_id not in self._held:
                self._read(event.stream_id, now)
        return self._events.popleft()

    def name_request(self, name: str) -> None:
        """Refuse: a client names a request when sending it."""
        raise CaseError(f"an event of a client cannot be called {name}")

    def _read(self, stream_id: int, now: float) -> None:
        payloads, outcome = self._session.take(stream_id, now=now)
        name = self._names[stream_id]
        self._events.extend(Received(name, bytes(payload)) for payload in payloads)
        if outcome is not None:
            self._events.append(Ended(name, outcome))

    def _id(self, name: str) -> int:
        if name not in self._ids:
            raise CaseError(f"there is no request {name}")
        return self._ids[name]


class Server(Subject):
    """A gateway. A case names a request where it expects it to arrive.

    Args:
        config: Options.
    """

    def __init__(self, config: ServerConfig) -> None:
        super().__init__()
        self._session = ServerSession(config)
        self._ids: dict[str, int] = {}
        self._unnamed: deque[int] = deque()

    @property
    def session(self) -> ServerSession:
        """The session itself."""
        return self._session

    def next_event(self, now: float) -> Event | None:  # noqa: ARG002
        """Return the next event, or None."""
        event = self._session.next_event()
        if isinstance(event, RequestReceived):
            self._unnamed.append(event.stream_id)
        return event

    def name_request(self, name: str) -> None:
        """Give a name to the oldest request without one."""
        if not self._unnamed:
            raise CaseError(f"no request has come that could be called {name}")
        self._ids[name] = self._unnamed.popleft()

    def id_of(self, name: str) -> int:
        """Return the session's id of a request.

        Raises:
            CaseError: There is no request of this name.
        """
        if name not in self._ids:
            raise CaseError(f"there is no request {name}")
        return self._ids[name]
