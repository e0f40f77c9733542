"""Files that are small, or well formed in parts, and would fill the memory or break the interpreter."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tgdrivers.item_files.compression import reading
from tgdrivers.item_files.formats import Wanted
from tgdrivers.item_files.layout import Layout
from tgdrivers.item_files.lines import bounded
from tgdrivers.item_files.reading import Items, Place
from tgproto.files import LONGEST, UnreadableFile
from tgproto.types.bulk import GraphEmbedding, Unreadable
from tgproto.types.terms import IRI, Triple

MEBIBYTE = 2**20


@contextmanager
def little_memory(mebibytes: int) -> Generator[None]:
    """Fail if the block has more memory at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes * MEBIBYTE
    finally:
        tracemalloc.stop()


def read(kind: str, suffix: str, path: Path, schema: str = "") -> list[tuple[Place, Any]]:
    items = Items(Wanted(kind, schema), [(str(path), Layout(suffix))], 0, 1)
    return [(items.place(items.taken - 1), item) for item in items]


# --- compression ----------------------------------------------------------------------------------


def test_a_small_file_that_is_long_is_read_in_pieces(tmp_path: Path) -> None:
    size = 512 * MEBIBYTE
    path = tmp_path / "file.zst"
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as compressed:
        for _ in range(size // MEBIBYTE):
            compressed.write(bytes(MEBIBYTE))
    assert path.stat().st_size < MEBIBYTE // 8
    count = 0
    with little_memory(64), reading(str(path), "zst") as plain:
        while piece := plain.read(MEBIBYTE):
            count += len(piece)
    assert count == size


# --- lines ----------------------------------------------------------------------------------------


@given(st.text("ab\r\n"), st.integers(1, 4), st.booleans())
def test_lines_have_their_numbers_whatever_is_too_long(text: str, longest: int, by_returns: bool) -> None:
    ends = ("\n", "\r") if by_returns else ("\n",)
    newline = "" if by_returns else "\n"
    whole = list(io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline=newline))
    found = list(
        bounded(io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline=newline), ends, longest)
    )
    assert len(found) == len(whole)
    for line, there in zip(found, whole, strict=True):
        assert line == there if len(there) <= longest else isinstance(line, Unreadable)


TRIPLE = b'<urn:s> <urn:p> "%s" .\n'
EMBEDDING = b'{"entity":"urn:s","vector":[1.0],"%s":1}\n'


@pytest.mark.parametrize(
    ("kind", "suffix", "pattern", "good", "item"),
    [
        ("triples", "nt", TRIPLE, b"<urn:s> <urn:p> <urn:o> .\n", Triple("urn:s", "urn:p", "urn:o")),
        ("triples", "nq", TRIPLE, b"<urn:s> <urn:p> <urn:o> .\n", Triple("urn:s", "urn:p", "urn:o")),
        (
            "graph-embeddings",
            "jsonl",
            EMBEDDING,
            b'{"entity":"urn:s:a","vector":[1.0]}\n',
            GraphEmbedding(IRI("urn:s:a"), [1.0]),
        ),
    ],
)
def test_a_line_that_is_too_long_is_told_and_left_out(
    tmp_path: Path, kind: str, suffix: str, pattern: bytes, good: bytes, item: Any
) -> None:
    path = tmp_path / "file"
    begin, end = pattern.split(b"%s")
    with path.open("wb") as file:
        file.write(b"\n" + begin)
        for _ in range(96):
            file.write(b"x" * MEBIBYTE)
        file.write(end + good)
    with little_memory(80):
        (first, unreadable), (second, found) = read(kind, suffix, path, "s")
    assert (first.number, second.number) == (2, 3)
    assert isinstance(unreadable, Unreadable)
    assert f"longer than {LONGEST}" in unreadable.reason
    assert found == item


def test_a_row_of_many_lines_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    with path.open("wb") as file:
        file.write(b'a,b\r\nx,"')
        for _ in range(2 * LONGEST // 10_000):
            file.write(b"x" * 9_995 + b'","y\n')
        file.write(b'"\r\na,b\r\n')
    with pytest.raises(UnreadableFile, match=f"longer than {LONGEST}"):
        read("rows", "csv", path, "s")


# --- arrays ---------------------------------------------------------------------------------------


def array(dtype: Any, shape: tuple[int, ...], content: bytes = b"") -> bytes:
    """Return an array that says what it is, whatever follows."""
    out = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(out, header)
    return out.getvalue() + content


def archive(path: Path, **arrays: bytes) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in arrays.items():
            file.writestr(f"{name}.npy", content)


def fields(text: str) -> list[Any]:
    return [("entity", text), ("vector", "<f8", (1,))]


@pytest.mark.parametrize("width", [5_000_000, 500_000_000])
def test_a_header_alone_takes_no_memory(tmp_path: Path, width: int) -> None:
    path = tmp_path / "file"
    with little_memory(16):
        path.write_bytes(array(fields(f"<U{width}"), (1000,)))
        with pytest.raises(UnreadableFile, match="more than"):
            read("graph-embeddings", "npy", path)
        archive(path, entity=array(f"<U{width}", (1000,)), vector=array("<f8", (1000, 1)))
        with pytest.raises(UnreadableFile, match="more than"):
            read("graph-embeddings", "npz", path)
        archive(path, entity=array("<U9", (9,), bytes(324)), vector=array("<f8", (9, 2**40)))
        with pytest.raises(UnreadableFile, match="more than"):
            read("graph-embeddings", "npz", path)


def test_lengths_are_not_negative(tmp_path: Path) -> None:
    path = tmp_path / "file"
    archive(path, entity=array("<U9", (9,), bytes(324)), vector=array("<f8", (9, -1), bytes(900)))
    with pytest.raises(UnreadableFile, match="negative"):
        read("graph-embeddings", "npz", path)


def test_wide_rows_are_read_some_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "file.npy"
    rows = np.zeros(200, fields("<U262144"))
    rows["entity"] = [f"urn:s:{number}" for number in range(200)]
    np.save(path, rows)
    del rows
    with little_memory(80):
        found = read("graph-embeddings", "npy", path)
    assert [item.entity for _, item in found] == [IRI(f"urn:s:{number}") for number in range(200)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", [0x110000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_numbers_that_are_no_characters(tmp_path: Path, order: str, code: int) -> None:
    path = tmp_path / "file"
    text = np.array([code], f"{order}u4").tobytes()
    path.write_bytes(array(fields(f"{order}U1"), (1,), text + bytes(8)))
    with pytest.raises(UnreadableFile, match="no character"):
        read("graph-embeddings", "npy", path)
    archive(path, entity=array(f"{order}U1", (1,), text), vector=array("<f8", (1, 1), bytes(8)))
    with pytest.raises(UnreadableFile, match="no character"):
        read("graph-embeddings", "npz", path)
    archive(path, entity=array("<U1", (1,), b"a\0\0\0"), vector=array(f"{order}U1", (1, 1), text))
    with pytest.raises(UnreadableFile, match="no character"):
        read("graph-embeddings", "npz", path)


def test_fields_in_fields_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    inner = [("a", "<U1")]
    path.write_bytes(array([("entity", "<U1"), ("vector", inner, (1,))], (1,), b"a\0\0\0" + b"\xff" * 4))
    with pytest.raises(UnreadableFile, match="fields"):
        read("graph-embeddings", "npy", path)


def test_every_character_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    names = ["urn:\U0010ffff", "urn:a", ""]
    for order in "<>":
        np.savez(path, entity=np.array(names, f"{order}U5"), vector=np.ones((3, 1)))
        found = [item for _, item in read("graph-embeddings", "npz", path)]
        assert json.dumps([str(item.entity) for item in found[:2]]) == json.dumps(names[:2])
        assert len(found) == 3
