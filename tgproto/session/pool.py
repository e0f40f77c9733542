"""Which connection takes a request: one with room, a new one, or none yet. A pure decision.

A request goes to the connection that is fullest but still has room, so that few connections are used
and idle ones can be closed; a long answer at the front of one connection then sends the next
requests to another (see `Window`).
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


class Place(enum.Enum):
    """Where a request goes if no connection has room."""

    OPEN = "open another connection"
    WAIT = "wait for room"


def place(rooms: Mapping[K, int], max_connections: int) -> K | Place:
    """Choose a connection for the next request.

    Args:
        rooms: For each connection that takes requests: how many more it could send at once
            (`ClientSession.vacancies`), also if it is not ready yet. Retired and closing ones are left out.
        max_connections: Connections that may take requests at once, at least 1.

    Returns:
        A key of `rooms`, or what to do instead.
    """
    best: K | None = None
    for key, room in rooms.items():
        if room > 0 and (best is None or room < rooms[best]):
            best = key
    if best is not None:
        return best
    return Place.OPEN if len(rooms) < max_connections else Place.WAIT
