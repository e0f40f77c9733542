"""A client of the bulk sockets of one gateway: a connection for each export, and some for each import.

Driven like `tgproto.client`: a driver opens transports when told to, moves bytes, arms one timer, and wakes
whoever waits for a stream. What has to be known before a socket is opened is asked over REST.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import count
from urllib.parse import quote

from tgproto.admission import UNAUTHORIZED
from tgproto.bulk.config import LONGEST, BulkOptions
from tgproto.bulk.jobs import SILENCE, TOTAL, Job
from tgproto.bulk.requests import OpenExport, OpenImport, SendFrames
from tgproto.bulk.streams import Stream, jobs_for
from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.connection import Connection
from tgproto.credentials import Credentials
from tgproto.dialect import GENERATION_2, Dialect, SocketAuth, Tenancy
from tgproto.dialer import Dialer
from tgproto.driven import Dial, Lost, Notice, Transfer
from tgproto.errors import AuthenticationError, CallError, ConnectionLost, LocalProtocolError, NoSuchStream
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.rest.client import RestClient
from tgproto.rest.introduction import Introduction
from tgproto.role import Role
from tgproto.secrets import Secret
from tgproto.session.events import (
    Completed,
    ConnectionClosed,
    CredentialWanted,
    Failed,
    Outcome,
    Payload,
    StreamReadable,
)
from tgproto.session.receiver import BulkReceiver
from tgproto.session.request import Request, Submission, check_limits
from tgproto.session.sender import BulkSender
from tgproto.session.tables import SessionState
from tgproto.timers import Timers, earlier

ANYBODY = "tg_anonymous"
"""Shown where there is no token: an import or export without one is refused before it is asked whether
anonymous callers are let in (2.x, `gateway/auth.py`)."""

IDLE = "idle_timeout"
"""A timer of a job, like its limits named after the option."""

_QUESTION_TIMEOUT = 60.0


class BulkClient:
    """Any number of imports and exports. Not thread-safe; no method blocks. See `Driven`.

    Args:
        options: Options.
        entropy: Returns so many random bytes; drivers pass `os.urandom`.
        uniform: Returns a random number from 0 up to and excluding 1; drivers pass `random.random`.

    Attributes:
        options: The options.
        closing: Whether `close` was called.
    """

    def __init__(
        self, options: BulkOptions, *, entropy: Callable[[int], bytes], uniform: Callable[[], float]
    ) -> None:
        self.options = options
        self.closing = False
        self._entropy = entropy
        self._uniform = uniform
        # Only asks what is the same for all gateways, so it need not find out anything itself.
        self._rest = RestClient(replace(options.rest, dialect=GENERATION_2), uniform=uniform)
        self._introduction = Introduction(options.rest.dialect)
        self._asking: tuple[Request, int] | None = None  # a question, and its stream over REST
        self._credentials = Credentials(options.rest.auth_timeout)
        self._ids = count(1)
        self._keys = count(1)
        self._streams: dict[int, Stream] = {}  # whose outcomes were not taken yet
        self._jobs: dict[int, Job] = {}  # of these streams, unless they are done
        self._held: dict[int, Job] = {}  # wait for the answer to a question
        self._parked: dict[int, Job] = {}  # wait for a token
        self._postponed: dict[int, Job] = {}  # lost the answer to a question, and ask again later
        self._full: dict[int, Job] = {}  # wait until somebody takes what has come
        self._connections: dict[int, Connection[BulkSender | BulkReceiver]] = {}
        self._owners: dict[int, Job] = {}
        self._timers: Timers[tuple[str, int]] = Timers()
        self._notices: deque[Notice] = deque()
        self._readable: OrderedDict[int, StreamReadable] = OrderedDict()
        self._changed: dict[int, None] = {}

    @property
    def idle(self) -> bool:
        """Whether every connection is closed and every outcome was taken."""
        return not self._connections and not self._streams and self._rest.idle

    @property
    def has_work(self) -> bool:
        """Whether `next_transfer` or `next_notice` may have something."""
        return bool(self._changed or self._notices or self._readable) or self._rest.has_work

    # --- intents ------------------------------------------------------------------------------

    def submit(
        self,
        submission: Submission,
        *,
        now: float,
        timeout: float | None = 60.0,
        total_timeout: float | None = None,
    ) -> int:
        """Begin an import or export, or send messages of an import.

        Args:
            submission: `OpenImport`, `OpenExport` or `SendFrames`. Messages of an import that is over are
                dropped: its outcome says so.
            now: Current time in seconds.
            timeout: Seconds for the gateway to answer a question, or to confirm something while an import
                waits for that; None for no limit. An export may be silent for longer.
            total_timeout: Longest duration in seconds; None for no limit.

        Returns:
            The id of the stream, for `take` and `cancel`.

        Raises:
            LocalProtocolError: The client is closed, it is another submission, a limit is not above 0, or the
                gateway is known and cannot be asked for this.
        """
        if isinstance(submission, SendFrames):
            self._send(submission, now)
            return submission.stream_id
        if not isinstance(submission, OpenImport | OpenExport):
            raise LocalProtocolError(f"{submission.service}: this client is for imports and exports")
        if self.closing:
            raise LocalProtocolError("this client is closed; make a new one")
        check_limits(timeout, total_timeout)
        if self._introduction.dialect is not None:
            submission.request(self._introduction.dialect)
        options, limit = self.options, LONGEST if timeout is None else timeout
        reconnect = options.import_reconnect if isinstance(submission, OpenImport) else options.reconnect
        dialer = partial(Dialer, reconnect, options.rest.connect_timeout, uniform=self._uniform)
        stream = Stream(jobs_for(submission, self._ids, dialer, limit, now))
        self._streams[stream.id] = stream
        for job in stream.jobs:
            self._jobs[job.id] = job
            if total_timeout is not None:
                job.limits[TOTAL] = total_timeout
                self._timers.set((TOTAL, job.id), now + total_timeout)
        for job in list(stream.jobs):
            self._place(job, now)
        return stream.id

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:
        """Take what there is to tell: a `Report`, if there is anything, then messages; see `Driven.take`."""
        stream = self._streams.get(stream_id)
        if stream is None:
            raise NoSuchStream(stream_id)
        idle = {job.key for job in stream.jobs if job.key and not self._connections[job.key].wants_read}
        payloads = stream.take(now)
        self._readable.pop(stream_id, None)
        if stream.outcome is not None:
            del self._streams[stream_id]
            return payloads, stream.outcome
        for job in list(stream.jobs):
            if self._full.pop(job.id, None) is not None:
                self._place(job, now)
            self._watch(job, now)
            if job.key in idle:
                self._after(job.key, now)
        return payloads, None

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget an import or export, and close its socket. Harmless if it is over."""
        stream = self._streams.pop(stream_id, None)
        if stream is not None:
            self._readable.pop(stream_id, None)
            for job in stream.jobs:
                self._release(job, now)

    def authenticate(self, token: Secret, *, now: float, lifetime: float | None = None) -> None:
        """Use another token from now on; the answer to `CredentialWanted`. What waits for one goes on.

        Raises:
            LocalProtocolError: HTTP does not allow it in a header. Nothing has changed.
        """
        self._rest.authenticate(token, now=now, lifetime=lifetime)
        self.options = replace(self.options, rest=replace(self.options.rest, token=token))
        self._credentials.supplied(None, now=now)
        parked = list(self._parked.values())
        self._parked.clear()
        for job in parked:
            self._place(job, now)
        self._hear_rest(now)

    def deny(self, reason: str, *, now: float) -> None:
        """There is no token, for now; the other answer to `CredentialWanted`. What needs one fails."""
        self._credentials.denied()
        self._rest.deny(reason, now=now)
        for job in list(self._parked.values()):
            self._end(job, Failed(AuthenticationError(reason, "", job.context)), now)
        self._hear_rest(now)

    def close(self, *, now: float) -> None:
        """Close every connection; what is under way fails. Idempotent."""
        self.closing = True
        self._credentials.denied()
        self._rest.close(now=now)
        self._hear_rest(now)
        for job in list(self._jobs.values()):
            error = job.interrupted(CloseCause(CloseKind.LOCAL), now)
            self._end(job, Failed(error), now)

    # --- the driver's work --------------------------------------------------------------------

    def next_notice(self) -> Notice | None:
        """Return what to do or to tell next, or None."""
        while self._notices:
            notice = self._notices.popleft()
            match notice:
                case Dial(key=key) if key > 0 and not self._is_wanted(key):
                    pass
                case CredentialWanted() if self.closing:
                    pass
                case _:
                    return notice
        return self._readable.popitem(last=False)[1] if self._readable else None

    def next_transfer(self, *, now: float) -> Transfer | None:
        """Return what to do for one of the connections that changed since they were served, or None."""
        if not self._changed:
            return self._next_of_rest(now)
        key, _ = self._changed.popitem()
        connection = self._connections[key]
        try:
            data = connection.data_to_send(now=now)
            self._hear(key, now)
        except BaseException:
            self.break_off(key, now=now)
            raise
        if not connection.closed:
            return Transfer(key, data, connection.session.wants_read, False)
        del self._connections[key]
        self._changed.pop(key, None)
        self._owners.pop(key, None)
        return Transfer(key, data, False, True)

    # --- the driver's reports -----------------------------------------------------------------

    def dialed(self, key: int, *, now: float) -> None:
        """The transport of a connection is up."""
        if key < 0:
            self._rest.dialed(-key, now=now)
            self._hear_rest(now)
            return
        connection, job = self._connections.get(key), self._owners.get(key)
        if connection is not None and job is not None and not connection.closed:
            job.reached(key)
            job.round = self._credentials.round
            request = UpgradeRequest(self.options.rest.host, self._target(job))
            connection.link.connect(request, now=now)
            self._after(key, now)

    def connection_lost(self, key: int, detail: str, fault: DialFault | None = None, *, now: float) -> None:
        """A transport failed, or could not be opened; see `Driven.connection_lost`."""
        if key < 0:
            self._rest.connection_lost(-key, detail, fault, now=now)
            self._hear_rest(now)
            return
        connection = self._connections.get(key)
        if connection is not None:
            if fault is not None:
                cause = CloseCause(CloseKind.LOST, detail, fault=fault)
                connection.session.carrier_closed(cause, now=now)
            connection.data_lost(detail, now=now)
            self._after(key, now)

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a transport."""
        if key < 0:
            self._rest.receive_data(-key, data, now=now)
            self._hear_rest(now)
            return
        connection = self._connections.get(key)
        if connection is not None:
            try:
                connection.receive_data(data, now=now)
                self._after(key, now)
            except BaseException:
                self.break_off(key, now=now)
                raise

    def receive_eof(self, key: int, *, now: float) -> None:
        """A peer will send no more."""
        if key < 0:
            self._rest.receive_eof(-key, now=now)
            self._hear_rest(now)
            return
        connection = self._connections.get(key)
        if connection is not None:
            connection.receive_eof(now=now)
            self._after(key, now)

    def break_off(self, key: int, *, now: float) -> None:
        """Give a connection up; see `Driven.break_off`. What it knows cannot be trusted."""
        if key < 0:
            self._rest.break_off(-key, now=now)
            self._hear_rest(now)
            return
        connection = self._connections.get(key)
        if connection is None:
            return
        cause = CloseCause(CloseKind.LOST, "interrupted halfway")
        with suppress(Exception):
            connection.session.carrier_closed(cause, now=now)
        with suppress(Exception):
            connection.data_lost(cause.detail, now=now)
        with suppress(Exception):
            self._after(key, now)
        if (job := self._owners.get(key)) is not None:  # it was just being told
            self._closed(key, job, cause, now)

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        at = earlier(self._rest.next_deadline(), self._credentials.next_deadline(), self._timers.earliest())
        for connection in self._connections.values():
            at = earlier(at, connection.next_deadline())
        for job in self._jobs.values():
            at = earlier(at, job.dialer.next_deadline())
        return at

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        self._rest.handle_timeout(now=now)
        self._hear_rest(now)
        reason = self._credentials.expire(now=now, used=False)
        if isinstance(reason, str):
            self.deny(reason, now=now)
        for option, ident in self._timers.pop_due(now):
            self._expire(self._jobs[ident], option, now)
        for job in list(self._jobs.values()):
            for key in job.dialer.expire(now=now):
                limit = f"no connection within {job.dialer.limit:g} s"
                self.connection_lost(key, limit, DialFault.TIMEOUT, now=now)
            self._dial(job, now)
            if job.dialer.retry_at is None and self._postponed.pop(job.id, None) is not None:
                self._place(job, now)
        for key, connection in list(self._connections.items()):
            try:
                connection.handle_timeout(now=now)
                self._after(key, now)
            except BaseException:
                self.break_off(key, now=now)
                raise

    def _expire(self, job: Job, option: str, now: float) -> None:
        self._end(job, Completed() if option == IDLE else Failed(job.expired(option, now)), now)

    # --- jobs ---------------------------------------------------------------------------------

    def _place(self, job: Job, now: float) -> None:
        """Open the socket of a job, or note what it waits for: a taker, a token, the answer to a question."""
        if job.id not in self._jobs:
            return
        if job.full(self.options):
            self._full[job.id] = job
            return
        if self._credentials.lacks(self.options.rest.token):
            self._parked[job.id] = job
            wanted = self._credentials.want("there is none that is good", now=now)
            if wanted is not None:
                self._notices.append(wanted)
            return
        dialect = self._introduction.dialect
        try:
            request = None if dialect is None else job.opening.request(dialect)
        except LocalProtocolError as error:
            self._end(job, Failed(error), now)
            return
        question = self._introduction.missing(request)
        if question is not None:
            self._held[job.id] = job
            self._timers.set((SILENCE, job.id), now + job.limits[SILENCE])
            self._ask(question, now)
            return
        assert dialect is not None
        self._open(job, dialect, now)

    def _open(self, job: Job, dialect: Dialect, now: float) -> None:
        """Make a connection for a job, and ask for its transport."""
        job.learn(dialect)
        self._tell(job)
        link = WebSocketLink(
            Role.CLIENT, self.options.websocket_config(job.limits[SILENCE]), entropy=self._entropy
        )
        key = next(self._keys)
        self._connections[key] = Connection(link, job.start(self.options, dialect))
        job.key = key
        self._owners[key] = job
        job.dialer.want(key)
        self._dial(job, now)

    def _dial(self, job: Job, now: float) -> None:
        key = job.dialer.next(now=now)
        if key is not None:
            self._notices.append(Dial(key))

    def _is_wanted(self, key: int) -> bool:
        """Whether a transport is still to be opened."""
        connection = self._connections.get(key)
        return connection is not None and not connection.session.over

    def _target(self, job: Job) -> str:
        """Return path and query for the upgrade of a job."""
        rest, dialect = self.options.rest, self._introduction.dialect
        assert dialect is not None
        opening = job.opening
        token = rest.secret.reveal() or (ANYBODY if dialect.socket_auth is SocketAuth.FRAME else "")
        query = {"token": token}
        if dialect.tenancy is Tenancy.WORKSPACE:
            query["workspace"] = opening.workspace or self._introduction.workspace or ""
        given = "&".join(f"{name}={_quoted(value)}" for name, value in query.items() if value)
        path = f"{rest.path}api/v1/flow/{_quoted(opening.flow)}/{opening.path(dialect)}"
        return f"{path}?{given}" if given else path

    def _send(self, submission: SendFrames, now: float) -> None:
        stream = self._streams.get(submission.stream_id)
        if stream is not None:
            stream.add(submission.frames, last=submission.last)
            self._divide(stream, now)

    def _divide(self, stream: Stream, now: float) -> None:
        """Let the connections of an import send what waits, each what it has room for."""
        for key in stream.ready():
            try:
                self._after(key, now)
            except BaseException:
                self.break_off(key, now=now)
                raise
        self._spare(stream, now)

    def _spare(self, stream: Stream, now: float) -> None:
        """End the jobs of an import that are not needed any more."""
        for job in stream.needless():
            self._end(job, Completed(), now)

    def _tell(self, job: Job) -> None:
        """Let whoever waits for a job's stream look, if there is something."""
        stream = self._streams[job.stream_id]
        if job.stirred or stream.outcome is not None:
            self._readable[stream.id] = StreamReadable(stream.id)

    def _end(self, job: Job, outcome: Outcome, now: float) -> None:
        """A job is done; perhaps its stream is over, and with it the others that work on it."""
        if job.id in self._jobs:
            given_up = self._streams[job.stream_id].done(job, outcome)
            for each in (job, *given_up):
                self._release(each, now)
            self._tell(job)

    def _release(self, job: Job, now: float) -> None:
        """A job is over: its connection is closed, and nothing waits for it."""
        key, job.key = job.key, None
        for place in (self._jobs, self._held, self._postponed, self._parked, self._full):
            place.pop(job.id, None)
        for option in (SILENCE, TOTAL, IDLE):
            self._timers.cancel((option, job.id))
        job.dialer.close()
        job.detach(now)
        if key is not None:
            del self._owners[key]
            self._connections[key].session.close(now=now)
            self._after(key, now)

    # --- what the sessions say ----------------------------------------------------------------

    def _after(self, key: int, now: float) -> None:
        """Something happened to a connection: let the driver serve it, and hear its session."""
        self._changed[key] = None
        self._hear(key, now)

    def _hear(self, key: int, now: float) -> None:
        job, session = self._owners.get(key), self._connections[key].session
        if job is None:
            return
        if session.state is SessionState.READY:
            job.opened(now)
        while job.key == key and (event := session.next_event()) is not None:
            if isinstance(event, ConnectionClosed):
                self._closed(key, job, event.cause, now)
            else:
                job.hear(event)
        if job.key == key:
            job.serve(now)
            self._watch(job, now)
            if session.has_output:
                self._changed[key] = None
        self._tell(job)
        self._spare(self._streams[job.stream_id], now)

    def _watch(self, job: Job, now: float) -> None:
        """Count the time for which there is nothing to give, if somebody has only so much patience."""
        patience = job.patience
        if patience is None:
            self._timers.cancel((IDLE, job.id))
        elif (IDLE, job.id) not in self._timers:
            self._timers.set((IDLE, job.id), now + patience)

    def _closed(self, key: int, job: Job, cause: CloseCause, now: float) -> None:
        """The connection of a job is over: it is done, or goes on with another one, or fails."""
        job.dialer.done(key)
        if cause.received is not None:  # it was open, if only for a moment
            job.opened(now)
        if job.succeeded(cause):
            self._end(job, Completed(), now)
            return
        if cause.kind is CloseKind.LOCAL:  # the import was finished, and the gateway has not answered that
            cause = replace(cause, kind=CloseKind.LOST, detail="the closing handshake was cut off")
        if self._is_let_in_otherwise(job, cause):
            retry_at: float | None = now
        else:
            job.dialer.proven = self._streams[job.stream_id].proven
            hopeful = job.resumes and not job.hopeless(cause) and job.dialer.failed(cause, now=now)
            retry_at = job.dialer.retry_at if hopeful else None
        self._notices.append(Lost(key, cause, retry_at))
        if retry_at is None:
            self._end(job, Failed(job.interrupted(cause, now)), now)
            return
        job.key = None
        del self._owners[key]
        job.lost(cause, now)
        self._timers.cancel((IDLE, job.id))
        self._place(job, now)
        self._divide(self._streams[job.stream_id], now)

    def _is_let_in_otherwise(self, job: Job, cause: CloseCause) -> bool:
        """Whether a refusal is no verdict on a job, but on its token, and there may be another one."""
        refused = cause.refused is not None and cause.refused.status == UNAUTHORIZED
        return refused and self.options.rest.renewable and self._credentials.may_go_on(job.round, job.renew)

    # --- questions over REST ------------------------------------------------------------------

    def _ask(self, question: Request, now: float) -> None:
        if self._asking is None:
            self._asking = question, self._rest.submit(question, now=now, timeout=_QUESTION_TIMEOUT)
            self._hear_rest(now)

    def _hear_rest(self, now: float) -> None:
        while (notice := self._rest.next_notice()) is not None:
            match notice:
                case StreamReadable(stream_id=stream_id):
                    self._answered(*self._rest.take(stream_id, now=now), now)
                case Dial(key=key):
                    self._notices.append(Dial(-key))
                case Lost(key=key, cause=cause, retry_at=retry_at):
                    self._notices.append(Lost(-key, cause, retry_at))
                case _:
                    self._notices.append(notice)

    def _next_of_rest(self, now: float) -> Transfer | None:
        transfer = self._rest.next_transfer(now=now)
        self._hear_rest(now)
        if transfer is None:
            return None
        return Transfer(-transfer.key, transfer.data, transfer.wants_read, transfer.closed)

    def _answered(self, payloads: list[Payload], outcome: Outcome | None, now: float) -> None:
        """A question has its answer, or will have none; those who wait for it go on."""
        assert self._asking is not None
        question, _ = self._asking
        self._asking = None
        held = list(self._held.values())
        self._held.clear()
        answer = outcome.error if isinstance(outcome, Failed) else payloads[0]
        assert isinstance(answer, CallError | Payload)
        failed = self._introduction.learn(question, answer)
        for job in held:
            self._timers.cancel((SILENCE, job.id))
            if failed is None:
                self._place(job, now)
            elif isinstance(failed, ConnectionLost) and job.survives(failed.cause, now):
                self._postponed[job.id] = job
            else:
                self._end(job, Failed(copy(failed).with_context(job.context)), now)


def _quoted(text: str) -> str:
    return quote(text, "", errors="replace")
