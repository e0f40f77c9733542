"""Documents in pieces: every one of them, in order, or an error."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.library_pieces import PieceReader, pieces_as
from tgproto.errors import CallContext, DecodeError, LocalProtocolError
from tgproto.types import DocumentChunk

CONTEXT = CallContext("librarian")


def frame(content: bytes, index: int, total: int, size: int) -> bytes:
    members = {"content": base64.b64encode(content).decode(), "total-chunks": total, "total-bytes": size}
    return json.dumps({**members, **({"chunk-index": index} if index else {})}).encode()


def frames(content: bytes, size: int) -> list[bytes]:
    parts = [content[i : i + size] for i in range(0, len(content), size)]
    return [frame(part, i, len(parts), len(content)) for i, part in enumerate(parts)]


def reader() -> PieceReader[DocumentChunk]:
    return PieceReader(CONTEXT, lambda piece: piece)


@given(st.binary(min_size=1, max_size=40), st.integers(1, 50))
def test_a_document_is_put_together(content: bytes, size: int) -> None:
    reading = reader()
    pieces = [reading.read(payload) for payload in frames(content, size)]
    assert reading.result() == content
    assert [piece.chunk_index for piece in pieces if piece is not None] == list(range(len(pieces)))
    last = pieces[-1]
    assert last is not None
    assert (last.bytes_received, last.total_bytes, last.total_chunks) == (len(content),) * 2 + (len(pieces),)


@given(st.binary(min_size=2, max_size=40), st.data())
def test_a_part_is_no_document(content: bytes, data: st.DataObject) -> None:
    sent = frames(content, data.draw(st.integers(1, len(content) - 1)))
    reading = reader()
    for payload in sent[: data.draw(st.integers(1, len(sent) - 1))]:
        reading.read(payload)
    for look in (reading.check, reading.result):
        with pytest.raises(DecodeError, match=rf"^librarian: the document has {len(content)} bytes, but"):
            look()
    assert reading.partial is None


def test_what_is_cut_short_is_refused() -> None:
    reading = reader()
    reading.read(frames(b"abcdef", 2)[0])
    with pytest.raises(DecodeError, match="the document has 6 bytes, but 2 came"):
        reading.check()


def test_pieces_in_another_order_are_refused() -> None:
    first, second, third = frames(b"abcdef", 2)
    for order, said in (
        ([first, third], "piece 2 of the document came instead of 1"),
        ([second], "piece 1 of the document came instead of 0"),
        ([first, first], "piece 0 of the document came instead of 1"),
    ):
        reading = reader()
        *before, wrong = order
        for payload in before:
            reading.read(payload)
        with pytest.raises(DecodeError, match=said):
            reading.read(wrong)


def test_a_document_in_one_piece() -> None:
    for payload, content in ((b'{"content":"aGVsbG8="}', b"hello"), (b"{}", b"")):
        reading = pieces_as(lambda piece: piece.content)(CONTEXT)
        assert reading.read(payload) == content
        reading.check()
        assert reading.result() == content


def test_a_long_document_is_not_kept_for_those_who_have_it() -> None:
    content = bytes(MAX_KEPT + 1)
    for size, kept in ((len(content), False), (MAX_KEPT, True)):
        reading = reader()
        payloads = frames(content[:size], size)
        for payload in payloads:
            reading.read(payload)
        reading.release()
        reading.check()
        if kept:
            assert reading.result() == content[:size]
        else:
            with pytest.raises(LocalProtocolError, match="is not kept once its pieces are read"):
                reading.result()
