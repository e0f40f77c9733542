"""A client and the gateway's ends of its connections, without transports: a test moves the bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tgproto.client import Client, ClientOptions
from tgproto.connection import Connection
from tgproto.dialect import GENERATION_2, Dialect
from tgproto.driven import Notice, Transfer
from tgproto.link.events import UpgradeRequested
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig, ServerConfig
from tgproto.session.events import AuthenticationReceived, Failed, RequestReceived
from tgproto.session.reconnect import ReconnectConfig
from tgproto.session.request import Request
from tgproto.session.server import ServerSession

SILENT = KeepaliveConfig(interval=None)
SOON = ReconnectConfig(first_delay=1.0, max_delay=1.0)
"""The next attempt is one second after a loss, whatever chance says."""


class Network:
    """A client, and the gateway's ends of its connections. The test decides what happens to them."""

    def __init__(
        self,
        *,
        gateway: Dialect = GENERATION_2,
        token: str | None = "",
        observe: Callable[[ClientSession], ClientSession] = lambda session: session,
        **options: object,
    ) -> None:
        session = {name: options.pop(name) for name in list(options) if name in ClientConfig.__slots__}
        secret = None if token is None else Secret(token)
        config = ClientConfig(token=secret, keepalive=SILENT, **session)
        options = {"reconnect": SOON} | options
        self.options = ClientOptions("h", session=config, **options)
        self.client = Client(self.options, entropy=Random(7).randbytes, uniform=lambda: 0.5, observe=observe)
        self.gateway = gateway
        self.token = token
        self.ends: dict[int, Connection[ServerSession]] = {}
        self.targets: list[str] = []
        self.notices: list[Notice] = []
        self.closed: list[int] = []
        self.asked: dict[int, list[RequestReceived]] = {}

    def ask(self, now: float, *, repeatable: bool = False, **limits: float | None) -> int:
        """Submit a request whose body names its stream."""
        limits = {"timeout": None} | limits
        stream = self.client.submit(Request("agent", b"{}", repeatable=repeatable), now=now, **limits)
        self.serve(now)
        return stream

    def serve(self, now: float) -> list[Notice]:
        """Move bytes until there are none, and return what was noticed."""
        noticed: list[Notice] = []
        moved, rounds = True, 0
        while moved:
            moved, rounds = False, rounds + 1
            assert rounds < 100
            for _ in range(1000):
                has_work = self.client.has_work
                if (transfer := self.client.next_transfer(now=now)) is None:
                    break
                assert has_work
                moved = self._carry(transfer, now) or moved
            else:
                raise AssertionError("there is no end of transfers")
            while (notice := self.client.next_notice()) is not None:
                noticed.append(notice)
            assert not self.client.has_work
            for key, end in list(self.ends.items()):
                if data := end.data_to_send(now=now):
                    self.client.receive_data(key, data, now=now)
                    moved = True
        self.notices += noticed
        return noticed

    def _carry(self, transfer: Transfer, now: float) -> bool:
        if transfer.closed:
            self.closed.append(transfer.key)
        end = self.ends.get(transfer.key)
        if end is None or not transfer.data:
            return False
        end.receive_data(transfer.data, now=now)
        self._answer(transfer.key, end.session, now)
        return True

    def _answer(self, key: int, session: ServerSession, now: float) -> None:
        while (event := session.next_event()) is not None:
            match event:
                case AuthenticationReceived(token=token):
                    if token.reveal() == self.token:
                        session.accept_authentication("w", now=now)
                    else:
                        session.reject_authentication(now=now)
                case RequestReceived():
                    self.asked[key].append(event)
                case _:
                    pass

    def upgrade(self, key: int, now: float) -> WebSocketLink:
        """Bring a transport up, and return the gateway's link with the request for the upgrade."""
        self.client.dialed(key, now=now)
        transfer = self.client.next_transfer(now=now)
        assert transfer is not None
        assert transfer.key == key
        link = WebSocketLink(Role.SERVER, entropy=Random(7).randbytes)
        link.await_upgrade(now=now)
        link.receive_data(transfer.data, now=now)
        event = link.next_event()
        assert isinstance(event, UpgradeRequested)
        self.targets.append(event.target)
        return link

    def open(self, key: int, now: float) -> None:
        """Bring a connection up, authentication included."""
        link = self.upgrade(key, now)
        link.accept(now=now)
        self.ends[key] = Connection(link, ServerSession(ServerConfig(self.gateway)))
        self.asked[key] = []
        self.serve(now)

    def refuse(self, key: int, status: int, now: float, **how: Any) -> None:
        """Refuse an upgrade."""
        self.refuse_all([key], status, now, **how)

    def refuse_all(self, keys: list[int], status: int, now: float, **how: Any) -> None:
        """Refuse upgrades that are under way at the same time."""
        for key, link in [(key, self.upgrade(key, now)) for key in keys]:
            link.reject(status, now=now, **how)
            self.client.receive_data(key, link.data_to_send(), now=now)
            self.serve(now)

    def respond(self, key: int, index: int, now: float, *, final: bool = True, text: str = "") -> None:
        """Answer a request."""
        payload = json.dumps({"response": text}).encode()
        self.ends[key].session.respond(self.asked[key][index].stream_id, payload, final=final, now=now)
        self.serve(now)

    def lose(self, key: int, now: float) -> list[Notice]:
        """Reset a connection."""
        self.ends.pop(key, None)
        self.client.connection_lost(key, "reset", now=now)
        return self.serve(now)

    def tick(self, now: float) -> list[Notice]:
        """Let time pass."""
        self.client.handle_timeout(now=now)
        deadline = self.client.next_deadline()
        assert deadline is None or deadline > now
        return self.serve(now)

    def error(self, stream: int, now: float) -> Exception:
        """Take the error of a stream that failed."""
        outcome = self.client.take(stream, now=now)[1]
        assert isinstance(outcome, Failed)
        return outcome.error


def ready(**options: object) -> Network:
    """Return a network with one connection, which has answered one request."""
    network = Network(**options)
    stream = network.ask(0.0)
    network.open(1, 0.0)
    network.respond(1, 0, 0.0)
    network.client.take(stream, now=0.0)
    network.serve(0.0)
    return network
