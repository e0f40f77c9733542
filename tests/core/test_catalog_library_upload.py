"""Adding documents: in one message or in chunks, lost chunks, and uploads that are resumed."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.carriers import Interrupt, drive
from tests.core.librarian import NOW, Librarian
from tgproto.catalog import AsyncLibrary, Library
from tgproto.catalog.library_scope import MAX_WHOLE
from tgproto.catalog.library_upload import CHUNKED_FROM
from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import (
    AccessDenied,
    ConnectionLost,
    DecodeError,
    GatewayError,
    LocalProtocolError,
    NotOffered,
    RequestTimeout,
    ServiceError,
    UploadInterrupted,
)
from tgproto.types import IRI, CompletedUpload, DocumentMetadata, Literal, Triple

BIG = bytes(range(256)) * (CHUNKED_FROM // 256) + b"the end"
CHUNK = 700_001  # does not divide it
LABEL = Triple("urn:d", IRI("http://www.w3.org/2000/01/rdf-schema#label"), "A document")
LOST = ConnectionLost(CloseCause(CloseKind.LOST, "reset"), sent=True)
LATE = RequestTimeout("timeout", 60.0)
GATEWAY_LATE = GatewayError("", "gateway-error")


def librarian(dialect: Any = GENERATION_2) -> Librarian:
    return Librarian(dialect, chunk_size=CHUNK)


def stored(peer: Librarian, document_id: str) -> tuple[str, dict[str, Any]]:
    """What the far end has: the hash of its content, and its description."""
    return hashlib.sha256(peer.contents[document_id]).hexdigest(), peer.documents[document_id]


# --- one message ------------------------------------------------------------------------------------


def test_a_short_document_goes_in_one_message() -> None:
    peer, told = librarian(), []
    library = Library(peer.runner)
    added = library.add_document(
        b"hello", "urn:d", [LABEL], "T", "C", "text/plain", ["a"], lambda *told_: told.append(told_)
    )
    assert added == "urn:d"
    assert peer.requests == [
        {
            "service": "librarian",
            "operation": "add-document",
            "content": "aGVsbG8=",
            "document-metadata": {
                "id": "urn:d",
                "time": NOW,
                "kind": "text/plain",
                "title": "T",
                "comments": "C",
                "metadata": [
                    {
                        "s": {"t": "i", "i": "urn:d"},
                        "p": {"t": "i", "i": "http://www.w3.org/2000/01/rdf-schema#label"},
                        "o": {"t": "l", "v": "A document"},
                    }
                ],
                "tags": ["a"],
                "document-type": "source",
            },
        }
    ]
    assert told == [(5, 5)]
    with pytest.raises(ServiceError, match="already exists"):
        library.add_document(b"hello", "urn:d", None, "", "")


def test_a_document_without_a_name_is_named_after_its_content() -> None:
    peer = librarian()
    named = Library(peer.runner).add_document(b"hello", None, None, "", "")
    assert named == f"urn:sha256:{hashlib.sha256(b'hello').hexdigest()}"
    assert peer.contents == {named: b"hello"}
    assert (
        Library(peer.runner).add_document(BIG, None, None, "", "").endswith(hashlib.sha256(BIG).hexdigest())
    )


@pytest.mark.parametrize("content", [b"", b"x" * (CHUNKED_FROM - 1)])
def test_up_to_2_mib_it_is_one_message(content: bytes) -> None:
    peer = librarian()
    Library(peer.runner).add_document(content, "urn:d", None, "", "")
    assert peer.operations == ["add-document"]
    assert peer.contents["urn:d"] == content


def test_older_gateways_get_every_document_in_one_message() -> None:
    peer, told = librarian(GENERATION_1), []
    library = Library(peer.runner)
    library.add_document(BIG, "urn:d", None, "", "", on_progress=lambda *done: told.append(done), user="me")
    assert peer.operations == ["add-document"]
    assert peer.contents["urn:d"] == BIG
    assert (peer.requests[0]["user"], peer.documents["urn:d"]["user"]) == ("me", "me")
    assert told == [(len(BIG), len(BIG))]


class Huge(io.BytesIO):
    """Says that it is very long."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return MAX_WHOLE + 1


def test_what_no_gateway_takes_in_one_message_is_not_sent() -> None:
    peer = librarian(GENERATION_1)
    with pytest.raises(LocalProtocolError, match=f"in one message, gateways take {MAX_WHOLE}"):
        Library(peer.runner).add_document(Huge(), "urn:d", None, "", "")
    assert peer.requests == []


# --- chunks -----------------------------------------------------------------------------------------


def test_a_long_document_goes_in_chunks_and_its_triples_afterwards() -> None:
    peer, told = librarian(), []
    Library(peer.runner).add_document(
        BIG, "urn:d", [LABEL], "T", "C", "application/pdf", ["a"], lambda *done: told.append(done)
    )
    assert peer.operations == ["begin-upload", *["upload-chunk"] * 3, "complete-upload", "update-document"]
    assert [request.get("chunk-index") for request in peer.requests[1:4]] == [0, 1, 2]
    digest, record = stored(peer, "urn:d")
    assert digest == hashlib.sha256(BIG).hexdigest()
    assert peer.requests[0]["document-metadata"]["metadata"] == []
    assert (record["time"], record["kind"], record["title"]) == (NOW, "application/pdf", "T")
    assert [triple["o"]["v"] for triple in record["metadata"]] == ["A document"]
    assert told == [(CHUNK, len(BIG)), (2 * CHUNK, len(BIG)), (len(BIG), len(BIG))]
    assert peer.uploads == {}


def test_awaited_it_is_the_same() -> None:
    peer = librarian()
    assert drive(AsyncLibrary(peer.awaited).add_document(BIG, "urn:d", None, "", "")) == "urn:d"
    assert peer.operations == ["begin-upload", *["upload-chunk"] * 3, "complete-upload"]
    assert peer.contents["urn:d"] == BIG


def test_a_document_may_be_a_file(tmp_path: Path) -> None:
    peer = librarian()
    peer.memory.files["a.pdf"] = BIG
    Library(peer.runner).add_document(Path("a.pdf"), "urn:1", None, "", "")
    file = io.BytesIO(BIG)
    file.seek(5)
    Library(peer.runner).add_document(file, "urn:2", None, "", "")
    assert peer.contents == {"urn:1": BIG, "urn:2": BIG}
    assert not file.closed


@pytest.mark.parametrize("error", [LOST, LATE, GATEWAY_LATE])
@pytest.mark.parametrize("done", [False, True])
def test_a_lost_chunk_is_sent_again(error: Exception, done: bool) -> None:
    peer, told = librarian(), []
    peer.fail("upload-chunk", error, done=done, times=2)
    Library(peer.runner).add_document(BIG, "urn:d", None, "", "", on_progress=lambda *done: told.append(done))
    assert peer.operations == ["begin-upload", *["upload-chunk"] * 5, "complete-upload"]
    assert peer.paused == [0.5, 2.0]
    assert peer.contents["urn:d"] == BIG
    assert [done for done, _ in told] == [CHUNK, 2 * CHUNK, len(BIG)]


def interrupted(peer: Librarian, document: Any = BIG, **arguments: Any) -> UploadInterrupted:
    with pytest.raises(UploadInterrupted) as caught:
        Library(peer.runner).add_document(document, "urn:d", None, "T", "", **arguments)
    return caught.value


def test_an_upload_that_cannot_go_on_is_resumed() -> None:
    peer, told = librarian(), []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 1:
            peer.fail("upload-chunk", LOST, times=3)

    error = interrupted(peer, on_progress=progress)
    assert (error.sent_bytes, error.total_bytes) == (CHUNK, len(BIG))
    assert error.__cause__ is LOST
    assert error.upload_id in peer.uploads
    library = Library(peer.runner)
    (session,) = library.get_pending_uploads()
    assert (session.upload_id, session.document_id) == (error.upload_id, "urn:d")
    peer.requests.clear()
    done = library.resume_upload(error.upload_id, io.BytesIO(BIG), progress, metadata=[LABEL])
    assert done == CompletedUpload("urn:d", "o-1")
    assert done["object-id"] == "o-1"
    assert peer.operations == [
        "list-uploads",
        "get-upload-status",
        "upload-chunk",
        "upload-chunk",
        "complete-upload",
        "get-document-metadata",
        "update-document",
    ]
    digest, record = stored(peer, "urn:d")
    assert digest == hashlib.sha256(BIG).hexdigest()
    assert (record["title"], len(record["metadata"])) == ("T", 1)
    assert [done for done, _ in told] == [CHUNK, 2 * CHUNK, len(BIG)]


@settings(max_examples=40)
@given(st.data())
def test_any_gaps_are_filled(data: st.DataObject) -> None:
    content = data.draw(st.binary(min_size=1, max_size=60))
    peer = Librarian(chunk_size=data.draw(st.integers(1, 70)))
    library = Library(peer.runner)
    started = library.begin_upload(DocumentMetadata("urn:d", 1, "text/plain"), len(content))
    chunks = [content[i : i + started.chunk_size] for i in range(0, len(content), started.chunk_size)]
    assert len(chunks) == started.total_chunks
    there = data.draw(st.sets(st.sampled_from(range(len(chunks)))))
    for index in there:
        library.upload_chunk(started.upload_id, index, chunks[index])
    peer.requests.clear()
    told: list[int] = []
    assert library.resume_upload(started.upload_id, content, lambda sent, _: told.append(sent)) == (
        CompletedUpload("urn:d", "o-1")
    )
    assert peer.operations.count("upload-chunk") == len(chunks) - len(there) == len(told)
    assert peer.contents["urn:d"] == content
    assert told == sorted(told)
    assert not told or told[-1] == len(content)


class Ends(io.BytesIO):
    """A file that loses its end while it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) if self.tell() < CHUNK else b""


class Breaks(io.BytesIO):
    """A file on a disk that breaks."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size:
            raise OSError("the disk is gone")
        return b""


def test_what_happens_to_the_source_says_how_to_go_on() -> None:
    for document, sent, said in (
        (Ends(BIG), CHUNK, f"EOFError: the document ended at {CHUNK} bytes"),
        (Breaks(BIG), 0, "OSError: the disk is gone"),
    ):
        peer = librarian()
        error = interrupted(peer, document)
        assert (error.sent_bytes, error.upload_id) == (sent, next(iter(peer.uploads)))
        assert said in str(error)
        assert peer.paused == []


def test_a_refusal_is_not_repeated() -> None:
    peer = librarian()
    peer.fail("upload-chunk", AccessDenied("no", "access-denied"))
    error = interrupted(peer)
    assert isinstance(error.__cause__, AccessDenied)
    assert peer.operations == ["begin-upload", "upload-chunk"]


def test_an_upload_that_does_not_begin_leaves_nothing() -> None:
    peer = librarian()
    peer.fail("begin-upload", LOST)
    with pytest.raises(ConnectionLost):
        Library(peer.runner).add_document(BIG, "urn:d", None, "", "")
    assert peer.operations == ["begin-upload"]


@pytest.mark.parametrize("raised", [ValueError("stop"), Interrupt()])
def test_what_progress_raises_is_raised(raised: BaseException) -> None:
    def progress(done: int, total: int) -> None:
        raise raised

    peer = librarian()
    with pytest.raises(type(raised)) as caught:
        Library(peer.runner).add_document(BIG, "urn:d", None, "", "", on_progress=progress)
    assert caught.value is raised
    assert len(peer.uploads) == 1


@pytest.mark.parametrize("times", [1, 2])
def test_an_upload_whose_completion_was_not_heard_of_is_complete(times: int) -> None:
    peer = librarian()
    peer.fail("complete-upload", LATE, done=True)
    if times > 1:
        peer.fail("complete-upload", LOST)
    Library(peer.runner).add_document(BIG, "urn:d", None, "", "")
    assert peer.operations[-1] == "get-document-metadata"
    assert peer.contents["urn:d"] == BIG


def test_a_completion_that_was_lost_is_repeated() -> None:
    peer = librarian()
    peer.fail("complete-upload", LOST, times=2)
    Library(peer.runner).add_document(BIG, "urn:d", None, "", "")
    assert peer.paused == [0.5, 2.0]
    assert peer.contents["urn:d"] == BIG


def test_an_upload_that_cannot_be_completed() -> None:
    peer = librarian()
    peer.fail("complete-upload", LOST, times=3)
    error = interrupted(peer)
    assert (error.sent_bytes, error.__cause__) == (len(BIG), LOST)
    assert Library(peer.runner).resume_upload(error.upload_id, BIG).document_id == "urn:d"
    peer = librarian()
    peer.fail("complete-upload", ServiceError("no space", "unexpected-error"))
    assert "no space" in str(interrupted(peer))
    peer = librarian()
    peer.fail("complete-upload", LATE, times=3)
    assert interrupted(peer).__cause__ is LATE  # and not that there is no such document
    assert peer.operations.count("complete-upload") == 3


def test_triples_that_cannot_be_written_do_not_undo_the_upload() -> None:
    peer = librarian()
    peer.fail("update-document", LOST, times=3)
    with pytest.raises(ConnectionLost, match="'urn:d' is in the library, but without its triples"):
        Library(peer.runner).add_document(BIG, "urn:d", [LABEL], "", "")
    assert peer.contents["urn:d"] == BIG


# --- resuming what cannot be resumed ----------------------------------------------------------------


def test_only_an_upload_under_way_is_resumed() -> None:
    peer = librarian()
    library = Library(peer.runner)
    with pytest.raises(ServiceError, match="no upload 'u-9' is under way"):
        library.resume_upload("u-9", BIG)
    started = library.begin_upload(DocumentMetadata("urn:d", 1, "text/plain"), 10)
    with pytest.raises(ValueError, match=f"document has {len(BIG)} bytes, but the upload is of 10"):
        library.resume_upload(started.upload_id, BIG)
    peer.uploads[started.upload_id]["size"] = 10
    peer._get_upload_status = lambda body: {"upload-state": "expired"}  # type: ignore[method-assign]
    with pytest.raises(ServiceError, match="is under way"):
        library.resume_upload(started.upload_id, b"0123456789")


def test_a_gateway_has_to_say_how_long_chunks_are() -> None:
    peer = librarian()
    library = Library(peer.runner)
    started = library.begin_upload(DocumentMetadata("urn:d", 1, "text/plain"), 10)
    sessions = peer._list_uploads({})
    sessions["upload-sessions"][0]["chunk-size"] = 0
    peer._list_uploads = lambda body: sessions  # type: ignore[method-assign]
    with pytest.raises(DecodeError, match="how long chunks are"):
        library.resume_upload(started.upload_id, b"0123456789")


def test_older_gateways_have_no_uploads() -> None:
    with pytest.raises(NotOffered, match=r"it came with 2\.1\.1"):
        Library(librarian(GENERATION_1).runner).resume_upload("u", b"x")


# --- children ---------------------------------------------------------------------------------------


def test_a_child_goes_in_one_message_with_its_parent() -> None:
    peer = librarian()
    library = Library(peer.runner)
    library.add_document(b"parent", "urn:p", None, "", "")
    assert library.add_child_document(BIG, "urn:c", "urn:p", "T", "", metadata=[LABEL]) == "urn:c"
    assert peer.operations == ["add-document", "get-document-metadata", "add-document"]
    record = peer.documents["urn:c"]
    assert (record["parent-id"], record["document-type"], len(record["metadata"])) == (
        "urn:p",
        "extracted",
        1,
    )
    assert [child.id for child in library.list_children("urn:p")] == ["urn:c"]
    assert [document.id for document in library.get_documents()] == ["urn:p"]
    with pytest.raises(ServiceError, match="does not exist"):
        library.add_child_document(b"", "urn:c2", "urn:missing", "", "")


def test_older_gateways_know_of_no_children() -> None:
    peer = librarian(GENERATION_1)
    library = Library(peer.runner)
    library.add_document(b"parent", "urn:p", None, "", "")
    with pytest.raises(NotOffered, match=r"belong to another: .* does not have it; it came with 2\.1\.1"):
        library.add_child_document(b"x", "urn:c", "urn:p", "", "")
    assert peer.operations == ["add-document"]  # nor is it asked for the parent


# --- arguments --------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"document": b"x", "id": "urn:d", "metadata": None, "title": "", "comments": ""}


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        ({"document": "a.pdf"}, TypeError, "document must be bytes, a pathlib.Path, or a file"),
        ({"id": 1}, TypeError, "id must be a str"),
        ({"id": ""}, ValueError, "id must not be empty"),
        ({"metadata": [("s", "p", "o")]}, TypeError, r"metadata\[0\] must be a Triple, not tuple"),
        ({"title": None}, TypeError, "title must be a str"),
        ({"comments": None}, TypeError, "comments must be a str"),
        ({"kind": ""}, ValueError, "kind must not be empty"),
        ({"tags": "a"}, TypeError, "tags must be a list"),
        ({"on_progress": 1}, TypeError, "on_progress must be a function or None"),
        ({"user": 1}, TypeError, "user must be a str"),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], kind: type[Exception], said: str) -> None:
    peer = librarian()
    with pytest.raises(kind, match=said):
        Library(peer.runner).add_document(**{**GOOD, **wrong})
    assert peer.requests == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"parent_id": ""}, "parent_id must not be empty"),
        ({"id": ""}, "id must not be empty"),
        ({"document_type": ""}, "document_type must not be empty"),
    ],
)
def test_wrong_arguments_of_a_child(wrong: dict[str, Any], said: str) -> None:
    peer = librarian()
    with pytest.raises(ValueError, match=said):
        Library(peer.runner).add_child_document(**{**GOOD, "parent_id": "urn:p", **wrong})
    assert peer.requests == []


def test_literals_with_a_type_cannot_be_sent_to_1x() -> None:
    peer = librarian(GENERATION_1)
    triple = Triple("urn:a", "urn:b", Literal("1", "http://www.w3.org/2001/XMLSchema#integer"))
    with pytest.raises(LocalProtocolError, match=re.escape("librarian: document-metadata:")):
        Library(peer.runner).add_document(b"x", "urn:d", [triple], "", "")


def test_chunks_are_one_at_a_time() -> None:
    """However long a document is, what is read of it at once has a limit."""
    reads: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reads.append(size or 0)
            return super().read(size)

    peer = librarian()
    Library(peer.runner).add_document(Counted(BIG), None, None, "", "")
    assert max(reads) <= 2**20
