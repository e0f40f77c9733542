"""The options of a WebSocket link."""

from __future__ import annotations

import math
from dataclasses import dataclass

_LARGEST_FRAME = 2**63 - 1
_LARGEST_HEAD = 2**20
_SMALLEST_HEAD = 1024
_LARGEST_REJECT_BODY = 16 * 2**10


@dataclass(frozen=True, slots=True)
class WebSocketConfig:
    """Limits and timeouts of a WebSocket link. A limit that is hit is named in the close cause.

    Attributes:
        max_message_bytes: Longest message accepted, in bytes of payload, from 1 to 2**63 - 1. It holds for
            the length that a frame declares, for all fragments of a message together, and for what
            compressed data expands to. The default lies above the 50 MiB that a gateway accepts itself.
        max_head_bytes: Longest HTTP head of the upgrade in bytes, from 1024 to 2**20; several heads
            count together. Also how much a client may send before the server has answered its
            upgrade. Real heads stay far below the default.
        max_reject_body: How many bytes of a refusal's body are read, chunk sizes included, from 0 to
            16384. Enough for an error message; the rest is not waited for.
        open_timeout: Seconds for the whole upgrade, above 0 and finite; at a server this includes the
            application's answer to `UpgradeRequested`.
        close_timeout: Seconds to wait for the peer's close frame, above 0 and finite.
        compression: Whether permessage-deflate is offered and accepted. Off by default: it costs more
            time than it saves on the networks measured, and every message then takes the slow path.

    Raises:
        ValueError: A value is out of its range; the message names the option.
    """

    max_message_bytes: int = 64 * 2**20
    max_head_bytes: int = 64 * 2**10
    max_reject_body: int = 4096
    open_timeout: float = 20.0
    close_timeout: float = 10.0
    compression: bool = False

    def __post_init__(self) -> None:
        _check_range("max_message_bytes", self.max_message_bytes, 1, _LARGEST_FRAME)
        _check_range("max_head_bytes", self.max_head_bytes, _SMALLEST_HEAD, _LARGEST_HEAD)
        _check_range("max_reject_body", self.max_reject_body, 0, _LARGEST_REJECT_BODY)
        _check_seconds("open_timeout", self.open_timeout)
        _check_seconds("close_timeout", self.close_timeout)


def _check_range(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{option} must be from {least} to {most}, not {value}")


def _check_seconds(option: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{option} must be above 0 s and finite, not {value}")
