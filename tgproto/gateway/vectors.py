"""Embeddings without a model: texts that share words are near to each other, and equal ones are the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL, TYPE
from tgproto.types.terms import IRI, Term

DIMENSIONS = 64
"""Numbers in a vector."""

MAX_WORDS = 128
"""Words of a text that count; models have such a limit, too."""

_WORD = re.compile(r"\w+")
_MIDDLE = 127.5
_DIGITS = 6
_SCORE_DIGITS = 4

K = TypeVar("K")


def embed(text: str) -> list[float]:
    """Return the vector of a text: of length 1, made from its words, whatever their order.

    Args:
        text: Any text. One without a word stands for itself.
    """
    words = [match[0].casefold() for match, _ in zip(_WORD.finditer(text), range(MAX_WORDS), strict=False)]
    digests = [_digest(word) for word in words] or [_digest(text)]
    sums = [sum(column) - _MIDDLE * len(digests) for column in zip(*digests, strict=True)]
    length = math.hypot(*sums)
    return [round(number / length, _DIGITS) for number in sums]


def nearest(vector: Sequence[float], graph: Graph, *, limit: int, kind: str = "") -> list[tuple[Term, float]]:
    """Return the things in a graph whose labels are nearest to a vector, the nearest first.

    Args:
        vector: From `embed`.
        graph: Where to look.
        limit: Most things to return.
        kind: IRI of the class that they are to have; empty for any.

    Returns:
        The things, each with the cosine of its angle to the vector.

    Raises:
        ValueError: The vector has another number of dimensions.
    """
    texts = (
        (labelled.s, str(labelled.o))
        for labelled in graph.find(p=LABEL)
        if not kind or graph.find(labelled.s, TYPE, IRI(kind), limit=1)
    )
    return ranked(vector, texts, limit=limit)


def ranked(vector: Sequence[float], texts: Iterable[tuple[K, str]], *, limit: int) -> list[tuple[K, float]]:
    """Return what has the texts that are nearest to a vector, the nearest first.

    Args:
        vector: From `embed`.
        texts: Things, each with a text; one with several texts counts by the nearest.
        limit: Most things to return.

    Returns:
        The things, each with the cosine of its angle to the vector.

    Raises:
        ValueError: The vector has another number of dimensions.
    """
    length = math.hypot(*vector) or 1.0
    scores: dict[K, float] = {}
    for thing, text in texts:
        products = (a * b for a, b in zip(vector, embed(text), strict=True))
        score = round(sum(products) / length, _SCORE_DIGITS)
        scores[thing] = max(score, scores.get(thing, score))
    return sorted(scores.items(), key=lambda item: -item[1])[:limit]


def _digest(word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=DIMENSIONS).digest()
