"""What a service wants done next, so that a host can decide when there is time and room for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tgproto.serving.messages import Pause, WebAnswer
from tgproto.session.envelope import WireError

__all__ = ["Failure", "Frame", "Pause", "RestVerdict", "Step"]


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

RestVerdict: TypeAlias = Iterator[Step] | WebAnswer
"""What becomes of a plain request: the steps of an answer, or the answer at once."""
