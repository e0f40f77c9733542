"""Knowledge cores, message by message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.carriers import drive
from tests.core.catalogue import body
from tests.core.librarian import Librarian
from tgproto.catalog import AsyncKnowledge, Knowledge, KnowledgeCalls
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LibrarianError, LocalProtocolError, NotOffered, ServiceError
from tgproto.types import IRI, Triple
from tgproto.types.cores import (
    ChunkVector,
    CoreMetadata,
    DocumentEmbeddingsBatch,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

CORES = KnowledgeCalls()
A = IRI("urn:a")
TRIPLES = TriplesBatch([Triple(A, A, A)], CoreMetadata("other", "root", "x", "me"))
VECTORS = GraphEmbeddingsBatch([EntityVectors(A, [[0.5]])])
CHUNKS = DocumentEmbeddingsBatch([ChunkVector("k", [0.5])])
NEW = {"t": "i", "i": "urn:a"}
OLD = {"v": "urn:a", "e": True}


def test_the_requests() -> None:
    for call, wire in (
        (CORES.list_kg_cores(user="me"), {"operation": "list-kg-cores"}),
        (CORES.get_kg_core("c", user="me"), {"operation": "get-kg-core", "id": "c"}),
        (CORES.delete_kg_core("c", user="me"), {"operation": "delete-kg-core", "id": "c"}),
        (
            CORES.load_kg_core("c", user="me"),
            {"operation": "load-kg-core", "id": "c", "flow": "default", "collection": "default"},
        ),
        (CORES.unload_kg_core("c", "f", user="me"), {"operation": "unload-kg-core", "id": "c", "flow": "f"}),
    ):
        assert body(call) == wire
        assert body(call, GENERATION_1) == {**wire, "user": "me"}
    assert body(CORES.list_kg_cores(), GENERATION_1)["user"] == "trustgraph"
    for call, wire in (
        (CORES.list_de_cores(), {"operation": "list-de-cores"}),
        (CORES.get_de_core("c"), {"operation": "get-de-core", "id": "c"}),
        (CORES.delete_de_core("c"), {"operation": "delete-de-core", "id": "c"}),
        (
            CORES.load_de_core("c", "f", "x"),
            {"operation": "load-de-core", "id": "c", "flow": "f", "collection": "x"},
        ),
    ):
        assert body(call) == wire
        with pytest.raises(NotOffered):
            call.request(GENERATION_1)


def test_a_batch_is_put_into_the_core_that_is_named() -> None:
    call = CORES.put_kg_core("c", TRIPLES)
    assert body(call) == {
        "operation": "put-kg-core",
        "id": "c",
        "triples": {
            "metadata": {"id": "c", "root": "root", "collection": "x"},
            "triples": [{"s": NEW, "p": NEW, "o": NEW}],
        },
    }
    assert body(call, GENERATION_1) == {
        "operation": "put-kg-core",
        "id": "c",
        "user": "trustgraph",
        "triples": {
            "metadata": {"id": "c", "collection": "x", "user": "me", "metadata": []},
            "triples": [{"s": OLD, "p": OLD, "o": OLD}],
        },
    }
    yours = body(CORES.put_kg_core("c", TRIPLES, user="you"), GENERATION_1)
    assert yours["user"] == yours["triples"]["metadata"]["user"] == "you"
    vectors = body(CORES.put_kg_core("c", graph_embeddings=VECTORS))["graph-embeddings"]
    assert vectors["entities"] == [{"entity": NEW, "vector": [0.5]}]
    chunks = body(CORES.put_de_core("c", CHUNKS))["document-embeddings"]
    assert chunks == {
        "metadata": {"id": "c", "collection": "default"},
        "chunks": [{"chunk_id": "k", "vector": [0.5]}],
    }


def test_documents_are_put_by_two_calls() -> None:
    told = CORES.put_kg_core("c", library_metadata=LibraryMetadata("d", "text/plain", tags=["a"]))
    assert body(told)["library-metadata"] == {
        "id": "d",
        "kind": "text/plain",
        "title": "",
        "parent-id": "",
        "document-type": "source",
        "comments": "",
        "tags": ["a"],
    }
    blob = CORES.put_kg_core("c", library_blob=LibraryBlob("d", b"hello"))
    assert body(blob)["library-blob"] == {"id": "d", "data": "aGVsbG8="}
    for call in (told, blob):
        with pytest.raises(LocalProtocolError, match="have no documents"):
            call.request(GENERATION_1)


def test_a_record_may_be_given_as_it_stands_on_the_wire() -> None:
    wire = {"metadata": {"id": "other", "root": "r"}, "triples": [{"s": NEW, "p": NEW, "o": NEW}]}
    sent = body(CORES.put_kg_core("c", wire))["triples"]
    assert sent == {**wire, "metadata": {"id": "c", "root": "r", "collection": "default"}}
    bare = {"entities": []}
    assert body(CORES.put_kg_core("c", graph_embeddings=bare), GENERATION_1)["graph-embeddings"] == {
        "metadata": {"id": "c", "collection": "default", "user": "trustgraph", "metadata": []},
        "entities": [],
    }
    yours = body(CORES.put_kg_core("c", bare, user="you"), GENERATION_1)["triples"]["metadata"]["user"]
    assert yours == "you"
    blob = {"id": "d", "data": "aGVsbG8="}
    assert body(CORES.put_kg_core("c", library_blob=blob))["library-blob"] == blob
    chunks = {"metadata": {"id": "other", "collection": "x"}, "chunks": []}
    sent = body(CORES.put_de_core("c", chunks))["document-embeddings"]
    assert sent == {"metadata": {"id": "c", "collection": "x"}, "chunks": []}


def test_a_core_from_beginning_to_end() -> None:
    peer = Librarian()
    cores = Knowledge(peer.runner)
    cores.put_kg_core("c", TRIPLES)
    cores.put_kg_core("c", graph_embeddings=VECTORS)
    assert cores.list_kg_cores() == ["c"]
    triples, vectors = cores.get_kg_core("c")
    assert isinstance(triples, TriplesBatch)
    assert (triples.triples, triples.metadata.id) == (TRIPLES.triples, "c")
    assert isinstance(vectors, GraphEmbeddingsBatch)
    later = AsyncKnowledge(peer.awaited)
    assert drive(later.get_kg_core("c").result()) == [triples, vectors]
    cores.load_kg_core("c", "f", "x")
    assert peer.loaded[-1]["flow"] == "f"
    with pytest.raises(ServiceError, match="not-implemented"):
        cores.unload_kg_core("c")
    cores.delete_kg_core("c")
    assert cores.list_kg_cores() == list(cores.get_kg_core("c")) == []
    cores.put_de_core("e", CHUNKS)
    assert cores.list_de_cores() == ["e"]
    assert [batch.chunks for batch in cores.get_de_core("e")] == [CHUNKS.chunks]
    cores.load_de_core("e")
    cores.delete_de_core("e")


def test_graph_data_comes_before_the_error_about_documents() -> None:
    peer = Librarian()
    cores = Knowledge(peer.runner)
    cores.put_kg_core("c", TRIPLES)
    missing: Any = LibrarianError("no such document", "librarian-error")
    peer.cores["c"].append(missing)
    stream = cores.get_kg_core("c")
    assert isinstance(next(stream), TriplesBatch)
    with pytest.raises(LibrarianError, match="Graph data that came before is complete"):
        next(stream)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: CORES.list_kg_cores(user=5), TypeError, "user must be a str"),  # type: ignore[arg-type]
        (lambda: CORES.get_kg_core(""), ValueError, "id must not be empty"),
        (lambda: CORES.put_kg_core("c"), TypeError, "give exactly one of triples"),
        (lambda: CORES.put_kg_core("c", TRIPLES, VECTORS), TypeError, "give exactly one of triples"),
        (lambda: CORES.put_kg_core("", TRIPLES), ValueError, "id must not be empty"),
        (lambda: CORES.put_kg_core("c", VECTORS), TypeError, "triples must be a TriplesBatch"),  # type: ignore[arg-type]
        (lambda: CORES.put_kg_core("c", TRIPLES, user=5), TypeError, "user must be a str"),  # type: ignore[arg-type]
        (lambda: CORES.put_kg_core("c", TriplesBatch(["a"])), TypeError, r"triples\[0\] must be a Triple"),  # type: ignore[list-item]
        (lambda: CORES.put_kg_core("c", TriplesBatch([], {})), TypeError, "metadata must be a CoreMeta"),  # type: ignore[arg-type]
        (lambda: CORES.put_kg_core("c", {"metadata": 5}), TypeError, "metadata must be a mapping"),
        (lambda: CORES.put_de_core("c", None), TypeError, "document_embeddings is needed"),  # type: ignore[arg-type]
        (lambda: CORES.delete_kg_core(""), ValueError, "id must not be empty"),
        (lambda: CORES.load_kg_core("c", ""), ValueError, "flow must not be empty"),
        (lambda: CORES.load_de_core("c", "f", ""), ValueError, "collection must not be empty"),
        (lambda: CORES.unload_kg_core("c", ""), ValueError, "flow must not be empty"),
        (lambda: CORES.delete_de_core(""), ValueError, "id must not be empty"),
    ],
)
def test_wrong_arguments(call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call()


def test_vectors_are_checked_before_anything_is_sent() -> None:
    peer = Librarian(GENERATION_2)
    nan = GraphEmbeddingsBatch([EntityVectors(A, [[float("nan")]])])
    with pytest.raises(ValueError, match="finite"):
        Knowledge(peer.runner).put_kg_core("c", graph_embeddings=nan)
    assert peer.requests == []
