"""Files of cores are read in whatever pieces they come, and what is none is refused."""

from __future__ import annotations

import contextlib
import sys
from base64 import b64encode
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.core_records import new_records, old_records
from tgproto.cores import CoreReader, encode_record
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import CoreFileError
from tgproto.types import IRI, Literal, QuotedTriple, Triple
from tgproto.types.cores import (
    CoreMetadata,
    CoreRecord,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

IRI_1 = {"v": "urn:a", "e": True}
IRI_2 = {"t": "i", "i": "urn:a"}
A = IRI("urn:a")


def packed(*values: Any) -> bytes:
    return b"".join(map(msgpack.packb, values))


def read(data: bytes) -> list[CoreRecord]:
    reader = CoreReader()
    records = reader.feed(data)
    reader.end()
    return records


@given(st.data())
def test_what_was_written_is_read_in_any_pieces(data: st.DataObject) -> None:
    dialect, strategy = data.draw(st.sampled_from([(GENERATION_1, old_records), (GENERATION_2, new_records)]))
    records = data.draw(st.lists(strategy, max_size=4))
    file = b"".join(encode_record(record, dialect) for record in records)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(file)), max_size=5)))
    reader = CoreReader()
    found: list[CoreRecord] = []
    for begin, end in zip([0, *cuts], [*cuts, len(file)], strict=True):
        found += reader.feed(file[begin:end])
    reader.end()
    assert found == records
    assert (reader.records, reader.skipped) == (len(records), 0)


def test_both_generations_as_gateways_write_them() -> None:
    triple = {"s": IRI_1, "p": IRI_1, "o": {"v": "o", "e": False}}
    old = packed(
        ("t", {"m": {"i": "c", "m": [triple], "u": "me", "c": "x"}, "t": [triple]}),
        ("ge", {"m": {"i": "c", "m": [], "u": "me", "c": "x"}, "e": [{"e": IRI_1, "v": [[1, 0.5], [2.0]]}]}),
    )
    told = Triple(A, A, Literal("o"))
    assert read(old) == [
        TriplesBatch([told], CoreMetadata("c", "", "x", "me", (told,))),
        GraphEmbeddingsBatch([EntityVectors(A, [[1, 0.5], [2.0]])], CoreMetadata("c", "", "x", "me")),
    ]
    new = packed(
        ("t", {"m": {"i": "c", "c": "x"}, "t": [{"s": IRI_2, "p": IRI_2, "o": IRI_2, "g": "urn:g"}]}),
        ("ge", {"m": {"i": "c", "c": "x"}, "e": [{"e": IRI_2, "v": [1, 0.5]}, {"e": IRI_2, "v": []}]}),
        ("lm", {"i": "d", "k": "text/plain", "t": "T", "p": "", "d": "page", "c": "C", "g": ["a"]}),
        ("lb", {"i": "d", "d": b64encode(b"hello").decode()}),
        ("lb", {"i": "d", "d": b64encode(b"hello")}),
        ("lm", {"i": "e"}),
    )
    metadata = CoreMetadata("c", "", "x")
    assert read(new) == [
        TriplesBatch([Triple(A, A, A, "urn:g")], metadata),
        GraphEmbeddingsBatch([EntityVectors(A, [[1, 0.5]]), EntityVectors(A, [[]])], metadata),
        LibraryMetadata("d", "text/plain", "T", "", "page", "C", ("a",)),
        LibraryBlob("d", b"hello"),
        LibraryBlob("d", b"hello"),
        LibraryMetadata("e"),
    ]


def test_numbers_and_booleans_may_be_texts_as_in_frames() -> None:
    node = {"v": "urn:a", "e": "true"}
    (record,) = read(packed(("ge", {"m": {}, "e": [{"e": node, "v": ["1.5"]}, {"e": node, "v": [["2"]]}]})))
    assert record == GraphEmbeddingsBatch([EntityVectors(A, [[1.5]]), EntityVectors(A, [[2.0]])])


def test_kinds_that_are_not_known_are_counted() -> None:
    reader = CoreReader()
    assert reader.feed(packed(("new", {"a": 1}), ("lm", {"i": "d"}), ("eos", {}))) == [LibraryMetadata("d")]
    reader.end()
    assert (reader.records, reader.skipped) == (1, 2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(5), "record 1 cannot be read"),
        (packed(("lm", {"i": "d"}), "t"), "record 2 cannot be read"),
        (packed(("t",)), "record 1 cannot be read"),
        (packed((5, {})), "record 1 cannot be read"),
        (packed(("t", {"m": {}})), "record 1 cannot be read: Object missing required field `t`"),
        (packed(("x", {}), ("lm", {"i": 5})), "record 2 cannot be read"),
        (packed(("lb", {"i": "d", "d": "!"})), "record 1 cannot be read"),
        (packed(("lb", {"i": "d", "d": "ä"})), "record 1 cannot be read"),
        (packed(("lb", {"i": "d", "d": 5})), r"record 1 cannot be read: Expected base64 - at `\$\.d`"),
        (b"\xc1", "record 1 cannot be read"),
        (b"\x92\xa1t\x81\x05\x05", "record 1 cannot be read"),
        (b"\x91" * 5000, "record 1 cannot be read"),
        (b"<html>", "record 1 cannot be read"),
    ],
)
def test_what_is_no_file_of_a_core(data: bytes, said: str) -> None:
    with pytest.raises(CoreFileError, match=said):
        read(data)


@given(st.binary(max_size=30))
def test_nothing_else_is_raised(data: bytes) -> None:
    with contextlib.suppress(CoreFileError):
        read(data)


def test_a_file_that_ends_too_early() -> None:
    record = encode_record(LibraryBlob("d", bytes(99)))
    for end in range(1, len(record)):
        reader = CoreReader()
        assert reader.feed(record + record[:end]) == [LibraryBlob("d", bytes(99))]
        with pytest.raises(CoreFileError, match=r"^the file ends within record 2$"):
            reader.end()
    assert read(b"") == []


@pytest.mark.parametrize("depth", [50, 400, 490, 2000])
def test_terms_may_be_nested_deeply(depth: int) -> None:
    rest = msgpack.packb({"p": IRI_2, "o": IRI_2})[1:]
    opened = b"\x83\xa1s" + b"\x82\xa1t\xa1t\xa2tr\x83\xa1s" * depth
    file = b"\x92\xa1t\x82\xa1m\x80\xa1t\x91" + opened + msgpack.packb(IRI_2) + rest * (depth + 1)
    reader = CoreReader()
    if depth == 50:
        (batch,) = reader.feed(file)
        assert isinstance(batch, TriplesBatch)
        assert isinstance(batch.triples[0].s, QuotedTriple)
        reader.end()
    else:
        with contextlib.suppress(CoreFileError):
            reader.feed(file)


def test_without_msgpack_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgpack", None)
    with pytest.raises(ImportError, match=r"pip install 'tgproto\[cores\]'"):
        CoreReader()
