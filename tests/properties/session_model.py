"""A client session against a simple model of what was asked, what the gateway said and what must come of it.

The model keeps its own books: which request is queued, written, open at the gateway, abandoned; what was
sent for it and not taken; when it was last heard. After every step the session has to agree with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, SocketAuth
from tgproto.errors import (
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    LocalProtocolError,
    RequestTimeout,
    ServiceError,
    StreamStalled,
)
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig
from tgproto.session.events import (
    Authenticated,
    CloseCarrier,
    Completed,
    ConnectionClosed,
    Failed,
    Outcome,
    SendPing,
    StreamReadable,
)
from tgproto.session.request import Request
from tgproto.session.stream import CHUNK_OVERHEAD
from tgproto.session.tables import SESSION, SessionInput, SessionState

PAIRS = [("a", None), ("b", None), ("a", "f"), ("c", "f")]
LOST = CloseCause(CloseKind.LOST, "connection reset")
SHAPES = {
    "in band": '{"id":%s,"response":{"error":{"type":%s,"message":"no"}},"complete":true}',
    "in band, not final": '{"id":%s,"response":{"x":1,"error":{"type":%s,"message":"no"}},"complete":false}',
    "envelope": '{"id":%s,"error":{"message":"no","type":%s},"complete":true}',
}
JUNK = [b"junk", b"[]", b"\xff", "{", b'{"id":']
NOISE = [b"{}", b'{"id":"1"}', b'{"response":{},"complete":true}', b'{"id":7,"response":1,"complete":false}']
AUTH_REPLIES = {
    "ok": b'{"type":"auth-ok","default_workspace":"w"}',
    "failed": b'{"type":"auth-failed","error":"no"}',
    "1.x": b'{"error":"Bad message"}',
    "mixed": b'{"error":{"message":"Bad message","type":"error"},"complete":true}',
    "other": b'{"error":"out of memory"}',
}


@dataclass(eq=False)
class Call:
    """What the model knows of one request."""

    id: int
    number: int
    pair: tuple[str, str | None]
    since: float
    timeout: float | None
    total: float | None
    heard: float
    unread: list[bytes] = field(default_factory=list)
    charge: int = 0
    full_since: float = 0.0
    delivered: int = 0
    renewed: bool = False
    outcome: Outcome | None = None
    gone: bool = False
    announced: bool = False
    announcements: int = 0
    takes: int = 0

    @property
    def live(self) -> bool:
        return self.outcome is None and not self.gone


@dataclass(eq=False)
class Wire:
    """One id that the gateway works on."""

    call: Call
    unproven: bool
    abandoned: float | None = None


def plain(result: object) -> object:
    """Make results comparable: exceptions have no equality of their own."""
    match result:
        case Failed(error=error):
            return type(error).__name__, str(error)
        case tuple() | list():
            return [plain(item) for item in result]
        case _:
            return result


class Conversation:
    """A session, the other side of it, and the books. Every method but `check` is a step."""

    def __init__(self, config: ClientConfig) -> None:
        self.config = config
        self.session = ClientSession(config)
        self.now = 0.0
        self.log: list[tuple[str, tuple[Any, ...], dict[str, Any], object]] = []
        self.calls: list[Call] = []
        self.queue: list[Call] = []
        self.ids: list[str] = []  # every id ever written
        self.open: dict[str, Wire] = {}
        self.answered: set[tuple[str, str | None]] = set()
        self.retired = self.pending = self.renewing = self.opened = False
        self.auth_due = 0.0
        self.dialect = config.dialect
        self.resumed = float("-inf")
        self.signs = 0.0  # when the gateway last gave a sign of life
        self.waiting_since: float | None = None
        self.closing_since = 0.0
        self.ended: list[object] = []
        self.close_outputs = 0

    # --- the recorder ---------------------------------------------------------------------------

    def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        try:
            result = getattr(self.session, name)(*args, **kwargs)
        except LocalProtocolError as error:
            self.log.append((name, args, kwargs, str(error)))
            raise
        self.log.append((name, args, kwargs, plain(result)))
        return result

    def replay(self) -> None:
        """I10: the same inputs to a fresh session give the same outputs."""
        session = ClientSession(self.config)
        for name, args, kwargs, expected in self.log:
            try:
                result = plain(getattr(session, name)(*args, **kwargs))
            except LocalProtocolError as error:
                result = str(error)
            assert result == expected

    def intent(self, legal: bool, name: str, *args: Any, **kwargs: Any) -> Any:
        """I11: it raises if and only if it is not legal."""
        state = self.session.state
        try:
            result = self.do(name, *args, **kwargs)
        except LocalProtocolError:
            assert not legal
            assert self.session.state is state
            return None
        assert legal
        return result

    def allows(self, event: SessionInput) -> bool:
        return event in SESSION[self.session.state]

    def call(self, n: int) -> Call | None:
        return self.calls[n % len(self.calls)] if self.calls else None

    def wire_id(self, n: int) -> str:
        """Choose an id: mostly one that is open, sometimes one that is over or was never written."""
        ids = list(self.open) if self.open and n % 5 else [*self.ids, "99"]
        return ids[n % len(ids)]

    # --- steps of the owner -------------------------------------------------------------------------

    def request(self, pair: int, timeout: float | None, total: float | None) -> None:
        legal = (
            self.allows(SessionInput.REQUEST)
            and not self.retired
            and len(self.queue) < self.config.max_queued
        )
        service, flow = PAIRS[pair % len(PAIRS)]
        number = len(self.calls)
        request = Request(service, b'{"n":%d}' % number, flow)
        stream = self.intent(
            legal, "send_request", request, now=self.now, timeout=timeout, total_timeout=total
        )
        if legal:
            call = Call(stream, number, (service, flow), self.now, timeout, total, self.now)
            self.calls.append(call)
            self.queue.append(call)

    def cancel(self, n: int) -> None:
        call = self.call(n)
        if call is None:
            return
        before = self.before()
        self.do("cancel", call.id, now=self.now)
        self.abandon(call)
        self.unfill(call)
        call.gone = True
        self.settle(before, {})

    def take(self, n: int) -> None:
        call = self.call(n)
        if call is None:
            return
        taken = self.intent(not call.gone, "take", call.id, now=self.now)
        if taken is None:
            return
        payloads, outcome = taken
        assert [bytes(payload) for payload in payloads] == call.unread  # I3
        assert outcome is call.outcome  # I2
        self.unfill(call)
        call.takes += 1
        call.announced = False
        call.gone = outcome is not None

    def authenticate(self) -> None:
        in_url = self.dialect is not None and self.dialect.socket_auth is SocketAuth.QUERY
        legal = self.allows(SessionInput.AUTHENTICATE) and not self.pending and not in_url
        self.intent(legal, "authenticate", Secret("t"), now=self.now)
        if legal:
            self.pending, self.auth_due = True, self.now + self.config.auth_timeout

    def close(self, drain: float | None) -> None:
        before = self.before()
        self.do("close", now=self.now, drain=drain)
        self.settle(before, {})

    def write(self, limit: int) -> None:
        """Take up to `limit` outputs."""
        for _ in range(limit):
            output = self.do("next_output")
            match output:
                case None:
                    assert not self.sendable()
                    return
                case SendPing():
                    assert self.config.keepalive.interval is not None
                case CloseCarrier():
                    self.close_outputs += 1
                    assert self.close_outputs == 1
                    assert self.session.state is SessionState.CLOSING
                case _:
                    frame = json.loads(output)
                    if "type" not in frame:
                        self.written(frame)

    def sendable(self) -> list[Call]:
        """Return what waits without a reason."""
        if self.session.state is not SessionState.READY or self.renewing or self.places() == 0:
            return []
        serial = any(wire.unproven for wire in self.open.values())
        return [call for call in self.queue if not serial or call.pair in self.answered]

    def written(self, frame: dict[str, Any]) -> None:
        call = self.calls[frame["request"]["n"]]
        wire_id = frame["id"]
        assert self.session.state is SessionState.READY  # nothing before the gateway accepted the caller
        assert not self.renewing
        assert not self.retired
        assert wire_id not in self.ids  # I1
        assert call.live
        self.ids.append(wire_id)
        self.queue.remove(call)
        assert self.dialect is not None
        unproven = not self.dialect.errors_have_ids and call.pair not in self.answered
        assert not (unproven and any(wire.unproven for wire in self.open.values()))
        self.open[wire_id] = Wire(call, unproven)
        front = int(next(iter(self.open)))
        limit = self.config.span_limit
        assert limit is None or int(wire_id) - front + 1 <= limit  # I4

    def hear(self) -> None:
        """Take all events."""
        while (event := self.do("next_event")) is not None:
            assert not self.ended  # I8
            match event:
                case ConnectionClosed():
                    self.ended.append(event)
                case StreamReadable(stream_id=stream_id):
                    [call] = [call for call in self.calls if call.id == stream_id]
                    call.announcements += 1
                    assert call.announcements <= call.takes + 1
                    assert not call.gone
                    assert call.unread or call.outcome  # I2: nothing about a stream that is over
                    call.announced = True
                case Authenticated(dialect=dialect):
                    assert dialect is self.dialect
                case _:
                    pass
        for call in self.calls:
            assert call.gone or call.announced or not (call.unread or call.outcome)
        assert bool(self.ended) == self.session.closed

    # --- steps of the carrier and of time -----------------------------------------------------------

    def carrier_opens(self) -> None:
        in_url = self.dialect is not None and self.dialect.socket_auth is SocketAuth.QUERY
        event = SessionInput.OPENED_READY if in_url else SessionInput.OPENED
        legal = self.allows(event)
        self.intent(legal, "carrier_opened", now=self.now)
        if legal and not self.session.over:
            self.opened, self.signs = True, self.now
            self.pending, self.auth_due = not in_url, self.now + self.config.auth_timeout

    def carrier_drops(self) -> None:
        before = self.before()
        self.do("carrier_closed", LOST, now=self.now)
        self.settle(before, {})
        assert self.session.closed

    def pong(self) -> None:
        self.do("receive_pong", b"alive?", now=self.now)
        self.signs = self.now

    def advance(self, seconds: float | None) -> None:
        """Let time pass; None for up to the next deadline."""
        deadline = self.session.next_deadline()
        if seconds is not None:
            self.now += seconds
        elif deadline is not None:
            self.now = max(self.now, deadline)
        before, signs = self.before(), self.signs
        self.do("handle_timeout", now=self.now)
        for wire_id, wire in list(self.open.items()):
            if wire.abandoned is not None and wire.abandoned + self.config.tombstone_timeout <= self.now:
                del self.open[wire_id]
        if self.renewing and not self.pending and self.auth_due <= self.now:
            self.renewing = False
        self.settle(before, {}, self.of_time)
        self.in_time()
        following = self.session.next_deadline()
        assert following is None or following > self.now  # I6
        if self.session.over and not before["over"] and "no pong" in str(self.session.close_cause):
            assert not before["full"]  # a pong could not have been seen
            assert self.now - signs >= self.config.keepalive.timeout

    def in_time(self) -> None:
        """No limit is overdue."""
        for call in self.calls:
            if call.live:
                assert call.total is None or call.since + call.total > self.now
                silent_since = max(call.heard, self.listening_since())
                assert call.timeout is None or silent_since + call.timeout > self.now
        for call in self.full():
            since = self.waiting_since
            assert since is None or not self.waiting() or max(since, call.full_since) + 10.0 > self.now

    def of_time(self, call: Call, error: Exception, before: dict[str, Any]) -> bool:
        """Whether time may have ended a call in this way."""
        match error:
            case RequestTimeout(option="timeout"):
                silent_since = max(call.heard, before["listening_since"])
                return call.timeout is not None and silent_since + call.timeout <= self.now
            case RequestTimeout():
                return call.total is not None and call.since + call.total <= self.now
            case StreamStalled():
                full = call.charge > self.config.stream_window
                long = self.now - call.full_since >= self.config.stall_timeout
                return full and long and before["waiting"]
            case AuthenticationError():
                return call in before["queue"] and self.auth_due <= self.now
            case _:
                return False

    # --- steps of the gateway -------------------------------------------------------------------------

    def receive(self, message: bytes | str) -> None:
        self.do("receive_message", message, now=self.now)
        self.signs = self.now

    def respond(self, n: int, size: int | None, final: bool) -> None:
        """Send a frame of an answer; without a payload if `size` is None."""
        wire_id = self.wire_id(n)
        payload = b'{"x":"%s"}' % (b"x" * (size or 0))
        flag = b"true" if final else b"false"
        message = b'{"id":"%s","response":%s,"complete":%s}' % (wire_id.encode(), payload, flag)
        if size is None:
            message = b'{"id":"%s","complete":%s}' % (wire_id.encode(), flag)
        before = self.before()
        wire = self.open.get(wire_id)
        self.receive(message)
        expected: dict[Call, Callable[[Outcome], bool]] = {}
        if wire is not None and (size is not None or final):
            call = wire.call
            self.answered.add(call.pair)
            wire.unproven = False
            if call.live and size is not None:
                call.unread.append(payload)
                call.delivered += 1
                call.heard = self.now
                if call.charge <= self.config.stream_window:
                    call.full_since = self.now
                call.charge += len(message) + CHUNK_OVERHEAD
            if final:
                del self.open[wire_id]
                if call.live:
                    expected[call] = lambda outcome: isinstance(outcome, Completed)
        self.settle(before, expected)

    def fail(self, n: int, shape: str, kind: str) -> None:
        wire_id = self.wire_id(n)
        before = self.before()
        wire = self.open.get(wire_id)
        state = self.session.state
        self.receive(SHAPES[shape] % (json.dumps(wire_id), json.dumps(kind)))
        expected: dict[Call, Callable[[Outcome], bool]] = {}
        if wire is not None:
            call = wire.call
            del self.open[wire_id]
            in_url = self.dialect is not None and self.dialect.socket_auth is SocketAuth.QUERY
            renewable = kind == "auth-required" and self.config.renewable and not in_url
            usable = state is SessionState.READY and not self.retired
            if call.live and renewable and usable and not call.delivered and not call.renewed:
                call.renewed = True
                self.queue.insert(0, call)
                if not self.renewing and not self.pending:
                    self.auth_due = self.now + self.config.auth_timeout
                self.renewing = True
            else:
                self.answered.add(call.pair)
                if call.live:
                    expected[call] = self.is_service_error
        self.settle(before, expected)

    def fail_without_id(self, bare: bool) -> None:
        """Send an error that names no request."""
        if self.session.state is SessionState.AUTHENTICATING:
            self.auth_reply("1.x" if bare else "mixed")
            return
        before = self.before()
        unproven = [wire_id for wire_id, wire in self.open.items() if wire.unproven]
        silent = [wire_id for wire_id, wire in self.open.items() if not wire.call.delivered]
        self.receive(AUTH_REPLIES["1.x" if bare else "mixed"])
        expected: dict[Call, Callable[[Outcome], bool]] = {}
        meant = unproven or silent
        for wire_id in meant:
            call = self.open[wire_id].call
            if call.live:
                expected[call] = self.is_service_error
            if call.live or len(meant) == 1:  # of several, an abandoned one may still be answered
                del self.open[wire_id]
        self.settle(before, expected)

    @staticmethod
    def is_service_error(outcome: Outcome) -> bool:
        return isinstance(outcome, Failed) and isinstance(outcome.error, ServiceError)

    def auth_reply(self, reply: str) -> None:
        authenticating = self.session.state is SessionState.AUTHENTICATING
        if reply in ("1.x", "mixed", "other") and not authenticating:
            return  # `fail_without_id` is about that
        before = self.before()
        over = self.session.over
        self.receive(AUTH_REPLIES[reply])
        known = {"ok": self.dialect or GENERATION_2, "1.x": GENERATION_1, "mixed": MIXED_2_2}.get(reply)
        if reply in ("1.x", "mixed") and self.config.dialect is not None:
            known = None
        gives_up = known is None and (authenticating or self.renewing)
        if self.pending and not over:
            self.pending = False
            if known is not None:
                self.dialect, self.renewing = known, False
                if authenticating:
                    assert self.session.state is SessionState.READY
            elif authenticating and self.config.renewable and not self.renewing:
                self.renewing, self.auth_due = True, self.now + self.config.auth_timeout
            elif self.renewing:
                self.renewing = False
            if known is None and authenticating and not self.renewing:
                assert self.session.over
        self.settle(before, {}, self.for_want_of_a_token if gives_up else None)

    @staticmethod
    def for_want_of_a_token(call: Call, error: Exception, before: dict[str, Any]) -> bool:
        return call in before["queue"] and isinstance(error, AuthenticationError)

    def noise(self, n: int) -> None:
        """Something well-formed that belongs to nothing."""
        before = self.before()
        self.receive(NOISE[n % len(NOISE)])
        self.settle(before, {})

    def junk(self, message: bytes | str) -> None:
        before = self.before()
        self.receive(message)
        assert self.session.over
        self.settle(before, {})

    def end(self, how: bytes | str, chance: int) -> None:
        """End the session in some way, but seldom: little can happen to one that is over."""
        if chance == 1:
            match how:
                case "drain":
                    self.close(30.0)
                case "close":
                    self.close(None)
                case "drop":
                    self.carrier_drops()
                case _:
                    self.junk(how)

    # --- books ----------------------------------------------------------------------------------------

    def listening_since(self) -> float:
        return self.now if self.full() else self.resumed

    def full(self) -> list[Call]:
        return [call for call in self.calls if call.live and call.charge > self.config.stream_window]

    def unfill(self, call: Call) -> None:
        was_full = bool(self.full())
        call.unread, call.charge = [], 0
        if was_full and not self.full():
            self.resumed = self.signs = self.now

    def abandon(self, call: Call) -> None:
        """This side gave a call up: it leaves the queue, or the gateway works on for nobody."""
        if call.live:
            if call in self.queue:
                self.queue.remove(call)
            for wire in self.open.values():
                if wire.call is call:
                    wire.abandoned = self.now

    def waiting(self) -> bool:
        """Whether some call waits for the connection, and not for its owner."""
        calls = [wire.call for wire in self.open.values()]
        return bool(self.queue) or any(call.live and not call.unread for call in calls)

    def before(self) -> dict[str, Any]:
        return {
            "queue": list(self.queue),
            "waiting": self.waiting(),
            "listening_since": self.listening_since(),
            "full": bool(self.full()),
            "over": self.session.over,
        }

    def settle(
        self,
        before: dict[str, Any],
        expected: dict[Call, Callable[[Outcome], bool]],
        allowed: Callable[[Call, Exception, dict[str, Any]], bool] | None = None,
    ) -> None:
        """Note which calls have ended, and that each of them had a reason to."""
        for call in self.calls:
            outcome = self.session.outcome(call.id) if call.live else None
            if outcome is None:
                assert call not in expected
                continue
            queued = call in self.queue
            self.abandon(call)
            call.outcome = outcome
            if call in expected:
                assert expected[call](outcome)
                continue
            assert isinstance(outcome, Failed)
            error = outcome.error
            if isinstance(error, ConnectionLost | ConnectionFailed):
                self.lost(call, error, sent=not queued)
            else:
                assert allowed is not None
                assert allowed(call, error, before)
        if self.session.over:
            self.open.clear()
            self.queue.clear()
            self.pending = False
            if not before["over"]:
                self.closing_since = self.now
        if before["full"] and not self.full():
            self.resumed = self.signs = self.now
        if not self.session.over and self.blocked():
            self.retired = True

    def lost(self, call: Call, error: Exception, *, sent: bool) -> None:
        """A call may be lost with the session, or unsent because the session takes no more requests."""
        ending = self.session.over or self.session.retired or self.session.state is SessionState.DRAINING
        assert ending
        if isinstance(error, ConnectionFailed):
            assert not self.opened
        elif isinstance(error, ConnectionLost):
            assert error.sent is sent
            assert self.session.over or not sent
            assert error.delivered == call.delivered

    def blocked(self) -> bool:
        front = next(iter(self.open.values()), None)
        at_front = self.config.span_limit is not None and front is not None and front.abandoned is not None
        return at_front or any(wire.unproven and wire.abandoned is not None for wire in self.open.values())

    def check(self) -> None:
        """Compare the session with the books."""
        session = self.session
        live = [call for call in self.calls if call.live]
        assert session.live == len(live)  # I9
        assert session.in_flight == len(self.open)
        assert session.queued_ids == [call.id for call in self.queue]
        assert session.holds_streams == any(not call.gone for call in self.calls)
        assert session.wants_read == (not self.full())  # I5
        assert session.over or session.retired == self.retired
        assert not (session.over and live)
        ending = session.retired or session.state is SessionState.DRAINING
        assert live or session.over or not ending
        for call in self.calls:
            assert session.outcome(call.id) is (None if call.gone else call.outcome)  # I2
        assert session.room == self.room()
        if session.state is SessionState.CLOSING:
            assert session.next_deadline() == self.closing_since + self.config.close_timeout
        if session.closed:
            assert session.next_deadline() is None
        if not self.waiting():
            self.waiting_since = None
        elif self.waiting_since is None:
            self.waiting_since = self.now

    def room(self) -> float:
        if self.session.retired or not self.allows(SessionInput.REQUEST):
            return 0
        return (
            self.session.room if self.config.span_limit is None else max(0, self.places() - len(self.queue))
        )

    def places(self) -> float:
        """Return how many more may be written."""
        if self.config.span_limit is None:
            return float("inf")
        span = len(self.ids) - int(next(iter(self.open))) + 1 if self.open else 0
        return self.config.span_limit - span
