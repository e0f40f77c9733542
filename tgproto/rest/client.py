"""A client of one gateway over HTTP: which connection carries a request, and what becomes of it.

Driven like `tgproto.client`: a driver opens transports when told to, moves bytes, arms one timer, and wakes
whoever waits for a stream. Each stream has one payload and one outcome, or an outcome alone; but bytes come
in pieces, each of them a payload, and while too many of them wait, their connection is not read.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from dataclasses import replace
from itertools import count
from math import inf

from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.credentials import Credentials
from tgproto.dialect import GENERATION_2
from tgproto.dialer import Dialer
from tgproto.driven import Dial, Lost, Notice, Transfer
from tgproto.errors import (
    AuthenticationError,
    CallCancelled,
    CallError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    DecodeError,
    LocalProtocolError,
    NoSuchStream,
    RequestTimeout,
    connection_error,
)
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import BodyData, HttpClosed, ResponseHead
from tgproto.rest.config import RestOptions
from tgproto.rest.introduction import WHOAMI, Introduction
from tgproto.rest.messages import encode
from tgproto.rest.stream import Line, Stream
from tgproto.rest.waiting import Waiting
from tgproto.secrets import Secret
from tgproto.session.events import Completed, CredentialWanted, Failed, Outcome, Payload, StreamReadable
from tgproto.session.reconnect import may_repeat
from tgproto.session.request import Request, Submission, check_limits
from tgproto.timers import Timers, earlier

SILENCE, TOTAL, PROGRESS, AGAIN, IDLE = "timeout", "total_timeout", "progress_timeout", "again", "idle"
"""Timers: of streams, limits named after their options, and when one is sent again; of unused connections."""

_QUESTION_TIMEOUT = 60.0


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
        self._uniform = uniform
        self._dialer = Dialer(options.reconnect, options.connect_timeout, uniform=uniform)
        self._credentials = Credentials(options.auth_timeout)
        self._introduction = Introduction(options.dialect)
        self._ids = count(1)
        self._keys = count(1)
        self._lines: dict[int, Line] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()  # the last one was used last
        self._streams: dict[int, Stream] = {}
        self._waiting = Waiting()
        self._asking: Stream | None = None  # that question
        self._last_loss: CloseCause | None = None  # unless there was an answer since
        self._timers: Timers[tuple[str, int]] = Timers()
        self._notices: deque[Notice] = deque()
        self._readable: OrderedDict[int, StreamReadable] = OrderedDict()  # by stream
        self._changed: dict[int, None] = {}

    @property
    def idle(self) -> bool:
        """Whether every connection is closed and every outcome was taken."""
        return not self._lines and not self._streams

    @property
    def has_work(self) -> bool:
        """Whether `next_transfer` or `next_notice` may have something."""
        return bool(self._changed or self._notices or self._readable)

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
                cannot carry the request (see `encode`); or what `submission` raises.
        """
        if self.closing:
            raise LocalProtocolError("this client is closed; make a new one")
        if len(self._waiting) >= self.options.max_queued:
            raise LocalProtocolError(
                f"{self.options.max_queued} requests wait already; raise max_queued to allow more"
            )
        check_limits(timeout, total_timeout)
        given = {SILENCE: timeout, TOTAL: total_timeout}
        limits = {option: seconds for option, seconds in given.items() if seconds is not None}
        # Where anybody may ask, one dialect is as good as another.
        dialect = self._introduction.dialect or (GENERATION_2 if submission.public else None)
        if dialect is not None:
            submission = submission.request(dialect)
        first = submission if isinstance(submission, Request) else WHOAMI
        encode(first, self.options, self._introduction.workspace)  # what cannot be sent is refused at once
        stream = self._start(submission, limits, now)
        self._streams[stream.id] = stream
        self._place(stream, now)
        self._assign(now)
        return stream.id

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:
        """Take what of the answer is there, possibly nothing; see `Driven.take`."""
        stream = self._streams.get(stream_id)
        if stream is None:
            raise NoSuchStream(stream_id)
        self._readable.pop(stream_id, None)
        paused = stream.full
        taken = stream.take()
        if stream.outcome is not None:
            del self._streams[stream_id]
        elif paused:
            assert stream.line is not None
            self._changed[stream.line] = None
            for option in (SILENCE, PROGRESS):
                self._count(option, stream, now)
        return taken, stream.outcome

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget a stream. Harmless if it is over. The gateway goes on; its connection is closed."""
        stream = self._streams.pop(stream_id, None)
        self._readable.pop(stream_id, None)
        if stream is not None and stream.outcome is None:
            self._abandon(stream, now)

    def authenticate(self, token: Secret, *, now: float, lifetime: float | None = None) -> None:
        """Use another token from now on, and send what waits for one; see `Driven.authenticate`."""
        options = replace(self.options, token=token)
        encode(WHOAMI, options)
        self._credentials.supplied(lifetime if options.renewable else None, now=now)
        self.options = options
        self._place_again([*self._waiting.parked.values(), *self._waiting.queue.values()], now)
        self._assign(now)

    def deny(self, reason: str, *, now: float) -> None:
        """There is no token, for now: calls that need one fail; see `Driven.deny`."""
        self._credentials.denied()
        for stream in list(self._waiting.parked.values()):
            del self._waiting.parked[stream.id]
            self._end(stream, Failed(AuthenticationError(reason, "", stream.context)), now)

    def close(self, *, now: float) -> None:
        """Close every connection; requests under way fail. Idempotent."""
        self.closing = True
        self._dialer.close()
        self._credentials.denied()
        self._waiting.queue_all()
        self._lose_queue(CloseCause(CloseKind.LOCAL), now)
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
                case CredentialWanted() if self.closing:
                    pass
                case _:
                    return notice
        return self._readable.popitem(last=False)[1] if self._readable else None

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
        return Transfer(key, data, not closed and not line.paused, closed)

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
        if line is None:
            return
        self._changed[key] = None
        # Where the gateway is known, an end behind a handshake may have been one behind a request.
        if line.up and (fault is None or (fault is DialFault.TLS_ENDED and self._dialer.proven)):
            line.link.data_lost(detail, now=now)
            self._hear(key, line, now)
        elif not line.link.closed:
            line.link.close(now=now)
            self._take_back(key, line)
            self._failed(key, CloseCause(CloseKind.LOST, detail, fault=fault), now)

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a transport.

        Should an interrupt or a defect end this halfway, the connection is given up; the client goes on.
        """
        line = self._lines.get(key)
        if line is None:
            return
        if line.stream is not None:
            self._count(SILENCE, line.stream, now)
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
        timers = self._timers.earliest(), self._credentials.next_deadline()
        return earlier(self._dialer.next_deadline(), *timers)

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        for key in self._dialer.expire(now=now):
            limit = f"no connection within {self._dialer.limit:g} s"
            self.connection_lost(key, limit, DialFault.TIMEOUT, now=now)
        for kind, number in self._timers.pop_due(now):
            if kind == IDLE:
                self._hang_up(number, now)
            elif kind == AGAIN:
                self._count(SILENCE, self._waiting.later[number], now)
                self._place_again([self._waiting.later[number]], now)
            else:
                self._time_out(number, kind, now)
        match self._credentials.expire(now=now, used=bool(self._lines)):
            case str(reason):
                self.deny(reason, now=now)
            case CredentialWanted() as wanted:
                self._notices.append(wanted)
            case _:
                pass
        self._assign(now)

    # --- streams ------------------------------------------------------------------------------

    def _start(self, submission: Submission, limits: dict[str, float], now: float) -> Stream:
        stream = Stream(next(self._ids), submission, limits, self.options.stream_window)
        stream.ends_at = now + limits.get(TOTAL, inf)
        for option, seconds in limits.items():
            self._timers.set((option, stream.id), now + seconds)
        return stream

    def _place(self, stream: Stream, now: float) -> None:
        """Queue a request, or note what it waits for: a token, or the answer to a question."""
        if not stream.public and self._credentials.lacks(self.options.token):
            self._waiting.parked[stream.id] = stream
            self._want("there is none that is good", now)
            return
        question = None if stream is self._asking else self._introduction.missing(stream.request)
        if question is not None:
            self._waiting.held[stream.id] = stream
            self._ask(question, now)
            return
        assert stream.request is not None
        stream.http = encode(stream.request, self.options, self._introduction.workspace)
        stream.round = self._credentials.round
        self._waiting.queue[stream.id] = stream

    def _place_again(self, streams: Iterable[Stream], now: float) -> None:
        """What some requests waited for is there; one that cannot be expressed fails."""
        for stream in streams:
            self._waiting.forget(stream)
            try:
                if stream.request is None and self._introduction.dialect is not None:
                    stream.request = stream.submission.request(self._introduction.dialect)
                self._place(stream, now)
            except Exception as error:  # noqa: BLE001  # whoever submitted it gets it
                self._end(stream, Failed(error), now)
            except BaseException:  # an interrupt: nobody else shall meet it again
                interrupted = CallCancelled("interrupted before it was sent", stream.context)
                self._end(stream, Failed(interrupted), now)
                raise

    def _want(self, reason: str, now: float) -> None:
        """Ask the owner for a token, unless that was done."""
        wanted = self._credentials.want(reason, now=now)
        if wanted is not None:
            self._notices.append(wanted)

    def _end(self, stream: Stream, outcome: Outcome, now: float) -> None:
        """Note how a stream ended, and tell whoever waits for it."""
        stream.outcome = outcome
        for option in (*stream.limits, AGAIN):
            self._timers.cancel((option, stream.id))
        if stream is self._asking:
            self._learned(stream, now)
        else:
            self._announce(stream)

    def _announce(self, stream: Stream) -> None:
        """Tell the owner once that there is something to take."""
        if not stream.announced:
            stream.announced = True
            self._readable[stream.id] = StreamReadable(stream.id)

    def _abandon(self, stream: Stream, now: float) -> None:
        """Nobody waits for a stream any more, or not for long enough."""
        for option in (*stream.limits, AGAIN):
            self._timers.cancel((option, stream.id))
        self._waiting.forget(stream)
        if stream.line is not None:
            self._lines[stream.line].stream = None
            self._hang_up(stream.line, now)

    def _time_out(self, number: int, option: str, now: float) -> None:
        asking = self._asking
        stream = asking if asking is not None and asking.id == number else self._streams[number]
        error = RequestTimeout(option, stream.limits[option], stream.context)
        self._explain(error, stream)
        self._abandon(stream, now)
        self._end(stream, Failed(error), now)

    def _explain(self, error: CallError, stream: Stream) -> None:
        """Say why there was no time, if that was for want of a connection."""
        if isinstance(error, RequestTimeout) and stream.line is None and self._last_loss is not None:
            error.blame(self._last_loss)

    def _lose(self, stream: Stream, cause: CloseCause, now: float, *, opened: bool) -> None:
        sent, delivered, context = stream.tried, stream.delivered, stream.context
        error = connection_error(cause, opened=opened, sent=sent, delivered=delivered, context=context)
        if type(error) in (ConnectionFailed, ConnectionRefused) and self.options.manners.unreachable:
            error.hint = self.options.manners.unreachable
        self._end(stream, Failed(error), now)

    def _lose_queue(self, cause: CloseCause, now: float) -> None:
        """What waits will not be sent. Those who wait for the answer to a question are among them."""
        waiting = list(self._waiting.queue.values())
        self._waiting.queue.clear()
        for stream in waiting:
            self._lose(stream, cause, now, opened=stream.tried)

    # --- questions before the first request ----------------------------------------------------

    def _ask(self, question: Request, now: float) -> None:
        if self._asking is None:
            self._asking = self._start(question, {SILENCE: _QUESTION_TIMEOUT}, now)
            self._place(self._asking, now)

    def _learned(self, asked: Stream, now: float) -> None:
        """A question has its answer, or will have none; those who wait for it go on."""
        self._asking = None
        held = list(self._waiting.held.values())
        assert asked.request is not None
        answer = asked.outcome.error if isinstance(asked.outcome, Failed) else asked.take()[0]
        assert isinstance(answer, CallError | Payload)
        failed = self._introduction.learn(asked.request, answer)
        if failed is None:
            self._place_again(held, now)
            return
        self._waiting.held.clear()
        self._explain(failed, asked)
        for stream in held:
            self._end(stream, Failed(copy(failed).with_context(stream.context)), now)

    # --- connections --------------------------------------------------------------------------

    def _assign(self, now: float) -> None:
        """Give requests to unused connections, and open as many more as are wanted and allowed."""
        while self._waiting.queue and self._idle:
            _, stream = self._waiting.queue.popitem(last=False)
            key, _ = self._idle.popitem()
            self._send(stream, key, now)
        opening = sum(not line.up and not line.link.closed for line in self._lines.values())
        for _ in range(
            min(len(self._waiting.queue) - opening, self.options.max_connections - len(self._lines))
        ):
            key = next(self._keys)
            self._lines[key] = Line(HttpClientLink(self.options.http), self.options.http.max_message_bytes)
            self._dialer.want(key)
        while (wanted := self._dialer.next(now=now)) is not None:
            self._notices.append(Dial(wanted))

    def _send(self, stream: Stream, key: int, now: float) -> None:
        line = self._lines[key]
        self._timers.cancel((IDLE, key))
        assert stream.http is not None
        line.link.send_request(stream.http, now=now, timeout=None, unbounded=stream.in_pieces)
        line.carry(stream, self.options.secret)
        stream.line = key
        self._changed[key] = None
        if stream.of_events and (progress := self.options.progress_timeout) is not None:
            stream.limits[PROGRESS] = progress
            self._count(PROGRESS, stream, now)

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

    def _hear(self, key: int, line: Line, now: float) -> None:
        while (event := line.link.next_event()) is not None:
            match event:
                case ResponseHead():
                    line.begin(event)
                    self._last_loss = None
                    self._dialer.ready(now=now)
                case BodyData(data=data):
                    self._receive(key, line, data, now)
                case HttpClosed(cause=cause):
                    self._closed(key, line, cause, now)
                case _:
                    self._answered(key, line, now)
        self._assign(now)

    def _receive(self, key: int, line: Line, data: bytes, now: float) -> None:
        """Some of a body has come: see whether that was enough for now."""
        stream = line.stream
        assert stream is not None
        try:
            handed_on = line.receive(data)
        except DecodeError as error:
            stream.line = line.stream = None  # whatever else has come is of no use
            self._end(stream, Failed(error.with_context(stream.context)), now)
            self._hang_up(key, now)
            return
        if handed_on:
            self._announce(stream)
            self._count(PROGRESS, stream, now)
        if stream.full:
            for option in (SILENCE, PROGRESS):
                self._timers.cancel((option, stream.id))

    def _count(self, option: str, stream: Stream, now: float) -> None:
        """Count a limit of a stream from now on, unless its connection is not read."""
        if option in stream.limits and not stream.full:
            self._timers.set((option, stream.id), now + stream.limits[option])

    def _answered(self, key: int, line: Line, now: float) -> None:
        """An answer is complete."""
        stream = line.stream
        if stream is None:
            return  # it was given up
        answer = line.answer(self.options)
        stream.line = line.stream = None
        line.body = []
        if line.link.reusable:
            self._rest(key, now)
        if isinstance(answer, AuthenticationError) and self._may_show_another_token(stream):
            self._place_again([stream], now)
        elif isinstance(answer, CallError):
            if not self._may_try_later(answer, stream, now):
                self._end(stream, Failed(answer), now)
        else:
            if answer is not None:
                stream.put([answer])
            self._end(stream, Completed(), now)

    def _may_try_later(self, error: CallError, stream: Stream, now: float) -> bool:
        """Whether a request that was refused is sent again; if so, it waits for that."""
        patience = self.options.manners.patience
        delay = None if patience is None or self.closing else stream.wait_after(error, patience)
        if delay is None or (at := now + delay * (1 + self._uniform() / 4)) >= stream.ends_at:
            return False
        for option in (SILENCE, PROGRESS):
            self._timers.cancel((option, stream.id))
        self._waiting.later[stream.id] = stream
        self._timers.set((AGAIN, stream.id), at)
        return True

    def _may_show_another_token(self, stream: Stream) -> bool:
        """Whether a request that was refused, and so did not run, is sent again."""
        renewable = self.options.renewable and not stream.public
        return renewable and self._credentials.may_go_on(stream.round, stream.renew)

    def _closed(self, key: int, line: Line, cause: CloseCause, now: float) -> None:
        """A connection is over, with or without a request."""
        stream = self._unload(key, line)
        if stream is None or stream.outcome is not None:
            return  # it was not in use, or what it carried is settled
        stream.line, stream.tried = None, True
        if cause.kind is not CloseKind.LOCAL and self._judge(key, cause, now):
            error = ConnectionLost(cause, sent=True, delivered=stream.delivered)
            if may_repeat(error, repeatable=stream.repeatable):
                self._waiting.queue_first(stream)
                return
        # What breaks the protocol before it ever kept to it is no gateway.
        opened = cause.kind is not CloseKind.PROTOCOL or self._dialer.proven
        self._lose(stream, cause, now, opened=opened)

    def _take_back(self, key: int, line: Line) -> None:
        """A connection was never good, though it seemed to be: what it was given was not sent."""
        line.up = False
        stream = self._unload(key, line)
        if stream is not None:
            stream.line = None
            self._waiting.queue_first(stream)

    def _unload(self, key: int, line: Line) -> Stream | None:
        """A connection carries nothing more; return what it carried."""
        self._idle.pop(key, None)
        self._timers.cancel((IDLE, key))
        stream, line.stream = line.stream, None
        return stream

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
        self._lose_queue(cause, now)

    def _judge(self, key: int, cause: CloseCause, now: float) -> bool:
        """Decide whether to try again after a loss."""
        self._last_loss = cause
        hopeful = not self.closing and self._dialer.failed(cause, now=now)
        self._notices.append(Lost(key, cause, self._dialer.retry_at if hopeful else None))
        return hopeful

    def _forget(self, key: int) -> None:
        self._unload(key, self._lines.pop(key))
