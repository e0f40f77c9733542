"""Put messages on a flow's store queues, which is what an export taps."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, ClassVar

from trustgraph import schema

from .records import Place, Stored

Maker = Callable[[Any, range], Any]
Send = Callable[[Any], Awaitable[None]]


class Publisher(ABC):
    """Publishes for the control server; each generation has its own messages and its own way to the bus.

    Attributes:
        makers: Makes the message of a kind, from its metadata and the numbers of its items.
        workspace: The workspace that is meant when none is named.
    """

    makers: ClassVar[Mapping[str, Maker]]
    workspace: ClassVar[str]

    @abstractmethod
    def metadata(self, ident: str, place: Place, collection: str) -> Any:
        """Make the metadata of a message.

        Args:
            ident: The document that it names.
            place: The flow.
            collection: The collection that it names.
        """

    @abstractmethod
    def sender(self, kind: str, place: Place) -> AbstractAsyncContextManager[Send]:
        """Open the way to a flow's store queue; what is sent must be marked, for the sinks only to count it.

        Args:
            kind: A sink.
            place: The flow.
        """

    async def publish(
        self, kind: str, place: Place, *, count: int, per: int, rate: float, collection: str, ident: str
    ) -> None:
        """Publish numbered items.

        Args:
            kind: A key of `makers`.
            place: The flow.
            count: How many messages.
            per: How many items in each.
            rate: Messages per second at most; 0 for as fast as it goes.
            collection: The collection that the messages name.
            ident: The document that the messages name.
        """
        metadata = self.metadata(ident, place, collection)
        async with self.sender(kind, place) as send:
            for i in range(count):
                await send(self.makers[kind](metadata, range(i * per, (i + 1) * per)))
                await asyncio.sleep(1 / rate if rate else 0)

    async def replay(self, kind: str, records: Iterable[Stored]) -> int:
        """Publish again what reached a sink.

        Args:
            kind: The sink.
            records: The messages.

        Returns:
            How many there were.
        """
        senders: dict[Place, Send] = {}
        sent = 0
        async with AsyncExitStack() as stack:
            for record in records:
                if record.place not in senders:
                    senders[record.place] = await stack.enter_async_context(self.sender(kind, record.place))
                await senders[record.place](record.message)
                sent += 1
        return sent


def graph_makers(iri: Callable[[str], Any], literal: Callable[[str], Any]) -> dict[str, Maker]:
    """The makers that differ only in how a release writes a term.

    Args:
        iri: Makes an IRI.
        literal: Makes a literal.
    """

    def triples(metadata: Any, numbers: range) -> schema.Triples:
        p = iri("http://example.org/p")
        items = [schema.Triple(s=iri(node(n)), p=p, o=literal(f"o{n}")) for n in numbers]
        return schema.Triples(metadata=metadata, triples=items)

    def entity_contexts(metadata: Any, numbers: range) -> schema.EntityContexts:
        items = [schema.EntityContext(entity=iri(node(n)), context=f"context {n}") for n in numbers]
        return schema.EntityContexts(metadata=metadata, entities=items)

    return {"triples": triples, "entity-contexts": entity_contexts}


def node(number: int) -> str:
    """The IRI of a numbered item."""
    return f"http://example.org/s{number}"
