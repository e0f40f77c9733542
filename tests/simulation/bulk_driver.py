"""The client's driver and the caller of a simulated import: what `run_import` does, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from tests.simulation.bulk_gateways import TOKEN, WORKSPACE, BulkGateway, numbers
from tests.simulation.bulk_model import CLOSE, TEXT, Frames
from tests.simulation.bulk_program import BulkAttempt, BulkProgram
from tests.simulation.driver import Carrier
from tests.simulation.world import Process, Violation, World
from tgproto.bulk.client import BulkClient
from tgproto.bulk.config import BulkOptions
from tgproto.bulk.requests import Confirm, OpenImport
from tgproto.catalog.bulk_importer import Importer
from tgproto.catalog.bulk_plans import ImportPlan
from tgproto.closing import DialFault
from tgproto.driven import Dial, Notice, Transfer
from tgproto.errors import CallError
from tgproto.rest.config import RestOptions
from tgproto.secrets import Secret
from tgproto.session.events import StreamReadable
from tgproto.types.bulk import BulkMetadata, ImportResult
from tgproto.types.terms import Literal, Triple

CONFIRM = {"ping": Confirm.PING, "close": Confirm.CLOSE, None: Confirm.NOTHING}


class ImportDriver(Process):
    """Moves the bytes of one client with one import.

    Args:
        world: The clock.
        program: What the seed stands for.
        gateway: What is imported into.

    Attributes:
        error: How the import failed, if it did.
        over: Whether it is over.
        openings: Connections whose upgrade was accepted, and the client read that.
        written: How often each item was written to a transport.
        taken: Items of the source that were asked for.
    """

    def __init__(self, world: World, program: BulkProgram, gateway: BulkGateway) -> None:
        super().__init__(world, ())
        self.program = program
        self.error: CallError | None = None
        self.over = False
        self.openings = 0
        self.written: Counter[int] = Counter()
        self.taken = 0
        self._gateway = gateway
        self._attempts = list(reversed(program.attempts))
        self._last = program.attempts[0] if program.endless and program.attempts else BulkAttempt()
        self._carriers: dict[int, BulkCarrier] = {}
        self._armed: float | None = None
        self._scheduled = self._noticed = self._feeding = self._ending = False
        self._source = self._items()
        self._client = BulkClient(_options(program), entropy=Random(0).randbytes, uniform=world.random.random)
        self._importer = Importer(self._plan())
        self._stream = self._client.submit(
            self._importer.opening, now=world.now, timeout=program.timeout, total_timeout=None
        )
        self._serve_soon()

    @property
    def result(self) -> ImportResult:
        """What the import says of itself."""
        return self._importer.result

    @property
    def idle(self) -> bool:
        """Whether the client holds nothing any more."""
        return self._client.idle

    def _plan(self) -> ImportPlan:
        program = self.program
        return ImportPlan(
            OpenImport(
                "triples",
                "default",
                None if program.is_old else WORKSPACE,
                CONFIRM[program.confirm],
                program.resume,
                program.connections,
            ),
            (),
            BulkMetadata("d", "", "c"),
            program.batch_size,
            program.batch_bytes,
            self._progressed,
            self._reached,
            "skip",
        )

    def _items(self) -> Iterator[object]:
        for number in self.program.source:
            self.taken += 1
            yield None if number is None else Triple("urn:s", "urn:p", Literal(f"{number} {self._pad}"))

    @property
    def _pad(self) -> str:
        return "x" * self.program.size

    def act(self, action: Callable[[BulkClient, float], None]) -> None:
        """Call the client and serve it."""

        def now() -> None:
            action(self._client, self.world.now)
            self._serve_soon()

        self.do(now)

    # --- the driver's loop --------------------------------------------------------------------

    def _serve_soon(self) -> None:
        if not self.program.lazy:
            self._serve()
        elif not self._scheduled:
            self._scheduled = True
            self.world.after(self.program.lazy, partial(self.do, self._serve))

    def _serve(self) -> None:
        self._scheduled = False
        client, now = self._client, self.world.now
        while (transfer := client.next_transfer(now=now)) is not None:
            if (carrier := self._carriers.get(transfer.key)) is not None:
                carrier.serve(transfer)
            if transfer.closed:
                self._carriers.pop(transfer.key, None)
        while (notice := client.next_notice()) is not None:
            self._hear(notice)
        deadline = client.next_deadline()
        if deadline is not None and deadline != self._armed:
            late = self.world.random.random() * self.program.lateness
            self.world.at(deadline + late, lambda: self.do(lambda: self._expire(deadline)))
        self._armed = deadline

    def _expire(self, deadline: float) -> None:
        if deadline != self._armed:
            return
        self._armed = None
        self._client.handle_timeout(now=self.world.now)
        following = self._client.next_deadline()
        if following is not None and following <= self.world.now:
            raise Violation(f"after handle_timeout({self.world.now}) the next deadline is {following}")
        self._serve()

    def _hear(self, notice: Notice) -> None:
        match notice:
            case Dial(key=key):
                attempt = self._attempts.pop() if self._attempts else self._last
                self._carriers[key] = BulkCarrier(self, self._gateway, key, attempt)
            case StreamReadable() if not self._noticed:
                self._noticed = True
                self.world.after(self.world.random.random() * self.program.slow, partial(self.do, self._take))
            case StreamReadable():
                pass
            case _:
                self.world.tell(f"client: {notice}")

    # --- the caller ---------------------------------------------------------------------------

    def _take(self) -> None:
        self._noticed = False
        payloads, outcome = self._client.take(self._stream, now=self.world.now)
        self._ending = outcome is not None
        try:
            self._importer.hear(payloads, outcome)
        except CallError as error:
            self.error = error
        self.over = self._ending
        self._feed_soon()
        self._serve_soon()

    def _feed_soon(self) -> None:
        if self._importer.room and not self._feeding:
            self._feeding = True
            delay = self.world.random.random() * self.program.hesitates
            self.world.after(delay, partial(self.do, self._feed))

    def _feed(self) -> None:
        self._feeding = False
        if not self.over:
            items = list(islice(self._source, self._importer.ask()))
            self._client.submit(self._importer.message(self._stream, items), now=self.world.now)
            self._feed_soon()
            self._serve_soon()

    def _reached(self, offset: int) -> None:
        """All of the source in front of this is certainly handled, or was left out."""
        self._arrived(number for number in self.program.source[:offset] if number is not None)

    def _progressed(self, done: int, total: int | None) -> None:
        self.world.tell(f"client: {done} items are confirmed")
        if self.program.connections == 1:
            self._arrived(range(done))
        elif len(self._gateway.sink.arrived) < done and not self._may_be_late:
            raise Violation(f"{done} items are confirmed, and {len(self._gateway.sink.arrived)} have arrived")

    @property
    def _may_be_late(self) -> bool:
        """Over a closing handshake of 1.x, items are confirmed that have up to 5 s to arrive."""
        return self.program.is_old and (self._ending or self.program.connections > 1)

    def _arrived(self, items: Iterable[int]) -> None:
        missing = self._gateway.sink.missing(items)
        if missing and not self._may_be_late:
            raise Violation(f"items are said to be confirmed that have not arrived: {missing}")


def _options(program: BulkProgram) -> BulkOptions:
    rest = RestOptions("gateway", token=Secret(TOKEN), dialect=program.dialect)
    return BulkOptions(rest, sender=program.sender, reconnect=program.reconnect)


class BulkCarrier(Carrier):
    """One transport of the client, with an eye on what is written and read."""

    def __init__(self, driver: ImportDriver, gateway: BulkGateway, key: int, attempt: BulkAttempt) -> None:
        duck: Any = driver, gateway  # of the same shape as those of requests
        super().__init__(*duck, key, attempt)
        self._up = Frames()
        self._head = b""
        self._import, self._bulk = driver, gateway

    def serve(self, transfer: Transfer) -> None:
        """Write, read or pause, close."""
        if self._transport is not None:
            for opcode, payload in self._up.feed(transfer.data):
                if opcode == TEXT:
                    self._import.written.update(numbers(payload))
                elif opcode == CLOSE:
                    self._bulk.closing()
        super().serve(transfer)

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        before = b"\r\n\r\n" in self._head
        if not before:
            self._head += data
            accepted = self._head.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in self._head
            self._import.openings += accepted and not self._closed
        super().data(data)

    def lost(self, detail: str) -> None:
        """The transport is gone, or never was."""
        fault = DialFault.REFUSED if self._transport is None else None
        self._world.tell(f"connection {self._key}: {detail}")
        self._import.act(lambda client, now: client.connection_lost(self._key, detail, fault, now=now))
