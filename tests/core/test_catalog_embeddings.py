"""`embeddings` and `graph-embeddings`, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import math

import pytest

from tests.core.catalogue import payloads
from tgproto.catalog.embeddings import CHUNKS, ENTITIES, ROW_MATCHES, Vectors, vectors_of
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import IRI, ChunkMatch, EntityMatch, EntityMatches, Literal, RowMatch

CALL = CallContext("embeddings", "default")


def vectors(frame: bytes, texts: int) -> Vectors:
    reader = vectors_of(texts)(CALL)
    reader.read(frame)
    return reader.result()


def entities(frame: bytes) -> EntityMatches:
    reader = ENTITIES(CALL)
    reader.read(frame)
    return reader.result()


def test_captured_vectors() -> None:
    found = vectors(payloads("2.11.1 embeddings whole")[0], 2)
    assert [len(vector) for vector in found] == [8, 8]
    assert vectors(payloads("1.7.1 embeddings whole")[0], 1) == found[:1]


def test_vectors_of_any_number_and_numbers_of_any_kind() -> None:
    assert vectors(b'{"vectors":[]}', 0) == []
    assert vectors(b'{"vectors":[[1],[2]]}', 1) == [[1.0], [2.0]]
    assert type(vectors(b'{"vectors":[[1]]}', 1)[0][0]) is float
    assert math.isnan(vectors(b'{"vectors":[[NaN]]}', 1)[0][0])


@pytest.mark.parametrize(
    ("frame", "texts", "said"),
    [(payloads("2.11.1 embeddings whole failed")[0], 1, "0 of 1"), (b'{"vectors":[[1]]}', 2, "1 of 2")],
)
def test_too_few_vectors_are_a_lost_error(frame: bytes, texts: int, said: str) -> None:
    with pytest.raises(SilentFailure, match=f"embeddings in flow 'default': {said} vectors came"):
        vectors(frame, texts)


def test_captured_entities() -> None:
    frame = payloads("2.11.1 graph-embeddings whole")[0]
    found = entities(frame)
    assert found == [EntityMatch(IRI("http://e/s0"), 1.0)]
    assert found["entities"] == [{"entity": {"t": "i", "i": "http://e/s0"}, "score": 1.0}]
    assert found[0]["entity"] == {"t": "i", "i": "http://e/s0"}
    none = entities(payloads("1.7.1 graph-embeddings whole")[0])
    assert (none, type(none)) == ([], EntityMatches)


def test_bare_terms_of_1x() -> None:
    found = entities(b'{"entities":[{"v":"urn:a","e":true},{"v":"b","e":false}]}')
    assert found == [EntityMatch(IRI("urn:a")), EntityMatch(Literal("b"))]
    assert found[1].get("v") == "b"


def test_what_later_releases_add() -> None:
    found = entities(
        b'{"entities":[{"entity":{"t":"i","i":"urn:a"},"score":0.5,"rdf_type":["urn:T"],'
        b'"attributes":{"lang":"de","tag":["x","y"]}}]}'
    )
    assert found == [EntityMatch(IRI("urn:a"), 0.5, ("urn:T",), {"lang": "de", "tag": ["x", "y"]})]


@pytest.mark.parametrize(
    "frame", [b"{}", b'{"entities":null}', b'{"entities":["a"]}', b'{"entities":[{"score":"high"}]}']
)
def test_wrong_shapes(frame: bytes) -> None:
    with pytest.raises(DecodeError, match=r"embeddings in flow 'default': .*documented shape"):
        entities(frame)


def test_what_strict_json_does_not_have() -> None:
    found = entities(b'{"entities":[{"entity":{"t":"l","v":"\\ud800"}}]}')
    assert found == [EntityMatch(Literal("\ud800"))]
    assert found[0].members() == {"entity": {"t": "l", "v": "\ud800"}}
    assert math.isnan(entities(b'{"entities":[{"v":"a","score":NaN}]}')[0].score or 0.0)


def test_chunks_and_rows() -> None:
    frame = b'{"chunks":[{"chunk_id":"a","score":0.5,"attributes":{"k":"v"}},{"chunk_id":"b"}]}'
    reader = CHUNKS(CALL)
    reader.read(frame)
    found = reader.result()
    assert found == [ChunkMatch("a", 0.5, {"k": "v"}), ChunkMatch("b")]
    assert found.payload == frame
    assert found[0]["chunk_id"] == "a"
    frame = (
        b'{"matches":[{"index_name":"i","index_value":["v"],"text":"t","score":0.5,"attributes":{"k":["v"]}},'
        b'{"index_name":"j"}]}'
    )
    rows = ROW_MATCHES(CALL)
    rows.read(frame)
    assert rows.result() == [RowMatch("i", ("v",), "t", 0.5, {"k": ["v"]}), RowMatch("j")]
    assert rows.result()["matches"] == rows.result().members()["matches"]


@pytest.mark.parametrize(
    ("start", "frame", "place"),
    [
        (ENTITIES, b'{"entities":[{},{"score":"high"}]}', r"at `\$.entities\[1\].score`"),
        (CHUNKS, b'{"chunks":[{}]}', r"missing required field `chunk_id` - at `\$.chunks\[0\]`"),
        (CHUNKS, b"{}", r"missing required field `chunks` - at `\$`"),
        (ROW_MATCHES, b'{"matches":[{}]}', r"missing required field `index_name` - at `\$.matches\[0\]`"),
        (ROW_MATCHES, b"{}", r"missing required field `matches` - at `\$`"),
    ],
)
def test_the_place_is_named(start: object, frame: bytes, place: str) -> None:
    with pytest.raises(DecodeError, match=place):
        start(CALL).read(frame)  # type: ignore[operator]
