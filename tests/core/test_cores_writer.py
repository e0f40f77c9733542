"""Records as they stand in files, as the gateways of each generation write them."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from tgproto.cores import encode_record
from tgproto.cores.writer import pack
from tgproto.dialect import GENERATION_1
from tgproto.errors import CoreFileError, LocalProtocolError
from tgproto.types import IRI, Triple
from tgproto.types.cores import (
    CoreMetadata,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

A = IRI("urn:a")
IRI_1 = {"v": "urn:a", "e": True}
IRI_2 = {"t": "i", "i": "urn:a"}


def unpacked(record: bytes) -> Any:
    return msgpack.unpackb(record)


def test_records_of_2x() -> None:
    metadata = CoreMetadata("c", "root", "x")
    assert unpacked(encode_record(TriplesBatch([Triple(A, A, A)], metadata))) == [
        "t",
        {"m": {"i": "c", "c": "x"}, "t": [{"s": IRI_2, "p": IRI_2, "o": IRI_2}]},
    ]
    several = GraphEmbeddingsBatch([EntityVectors(A, [[1.0], [2.0]], "chunk")], metadata)
    assert unpacked(encode_record(several)) == [
        "ge",
        {"m": {"i": "c", "c": "x"}, "e": [{"e": IRI_2, "v": [1.0]}, {"e": IRI_2, "v": [2.0]}]},
    ]
    assert unpacked(encode_record(LibraryMetadata("d", "text/plain", "T", "p", "page", "C", ["a"]))) == [
        "lm",
        {"i": "d", "k": "text/plain", "t": "T", "p": "p", "d": "page", "c": "C", "g": ["a"]},
    ]
    assert unpacked(encode_record(LibraryBlob("d", b"hello"))) == ["lb", {"i": "d", "d": "aGVsbG8="}]


def test_records_of_1x() -> None:
    metadata = CoreMetadata("c", "", "x", "me", [Triple(A, A, A)])
    batch = GraphEmbeddingsBatch([EntityVectors(A, [[1.0], [2.0]])], metadata)
    assert unpacked(encode_record(batch, GENERATION_1)) == [
        "ge",
        {
            "m": {"i": "c", "m": [{"s": IRI_1, "p": IRI_1, "o": IRI_1}], "u": "me", "c": "x"},
            "e": [{"e": IRI_1, "v": [[1.0], [2.0]]}],
        },
    ]
    with pytest.raises(LocalProtocolError, match="have no documents"):
        encode_record(LibraryBlob("d", b""), GENERATION_1)


def test_frames_of_gateways_go_over_as_they_are() -> None:
    assert pack({}) == pack({"eos": True}) == pack({"something": 1}) == b""
    assert pack({"library-metadata": None, "triples": None}) == b""
    frame = {"library-blob": {"id": "d", "data": "aGVsbG8="}}
    assert unpacked(pack(frame)) == ["lb", {"i": "d", "d": "aGVsbG8="}]
    metadata = {"id": "c", "root": "", "collection": "x"}
    batch = {"metadata": metadata, "entities": [{"entity": IRI_1, "vectors": [[1.0]]}]}
    assert unpacked(pack({"graph-embeddings": batch})) == [
        "ge",
        {"m": {"i": "c", "c": "x"}, "e": [{"e": IRI_1, "v": [[1.0]]}]},
    ]


def test_what_gateways_leave_out_is_as_empty_as_for_readers_of_frames() -> None:
    assert unpacked(pack({"library-blob": {"id": "d"}})) == ["lb", {"i": "d", "d": ""}]
    entities = [
        {"entity": IRI_2},
        {"entity": IRI_2, "vector": None, "vectors": [[1.0]]},
        {"entity": IRI_2, "vector": [2.0], "vectors": None},
    ]
    [_, batch] = unpacked(pack({"graph-embeddings": {"metadata": {}, "entities": entities}}))
    assert batch["e"] == [{"e": IRI_2, "v": []}, {"e": IRI_2, "v": [[1.0]]}, {"e": IRI_2, "v": [2.0]}]


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_an_integer_of_more_than_64_bits_cannot_stand_in_a_file(number: int) -> None:
    batch = {"metadata": {}, "entities": [{"entity": IRI_2, "vector": [number]}]}
    with pytest.raises(CoreFileError, match=r"'ge'\) has an integer of more than 64 bits"):
        pack({"graph-embeddings": batch})


def test_what_has_no_place_in_a_file_is_left_out() -> None:
    node = EntityVectors(A, [[1.0]], "chunk", ["urn:type"], {"name": "value"})
    assert unpacked(encode_record(GraphEmbeddingsBatch([node], CoreMetadata("c", "root", "x")))) == [
        "ge",
        {"m": {"i": "c", "c": "x"}, "e": [{"e": IRI_2, "v": [1.0]}]},
    ]


def test_a_lone_surrogate_cannot_stand_in_a_file() -> None:
    with pytest.raises(CoreFileError, match="lone surrogate"):
        encode_record(LibraryMetadata("\ud800"))
