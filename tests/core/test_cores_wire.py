"""Contents of cores in JSON, in both dialects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.core.core_records import new_records, old_records
from tgproto.catalog.body import encode_body
from tgproto.catalog.core_answers import DOCUMENT_CORE, GRAPH_CORE
from tgproto.cores.wire import MEMBERS, WireEntityVectors, WireLibraryMetadata, WireMetadata, encode_value
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import CallContext, LocalProtocolError
from tgproto.types import IRI, Triple
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
from tgproto.types.terms import WireTerm

A = IRI("urn:a")


def there_and_back(start: Any, record: Any, dialect: Dialect) -> Any:
    body = encode_body({MEMBERS[type(record)]: encode_value(record, dialect)}, dialect)
    return start(CallContext()).read(body)


@given(new_records)
def test_records_of_2x_come_back(record: CoreRecord) -> None:
    assert there_and_back(GRAPH_CORE, record, GENERATION_2) == record


@given(old_records)
def test_records_of_1x_come_back(record: CoreRecord) -> None:
    assert there_and_back(GRAPH_CORE, record, GENERATION_1) == record


def test_everything_that_can_be_put() -> None:
    metadata = CoreMetadata("c", "root", "x")
    entity = EntityVectors(A, [[1.0]], "chunk", ("urn:t",), {"year": "2024", "by": ["a", "b"]})
    chunk = ChunkVector("chunk", [0.5], {"year": "2024"})
    for batch, start in (
        (GraphEmbeddingsBatch([entity], metadata), GRAPH_CORE),
        (DocumentEmbeddingsBatch([chunk, ChunkVector("b", [1.0])], metadata), DOCUMENT_CORE),
    ):
        assert there_and_back(start, batch, GENERATION_2) == batch


def test_triples_and_documents() -> None:
    for record in (
        TriplesBatch([Triple(A, A, A)], CoreMetadata("c")),
        LibraryMetadata("d", "text/plain", "T", "p", "page", "C", ("a",)),
        LibraryBlob("d", b"hello"),
    ):
        assert there_and_back(GRAPH_CORE, record, GENERATION_2) == record
    old = TriplesBatch([Triple(A, A, A)], CoreMetadata("c", "", "x", "me", (Triple(A, A, A),)))
    assert there_and_back(GRAPH_CORE, old, GENERATION_1) == old


def test_one_entry_has_one_vector_where_gateways_want_that() -> None:
    batch = GraphEmbeddingsBatch([EntityVectors(A, [[1.0], [2.0]])])
    new: Any = encode_value(batch, GENERATION_2)
    assert [entity["vector"] for entity in new["entities"]] == [[1.0], [2.0]]
    old: Any = encode_value(batch, GENERATION_1)
    assert [entity["vectors"] for entity in old["entities"]] == [[[1.0], [2.0]]]
    assert old["metadata"] == {"id": "", "collection": "default", "user": "trustgraph", "metadata": []}


@pytest.mark.parametrize("record", [LibraryBlob("d", b""), LibraryMetadata("d")])
def test_older_cores_have_no_documents(record: CoreRecord) -> None:
    with pytest.raises(LocalProtocolError, match=r"cores of this gateway \(1\.x\) have no documents"):
        encode_value(record, GENERATION_1)


@pytest.mark.parametrize(
    ("vectors", "said"),
    [([], "<?urn:a>? has no vector"), ([[1.0, float("nan")]], "finite"), ([[1e999]], "finite")],
)
def test_vectors_that_cannot_be_sent(vectors: list[list[float]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        encode_value(GraphEmbeddingsBatch([EntityVectors(A, vectors)]), GENERATION_2)


def test_missing_members_have_defaults() -> None:
    assert WireMetadata().read() == CoreMetadata()
    assert WireEntityVectors(WireTerm(t="i", i="urn:a")).read() == EntityVectors(A, [])
    assert WireLibraryMetadata("d").read() == LibraryMetadata("d")
    blank = json.dumps({"library-blob": {"id": "d"}}).encode()
    assert GRAPH_CORE(CallContext()).read(blank) == LibraryBlob("d", b"")
