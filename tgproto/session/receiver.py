"""The receiving side of a bulk socket: frames in, bounded. The export client, and the import gateway.

An export is a live tap that never ends by itself; its owner closes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tgproto.closing import CloseCause, CloseKind
from tgproto.session.base import Session
from tgproto.session.config import ReceiverConfig
from tgproto.session.events import CloseCarrier, FramesReadable, ReceiverEvent
from tgproto.session.stream import CHUNK_OVERHEAD
from tgproto.session.tables import SessionInput


class BulkReceiver(Session[ReceiverEvent]):
    """Receives frames on a one-way socket.

    Args:
        config: Options.
    """

    def __init__(self, config: ReceiverConfig | None = None) -> None:
        self.config = config if config is not None else ReceiverConfig()
        super().__init__(self.config.keepalive, self.config.close_timeout)
        self._frames: list[bytes | str] = []
        self._charge = 0

    @property
    def wants_read(self) -> bool:
        """Whether the carrier shall go on reading. False while the window is full."""
        return self.over or self._charge <= self.config.window

    # --- intents ------------------------------------------------------------------------------

    def take(self, *, now: float) -> list[bytes | str]:
        """Take the frames received since the last call, in order; taking is what acknowledges them."""
        if not self.wants_read:
            self._keepalive.start(now)
        frames, self._frames = self._frames, []
        self._charge = 0
        return frames

    def close(self, *, now: float, code: int = 1000, reason: str = "") -> None:
        """Close; frames not taken yet can still be taken. Idempotent."""
        self._close(CloseCarrier(code, reason), CloseCause(CloseKind.LOCAL, reason), now)

    # --- inputs -------------------------------------------------------------------------------

    def carrier_opened(self, *, now: float) -> None:
        """The carrier is up.

        Raises:
            LocalProtocolError: It was reported before.
        """
        self._step(SessionInput.OPENED_READY)
        if not self.over:
            self._keepalive.start(now)

    def receive_messages(self, messages: Iterable[bytes | str], *, now: float) -> None:
        """Take frames of the peer, in order."""
        if self.over:
            return
        self._keepalive.heard(now)
        frames = list(messages)
        if frames and not self._frames:
            self._events.append(FramesReadable())
        self._frames += frames
        self._charge += sum(map(len, frames)) + CHUNK_OVERHEAD * len(frames)
        if not self.wants_read:
            self._keepalive.stop()  # a pong could not be seen
