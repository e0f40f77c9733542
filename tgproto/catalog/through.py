"""Answers of services that the gateway knows nothing about."""

from __future__ import annotations

from typing import Any, Final

from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import FrameReader, Start
from tgproto.catalog.single import single
from tgproto.errors import CallContext
from tgproto.types.wire import Json, Shape

_ANY: Final = Shape(dict[str, Any])
_LET_GO: Final = (
    f"an answer of more than {MAX_KEPT} bytes is not kept once its frames are read; "
    "keep them, or call result() instead of reading"
)


class ThroughReader(FrameReader[dict[str, Any], dict[str, Json]]):
    """Takes every frame as it is. Those of a long answer are not kept once they are read."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _ANY)
        self._kept: Kept[dict[str, Json]] = Kept(context, MAX_KEPT, _LET_GO)

    @property
    def partial(self) -> list[dict[str, Json]] | None:
        """The frames so far; None if there are none, or if they were not kept."""
        return self._kept.partial or None

    def release(self) -> None:
        """Let a long answer go; see `Reader.release`."""
        self._kept.release()

    def _take(self, frame: dict[str, Any]) -> dict[str, Json]:
        self._kept.add(frame, len(self._last))
        return frame

    def result(self) -> list[dict[str, Json]]:
        """Return all frames; see `Reader.result`."""
        return self._kept.whole()


def _last(frame: dict[str, Any]) -> dict[str, Json]:
    return frame


LAST: Final[Start[dict[str, Json], dict[str, Json]]] = single(_ANY, _last)
"""Makes the readers of answers of which only the last frame is wanted."""
