"""Embeddings made from a hash, and what is near to them."""

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

DIMENSIONS = 8
FOUND = 10  # unless a query says how many


def vector(text: str) -> list[float]:
    """The vector of a text: always the same, each number from -1 to 1."""
    digest = hashlib.sha256(text.encode()).digest()
    return [round(byte / 127.5 - 1, 6) for byte in digest[:DIMENSIONS]]


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """How near two vectors are, from -1 to 1."""
    norm = math.hypot(*a) * math.hypot(*b)
    return round(sum(x * y for x, y in zip(a, b, strict=False)) / norm, 6) if norm else 0.0


def nearest(items: Iterable[T], score: Callable[[T], float], limit: int | None) -> list[tuple[float, T]]:
    """Sort items by their score and keep the best.

    Args:
        items: What is searched.
        score: How good an item is.
        limit: How many to keep; without it FOUND.

    Returns:
        The best with their scores, best first, equal ones in their order.
    """
    scored = [(score(item), item) for item in items]
    scored.sort(key=lambda pair: -pair[0])
    return scored[: limit or FOUND]
