"""Answers of knowledge: ids, and cores that are read to their end."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import pytest

from tgproto.catalog.core_answers import DOCUMENT_CORE, GRAPH_CORE, IDS, MAX_KEPT, PACKED_CORE
from tgproto.errors import CallContext, DecodeError, LocalProtocolError
from tgproto.types import IRI, Literal, Triple
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

CONTEXT = CallContext("knowledge")
A = {"t": "i", "i": "urn:a"}
META = {"id": "c", "root": "", "collection": "default"}
# as gateway 2.11.1 sent it, with a repaired schema module
FRAMES: list[dict[str, Any]] = [
    {"triples": {"metadata": META, "triples": [{"s": A, "p": A, "o": {"t": "l", "v": "o"}}]}},
    {"graph-embeddings": {"metadata": META, "entities": [{"vector": [0.5, 1.0], "entity": A}]}},
    {
        "library-metadata": {
            "id": "d",
            "kind": "text/plain",
            "title": "T",
            "parent-id": "",
            "document-type": "source",
            "comments": "",
            "tags": ["a"],
        }
    },
    {"library-blob": {"id": "d", "data": "aGVsbG8="}},
    {"eos": True},
]


def read(start: Any, frames: list[dict[str, Any]]) -> Any:
    reader = start(CONTEXT)
    chunks = [reader.read(json.dumps(frame).encode()) for frame in frames]
    return reader, [chunk for chunk in chunks if chunk is not None]


def test_ids() -> None:
    assert read(IDS, [{"ids": ["a"]}])[0].result() == ["a"]
    assert read(IDS, [{}])[0].result() == read(IDS, [{"ids": None}])[0].result() == []


def test_a_graph_core() -> None:
    reader, records = read(GRAPH_CORE, FRAMES)
    a, metadata = IRI("urn:a"), CoreMetadata("c")
    assert (
        records
        == reader.result()
        == reader.partial
        == [
            TriplesBatch([Triple(a, a, Literal("o"))], metadata),
            GraphEmbeddingsBatch([EntityVectors(a, [[0.5, 1.0]])], metadata),
            LibraryMetadata("d", "text/plain", "T", "", "source", "", ("a",)),
            LibraryBlob("d", b"hello"),
        ]
    )


def test_a_graph_core_of_1x() -> None:
    term = {"v": "urn:a", "e": True}
    meta = {"id": "c", "metadata": [{"s": term, "p": term, "o": term}], "user": "me", "collection": "x"}
    frame = {"graph-embeddings": {"metadata": meta, "entities": [{"entity": term, "vectors": [[1], [2.0]]}]}}
    a = IRI("urn:a")
    _, records = read(GRAPH_CORE, [frame, {"eos": True}])
    told = CoreMetadata("c", "", "x", "me", (Triple(a, a, a),))
    assert records == [GraphEmbeddingsBatch([EntityVectors(a, [[1.0], [2.0]])], told)]


def test_a_core_of_document_embeddings() -> None:
    frame = {"document-embeddings": {"metadata": META, "chunks": [{"chunk_id": "k", "vector": [0.5]}]}}
    reader, records = read(DOCUMENT_CORE, [frame, {"eos": True}])
    batch = DocumentEmbeddingsBatch([ChunkVector("k", [0.5])], CoreMetadata("c"))
    assert records == reader.result() == [batch]


def test_a_core_for_a_file() -> None:
    reader, records = read(PACKED_CORE, FRAMES)
    assert [msgpack.unpackb(record)[0] for record in records] == ["t", "ge", "lm", "lb"]
    assert reader.result() == records


@pytest.mark.parametrize("start", [GRAPH_CORE, DOCUMENT_CORE, PACKED_CORE])
def test_a_core_has_an_end(start: Any) -> None:
    reader, records = read(start, [])
    for look in (reader.check, reader.result):
        with pytest.raises(DecodeError, match=r"^knowledge: the core broke off"):
            look()
    reader, records = read(start, [{"eos": True}])
    assert (records, reader.partial, reader.result()) == ([], None, [])


@pytest.mark.parametrize("start", [GRAPH_CORE, DOCUMENT_CORE, PACKED_CORE])
def test_records_of_another_kind_are_refused(start: Any) -> None:
    with pytest.raises(DecodeError, match="no kind that is known"):
        read(start, [{"something": {}}])


@pytest.mark.parametrize("count", [MAX_KEPT, MAX_KEPT + 1])
def test_a_long_core_is_not_kept_for_those_who_have_it(count: int) -> None:
    reader, _ = read(GRAPH_CORE, [FRAMES[3]] * count)
    reader.release()
    reader.read(json.dumps(FRAMES[3]).encode())
    reader.release()
    reader.read(b'{"eos":true}')
    reader.check()
    if count > MAX_KEPT:
        assert reader.partial is None
        with pytest.raises(LocalProtocolError, match="is not kept once they are read"):
            reader.result()
    else:
        reader, _ = read(GRAPH_CORE, [*[FRAMES[3]] * count, FRAMES[4]])
        reader.release()
        assert len(reader.result()) == count
