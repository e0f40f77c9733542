"""The gateway of a simulation: the core's server side, and an application that does what the program says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random

from tests.simulation.pipe import Transport
from tests.simulation.program import Ask, Attempt, Door, Ending, Program
from tests.simulation.world import Process, Violation, World
from tgproto.connection import Connection
from tgproto.dialect import SocketAuth
from tgproto.errors import LocalProtocolError
from tgproto.link.events import UpgradeRequested
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import AuthenticationReceived, RequestReceived, ServerEvent
from tgproto.session.server import ServerSession

REFUSED = "auth-required"
PATIENCE = 600.0
"""A client that forgets an abandoned request sooner may have too many at once."""


class Gateway(Process):
    """Accepts connections and answers requests.

    Attributes:
        runs: How often each request was carried out.
    """

    def __init__(self, world: World, program: Program) -> None:
        super().__init__(world, program.freezes)
        self.program = program
        self.asks = {ask.number: ask for ask in program.asks}
        self.runs: Counter[int] = Counter()
        self.tokens = 0  # "token 0" is valid, then "token 1", …
        self.away_until = 0.0
        self._peers: list[Peer] = []
        for begin, duration in program.outages:
            world.at(begin, partial(self._fall, begin + duration))
        for moment in program.rotations:
            world.at(moment, self._rotate)

    @property
    def away(self) -> bool:
        """Whether nobody answers."""
        return self.world.now < self.away_until

    @property
    def token(self) -> str:
        """The token that is valid now."""
        return f"token {self.tokens}"

    def accept(self, transport: Transport, attempt: Attempt) -> None:
        """Take a connection."""
        self._peers.append(Peer(self, transport, attempt))

    def forget(self, peer: Peer) -> None:
        """A connection is over."""
        self._peers.remove(peer)

    def _fall(self, until: float) -> None:
        self.world.tell(f"gateway: down until {until:.4f}")
        self.away_until = until
        for peer in list(self._peers):
            peer.transport.reset()

    def _rotate(self) -> None:
        self.tokens += 1
        self.world.tell(f"gateway: {self.token} is valid now")


class Peer:
    """One connection of the gateway."""

    def __init__(self, gateway: Gateway, transport: Transport, attempt: Attempt) -> None:
        self.transport = transport
        self._gateway = gateway
        self._world = gateway.world
        self._attempt = attempt
        self._link = WebSocketLink(Role.SERVER, entropy=Random(0).randbytes)
        self._link.await_upgrade(now=self._world.now)
        self._connection: Connection[ServerSession] | None = None
        self._identity = ""
        self._open: set[int] = set()
        self._timer: float | None = None
        transport.up.end = self
        self._world.after(attempt.closed_after, lambda: gateway.do(self._leave))
        if attempt.door is Door.LEAVES:
            transport.down.close()
        elif attempt.door is Door.BABBLES:
            transport.down.write(b"220 mail.example ESMTP\r\n")

    # --- what the transport says --------------------------------------------------------------

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._gateway.do(lambda: self._received(data))

    def eof(self) -> None:
        """The client will send no more."""
        self._gateway.do(lambda: self._ended(None))

    def lost(self, detail: str) -> None:
        """The transport was reset."""
        self._gateway.do(lambda: self._ended(detail))

    def _received(self, data: bytes) -> None:
        if self._connection is None:
            self._link.receive_data(data, now=self._world.now)
            if isinstance(self._link.next_event(), UpgradeRequested):
                self._answer_upgrade()
        else:
            self._connection.receive_data(data, now=self._world.now)
        self._serve()

    def _answer_upgrade(self) -> None:
        attempt, now = self._attempt, self._world.now
        if attempt.door is Door.REFUSES:
            headers = [("retry-after", attempt.retry_after)] if attempt.retry_after else []
            self._link.reject(attempt.status, now=now, headers=headers, body=b"no")
        elif attempt.door is Door.OPEN:
            self._link.accept(now=now)
            program = self._gateway.program
            limit = program.options.session.tombstone_timeout - 1  # clients know that gateways have one
            config = ServerConfig(program.dialect, answer_timeout=limit)
            self._connection = Connection(self._link, ServerSession(config))

    def _ended(self, detail: str | None) -> None:
        end = self._connection or self._link
        if detail is None:
            end.receive_eof(now=self._world.now)
        else:
            end.data_lost(detail, now=self._world.now)
        self._serve()

    # --- the driver's loop --------------------------------------------------------------------

    def _serve(self) -> None:
        connection, now = self._connection, self._world.now
        if connection is None:
            self.transport.down.write(self._link.data_to_send())
        else:
            self.transport.down.write(connection.data_to_send(now=now))
            while (event := connection.session.next_event()) is not None:
                if not connection.session.over:  # else nobody waits for the answer
                    self._hear(event, connection.session)
            self.transport.down.write(connection.data_to_send(now=now))
            self.transport.up.read(connection.wants_read)
            self._arm(connection.next_deadline())
        if self._link.closed and self.transport.up.end is self:
            self.transport.up.end = None
            self.transport.down.close()
            self._gateway.forget(self)

    def _arm(self, deadline: float | None) -> None:
        if deadline is not None and deadline != self._timer:
            self._world.at(deadline, lambda: self._gateway.do(self._expire))
        self._timer = deadline

    def _expire(self) -> None:
        self._timer = None
        if self._connection is not None:
            self._connection.handle_timeout(now=self._world.now)
            self._serve()

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.session.close(now=self._world.now, code=1001, reason="going away")
            self._serve()

    # --- the application ----------------------------------------------------------------------

    def _hear(self, event: ServerEvent, session: ServerSession) -> None:
        match event:
            case AuthenticationReceived(token=token):
                self._judge(token.reveal(), session)
            case RequestReceived():
                self._start(event, session)
            case _:
                pass

    def _judge(self, token: str, session: ServerSession) -> None:
        now = self._world.now
        if token == self._gateway.token:
            self._identity = token
            session.accept_authentication("w", now=now)
        else:
            session.reject_authentication(now=now)

    def _start(self, event: RequestReceived, session: ServerSession) -> None:
        gateway, stream_id = self._gateway, event.stream_id
        ask = gateway.asks[json.loads(bytes(event.body))["n"]]
        self._check_span(stream_id)
        by_frame = gateway.program.dialect.socket_auth is SocketAuth.FRAME
        if by_frame and self._identity != gateway.token:
            session.refuse(stream_id, WireError(REFUSED, "auth failure"), now=self._world.now)
            self.finished(stream_id)
            return
        gateway.runs[ask.number] += 1
        run = gateway.runs[ask.number]
        self._world.tell(f"gateway: request {ask.number} runs ({run})")
        if run > 1 and not ask.repeatable:
            raise Violation(f"request {ask.number} ran {run} times, and is not repeatable")
        _Answer(self, ask, run, stream_id).go_on()

    def _check_span(self, stream_id: int) -> None:
        """A gateway frees its slots from the front: it counts from the oldest request in work."""
        self._open.add(stream_id)
        span, options = stream_id - min(self._open) + 1, self._gateway.program.options.session
        if span > (options.span_limit or 0) and options.tombstone_timeout >= PATIENCE:
            raise Violation(f"a span of {span} requests, with a limit of {options.span_limit}")

    def finished(self, stream_id: int) -> None:
        """An answer is over."""
        self._open.discard(stream_id)

    def say(self, what: Callable[[ServerSession, float], None]) -> bool:
        """Let the application answer, and return whether there is still somebody to answer to."""
        connection = self._connection
        if connection is None or connection.session.over:
            return False
        try:
            what(connection.session, self._world.now)
        except LocalProtocolError:
            if self._gateway.program.freezes:  # meanwhile the gateway's own limit has passed
                return False
            raise
        self._serve()
        return True

    def wait(self, delay: float, action: Callable[[], None]) -> None:
        """Let the application act later."""
        self._world.after(delay, lambda: self._gateway.do(action))


class _Answer:
    """One answer under way."""

    def __init__(self, peer: Peer, ask: Ask, run: int, stream_id: int) -> None:
        self._peer = peer
        self._ask = ask
        self._run = run
        self._stream_id = stream_id
        self._next = 0

    def go_on(self) -> None:
        """Wait for the next step."""
        frames = self._ask.frames
        if self._next < len(frames):
            self._peer.wait(frames[self._next][0], self._send)
        elif self._ask.ending not in (Ending.WHOLE, Ending.NEVER):
            self._peer.wait(self._ask.pause, self._fail)

    def _send(self) -> None:
        ask, index = self._ask, self._next
        payload = frame(ask, self._run, index)
        final = ask.ending is Ending.WHOLE and index == len(ask.frames) - 1
        self._next += 1

        def say(session: ServerSession, now: float) -> None:
            session.respond(self._stream_id, payload, final=final, now=now)

        self._say(say, final=final)

    def _fail(self) -> None:
        error, ending = failure(self._ask), self._ask.ending

        def say(session: ServerSession, now: float) -> None:
            if ending is Ending.REFUSED:
                session.refuse(self._stream_id, error, now=now)
            else:
                session.fail(self._stream_id, error, now=now, final=ending is Ending.FAILED)

        self._say(say, final=True)

    def _say(self, what: Callable[[ServerSession, float], None], *, final: bool) -> None:
        if final:
            self._peer.finished(self._stream_id)
        if self._peer.say(what) and not final:
            self.go_on()


def frame(ask: Ask, run: int, index: int) -> bytes:
    """Return a frame of the answer to a request."""
    return json.dumps({"n": ask.number, "run": run, "i": index, "pad": "x" * ask.frames[index][1]}).encode()


def failure(ask: Ask) -> WireError:
    """Return the error that an answer ends with."""
    return WireError("llm-error", f"request {ask.number} failed")
