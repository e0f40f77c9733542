"""What an embedded service keeps has a limit."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

KEPT = 1000
"""How many things of a kind are kept; then the oldest one goes."""


def make_room(entries: dict[K, V]) -> dict[K, V]:
    """Let the oldest entry go if one more would be too many; return the entries."""
    if len(entries) >= KEPT:
        del entries[next(iter(entries))]
    return entries
