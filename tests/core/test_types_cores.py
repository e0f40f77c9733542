"""Contents of cores are plain values."""

from __future__ import annotations

import pickle

from tgproto.types import IRI
from tgproto.types.cores import (
    ChunkVector,
    CoreMetadata,
    CoreTransfer,
    DocumentEmbeddingsBatch,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)


def test_defaults() -> None:
    assert TriplesBatch([]).metadata == CoreMetadata("", "", "default", None, ())
    assert EntityVectors(IRI("urn:a"), [[1.0]]).attributes == ChunkVector("c", [1.0]).attributes == {}
    assert LibraryMetadata("d").document_type == "source"
    assert CoreTransfer(1, 2).skipped == 0


def test_they_can_be_copied_and_compared() -> None:
    for record in (
        TriplesBatch([]),
        GraphEmbeddingsBatch([EntityVectors(IRI("urn:a"), [[1.0]])]),
        DocumentEmbeddingsBatch([ChunkVector("c", [1.0])]),
        LibraryBlob("d", b"x"),
    ):
        assert pickle.loads(pickle.dumps(record)) == record
