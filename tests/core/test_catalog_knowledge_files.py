"""Graph cores into files, and out of them, from and to gateways of both generations."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.core.carriers import Interrupt, drive
from tests.core.librarian import Librarian
from tgproto.catalog import AsyncKnowledge, Knowledge
from tgproto.catalog.runners import BlockingRunner
from tgproto.closing import CloseCause, CloseKind
from tgproto.cores import CoreReader, encode_record
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import (
    ConnectionLost,
    CoreFileError,
    LibrarianError,
    LocalProtocolError,
    ServiceError,
    StreamingUnavailable,
)
from tgproto.types import IRI, Triple
from tgproto.types.cores import (
    CoreMetadata,
    CoreRecord,
    CoreTransfer,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

A = IRI("urn:a")
TRIPLES = TriplesBatch([Triple(A, A, A)], CoreMetadata("c"))
VECTORS = GraphEmbeddingsBatch([EntityVectors(A, [[0.5, 1.0]])], CoreMetadata("c"))
DOCUMENT = [LibraryMetadata("d", "text/plain"), LibraryBlob("d", b"hello")]
MISSING: Any = LibrarianError("no such document", "librarian-error")


def filled(dialect: Dialect = GENERATION_2, *more: CoreRecord) -> Librarian:
    peer = Librarian(dialect)
    cores = Knowledge(peer.runner)
    cores.put_kg_core("c", TRIPLES)
    cores.put_kg_core("c", graph_embeddings=VECTORS)
    for record in more:
        if isinstance(record, LibraryMetadata):
            cores.put_kg_core("c", library_metadata=record)
        elif isinstance(record, LibraryBlob):
            cores.put_kg_core("c", library_blob=record)
    peer.requests.clear()
    return peer


def read(data: bytes) -> list[CoreRecord]:
    reader = CoreReader()
    records = reader.feed(data)
    reader.end()
    return records


def test_a_core_goes_into_a_file_and_out_of_it() -> None:
    peer, told = filled(GENERATION_2, *DOCUMENT), []
    cores = Knowledge(peer.runner)
    written = cores.export_kg_core("c", "a.core", lambda *done: told.append(done))
    file = peer.memory.files["a.core"]
    assert written == CoreTransfer(4, len(file))
    assert read(file) == [TRIPLES, VECTORS, *DOCUMENT]
    assert [records for records, _ in told] == [1, 2, 3, 4]
    assert told[-1] == (4, len(file))
    told.clear()
    assert cores.import_kg_core("e", Path("a.core"), lambda *done: told.append(done)) == written
    assert told == [(len(file), len(file))]
    members = ["triples", "graph-embeddings", "library-metadata", "library-blob"]
    assert [list(record) for record in peer.cores["e"]] == [[member] for member in members]
    assert peer.cores["e"][0]["triples"]["metadata"]["id"] == "e"
    later = AsyncKnowledge(peer.awaited)
    assert drive(later.export_kg_core("c", Path("b.core"))) == written
    assert peer.memory.files["b.core"] == file
    assert drive(later.import_kg_core("f", io.BytesIO(file))) == written


@pytest.mark.parametrize("source", [GENERATION_1, GENERATION_2])
@pytest.mark.parametrize("target", [GENERATION_1, GENERATION_2])
def test_files_go_from_one_generation_to_the_other(source: Dialect, target: Dialect) -> None:
    peer = filled(source)
    Knowledge(peer.runner).export_kg_core("c", "a")
    other = Librarian(target)
    other.memory = peer.memory
    Knowledge(other.runner).import_kg_core("e", "a", user="you")
    if target is GENERATION_1:
        assert {batch["metadata"]["user"] for record in other.cores["e"] for batch in record.values()} == {
            "you"
        }
    triples, vectors = Knowledge(other.runner).get_kg_core("e")
    assert isinstance(triples, TriplesBatch)
    assert isinstance(vectors, GraphEmbeddingsBatch)
    assert (triples.triples, vectors.entities) == (TRIPLES.triples, VECTORS.entities)


def test_documents_cannot_go_into_older_cores() -> None:
    peer = Librarian(GENERATION_1)
    file = b"".join(map(encode_record, [TRIPLES, *DOCUMENT]))
    with pytest.raises(LocalProtocolError, match="have no documents"):
        Knowledge(peer.runner).import_kg_core("e", io.BytesIO(file))
    done = Knowledge(peer.runner).import_kg_core("f", io.BytesIO(file), without_documents=True)
    assert done == CoreTransfer(1, len(file), skipped=2)
    assert len(peer.cores["f"]) == 1


def test_a_long_file_is_read_in_pieces() -> None:
    reads: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reads.append(size or 0)
            return super().read(size)

    big = LibraryBlob("d", bytes(900_000))
    file = b"".join(map(encode_record, [DOCUMENT[0], big] * 3))
    peer, told = Librarian(), []
    counted = Counted(file)
    done = Knowledge(peer.runner).import_kg_core("e", counted, lambda *done: told.append(done))
    assert done == CoreTransfer(6, len(file))
    assert max(reads) == 2**20
    assert [part for part, _ in told] == [2**20, 2 * 2**20, 3 * 2**20, len(file)]
    assert {total for _, total in told} == {len(file)}
    assert peer.operations == ["put-kg-core"] * 6


def test_missing_documents_leave_no_file_unless_told_otherwise() -> None:
    peer = filled()
    peer.cores["c"].append(MISSING)
    cores = Knowledge(peer.runner)
    with pytest.raises(LibrarianError):
        cores.export_kg_core("c", "a")
    assert peer.memory.files == {}
    assert cores.export_kg_core("c", "a", allow_missing_documents=True).records == 2
    assert read(peer.memory.files["a"]) == [TRIPLES, VECTORS]
    peer.cores["none"] = [MISSING]
    with pytest.raises(LibrarianError):
        cores.export_kg_core("none", "b", allow_missing_documents=True)
    with pytest.raises(ServiceError, match="there is nothing in the core 'unknown'"):
        cores.export_kg_core("unknown", "b")
    assert set(peer.memory.files) == {"a"}


@pytest.mark.parametrize("raised", [ValueError("stop"), Interrupt()])
def test_an_export_that_is_stopped_leaves_no_file(raised: BaseException) -> None:
    def progress(records: int, size: int) -> None:
        raise raised

    peer = filled()
    with pytest.raises(type(raised)):
        Knowledge(peer.runner).export_kg_core("c", "a", progress)
    assert (peer.memory.files, peer.cancelled) == ({}, [1])


def test_over_rest_alone_nothing_is_exported() -> None:
    peer = filled()
    with pytest.raises(StreamingUnavailable):
        Knowledge(BlockingRunner(lambda: peer, streams=None, machine=peer.memory)).export_kg_core("c", "a")
    assert peer.memory.files == {}


def test_an_import_that_fails_says_what_to_do() -> None:
    file = b"".join(map(encode_record, [TRIPLES, VECTORS]))
    for error, hint in (
        (
            ConnectionLost(CloseCause(CloseKind.LOST), sent=True),
            "The request may have been executed. What was",
        ),
        (
            ServiceError("no space", "unexpected-error"),
            r"no space. What was put before stays: delete_kg_core\('e'\)",
        ),
    ):
        peer = Librarian()
        peer.fail("put-kg-core", error)
        with pytest.raises(type(error), match=hint):
            Knowledge(peer.runner).import_kg_core("e", io.BytesIO(file))


@pytest.mark.parametrize("cut", [1, 20])
def test_half_a_file_is_an_error(cut: int) -> None:
    file = encode_record(TRIPLES) * 2
    peer = Librarian()
    with pytest.raises(CoreFileError, match="the file ends within record 2"):
        Knowledge(peer.runner).import_kg_core("e", io.BytesIO(file[:-cut]))
    assert len(peer.cores["e"]) == 1
    with pytest.raises(CoreFileError, match="record 1 cannot be read"):
        Knowledge(peer.runner).import_kg_core("e", io.BytesIO(b"PDF"))


@pytest.mark.parametrize(
    ("name", "wrong", "kind", "said"),
    [
        ("export_kg_core", {"id": ""}, ValueError, "id must not be empty"),
        ("export_kg_core", {"file": io.BytesIO()}, TypeError, "file must be a str or a pathlib.Path"),
        ("export_kg_core", {"on_progress": 5}, TypeError, "on_progress must be a function"),
        ("export_kg_core", {"allow_missing_documents": 1}, TypeError, "_documents must be a bool"),
        ("import_kg_core", {"without_documents": 1}, TypeError, "without_documents must be a bool"),
        ("export_kg_core", {"user": 5}, TypeError, "user must be a str"),
        ("import_kg_core", {"id": ""}, ValueError, "id must not be empty"),
        ("import_kg_core", {"file": b"a"}, TypeError, "file must be a str, a pathlib.Path or a file"),
        ("import_kg_core", {"on_progress": 5}, TypeError, "on_progress must be a function"),
        ("import_kg_core", {"user": 5}, TypeError, "user must be a str"),
    ],
)
def test_wrong_arguments(name: str, wrong: dict[str, Any], kind: type[Exception], said: str) -> None:
    peer = Librarian()
    with pytest.raises(kind, match=said):
        getattr(Knowledge(peer.runner), name)(**{"id": "c", "file": "a", **wrong})
    assert (peer.requests, peer.memory.files) == ([], {})
