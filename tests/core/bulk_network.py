"""A bulk client and an embedded gateway, without transports: a test moves bytes, and breaks connections."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tgproto.bulk.client import BulkClient
from tgproto.bulk.config import BulkOptions
from tgproto.bulk.requests import OpenExport, OpenImport, Report, SendFrames, decode_report
from tgproto.closing import DialFault
from tgproto.dialect import GENERATION_2, Dialect
from tgproto.driven import Dial, Notice
from tgproto.gateway import Gateway, GraphStore
from tgproto.gateway.base import AnyGateway
from tgproto.rest.config import RestOptions
from tgproto.secrets import Secret
from tgproto.server import ServerConnection
from tgproto.session.config import SenderConfig
from tgproto.session.events import Completed, Failed, Outcome, Payload
from tgproto.session.reconnect import ReconnectConfig

SOON = ReconnectConfig(first_delay=1.0, max_delay=1.0, max_attempts=3)
"""The next attempt is one second after a loss, whatever chance says."""
TOKEN = "tg_to/ken"
PONG = b"\x8a"


def frame(number: int) -> tuple[bytes, int]:
    """Return a message with one triple."""
    text = (
        '{"metadata":{"id":"d","collection":"c"},"triples":[{"s":{"t":"i","i":"urn:s"},'
        f'"p":{{"t":"i","i":"urn:p"}},"o":{{"t":"l","v":"{number}"}}}}]}}'
    )
    return text.encode(), 1


def gateway() -> Gateway:
    graphs = GraphStore()
    graphs.add([], workspace="my own")
    return Gateway(graphs, keys={TOKEN: "my own"})


class Network:
    """See above.

    Attributes:
        client: What is tested.
        gateway: What it talks to.
        held: Whether transports stay closed until `open` is called.
        dials: Connections whose transport was asked for.
    """

    def __init__(
        self,
        served: AnyGateway | None = None,
        *,
        token: str | None = TOKEN,
        dialect: Dialect | None = GENERATION_2,
        renewable: bool = False,
        uniform: Callable[[], float] = lambda: 0.5,
        entropy: Callable[[int], bytes] | None = None,
        sender: SenderConfig | None = None,
        held: bool = False,
    ) -> None:
        secret = None if token is None else Secret(token)
        rest = RestOptions("h", "/", token=secret, dialect=dialect, renewable=renewable, reconnect=SOON)
        options = BulkOptions(rest, sender=sender or SenderConfig(barrier_frames=2), reconnect=SOON)
        self.gateway = served if served is not None else gateway()
        self.client = BulkClient(options, entropy=entropy or Random(7).randbytes, uniform=uniform)
        self.held = held
        self.dials: list[int] = []
        self.ends: dict[int, ServerConnection] = {}
        self.deaf: set[int] = set()  # connections whose answers are lost
        self.pings = True  # whether pings are answered
        self.notices: list[Notice] = []
        self.closed: list[int] = []

    # --- what callers do ----------------------------------------------------------------------

    def start(self, now: float = 0.0, kind: str = "triples", **options: Any) -> int:
        """Open an import."""
        return self._start(OpenImport(kind, **{"flow": "default", "workspace": "my own"} | options), now)

    def watch(self, now: float = 0.0, **options: Any) -> int:
        """Open an export."""
        return self._start(OpenExport("triples", **{"flow": "default", "workspace": "my own"} | options), now)

    def _start(self, opening: OpenImport | OpenExport, now: float) -> int:
        stream = self.client.submit(opening, now=now)
        self.serve(now)
        return stream

    def send(self, stream: int, *numbers: int, last: bool = False, now: float = 0.0) -> None:
        """Send messages."""
        self.client.submit(SendFrames(stream, [frame(number) for number in numbers], last), now=now)
        self.serve(now)

    def take(self, stream: int, now: float = 0.0) -> tuple[Report | None, list[Payload], Outcome | None]:
        """Take what a stream has: report, messages, outcome."""
        payloads, outcome = self.client.take(stream, now=now)
        self.serve(now)
        report = decode_report(payloads[0]) if payloads else None
        return report, payloads[1:], outcome

    def report(self, stream: int, now: float = 0.0) -> Report:
        report = self.take(stream, now)[0]
        assert report is not None
        return report

    def completed(self, stream: int, now: float = 0.0) -> Report:
        report, _, outcome = self.take(stream, now)
        assert report is not None
        assert isinstance(outcome, Completed)
        return report

    def error(self, stream: int, now: float = 0.0) -> Any:
        outcome = self.take(stream, now)[2]
        assert isinstance(outcome, Failed)
        return outcome.error

    # --- what the driver and the network do ---------------------------------------------------

    def serve(self, now: float) -> None:
        """Move bytes until there are none."""
        rounds = 0
        while self._pass(now):
            rounds += 1
            assert rounds < 1000
        assert not self.client.has_work

    def _pass(self, now: float) -> bool:
        moved = False
        while (notice := self.client.next_notice()) is not None:
            self.notices.append(notice)
            if isinstance(notice, Dial):
                self.dials.append(notice.key)
                if not self.held:
                    self.open(notice.key, now)
                moved = True
        while (transfer := self.client.next_transfer(now=now)) is not None:
            moved = True
            end = self.ends.get(transfer.key)
            if end is not None and transfer.data:
                end.receive_data(transfer.data, now=now)
            if transfer.closed:
                self.closed.append(transfer.key)
                if end is not None:
                    end.data_lost("gone", now=now)
                    end.pull(now=now, room=0)
                    del self.ends[transfer.key]
        for key, end in list(self.ends.items()):
            end.pull(now=now, room=2**20)
            data = end.data_to_send(now=now)
            if not self.pings and data[:1] == PONG:
                data = b""
            if data and key not in self.deaf:
                self.client.receive_data(key, data, now=now)
                moved = True
        return moved

    def open(self, key: int, now: float = 0.0) -> None:
        """Bring a transport up."""
        self.ends[key] = ServerConnection(self.gateway, entropy=Random(7).randbytes)
        self.ends[key].start(now=now)
        self.client.dialed(key, now=now)

    def lose(self, key: int, now: float, fault: DialFault | None = None) -> None:
        """Reset a connection, or do not let it come up."""
        end = self.ends.pop(key, None)
        if end is not None:
            end.data_lost("reset", now=now)
            end.pull(now=now, room=0)
        self.client.connection_lost(key, "reset", fault, now=now)
        self.serve(now)

    def stop(self, key: int, now: float) -> None:
        """Let the gateway close a connection, because it stops."""
        self.ends[key].close(now=now)
        self.serve(now)

    def tick(self, now: float) -> None:
        """Let time pass."""
        self.client.handle_timeout(now=now)
        deadline = self.client.next_deadline()
        assert deadline is None or deadline > now
        self.serve(now)

    @property
    def stored(self) -> set[int]:
        """Which messages have arrived."""
        return {int(str(triple.o)) for triple in self.gateway.graphs.graph("my own", "c").find()}
