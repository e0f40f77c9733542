"""Answers that are no JSON."""

from __future__ import annotations

import pytest

from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.plain import BytesReader, PlainTextReader
from tgproto.errors import CallContext, DecodeError, LocalProtocolError

CALL = CallContext("a-service")


def test_bytes_come_in_pieces() -> None:
    reader = BytesReader(CALL)
    assert reader.partial is None
    assert [reader.read(b"ab"), reader.read(b""), reader.read(b"c", last=True)] == [b"ab", None, b"c"]
    reader.check()
    reader.release()
    assert reader.partial == reader.result() == b"abc"


def test_a_long_answer_is_not_kept_once_it_is_read() -> None:
    reader = BytesReader(CALL)
    assert reader.read(bytes(MAX_KEPT + 1))
    assert len(reader.result()) == MAX_KEPT + 1
    reader.release()
    assert reader.read(b"more") == b"more"
    assert reader.partial is None
    with pytest.raises(LocalProtocolError, match=r"a-service: an answer of more than .* bytes is not kept"):
        reader.result()


def test_text() -> None:
    reader = PlainTextReader(CALL)
    for piece in (b"a", "\u00e4".encode()[:1], "\u00e4".encode()[1:]):
        reader.read(piece)
    assert reader.result() == "a\u00e4"
    reader.read(b"\xff")
    with pytest.raises(DecodeError, match="a-service: the answer is no text in UTF-8"):
        reader.result()
