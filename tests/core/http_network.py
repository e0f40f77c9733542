"""A REST client and the gateway's ends of its connections, without transports: a test moves the bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tgproto.closing import DialFault
from tgproto.dialect import GENERATION_2
from tgproto.driven import Dial, Lost, Notice
from tgproto.link.http_server import HttpServerLink
from tgproto.link.http_types import BodyData, BodyEnd, RequestHead
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.session.events import Failed, Outcome
from tgproto.session.reconnect import ReconnectConfig
from tgproto.session.request import Request, Submission

SOON = ReconnectConfig(first_delay=1.0, max_delay=1.0)
"""The next attempt is one second after a loss, whatever chance says."""


@dataclass
class Exchange:
    """A request as the gateway has it.

    Attributes:
        method: Its method.
        target: Its target.
        headers: Its headers.
        raw: Its body, once it is complete.
    """

    method: str
    target: str
    headers: dict[bytes, bytes]
    raw: bytes | None = None
    pieces: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> Any:
        """The body, decoded; None if it is not complete, or empty."""
        return json.loads(self.raw) if self.raw else None


class HttpEnd:
    """The gateway's end of one connection."""

    def __init__(self, now: float) -> None:
        self.link = HttpServerLink()
        self.link.start(now=now)
        self.requests: list[Exchange] = []

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes of the client."""
        self.link.receive_data(data, now=now)
        while (event := self.link.next_event()) is not None:
            match event:
                case RequestHead():
                    self.requests.append(Exchange(event.method, event.target, dict(event.headers)))
                case BodyData(data=piece):
                    self.requests[-1].pieces.append(piece)
                case BodyEnd():
                    self.requests[-1].raw = b"".join(self.requests[-1].pieces)
                case _:
                    pass


class HttpNetwork:
    """A client, and the gateway's ends of its connections. The test decides what happens to them."""

    def __init__(self, **options: object) -> None:
        options = {"reconnect": SOON, "dialect": GENERATION_2} | options
        self.client = RestClient(RestOptions("h", **options), uniform=lambda: 0.5)
        self.ends: dict[int, HttpEnd] = {}
        self.notices: list[Notice] = []
        self.closed: list[int] = []
        self.paused: set[int] = set()

    @property
    def dialed(self) -> list[int]:
        """The connections whose transports were asked for, in order."""
        return [notice.key for notice in self.notices if isinstance(notice, Dial)]

    @property
    def losses(self) -> list[Lost]:
        """What was told for the log."""
        return [notice for notice in self.notices if isinstance(notice, Lost)]

    def ask(
        self,
        now: float,
        service: str = "config",
        body: bytes = b"{}",
        flow: str | None = None,
        *,
        repeatable: bool = False,
        **limits: float | None,
    ) -> int:
        """Submit a request."""
        request = Request(service, body, flow, repeatable=repeatable)
        return self.submit(request, now, **limits)

    def submit(self, submission: Submission, now: float, **limits: float | None) -> int:
        """Submit anything."""
        stream = self.client.submit(submission, now=now, **{"timeout": None, **limits})
        self.serve(now)
        return stream

    def serve(self, now: float) -> list[Notice]:
        """Move bytes until there are none, and return what was noticed."""
        noticed: list[Notice] = []
        for _ in range(1000):
            has_work = self.client.has_work
            transfer = self.client.next_transfer(now=now)
            if transfer is None:
                break
            assert has_work
            end = self.ends.get(transfer.key)
            if end is not None and transfer.data:
                end.receive(transfer.data, now)
            (self.paused.discard if transfer.wants_read else self.paused.add)(transfer.key)
            if transfer.closed:
                self.closed.append(transfer.key)
                self.ends.pop(transfer.key, None)
                self.paused.discard(transfer.key)
        else:
            raise AssertionError("there is no end of transfers")
        while (notice := self.client.next_notice()) is not None:
            noticed.append(notice)
        assert not self.client.has_work
        self.notices += noticed
        return noticed

    def open(self, key: int, now: float) -> HttpEnd:
        """Bring a transport up."""
        end = self.ends[key] = HttpEnd(now)
        self.client.dialed(key, now=now)
        self.serve(now)
        return end

    def flush(self, key: int, now: float) -> list[Notice]:
        """Hand over what the gateway has written."""
        end = self.ends[key]
        if data := end.link.data_to_send():
            self.client.receive_data(key, data, now=now)
        if end.link.closed and key in self.ends:
            self.client.receive_eof(key, now=now)
        return self.serve(now)

    def answer(
        self, key: int, body: object, now: float, *, status: int = 200, lasting: bool = True
    ) -> list[Notice]:
        """Answer the request of a connection."""
        headers = [("Content-Type", "application/json")]
        if not lasting:
            headers.append(("Connection", "close"))
        self.ends[key].link.respond(status, headers, json.dumps(body).encode(), now=now)
        return self.flush(key, now)

    def say(self, key: int, data: bytes, now: float) -> list[Notice]:
        """Send bytes that are not made by a gateway."""
        self.client.receive_data(key, data, now=now)
        return self.serve(now)

    def lose(self, key: int, now: float, fault: DialFault | None = None) -> list[Notice]:
        """Reset a connection, or fail to make it."""
        self.ends.pop(key, None)
        self.client.connection_lost(key, "reset", fault, now=now)
        return self.serve(now)

    def tick(self, now: float) -> list[Notice]:
        """Let time pass."""
        self.client.handle_timeout(now=now)
        deadline = self.client.next_deadline()
        assert deadline is None or deadline > now
        return self.serve(now)

    def take(self, stream: int, now: float) -> tuple[list[bytes], Outcome | None]:
        """Take what a stream has."""
        payloads, outcome = self.client.take(stream, now=now)
        self.serve(now)
        return [bytes(payload) for payload in payloads], outcome

    def result(self, stream: int, now: float) -> Any:
        """Take the answer of a stream that has one."""
        payloads, outcome = self.take(stream, now)
        assert not isinstance(outcome, Failed), outcome
        assert outcome is not None
        return json.loads(payloads[0])

    def error(self, stream: int, now: float) -> Exception:
        """Take the error of a stream that failed."""
        payloads, outcome = self.take(stream, now)
        assert isinstance(outcome, Failed)
        assert payloads == []
        return outcome.error


def ready(**options: object) -> HttpNetwork:
    """Return a network with one connection, which has answered one request and is kept."""
    network = HttpNetwork(**options)
    stream = network.ask(0.0)
    network.open(1, 0.0)
    network.answer(1, {}, 0.0)
    network.client.take(stream, now=0.0)
    network.serve(0.0)
    return network
