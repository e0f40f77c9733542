"""Content: parts of it, names made of it, texts as bytes."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.catalog.content import content_id, encoded, part_of
from tgproto.catalog.machine import BytesSource
from tgproto.types import TextCompletion


def test_a_part_has_to_be_there() -> None:
    source = BytesSource(b"0123456789")
    assert part_of(source, 3, 4) == b"3456"
    assert part_of(source, 10, 0) == b""
    with pytest.raises(EOFError, match="the document ended at 10 bytes while it was read"):
        part_of(source, 8, 3)


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1])
def test_a_name_is_made_of_the_content(size: int) -> None:
    content = bytes(size)
    digest = hashlib.sha256(content).hexdigest()
    assert content_id(BytesSource(content), size) == f"urn:sha256:{digest}"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-8", "utf-16", "utf-32-le"]))
def test_a_text_becomes_bytes(text: str, charset: str) -> None:
    content = encoded(text, charset)
    assert content.decode(charset) == text
    assert encoded(content, charset) == encoded(bytearray(content), charset) == content


def test_bytes_of_a_text_stay() -> None:
    assert encoded(b"h\xe4llo", "latin-1") == b"h\xe4llo"


@pytest.mark.parametrize(
    ("text", "charset", "kind", "said"),
    [
        ("a", "no-such", ValueError, "charset: there is no 'no-such'"),
        (b"a", "no-such", ValueError, "charset: there is no 'no-such'"),
        ("a", "", ValueError, "charset must not be empty"),
        ("ä", "ascii", ValueError, "text: 'ascii' codec can't encode"),
        (b"\xff", "utf-8", ValueError, "text: 'utf-8' codec can't decode"),
        ("\ud800", "utf-8", ValueError, "text: 'utf-8' codec can't encode"),
        (5, "utf-8", TypeError, "text must be bytes, not int"),
        ("a", None, TypeError, "charset must be a str"),
    ],
)
def test_what_is_no_text(text: object, charset: object, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        encoded(text, charset)


def test_results_are_texts() -> None:
    assert encoded(TextCompletion("a"), "utf-8") == b"a"
