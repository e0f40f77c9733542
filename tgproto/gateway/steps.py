"""What a service wants done next, so that a host can decide when there is time and room for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tgproto.session.envelope import WireError


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass before the next step.

    Attributes:
        seconds: How long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Frame:
    """Send a frame of the answer.

    Attributes:
        payload: The `response` member as JSON text.
        final: Whether it is the last frame.
    """

    payload: bytes
    final: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """End the answer with an error in the response.

    Attributes:
        error: What to say.
        final: What the frame's `complete` says; see `ServerSession.fail`.
        beside: Further members of the response.
    """

    error: WireError
    final: bool = True
    beside: Mapping[str, object] = field(default_factory=dict[str, object])


Step: TypeAlias = Pause | Frame | Failure
"""One step of an answer. An answer whose steps end without a last frame is never finished, on purpose."""
