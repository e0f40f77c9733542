"""Knowledge cores: put, fetched, loaded into flows, deleted; and as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, read, story
from tgproto.catalog import FlowOps, KnowledgeOps
from tgproto.errors import (
    NotImplementedByService,
    ServiceError,
    StreamingUnavailable,
)
from tgproto.types import (
    IRI,
    ChunkVector,
    CoreMetadata,
    DocumentEmbeddingsBatch,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    Literal,
    Triple,
    TriplesBatch,
)

FACT = Triple(IRI("urn:bridge"), IRI("urn:crosses"), Literal("the Alder"))
TRIPLES = TriplesBatch([FACT], CoreMetadata("core"))
VECTORS = GraphEmbeddingsBatch([EntityVectors(IRI("urn:bridge"), [[0.5, 1.0]])], CoreMetadata("core"))
CHUNKS = DocumentEmbeddingsBatch([ChunkVector("urn:chunk", [0.5, 1.0])], CoreMetadata("core"))
DOCUMENT = [LibraryMetadata("core", "text/plain", "T"), LibraryBlob("core", b"hello")]


async def records(place: Place, name: str) -> Any:
    """Return what is in a graph core; None over REST, which cannot fetch it."""
    if place.transport == "rest":
        with pytest.raises(StreamingUnavailable):
            await place.api.knowledge().get_kg_core(name).result()
        return None
    chunks, whole = await read(place.api.knowledge().get_kg_core(name))
    assert whole == chunks
    return chunks


async def has_all(place: Place) -> None:
    """See that the core has everything, as far as the transport can tell."""
    found = await records(place, "core")
    if found is not None:
        assert found[0].triples == TRIPLES.triples
        assert found[1].entities == VECTORS.entities
        assert found[2:] == ([] if place.generation == 1 else DOCUMENT)


@story(KnowledgeOps, "put_kg_core", "get_kg_core", "list_kg_cores", "delete_kg_core")
@story(KnowledgeOps, "load_kg_core", "unload_kg_core")
@story(FlowOps, "triples_query")
async def test_the_life_of_a_graph_core(place: Place) -> None:
    cores = place.api.knowledge()
    assert await cores.list_kg_cores() == []
    await cores.put_kg_core("core", TRIPLES)
    await cores.put_kg_core("core", graph_embeddings=VECTORS)
    if place.generation == 2:
        for name, part in zip(("library_metadata", "library_blob"), DOCUMENT, strict=True):
            await cores.put_kg_core("core", **{name: part})
        assert await place.api.library().get_document_content("core") == b"hello"
    assert await cores.list_kg_cores() == ["core"]
    await has_all(place)
    assert await place.flow.triples_query("urn:bridge") == []
    await cores.load_kg_core("core", collection="maps")
    assert await place.flow.triples_query("urn:bridge", collection="maps") == [FACT]
    await failure(cores.unload_kg_core("core"), NotImplementedByService)
    await cores.delete_kg_core("core")
    assert await cores.list_kg_cores() == []
    assert await place.flow.triples_query("urn:bridge", collection="maps") == [FACT]
    await cores.delete_kg_core("core")
    with pytest.raises(ServiceError):
        await cores.load_kg_core("core", "nope")


@story(
    KnowledgeOps,
    "put_de_core",
    "get_de_core",
    "list_de_cores",
    "delete_de_core",
    "load_de_core",
    generation=2,
)
async def test_the_life_of_a_core_of_documents(place: Place) -> None:
    cores = place.api.knowledge()
    assert await cores.list_de_cores() == []
    await cores.put_de_core("core", CHUNKS)
    assert await cores.list_de_cores() == ["core"]
    if place.transport == "websocket":
        batches, whole = await read(cores.get_de_core("core"))
        assert [batch.chunks for batch in batches] == [CHUNKS.chunks]
        assert whole == batches
    else:
        with pytest.raises(StreamingUnavailable):
            await cores.get_de_core("core").result()
    await cores.load_de_core("core")
    with pytest.raises(ServiceError):
        await cores.load_de_core("core", "nope")
    await cores.delete_de_core("core")
    assert await cores.list_de_cores() == []
    await cores.delete_de_core("core")


@story(KnowledgeOps, "export_kg_core", "import_kg_core", "put_kg_core", "delete_kg_core")
async def test_a_core_goes_into_a_file_and_out_of_it(place: Place, tmp_path: Path) -> None:
    cores, file = place.api.knowledge(), tmp_path / "a.core"
    if place.generation == 2:
        await place.api.library().add_document(b"hello", "core", None, "T", "")
    await cores.put_kg_core("core", TRIPLES)
    await cores.put_kg_core("core", graph_embeddings=VECTORS)
    if place.transport == "rest":
        with pytest.raises(StreamingUnavailable):
            await cores.export_kg_core("core", file)
        async with place.connect(transport=None) as api:
            written = await api.knowledge().export_kg_core("core", file)
    else:
        written = await cores.export_kg_core("core", file)
    assert (written.records, written.size) == (2 * place.generation, file.stat().st_size)
    await cores.delete_kg_core("core")
    assert await cores.list_kg_cores() == []
    assert await cores.import_kg_core("core", file) == written
    assert await cores.list_kg_cores() == ["core"]
    await has_all(place)


@story(KnowledgeOps, "export_core", "import_core", "put_kg_core", "load_kg_core")
@story(FlowOps, "triples_query")
async def test_core_files_over_http(place: Place) -> None:
    cores = place.api.knowledge()
    await cores.put_kg_core("core", TRIPLES)
    await cores.put_kg_core("core", graph_embeddings=VECTORS)
    pieces, file = await read(cores.export_core("core"))
    assert b"".join(pieces) == file != b""
    assert await cores.import_core("other", file) == b""
    assert sorted(await cores.list_kg_cores()) == ["core", "other"]
    assert await cores.export_core("nope").result() == b""  # the gateway does not tell
    await cores.load_kg_core("other")
    assert await place.flow.triples_query("urn:bridge") == [FACT]
