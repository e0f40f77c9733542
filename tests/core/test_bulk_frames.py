"""Messages of exports, from gateways of both generations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.bulk.frames import READERS
from tgproto.bulk.items import PACKERS
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import DecodeError
from tgproto.types.bulk import BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding
from tgproto.types.terms import IRI, Literal, Triple

ITEMS: dict[str, list[Any]] = {
    "triples": [Triple("urn:s", "urn:p", "o"), Triple("urn:s", "urn:p", IRI("urn:o"))],
    "graph-embeddings": [GraphEmbedding(IRI("urn:s"), [1.0, 2.0])],
    "document-embeddings": [DocumentEmbedding("urn:c", [1.0], "text")],
    "entity-contexts": [EntityContext(IRI("urn:s"), "text")],
}


@pytest.mark.parametrize("dialect", [GENERATION_1, GENERATION_2], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("kind", ITEMS)
def test_what_was_written_is_read(kind: str, dialect: Dialect) -> None:
    metadata = BulkMetadata("d", collection="c")
    packed, wrong = PACKERS[kind](dialect, metadata, 2**20).pack(ITEMS[kind], 0)
    assert not wrong
    batch = READERS[kind](packed[0][0])
    items = ITEMS[kind]
    if kind == "document-embeddings":
        items = [
            DocumentEmbedding("urn:c", [1.0])
            if dialect is GENERATION_2
            else DocumentEmbedding("", [1.0], "text")
        ]
    assert batch == items
    assert (batch.metadata.id, batch.metadata.collection) == ("d", "c")
    assert batch.metadata.user == ("trustgraph" if dialect is GENERATION_1 else None)


def test_several_vectors_are_several_items() -> None:
    message = {"metadata": {}, "entities": [{"entity": {"v": "x", "e": False}, "vectors": [[1.0], [2.0]]}]}
    batch = READERS["graph-embeddings"](json.dumps(message).encode())
    assert batch == [GraphEmbedding(Literal("x"), [1.0]), GraphEmbedding(Literal("x"), [2.0])]
    assert batch.metadata == BulkMetadata("", "", "", None)


def test_members_that_are_missing() -> None:
    chunks = READERS["document-embeddings"](b'{"metadata":{"id":null},"chunks":[{}]}')
    assert chunks == [DocumentEmbedding("", [])]
    assert READERS["entity-contexts"](b'{"metadata":{},"entities":[{"entity":{}}]}') == [
        EntityContext(Literal(""), "")
    ]


@pytest.mark.parametrize("kind", ITEMS)
@pytest.mark.parametrize(
    "message", [b"", b"[]", b"{}", b'{"metadata":{},"triples":{},"entities":1,"chunks":""}']
)
def test_what_is_no_message(kind: str, message: bytes) -> None:
    with pytest.raises(DecodeError):
        READERS[kind](message)
