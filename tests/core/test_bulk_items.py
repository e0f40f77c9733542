"""Items to messages: what is written, and what is refused before it is sent."""

from __future__ import annotations

import json
import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.bulk import items as module
from tgproto.bulk.frames import READERS
from tgproto.bulk.items import PACKERS, Packer, vector_of
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import LocalProtocolError
from tgproto.types.bulk import (
    Batch,
    BulkMetadata,
    DocumentEmbedding,
    EntityContext,
    GraphEmbedding,
    Row,
    Unreadable,
)
from tgproto.types.terms import IRI, Literal, Triple

GENERATIONS = [GENERATION_1, GENERATION_2]
TRIPLE = Triple("urn:s", "urn:p", "o")
ONE = {"v": "urn:s", "e": True}
TWO = {"t": "i", "i": "urn:s"}


def packer(
    kind: str = "triples",
    dialect: Dialect = GENERATION_2,
    metadata: BulkMetadata | None = None,
    batch_bytes: int = 2**20,
) -> Packer[Any]:
    return PACKERS[kind](dialect, metadata or BulkMetadata("doc", collection="c"), batch_bytes)


def frames(kind: str, items: list[Any], dialect: Dialect = GENERATION_2) -> list[Any]:
    packed, wrong = packer(kind, dialect).pack(items, 0)
    assert not wrong
    return [json.loads(frame) for frame, _ in packed]


def reason(kind: str, item: Any, dialect: Dialect = GENERATION_2) -> str:
    packed, wrong = packer(kind, dialect).pack([item], 7)
    assert packed == []
    assert [error.position for error in wrong] == [7]
    return wrong[0].reason


def items_of(kind: str, items: list[Any], dialect: Dialect = GENERATION_2) -> Any:
    """Return what stands in the one message beside its metadata."""
    (frame,) = frames(kind, items, dialect)
    del frame["metadata"]
    return frame


# --- metadata -------------------------------------------------------------------------------------


def test_metadata() -> None:
    metadata = BulkMetadata("d", collection="c", user="u", metadata=[TRIPLE])
    assert json.loads(bytes(packer(metadata=metadata).metadata)) == {"id": "d", "root": "", "collection": "c"}
    triple = {"s": ONE, "p": {"v": "urn:p", "e": True}, "o": {"v": "o", "e": False}}
    assert json.loads(bytes(packer("triples", GENERATION_1, metadata).metadata)) == {
        "id": "d",
        "collection": "c",
        "user": "u",
        "metadata": [triple],
    }
    mixed = json.loads(bytes(packer("triples", MIXED_2_2, BulkMetadata(root="r")).metadata))
    assert mixed == {"id": "", "root": "r", "collection": "default", "user": "trustgraph", "metadata": []}


def test_metadata_that_1x_cannot_be_told() -> None:
    with pytest.raises(LocalProtocolError, match="root"):
        packer("triples", GENERATION_1, BulkMetadata(root="r"))


# --- triples --------------------------------------------------------------------------------------


def test_triples() -> None:
    wire = {"s": TWO, "p": "urn:p", "o": {"t": "l", "v": "x", "ln": "en"}, "g": "urn:g"}
    assert items_of("triples", [TRIPLE, wire, {**wire, "g": None}]) == {
        "triples": [
            {"s": TWO, "p": {"t": "i", "i": "urn:p"}, "o": {"t": "l", "v": "o"}},
            {**wire, "p": {"t": "i", "i": "urn:p"}},
            {"s": wire["s"], "p": {"t": "i", "i": "urn:p"}, "o": wire["o"]},
        ]
    }


class Special(Triple):
    """A triple of another class."""


def test_triples_of_another_class() -> None:
    assert items_of("triples", [Special("urn:s", "urn:p", "o")]) == items_of("triples", [TRIPLE])


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (5, "it must be a Triple, or a dict, not int"),
        (("urn:s", "urn:p", "o"), "not tuple"),
        ({"s": "urn:s", "p": "urn:p"}, "missing required field `o`"),
        ({"s": "urn:s", "p": "urn:p", "o": "o", "x": 1}, "unknown field `x`"),
        (Triple(IRI("nothing"), "urn:p", "o"), "'nothing' is no absolute IRI"),
        (Triple("urn:s", "urn:p", Literal("\ud800")), "surrogates not allowed"),
    ],
)
def test_what_is_no_triple(item: Any, wanted: str) -> None:
    assert wanted in reason("triples", item)


def test_the_right_ones_are_packed_beside_the_wrong_ones() -> None:
    packed, wrong = packer().pack([5, TRIPLE, None, TRIPLE], 10)
    assert [(error.position, str(error)[:8]) for error in wrong] == [(10, "item 10:"), (12, "item 12:")]
    assert [count for _, count in packed] == [2]


def test_nothing() -> None:
    assert packer().pack([], 0) == ([], [])
    assert packer("rows").pack([], 0) == ([], [])


@given(st.lists(st.integers(0, 300), max_size=20), st.integers(1, 600))
def test_messages_are_divided_by_length(sizes: list[int], limit: int) -> None:
    given_ = [Triple("urn:s", "urn:p", Literal("x" * size)) for size in sizes]
    packed, _ = packer(batch_bytes=limit).pack(given_, 0)
    assert all(len(frame) <= limit or count == 1 for frame, count in packed)
    assert [triple for frame, _ in packed for triple in READERS["triples"](frame)] == given_
    assert sum(count for _, count in packed) == len(given_)


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(1, 600))
def test_messages_with_vectors_are_divided_by_length(sizes: list[int], limit: int) -> None:
    given_ = [GraphEmbedding(IRI("urn:s"), [0.5] * size) for size in sizes]
    packed, _ = packer("graph-embeddings", batch_bytes=limit).pack(given_, 0)
    assert all(len(frame) <= limit or count == 1 for frame, count in packed)
    assert [item for frame, _ in packed for item in READERS["graph-embeddings"](frame)] == given_
    assert sum(count for _, count in packed) == len(given_)


@pytest.mark.parametrize("limit", [200, 300, 400])
def test_three_vectors_that_are_too_long_together(limit: int) -> None:
    given_ = [GraphEmbedding(IRI("urn:s"), [0.5] * size) for size in (30, 30, 1)]
    packed, _ = packer("graph-embeddings", batch_bytes=limit).pack(given_, 0)
    assert len(packed) > 1
    assert all(len(frame) <= limit or count == 1 for frame, count in packed)
    assert sum(count for _, count in packed) == 3


ANY_TRIPLES = st.one_of(
    st.builds(
        Triple,
        st.sampled_from([IRI("urn:a"), IRI("nothing"), "urn:b"]),
        st.just("urn:p"),
        st.sampled_from(["x", "\ud800", Literal("x", None, "fr"), Literal("x", "no")]),
    ),
    st.sampled_from([5, None, {"s": "urn:s", "p": "urn:p", "o": "o"}, {"s": "urn:s"}, Unreadable("torn")]),
)


@given(st.sampled_from(GENERATIONS), st.lists(ANY_TRIPLES, max_size=6))
def test_together_items_are_packed_and_refused_like_each_by_itself(
    dialect: Dialect, items: list[Any]
) -> None:
    packed, wrong = packer("triples", dialect).pack(items, 0)
    singly = [packer("triples", dialect).pack([item], place) for place, item in enumerate(items)]
    assert [str(error) for error in wrong] == [str(error) for _, errors in singly for error in errors]
    good = [json.loads(frame)["triples"][0] for frames, _ in singly for frame, _ in frames]
    assert [json.loads(frame)["triples"] for frame, _ in packed] == ([good] if good else [])


def test_an_item_that_no_gateway_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FRAME", 200)
    packed, wrong = packer().pack([TRIPLE, Triple("urn:s", "urn:p", "x" * 200), TRIPLE], 0)
    assert [(error.position, "a gateway accepts 200" in str(error)) for error in wrong] == [(1, True)]
    assert sum(count for _, count in packed) == 2


# --- embeddings -----------------------------------------------------------------------------------


def test_graph_embeddings() -> None:
    items = [
        GraphEmbedding("urn:s", [1, 2.5]),
        {"entity": TWO, "vector": [3.0]},
        {"entity": "urn:s", "vectors": [[1]]},
    ]
    vectors = [[1, 2.5], [3.0], [1]]
    two = [{"entity": TWO, "vector": vector} for vector in vectors]
    one = [{"entity": ONE, "vectors": [vector]} for vector in vectors]
    assert items_of("graph-embeddings", items) == {"entities": two}
    assert items_of("graph-embeddings", items, GENERATION_1) == {"entities": one}
    several = {"entity": ONE, "vectors": [[1.0], [2.0]]}
    assert items_of("graph-embeddings", [several], GENERATION_1) == {"entities": [several]}
    assert "one vector in each item" in reason("graph-embeddings", several)


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (GraphEmbedding("urn:s", []), "must not be empty"),
        (GraphEmbedding("urn:s", [1.0, math.nan]), "must have finite numbers"),
        (GraphEmbedding("urn:s", [10**400]), "too large"),
        ({"entity": "urn:s"}, "needs a vector, or vectors"),
        ({"entity": "urn:s", "vector": [1], "vectors": [[1]]}, "needs a vector, or vectors"),
        ({"entity": {}, "vector": [1]}, "no term"),
        ([1], "it must be a GraphEmbedding"),
    ],
)
def test_what_is_no_graph_embedding(item: Any, wanted: str) -> None:
    assert wanted in reason("graph-embeddings", item)


class Array:
    """Like the arrays of numpy."""

    def tolist(self) -> list[float]:
        return [0.5, 1]


class Real(float):
    """Like the scalars of numpy."""


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ((1, 2.0), [1, 2.0]),
        (array("d", [1.5]), [1.5]),
        (Array(), [0.5, 1]),
        ([Real(2.5), 1], [2.5, 1.0]),
        (iter([1.0]), [1.0]),
    ],
)
def test_vectors(value: Any, numbers: list[float]) -> None:
    vector = vector_of(value)
    assert vector == numbers
    assert {type(number) for number in vector} <= {int, float}


@pytest.mark.parametrize("value", ["1", b"1", {1: 2}, 5, None, ["1"], [True], [None]])
def test_what_is_no_vector(value: Any) -> None:
    with pytest.raises(TypeError, match="a vector must be"):
        vector_of(value)


def test_document_embeddings() -> None:
    tagged = DocumentEmbedding("urn:c", [1.0], attributes={"lang": "fr", "tags": ("a", "b")})
    both = DocumentEmbedding("urn:c", [1.0], "text")
    assert items_of("document-embeddings", [tagged, both, {"chunk_id": "urn:d", "vector": [2.0]}]) == {
        "chunks": [
            {"chunk_id": "urn:c", "vector": [1.0], "attributes": {"lang": "fr", "tags": ["a", "b"]}},
            {"chunk_id": "urn:c", "vector": [1.0]},
            {"chunk_id": "urn:d", "vector": [2.0]},
        ]
    }
    older = {"chunk": "text", "vectors": [[1.0]]}
    assert items_of("document-embeddings", [both, older], GENERATION_1) == {"chunks": [older, older]}


def test_what_is_no_document_embedding() -> None:
    assert "needs the chunk_id" in reason("document-embeddings", DocumentEmbedding("", [1.0], "text"))
    assert "needs the text" in reason("document-embeddings", DocumentEmbedding("urn:c", [1.0]), GENERATION_1)
    tagged = DocumentEmbedding("", [1.0], "text", {"a": "b"})
    assert "has no attributes" in reason("document-embeddings", tagged, GENERATION_1)
    assert "it must be a DocumentEmbedding" in reason("document-embeddings", 5)
    wrong: Any
    for wrong in (None, ["a"]):
        tagged = DocumentEmbedding("urn:c", [1.0], attributes=wrong)
        assert "attributes of a chunk must be a mapping" in reason("document-embeddings", tagged)


# --- contexts and rows ----------------------------------------------------------------------------


def test_entity_contexts() -> None:
    items = [EntityContext("urn:s", "text"), {"entity": TWO, "context": "text"}]
    for dialect, entity in ((GENERATION_1, ONE), (GENERATION_2, TWO)):
        context = {"entity": entity, "context": "text"}
        assert items_of("entity-contexts", items, dialect) == {"entities": [context, context]}
    typed = EntityContext("urn:s", "text", ["urn:t"])
    assert items_of("entity-contexts", [typed])["entities"][0]["rdf_type"] == ["urn:t"]
    assert "rdf_type cannot be sent" in reason("entity-contexts", typed, GENERATION_1)
    assert "not one string" in reason("entity-contexts", EntityContext("urn:s", "text", "urn:t"))
    assert "is no absolute IRI" in reason("entity-contexts", EntityContext("urn:s", "text", ["t"]))


def test_rows() -> None:
    items = [
        Row("s", {"a": "1"}),
        {"schema_name": "s", "values": {"a": "2"}},
        Row("s", {"a": "3"}, 0.5, "span"),
        Row("t", {"a": "4"}),
    ]
    for dialect in GENERATIONS:
        found = frames("rows", items, dialect)
        assert [(frame["schema_name"], frame["values"]) for frame in found] == [
            ("s", [{"a": "1"}, {"a": "2"}]),
            ("s", [{"a": "3"}]),
            ("t", [{"a": "4"}]),
        ]
        assert [(frame["confidence"], frame["source_span"]) for frame in found] == [
            (1.0, ""),
            (0.5, "span"),
            (1.0, ""),
        ]


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (Row("", {"a": "b"}), "the name of its schema"),
        (Row("s", {}), "a row needs values"),
        (Row("s", {"a": "b"}, math.inf), "must be a finite number"),
        ({"schema_name": "s", "values": {"a": 1}}, "Expected `str`"),
        ("s", "it must be a Row"),
    ],
)
def test_what_is_no_row(item: Any, wanted: str) -> None:
    assert wanted in reason("rows", item)
    wrong: Any = 5
    assert reason("rows", Row("s", {"a": wrong}))
    for wrong in (None, ["a"]):
        assert "values of a row must be a mapping" in reason("rows", Row("s", wrong))


# --- batches ------------------------------------------------------------------------------------


def test_a_batch_is_a_message_of_its_own() -> None:
    batch = Batch([TRIPLE, TRIPLE], BulkMetadata("mine", collection="mine"))
    packed, wrong = packer().pack([TRIPLE, TRIPLE, batch, TRIPLE], 0)
    assert not wrong
    assert [count for _, count in packed] == [2, 1, 1]
    written = [json.loads(frame) for frame, _ in packed]
    assert [frame["metadata"]["id"] for frame in written] == ["doc", "mine", "doc"]
    assert [len(frame["triples"]) for frame in written] == [2, 2, 1]


def test_a_batch_that_cannot_be_sent() -> None:
    assert "there must be some" in reason("triples", Batch())
    assert "must be a Triple" in reason("triples", Batch([5]))
    wrong: Any = {"id": "mine"}
    assert "metadata must be BulkMetadata, not dict" in reason("triples", Batch([TRIPLE], wrong))
    rows = Batch([Row("a", {"x": "1"}), Row("b", {"x": "1"})])
    assert "go together" in reason("rows", rows)
    packed, wrong = packer().pack([TRIPLE, Batch(), TRIPLE], 3)
    assert [error.position for error in wrong] == [4]
    assert [count for _, count in packed] == [2]


@pytest.mark.parametrize("kind", ["triples", "graph-embeddings", "document-embeddings", "entity-contexts"])
@pytest.mark.parametrize("dialect", GENERATIONS)
def test_what_is_exported_can_be_imported_as_it_was(kind: str, dialect: Dialect) -> None:
    [(frame, _)], _ = packer(kind, dialect).pack([EXAMPLES[kind, dialect]], 0)
    [(again, count)], _ = packer(kind, dialect, BulkMetadata("other")).pack([READERS[kind](frame)], 0)
    assert again == frame
    assert count == 1


EXAMPLES = {
    (kind, dialect): item
    for dialect in GENERATIONS
    for kind, item in {
        "triples": TRIPLE,
        "graph-embeddings": GraphEmbedding("urn:s", [1.0]),
        "document-embeddings": DocumentEmbedding("c", [1.0], "" if dialect.one_vector else "text"),
        "entity-contexts": EntityContext("urn:s", "text"),
    }.items()
}


@pytest.mark.parametrize("kind", PACKERS)
def test_what_could_not_be_read_is_refused_with_its_reason(kind: str) -> None:
    assert reason(kind, Unreadable("line 3 is torn")) == "line 3 is torn"
