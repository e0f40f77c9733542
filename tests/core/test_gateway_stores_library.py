"""Documents, what is processed, and uploads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.gateway.stores import failures
from tgproto.gateway.stores import library as module
from tgproto.gateway.stores.failures import RequestRefused, Unexpected
from tgproto.gateway.stores.library import Document, Library, Processing

NOW = "2026-01-01"


def document(name: str = "d", **more: Any) -> Document:
    made = Document(name, 7, "text/plain", "T", "", metadata=(), tags=["x"], type="source")
    return replace(made, **more)


def test_documents_come_and_go() -> None:
    of = Library()
    assert of.add(document(), b"abc") == {}
    assert of.has("d")
    assert of.content("d") == b"abc"
    about = {
        "id": "d",
        "time": 7,
        "kind": "text/plain",
        "title": "T",
        "document-type": "source",
        "metadata": [],
        "tags": ["x"],
    }
    assert of.describe("d") == {"document-metadata": about}
    changed = document(title="U", kind="other", time=8, tags=None, metadata=[{"s": 1}])
    assert of.update(changed) == {}
    expected = {**about, "title": "U", "time": 8, "metadata": [{"s": 1}]}
    del expected["tags"]
    assert of.describe("d") == {"document-metadata": expected}
    assert of.remove("d") == {}
    assert not of.has("d")


def test_parts_of_documents() -> None:
    of = Library()
    of.add(document(), b"abc")
    of.add(document("c", parent="d"), b"c")
    of.add(document("a", type="answer"), b"a")
    names = {flag: [row["id"] for row in rows_of(of, flag)] for flag in (True, False)}
    assert names == {True: ["d", "c", "a"], False: ["d"]}
    assert [child.id for child in of.children("d")] == ["c"]
    of.remove("d")
    assert [row["id"] for row in rows_of(of, True)] == ["a"]


def rows_of(of: Library, flag: bool) -> Any:
    return of.list(all_of_them=flag)["document-metadatas"]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda of: of.add(document(), b""), "Document already exists"),
        (lambda of: of.update(document("n")), "Document does not exist"),
        (lambda of: of.remove("n"), "Document does not exist"),
        (lambda of: of.describe("n"), r"No such document row\?"),
        (lambda of: of.content("n"), r"No such document row\?"),
        (lambda of: of.add(document("n"), b"x" * 11), "room for documents of 10 bytes"),
        (lambda of: of.remove_processing("n"), "Processing object does not exist"),
        (lambda of: of.add_processing(processing(collection="")), "Collection parameter is required"),
        (lambda of: of.add_processing(processing(document="n")), "No such document row"),
        (lambda of: (of.add_processing(processing()), of.add_processing(processing())), "already exists"),
    ],
)
def test_what_was_not_expected(act: Any, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    of = Library()
    of.add(document(), b"")
    with pytest.raises(Unexpected, match=message):
        act(of)


def processing(**more: Any) -> Processing:
    return replace(Processing("p", "d", 7, "f", "c", None), **more)


def test_what_is_processed() -> None:
    of = Library()
    of.add(document(), b"abc")
    assert of.add_processing(processing()) == {}
    assert of.add_processing(processing(id="q", tags=["x"], time=7.9)) == {}
    about = {"id": "p", "document-id": "d", "time": 7, "flow": "f", "collection": "c"}
    assert of.list_processing() == {"processing-metadatas": [about, {**about, "id": "q", "tags": ["x"]}]}
    assert of.remove_processing("p") == {}
    assert len(of.list_processing()["processing-metadatas"]) == 1  # type: ignore[arg-type]


@given(st.binary(max_size=50), st.integers(-1, 60))
def test_a_stream_is_the_document(content: bytes, size: int) -> None:
    of = Library()
    of.add(document(), content)
    chunks = list(of.chunks("d", size))
    assert b"".join(piece for piece, _ in chunks) == content
    for index, (piece, about) in enumerate(chunks):
        assert about.get("chunk-index", 0) == index
        assert ("chunk-index" in about) is bool(index)
        assert about["chunks-received"] == index + 1
        assert about["total-chunks"] == len(chunks)
        assert about["total-bytes"] == len(content)
        assert len(piece) == size or size <= 0 or index == len(chunks) - 1
    if chunks:
        assert chunks[-1][1]["bytes-received"] == len(content)


@given(st.binary(min_size=1, max_size=40), st.integers(1, 10), st.randoms(use_true_random=False))
def test_an_upload_is_the_document(content: bytes, size: int, random: Any) -> None:
    of = Library()
    begun = of.begin(document(metadata=[1]), len(content), size, now=NOW)
    name, count = str(begun["upload-id"]), -(-len(content) // size)
    assert begun == {"upload-id": name, "chunk-size": size, "total-chunks": count}
    order = list(range(count))
    random.shuffle(order)
    for number, index in enumerate(order, 1):
        if number <= 11:
            with pytest.raises(RequestRefused, match=r"^Missing chunks: \["):
                of.complete(name)
        piece = content[index * size : (index + 1) * size]
        said = of.receive(name, index, partial(bytes, piece))
        assert said.get("chunk-index", 0) == index
        assert said["chunks-received"] == number + 1  # one too many, as of a real gateway
        status = of.status(name)
        assert status["upload-state"] == "in-progress"
        assert status["received-chunks"] == sorted(order[:number])
        assert status.get("missing-chunks", []) == sorted(order[number:])
        assert status["chunks-received"] == number
    [session] = of.list_uploads()["upload-sessions"]  # type: ignore[misc, var-annotated]
    assert (session["upload-id"], session["chunks-received"], session["created-at"]) == (name, count, NOW)
    assert session["document-metadata-json"].startswith('{"id":"d"')
    done = of.complete(name)
    assert done == {"document-id": "d", "object-id": "object-1"}
    assert of.content("d") == content
    assert of.document("d").metadata == ()
    assert of.status(name) == {"upload-id": name, "upload-state": "expired"}
    assert of.list_uploads() == {}


def test_uploads_that_are_refused() -> None:
    of = Library()
    of.add(document(), b"abc")
    with pytest.raises(RequestRefused, match="already exists"):
        of.begin(document(), 5, 5, now=NOW)
    with pytest.raises(RequestRefused, match="at most 10000 chunks"):
        of.begin(document("n"), 10_001, 1, now=NOW)
    name = str(of.begin(document("n"), 15, 1, now=NOW)["upload-id"])
    for index in (-1, 15):
        with pytest.raises(RequestRefused, match=rf"^Invalid chunk index {index}, must be 0-14$"):
            of.receive(name, index, bytes)
    with pytest.raises(RequestRefused, match=r"^Missing chunks: \[0, 1, 2, 3, 4, 5, 6, 7, 8, 9\]\.\.\.$"):
        of.complete(name)
    assert of.abort(name) == {}
    for act in (of.abort, of.complete, lambda name: of.receive(name, 0, bytes)):
        with pytest.raises(RequestRefused, match="not found or expired"):
            act(name)


def test_room_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    of = Library()
    for _ in range(3):
        of.add(document(), b"x" * 10)
        of.remove("d")
        name = str(of.begin(document(), 10, 10, now=NOW)["upload-id"])
        with pytest.raises(Unexpected, match="room"):
            of.begin(document("e"), 1, 1, now=NOW)
        of.abort(name)


@pytest.mark.parametrize("kept", [document("d"), document("n", time="never"), document("n", id=[])])
def test_a_refused_document_takes_no_room(kept: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    of = Library()
    of.add(document(), b"")
    with pytest.raises((Unexpected, TypeError, ValueError)):
        of.add(kept, b"x" * 10)
    of.add(document("e"), b"x" * 10)


def test_a_record_too_many_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    monkeypatch.setattr(failures, "MAX_RECORDS", 1)
    of = Library()
    name = str(of.begin(document("u"), 1, 1, now=NOW)["upload-id"])
    with pytest.raises(Unexpected, match="room for 1 of them"):
        of.begin(document("v"), 9, 9, now=NOW)
    of.abort(name)
    of.add(document("d"), b"x")
    with pytest.raises(Unexpected, match="room for 1 of them"):
        of.add(document("e"), b"x" * 9)
    of.remove("d")
    of.add(document("f"), b"x" * 10)


def test_chunks_take_the_room_that_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    of = Library()
    name = str(of.begin(document(), 4, 2, now=NOW)["upload-id"])
    of.receive(name, 0, lambda: b"x" * 6)
    with pytest.raises(Unexpected, match="room"):
        of.receive(name, 1, lambda: b"x" * 5)
    assert of.status(name)["missing-chunks"] == [1]
    of.receive(name, 1, lambda: b"x" * 4)
    with pytest.raises(Unexpected, match="room"):
        of.add(document("e"), b"x")
    of.receive(name, 0, lambda: b"x")  # in place of the first one: five bytes are free again
    of.add(document("e"), b"x" * 5)
    of.complete(name)
    assert of.content("d") == b"x" * 5
    with pytest.raises(Unexpected, match="room"):
        of.add(document("f"), b"x")
    of.remove("e")
    name = str(of.begin(document("g"), 1, 1, now=NOW)["upload-id"])
    of.receive(name, 0, lambda: b"x" * 5)
    of.abort(name)
    of.add(document("h"), b"x" * 5)


def test_what_was_reserved_and_not_used_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    of = Library()
    name = str(of.begin(document(), 10, 10, now=NOW)["upload-id"])
    of.receive(name, 0, lambda: b"x")
    of.complete(name)
    of.add(document("e"), b"x" * 9)


def test_an_upload_that_cannot_be_kept_is_not_gone() -> None:
    of = Library()
    name = str(of.begin(document(), 1, 1, now=NOW)["upload-id"])
    of.receive(name, 0, lambda: b"x")
    of.add(document(), b"y")
    with pytest.raises(Unexpected, match="already exists"):
        of.complete(name)
    of.remove("d")
    of.complete(name)
    assert of.content("d") == b"x"


def test_examples() -> None:
    of = Library()
    of.begin(document(), 5, 3, now=NOW)
    assert of.receive("upload-1", 0, lambda: b"abc")["chunks-received"] == 2
    status = of.status("upload-1")
    assert (status["received-chunks"], status["missing-chunks"]) == ([0], [1])
    of.receive("upload-1", 1, lambda: b"de")
    assert "missing-chunks" not in of.status("upload-1")
    [session] = of.list_uploads()["upload-sessions"]  # type: ignore[misc, var-annotated]
    assert (session["total-size"], session["chunk-size"], session["total-chunks"]) == (5, 3, 2)
    of.complete("upload-1")
    assert of.list_uploads() == {}
    assert of.status("upload-1")["upload-state"] == "expired"
    first, last = of.chunks("d", 3)
    counts = {"total-chunks": 2, "total-bytes": 5}
    assert first == (b"abc", {**counts, "chunks-received": 1, "bytes-received": 3})
    assert last == (b"de", {**counts, "chunk-index": 1, "chunks-received": 2, "bytes-received": 5})
    assert len(list(of.chunks("d", 0))) == 1
