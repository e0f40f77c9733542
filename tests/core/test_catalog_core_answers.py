"""Answers of knowledge: ids, and cores that are read to their end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tgproto.catalog.core_answers import DOCUMENT_CORE, GRAPH_CORE, IDS, MAX_KEPT, PACKED_CORE
from tgproto.cores import CoreReader
from tgproto.errors import CallContext, CoreFileError, DecodeError, LocalProtocolError
from tgproto.types import IRI, Literal, Triple
from tgproto.types.cores import (
    ChunkVector,
    CoreMetadata,
    CoreRecord,
    DocumentEmbeddingsBatch,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

CONTEXT = CallContext("knowledge")
A = {"t": "i", "i": "urn:a"}
META = {"id": "c", "root": "", "collection": "default"}
# as gateway 2.11.1 sent it, with a repaired schema module
FRAMES: list[dict[str, Any]] = [
    {"triples": {"metadata": META, "triples": [{"s": A, "p": A, "o": {"t": "l", "v": "o"}}]}},
    {"graph-embeddings": {"metadata": META, "entities": [{"vector": [0.5, 1.0], "entity": A}]}},
    {
        "library-metadata": {
            "id": "d",
            "kind": "text/plain",
            "title": "T",
            "parent-id": "",
            "document-type": "source",
            "comments": "",
            "tags": ["a"],
        }
    },
    {"library-blob": {"id": "d", "data": "aGVsbG8="}},
    {"eos": True},
]


def read(start: Any, frames: list[dict[str, Any]]) -> Any:
    reader = start(CONTEXT)
    chunks = [reader.read(json.dumps(frame).encode()) for frame in frames]
    return reader, [chunk for chunk in chunks if chunk is not None]


def test_ids() -> None:
    assert read(IDS, [{"ids": ["a"]}])[0].result() == ["a"]
    assert read(IDS, [{}])[0].result() == read(IDS, [{"ids": None}])[0].result() == []


def test_a_graph_core() -> None:
    reader, records = read(GRAPH_CORE, FRAMES)
    a, metadata = IRI("urn:a"), CoreMetadata("c")
    assert (
        records
        == reader.result()
        == reader.partial
        == [
            TriplesBatch([Triple(a, a, Literal("o"))], metadata),
            GraphEmbeddingsBatch([EntityVectors(a, [[0.5, 1.0]])], metadata),
            LibraryMetadata("d", "text/plain", "T", "", "source", "", ("a",)),
            LibraryBlob("d", b"hello"),
        ]
    )


def test_a_graph_core_of_1x() -> None:
    term = {"v": "urn:a", "e": True}
    meta = {"id": "c", "metadata": [{"s": term, "p": term, "o": term}], "user": "me", "collection": "x"}
    frame = {"graph-embeddings": {"metadata": meta, "entities": [{"entity": term, "vectors": [[1], [2.0]]}]}}
    a = IRI("urn:a")
    _, records = read(GRAPH_CORE, [frame, {"eos": True}])
    told = CoreMetadata("c", "", "x", "me", (Triple(a, a, a),))
    assert records == [GraphEmbeddingsBatch([EntityVectors(a, [[1.0], [2.0]])], told)]


def test_a_core_of_document_embeddings() -> None:
    frame = {"document-embeddings": {"metadata": META, "chunks": [{"chunk_id": "k", "vector": [0.5]}]}}
    reader, records = read(DOCUMENT_CORE, [frame, {"eos": True}])
    batch = DocumentEmbeddingsBatch([ChunkVector("k", [0.5])], CoreMetadata("c"))
    assert records == reader.result() == [batch]


def test_a_core_for_a_file() -> None:
    reader, records = read(PACKED_CORE, FRAMES)
    assert [msgpack.unpackb(record)[0] for record in records] == ["t", "ge", "lm", "lb"]
    assert reader.result() == records


def entities(**members: Any) -> dict[str, Any]:
    return {"graph-embeddings": {"metadata": META, "entities": [{"entity": A, **members}]}}


@pytest.mark.parametrize("start", [GRAPH_CORE, PACKED_CORE])
@pytest.mark.parametrize(
    ("frame", "place"),
    [
        ({"graph-embeddings": {"metadata": META, "entities": None}}, "$.graph-embeddings.entities"),
        ({"triples": {"metadata": None, "triples": []}}, "$.triples.metadata"),
        ({"triples": {"triples": []}}, "$.triples"),
        (entities(vector=[0.5, "x"]), "$.graph-embeddings.entities[0].vector[1]"),
        ({"library-blob": {"id": "d", "data": 5}}, "$.library-blob.data"),
        ({"library-blob": {"id": "d", "data": "?"}}, "$.library-blob.data"),
        ({"eos": 2}, "$.eos"),
    ],
)
def test_what_is_not_of_the_documented_shape_is_refused(
    start: Any, frame: dict[str, Any], place: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        read(start, [frame])
    assert str(caught.value).endswith(f"- at `{place}`")


def from_file(data: bytes) -> CoreRecord:
    (record,) = CoreReader().feed(data)
    return record


def test_documents_without_contents_and_nodes_without_vectors_go_into_files() -> None:
    _, [blob, node] = read(PACKED_CORE, [{"library-blob": {"id": "d"}}, entities(vector=None)])
    assert from_file(blob) == LibraryBlob("d", b"")
    assert msgpack.unpackb(node)[1]["e"] == [{"e": A, "v": []}]


def test_numbers_of_more_than_64_bits_cannot_stand_in_a_file() -> None:
    with pytest.raises(CoreFileError, match="an integer of more than 64 bits"):
        read(PACKED_CORE, [entities(vector=[2**64])])


names = st.sampled_from([*(name for frame in FRAMES for name in frame), "metadata", "vectors", "e", "\ud800"])
texts = st.text(max_size=3) | st.sampled_from(["", "1.5", "false", "aGk=", "\ud800"])
leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | texts
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | texts, inner, max_size=3)
)
FRAME_1 = {"graph-embeddings": {"metadata": {**META, "user": "u", "metadata": []}, "entities": []}}
SEVERAL = entities(vectors=[[1, 2.0], ["3"]], chunk_id="k", rdf_type=["urn:a"], attributes={"a": ["b"]})


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """Draw a frame with one value in it replaced, added or removed."""
    whole: dict[str, Any] = {"": json.loads(json.dumps(draw(st.sampled_from([*FRAMES, FRAME_1, SEVERAL]))))}
    spot: Any = whole
    key: Any = ""
    while isinstance(spot[key], dict | list) and spot[key] and draw(st.integers(0, 4)):
        spot = spot[key]
        key = draw(st.sampled_from(list(spot) if isinstance(spot, dict) else range(len(spot))))
    match draw(st.sampled_from(["replaced", "added", "removed"])):
        case "removed" if spot is not whole:
            del spot[key]
        case "added" if isinstance(spot[key], dict):
            spot[key][draw(names | texts)] = draw(json_values)
        case _:
            spot[key] = draw(json_values)
    return whole[""]


def came_of(start: Any, frame: Any) -> Any:
    try:
        return start(CONTEXT).read(json.dumps(frame).encode())
    except (DecodeError, CoreFileError) as error:
        return error


def what_files_have(record: CoreRecord | None) -> CoreRecord | None:
    """Return a record without what has no place in files."""
    match record:
        case TriplesBatch(_, metadata):
            return replace(record, metadata=replace(metadata, root=""))
        case GraphEmbeddingsBatch(nodes, metadata):
            kept = [EntityVectors(node.entity, list(node.vectors) or [[]]) for node in nodes]
            return GraphEmbeddingsBatch(kept, replace(metadata, root=""))
        case _:
            return record


@given(changed() | json_values)
@example(SEVERAL)
@example(entities(vector=[float("nan")]))
@example(entities(vector=[10**400]))
@example({"library-blob": {"id": "d", "data": "\ud800"}})
@example({"library-metadata": {"id": "d", "\ud800": 5}})
@example({"library-metadata": None})
@example({"library-metadata": None, "library-blob": {"id": "d"}})
@example({"library-metadata": {"id": "\ud800"}})
@example({"eos": "false", "library-blob": {"id": "d"}})
def test_a_file_has_what_is_read_without_one_or_the_core_is_refused(frame: Any) -> None:
    record, packed = came_of(GRAPH_CORE, frame), came_of(PACKED_CORE, frame)
    if isinstance(record, DecodeError):
        assert str(packed) == str(record)
    elif not isinstance(packed, CoreFileError):
        found = None if packed is None else from_file(packed)
        assert repr(found) == repr(what_files_have(record))  # NaN is not equal to itself


@pytest.mark.parametrize("start", [GRAPH_CORE, DOCUMENT_CORE, PACKED_CORE])
def test_a_core_has_an_end(start: Any) -> None:
    reader, records = read(start, [])
    for look in (reader.check, reader.result):
        with pytest.raises(DecodeError, match=r"^knowledge: the core broke off"):
            look()
    reader, records = read(start, [{"eos": True}])
    assert (records, reader.partial, reader.result()) == ([], None, [])


@pytest.mark.parametrize("start", [GRAPH_CORE, DOCUMENT_CORE, PACKED_CORE])
def test_records_of_another_kind_are_refused(start: Any) -> None:
    with pytest.raises(DecodeError, match="no kind that is known"):
        read(start, [{"something": {}}])


@pytest.mark.parametrize("count", [MAX_KEPT, MAX_KEPT + 1])
def test_a_long_core_is_not_kept_for_those_who_have_it(count: int) -> None:
    reader, _ = read(GRAPH_CORE, [FRAMES[3]] * count)
    reader.release()
    reader.read(json.dumps(FRAMES[3]).encode())
    reader.release()
    reader.read(b'{"eos":true}')
    reader.check()
    if count > MAX_KEPT:
        assert reader.partial is None
        with pytest.raises(LocalProtocolError, match="is not kept once they are read"):
            reader.result()
    else:
        reader, _ = read(GRAPH_CORE, [*[FRAMES[3]] * count, FRAMES[4]])
        reader.release()
        assert len(reader.result()) == count
