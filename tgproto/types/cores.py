"""Contents of knowledge cores: batches of triples and vectors, and the documents that they are from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tgproto.types.terms import Term, Triple


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """What a batch says about all of its contents.

    Attributes:
        id: Id of the core. Where one is put, the id that it is put under counts.
        root: What the document was made from; 2.x. Files of cores do not have it.
        collection: Collection that the contents were made for.
        user: Whose they are, on gateways before 2.4.0; None if nobody says.
        metadata: Triples about the document, on gateways before 2.4.0.
    """

    id: str = ""
    root: str = ""
    collection: str = "default"
    user: str | None = None
    metadata: Sequence[Triple] = ()


@dataclass(frozen=True, slots=True)
class EntityVectors:
    """A node of the graph, and where it lies among meanings.

    Attributes:
        entity: The node.
        vectors: Its vectors, of finite numbers. From 2.1.6 on there is one; several are several entries then.
        chunk_id: What it was found in; 2.10.0 and later. It can be put, but does not come back.
        rdf_type: IRIs of its types; as `chunk_id`.
        attributes: Free names with a text or texts, to filter by; as `chunk_id`.
    """

    entity: Term
    vectors: Sequence[Sequence[float]]
    chunk_id: str = ""
    rdf_type: Sequence[str] = ()
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])


@dataclass(frozen=True, slots=True)
class ChunkVector:
    """A chunk of a document, and where it lies among meanings.

    Attributes:
        chunk_id: Name of the chunk in the library.
        vector: Its vector, of finite numbers.
        attributes: Free names with a text or texts, to filter by; 2.10.0 and later. They can be put, but do
            not come back.
    """

    chunk_id: str
    vector: Sequence[float]
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])


@dataclass(frozen=True, slots=True)
class TriplesBatch:
    """A batch of triples.

    Attributes:
        triples: The triples.
        metadata: What is said about all of them.
    """

    triples: Sequence[Triple]
    metadata: CoreMetadata = field(default_factory=CoreMetadata)


@dataclass(frozen=True, slots=True)
class GraphEmbeddingsBatch:
    """A batch of nodes with their vectors.

    Attributes:
        entities: The nodes.
        metadata: What is said about all of them.
    """

    entities: Sequence[EntityVectors]
    metadata: CoreMetadata = field(default_factory=CoreMetadata)


@dataclass(frozen=True, slots=True)
class DocumentEmbeddingsBatch:
    """A batch of chunks with their vectors.

    Attributes:
        chunks: The chunks.
        metadata: What is said about all of them.
    """

    chunks: Sequence[ChunkVector]
    metadata: CoreMetadata = field(default_factory=CoreMetadata)


@dataclass(frozen=True, slots=True)
class LibraryMetadata:
    """What the library knows about a document that a core is from; 2.5.10 and later. Its content follows.

    Attributes:
        id: Id of the document.
        kind: Media type.
        title: Its title.
        parent_id: Id of the document that it was made from; empty for none.
        document_type: `source`, `page`, `chunk`, `extracted` or `answer`.
        comments: What people wrote about it.
        tags: Words to find it by.
    """

    id: str
    kind: str = ""
    title: str = ""
    parent_id: str = ""
    document_type: str = "source"
    comments: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LibraryBlob:
    """The content of a document that a core is from; 2.5.10 and later. It follows its `LibraryMetadata`.

    Attributes:
        id: Id of the document.
        data: The bytes.
    """

    id: str
    data: bytes


CoreRecord: TypeAlias = TriplesBatch | GraphEmbeddingsBatch | LibraryMetadata | LibraryBlob
"""What a graph core is made of."""


@dataclass(frozen=True, slots=True)
class CoreTransfer:
    """How much of a core was written to a file, or read from one.

    Attributes:
        records: Batches and parts of documents.
        size: Bytes of the file.
        skipped: Records that were left out: of kinds that are not known, or documents that were not wanted.
    """

    records: int
    size: int
    skipped: int = 0
