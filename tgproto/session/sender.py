"""The sending side of a bulk socket: frames out, ping barriers as acknowledgements.

A gateway answers a ping only after it has handled every frame before it (gateway
`endpoint/socket.py`, all releases), so a pong confirms them. A proxy that answers pings itself voids
that promise. The import client is a sender with barriers, the export gateway one without.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.session.base import Session
from tgproto.session.config import KeepaliveConfig, SenderConfig
from tgproto.session.events import CloseCarrier, ItemsConfirmed, SenderEvent, SendingEnded, SendPing
from tgproto.session.tables import SessionInput, SessionState

BARRIER, PROGRESS = "barrier", "progress"

ANSWERS = (1000, 1005)
"""Codes of a close frame that answers one with 1000: the same, or none."""


class BulkSender(Session[SenderEvent]):
    """Sends frames on a one-way socket and counts what the peer has confirmed.

    Args:
        config: Options.

    Attributes:
        config: The options.
        confirmed: Items the peer has certainly handled.
        answered: Whether the peer has answered a barrier, though that may confirm nothing (`lag_frames`).
    """

    def __init__(self, config: SenderConfig | None = None) -> None:
        self.config = config if config is not None else SenderConfig()
        super().__init__(KeepaliveConfig(interval=None), self.config.close_timeout)
        self.confirmed = 0
        self.answered = False
        # Items sent up to each of the last frames; the first is what the pong of a ping sent now confirms.
        self._totals = deque([0], maxlen=self.config.lag_frames + 1)
        self._barriers: deque[tuple[bytes, int]] = deque()  # unanswered pings, and what each will confirm
        self._serial = 0
        self._open_frames = 0  # since the last barrier
        self._open_bytes = 0
        self._finishing = False

    @property
    def wants_read(self) -> bool:
        """Always True: the peer sends nothing but pongs."""
        return True

    @property
    def unconfirmed(self) -> int:
        """Items sent and not confirmed."""
        return self._totals[-1] - self.confirmed

    @property
    def wants_items(self) -> bool:
        """Whether more may be sent now without filling the window."""
        return (
            self.state is SessionState.READY
            and not self._finishing
            and len(self._barriers) < self.config.window_barriers
        )

    # --- intents ------------------------------------------------------------------------------

    def send(self, frame: bytes, items: int, *, now: float) -> None:
        """Send one frame.

        Args:
            frame: A JSON object as UTF-8 text.
            items: How many items it holds, at least 1.
            now: Current time in seconds.

        Raises:
            LocalProtocolError: The socket is not open, `finish` was called, or `items` is below 1.
        """
        if self.state is not SessionState.READY or self._finishing:
            raise LocalProtocolError("this socket takes no more frames: it is not open, or finish was called")
        if items < 1:
            raise LocalProtocolError("a frame must hold at least 1 item")
        self._outbox.append(frame)
        self._totals.append(self._totals[-1] + items)
        if self.config.barrier_frames is None:
            return
        self._open_frames += 1
        self._open_bytes += len(frame)
        if self._open_frames >= self.config.barrier_frames or self._open_bytes >= self.config.barrier_bytes:
            self._barrier(now)
        elif BARRIER not in self._timers:
            self._timers.set(BARRIER, now + self.config.barrier_delay)

    def finish(self, *, now: float) -> None:
        """Send no more; close once everything was confirmed. Idempotent.

        Raises:
            LocalProtocolError: The socket was never open.
        """
        if self.state is SessionState.NEW:
            raise LocalProtocolError("the socket is not open yet")
        if not self._finishing and not self.over:
            self._finishing = True
            if self._open_frames:
                self._barrier(now)
            self._close_if_confirmed(now)

    def close(self, *, now: float, code: int = 1000, reason: str = "") -> None:
        """Close at once; only pongs that are still on their way confirm anything more. Idempotent."""
        self._close(CloseCarrier(code, reason), CloseCause(CloseKind.LOCAL, reason), now)

    # --- inputs -------------------------------------------------------------------------------

    def carrier_opened(self, *, now: float) -> None:  # noqa: ARG002
        """The carrier is up.

        Raises:
            LocalProtocolError: It was reported before.
        """
        self._step(SessionInput.OPENED_READY)

    def receive_messages(self, messages: Iterable[bytes | str], *, now: float) -> None:
        """Ignore what the peer says: on this socket it means nothing."""

    def receive_pong(self, payload: bytes, *, now: float) -> None:
        """Take a pong: it confirms every frame before its ping, and so every earlier barrier."""
        if self.closed or payload not in (name for name, _ in self._barriers):
            return
        self.answered = True
        name, total = self._barriers.popleft()
        while name != payload:
            name, total = self._barriers.popleft()
        if total > self.confirmed:
            self.confirmed = total
            self._events.append(ItemsConfirmed(total))
        if self.over:
            return
        if self._barriers:
            self._timers.set(PROGRESS, now + self.config.progress_timeout)
        else:
            self._timers.cancel(PROGRESS)
            self._close_if_confirmed(now)

    def carrier_closed(self, cause: CloseCause, *, now: float) -> None:
        """The carrier is gone: report what is confirmed and what is not."""
        if self.closed:
            return
        # A clean close by itself confirms nothing: the peer's close frame may have crossed this side's. One
        # with another code certainly has, and a peer that goes drops what it holds (`lag_frames`).
        answered = cause.clean and cause.received is not None and cause.received.code in ANSWERS
        complete = self._finishing and not self._barriers and answered
        self._events.append(SendingEnded(self.confirmed, self.unconfirmed, complete))
        super().carrier_closed(cause, now=now)

    # --- inside -------------------------------------------------------------------------------

    def _barrier(self, now: float) -> None:
        self._serial += 1
        payload = b"barrier %d" % self._serial
        self._barriers.append((payload, self._totals[0]))
        self._open_frames = self._open_bytes = 0
        self._outbox.append(SendPing(payload))
        self._timers.cancel(BARRIER)
        if PROGRESS not in self._timers:
            self._timers.set(PROGRESS, now + self.config.progress_timeout)

    def _close_if_confirmed(self, now: float) -> None:
        if self._finishing and not self._barriers:
            self._close(CloseCarrier(), CloseCause(CloseKind.LOCAL), now)

    def _expire(self, name: str, now: float) -> None:
        if name == BARRIER:
            self._barrier(now)
        else:
            detail = f"no pong within {self.config.progress_timeout:g} s (progress_timeout)"
            self._close(CloseCarrier(failure=True), CloseCause(CloseKind.TIMEOUT, detail), now)
