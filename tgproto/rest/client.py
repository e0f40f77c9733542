"""A client of one gateway over HTTP: which connection carries a request, and what becomes of it.

Driven like `tgproto.client`: a driver opens transports when told to, moves bytes, arms one timer, and wakes
whoever waits for a stream. Each stream has one payload and one outcome, or an outcome alone.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from itertools import count

from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.dialer import Dialer
from tgproto.driven import Dial, Lost, Notice, Transfer
from tgproto.errors import (
    CallContext,
    CallError,
    ConnectionLost,
    LocalProtocolError,
    NoSuchStream,
    RequestTimeout,
    connection_error,
)
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import BodyData, HttpClosed, HttpRequest, ResponseHead
from tgproto.rest.config import RestOptions
from tgproto.rest.messages import WHOAMI, encode, needs_workspace, read_answer, read_whoami
from tgproto.session.events import Completed, Failed, Outcome, Payload, StreamReadable
from tgproto.session.reconnect import may_repeat
from tgproto.session.request import Request, Submission, check_limits
from tgproto.timers import Timers, earlier

SILENCE, TOTAL, IDLE = "timeout", "total_timeout", "idle"
"""Timers: two of each stream, named after their options, and one of each unused connection."""

_WHOAMI_TIMEOUT = 60.0


class _Stream:
    """A request and what came of it.

    Attributes:
        id: Its name.
        request: What is asked.
        limits: Seconds, by option.
        http: The request as it is sent; None while the caller's workspace is not known.
        line: The connection that carries it, or None.
        tried: Whether a connection was lost with it, so that it may have run.
        payload: The answer.
        outcome: How it ended.
    """

    def __init__(self, ident: int, request: Request, limits: dict[str, float]) -> None:
        self.id = ident
        self.request = request
        self.limits = limits
        self.http: HttpRequest | None = None
        self.line: int | None = None
        self.tried = False
        self.payload: Payload | None = None
        self.outcome: Outcome | None = None

    @property
    def context(self) -> CallContext:
        request = self.request
        return CallContext(request.service, request.flow, request.workspace)


class _Line:
    """A connection.

    Attributes:
        link: Its link.
        up: Whether there is a transport.
        stream: The request it carries, or None.
        head: Head of the answer, once it has come.
        body: What has come of the body.
    """

    def __init__(self, link: HttpClientLink) -> None:
        self.link = link
        self.up = False
        self.stream: _Stream | None = None
        self.head: ResponseHead | None = None
        self.body: list[bytes] = []


class RestClient:
    """Many requests to one gateway, each an HTTP exchange.

    Not thread-safe; no method blocks. See `Driven`, which it implements.

    Args:
        options: Options.
        uniform: Returns a random number from 0 up to and excluding 1; drivers pass `random.random`.

    Attributes:
        options: The options.
        closing: Whether `close` was called.
    """

    def __init__(self, options: RestOptions, *, uniform: Callable[[], float]) -> None:
        self.options = options
        self.closing = False
        self._dialer = Dialer(options.reconnect, options.connect_timeout, uniform=uniform)
        self._ids = count(1)
        self._keys = count(1)
        self._lines: dict[int, _Line] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()  # the last one was used last
        self._streams: dict[int, _Stream] = {}
        self._queue: OrderedDict[int, _Stream] = OrderedDict()
        self._held: dict[int, _Stream] = {}  # wait for the caller's workspace
        self._workspace: str | None = None
        self._asking: _Stream | None = None  # who the caller is
        self._last_loss: CloseCause | None = None  # unless there was an answer since
        self._timers: Timers[tuple[str, int]] = Timers()
        self._notices: deque[Notice] = deque()
        self._changed: dict[int, None] = {}

    @property
    def idle(self) -> bool:
        """Whether every connection is closed and every outcome was taken."""
        return not self._lines and not self._streams

    @property
    def has_work(self) -> bool:
        """Whether `next_transfer` or `next_notice` may have something."""
        return bool(self._changed or self._notices)

    # --- intents ------------------------------------------------------------------------------

    def submit(
        self,
        submission: Submission,
        *,
        now: float,
        timeout: float | None = 60.0,
        total_timeout: float | None = None,
    ) -> int:
        """Ask for something.

        Args:
            submission: A `Request`, or anything that becomes one.
            now: Current time in seconds; both limits count from here, waiting included.
            timeout: Longest silence in seconds, counted again from each read; None for no limit.
            total_timeout: Longest duration in seconds; None for no limit.

        Returns:
            The id of the stream, for `take` and `cancel`.

        Raises:
            LocalProtocolError: The client is closed, too much is waiting, a limit is not above 0, or HTTP
                cannot carry the request (see `encode`).
            TrustGraphError: Whatever `submission` raises because an argument cannot be expressed.
        """
        if self.closing:
            raise LocalProtocolError("this client is closed; make a new one")
        if len(self._queue) + len(self._held) >= self.options.max_queued:
            raise LocalProtocolError(
                f"{self.options.max_queued} requests wait already; raise max_queued to allow more"
            )
        check_limits(timeout, total_timeout)
        given = {SILENCE: timeout, TOTAL: total_timeout}
        limits = {option: seconds for option, seconds in given.items() if seconds is not None}
        request = submission.request(self.options.dialect)
        http = encode(request, self.options, self._workspace)
        stream = self._start(request, limits, now)
        self._streams[stream.id] = stream
        if needs_workspace(request, self.options) and self._workspace is None:
            self._held[stream.id] = stream
            self._ask_who(now)
        else:
            stream.http = http
            self._queue[stream.id] = stream
        self._assign(now)
        return stream.id

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:  # noqa: ARG002
        """Take the answer, if it is there; with the outcome the stream is forgotten.

        Raises:
            LocalProtocolError: There is no such stream, it was cancelled, or its outcome was taken.
        """
        stream = self._streams.get(stream_id)
        if stream is None:
            raise NoSuchStream(stream_id)
        if stream.outcome is None:
            return [], None
        del self._streams[stream_id]
        return [] if stream.payload is None else [stream.payload], stream.outcome

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget a stream. Harmless if it is over. The gateway goes on; its connection is closed."""
        stream = self._streams.pop(stream_id, None)
        if stream is not None and stream.outcome is None:
            self._abandon(stream, now)

    def close(self, *, now: float) -> None:
        """Close every connection; requests under way fail. Idempotent."""
        self.closing = True
        self._dialer.close()
        cause = CloseCause(CloseKind.LOCAL)
        self._lose_queue(cause)
        for key in list(self._lines):
            self._hang_up(key, now)

    # --- the driver's work --------------------------------------------------------------------

    def next_notice(self) -> Notice | None:
        """Return what to do or to tell next, or None."""
        while self._notices:
            notice = self._notices.popleft()
            match notice:
                case Dial(key=key) if key not in self._lines:
                    pass
                case StreamReadable(stream_id=stream_id) if stream_id not in self._streams:
                    pass
                case _:
                    return notice
        return None

    def next_transfer(self, *, now: float) -> Transfer | None:
        """Return what to do for one of the connections that changed since they were served, or None."""
        if not self._changed:
            return None
        key, _ = self._changed.popitem()
        line = self._lines[key]
        data, closed = line.link.data_to_send() if line.up else b"", line.link.closed
        if closed:
            self._forget(key)
            self._assign(now)
        return Transfer(key, data, not closed, closed)

    # --- the driver's reports -----------------------------------------------------------------

    def dialed(self, key: int, *, now: float) -> None:
        """The transport of a connection is up."""
        line = self._lines.get(key)
        if line is not None and not line.link.closed:
            self._dialer.done(key)
            line.up = True
            self._rest(key, now)
            self._assign(now)

    def connection_lost(self, key: int, detail: str, fault: DialFault | None = None, *, now: float) -> None:
        """A transport failed, or could not be opened; see `Driven.connection_lost`."""
        line = self._lines.get(key)
        if line is not None:
            if line.up:
                line.link.data_lost(detail, now=now)
                self._hear(key, line, now)
            elif not line.link.closed:
                line.link.close(now=now)
                self._failed(key, CloseCause(CloseKind.LOST, detail, fault=fault), now)
            self._changed[key] = None

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a transport.

        Should an interrupt or a defect end this halfway, the connection is given up; the client goes on.
        """
        line = self._lines.get(key)
        if line is None:
            return
        if line.stream is not None and SILENCE in line.stream.limits:
            self._timers.set((SILENCE, line.stream.id), now + line.stream.limits[SILENCE])
        try:
            line.link.receive_data(data, now=now)
            self._hear(key, line, now)
        except BaseException:
            self.break_off(key, now=now)
            raise
        finally:
            self._changed[key] = None

    def break_off(self, key: int, *, now: float) -> None:
        """Give a connection up; see `Driven.break_off`."""
        if key in self._lines:
            with suppress(Exception):
                self._hang_up(key, now)

    def receive_eof(self, key: int, *, now: float) -> None:
        """A peer will send no more."""
        line = self._lines.get(key)
        if line is not None:
            line.link.receive_eof(now=now)
            self._hear(key, line, now)
            self._changed[key] = None

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        return earlier(self._dialer.next_deadline(), self._timers.earliest())

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        for key in self._dialer.expire(now=now):
            limit = f"no connection within {self._dialer.limit:g} s"
            self.connection_lost(key, limit, DialFault.TIMEOUT, now=now)
        for kind, number in self._timers.pop_due(now):
            if kind == IDLE:
                self._hang_up(number, now)
            else:
                self._time_out(number, kind, now)
        self._assign(now)

    # --- streams ------------------------------------------------------------------------------

    def _start(self, request: Request, limits: dict[str, float], now: float) -> _Stream:
        stream = _Stream(next(self._ids), request, limits)
        for option, seconds in limits.items():
            self._timers.set((option, stream.id), now + seconds)
        return stream

    def _end(self, stream: _Stream, outcome: Outcome) -> None:
        """Note how a stream ended, and tell whoever waits for it."""
        stream.outcome = outcome
        for option in stream.limits:
            self._timers.cancel((option, stream.id))
        if stream is self._asking:
            self._learned(stream)
        else:
            self._notices.append(StreamReadable(stream.id))

    def _abandon(self, stream: _Stream, now: float) -> None:
        """Nobody waits for a stream any more, or not for long enough."""
        for option in stream.limits:
            self._timers.cancel((option, stream.id))
        self._queue.pop(stream.id, None)
        self._held.pop(stream.id, None)
        if stream.line is not None:
            self._lines[stream.line].stream = None
            self._hang_up(stream.line, now)

    def _time_out(self, number: int, option: str, now: float) -> None:
        asking = self._asking
        stream = asking if asking is not None and asking.id == number else self._streams[number]
        error = RequestTimeout(option, stream.limits[option], stream.context)
        self._explain(error, stream)
        self._abandon(stream, now)
        self._end(stream, Failed(error))

    def _explain(self, error: CallError, stream: _Stream) -> None:
        """Say why there was no time, if that was for want of a connection."""
        if isinstance(error, RequestTimeout) and stream.line is None and self._last_loss is not None:
            error.blame(self._last_loss)

    def _lose(self, stream: _Stream, cause: CloseCause, *, opened: bool) -> None:
        sent = stream.tried
        error = connection_error(cause, opened=opened, sent=sent, delivered=0, context=stream.context)
        self._end(stream, Failed(error))

    def _lose_queue(self, cause: CloseCause) -> None:
        """What waits will not be sent. Those who wait for the caller's workspace are among them."""
        waiting = list(self._queue.values())
        self._queue.clear()
        for stream in waiting:
            self._lose(stream, cause, opened=stream.tried)

    # --- who the caller is --------------------------------------------------------------------

    def _ask_who(self, now: float) -> None:
        if self._asking is None:
            self._asking = self._start(WHOAMI, {SILENCE: _WHOAMI_TIMEOUT}, now)
            self._asking.http = encode(WHOAMI, self.options)
            self._queue[self._asking.id] = self._asking

    def _learned(self, asked: _Stream) -> None:
        """The caller's workspace is known, or will not be; those who wait for it go on."""
        self._asking = None
        held = list(self._held.values())
        self._held.clear()
        answer = asked.outcome.error if isinstance(asked.outcome, Failed) else asked.payload
        assert isinstance(answer, CallError | Payload)
        told = read_whoami(answer)
        if isinstance(told, CallError):
            self._explain(told, asked)
            for stream in held:
                self._end(stream, Failed(copy(told).with_context(stream.context)))
            return
        self._workspace = told
        for stream in held:
            try:
                stream.http = encode(stream.request, self.options, self._workspace)
                self._queue[stream.id] = stream
            except LocalProtocolError as refusal:  # it is too long with the workspace
                self._end(stream, Failed(refusal))

    # --- connections --------------------------------------------------------------------------

    def _assign(self, now: float) -> None:
        """Give requests to unused connections, and open as many more as are wanted and allowed."""
        while self._queue and self._idle:
            _, stream = self._queue.popitem(last=False)
            key, _ = self._idle.popitem()
            self._send(stream, key, now)
        opening = sum(not line.up and not line.link.closed for line in self._lines.values())
        for _ in range(min(len(self._queue) - opening, self.options.max_connections - len(self._lines))):
            key = next(self._keys)
            self._lines[key] = _Line(HttpClientLink(self.options.http))
            self._dialer.want(key)
        while (wanted := self._dialer.next(now=now)) is not None:
            self._notices.append(Dial(wanted))

    def _send(self, stream: _Stream, key: int, now: float) -> None:
        line = self._lines[key]
        self._timers.cancel((IDLE, key))
        assert stream.http is not None
        line.link.send_request(stream.http, now=now, timeout=None)
        line.stream, line.head, line.body = stream, None, []
        stream.line = key
        self._changed[key] = None

    def _rest(self, key: int, now: float) -> None:
        """A connection has nothing to do."""
        self._idle[key] = None
        self._timers.set((IDLE, key), now + self.options.idle_timeout)

    def _hang_up(self, key: int, now: float) -> None:
        """Close a connection; if it carries a request, that is lost."""
        line = self._lines[key]
        line.link.close(now=now)
        self._dialer.done(key)
        self._hear(key, line, now)
        self._changed[key] = None

    def _hear(self, key: int, line: _Line, now: float) -> None:
        while (event := line.link.next_event()) is not None:
            match event:
                case ResponseHead():
                    line.head = event
                    self._last_loss = None
                    self._dialer.ready(now=now)
                case BodyData(data=data):
                    line.body.append(data)
                case HttpClosed(cause=cause):
                    self._closed(key, line, cause, now)
                case _:
                    self._answered(key, line, now)
        self._assign(now)

    def _answered(self, key: int, line: _Line, now: float) -> None:
        """An answer is complete."""
        stream, head = line.stream, line.head
        assert stream is not None
        assert head is not None
        kind = head.header(b"content-type") or b""
        answer = read_answer(head.status, kind, b"".join(line.body), self.options, stream.context)
        if isinstance(answer, CallError):
            self._end(stream, Failed(answer))
        else:
            stream.payload = answer
            self._end(stream, Completed())
        stream.line = line.stream = None
        line.body = []
        if line.link.reusable:
            self._rest(key, now)

    def _closed(self, key: int, line: _Line, cause: CloseCause, now: float) -> None:
        """A connection is over, with or without a request."""
        self._idle.pop(key, None)
        self._timers.cancel((IDLE, key))
        stream, line.stream = line.stream, None
        if stream is None or stream.outcome is not None:
            return  # it was not in use, or what it carried is settled
        stream.line, stream.tried = None, True
        if cause.kind is not CloseKind.LOCAL and self._judge(key, cause, now):
            error = ConnectionLost(cause, sent=True)
            if may_repeat(error, repeatable=stream.request.repeatable):
                self._queue[stream.id] = stream
                self._queue.move_to_end(stream.id, last=False)
                return
        # What breaks the protocol before it ever kept to it is no gateway.
        opened = cause.kind is not CloseKind.PROTOCOL or self._dialer.proven
        self._lose(stream, cause, opened=opened)

    def _failed(self, key: int, cause: CloseCause, now: float) -> None:
        """A connection could not be opened."""
        self._dialer.done(key)
        if self._judge(key, cause, now):
            return
        if any(line.up for line in self._lines.values()):
            self._dialer.pause(now=now)  # they serve what waits
            return
        for other in self._dialer.abandon():
            self._lines[other].link.close(now=now)
            self._changed[other] = None
        self._lose_queue(cause)

    def _judge(self, key: int, cause: CloseCause, now: float) -> bool:
        """Decide whether to try again after a loss."""
        self._last_loss = cause
        hopeful = not self.closing and self._dialer.failed(cause, now=now)
        self._notices.append(Lost(key, cause, self._dialer.retry_at if hopeful else None))
        return hopeful

    def _forget(self, key: int) -> None:
        del self._lines[key]
        self._idle.pop(key, None)
        self._timers.cancel((IDLE, key))
