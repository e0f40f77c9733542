"""Which side of a connection a state machine plays. The rules are the same for both."""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """A side of a connection."""

    CLIENT = "client"
    SERVER = "server"
