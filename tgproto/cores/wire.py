"""Contents of knowledge cores as gateways write them in JSON, of either generation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from tgproto.dialect import Dialect, Tenancy
from tgproto.errors import LocalProtocolError
from tgproto.types.cores import (
    ChunkVector,
    CoreMetadata,
    CoreRecord,
    DocumentEmbeddingsBatch,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)
from tgproto.types.terms import WireTerm, WireTriple, encode_term, encode_triple

MEMBERS: Mapping[type[CoreRecord | DocumentEmbeddingsBatch], str] = {
    TriplesBatch: "triples",
    GraphEmbeddingsBatch: "graph-embeddings",
    DocumentEmbeddingsBatch: "document-embeddings",
    LibraryMetadata: "library-metadata",
    LibraryBlob: "library-blob",
}
"""What a record is called in a request or an answer."""


class WireMetadata(msgspec.Struct, gc=False):
    """What a batch says about its contents."""

    id: str | None = None
    root: str | None = None
    collection: str | None = None
    user: str | None = None
    metadata: list[WireTriple] | None = None

    def read(self) -> CoreMetadata:
        """Return it as callers see it."""
        triples = tuple(triple.triple() for triple in self.metadata or ())
        return CoreMetadata(self.id or "", self.root or "", self.collection or "default", self.user, triples)


class WireTriples(msgspec.Struct, gc=False):
    """A batch of triples."""

    metadata: WireMetadata
    triples: list[WireTriple]

    def read(self) -> TriplesBatch:
        """Return it as callers see it."""
        return TriplesBatch([triple.triple() for triple in self.triples], self.metadata.read())


class WireEntityVectors(msgspec.Struct, gc=False):
    """A node with its vector, or several before 2.1.6."""

    entity: WireTerm
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None
    chunk_id: str | None = None
    rdf_type: list[str] | None = None
    attributes: dict[str, str | list[str]] | None = None

    def read(self) -> EntityVectors:
        """Return it as callers see it."""
        return EntityVectors(
            self.entity.term(),
            [self.vector] if self.vector is not None else self.vectors or [],
            self.chunk_id or "",
            tuple(self.rdf_type or ()),
            self.attributes or {},
        )


class WireGraphEmbeddings(msgspec.Struct, gc=False):
    """A batch of nodes with their vectors."""

    metadata: WireMetadata
    entities: list[WireEntityVectors]

    def read(self) -> GraphEmbeddingsBatch:
        """Return it as callers see it."""
        return GraphEmbeddingsBatch([entity.read() for entity in self.entities], self.metadata.read())


class WireChunkVector(msgspec.Struct, gc=False):
    """A chunk with its vector."""

    chunk_id: str
    vector: list[float]
    attributes: dict[str, str | list[str]] | None = None


class WireDocumentEmbeddings(msgspec.Struct, gc=False):
    """A batch of chunks with their vectors."""

    metadata: WireMetadata
    chunks: list[WireChunkVector]

    def read(self) -> DocumentEmbeddingsBatch:
        """Return it as callers see it."""
        chunks = [ChunkVector(chunk.chunk_id, chunk.vector, chunk.attributes or {}) for chunk in self.chunks]
        return DocumentEmbeddingsBatch(chunks, self.metadata.read())


class WireLibraryMetadata(msgspec.Struct, gc=False, rename="kebab"):
    """What the library knows about a document."""

    id: str
    kind: str | None = None
    title: str | None = None
    parent_id: str | None = None
    document_type: str | None = None
    comments: str | None = None
    tags: list[str] | None = None

    def read(self) -> LibraryMetadata:
        """Return it as callers see it."""
        return LibraryMetadata(
            self.id,
            self.kind or "",
            self.title or "",
            self.parent_id or "",
            self.document_type or "source",
            self.comments or "",
            tuple(self.tags or ()),
        )


class WireLibraryBlob(msgspec.Struct, gc=False):
    """The content of a document, base64."""

    id: str
    data: bytes = b""

    def read(self) -> LibraryBlob:
        """Return it as callers see it."""
        return LibraryBlob(self.id, self.data)


def encode_value(record: CoreRecord | DocumentEmbeddingsBatch, dialect: Dialect) -> dict[str, object]:
    """Write a record for a gateway.

    Args:
        record: The record.
        dialect: The gateway's habits.

    Returns:
        A JSON object, in which bytes stand for their base64.

    Raises:
        LocalProtocolError: The dialect cannot express a term, or its cores have no such records.
        ValueError: A number is infinite or NaN, or an entity has no vector.
    """
    match record:
        case TriplesBatch(triples, metadata):
            encoded = [encode_triple(triple, dialect.terms) for triple in triples]
            return {"metadata": _metadata(metadata, dialect), "triples": encoded}
        case GraphEmbeddingsBatch(entities, metadata):
            written = [one for entity in entities for one in _entities(entity, dialect)]
            return {"metadata": _metadata(metadata, dialect), "entities": written}
        case DocumentEmbeddingsBatch(chunks, metadata):
            return {"metadata": _metadata(metadata, dialect), "chunks": [_chunk(chunk) for chunk in chunks]}
        case LibraryMetadata():
            _check_documents(dialect)
            return {
                "id": record.id,
                "kind": record.kind,
                "title": record.title,
                "parent-id": record.parent_id,
                "document-type": record.document_type,
                "comments": record.comments,
                "tags": list(record.tags),
            }
        case _:
            _check_documents(dialect)
            return {"id": record.id, "data": record.data}


def _metadata(metadata: CoreMetadata, dialect: Dialect) -> dict[str, object]:
    wire: dict[str, object] = {"id": metadata.id, "collection": metadata.collection}
    if dialect.tenancy is Tenancy.USER:
        wire["user"] = metadata.user or "trustgraph"
        wire["metadata"] = [encode_triple(triple, dialect.terms) for triple in metadata.metadata]
    elif metadata.root:
        wire["root"] = metadata.root
    return wire


def _entities(entity: EntityVectors, dialect: Dialect) -> list[dict[str, object]]:
    """Write a node: once, or once for each of its vectors where an entry has one."""
    if not entity.vectors:
        raise ValueError(f"the entity {entity.entity} has no vector")
    vectors = [_vector(vector) for vector in entity.vectors]
    node = encode_term(entity.entity, dialect.terms)
    if not dialect.one_vector:
        return [{"entity": node, "vectors": vectors}]
    more: dict[str, object] = {
        "chunk_id": entity.chunk_id,
        "rdf_type": list(entity.rdf_type),
        "attributes": dict(entity.attributes),
    }
    kept = {name: value for name, value in more.items() if value}
    return [{"entity": node, "vector": vector, **kept} for vector in vectors]


def _chunk(chunk: ChunkVector) -> dict[str, object]:
    wire: dict[str, object] = {"chunk_id": chunk.chunk_id, "vector": _vector(chunk.vector)}
    if chunk.attributes:
        wire["attributes"] = dict(chunk.attributes)
    return wire


def _vector(vector: Sequence[float]) -> list[float]:
    if not all(map(math.isfinite, vector)):
        raise ValueError("a vector must have finite numbers")
    return list(vector)


def _check_documents(dialect: Dialect) -> None:
    if dialect.tenancy is Tenancy.USER:
        raise LocalProtocolError(
            f"cores of this gateway ({dialect.name}) have no documents; leave them out, "
            "with without_documents=True where a file is imported"
        )
