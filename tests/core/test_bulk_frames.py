"""Messages of exports, from gateways of both generations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.bulk import frames
from tgproto.bulk.frames import READERS
from tgproto.bulk.items import PACKERS
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.errors import DecodeError
from tgproto.types.bulk import BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Triple

ITEMS: dict[str, list[Any]] = {
    "triples": [Triple("urn:s", "urn:p", "o"), Triple("urn:s", "urn:p", IRI("urn:o"))],
    "graph-embeddings": [GraphEmbedding(IRI("urn:s"), [1.0, 2.0])],
    "document-embeddings": [DocumentEmbedding("urn:c", [1.0], "text")],
    "entity-contexts": [EntityContext(IRI("urn:s"), "text")],
}


@pytest.mark.parametrize("dialect", [GENERATION_1, GENERATION_2], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("kind", ITEMS)
def test_what_was_written_is_read(kind: str, dialect: Dialect) -> None:
    metadata = BulkMetadata("d", collection="c")
    packed, wrong = PACKERS[kind](dialect, metadata, 2**20).pack(ITEMS[kind], 0)
    assert not wrong
    batch = READERS[kind](packed[0][0])
    items = ITEMS[kind]
    if kind == "document-embeddings":
        items = [
            DocumentEmbedding("urn:c", [1.0])
            if dialect is GENERATION_2
            else DocumentEmbedding("", [1.0], "text")
        ]
    assert batch == items
    assert (batch.metadata.id, batch.metadata.collection) == ("d", "c")
    assert batch.metadata.user == ("trustgraph" if dialect is GENERATION_1 else None)


@pytest.mark.parametrize("kind", ITEMS)
def test_messages_are_read_ahead_up_to_a_bad_one(kind: str) -> None:
    packed, _ = PACKERS[kind](GENERATION_2, BulkMetadata("d"), 2**20).pack(ITEMS[kind], 0)
    good, reader = packed[0][0], READERS[kind]
    items = list(reader(good))
    odd = good.replace(b'"d"', b'"d","x":NaN', 1)  # only the careful way reads this
    assert reader.ahead([]) == ([], 0)
    assert reader.ahead([good, good]) == (items * 2, 2)
    assert reader.ahead([good, odd, good, b"[]", good]) == (items * 3, 3)
    assert reader.ahead([b"[]", good]) == ([], 0)
    assert list(reader(odd)) == items


def test_terms_of_all_kinds_among_triples_that_are_read_quickly() -> None:
    quoted = Triple("urn:a", "urn:b", Literal("q", None, "fr"))
    given_ = [
        Triple("urn:s", "urn:p", Literal("x", "urn:t"), "urn:g"),
        Triple(BlankNode("b"), "urn:p", QuotedTriple(quoted)),
        Triple("urn:s", "urn:p", Literal("")),
    ]
    packed, wrong = PACKERS["triples"](GENERATION_2, BulkMetadata("d"), 2**20).pack(given_, 0)
    assert not wrong
    assert READERS["triples"](packed[0][0]) == given_


def test_a_triple_without_a_term_is_told() -> None:
    frame = b'{"metadata":{},"triples":[{"s":{"t":"i","i":"urn:s"},"p":{"t":"i","i":"urn:p"}}]}'
    assert READERS["triples"].ahead([frame]) == (list(READERS["triples"](frame)), 1)


JSON_TERMS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.builds(lambda value: {"t": "i", "i": value}, st.sampled_from(["urn:a", "urn:b", "", None, 5])),
        st.fixed_dictionaries(
            {"t": st.just("l"), "v": st.sampled_from(["", "x", "\ud800", None])},
            optional={"dt": st.sampled_from(["", "urn:t"]), "ln": st.sampled_from(["", "fr", None])},
        ),
        st.sampled_from(
            [{"t": "b", "d": "x"}, {"v": "urn:a", "e": True}, {"v": "y", "e": False}, {}, None, {"t": "?"}]
        ),
    ),
    lambda inner: st.builds(lambda s, p, o: {"t": "t", "tr": {"s": s, "p": p, "o": o}}, inner, inner, inner),
    max_leaves=4,
)
JSON_TRIPLES = st.fixed_dictionaries(
    {"s": JSON_TERMS, "p": JSON_TERMS}, optional={"o": JSON_TERMS, "g": st.sampled_from(["", "urn:g", None])}
)
JSON_METADATA = st.sampled_from(
    [
        {},
        {"id": "d", "collection": "c"},
        {"id": "e"},
        {"id": 5},
        None,
        {"metadata": [{"s": 1}]},
        {"x": float("nan")},
    ]
)


def read(reader: Any, payload: bytes) -> tuple[Any, Any]:
    try:
        batch = reader(payload)
    except DecodeError as error:
        return None, str(error)
    return list(batch), batch.metadata


@given(st.lists(st.tuples(JSON_METADATA, st.lists(JSON_TRIPLES, max_size=3)), min_size=1, max_size=4))
def test_triples_are_read_quickly_as_they_are_read_carefully(messages: list[Any]) -> None:
    """Whatever came before, and with the same errors."""
    carefully = frames._Reader(frames._Triples, frames._triples)
    for metadata, triples in messages:
        payload = json.dumps({"metadata": metadata, "triples": triples}).encode()
        assert read(READERS["triples"], payload) == read(carefully, payload)


MESSAGES: dict[str, list[bytes]] = {
    "triples": [
        b'{"metadata":{"id":"d"},"triples":[{"s":{"t":"i","i":"urn:s"},"p":{},"o":{"t":"l","v":"1"}}]}',
        b'{"metadata":{},"triples":[{"s":null,"p":{},"o":{}},{"s":{},"p":{},"o":{}}]}',
        b'{"metadata":{},"triples":[]}',
        b'{"metadata":{"x":NaN},"triples":[{"s":{},"p":{},"o":{"t":"l","v":"careful"}}]}',
        b'{"metadata":{},"triples":[{"s":{},"p":{},"o":{"t":"l","v":"\\ud800"}}]}',
        b"[]",
    ],
    "entity-contexts": [b'{"metadata":{},"entities":[{"entity":{}},{"entity":{}}]}', b"{}"],
}


@given(st.sampled_from(list(MESSAGES)), st.data())
def test_reading_ahead_gives_what_reading_one_by_one_gives(kind: str, data: st.DataObject) -> None:
    """Up to the first message that cannot be read."""
    messages = data.draw(st.lists(st.sampled_from(MESSAGES[kind]), max_size=6))
    reader, expected, count = READERS[kind], list[Any](), 0
    for message in messages:
        try:
            expected += reader(message)
        except DecodeError:
            break
        count += 1
    assert reader.ahead(messages) == (expected, count)


def test_neighbours_share_their_metadata_and_iris_unless_they_can_be_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frames, "KNOWN", 2)
    triple = {"s": {"t": "i", "i": "urn:s"}, "p": {"t": "i", "i": "urn:p"}, "o": {"t": "l", "v": "x"}}
    for members, shared in (({"id": "d"}, True), ({"id": "d", "metadata": [{}]}, False)):
        payload = json.dumps({"metadata": members, "triples": [triple, triple]}).encode()
        one, other = READERS["triples"](payload), READERS["triples"](payload)
        assert one == other
        assert one.metadata == other.metadata
        assert (one.metadata is other.metadata) is shared
        assert one[0].s is one[1].s
    for number in range(5):
        third = {**triple, "o": {"t": "i", "i": f"urn:{number}"}}
        payload = json.dumps({"metadata": {}, "triples": [third]}).encode()
        assert READERS["triples"](payload) == [Triple("urn:s", "urn:p", f"urn:{number}")]


def test_several_vectors_are_several_items() -> None:
    message = {"metadata": {}, "entities": [{"entity": {"v": "x", "e": False}, "vectors": [[1.0], [2.0]]}]}
    batch = READERS["graph-embeddings"](json.dumps(message).encode())
    assert batch == [GraphEmbedding(Literal("x"), [1.0]), GraphEmbedding(Literal("x"), [2.0])]
    assert batch.metadata == BulkMetadata("", "", "", None)


def test_members_that_are_missing() -> None:
    chunks = READERS["document-embeddings"](b'{"metadata":{"id":null},"chunks":[{}]}')
    assert chunks == [DocumentEmbedding("", [])]
    assert READERS["entity-contexts"](b'{"metadata":{},"entities":[{"entity":{}}]}') == [
        EntityContext(Literal(""), "")
    ]


@pytest.mark.parametrize("kind", ITEMS)
@pytest.mark.parametrize(
    "message", [b"", b"[]", b"{}", b'{"metadata":{},"triples":{},"entities":1,"chunks":""}']
)
def test_what_is_no_message(kind: str, message: bytes) -> None:
    with pytest.raises(DecodeError):
        READERS[kind](message)
