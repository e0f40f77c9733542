"""Where procedures read from: bytes, and files that somebody else has open."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.catalog.machine import BinaryFile, BytesSource, FileSource, PathLike, Source


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
