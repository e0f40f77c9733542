"""What type checkers must see of knowledge cores. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from pathlib import Path
from typing import BinaryIO, assert_type

from tgproto.catalog import AsyncKnowledge, AsyncStream, Call, Knowledge, KnowledgeCalls, Stream
from tgproto.cores import CoreReader, encode_record
from tgproto.types import (
    CoreRecord,
    CoreTransfer,
    DocumentEmbeddingsBatch,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

TRIPLES = TriplesBatch([])
BLOB = LibraryBlob("d", b"")


def blocking(cores: Knowledge, file: BinaryIO, chunks: DocumentEmbeddingsBatch) -> None:
    assert_type(cores.list_kg_cores(), list[str])
    assert_type(cores.get_kg_core("c"), Stream[CoreRecord, list[CoreRecord]])
    for record in cores.get_kg_core("c"):
        match record:
            case TriplesBatch() | GraphEmbeddingsBatch() | LibraryMetadata():
                pass
            case _:
                assert_type(record, LibraryBlob)
    cores.put_kg_core("c", TRIPLES, user="me")
    cores.put_kg_core("c", {"triples": []})
    cores.put_kg_core("c", library_blob=BLOB)
    cores.put_kg_core("c", BLOB)  # type: ignore[arg-type]
    cores.delete_kg_core("c")
    cores.load_kg_core("c", flow="f")
    cores.unload_kg_core("c")
    assert_type(cores.list_de_cores(), list[str])
    assert_type(cores.get_de_core("c"), Stream[DocumentEmbeddingsBatch, list[DocumentEmbeddingsBatch]])
    cores.put_de_core("c", chunks)
    cores.delete_de_core("c")
    cores.load_de_core("c")
    assert_type(cores.export_kg_core("c", Path("a"), print, allow_missing_documents=True), CoreTransfer)
    assert_type(cores.import_kg_core("c", file, print), CoreTransfer)
    assert_type(CoreReader().feed(encode_record(TRIPLES)), list[CoreRecord])


async def awaited(cores: AsyncKnowledge, chunks: DocumentEmbeddingsBatch) -> None:
    assert_type(await cores.list_kg_cores(), list[str])
    assert_type(cores.get_kg_core("c"), AsyncStream[CoreRecord, list[CoreRecord]])
    assert_type(cores.get_de_core("c"), AsyncStream[DocumentEmbeddingsBatch, list[DocumentEmbeddingsBatch]])
    async for batch in cores.get_de_core("c"):
        assert_type(batch, DocumentEmbeddingsBatch)
    await cores.put_kg_core("c", graph_embeddings={"entities": []})
    await cores.delete_kg_core("c")
    await cores.load_kg_core("c")
    await cores.unload_kg_core("c")
    assert_type(await cores.list_de_cores(), list[str])
    await cores.put_de_core("c", chunks)
    await cores.delete_de_core("c")
    await cores.load_de_core("c")
    assert_type(await cores.export_kg_core("c", "a"), CoreTransfer)
    assert_type(await cores.import_kg_core("c", "a"), CoreTransfer)


def pure(cores: KnowledgeCalls) -> None:
    assert_type(cores.put_kg_core("c", TRIPLES), Call[None])
