"""Chunks: content, `str`, and what kinds there are."""

from __future__ import annotations

import pickle

import pytest

from tgproto.types import (
    AgentAnswer,
    AgentChunk,
    AgentMessage,
    AgentObservation,
    AgentThought,
    Grounding,
    ProvenanceEvent,
    RAGChunk,
    Source,
    StreamingChunk,
    TextChunk,
    Triple,
)

KINDS = [StreamingChunk, TextChunk, RAGChunk, AgentThought, AgentObservation, AgentAnswer, AgentMessage]


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_have_content_and_print_it(kind: type[StreamingChunk]) -> None:
    chunk = kind("some text")
    assert chunk.content == str(chunk) == f"{chunk}" == "some text"
    assert isinstance(chunk, StreamingChunk)
    assert not hasattr(chunk, "__dict__")  # one is made for each token


def test_a_rag_chunk_never_has_an_error() -> None:
    chunk = RAGChunk("a", end_of_stream=True, sources=(Source("urn:doc", "Title"),))
    assert chunk.error is None
    assert isinstance(chunk, TextChunk)
    assert chunk.sources[0].title == "Title"


def test_agent_chunks_are_told_apart_by_class() -> None:
    answer = AgentAnswer("42", end_of_message=True, end_of_dialog=True, in_token=3)
    assert isinstance(answer, AgentChunk)
    assert not isinstance(answer, AgentThought)
    assert AgentThought("x") != AgentObservation("x")


def test_a_message_of_another_kind_has_its_members() -> None:
    message = AgentMessage("a", kind="action", payload=b'{"message_type":"action","tool":"t"}')
    assert (message["tool"], message.get("tool"), message.get("absent", 5)) == ("t", "t", 5)
    assert message.members() == {"message_type": "action", "tool": "t"}
    assert message == AgentMessage("a", kind="action")
    assert isinstance(message, AgentChunk)
    assert pickle.loads(pickle.dumps(message))["tool"] == "t"


def test_provenance_has_no_text() -> None:
    event = ProvenanceEvent("urn:step", "urn:graph", (Triple("urn:s", "urn:p", "o"),))
    assert "".join(chunk.content for chunk in (TextChunk("a"), event)) == "a"
    assert str(event) == ""


@pytest.mark.parametrize(
    ("iri", "kind"),
    [
        ("urn:trustgraph:question:1", "question"),
        ("urn:trustgraph:prov:grounding:1", "grounding"),
        ("urn:trustgraph:docrag:1/exploration", "exploration"),
        ("urn:trustgraph:prov:focus:question", "question"),
        ("urn:x:step-result:1", "step-result"),
        ("urn:trustgraph:agent:1/i1", ""),
        ("urn:trustgraph:agent:1/i1/observation", "observation"),
        ("urn:trustgraph:agent:1/plan", "plan"),
    ],
)
def test_the_iri_of_a_step_tells_its_kind(iri: str, kind: str) -> None:
    assert ProvenanceEvent(iri).event_type == kind


def test_the_description_tells_more() -> None:
    kind = Triple(
        "urn:s", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "https://trustgraph.ai/ns/Grounding"
    )
    assert ProvenanceEvent("urn:s", "urn:graph", (kind,)).entity == Grounding("urn:s", "grounding")
    assert ProvenanceEvent("urn:s").entity is None
