"""The options of a bulk client: unit, default and reason of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from tgproto.link.config import WebSocketConfig
from tgproto.rest.config import RestOptions
from tgproto.session.config import ReceiverConfig, SenderConfig
from tgproto.session.reconnect import ReconnectConfig

LONGEST = 1e6
"""Seconds that stand for no limit where one is needed."""


@dataclass(frozen=True, slots=True)
class BulkOptions:
    """Options of a bulk client.

    Attributes:
        rest: Where the gateway is, as whom it is asked, and how: before the first socket it has to be known
            which gateway it is, and which workspace is the caller's.
        websocket: Options of each WebSocket.
        sender: Options of the session of each import.
        receiver: Options of the session of each export.
        reconnect: When to try again. What has made progress starts anew, and so does an export that was open
            for long.
    """

    rest: RestOptions
    websocket: WebSocketConfig = field(default_factory=WebSocketConfig)
    sender: SenderConfig = field(default_factory=SenderConfig)
    receiver: ReceiverConfig = field(default_factory=ReceiverConfig)
    reconnect: ReconnectConfig = field(default_factory=ReconnectConfig)

    @property
    def import_reconnect(self) -> ReconnectConfig:
        """When an import tries again: only what was confirmed is progress, however long a socket was open."""
        return replace(self.reconnect, stable_after=math.inf)

    def websocket_config(self, timeout: float) -> WebSocketConfig:
        """Return the options of the WebSocket of an import or export.

        Args:
            timeout: Seconds for the gateway to answer: the upgrade, too.
        """
        return replace(self.websocket, open_timeout=min(timeout, self.websocket.open_timeout))

    def sender_config(self, lag_frames: int, timeout: float) -> SenderConfig:
        """Return the options of the session of an import.

        Args:
            lag_frames: Messages that the gateway may hold back behind a pong.
            timeout: Seconds without a pong while one is due.
        """
        return replace(self.sender, lag_frames=lag_frames, progress_timeout=min(timeout, LONGEST))
