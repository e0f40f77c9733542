"""The client's driver and the callers of a simulation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from tests.simulation.gateway import Gateway
from tests.simulation.pipe import Transport
from tests.simulation.program import Ask, Attempt, Door, Form, Program
from tests.simulation.world import Process, Violation, World
from tgproto.client import Client
from tgproto.dialect import Dialect
from tgproto.driven import Dial, Notice, Transfer
from tgproto.errors import LocalProtocolError
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.events import CredentialWanted, Outcome, StreamReadable
from tgproto.session.request import Request, Submission
from tgproto.session.tables import SessionState


class Lazy:
    """Something that becomes a request once the dialect is known, or never."""

    def __init__(self, ask: Ask) -> None:
        self.service = ask.service
        self.flow = ask.flow
        self.public = False
        self._ask = ask

    def request(self, dialect: Dialect) -> Request:
        """Encode."""
        if self._ask.form is Form.IMPOSSIBLE:
            raise TypeError(f"request {self._ask.number} cannot be encoded for {dialect.name}")
        return encoded(self._ask)


def encoded(ask: Ask) -> Request:
    """Return the request."""
    return Request(ask.service, b'{"n":%d}' % ask.number, ask.flow, repeatable=ask.repeatable)


class Caller:
    """Who waits for one answer.

    Attributes:
        ask: What it asked.
        stream: The id of its stream.
        refused: What `submit` raised.
        submitted: When it asked.
        frames: What it took.
        outcome: How it ended.
        ended: When it took the outcome.
        cancelled: Whether it gave up.
        noticed: Whether it was told to take, and has not done so yet.
    """

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.stream: int | None = None
        self.refused: Exception | None = None
        self.submitted = 0.0
        self.frames: list[bytes] = []
        self.outcome: Outcome | None = None
        self.ended = 0.0
        self.cancelled = False
        self.noticed = False

    @property
    def over(self) -> bool:
        """Whether it waits for nothing more."""
        return self.cancelled or self.refused is not None or self.outcome is not None


class Driver(Process):
    """Moves the bytes of one client, and lets the callers call."""

    def __init__(self, world: World, program: Program, gateway: Gateway) -> None:
        super().__init__(world, program.naps)
        self.client = Client(program.options, entropy=Random(0).randbytes, uniform=world.random.random)
        self.callers = [Caller(ask) for ask in program.asks]
        self._program = program
        self._gateway = gateway
        self._attempts = list(reversed(program.attempts))
        self._streams: dict[int, Caller] = {}
        self._carriers: dict[int, Carrier] = {}
        self._armed: float | None = None
        self._scheduled = False
        for caller in self.callers:
            world.at(caller.ask.at, partial(self.do, partial(self._submit, caller)))

    @property
    def at_rest(self) -> bool:
        """Whether every caller has what it asked for."""
        return all(caller.over for caller in self.callers)

    def close(self) -> None:
        """Close the client."""
        self.act(lambda client, now: client.close(now=now, drain=self._program.drain))

    def act(self, action: Callable[[Client, float], None]) -> None:
        """Call the client and serve it."""

        def now() -> None:
            action(self.client, self.world.now)
            self._serve_soon()

        self.do(now)

    # --- the driver's loop --------------------------------------------------------------------

    def _serve_soon(self) -> None:
        """Serve the client; some drivers do so once for everything that happens together."""
        if not self._program.lazy:
            self._serve()
        elif not self._scheduled:
            self._scheduled = True
            self.world.after(self._program.lazy, partial(self.do, self._serve))

    def _serve(self) -> None:
        self._scheduled = False
        client, now = self.client, self.world.now
        while (transfer := client.next_transfer(now=now)) is not None:
            carrier = self._carriers.get(transfer.key)
            if carrier is not None:
                carrier.serve(transfer)
        while (notice := client.next_notice()) is not None:
            self._hear(notice)
        self._check()
        deadline = client.next_deadline()
        if deadline is not None and deadline != self._armed:
            late = self.world.random.random() * self._program.lateness
            self.world.at(deadline + late, lambda: self.do(lambda: self._expire(deadline)))
        self._armed = deadline

    def _expire(self, deadline: float) -> None:
        if deadline != self._armed:
            return
        self._armed = None
        now = self.world.now
        self.client.handle_timeout(now=now)
        following = self.client.next_deadline()
        if following is not None and following <= now:
            raise Violation(f"after handle_timeout({now}) the next deadline is {following}")
        self._serve()

    def _hear(self, notice: Notice) -> None:
        match notice:
            case Dial(key=key):
                attempt = self._attempts.pop() if self._attempts else Attempt()
                self._carriers[key] = Carrier(self, self._gateway, key, attempt)
            case StreamReadable(stream_id=stream_id):
                caller = self._streams[stream_id]
                if caller.over or caller.noticed:
                    raise Violation(f"an unwanted notice about request {caller.ask.number}")
                caller.noticed = True
                self.world.after(caller.ask.slow, partial(self.do, partial(self._take, caller)))
            case CredentialWanted():
                self.world.tell("client: credential wanted")
                self.world.after(self.world.random.random() * 2, self._renew)
            case _:
                self.world.tell(f"client: {notice}")

    def _renew(self) -> None:
        token = "a wrong token" if self.world.random.random() < 0.1 else self._gateway.token
        self.act(lambda client, now: client.authenticate(Secret(token), now=now))

    def _check(self) -> None:
        """Check what must be true whenever the client was served."""
        keys = [key for key in self._carriers if self.client.connection(key) is not None]
        self._carriers = {key: self._carriers[key] for key in keys}
        sessions = [connection.session for key in keys if (connection := self.client.connection(key))]
        self._check_bounds(sessions)
        if self._program.calm and self._program.dialect.errors_have_ids:
            self._check_work(sessions)  # else one may wait for a token, or for the first answer of a service

    def _check_bounds(self, sessions: list[ClientSession]) -> None:
        """What the client keeps is bounded by what is asked of it."""
        options = self._program.options
        limit = options.session.span_limit
        waiting = sum(not caller.over for caller in self.callers)
        if limit is not None and any(session.in_flight > limit for session in sessions):
            raise Violation("more requests under way than the span limit allows")
        if sum(session.live for session in sessions) > waiting:
            raise Violation("more live streams than callers that wait")
        if sum(not session.over and not session.retired for session in sessions) > options.max_connections:
            raise Violation(f"more than {options.max_connections} connections that take requests")

    def _check_work(self, sessions: list[ClientSession]) -> None:
        """Nothing waits that could be sent."""
        ready = [session for session in sessions if session.state is SessionState.READY]
        if any(len(session.surplus) < len(session.queued_ids) for session in ready):
            raise Violation("a request that could be sent was not sent")
        flowing = [session for session in ready if session.wants_read]
        if any(session.room for session in flowing) and any(session.queued_ids for session in sessions):
            raise Violation("a request waits, and another connection has room")

    # --- the callers --------------------------------------------------------------------------

    def _submit(self, caller: Caller) -> None:
        ask = caller.ask
        submission: Submission = encoded(ask) if ask.form is Form.REQUEST else Lazy(ask)
        caller.submitted = self.world.now
        try:
            caller.stream = self.client.submit(
                submission, now=self.world.now, timeout=ask.timeout, total_timeout=ask.total_timeout
            )
        except (LocalProtocolError, TypeError) as error:
            caller.refused = error
            self.world.tell(f"request {ask.number}: refused, {error}")
        else:
            self.world.tell(f"request {ask.number}: submitted as stream {caller.stream}")
            self._streams[caller.stream] = caller
            if ask.curious is not None:
                self.world.after(ask.curious, partial(self.do, partial(self._take, caller)))
            if ask.cancel_after is not None:
                self.world.after(ask.cancel_after, partial(self.do, partial(self._cancel, caller)))
        self._serve_soon()

    def _cancel(self, caller: Caller) -> None:
        if not caller.over:
            self.world.tell(f"request {caller.ask.number}: cancelled")
            assert caller.stream is not None
            self.client.cancel(caller.stream, now=self.world.now)
            caller.cancelled = True
            self._check_forgotten(caller.stream)
            self._serve_soon()

    def _take(self, caller: Caller) -> None:
        if caller.over:
            return
        assert caller.stream is not None
        told, caller.noticed = caller.noticed, False
        payloads, caller.outcome = self.client.take(caller.stream, now=self.world.now)
        caller.frames += [bytes(payload) for payload in payloads]
        number = caller.ask.number
        self.world.tell(f"request {number}: {len(payloads)} frames, {caller.outcome}")
        if told and not payloads and caller.outcome is None:
            raise Violation(f"request {number} was announced, and there is nothing to take")
        if caller.outcome is not None:
            caller.ended = self.world.now
            self._check_forgotten(caller.stream)
        self._serve_soon()

    def _check_forgotten(self, stream: int) -> None:
        if stream % 2:
            self.client.cancel(stream, now=self.world.now)  # harmless
        try:
            self.client.take(stream, now=self.world.now)
        except LocalProtocolError:
            return
        raise Violation("a stream that is over can still be read")


class Carrier:
    """One transport of the client, from the attempt on."""

    def __init__(self, driver: Driver, gateway: Gateway, key: int, attempt: Attempt) -> None:
        self._driver = driver
        self._world = driver.world
        self._gateway = gateway
        self._key = key
        self._attempt = attempt
        self._transport: Transport | None = None
        self._closed = False
        self._world.tell(f"connection {key}: attempt, {attempt}")
        if attempt.door is not Door.HANGS:
            self._world.after(attempt.delay, lambda: driver.do(self._dialed))

    def _dialed(self) -> None:
        if self._closed:
            return
        if self._attempt.door is Door.FAILS or self._gateway.away:
            self.lost("connection refused")
            return
        self._transport = Transport(self._world, self._attempt.up, self._attempt.down)
        self._transport.down.end = self
        self._gateway.accept(self._transport, self._attempt)
        self._driver.act(lambda client, now: client.dialed(self._key, now=now))

    def serve(self, transfer: Transfer) -> None:
        """Write, read or pause, close."""
        transport = self._transport
        if transfer.closed and not self._closed:
            self._world.tell(f"connection {self._key}: closed")
            self._closed = True
            if self._world.random.random() < 0.5:  # some drivers say it, some do not
                self._world.after(0, lambda: self.lost("the transport is gone"))
        if transport is not None:
            transport.up.write(transfer.data)
            transport.down.read(transfer.wants_read)
            if transfer.closed:
                transport.down.end = None
                transport.up.close()

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._driver.act(lambda client, now: client.receive_data(self._key, data, now=now))

    def eof(self) -> None:
        """The gateway will send no more."""
        self._driver.act(lambda client, now: client.receive_eof(self._key, now=now))

    def lost(self, detail: str) -> None:
        """The transport is gone."""
        self._world.tell(f"connection {self._key}: {detail}")
        self._driver.act(lambda client, now: client.connection_lost(self._key, detail, now=now))
