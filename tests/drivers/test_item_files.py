"""Files of items: compressions and formats, read and written."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tgdrivers.item_files.compression import reading, writing
from tgdrivers.item_files.layout import Layout, UnknownFormat, layout_of
from tgproto.files import UnreadableFile


@pytest.mark.parametrize("compression", ["", "gz", "zst"])
@given(pieces=st.lists(st.binary() | st.just(b"long" * 100_000), max_size=4))
def test_what_is_compressed_comes_back(
    tmp_path_factory: pytest.TempPathFactory, compression: str, pieces: list[bytes]
) -> None:
    out = io.BytesIO()
    for half in (pieces[::2], pieces[1::2]):  # one after the other in a file is one file
        with writing(out, compression) as file:
            for piece in half:
                file.write(piece)
    path = tmp_path_factory.mktemp("compressed") / "file"
    path.write_bytes(out.getvalue())
    with reading(str(path), compression) as file:
        assert file.read() == b"".join(pieces[::2] + pieces[1::2])


@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_what_is_torn_is_told(tmp_path: Path, compression: str) -> None:
    compress = {"gz": gzip.compress, "zst": zstandard.compress}[compression]
    whole = compress(b"something" * 50)
    path = tmp_path / "torn"
    for content in [b"nothing of the kind", *(whole[:end] for end in range(1, len(whole)))]:
        path.write_bytes(content)
        with (
            pytest.raises(UnreadableFile, match="no whole file of"),
            reading(str(path), compression) as file,
        ):
            file.read()


@pytest.mark.parametrize(
    ("path", "given_", "expected"),
    [
        ("a.nt", None, Layout("nt")),
        ("folder.gz/A.B.NT.GZ", None, Layout("nt", "gz")),
        ("-", "jsonl.zst", Layout("jsonl", "zst")),
        ("a.nt.gz", "jsonl", Layout("jsonl")),
    ],
)
def test_what_a_name_tells(path: str, given_: str | None, expected: Layout) -> None:
    assert layout_of(path, given_, ["nt", "jsonl"]) == expected


@pytest.mark.parametrize(("path", "given_"), [("-", None), ("nt", None), ("a.gz", None), ("a.nt", "csv")])
def test_what_a_name_does_not_tell(path: str, given_: str | None) -> None:
    with pytest.raises(UnknownFormat, match=r"\.nt, \.jsonl"):
        layout_of(path, given_, ["nt", "jsonl"])
