"""Fetching documents: piece by piece, or into a file that is there complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.carriers import Interrupt, drive
from tests.core.catalogue import body
from tests.core.librarian import Librarian
from tgproto.catalog import AsyncLibrary, Library, LibraryCalls
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import DecodeError, NotOffered, ServiceError, StreamingUnavailable
from tgproto.types import DocumentChunk

CONTENT = b"hello hello hello hello "
LIBRARY = LibraryCalls()


class Told:
    """Notes what progress it is told of."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))


def librarian(dialect: Dialect = GENERATION_2, content: bytes = CONTENT) -> Librarian:
    peer = Librarian(dialect)
    Library(peer.runner).add_document(content, "urn:d", None, "", "")
    peer.requests.clear()
    return peer


@pytest.mark.parametrize("dialect", [GENERATION_1, GENERATION_2])
def test_a_document_goes_into_a_file(dialect: Dialect) -> None:
    peer, told = librarian(dialect), Told()
    assert Library(peer.runner).stream_document_to_file("urn:d", "a", 10, told) == 24
    assert peer.memory.files == {"a": CONTENT}
    steps = [(24, 24)] if dialect is GENERATION_1 else [(10, 24), (20, 24), (24, 24)]
    assert told.calls == steps
    assert Library(peer.runner).download("urn:d", 10).result() == CONTENT


def test_the_requests() -> None:
    call = LIBRARY.stream_document("urn:d", 10)
    assert body(call) == {"operation": "stream-document", "document-id": "urn:d", "chunk-size": 10}
    assert body(LIBRARY.download("urn:d", 0)) == {"operation": "stream-document", "document-id": "urn:d"}
    assert body(LIBRARY.download("urn:d"), GENERATION_1) == {
        "operation": "get-document-content",
        "document-id": "urn:d",
        "user": "trustgraph",
    }
    with pytest.raises(NotOffered, match="stream-document"):
        call.request(GENERATION_1)


def test_pieces() -> None:
    peer = librarian()
    pieces = list(Library(peer.runner).stream_document("urn:d", 10))
    assert pieces == [
        DocumentChunk(b"hello hell", 0, 3, 10, 24),
        DocumentChunk(b"o hello he", 1, 3, 20, 24),
        DocumentChunk(b"llo ", 2, 3, 24, 24),
    ]


@given(st.binary(min_size=1, max_size=40), st.integers(1, 50))
def test_a_download_is_the_document(content: bytes, size: int) -> None:
    for dialect in (GENERATION_1, GENERATION_2):
        peer = librarian(dialect, content)
        library = Library(peer.runner)
        assert b"".join(library.download("urn:d", size)) == content
        assert library.download("urn:d", size).result() == content
        later = AsyncLibrary(peer.awaited)
        assert drive(later.download("urn:d", size).result()) == content
        told = Told()
        fetched = library.stream_document_to_file("urn:d", Path("a.txt"), size, told)
        assert fetched == len(content)
        assert drive(later.stream_document_to_file("urn:d", "b.txt", size)) == len(content)
        assert peer.memory.files == {"a.txt": content, "b.txt": content}
        assert told.calls[-1] == (len(content), len(content))


def test_a_document_cut_short_is_an_error() -> None:
    peer = librarian()
    peer.cut = 1
    library = Library(peer.runner)
    stream = library.download("urn:d", 10)
    assert [next(stream), next(stream)] == [b"hello hell", b"o hello he"]
    with pytest.raises(DecodeError, match="the document has 24 bytes, but 20 came"):
        next(stream)
    peer.memory.files["a"] = b"old"
    for run in (
        lambda: library.stream_document_to_file("urn:d", "a", 10),
        lambda: drive(AsyncLibrary(peer.awaited).stream_document_to_file("urn:d", "a", 10)),
    ):
        with pytest.raises(DecodeError, match="but 20 came"):
            run()
        assert peer.memory.files == {"a": b"old"}


@pytest.mark.parametrize("raised", [ValueError("stop"), Interrupt()])
def test_a_download_that_is_stopped_leaves_nothing(raised: BaseException) -> None:
    def progress(done: int, total: int) -> None:
        assert set(peer.memory.files) == {"a.part"}
        raise raised

    peer = librarian()
    with pytest.raises(type(raised)):
        Library(peer.runner).stream_document_to_file("urn:d", "a", 10, progress)
    assert peer.memory.files == {}
    assert peer.cancelled == [1]


def test_a_download_that_nobody_waits_for_any_more_leaves_nothing() -> None:
    peer = librarian()
    coroutine = AsyncLibrary(peer.awaited).stream_document_to_file("urn:d", "a", 10)
    while "a.part" not in peer.memory.files or not peer.memory.files["a.part"]:
        coroutine.send(None)
    coroutine.close()
    assert peer.memory.files == {}


def test_an_unknown_document_leaves_nothing() -> None:
    peer = librarian()
    with pytest.raises(ServiceError, match="does not exist"):
        Library(peer.runner).stream_document_to_file("urn:x", "a")
    assert peer.memory.files == {}


@pytest.mark.parametrize("content", [CONTENT, b""])
def test_over_rest_alone_it_comes_in_one_message(content: bytes) -> None:
    peer = librarian(content=content)
    told = Told()
    library = Library(BlockingRunner(lambda: peer, streams=None, machine=peer.memory))
    assert library.stream_document_to_file("urn:d", "a", on_progress=told) == len(content)
    assert (peer.memory.files, told.calls) == ({"a": content}, [(len(content), len(content))])
    assert peer.operations == ["get-document-content"]
    library.stream_document_to_file("urn:d", "b")
    assert peer.memory.files["b"] == content
    with pytest.raises(StreamingUnavailable):
        library.download("urn:d")
    later: Any = peer.awaited
    runner = AwaitedRunner(later._carrier, streams=None, machine=peer.memory)
    assert drive(AsyncLibrary(runner).stream_document_to_file("urn:d", "c")) == len(content)


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        ({"id": ""}, ValueError, "id must not be empty"),
        ({"chunk_size": -1}, ValueError, "chunk_size must not be negative"),
        ({"file_path": b"a"}, TypeError, "file_path must be a str or a pathlib.Path, not bytes"),
        ({"on_progress": 1}, TypeError, "on_progress must be a function or None"),
        ({"user": 1}, TypeError, "user must be a str"),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], kind: type[Exception], said: str) -> None:
    peer = librarian()
    with pytest.raises(kind, match=said):
        Library(peer.runner).stream_document_to_file(**{"id": "urn:d", "file_path": "a", **wrong})
    assert (peer.requests, peer.memory.files) == ([], {})
