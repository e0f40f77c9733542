"""The library: documents go there and back, whole and in pieces, and are given to flows."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.contract.place import Place, story
from tgproto.catalog import FlowOps, LibraryOps
from tgproto.errors import RequestError, ServiceError, StreamingUnavailable, UnexpectedError
from tgproto.types import IRI, DocumentMetadata, Literal, ProcessingMetadata, Triple

MIB = 2**20
SMALL = "Die Brücke über den Alder.\n".encode()
LARGE = bytes(range(256)) * (5 * MIB // 512) + b"end"
LABEL = Triple(IRI("urn:doc"), IRI("http://www.w3.org/2000/01/rdf-schema#label"), Literal("A document"))
MISSING = (ServiceError, RequestError, UnexpectedError)


async def fails(call: Any) -> None:
    """Await a call that the library refuses."""
    with pytest.raises(MISSING):
        await call


def told_of(progress: list[tuple[int, int]]) -> Callable[[int, int], None]:
    """Return what notes progress."""
    return lambda done, total: progress.append((done, total))


@story(LibraryOps, "add_document", "get_document", "get_document_metadata", "get_document_content")
@story(LibraryOps, "get_documents", "list_documents", "update_document", "remove_document")
async def test_the_life_of_a_document(place: Place) -> None:
    library = place.api.library()
    assert await library.get_documents() == []
    added = await library.add_document(SMALL, "urn:doc", [LABEL], "Bridges", "Of old", tags=["a", "b"])
    assert added == "urn:doc"
    found = await library.get_document("urn:doc")
    assert (found.id, found.title, found.comments, found.kind) == (
        "urn:doc",
        "Bridges",
        "Of old",
        "text/plain",
    )
    assert (found.metadata, sorted(found.tags)) == ((LABEL,), ["a", "b"])
    assert found["title"] == "Bridges"
    assert await library.get_document_metadata("urn:doc") == found
    assert await library.get_document_content("urn:doc") == SMALL
    assert await library.get_documents() == await library.list_documents() == [found]
    noted = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    await library.update_document("urn:doc", dataclasses.replace(found, title="Brücken", tags=(), time=noted))
    changed = await library.get_document("urn:doc")
    assert (changed.title, changed.comments, changed.tags) == ("Brücken", "Of old", ())
    assert changed.time == noted
    assert await library.get_document_content("urn:doc") == SMALL
    await library.remove_document("urn:doc")
    assert await library.get_documents() == []
    for about in (library.get_document, library.get_document_content, library.remove_document):
        await fails(about("urn:doc"))
    await fails(library.update_document("urn:doc", found))


@story(LibraryOps, "put_document", "get_document")
async def test_a_document_is_put_as_it_is_described(place: Place) -> None:
    library = place.api.library()
    described = DocumentMetadata("urn:doc", 1_000_000_000, "application/pdf", "T", "C", [LABEL], ["t"])
    await library.put_document(described, SMALL)
    found = await library.get_document("urn:doc")
    assert dataclasses.replace(found, user="") == described
    assert await library.get_document_content("urn:doc") == SMALL
    if place.generation == 2:
        await fails(library.put_document(described, b"another"))
    else:
        await fails(library.put_document(dataclasses.replace(described, kind="image/png"), SMALL))
    assert await library.get_document_content("urn:doc") == SMALL


@story(LibraryOps, "add_child_document", "list_children", "get_documents", "remove_document", generation=2)
async def test_documents_that_are_made_from_another(place: Place) -> None:
    library = place.api.library()
    parent = await library.add_document(SMALL, "urn:doc", None, "T", "")
    child = await library.add_child_document(
        b"page 1", "urn:doc/1", parent, "Page 1", "", document_type="page"
    )
    [found] = await library.list_children(parent)
    assert (found.id, found.parent_id, found.document_type, found.title) == (child, parent, "page", "Page 1")
    assert await library.get_document_content(child) == b"page 1"
    assert [document.id for document in await library.get_documents()] == [parent]
    assert {one.id for one in await library.get_documents(include_children=True)} == {parent, child}
    assert await library.list_children("urn:nope") == []
    await library.remove_document(parent)
    assert await library.get_documents(include_children=True) == []


@story(LibraryOps, "add_document", "download", "stream_document_to_file")
async def test_a_long_document_goes_there_and_back(place: Place, tmp_path: Path) -> None:
    library, told = place.api.library(), []
    source, copy = tmp_path / "document", tmp_path / "copy"
    source.write_bytes(LARGE)
    await library.add_document(
        source, "urn:doc", [LABEL], "T", "C", on_progress=lambda *done: told.append(done)
    )
    chunks = [len(LARGE)] if place.generation == 1 else [2 * MIB, len(LARGE)]
    assert told == [(done, len(LARGE)) for done in chunks]
    assert (await library.get_document("urn:doc")).metadata == (LABEL,)
    assert await library.get_document_content("urn:doc") == LARGE
    assert await library.stream_document_to_file("urn:doc", copy) == len(LARGE)
    assert copy.read_bytes() == LARGE
    if place.transport == "rest":
        with pytest.raises(StreamingUnavailable):
            await library.download("urn:doc").result()
    else:
        pieces = [piece async for piece in library.download("urn:doc", 700_000)]
        assert b"".join(pieces) == LARGE == await library.download("urn:doc").result()
        assert place.generation == 1 or max(map(len, pieces)) == 700_000
        await fails(library.download("urn:nope").result())
    await fails(library.stream_document_to_file("urn:nope", tmp_path / "nope"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "document"]


@story(LibraryOps, "stream_document", generation=2)
async def test_pieces_of_a_document_say_where_they_belong(place: Place) -> None:
    library = place.api.library()
    await library.add_document(LARGE, "urn:doc", None, "T", "")
    if place.transport == "rest":
        with pytest.raises(StreamingUnavailable):
            await library.stream_document("urn:doc")
        return
    pieces = [piece async for piece in library.stream_document("urn:doc", MIB)]
    assert b"".join(piece.content for piece in pieces) == LARGE
    assert await library.stream_document("urn:doc", MIB).result() == LARGE
    assert [piece.chunk_index for piece in pieces] == list(range(pieces[0].total_chunks))
    assert pieces[-1].bytes_received == pieces[0].total_bytes == len(LARGE)
    await fails(library.stream_document("urn:nope").result())


@story(LibraryOps, "document_stream", generation=2)
async def test_a_document_over_http(place: Place) -> None:
    library = place.api.library()
    await library.add_document(LARGE, "urn:doc", None, "T", "")
    pieces = [piece async for piece in library.document_stream("urn:doc", 500_000)]
    assert b"".join(pieces) == LARGE == await library.document_stream("urn:doc").result()
    assert await library.document_stream("urn:nope").result() == b""  # the gateway does not tell


@story(LibraryOps, "begin_upload", "upload_chunk", "get_upload_status", "complete_upload", generation=2)
@story(LibraryOps, "abort_upload", "get_pending_uploads", "list_uploads")
async def test_an_upload_by_hand(place: Place) -> None:
    library = place.api.library()
    described = DocumentMetadata("urn:doc", kind="text/plain", title="T")
    upload = await library.begin_upload(described, 10, 4)
    assert (upload.chunk_size, upload.total_chunks) == (4, 3)
    for index, chunk in ((2, b"89"), (0, b"0123"), (0, b"0123")):
        assert (await library.upload_chunk(upload.upload_id, index, chunk)).chunk_index == index
    status = await library.get_upload_status(upload.upload_id)
    assert (sorted(status.received_chunks), sorted(status.missing_chunks)) == ([0, 2], [1])
    [session] = await library.get_pending_uploads()
    assert (session.upload_id, session.total_size) == (upload.upload_id, 10)
    assert await library.list_uploads() == [session]
    await fails(library.complete_upload(upload.upload_id))
    await library.upload_chunk(upload.upload_id, 1, b"4567")
    assert (await library.complete_upload(upload.upload_id)).document_id == "urn:doc"
    assert await library.get_document_content("urn:doc") == b"0123456789"
    assert await library.get_pending_uploads() == []
    other = await library.begin_upload(dataclasses.replace(described, id="urn:other"), 10, 4)
    await library.abort_upload(other.upload_id)
    assert await library.get_pending_uploads() == []
    assert (await library.get_upload_status(other.upload_id)).state == "expired"
    for refused in (library.complete_upload, library.abort_upload):
        await fails(refused("nope"))
    await fails(library.upload_chunk("nope", 0, b"0123"))
    assert [document.id for document in await library.get_documents()] == ["urn:doc"]


@story(LibraryOps, "resume_upload", "begin_upload", "upload_chunk", generation=2)
async def test_an_upload_goes_on(place: Place) -> None:
    library, told = place.api.library(), []
    upload = await library.begin_upload(DocumentMetadata("urn:doc", kind="text/plain"), len(LARGE), MIB)
    await library.upload_chunk(upload.upload_id, 1, LARGE[MIB : 2 * MIB])
    done = await library.resume_upload(upload.upload_id, LARGE, told_of(told), metadata=[LABEL])
    assert done.document_id == "urn:doc"
    assert told[-1] == (len(LARGE), len(LARGE))
    assert await library.get_document_content("urn:doc") == LARGE
    assert (await library.get_document("urn:doc")).metadata == (LABEL,)
    await fails(library.resume_upload("nope", LARGE))


@story(LibraryOps, "start_processing", "add_processing", "get_processings", "list_processing")
@story(LibraryOps, "stop_processing", "remove_processing")
async def test_documents_are_given_to_flows(place: Place) -> None:
    library = place.api.library()
    await library.add_document(SMALL, "urn:doc", None, "T", "")
    await library.start_processing("urn:first", "urn:doc", collection="maps", tags=["t"])
    [first] = await library.get_processings()
    assert (first.id, first.document_id, first.flow, first.collection) == (
        "urn:first",
        "urn:doc",
        "default",
        "maps",
    )
    assert first.tags == ("t",)
    assert [one.collection for one in await place.api.collection().list_collections()] == ["maps"]
    second = ProcessingMetadata("urn:second", "urn:doc", 1_000_000_000, "default", "maps", ["u"])
    await library.add_processing(second)
    listed = {processing.id: processing for processing in await library.list_processing()}
    assert dataclasses.replace(listed["urn:second"], user="") == second
    await library.stop_processing("urn:first")
    assert [processing.id for processing in await library.get_processings()] == ["urn:second"]
    await library.remove_processing("urn:second")
    assert await library.get_processings() == []
    await fails(library.stop_processing("urn:second"))
    await fails(library.start_processing("urn:third", "urn:nope"))


@story(FlowOps, "load_text", "load_document")
async def test_flows_are_given_what_to_read(place: Place) -> None:
    flow, library = place.flow, place.api.library()
    assert await flow.load_text("Die Brücke", "urn:t", [LABEL]) == "urn:t"
    name = await flow.load_document(io.BytesIO(b"%PDF-1.7"))
    assert name.startswith("urn:sha256:")
    if place.generation == 2:
        assert await library.get_document_content("urn:t") == "Die Brücke".encode()
        assert (await library.get_document(name)).kind == "application/pdf"
        assert {one.document_id for one in await library.get_processings()} == {"urn:t", name}
        await fails(place.api.flow().id("nope").load_text("x"))
    else:
        assert await library.get_documents() == []
        assert await flow.triples_query("urn:t") != []
        assert await flow.triples_query(name) != []


@story(FlowOps, "text_load", "document_load", generation=1)
async def test_flows_read_directly(place: Place) -> None:
    flow = place.flow
    await flow.text_load("Die Brücke".encode("latin-1"), "urn:t", charset="latin-1")
    assert Literal("Die Brücke") in [triple.o for triple in await flow.triples_query("urn:t")]
    await flow.document_load(b"%PDF-1.7", "urn:d", [LABEL])
    assert await flow.triples_query("urn:d") != []
    await fails(place.api.flow().id("nope").text_load("x"))
