"""What every session shares: its state, its clocks, its two outlets, and its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from tgproto.closing import CloseCause, CloseKind
from tgproto.session.config import KeepaliveConfig
from tgproto.session.events import CloseCarrier, ConnectionClosed, Output, SendPing
from tgproto.session.keepalive import Keepalive, Verdict
from tgproto.session.tables import SESSION, SessionInput, SessionState, advance
from tgproto.timers import Timers, earlier

EventT = TypeVar("EventT")

CLOSE = "close"
"""The timer that bounds how long the carrier may take to close."""

OVER = (SessionState.CLOSING, SessionState.CLOSED)
"""States in which nothing more is said."""


class Session(ABC, Generic[EventT]):
    """One conversation on one connection, message by message.

    The carrier reports `carrier_opened`, messages, pongs and `carrier_closed`, drains `next_output`
    and `next_event`, and calls `handle_timeout` at `next_deadline`. Nothing here raises on what the
    peer sends. Not thread-safe; no method blocks.

    Attributes:
        state: Where the conversation stands.
        close_cause: Why it ended, or is ending.
    """

    def __init__(self, keepalive: KeepaliveConfig, close_timeout: float) -> None:
        self.state = SessionState.NEW
        self.close_cause: CloseCause | None = None
        self._keepalive = Keepalive(keepalive)
        self._keepalive_timeout = keepalive.timeout
        self._close_timeout = close_timeout
        self._timers: Timers[str] = Timers()
        self._outbox: deque[Output] = deque()
        self._events: deque[EventT | ConnectionClosed] = deque()

    @property
    def closed(self) -> bool:
        """Whether the carrier is gone."""
        return self.state is SessionState.CLOSED

    @property
    def over(self) -> bool:
        """Whether the session is closing or closed."""
        return self.state in OVER

    @property
    def has_output(self) -> bool:
        """Whether `next_output` may have something; if not, it has nothing."""
        return bool(self._outbox)

    @property
    @abstractmethod
    def wants_read(self) -> bool:
        """Whether the carrier shall go on reading."""

    # --- inputs -------------------------------------------------------------------------------

    @abstractmethod
    def carrier_opened(self, *, now: float) -> None:
        """The carrier is up.

        Raises:
            LocalProtocolError: It was reported before.
        """

    @abstractmethod
    def receive_messages(self, messages: Iterable[bytes | str], *, now: float) -> None:
        """Take messages of the peer, in order. Never raises on their content."""

    def receive_message(self, message: bytes | str, *, now: float) -> None:
        """Take one message of the peer. Never raises on its content."""
        self.receive_messages((message,), now=now)

    def receive_pong(self, payload: bytes, *, now: float) -> None:  # noqa: ARG002
        """Take a pong: a sign of life."""
        self._keepalive.heard(now)

    def carrier_closed(self, cause: CloseCause, *, now: float) -> None:
        """The carrier is gone: what is not over fails, and `ConnectionClosed` is the last event.

        Args:
            cause: Why. A cause that this session found itself has precedence; then the close frames
                of `cause` are added to it.
            now: Current time in seconds.
        """
        if self.closed:
            return
        self._step(SessionInput.CARRIER_CLOSED)
        own = self.close_cause
        if own is not None:
            cause = CloseCause(own.kind, own.detail, cause.sent, cause.received, cause.refused)
        self.close_cause = cause
        self._lose(cause, now)
        self._timers.clear()
        self._keepalive.stop()
        self._outbox.clear()
        self._events.append(ConnectionClosed(cause))

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        return earlier(self._timers.earliest(), self._keepalive.due)

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        verdict = self._keepalive.check(now)
        if verdict is Verdict.PING:
            self._outbox.append(SendPing(b"alive?"))
        elif verdict is Verdict.DEAD:
            detail = f"no pong within {self._keepalive_timeout:g} s; see the option keepalive"
            self._close(CloseCarrier(failure=True), CloseCause(CloseKind.TIMEOUT, detail), now)
        for name in self._timers.pop_due(now):
            if name == CLOSE:
                late = CloseCause(CloseKind.TIMEOUT, "the carrier did not close in time")
                self.carrier_closed(late, now=now)
            else:
                self._expire(name, now)

    # --- outputs ------------------------------------------------------------------------------

    def next_output(self) -> Output | None:
        """Return the next thing for the carrier to do, or None."""
        return self._outbox.popleft() if self._outbox else None

    def next_event(self) -> EventT | ConnectionClosed | None:
        """Return the next event, or None."""
        return self._events.popleft() if self._events else None

    # --- for the sessions ---------------------------------------------------------------------

    def _lose(self, cause: CloseCause, now: float) -> None:
        """Fail whatever is not over; nothing, unless a session says otherwise."""

    def _expire(self, name: str, now: float) -> None:
        """Act on a timer of the session's own that is due."""

    def _close(
        self, how: CloseCarrier, cause: CloseCause, now: float, event: SessionInput = SessionInput.CLOSE
    ) -> None:
        """Ask the carrier to close, unless that was done before."""
        if self.over:
            return
        self._step(event)
        self.close_cause = cause
        self._lose(cause, now)
        self._timers.clear()
        self._timers.set(CLOSE, now + self._close_timeout)
        self._keepalive.stop()
        self._outbox.append(how)

    def _step(self, event: SessionInput) -> None:
        self.state = advance(SESSION, self.state, event)
