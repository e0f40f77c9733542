"""`triples`, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.triples import TriplesReader
from tgproto.errors import CallContext, DecodeError, LocalProtocolError
from tgproto.types import IRI, Literal, Triple

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
CALL = CallContext("triples", "default")
FIVE = [Triple(f"http://e/s{n}", "http://e/p", Literal(f"o{n}", language="en")) for n in range(5)]


@pytest.mark.parametrize("mode", ["whole", "streamed"])
def test_captured_answers_of_2x(mode: str) -> None:
    reader = TriplesReader(CALL)
    assert reader.partial is None
    batches = [reader.read(payload.encode()) for payload in ANSWERS[f"2.11.1 triples {mode}"]]
    assert reader.result() == reader.partial == FIVE
    assert [triple for batch in batches for triple in batch or ()] == FIVE


def test_answers_of_1x() -> None:
    reader = TriplesReader(CALL)
    reader.read(ANSWERS["1.7.1 triples whole"][0].encode())
    assert reader.result() == []
    reader.read(
        b'{"response":[{"s":{"v":"urn:s","e":true},"p":{"v":"urn:p","e":true},"o":{"v":"x","e":false}}]}'
    )
    assert reader.result() == [Triple("urn:s", "urn:p", "x")]


def test_graphs_and_missing_positions() -> None:
    reader = TriplesReader(CALL)
    reader.read(b'{"response":[{"s":{"t":"i","i":"urn:s"},"o":{"t":""},"g":"urn:g"}]}')
    assert reader.result() == [Triple(IRI("urn:s"), "", "", "urn:g")]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"{}", "`response`"),
        (b'{"response":null}', r"`\$\.response`"),
        (b'{"response":[{"s":{"t":"x"}}]}', r"`\$\.response\[0\]\.s\.t`"),
    ],
)
def test_wrong_shapes(payload: bytes, said: str) -> None:
    reader = TriplesReader(CALL)
    reader.read(b'{"response":[{}]}')
    with pytest.raises(DecodeError, match=said) as caught:
        reader.read(payload)
    assert caught.value.partial == [Triple("", "", "")]
    assert caught.value.context == CALL


def test_quoted_triples_without_end() -> None:
    depth = 100_000
    payload = b'{"response":[' + b'{"s":{"t":"t","tr":' * depth + b"{}" + b"}}" * depth + b"]}"
    with pytest.raises(DecodeError, match="nested too deeply"):
        TriplesReader(CALL).read(payload)


def test_a_long_answer_is_not_kept_once_it_is_read() -> None:
    reader = TriplesReader(CALL)
    reader.read(b'{"response":[{"s":{"t":"l","v":"%b"}}]}' % (b"x" * MAX_KEPT))
    assert len(reader.result()) == 1
    reader.release()
    assert reader.read(b'{"response":[{}]}') == [Triple("", "", "")]
    assert reader.partial is None
    with pytest.raises(LocalProtocolError, match=r"^triples in .* is not kept once its batches are read"):
        reader.result()
