"""Where procedures read from: bytes, and files that somebody else has open."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.librarian import Memory
from tgproto.catalog.machine import BinaryFile, BytesSource, FileSource, PathLike, Source, source_of


class Dribbling(io.BytesIO):
    """A file that never returns more than three bytes at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(3, size) if size is not None and size >= 0 else size)


@given(st.binary(max_size=40), st.integers(0, 50), st.integers(0, 50))
def test_any_part_can_be_read(data: bytes, offset: int, size: int) -> None:
    file = Dribbling(data)
    file.seek(7)
    sources: list[Source] = [BytesSource(data), FileSource(file)]
    for source in sources:
        assert source.open() == len(data)
        assert source.read_at(offset, size) == data[offset : offset + size]
        source.close()
        assert source.read_at(0, size) == data[:size]  # closing it is for its owner
    assert not file.closed


@pytest.mark.parametrize(
    ("value", "path", "file"), [(Path("a"), True, False), (io.BytesIO(), False, True), (b"a", False, False)]
)
def test_what_can_be_read_is_told_apart(value: object, path: bool, file: bool) -> None:
    assert (isinstance(value, PathLike), isinstance(value, BinaryFile)) == (path, file)


def test_what_documents_are_read_from() -> None:
    machine = Memory({"a": b"abc"})
    for document in (b"abc", bytearray(b"abc"), Path("a"), io.BytesIO(b"abc")):
        source = source_of("document", document, machine)
        assert (source.open(), source.read_at(1, 5)) == (3, b"bc")
    for wrong in ("a", object(), None, 5):
        with pytest.raises(TypeError, match=r"^document must be bytes, a pathlib\.Path, or a file open"):
            source_of("document", wrong, machine)


def test_a_file_of_text_is_no_document() -> None:
    with pytest.raises(TypeError, match='open it with the mode "rb"'):
        source_of("document", io.StringIO("abc"), Memory()).open()
