"""What the bulk workloads import: the same statements and vectors, as the objects of each client.

The statements are as a flow extracts them: five about an entity, with a predicate of seventeen, and every
fifth one leads to another entity.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterable
from itertools import cycle, islice
from typing import Any, Protocol

STATEMENTS = 20_000
VECTORS = 50
DIMENSIONS = 768

WARM_UP = 10
"""Items of another import or export in front of the one that is timed."""


class Content(Protocol):
    """Makes a client's own objects."""

    def triple(self, s: str, p: str, o: str, *, is_iri: bool) -> Any:
        """Return a statement; its object is an IRI or a plain literal."""
        ...

    def embedding(self, entity: str, vector: list[float]) -> Any:
        """Return the embedding of an entity."""
        ...


def triples(content: Content, size: int) -> list[Any]:
    """Return so many statements; the objects come again after `STATEMENTS`."""

    def entity(number: int) -> str:
        return f"http://example.org/entity/{number:06d}"

    pool: list[Any] = []
    for number in range(min(STATEMENTS, size)):
        predicate = f"http://example.org/predicate/{number % 17:02d}"
        is_iri = number % 5 == 0
        value = entity(number) if is_iri else f"the value of statement {number:06d}"
        pool.append(content.triple(entity(number // 5), predicate, value, is_iri=is_iri))
    return list(islice(cycle(pool), size))


def embeddings(content: Content, size: int) -> list[Any]:
    """Return so many embeddings; the objects come again after `VECTORS`."""
    dice = random.Random(7)
    pool = [
        content.embedding(
            f"http://example.org/entity/{number:06d}", [dice.uniform(-1, 1) for _ in range(DIMENSIONS)]
        )
        for number in range(VECTORS)
    ]
    return list(islice(cycle(pool), size))


def as_list(items: list[Any]) -> list[Any]:
    """Return the items as they are."""
    return items


async def awaited(items: Iterable[Any]) -> AsyncGenerator[Any]:
    """Yield items to an asynchronous caller."""
    for item in items:
        yield item


class Ours:
    """The objects of our clients."""

    def triple(self, s: str, p: str, o: str, *, is_iri: bool) -> Any:
        """Return a statement."""
        from tgproto.types import IRI, Literal, Triple

        return Triple(IRI(s), IRI(p), IRI(o) if is_iri else Literal(o))

    def embedding(self, entity: str, vector: list[float]) -> Any:
        """Return an embedding."""
        from tgproto.types import IRI
        from tgproto.types.bulk import GraphEmbedding

        return GraphEmbedding(IRI(entity), vector)


class Published:
    """The objects of the published client. It has none for embeddings: they are sent as they are."""

    def triple(self, s: str, p: str, o: str, *, is_iri: bool) -> Any:
        """Return a statement."""
        from trustgraph.api.types import Literal, Triple, Uri

        return Triple(Uri(s), Uri(p), Uri(o) if is_iri else Literal(o))

    def embedding(self, entity: str, vector: list[float]) -> Any:
        """Return a message with an embedding."""
        metadata = {"id": "", "metadata": [], "collection": "default"}
        item = {"entity": {"t": "i", "i": entity}, "vector": vector}
        return {"metadata": metadata, "entities": [item]}
