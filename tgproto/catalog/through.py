"""Answers of services that the gateway knows nothing about."""

from __future__ import annotations

from typing import Any, Final

from tgproto.catalog.reader import FrameReader, Start
from tgproto.catalog.single import single
from tgproto.errors import CallContext
from tgproto.types.wire import Json, Shape

_ANY: Final = Shape(dict[str, Any])


class ThroughReader(FrameReader[dict[str, Any], dict[str, Json]]):
    """Takes every frame as it is."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context, _ANY)
        self._frames: list[dict[str, Json]] = []

    @property
    def partial(self) -> list[dict[str, Json]] | None:
        """The frames so far, or None if there are none."""
        return self._frames or None

    def _take(self, frame: dict[str, Any]) -> dict[str, Json]:
        self._frames.append(frame)
        return frame

    def result(self) -> list[dict[str, Json]]:
        """Return all frames; see `Reader.result`."""
        return self._frames


def _last(frame: dict[str, Any]) -> dict[str, Json]:
    return frame


LAST: Final[Start[dict[str, Json], dict[str, Json]]] = single(_ANY, _last)
"""Makes the readers of answers of which only the last frame is wanted."""
