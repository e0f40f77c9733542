"""The library: documents and their processing, uploads in chunks, and what flows are given to read."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.interop.published import PATIENCE, Published
from tests.interop.world import World, each_way, each_way_on_1x, each_way_on_2x, on_2x_over_the_socket
from tgproto.errors import (
    AccessDenied,
    NotOffered,
    RequestError,
    StreamingUnavailable,
    UnexpectedError,
)
from tgproto.types import IRI, DocumentMetadata, Literal, ProcessingMetadata, Triple

TRIPLES = (
    Triple(IRI("http://example.org/s"), IRI("http://example.org/p"), Literal("Köln")),
    Triple(IRI("http://example.org/s"), IRI("http://example.org/p"), IRI("http://example.org/o")),
)
LONG = bytes(range(256)) * 20_000
"""More than goes in one message."""


def ask(gateway: Published, operation: str, **members: object) -> Any:
    """Return what another client is told by the librarian."""
    whose = {"user": "trustgraph"} if gateway.is_old else {}
    body = {name.replace("_", "-"): value for name, value in members.items()}
    return gateway.ask("librarian", operation=operation, **whose, **body)


def known(gateway: Published) -> dict[str, Any]:
    """Return the documents that another client sees, by id."""
    more = {} if gateway.is_old else {"include_children": True}
    return {each["id"]: each for each in ask(gateway, "list-documents", **more)["document-metadatas"]}


def content(gateway: Published, ident: str) -> bytes:
    """Return the content of a document as another client gets it."""
    return base64.b64decode(ask(gateway, "get-document-content", document_id=ident)["content"])


def sink(gateway: Published, kind: str, collection: str) -> list[Any]:
    """Return what a flow was given to read into a collection."""
    with urlopen(f"{gateway.control}/sink/{kind}?items=1&collection={collection}", timeout=PATIENCE) as told:
        return [record["message"] for record in json.load(told)["records"]]


@pytest.fixture
def ident(world: World) -> Iterator[str]:
    """An id that is new, and also begins those of other documents; none is there afterwards."""
    ident = f"urn:made:{time.time_ns()}"
    yield ident
    gateway = world.gateway
    left = [each for each in known(gateway) if each.startswith(ident)]
    for each in sorted(left, reverse=True):  # so that a test that fails leaves nothing
        ask(gateway, "remove-document", document_id=each)
    assert not left
    given = ask(gateway, "list-processing").get("processing-metadatas", [])
    assert not [each["id"] for each in given if each["id"].startswith(ident)]


# --- documents --------------------------------------------------------------------------------


@pytest.mark.exercises(
    "librarian add-document",
    "librarian get-document-metadata",
    "librarian get-document-content",
    "librarian list-documents",
    "librarian update-document",
    "librarian remove-document",
)
@each_way()
async def test_the_life_of_a_document(world: World, ident: str) -> None:
    library, gateway = world.services.library(), world.gateway
    document = DocumentMetadata(ident, 1_700_000_000, "text/plain", "Köln", "about it", TRIPLES, ("a", "b"))
    await library.put_document(document, b"\x00\xff text")
    assert content(gateway, ident) == await library.get_document_content(ident) == b"\x00\xff text"
    seen = known(gateway)[ident]
    assert (seen["title"], seen["comments"], seen["tags"], seen["time"]) == (
        "Köln",
        "about it",
        ["a", "b"],
        1_700_000_000,
    )
    found = await library.get_document_metadata(ident)
    assert replace(found, user="", payload=b"{}") == document
    assert found.user == ("trustgraph" if world.is_old else "")
    assert found in await library.list_documents()
    changed = replace(found, title="Bonn", metadata=TRIPLES[:1], tags=(), time=None)
    await library.update_document(ident, changed)
    assert (known(gateway)[ident]["title"], known(gateway)[ident]["tags"]) == ("Bonn", [])
    assert replace(await library.get_document(ident), payload=found.payload) == replace(
        changed, payload=found.payload
    )
    assert await library.get_document_content(ident) == b"\x00\xff text"
    await library.remove_document(ident)
    assert ident not in known(gateway)
    assert ident not in {each.id for each in await library.get_documents()}


@each_way()
async def test_adding_documents(world: World, ident: str, tmp_path: Path) -> None:
    library, gateway = world.services.library(), world.gateway
    (tmp_path / "d").write_bytes(b"from a file")
    for document in (b"from a file", tmp_path / "d"):
        assert await library.add_document(document, ident, TRIPLES, "t", "c", tags=["x"]) == ident
        assert content(gateway, ident) == b"from a file"
        assert (await library.get_document(ident)).metadata == TRIPLES
        await library.remove_document(ident)
    name = await library.add_document(ident.encode(), None, None, "", "")
    assert name.startswith("urn:sha256:")
    assert content(gateway, name) == ident.encode()
    await library.remove_document(name)


@each_way()
async def test_a_long_document(world: World, ident: str, tmp_path: Path) -> None:
    library, heard = world.services.library(), list[tuple[int, int]]()
    await library.add_document(LONG, ident, TRIPLES, "t", "c", on_progress=lambda *told: heard.append(told))
    assert heard[-1] == (len(LONG), len(LONG))
    assert len(heard) == (1 if world.is_old else 3)
    assert content(world.gateway, ident) == LONG
    assert (await library.get_document(ident)).metadata == TRIPLES
    size = await library.stream_document_to_file(ident, tmp_path / "d", on_progress=lambda *_: None)
    assert (size, (tmp_path / "d").read_bytes()) == (len(LONG), LONG)
    await library.remove_document(ident)


@each_way()
async def test_documents_that_are_not(world: World, ident: str) -> None:
    library = world.services.library()
    await library.put_document(DocumentMetadata(ident, 5, "text/plain"), b"")
    assert await library.get_document_content(ident) == b""
    for call in (
        library.put_document(DocumentMetadata(ident, 5, "text/plain"), b"x"),
        library.add_document(b"x", ident, None, "", ""),
        library.get_document("nope"),
        library.get_document_content("nope"),
        library.remove_document("nope"),
        library.update_document("nope", DocumentMetadata("nope", 5, "text/plain")),
    ):
        await world.failure(call, UnexpectedError, "exist|No such document")
    assert await library.get_document_content(ident) == b""
    kind = library.put_document(DocumentMetadata(f"{ident}-image", 5, "image/png"), b"x")
    if world.is_old:
        await world.failure(kind, RequestError, "Invalid document kind")
    else:
        await kind
        await library.remove_document(f"{ident}-image")
    await library.remove_document(ident)


@each_way_on_2x
async def test_children(world: World, ident: str) -> None:
    library, gateway = world.services.library(), world.gateway
    await library.add_document(b"parent", ident, None, "", "")
    assert await library.list_children(ident) == []
    page = f"{ident}/p"
    await library.add_child_document(b"page", page, ident, "t", "c", document_type="page", metadata=TRIPLES)
    (child,) = await library.list_children(ident)
    assert (child.id, child.parent_id, child.document_type) == (page, ident, "page")
    assert (known(gateway)[page]["parent-id"], content(gateway, page)) == (ident, b"page")
    assert page not in {each.id for each in await library.get_documents()}
    assert page in {each.id for each in await library.get_documents(include_children=True)}
    assert await library.list_children("nope") == []
    orphan = library.add_child_document(b"x", f"{ident}/q", "nope", "t", "c")
    await world.failure(orphan, UnexpectedError, "No such document")
    await library.remove_document(ident)
    assert page not in known(gateway)


@each_way_on_1x
async def test_what_older_libraries_have_not(world: World, ident: str) -> None:
    library, before = world.services.library(), known(world.gateway)
    document = DocumentMetadata(ident, 5, "text/plain")
    for call in (
        library.list_children("x"),
        library.get_documents(include_children=True),
        library.begin_upload(document, 5),
        library.upload_chunk("x", 0, b"x"),
        library.complete_upload("x"),
        library.abort_upload("x"),
        library.get_upload_status("x"),
        library.get_pending_uploads(),
        library.resume_upload("x", b"x"),
        library.document_stream("x").result(),
    ):
        await world.failure(call, NotOffered)
    parent = replace(document, parent_id="x")
    await world.failure(library.put_document(parent, b"x"), NotOffered, "belong to another")
    assert known(world.gateway) == before


@each_way_on_2x
async def test_who_may_change_the_library(world: World, ident: str) -> None:
    await world.services.library().add_document(b"x", ident, None, "", "")
    document = DocumentMetadata(ident, 5, "text/plain")
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        library = api.library()
        assert await library.get_document_content(ident) == b"x"
        for call in (
            library.put_document(replace(document, id="never"), b"x"),
            library.update_document(ident, document),
            library.remove_document(ident),
            library.begin_upload(replace(document, id="never"), 5),
            library.start_processing(f"{ident}-p", ident),
            library.with_options(workspace="other").get_documents(),
        ):
            await world.failure(call, AccessDenied)
    elsewhere = world.services.library().with_options(workspace="other")
    assert ident not in {each.id for each in await elsewhere.get_documents()}
    await world.services.library().remove_document(ident)


# --- pieces -----------------------------------------------------------------------------------


@pytest.mark.exercises("librarian stream-document")
@on_2x_over_the_socket
async def test_documents_in_pieces(world: World, ident: str) -> None:
    library = world.services.library()
    await library.add_document(b"0123456789", ident, None, "", "")
    stream = library.stream_document(ident, 4)
    pieces = [piece async for piece in stream]
    assert [piece.content for piece in pieces] == [b"0123", b"4567", b"89"]
    assert [(piece.bytes_received, piece.total_bytes) for piece in pieces] == [(4, 10), (8, 10), (10, 10)]
    assert await stream.result() == b"0123456789"
    assert [piece async for piece in library.download(ident, 6)] == [b"012345", b"6789"]
    await world.failure(library.stream_document("nope").result(), UnexpectedError)
    await world.failure(library.download("nope").result(), UnexpectedError)
    await library.remove_document(ident)


@each_way()
async def test_downloads(world: World, ident: str) -> None:
    library = world.services.library()
    await library.add_document(b"0123456789", ident, None, "", "")
    if world.transport == "rest":
        with pytest.raises(StreamingUnavailable):
            await library.download(ident)
    else:
        assert await library.download(ident, 4).result() == b"0123456789"
    await library.remove_document(ident)


@pytest.mark.exercises("document-stream")
@each_way_on_2x
async def test_documents_over_http(world: World, ident: str) -> None:
    library = world.services.library()
    await library.put_document(DocumentMetadata(ident, 5, "text/plain"), LONG)
    pieces = [piece async for piece in library.document_stream(ident, 100_000)]
    assert len(pieces) > 1
    assert b"".join(pieces) == LONG
    assert await library.document_stream("nope").result() == b""  # the gateway says nothing of it
    address = f"{world.gateway.url}/api/v1/document-stream?document-id={ident}"
    with urlopen(Request(address, headers={"Authorization": f"Bearer {world.gateway.token}"})) as answer:
        assert answer.read() == LONG
    await library.remove_document(ident)


# --- uploads ----------------------------------------------------------------------------------


@pytest.mark.exercises(
    "librarian begin-upload",
    "librarian upload-chunk",
    "librarian complete-upload",
    "librarian get-upload-status",
    "librarian list-uploads",
)
@each_way_on_2x
async def test_an_upload(world: World, ident: str) -> None:
    library, gateway = world.services.library(), world.gateway
    document = DocumentMetadata(ident, 5, "text/plain", "t", "c", tags=["x"])
    begun = await library.begin_upload(document, 10, 4)
    assert (begun.chunk_size, begun.total_chunks) == (4, 3)
    (session,) = [each for each in await library.get_pending_uploads() if each.document_id == ident]
    assert (session.upload_id, session.total_size, session.chunks_received) == (begun.upload_id, 10, 0)
    (seen,) = [each for each in ask(gateway, "list-uploads")["upload-sessions"] if ident in str(each)]
    assert seen["upload-id"] == begun.upload_id
    for index, chunk in ((2, b"89"), (0, b"0123"), (0, b"0123")):
        told = await library.upload_chunk(begun.upload_id, index, chunk)
        assert (told.chunk_index, told.total_bytes) == (index, 10)
    status = await library.get_upload_status(begun.upload_id)
    assert (status.state, sorted(status.received_chunks), status.missing_chunks) == (
        "in-progress",
        [0, 2],
        (1,),
    )
    await world.failure(library.complete_upload(begun.upload_id), RequestError, r"Missing chunks: \[1\]")
    await world.failure(library.upload_chunk(begun.upload_id, 3, b"x"), RequestError, "must be 0-2")
    await library.upload_chunk(begun.upload_id, 1, b"4567")
    completed = await library.complete_upload(begun.upload_id)
    assert (completed.document_id, content(gateway, ident)) == (ident, b"0123456789")
    assert (await library.get_upload_status(begun.upload_id)).state == "expired"
    await world.failure(library.begin_upload(document, 10), RequestError, "already exists")
    await library.remove_document(ident)


@pytest.mark.exercises("librarian abort-upload")
@each_way_on_2x
async def test_uploads_that_end_early(world: World, ident: str) -> None:
    library = world.services.library()
    begun = await library.begin_upload(DocumentMetadata(ident, 5, "text/plain"), 10, 4)
    await library.abort_upload(begun.upload_id)
    assert begun.upload_id not in {each.upload_id for each in await library.get_pending_uploads()}
    for call in (
        library.abort_upload(begun.upload_id),
        library.upload_chunk(begun.upload_id, 0, b"0123"),
        library.complete_upload("nope"),
        library.resume_upload("nope", b"0123456789"),
    ):
        await world.failure(call, RequestError)
    assert (await library.get_upload_status("nope")).state == "expired"


@each_way_on_2x
async def test_an_upload_goes_on(world: World, ident: str) -> None:
    library = world.services.library()
    begun = await library.begin_upload(DocumentMetadata(ident, 5, "text/plain", "t"), 10, 4)
    await library.upload_chunk(begun.upload_id, 1, b"4567")
    completed = await library.resume_upload(begun.upload_id, b"0123456789", metadata=TRIPLES)
    assert (completed.document_id, content(world.gateway, ident)) == (ident, b"0123456789")
    assert (await library.get_document(ident)).metadata == TRIPLES
    await library.remove_document(ident)


# --- processing, and what flows read ----------------------------------------------------------


@pytest.fixture
def collection_made(world: World) -> Iterator[str]:
    """The id of a collection that is there neither before nor afterwards, and nothing in it."""
    name = f"made-{time.time_ns()}"
    yield name
    world.gateway.forget(name)
    whose = {"user": "trustgraph"} if world.is_old else {}
    world.gateway.ask("collection-management", operation="delete-collection", collection=name, **whose)


@pytest.mark.exercises("librarian add-processing", "librarian list-processing", "librarian remove-processing")
@each_way()
async def test_the_processing_of_a_document(world: World, ident: str, collection_made: str) -> None:
    library, gateway = world.services.library(), world.gateway
    await library.add_document(b"to read", ident, None, "", "")
    await library.start_processing(ident, ident, collection=collection_made, tags=["x"])
    (found,) = [each for each in await library.get_processings() if each.id == ident]
    assert (found.document_id, found.flow, found.collection, found.tags) == (
        ident,
        "default",
        collection_made,
        ("x",),
    )
    seen = {each["id"]: each for each in ask(gateway, "list-processing")["processing-metadatas"]}[ident]
    assert (seen["document-id"], seen["collection"]) == (ident, collection_made)
    await world.driver.until(lambda: sink(gateway, "text-load", collection_made))
    described = ProcessingMetadata(f"{ident}-2", ident, 5, "default", collection_made)
    await library.add_processing(described)
    for call in (
        library.add_processing(described),
        library.start_processing(f"{ident}-3", "nope", collection=collection_made),
        library.stop_processing("nope"),
    ):
        await world.failure(call, UnexpectedError, "exist|No such document")
    nowhere = library.start_processing(f"{ident}-4", ident, "nope", collection_made)
    await world.failure(nowhere, UnexpectedError, "Invalid flow ID")
    for each in (ident, f"{ident}-2", f"{ident}-4"):  # of the last one, the record is kept
        await library.stop_processing(each)
    await library.remove_document(ident)


@pytest.mark.exercises("text-load", "document-load")
@each_way_on_1x
async def test_giving_a_flow_something_directly(world: World, collection_made: str) -> None:
    flow, gateway, name = world.flow, world.gateway, collection_made
    await flow.text_load("Köln", "urn:text", TRIPLES, "latin-1", name)
    await flow.document_load(b"%PDF", "urn:document", TRIPLES[:1], name)
    await world.driver.until(lambda: sink(gateway, "document-load", name))
    (text,), (document,) = sink(gateway, "text-load", name), sink(gateway, "document-load", name)
    assert (text["metadata"]["id"], document["metadata"]["id"]) == ("urn:text", "urn:document")
    assert len(text["metadata"]["metadata"]) == 2
    assert base64.b64decode(document["data"]) == b"%PDF"


@each_way_on_2x
async def test_flows_are_given_nothing_directly(world: World) -> None:
    await world.failure(world.flow.text_load("x"), NotOffered)
    await world.failure(world.flow.document_load(b"x"), NotOffered)


@each_way()
async def test_giving_a_flow_something(world: World, ident: str, collection_made: str) -> None:
    flow, gateway, name = world.flow, world.gateway, collection_made
    text, document = f"{ident}/t", f"{ident}/d"
    assert await flow.load_text("Köln", text, TRIPLES, collection=name) == text
    assert await flow.load_document(b"%PDF", document, collection=name) == document
    await world.driver.until(
        lambda: sink(gateway, "text-load", name) and sink(gateway, "document-load", name)
    )
    if not world.is_old:  # it is in the library now
        assert (content(gateway, text), content(gateway, document)) == ("Köln".encode(), b"%PDF")
        library = world.services.library()
        for each in await library.get_processings():
            if each.collection == name:
                await library.stop_processing(each.id)
        await library.remove_document(text)
        await library.remove_document(document)


@each_way_on_2x
async def test_nothing_is_left_of_what_a_flow_does_not_take(
    world: World, ident: str, collection_made: str
) -> None:
    flow = world.flow_of(world.api, "nope")
    load = flow.load_text("x", ident, collection=collection_made)
    await world.failure(load, UnexpectedError, "Invalid flow ID")
    assert ident not in known(world.gateway)
