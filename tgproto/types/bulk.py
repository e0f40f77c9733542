"""What bulk imports take and bulk exports give: items, what stands beside them, and how an import went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tgproto.types.terms import TermLike

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GraphEmbedding:
    """A node of the graph, and where it lies among meanings.

    Attributes:
        entity: The node; what a string stands for decides `as_term`.
        vector: Its coordinates, all finite.
    """

    entity: TermLike
    vector: Sequence[float]


@dataclass(frozen=True, slots=True)
class DocumentEmbedding:
    """A chunk of a document, and where it lies among meanings.

    Attributes:
        chunk_id: Name of the chunk in the library; gateways from 2.1.6 on.
        vector: Its coordinates, all finite.
        chunk: Text of the chunk; gateways before 2.1.6.
        attributes: Free names with a text or texts, to filter by; 2.10.0 and later. Exports do not have them.
    """

    chunk_id: str
    vector: Sequence[float]
    chunk: str = ""
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])


@dataclass(frozen=True, slots=True)
class EntityContext:
    """A node of the graph, and a text about it.

    Attributes:
        entity: The node; what a string stands for decides `as_term`.
        context: The text.
        rdf_type: IRIs of its types; 2.10.16 and later. Exports do not have them.
    """

    entity: TermLike
    context: str
    rdf_type: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of structured data; an object before 2.0.11.

    Attributes:
        schema_name: Name of its schema.
        values: Text by name of column.
        confidence: How certain the values are, from 0 to 1.
        source_span: The text that they were taken from.
    """

    schema_name: str
    values: Mapping[str, str]
    confidence: float = 1.0
    source_span: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a source where an item could not be read. An import takes it as one that cannot be sent.

    Attributes:
        reason: Why not.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class BulkMetadata:
    """What a message of items says about all of them.

    Attributes:
        id: Id of the document that they are from; may be empty.
        root: What the document was made from; 2.x, kept for triples and document embeddings only.
        collection: Collection that they belong to.
        user: Whose they are, in gateways before 2.4.0; None for `trustgraph`.
        metadata: Triples about the document, as they stand on the wire; gateways before 2.4.0.
    """

    id: str = ""
    root: str = ""
    collection: str = "default"
    user: str | None = None
    metadata: Sequence[object] = ()


class Batch(list[T]):
    """The items of one exported message.

    Args:
        items: The items.
        metadata: What the message says about them.
    """

    __slots__ = ("metadata",)

    def __init__(self, items: Iterable[T] = (), metadata: BulkMetadata | None = None) -> None:
        super().__init__(items)
        self.metadata = metadata if metadata is not None else BulkMetadata()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How an import went, or how far it has come.

    Attributes:
        sent: Items that were sent, each counted once.
        confirmed: Items that the gateway has certainly handled. With 2.4.0 and later that means: they are in
            the broker. An older gateway may still hold up to eleven messages when it closes the socket, and
            gives them 5 s.
        batches: Messages that they were sent in.
        reconnects: How often a connection was replaced.
        resent: Items that were sent again after a loss, and so may have been handled twice.
        skipped: Items that were left out because they cannot be sent.
        elapsed: Seconds since the import began.
    """

    sent: int = 0
    confirmed: int = 0
    batches: int = 0
    reconnects: int = 0
    resent: int = 0
    skipped: int = 0
    elapsed: float = 0.0

    @property
    def unconfirmed(self) -> int:
        """Items that were sent, of which nothing is known."""
        return self.sent - self.confirmed
