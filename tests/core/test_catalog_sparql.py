"""Answers to SPARQL queries, batch by batch."""

from __future__ import annotations

import pytest

from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.sparql import SparqlReader
from tgproto.errors import CallContext, DecodeError, LocalProtocolError
from tgproto.types import IRI, Literal, SparqlAnswer, Triple

A, B = IRI("urn:a"), Literal("b")
WIRE_A, WIRE_B = b'{"t":"i","i":"urn:a"}', b'{"t":"l","v":"b"}'


def read(*frames: bytes) -> tuple[list[SparqlAnswer | None], SparqlReader]:
    reader = SparqlReader(CallContext("sparql"))
    return [reader.read(frame) for frame in frames], reader


def test_solutions_come_in_batches() -> None:
    frames = [
        b'{"query-type":"select","variables":["x","y"],"bindings":[{"values":[%b,%b]},{"values":[%b,null]}]}'
        % (WIRE_A, WIRE_B, WIRE_A),
        b'{"query-type":"select","variables":["x","y"],"bindings":[{"values":[%b]}]}' % WIRE_B,
    ]
    batches, reader = read(*frames)
    names = ("x", "y")
    assert batches == [
        SparqlAnswer("select", names, ({"x": A, "y": B}, {"x": A})),
        SparqlAnswer("select", names, ({"x": B},)),
    ]
    whole = SparqlAnswer("select", names, ({"x": A, "y": B}, {"x": A}, {"x": B}))
    assert reader.result() == reader.partial == whole
    assert reader.result().payload == frames[-1]
    assert reader.result()["query-type"] == "select"


def test_other_queries() -> None:
    _, reader = read(b'{"query-type":"ask","ask-result":false}')
    assert reader.result() == SparqlAnswer("ask", ask_result=False)
    triple = b'{"s":%b,"p":%b,"o":%b}' % (WIRE_A, WIRE_A, WIRE_B)
    _, reader = read(b'{"query-type":"construct","triples":[%b]}' % triple)
    assert reader.result() == SparqlAnswer("construct", triples=(Triple(A, A, B),))


def test_what_is_no_answer() -> None:
    _, reader = read()
    assert reader.partial is None
    with pytest.raises(DecodeError, match="sparql: the answer has no frames"):
        reader.result()
    with pytest.raises(DecodeError, match="missing required field `query-type`"):
        read(b"{}")
    with pytest.raises(
        DecodeError, match=r"a solution has 2 values for 1 variables - at `\$\.bindings\[0\]`"
    ):
        read(b'{"query-type":"select","variables":["x"],"bindings":[{"values":[null,null]}]}')


def test_a_long_answer_is_not_kept_once_it_is_read() -> None:
    frame = b'{"query-type":"select","variables":["x"],"bindings":[{"values":[{"t":"l","v":"%b"}]}]}'
    batches, reader = read(frame % (b"x" * MAX_KEPT), frame % b"y")
    assert len(reader.result().bindings) == len(batches) == 2
    reader.release()
    batch = reader.read(frame % b"z")
    assert batch is not None
    assert batch.bindings == ({"x": Literal("z")},)
    assert reader.partial is None
    reader.check()
    with pytest.raises(LocalProtocolError, match=r"^sparql: .* bytes is not kept once its batches are read"):
        reader.result()
