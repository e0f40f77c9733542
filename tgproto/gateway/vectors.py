"""Embeddings without a model: texts that share words are near to each other, and equal ones are the same."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from hashlib import blake2b

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL
from tgproto.types.terms import IRI, Term

DIMENSIONS = 64
"""Numbers in a vector."""

MAX_WORDS = 128
"""Words of a text that count; models have such a limit, too."""

_TYPE = IRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_WORD = re.compile(r"\w+")
_MIDDLE = 127.5
_DIGITS = 6
_SCORE_DIGITS = 4


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
    length = math.hypot(*vector) or 1.0
    scores: dict[Term, float] = {}
    for labelled in graph.find(p=LABEL):
        if kind and not graph.find(labelled.s, _TYPE, IRI(kind), limit=1):
            continue
        products = (a * b for a, b in zip(vector, embed(str(labelled.o)), strict=True))
        score = round(sum(products) / length, _SCORE_DIGITS)
        scores[labelled.s] = max(score, scores.get(labelled.s, score))
    return sorted(scores.items(), key=lambda item: -item[1])[:limit]


def _digest(word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=DIMENSIONS).digest()
