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
from itertools import count
from typing import TypeAlias
from urllib.parse import quote

from tgproto.closing import CloseCause, CloseKind
from tgproto.connection import Connection
from tgproto.dialect import SocketAuth
from tgproto.errors import ConnectionFailed, ConnectionLost, LocalProtocolError
from tgproto.link.config import WebSocketConfig
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, require
from tgproto.session.events import (
    Authenticated,
    AuthenticationFailed,
    ConnectionClosed,
    CredentialWanted,
    Failed,
    Outcome,
    Payload,
    StreamReadable,
    UnmatchedMessage,
)
from tgproto.session.pool import Place, place
from tgproto.session.reconnect import ReconnectConfig, Reconnector, RetryAt, may_repeat
from tgproto.session.request import Request, Submission
from tgproto.session.tables import SessionState
from tgproto.timers import Timers

RETRY = 0
"""Timer key of the next attempt; the others are the keys of connections whose transport is awaited."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Options of a client.

    Attributes:
        host: Value of the `Host` header: name, and port if it is not the default one.
        path: Path of the multiplexed socket.
        session: Options of each session, the token among them.
        websocket: Options of each WebSocket.
        reconnect: When to try again.
        max_connections: Connections that take requests at once. One carries 16 requests.
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


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a transport, then call `dialed`, or `connection_lost` if it cannot be opened.

    Attributes:
        key: Names the connection.
    """

    key: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """What to do for one connection's transport. While it is not up, only `closed` matters.

    Attributes:
        key: Names the connection.
        data: What to write, possibly nothing.
        wants_read: Whether to read from it.
        closed: Whether it is over: close the transport, or stop opening it, after writing `data`.
    """

    key: int
    data: bytes
    wants_read: bool
    closed: bool


Notice: TypeAlias = (
    Dial | StreamReadable | Authenticated | AuthenticationFailed | CredentialWanted | UnmatchedMessage
)
"""What a driver has to do or to tell."""


class Client:
    """Many requests to one gateway, over as few connections as its rules allow.

    Not thread-safe; no method blocks. After any call, the driver drains `next_transfer`, then
    `next_notice`, and arms its timer at `next_deadline`.

    Args:
        options: Options.
        entropy: Returns so many random bytes; drivers pass `os.urandom`.
        uniform: Returns a random number from 0 up to and excluding 1; drivers pass `random.random`.

    Attributes:
        options: The options.
        closing: Whether `close` was called.
    """

    def __init__(
        self, options: ClientOptions, *, entropy: Callable[[int], bytes], uniform: Callable[[], float]
    ) -> None:
        self.options = options
        self.closing = False
        self._entropy = entropy
        self._uniform = uniform
        self._reconnector = Reconnector(options.reconnect, uniform=uniform)
        self._ever_ready = False
        self._ids = count(1)
        self._keys = count(1)
        self._connections: dict[int, Connection[ClientSession]] = {}
        self._where: dict[int, int] = {}  # stream -> connection
        self._hopeful: dict[int, bool] = {}  # lost connection -> whether another one is tried
        self._undialed: deque[int] = deque()
        self._retry_at: float | None = None
        self._timers: Timers[int] = Timers()
        self._notices: deque[Notice] = deque()
        self._readable: OrderedDict[int, None] = OrderedDict()  # streams to be announced
        self._changed: dict[int, None] = {}

    # --- what the driver may look at ----------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether every connection is closed and every outcome was taken."""
        return not self._connections

    def connection(self, key: int) -> Connection[ClientSession] | None:
        """Return a connection; None if it is over and forgotten."""
        return self._connections.get(key)

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
            LocalProtocolError: The client is closed, too much is waiting, or a limit is not above 0.
            TrustGraphError: Whatever `submission` raises because an argument cannot be expressed.
        """
        if self.closing:
            raise LocalProtocolError("this client is closed; make a new one")
        key = self._choose()
        session = self._connections[key].session
        stream_id = session.send_request(submission, now=now, timeout=timeout, total_timeout=total_timeout)
        self._where[stream_id] = key
        self._changed[key] = None
        self._dial_waiting(now)
        return stream_id

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:
        """Take what a stream has received; taking is what acknowledges it.

        Returns:
            The payloads since the last call, in order, and how the stream ended, or None if it goes on.
            With the outcome the stream is forgotten.

        Raises:
            LocalProtocolError: There is no such stream, it was cancelled, or its outcome was taken.
        """
        key = self._where.get(stream_id)
        if key is None:
            raise LocalProtocolError(
                f"there is no stream {stream_id}: it was cancelled, or its outcome was taken"
            )
        payloads, outcome = self._connections[key].session.take(stream_id, now=now)
        self._readable.pop(stream_id, None)
        if outcome is not None:
            del self._where[stream_id]
        self._after(key, now)
        return payloads, outcome

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget a stream. Harmless if it is over."""
        key = self._where.pop(stream_id, None)
        if key is not None:
            self._readable.pop(stream_id, None)
            self._connections[key].session.cancel(stream_id, now=now)
            self._after(key, now)

    def authenticate(self, token: Secret, *, now: float) -> None:
        """Use another token from now on, on all connections; the answer to `CredentialWanted`.

        Open connections authenticate again, except where the URL did it or an authentication is under way.
        Requests under way are not affected.
        """
        self.options = replace(self.options, session=replace(self.options.session, token=token))
        for key, connection in list(self._connections.items()):
            session = connection.session
            session.config = replace(session.config, token=token)  # for one that is not up yet
            with suppress(LocalProtocolError):
                session.authenticate(token, now=now)
            self._after(key, now)

    def close(self, *, now: float, drain: float | None = None) -> None:
        """Close every connection; see `ClientSession.close`. Idempotent."""
        self.closing = True
        self._undialed.clear()
        self._timers.cancel(RETRY)
        for key in list(self._connections):
            self._connections[key].session.close(now=now, drain=drain)
            self._after(key, now)

    # --- the driver's work --------------------------------------------------------------------

    def next_notice(self) -> Notice | None:
        """Return what to do or to tell next, or None."""
        while self._notices:
            notice = self._notices.popleft()
            if not isinstance(notice, Dial) or self._is_wanted(notice.key):
                return notice
        return StreamReadable(self._readable.popitem(last=False)[0]) if self._readable else None

    def next_transfer(self, *, now: float) -> Transfer | None:
        """Return what to do for one of the connections that changed since they were served, or None."""
        if not self._changed:
            return None
        key, _ = self._changed.popitem()
        connection = self._connections[key]
        data = connection.data_to_send(now=now)
        self._hear(key, now)
        transfer = Transfer(key, data, connection.wants_read, connection.closed)
        self._forget_if_over(key, connection)
        return transfer

    # --- the driver's reports -----------------------------------------------------------------

    def dialed(self, key: int, *, now: float) -> None:
        """The transport of a connection is up."""
        connection = self._connections.get(key)
        if connection is not None and not connection.closed:
            self._timers.cancel(key)
            connection.link.connect(UpgradeRequest(self.options.host, self._target()), now=now)
            self._after(key, now)

    def connection_lost(self, key: int, detail: str, *, now: float) -> None:
        """A transport failed, or could not be opened. `detail` is for a person."""
        connection = self._connections.get(key)
        if connection is not None:
            connection.data_lost(detail, now=now)
            self._after(key, now)

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a transport."""
        connection = self._connections.get(key)
        if connection is not None:
            connection.receive_data(data, now=now)
            self._after(key, now)

    def receive_eof(self, key: int, *, now: float) -> None:
        """A peer will send no more."""
        connection = self._connections.get(key)
        if connection is not None:
            connection.receive_eof(now=now)
            self._after(key, now)

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        deadlines = [connection.next_deadline() for connection in self._connections.values()]
        deadlines.append(self._timers.earliest())
        return min((at for at in deadlines if at is not None), default=None)

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            self._expire(now)  # may move a request whose own limit is due as well

    def _expire(self, now: float) -> None:
        for key in self._timers.pop_due(now):
            if key == RETRY:
                self._retry_at = None
                self._dial_waiting(now)
            else:
                limit = self.options.connect_timeout
                self.connection_lost(key, f"no connection within {limit:g} s (connect_timeout)", now=now)
        for key, connection in list(self._connections.items()):
            connection.handle_timeout(now=now)
            self._after(key, now)

    # --- placing ------------------------------------------------------------------------------

    def _choose(self) -> int:
        """Find a connection for one more request; make one if need be."""
        rooms = {
            key: connection.session.room
            for key, connection in self._connections.items()
            if not connection.session.over and not connection.session.retired
        }
        chosen = place(rooms, self.options.max_connections)
        if chosen is Place.OPEN:
            return self._open()
        return self._least_busy(rooms) if chosen is Place.WAIT else chosen

    def _free(self) -> dict[int, int]:
        """Return the connections that can send something now, and how many requests."""
        sessions = ((key, connection.session) for key, connection in self._connections.items())
        return {key: session.room for key, session in sessions if _ready(session) and session.room > 0}

    def _least_busy(self, keys: Iterable[int]) -> int:
        return min(keys, key=lambda key: self._connections[key].session.live)

    def _open(self) -> int:
        key = next(self._keys)
        link = WebSocketLink(Role.CLIENT, self.options.websocket, entropy=self._entropy)
        session = ClientSession(self.options.session, ids=self._ids)
        self._connections[key] = Connection(link, session)
        self._undialed.append(key)
        return key

    def _dial_waiting(self, now: float) -> None:
        """Ask for the transports of new connections, unless it is too early to try again."""
        while self._undialed and self._retry_at is None:
            key = self._undialed.popleft()
            self._timers.set(key, now + self.options.connect_timeout)
            self._notices.append(Dial(key))

    def _is_wanted(self, key: int) -> bool:
        """Whether a transport is still to be opened."""
        connection = self._connections.get(key)
        return connection is not None and not connection.session.over

    def _target(self) -> str:
        session = self.options.session
        if session.dialect is not None and session.dialect.socket_auth is SocketAuth.QUERY and session.token:
            return f"{self.options.path}?token={quote(session.token.reveal(), safe='')}"
        return self.options.path

    def _balance(self, now: float) -> None:
        """Move requests that have to wait to connections that can send them now."""
        free = self._free()
        for connection in self._connections.values() if free else ():
            session = connection.session
            for stream_id in session.surplus if _ready(session) else session.queued_ids:
                target = min(free, key=free.__getitem__)
                self._move(session, stream_id, target, now)
                free[target] -= 1
                if not free[target]:
                    del free[target]
                if not free:
                    return

    def _move(self, session: ClientSession, stream_id: int, target: int, now: float) -> None:
        stream = session.disown(stream_id)
        self._where[stream_id] = target
        self._connections[target].session.adopt(stream, now=now)
        self._changed[target] = None

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
                        self._readable[stream_id] = None
                case Authenticated():
                    self._ever_ready = True
                    self._reconnector.ready(now=now)
                    self._learn(event)
                    self._notices.append(event)
                case ConnectionClosed(cause=cause):
                    self._judge(key, cause, now)
                case _:
                    self._notices.append(event)
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
        if isinstance(error, ConnectionLost):
            request = session.submission(stream_id)
            repeatable = isinstance(request, Request) and request.repeatable
            allowed = may_repeat(error, repeatable=repeatable)
        else:
            allowed = isinstance(error, ConnectionFailed)
        target = self._refuge(key, session, now) if allowed else None
        if target is None:
            return False
        self._move(session, stream_id, target, now)
        self._dial_waiting(now)
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
        self._hopeful[key] = True
        self._timers.cancel(key)
        if self.closing or cause.kind is CloseKind.LOCAL:  # LOCAL: no fault of the address
            return
        decision = self._reconnector.closed(cause, now=now)
        if self._ever_ready and isinstance(decision, RetryAt):
            self._retry_at = decision.at
            self._timers.set(RETRY, decision.at)
        else:
            self._hopeful[key] = False
            self._fail_undialed(cause, now)

    def _fail_undialed(self, cause: CloseCause, now: float) -> None:
        """Connections that were waiting for a better moment will not get one."""
        while self._undialed:
            key = self._undialed.popleft()
            self._hopeful[key] = False
            self._connections[key].session.carrier_closed(cause, now=now)
            self._connections[key].data_lost(cause.detail, now=now)
            self._after(key, now)

    def _forget_if_over(self, key: int, connection: Connection[ClientSession]) -> None:
        if connection.closed and not connection.session.holds_streams:
            del self._connections[key]
            self._hopeful.pop(key, None)


def _ready(session: ClientSession) -> bool:
    """Whether requests can be sent, or could be if there were room."""
    return session.state is SessionState.READY and not session.retired
