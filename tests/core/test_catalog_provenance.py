"""Provenance beside the chunks of other readers, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tgproto.catalog.agent import AgentReader
from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.provenance import with_provenance
from tgproto.catalog.rag import RagReader
from tgproto.errors import CallContext, DecodeError, LocalProtocolError, SilentFailure
from tgproto.types import IRI, AgentThought, ProvenanceEvent, RAGChunk

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
CALL = CallContext("graph-rag", "default")


def test_provenance_stands_where_it_came() -> None:
    reader = with_provenance(RagReader)(CALL)
    chunks = [reader.read(payload.encode()) for payload in ANSWERS["2.11.1 graph-rag streamed"]]
    assert [type(chunk) for chunk in chunks] == [ProvenanceEvent] * 2 + [RAGChunk] * 3 + [
        ProvenanceEvent,
        RAGChunk,
    ]
    event = chunks[0]
    assert isinstance(event, ProvenanceEvent)
    assert event.explain_id == "urn:trustgraph:standin:question"
    assert event.explain_graph == "urn:graph:retrieval"
    assert [triple.g for triple in event.triples] == ["urn:graph:retrieval"] * 2
    assert event.triples[0].o == IRI("https://trustgraph.ai/ns/Question")
    assert reader.result() == "chunk-0 chunk-1 "


def test_it_works_for_the_agent_too() -> None:
    reader = with_provenance(AgentReader)(CALL)
    chunks = [reader.read(payload.encode()) for payload in ANSWERS["2.11.1 agent whole"]]
    assert sum(isinstance(chunk, ProvenanceEvent) for chunk in chunks) == 4
    assert isinstance(chunks[1], AgentThought)
    assert None not in chunks


def test_1x_has_none() -> None:
    reader = with_provenance(AgentReader)(CALL)
    assert reader.read(b"{}") is None
    assert reader.read(ANSWERS["1.7.1 agent whole"][0].encode()) == AgentThought("I should look it up.", True)


def test_an_event_may_be_bare() -> None:
    assert with_provenance(RagReader)(CALL).read(b'{"explain_id":"urn:x"}') == ProvenanceEvent("urn:x")


def test_errors() -> None:
    reader = with_provenance(RagReader)(CALL)
    assert reader.partial is None
    reader.read(b'{"chunk":"a"}')
    assert reader.partial == "a"
    with pytest.raises(DecodeError, match=r"`\$\.explain_triples\[0\]`") as caught:
        reader.read(b'{"explain_id":"urn:x","explain_triples":[1]}')
    assert (caught.value.partial, caught.value.context) == ("a", CALL)
    for ask in (reader.check, reader.result):
        with pytest.raises(SilentFailure):
            ask()


def test_a_long_text_that_somebody_has_is_let_go() -> None:
    reader = with_provenance(RagReader)(CALL)
    reader.read(b'{"response":"%s"}' % (b"a" * (MAX_KEPT + 1)))
    reader.release()
    assert reader.partial is None
    with pytest.raises(LocalProtocolError, match="not kept"):
        reader.result()
