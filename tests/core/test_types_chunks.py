"""Chunks: content, `str`, and what kinds there are."""

from __future__ import annotations

import dataclasses

import pytest

from tgproto.types import (
    AgentAnswer,
    AgentChunk,
    AgentObservation,
    AgentThought,
    ProvenanceEvent,
    RAGChunk,
    Source,
    StreamingChunk,
    TextChunk,
    Triple,
)

KINDS = [StreamingChunk, TextChunk, RAGChunk, AgentThought, AgentObservation, AgentAnswer]


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_have_content_and_print_it(kind: type[StreamingChunk]) -> None:
    chunk = kind("some text")
    assert chunk.content == str(chunk) == f"{chunk}" == "some text"
    assert isinstance(chunk, StreamingChunk)
    with pytest.raises(dataclasses.FrozenInstanceError):
        chunk.content = ""  # type: ignore[misc]


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


def test_provenance_has_no_text() -> None:
    event = ProvenanceEvent("urn:step", "urn:graph", (Triple("urn:s", "urn:p", "o"),))
    assert "".join(chunk.content for chunk in (TextChunk("a"), event)) == "a"
    assert str(event) == ""
