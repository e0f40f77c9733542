"""Files of items: compressions and formats, read and written."""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.core.file_items import WRITABLE
from tgdrivers.item_files.compression import reading, writing
from tgdrivers.item_files.formats import Wanted
from tgdrivers.item_files.layout import Layout, UnknownFormat, layout_of
from tgdrivers.item_files.reading import Items
from tgdrivers.item_files.writing import ItemFile
from tgproto.files import UnreadableFile
from tgproto.types.bulk import DocumentEmbedding, GraphEmbedding, Unreadable
from tgproto.types.terms import IRI, BlankNode, Literal, Triple


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


# --- formats --------------------------------------------------------------------------------------


def written(kind: str, suffix: str, items: list[Any], path: Path) -> str:
    """Write a file of items, and return its path."""
    with ItemFile(kind, str(path), Layout(suffix)) as file:
        for item in items:
            file.write(item)
    return str(path)


def read(kind: str, suffix: str, path: str, compression: str = "") -> list[Any]:
    return list(Items(Wanted(kind), [(path, Layout(suffix, compression))], 0, 1))


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
EMBEDDED: dict[str, Callable[[st.SearchStrategy[list[float]]], st.SearchStrategy[Any]]] = {
    "graph-embeddings": lambda vectors: st.builds(
        GraphEmbedding, st.builds(lambda triple: triple.o, WRITABLE), vectors
    ),
    "document-embeddings": lambda vectors: st.builds(DocumentEmbedding, TEXT, vectors, TEXT),
}


@pytest.mark.parametrize("suffix", ["npy", "npz", "parquet"])
@pytest.mark.parametrize("kind", EMBEDDED)
@given(data=st.data())
def test_every_embedding_comes_back(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, kind: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, 4))
    vectors = st.lists(NUMBERS, min_size=size, max_size=size)
    items = data.draw(st.lists(EMBEDDED[kind](vectors), max_size=5))
    path = written(kind, suffix, items, tmp_path_factory.mktemp("items") / "file")
    assert read(kind, suffix, path) == items


@pytest.mark.parametrize("suffix", ["npy", "npz", "parquet"])
def test_many_embeddings_in_pieces(tmp_path: Path, suffix: str) -> None:
    items = [GraphEmbedding(IRI(f"urn:s:{n}"), [float(n), 0.5]) for n in range(2500)]
    path = written("graph-embeddings", suffix, items, tmp_path / "file")
    assert read("graph-embeddings", suffix, path) == items
    compressed = tmp_path / "compressed"
    compressed.write_bytes(gzip.compress(Path(path).read_bytes()))
    assert read("graph-embeddings", suffix, str(compressed), "gz") == items


@pytest.mark.parametrize("compression", ["", "gz", "zst"])
@pytest.mark.parametrize("suffix", ["jsonl", "npy", "npz", "parquet"])
def test_what_is_kept_of_a_file_is_whole(tmp_path: Path, suffix: str, compression: str) -> None:
    items = [GraphEmbedding(IRI(f"urn:s:{n}"), [0.1 * n, 1.0]) for n in range(2500)]
    file = ItemFile("graph-embeddings", str(tmp_path / "file"), Layout(suffix, compression))
    with contextlib.suppress(KeyboardInterrupt), file:
        for item in items:
            file.write(item)
        raise KeyboardInterrupt
    assert file.kept is not None
    assert list(tmp_path.iterdir()) == [file.kept]
    assert read("graph-embeddings", suffix, str(file.kept), compression) == items


def test_what_came_is_kept_though_its_end_cannot_be_written(tmp_path: Path) -> None:
    file = ItemFile("graph-embeddings", str(tmp_path / "file"), Layout("jsonl"))

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file.__enter__()
    file.write(GraphEmbedding(IRI("urn:s"), [1.0]))
    file._stack.callback(full)
    with pytest.raises(OSError, match="No space left"):
        file.__exit__(None, None, None)
    assert file.kept is not None
    assert list(tmp_path.iterdir()) == [file.kept]


@pytest.mark.parametrize("suffix", ["npy", "npz", "parquet"])
def test_files_that_are_none(tmp_path: Path, suffix: str) -> None:
    items = [DocumentEmbedding(f"urn:c:{n}", [float(n), 0.5]) for n in range(300)]
    path = Path(written("document-embeddings", suffix, items, tmp_path / "file"))
    whole = path.read_bytes()
    with pytest.raises(UnreadableFile, match=r"needs .*entity and vector"):
        read("graph-embeddings", suffix, str(path))
    for content in (b"", b"nothing of the kind", whole[: len(whole) // 2], whole[:-5]):
        path.write_bytes(content)
        with pytest.raises(UnreadableFile):
            read("document-embeddings", suffix, str(path))


def test_arrays_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    names = np.array(["http://example.org/", "<urn:a>", '"open'])
    np.savez(path, entity=names, vector=np.ones((3, 2), dtype="float32"))
    one, two, three = read("graph-embeddings", "npz", str(path))
    assert one == GraphEmbedding(IRI("http://example.org/"), [1.0, 1.0])
    assert two == GraphEmbedding(IRI("urn:a"), [1.0, 1.0])
    assert isinstance(three, Unreadable)
    for arrays in (
        {"entity": names, "vector": np.ones((2, 2))},
        {"entity": names, "vector": np.ones(3)},
        {"entity": np.array([{}, 1, 2], dtype=object), "vector": np.ones((3, 2))},
        {"entity": names, "vector": np.asfortranarray(np.ones((3, 2)))},
    ):
        np.savez(path, **arrays)
        with pytest.raises(UnreadableFile):
            read("graph-embeddings", "npz", str(path))


def test_what_has_no_column(tmp_path: Path) -> None:
    for suffix in ("npy", "npz", "parquet"):
        with ItemFile("document-embeddings", str(tmp_path / suffix), Layout(suffix)) as file:
            with pytest.raises(ValueError, match="attributes"):
                file.write(DocumentEmbedding("c", [1.0], attributes={"a": "b"}))
            with pytest.raises(ValueError, match="finite"):
                file.write(DocumentEmbedding("c", [math.nan]))
            file.write(DocumentEmbedding("c", [1.0]))
            if suffix != "parquet":
                with pytest.raises(ValueError, match="2 numbers"):
                    file.write(DocumentEmbedding("c", [1.0, 2.0]))
                with pytest.raises(ValueError, match="NUL"):
                    file.write(DocumentEmbedding("c\0", [1.0]))
        assert read("document-embeddings", suffix, str(tmp_path / suffix)) == [DocumentEmbedding("c", [1.0])]


# --- Turtle ---------------------------------------------------------------------------------------


@given(triples=st.lists(WRITABLE, max_size=5))
def test_every_triple_of_turtle_comes_back(
    tmp_path_factory: pytest.TempPathFactory, triples: list[Triple]
) -> None:
    path = written("triples", "ttl", triples, tmp_path_factory.mktemp("items") / "file")
    found = read("triples", "ttl", path)
    names: dict[BlankNode, BlankNode] = {}

    def renamed(term: Any, other: Any) -> Any:
        return names.setdefault(term, other) if isinstance(term, BlankNode) else term

    assert len(found) == len(triples)
    for triple, other in zip(triples, found, strict=True):
        assert Triple(renamed(triple.s, other.s), triple.p, renamed(triple.o, other.o)) == other
    assert len(set(names.values())) == len(names)


def test_turtle_of_people(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    prefixes = "@prefix e: <urn:e:> .\n@prefix x: <http://www.w3.org/2001/XMLSchema#> .\n"
    path.write_text(f'{prefixes}e:a e:p "01"^^x:integer, "x"@en-GB ; e:q [ e:r "ill"^^x:integer ] , (1) .\n')
    found = read("triples", "ttl", str(path))
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    assert found[0] == Triple("urn:e:a", "urn:e:p", Literal("01", integer))
    assert read("triples", "ttl", str(path)) == found
    path.write_text("@prefix e: <urn:e:> .\n\ne:a e:p oops\n")
    with pytest.raises(UnreadableFile, match="no Turtle: line 3"):
        read("triples", "ttl", str(path))
