"""A client of one gateway: several connections and the policies between them.

Which connection takes a request, when another one is opened, what is sent again after a loss, when to
give up. A driver opens transports when told to, moves bytes, arms one timer, and wakes whoever waits
for a stream.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from tgproto.admission import Admission
from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.connection import Connection
from tgproto.credentials import Credentials
from tgproto.dialer import Dialer
from tgproto.driven import Dial, Lost, Notice, Transfer
from tgproto.errors import (
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    LocalProtocolError,
    NoSuchStream,
    RequestTimeout,
)
from tgproto.link.config import WebSocketConfig
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, require
from tgproto.session.events import (
    Authenticated,
    ConnectionClosed,
    CredentialWanted,
    Failed,
    Outcome,
    Payload,
    StreamReadable,
)
from tgproto.session.pool import Place, place
from tgproto.session.reconnect import ReconnectConfig, may_repeat
from tgproto.session.request import Request, Submission
from tgproto.session.tables import SessionState
from tgproto.timers import earlier


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Options of a client.

    Attributes:
        host: Value of the `Host` header: name, and port if it is not the default one.
        path: Path of the multiplexed socket.
        session: Options of each session, the token among them.
        websocket: Options of each WebSocket.
        reconnect: When to try again.
        max_connections: Connections that take requests at once. One carries 16 requests. As many again may
            be open that only finish what they have, each behind a request that was abandoned.
        connect_timeout: Seconds for a transport, TLS included, to be up.

    Raises:
        ValueError: A number is out of its range.
        LocalProtocolError: HTTP does not allow the host or the path.
    """

    host: str
    path: str = "/api/v1/socket"
    session: ClientConfig = field(default_factory=ClientConfig)
    websocket: WebSocketConfig = field(default_factory=WebSocketConfig)
    reconnect: ReconnectConfig = field(default_factory=ReconnectConfig)
    max_connections: int = 4
    connect_timeout: float = 10.0

    def __post_init__(self) -> None:
        require(self.max_connections > 0, "max_connections must be above 0")
        require(self.connect_timeout > 0, "connect_timeout must be above 0 s")
        UpgradeRequest(self.host, self.path)  # or else it would be found out when a transport is up


class Client:
    """Many requests to one gateway, over as few connections as its rules allow.

    Not thread-safe; no method blocks. After any call, the driver drains `next_transfer`, then
    `next_notice`, and arms its timer at `next_deadline`.

    Args:
        options: Options.
        entropy: Returns so many random bytes; drivers pass `os.urandom`.
        uniform: Returns a random number from 0 up to and excluding 1; drivers pass `random.random`.
        observe: Called with each new session; returns what takes its place, such as a recorder of it.

    Attributes:
        options: The options.
        closing: Whether `close` was called.
    """

    def __init__(
        self,
        options: ClientOptions,
        *,
        entropy: Callable[[int], bytes],
        uniform: Callable[[], float],
        observe: Callable[[ClientSession], ClientSession] = lambda session: session,
    ) -> None:
        self.options = options
        self.closing = False
        self._entropy = entropy
        self._observe = observe
        self._dialer = Dialer(options.reconnect, options.connect_timeout, uniform=uniform)
        self._credentials = Credentials(options.session.auth_timeout)
        self._admission = Admission(self._credentials)
        self._ids = count(1)
        self._keys = count(1)
        self._connections: dict[int, Connection[ClientSession]] = {}
        self._dialed: set[int] = set()  # connections whose transport was asked for
        self._where: dict[int, int] = {}  # stream -> connection
        self._last_loss: CloseCause | None = None  # unless a connection is ready since
        self._hopeful: dict[int, bool] = {}  # lost connection -> whether another one is tried
        self._notices: deque[Notice] = deque()
        self._readable: OrderedDict[int, StreamReadable] = OrderedDict()  # by stream
        self._changed: dict[int, None] = {}

    @property
    def idle(self) -> bool:
        """Whether every connection is closed and every outcome was taken."""
        return not self._connections

    def connection(self, key: int) -> Connection[ClientSession] | None:
        """Return a connection; None if it is over and forgotten."""
        return self._connections.get(key)

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
            submission: A `Request`, or anything that becomes one once the dialect is known.
            now: Current time in seconds; both limits count from here, waiting included.
            timeout: Longest silence in seconds, counted again from each frame; None for no limit.
            total_timeout: Longest duration in seconds; None for no limit.

        Returns:
            The id of the stream, for `take` and `cancel`.

        Raises:
            LocalProtocolError: The client is closed, too much is waiting, a limit is not above 0, or the
                request goes over HTTP only.
            TrustGraphError: Whatever `submission` raises because an argument cannot be expressed.
        """
        if self.closing:
            raise LocalProtocolError("this client is closed; make a new one")
        key = self._choose()
        session = self._connections[key].session
        stream_id = session.send_request(submission, now=now, timeout=timeout, total_timeout=total_timeout)
        self._where[stream_id] = key
        self._changed[key] = None
        if self._dialer.wanted:
            self._dial_waiting(now)
        return stream_id

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:
        """Take what a stream has received; taking is what acknowledges it.

        Returns:
            The payloads since the last call, in order, possibly none, and how the stream ended, or None if it
            goes on. With the outcome the stream is forgotten.

        Raises:
            LocalProtocolError: There is no such stream, it was cancelled, or its outcome was taken.
        """
        key = self._where.get(stream_id, _NOWHERE)
        connection = self._connections.get(key)
        if connection is None:
            raise NoSuchStream(stream_id)
        idle = not connection.wants_read
        taken = connection.session.take(stream_id, now=now)
        if self._readable:
            self._readable.pop(stream_id, None)
        if taken[1] is not None:
            del self._where[stream_id]
        if idle:  # else nothing changed but that there is less to take
            self._after(key, now)
        return taken

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget a stream. Harmless if it is over."""
        connection = self._connections.get(self._where.get(stream_id, _NOWHERE))
        if connection is not None:
            self._readable.pop(stream_id, None)
            connection.session.cancel(stream_id, now=now)
            self._after(self._where.pop(stream_id), now)

    def authenticate(self, token: Secret, *, now: float, lifetime: float | None = None) -> None:
        """Use another token from now on, on all connections; the answer to `CredentialWanted`.

        Open connections authenticate again, except where the URL did it or an authentication is under way.
        Requests under way are not affected.

        Args:
            token: The token.
            now: Current time in seconds.
            lifetime: Seconds for which it holds, so that another one is asked for in time; None if that is
                not known.
        """
        self._credentials.supplied(lifetime if self.options.session.renewable else None, now=now)
        self.options = replace(self.options, session=replace(self.options.session, token=token))
        for key, connection in list(self._connections.items()):
            session = connection.session
            session.config = replace(session.config, token=token)  # for one that is not up yet
            with suppress(LocalProtocolError):
                session.authenticate(token, now=now)
            self._after(key, now)
        self._dial_waiting(now)

    def deny(self, reason: str, *, now: float) -> None:
        """There is no token, for now; the other answer to `CredentialWanted`. Calls that need one fail.

        Args:
            reason: Why, for a person.
            now: Current time in seconds.
        """
        held = self._admission.lacks_token(self.options.session)
        self._credentials.denied()
        for key, connection in list(self._connections.items()):
            session = connection.session
            if held or session.state is not SessionState.NEW:
                session.deny(reason, now=now)
                self._after(key, now)

    def close(self, *, now: float, drain: float | None = None) -> None:
        """Close every connection; see `ClientSession.close`. Idempotent."""
        self.closing = True
        self._dialer.close()
        self._credentials.denied()
        for key in list(self._connections):
            self._connections[key].session.close(now=now, drain=drain)
            self._after(key, now)

    # --- the driver's work --------------------------------------------------------------------

    def next_notice(self) -> Notice | None:
        """Return what to do or to tell next, or None."""
        while self._notices:
            notice = self._notices.popleft()
            match notice:
                case Dial(key=key) if not self._is_wanted(key):
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
        connection = self._connections[key]
        try:
            data = connection.data_to_send(now=now)
            self._hear(key, now)
        except BaseException:
            self.break_off(key, now=now)
            raise
        if not connection.closed:
            return Transfer(key, data, connection.session.wants_read, False)
        self._forget(key, connection, now)
        return Transfer(key, data, False, True)

    # --- the driver's reports -----------------------------------------------------------------

    def dialed(self, key: int, *, now: float) -> None:
        """The transport of a connection is up."""
        connection = self._connections.get(key)
        if connection is not None and not connection.closed:
            self._dialer.done(key)
            target = self._admission.target(key, self.options.path, self.options.session)
            connection.link.connect(UpgradeRequest(self.options.host, target), now=now)
            self._after(key, now)

    def connection_lost(self, key: int, detail: str, fault: DialFault | None = None, *, now: float) -> None:
        """A transport failed, or could not be opened; see `Driven.connection_lost`."""
        connection = self._connections.get(key)
        if connection is not None:
            if fault is not None:
                cause = CloseCause(CloseKind.LOST, detail, fault=fault)
                connection.session.carrier_closed(cause, now=now)
            connection.data_lost(detail, now=now)
            self._after(key, now)

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a transport.

        Should an interrupt or a defect end this halfway, the connection is given up; the client goes on.
        """
        connection = self._connections.get(key)
        if connection is not None:
            try:
                connection.receive_data(data, now=now)
                self._hear(key, now)
                if connection.stirs:
                    self._changed[key] = None
            except BaseException:
                self.break_off(key, now=now)
                raise

    def receive_eof(self, key: int, *, now: float) -> None:
        """A peer will send no more."""
        connection = self._connections.get(key)
        if connection is not None:
            connection.receive_eof(now=now)
            self._after(key, now)

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        earliest = earlier(self._dialer.next_deadline(), self._credentials.next_deadline())
        for connection in self._connections.values():
            at = connection.next_deadline()
            earliest = at if earliest is None else earlier(earliest, at)
        return earliest

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            self._expire(now)  # may move a request whose own limit is due as well

    def _expire(self, now: float) -> None:
        for key in self._dialer.expire(now=now):
            limit = f"no connection within {self._dialer.limit:g} s"
            self.connection_lost(key, limit, DialFault.TIMEOUT, now=now)
        match self._credentials.expire(now=now, used=bool(self._connections)):
            case str(reason):
                self.deny(reason, now=now)
            case CredentialWanted() as wanted:
                self._notices.append(wanted)
            case _:
                pass
        self._dial_waiting(now)
        for key, connection in list(self._connections.items()):
            try:
                connection.handle_timeout(now=now)
                self._after(key, now)
            except BaseException:
                self.break_off(key, now=now)
                raise

    def break_off(self, key: int, *, now: float) -> None:
        """Give a connection up; see `Driven.break_off`. What it knows cannot be trusted."""
        connection = self._connections.get(key)
        if connection is None:
            return
        with suppress(Exception):
            connection.session.carrier_closed(CloseCause(CloseKind.LOCAL, "interrupted halfway"), now=now)
        with suppress(Exception):
            connection.data_lost("interrupted halfway", now=now)
        with suppress(Exception):
            self._after(key, now)

    # --- placing ------------------------------------------------------------------------------

    def _choose(self) -> int:
        """Find a connection for one more request; make one if need be."""
        rooms: dict[int, int] = {}
        for key, connection in self._connections.items():
            if (vacancies := connection.session.vacancies) is not None:
                rooms[key] = vacancies
        chosen = place(rooms, self.options.max_connections)
        if chosen is Place.OPEN:
            return self._open()
        return self._least_busy(rooms) if chosen is Place.WAIT else chosen

    def _free(self) -> dict[int, int]:
        """Return the connections that can send something now, and how many requests."""
        sessions = ((key, connection.session) for key, connection in self._connections.items())
        return {key: session.room for key, session in sessions if _flows(session) and session.room > 0}

    def _least_busy(self, keys: Iterable[int]) -> int:
        def burden(key: int) -> tuple[bool, int]:
            session = self._connections[key].session
            return not session.wants_read, session.live

        return min(keys, key=burden)

    def _open(self) -> int:
        key = next(self._keys)
        link = WebSocketLink(Role.CLIENT, self.options.websocket, entropy=self._entropy)
        session = self._observe(ClientSession(self.options.session, ids=self._ids))
        self._connections[key] = Connection(link, session)
        self._dialer.want(key)
        return key

    def _dial_waiting(self, now: float) -> None:
        """Ask for the transports of new connections, unless it is too early or there are too many."""
        if self._dialer.wanted and self._admission.lacks_token(self.options.session):
            self._want("the gateway lets nobody in without a good one in the URL", now)
            return
        while len(self._dialed) < 2 * self.options.max_connections:
            key = self._dialer.next(now=now)
            if key is None:
                return
            self._dialed.add(key)
            self._notices.append(Dial(key))

    def _is_wanted(self, key: int) -> bool:
        """Whether a transport is still to be opened."""
        connection = self._connections.get(key)
        return connection is not None and not connection.session.over

    def _want(self, reason: str, now: float) -> None:
        """Ask the owner for a token, unless that was done."""
        wanted = self._credentials.want(reason, now=now)
        if wanted is not None:
            self._notices.append(wanted)

    def _balance(self, now: float) -> None:
        """Move requests that have to wait to connections that can send them now."""
        sessions = (connection.session for connection in self._connections.values())
        waiting = [session for session in sessions if session.waits]
        free = self._free() if waiting else {}
        for session in waiting if free else ():
            for stream_id in session.surplus if _flows(session) else session.queued_ids:
                target = min(free, key=free.__getitem__)
                self._move(session, stream_id, target, now)
                free[target] -= 1
                if not free[target]:
                    del free[target]
                if not free:
                    return

    def _move(self, session: ClientSession, stream_id: int, target: int, now: float) -> None:
        self._where[stream_id] = target
        self._changed[target] = None
        self._connections[target].session.adopt(session.disown(stream_id), now=now)

    # --- what the sessions say ----------------------------------------------------------------

    def _after(self, key: int, now: float) -> None:
        """Something happened to a connection: let the driver serve it, and hear its session."""
        self._changed[key] = None
        self._hear(key, now)

    def _hear(self, key: int, now: float) -> None:
        session = self._connections[key].session
        while (event := session.next_event()) is not None:
            match event:
                case StreamReadable(stream_id=stream_id):
                    if not self._send_again(key, session, stream_id, now):
                        self._readable[stream_id] = event
                case Authenticated():
                    self._last_loss = None
                    self._dialer.ready(now=now)
                    self._learn(event)
                    self._notices.append(event)
                case CredentialWanted(reason=reason):
                    self._want(reason, now)
                case ConnectionClosed(cause=cause):
                    self._judge(key, cause, now)
                case _:
                    self._notices.append(event)
        if len(self._connections) > 1:
            self._balance(now)

    def _learn(self, event: Authenticated) -> None:
        """Spare the next connection the detection of the dialect."""
        if self.options.session.dialect is None:
            self.options = replace(self.options, session=replace(self.options.session, dialect=event.dialect))

    def _send_again(self, key: int, session: ClientSession, stream_id: int, now: float) -> bool:
        """Hand a stream that was lost unanswered to another connection, if that is allowed."""
        outcome = session.outcome(stream_id)
        if not isinstance(outcome, Failed) or self.closing:
            return False
        error = outcome.error
        if isinstance(error, RequestTimeout) and session.state in _NOT_YET and self._last_loss is not None:
            error.blame(self._last_loss)
        if not self._may_go_on(key, session, stream_id, error, now):
            return False
        target = self._refuge(key, session, now)
        if target is None:
            return False
        self._move(session, stream_id, target, now)
        self._dial_waiting(now)
        return True

    def _may_go_on(
        self, key: int, session: ClientSession, stream_id: int, error: Exception, now: float
    ) -> bool:
        """Whether a stream that was lost may be tried on another connection."""
        match error:
            case ConnectionLost():
                request = session.submission(stream_id)
                return may_repeat(error, repeatable=isinstance(request, Request) and request.repeatable)
            case AuthenticationError() if session.close_cause is not None:
                return self._is_let_in_otherwise(key, session, stream_id, session.close_cause, now)
            case _:
                return isinstance(error, ConnectionFailed)

    def _is_let_in_otherwise(
        self, key: int, session: ClientSession, stream_id: int, cause: CloseCause, now: float
    ) -> bool:
        """Whether a connection's refusal is no verdict on a stream; then the address is not at fault."""
        renew = partial(session.renew, stream_id)
        if not self._admission.may_go_on(key, cause, self.options.session, renew):
            return False
        if key not in self._hopeful:
            self._dialer.done(key)
            self._hopeful[key] = True
            self._notices.append(Lost(key, cause, now))
        return True

    def _refuge(self, key: int, session: ClientSession, now: float) -> int | None:
        """Find a connection for what was lost with this one; None if there will be none."""
        if session.close_cause is not None:
            self._judge(key, session.close_cause, now)
        if self._hopeful.get(key, True):
            return self._choose()
        ready = [other for other, connection in self._connections.items() if _ready(connection.session)]
        return self._least_busy(ready) if ready else None

    def _judge(self, key: int, cause: CloseCause, now: float) -> None:
        """A connection is lost: decide, once, whether and when to try again."""
        if key in self._hopeful:
            return
        self._dialer.done(key)
        # A close by this side is no fault of the address.
        at_fault = not self.closing and cause.kind is not CloseKind.LOCAL
        self._hopeful[key] = hopeful = not at_fault or self._dialer.failed(cause, now=now)
        if at_fault:
            self._last_loss = cause
            self._notices.append(Lost(key, cause, self._dialer.retry_at if hopeful else None))
        if not hopeful:
            for other in self._dialer.abandon():
                self._give_up(other, cause, now)

    def _give_up(self, key: int, cause: CloseCause, now: float) -> None:
        """A connection was waiting for a better moment, and there will be none."""
        self._hopeful[key] = False
        self._connections[key].session.carrier_closed(cause, now=now)
        self._connections[key].data_lost(cause.detail, now=now)
        self._after(key, now)

    def _forget(self, key: int, connection: Connection[ClientSession], now: float) -> None:
        """A connection is closed: another one may be dialed, and if everything was taken it is forgotten."""
        if key in self._dialed:
            self._dialed.discard(key)
            self._dial_waiting(now)
        if not connection.session.holds_streams:
            del self._connections[key]
            self._hopeful.pop(key, None)
            self._admission.forget(key)


_NOWHERE = 0
"""No connection has this key: where a stream is that was cancelled or taken."""

_NOT_YET = (SessionState.NEW, SessionState.AUTHENTICATING)


def _ready(session: ClientSession) -> bool:
    """Whether requests can be sent, or could be if there were room."""
    return session.state is SessionState.READY and not session.retired


def _flows(session: ClientSession) -> bool:
    """Whether requests can be sent, and their answers are read at once."""
    return _ready(session) and session.wants_read
