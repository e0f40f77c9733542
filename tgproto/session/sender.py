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


class BulkSender(Session[SenderEvent]):
    """Sends frames on a one-way socket and counts what the peer has confirmed.

    Args:
        config: Options.

    Attributes:
        config: The options.
        confirmed: Items the peer has certainly handled.
    """

    def __init__(self, config: SenderConfig | None = None) -> None:
        self.config = config if config is not None else SenderConfig()
        super().__init__(KeepaliveConfig(interval=None), self.config.close_timeout)
        self.confirmed = 0
        self._sent: list[int] = [0]  # items sent up to and including each unconfirmed frame; [0]: before them
        self._barriers: deque[tuple[bytes, int]] = deque()  # payload and frame number of unanswered pings
        self._serial = 0
        self._first = 0  # number of the frame that _sent[0] stands for
        self._barred = 0  # number of the last frame with a barrier behind it
        self._open_bytes = 0  # since the last barrier
        self._finishing = False

    @property
    def wants_read(self) -> bool:
        """Always True: the peer sends nothing but pongs."""
        return True

    @property
    def unconfirmed(self) -> int:
        """Items sent and not confirmed."""
        return self._sent[-1] - self.confirmed

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
        self._sent.append(self._sent[-1] + items)
        self._open_bytes += len(frame)
        if self.config.barrier_frames is None:
            return
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
            if self.config.barrier_frames is not None and self._open_frames:
                self._barrier(now)
            self._close_if_confirmed(now)

    def close(self, *, now: float, code: int = 1000, reason: str = "") -> None:
        """Close at once; what is not confirmed stays so. Idempotent."""
        self._close(
            CloseCarrier(code, reason), CloseCause(CloseKind.LOCAL, "before everything was confirmed"), now
        )

    # --- inputs -------------------------------------------------------------------------------

    def carrier_opened(self, *, now: float) -> None:
        """The carrier is up.

        Raises:
            LocalProtocolError: It was reported before.
        """
        self._step(SessionInput.OPENED_READY)
        self._keepalive.start(now)

    def receive_messages(self, messages: Iterable[bytes | str], *, now: float) -> None:
        """Ignore what the peer says: on this socket it means nothing."""

    def receive_pong(self, payload: bytes, *, now: float) -> None:
        """Take a pong: it confirms every frame before its ping, and so every earlier barrier."""
        if payload not in (name for name, _ in self._barriers):
            return
        frame = 0
        name = b""
        while name != payload:
            name, frame = self._barriers.popleft()
        self._confirm(frame - self.config.lag_frames)
        if self._barriers:
            self._timers.set(PROGRESS, now + self.config.progress_timeout)
        else:
            self._timers.cancel(PROGRESS)
        self._close_if_confirmed(now)

    def carrier_closed(self, cause: CloseCause, *, now: float) -> None:
        """The carrier is gone: report what is confirmed and what is not."""
        if self.closed:
            return
        # The peer answers a close frame, like a ping, only after everything before it.
        complete = self._finishing and self.over and cause.clean
        if complete and self.config.barrier_frames is not None:
            self._confirm(self._last - self.config.lag_frames)
        self._events.append(SendingEnded(self.confirmed, self.unconfirmed, complete))
        super().carrier_closed(cause, now=now)

    # --- inside -------------------------------------------------------------------------------

    @property
    def _last(self) -> int:
        """Number of the last frame sent, counted from 1."""
        return self._first + len(self._sent) - 1

    @property
    def _open_frames(self) -> int:
        return self._last - self._barred

    def _barrier(self, now: float) -> None:
        self._serial += 1
        payload = b"barrier %d" % self._serial
        self._barriers.append((payload, self._last))
        self._barred = self._last
        self._open_bytes = 0
        self._outbox.append(SendPing(payload))
        self._timers.cancel(BARRIER)
        if PROGRESS not in self._timers:
            self._timers.set(PROGRESS, now + self.config.progress_timeout)

    def _confirm(self, frame: int) -> None:
        """Everything up to and including frame number `frame` is handled."""
        if frame > self._first:
            del self._sent[: frame - self._first]
            self._first = frame
            self.confirmed = self._sent[0]
            self._events.append(ItemsConfirmed(self.confirmed))

    def _close_if_confirmed(self, now: float) -> None:
        if self._finishing and not self._barriers:
            self._close(CloseCarrier(), CloseCause(CloseKind.LOCAL), now)

    def _expire(self, name: str, now: float) -> None:
        if name == BARRIER:
            self._barrier(now)
        else:
            detail = f"no pong within {self.config.progress_timeout:g} s (progress_timeout)"
            self._close(CloseCarrier(failure=True), CloseCause(CloseKind.TIMEOUT, detail), now)
