"""Knowledge cores. 2.11.1 can neither take nor return what is in them, and says so; 1.7.1 can."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.published import Published
from tests.interop.test_operations_library import sink
from tests.interop.world import World, each_way, each_way_on_1x, each_way_on_2x
from tgproto.cores import encode_record
from tgproto.errors import (
    AccessDenied,
    LibrarianError,
    LoadError,
    LocalProtocolError,
    NotImplementedByService,
    NotOffered,
    RequestError,
    StreamingUnavailable,
    UnexpectedError,
)
from tgproto.types import IRI, Literal, Triple
from tgproto.types.cores import (
    ChunkVector,
    DocumentEmbeddingsBatch,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

S, P = IRI("http://example.org/s"), IRI("http://example.org/p")
TRIPLES = TriplesBatch((Triple(S, P, Literal("Köln")), Triple(S, P, S)))
VECTORS = GraphEmbeddingsBatch((EntityVectors(S, [[0.5, -1.0]]),))
CHUNKS = DocumentEmbeddingsBatch((ChunkVector("urn:chunk", [0.5, -1.0]),))


def cores(gateway: Published, operation: str = "list-kg-cores") -> list[str]:
    """Return the cores that another client sees."""
    whose = {"user": "trustgraph"} if gateway.is_old else {}
    told: dict[str, Any] = gateway.ask("knowledge", operation=operation, **whose)
    return told.get("ids") or []


@pytest.fixture
def ident(world: World) -> Iterator[str]:
    """The id of a core that is there neither before nor afterwards."""
    ident = f"made-{time.time_ns()}"
    yield ident
    assert ident not in cores(world.gateway)


@pytest.mark.exercises(
    "knowledge list-kg-cores",
    "knowledge put-kg-core",
    "knowledge get-kg-core",
    "knowledge delete-kg-core",
    "knowledge load-kg-core",
)
@each_way_on_1x
async def test_the_life_of_a_core(world: World, ident: str) -> None:
    knowledge, gateway = world.services.knowledge(), world.gateway
    await knowledge.put_kg_core(ident, TRIPLES)
    await knowledge.put_kg_core(ident, graph_embeddings=VECTORS)
    assert ident in cores(gateway)
    assert ident in await knowledge.list_kg_cores()
    if world.transport == "rest":
        with pytest.raises(StreamingUnavailable):
            await knowledge.get_kg_core(ident)
    else:
        stream = knowledge.get_kg_core(ident)
        triples, vectors = [record async for record in stream]
        assert (tuple(triples.triples), triples.metadata.id) == (TRIPLES.triples, ident)
        assert [(each.entity, list(map(list, each.vectors))) for each in vectors.entities] == [
            (S, [[0.5, -1.0]])
        ]
        assert await stream.result() == [triples, vectors]
        assert await knowledge.get_kg_core("nope").result() == []
    await knowledge.load_kg_core(ident, collection=ident)
    await world.driver.until(lambda: sink(gateway, "graph-embeddings", ident))
    (loaded,) = sink(gateway, "triples", ident)
    assert [triple["o"]["value"] for triple in loaded["triples"]] == ["Köln", str(S)]
    gateway.forget(ident)
    await knowledge.delete_kg_core(ident)
    assert ident not in await knowledge.list_kg_cores()
    await knowledge.delete_kg_core(ident)  # nothing is there


@pytest.mark.exercises(
    "knowledge list-kg-cores",
    "knowledge put-kg-core",
    "knowledge get-kg-core",
    "knowledge delete-kg-core",
    "knowledge load-kg-core",
    "knowledge list-de-cores",
    "knowledge put-de-core",
    "knowledge get-de-core",
    "knowledge delete-de-core",
    "knowledge load-de-core",
)
@each_way_on_2x
async def test_cores_cannot_be_kept(world: World, ident: str) -> None:
    knowledge, gateway = world.services.knowledge(), world.gateway
    for call in (
        knowledge.put_kg_core(ident, TRIPLES),
        knowledge.put_kg_core(ident, graph_embeddings=VECTORS),
        knowledge.put_de_core(ident, CHUNKS),
    ):
        await world.failure(call, UnexpectedError, "'dict' object has no attribute 'metadata'")
    assert await knowledge.list_kg_cores() == cores(gateway) == []
    assert await knowledge.list_de_cores() == cores(gateway, "list-de-cores") == []
    if world.transport == "rest":
        for stream in (knowledge.get_kg_core, knowledge.get_de_core):
            with pytest.raises(StreamingUnavailable):
                await stream(ident)
    else:
        await world.failure(knowledge.get_kg_core(ident).result(), LibrarianError, "No such document")
        assert await knowledge.get_de_core(ident).result() == []
    for load in (knowledge.load_kg_core, knowledge.load_de_core):
        await load(ident)  # nothing is loaded
        await world.failure(load(ident, "nope"), LoadError, "Invalid flow nope")
    await knowledge.delete_kg_core(ident)
    await knowledge.delete_de_core(ident)


@each_way_on_2x
async def test_documents_of_cores_go_to_the_library(world: World, ident: str) -> None:
    knowledge, library = world.services.knowledge(), world.services.library()
    document = f"urn:{ident}"
    about = LibraryMetadata(document, "text/plain", "Köln", tags=["x"])
    await knowledge.put_kg_core(ident, library_metadata=about)
    await knowledge.put_kg_core(ident, library_blob=LibraryBlob(document, b"\x00\xff"))
    told = world.gateway.ask("librarian", operation="get-document-content", **{"document-id": document})
    assert base64.b64decode(told["content"]) == b"\x00\xff"
    found = await library.get_document(document)
    assert (found.title, found.tags) == ("Köln", ("x",))
    await library.remove_document(document)


@pytest.mark.exercises("knowledge unload-kg-core")
@each_way()
async def test_what_no_gateway_can(world: World, ident: str) -> None:
    unload = world.services.knowledge().unload_kg_core
    await world.failure(unload(ident), NotImplementedByService, "Not implemented")


@each_way_on_1x
async def test_flows_that_are_not(world: World, ident: str) -> None:
    """A flow that exists is named afterwards: the gateway would load into the flow of the load before it."""
    knowledge = world.services.knowledge()
    await world.failure(knowledge.load_kg_core(ident, "nope"), LoadError, "Invalid flow")
    await knowledge.load_kg_core(ident)


@each_way_on_1x
async def test_what_older_gateways_have_not(world: World, ident: str) -> None:
    knowledge, document = world.services.knowledge(), LibraryMetadata("urn:d", "text/plain")
    for call in (
        knowledge.list_de_cores(),
        knowledge.put_de_core(ident, CHUNKS),
        knowledge.delete_de_core(ident),
        knowledge.load_de_core(ident),
    ):
        await world.failure(call, NotOffered)
    for call in (
        knowledge.put_kg_core(ident, library_metadata=document),
        knowledge.put_kg_core(ident, library_blob=LibraryBlob("urn:d", b"x")),
    ):
        await world.failure(call, LocalProtocolError, "have no documents")


@each_way_on_1x
async def test_cores_of_somebody_else(world: World, ident: str) -> None:
    knowledge = world.services.knowledge()
    await knowledge.put_kg_core(ident, TRIPLES, user="ines")
    assert await knowledge.list_kg_cores(user="ines") == [ident]
    assert ident not in await knowledge.list_kg_cores()
    await knowledge.delete_kg_core(ident, user="ines")


@each_way_on_2x
async def test_who_may_change_cores(world: World, ident: str) -> None:
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        knowledge = api.knowledge()
        assert await knowledge.list_kg_cores() == []
        for call in (
            knowledge.put_kg_core(ident, TRIPLES),
            knowledge.delete_kg_core(ident),
            knowledge.load_kg_core(ident),
            knowledge.delete_de_core(ident),
        ):
            await world.failure(call, AccessDenied)


# --- files ------------------------------------------------------------------------------------


@pytest.mark.exercises("import-core", "export-core")
@each_way_on_1x
async def test_files_over_http(world: World, ident: str) -> None:
    knowledge, again = world.services.knowledge(), f"{ident}-again"
    await knowledge.put_kg_core(ident, TRIPLES)
    await knowledge.put_kg_core(ident, graph_embeddings=VECTORS)
    file = await knowledge.export_core(ident).result()
    assert file.count(S.value.encode()) >= 3
    await knowledge.import_core(again, file)
    await world.driver.until(lambda: again in cores(world.gateway))
    copied = await knowledge.export_core(again).result()
    assert copied.count(S.value.encode()) == file.count(S.value.encode())
    assert copied.count(again.encode()) == file.count(ident.encode())
    assert await knowledge.export_core("nope").result() == b""
    for each in (ident, again):
        await knowledge.delete_kg_core(each)


@each_way_on_1x
async def test_files(world: World, ident: str, tmp_path: Path) -> None:
    knowledge, again, file = world.services.knowledge(), f"{ident}-again", tmp_path / "core"
    await knowledge.put_kg_core(ident, TRIPLES)
    await knowledge.put_kg_core(ident, graph_embeddings=VECTORS)
    if world.transport == "rest":
        await world.failure(knowledge.export_kg_core(ident, file), StreamingUnavailable)
        file.write_bytes(await knowledge.export_core(ident).result())
    else:
        assert (await knowledge.export_kg_core(ident, file)).records == 2
        assert file.read_bytes() == await knowledge.export_core(ident).result()
        nothing = knowledge.export_kg_core("nope", tmp_path / "nope")
        await world.failure(nothing, RequestError, "nothing in the core")
    assert (await knowledge.import_kg_core(again, file)).records == 2
    assert again in cores(world.gateway)
    told = await knowledge.export_core(again).result()
    assert told.replace(again.encode(), ident.encode()).count(S.value.encode()) == told.count(
        S.value.encode()
    )
    for each in (ident, again):
        await knowledge.delete_kg_core(each)


@each_way_on_2x
async def test_files_of_cores_that_cannot_be_kept(world: World, ident: str, tmp_path: Path) -> None:
    """Documents of a core are, whichever generation the file is from."""
    knowledge, library, document = world.services.knowledge(), world.services.library(), f"urn:{ident}"
    records = (LibraryMetadata(document, "text/plain", "t"), LibraryBlob(document, b"x"), TRIPLES)
    file = tmp_path / "core"
    file.write_bytes(b"".join(map(encode_record, records)))
    put = knowledge.import_kg_core(ident, file)
    error = await world.failure(put, UnexpectedError, "no attribute 'metadata'")
    assert "delete_kg_core" in error.hint
    assert await library.get_document_content(document) == b"x"
    await library.remove_document(document)
    if world.transport == "websocket":
        await world.failure(knowledge.export_kg_core(ident, tmp_path / "again"), LibrarianError)
    assert not (tmp_path / "again").exists()
