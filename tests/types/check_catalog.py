"""What type checkers must see of the catalogue. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Coroutine
from typing import Any, assert_type

from tgproto.catalog import AsyncFlow, AsyncStream, Call, FlowCalls, Stream, StreamCall, SyncFlow
from tgproto.types import (
    IRI,
    AgentAnswer,
    AgentObservation,
    AgentReply,
    AgentThought,
    Literal,
    ProvenanceEvent,
    RagAnswer,
    RAGChunk,
    TextChunk,
    TextCompletion,
    Triple,
)

Piece = AgentThought | AgentObservation | AgentAnswer


def blocking(flow: SyncFlow, flag: bool) -> None:
    assert_type(flow.text_completion("s", prompt="p"), TextCompletion)
    assert_type(flow.text_completion("s", "p", streaming=False), TextCompletion)
    assert_type(flow.text_completion("s", "p", streaming=True), Stream[TextChunk, TextCompletion])
    assert_type(
        flow.text_completion("s", "p", streaming=flag),
        TextCompletion | Stream[TextChunk, TextCompletion],
    )
    assert_type(flow.graph_rag("q", "c", 10, languages=["de"]), RagAnswer)
    assert_type(flow.graph_rag(question="q", user="u", collection="c"), RagAnswer)
    assert_type(flow.graph_rag("q", streaming=True), Stream[RAGChunk, RagAnswer])
    assert_type(flow.graph_rag("q", streaming=flag), RagAnswer | Stream[RAGChunk, RagAnswer])
    assert_type(flow.graph_rag_explain("q"), Stream[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(flow.agent("q", group="g", history=[{"thought": "t"}]), AgentReply)
    assert_type(flow.agent("q", streaming=True), Stream[Piece, AgentReply])
    assert_type(flow.agent("q", streaming=flag), AgentReply | Stream[Piece, AgentReply])
    assert_type(flow.agent_explain("q"), Stream[Piece | ProvenanceEvent, AgentReply])
    assert_type(flow.triples_query(s="urn:x", o=Literal("v"), g=IRI("urn:g"), limit=5), list[Triple])

    for chunk in flow.graph_rag("q", streaming=True):
        assert_type(chunk, RAGChunk)
        assert_type(chunk.content, str)
    with flow.agent("q", streaming=True) as stream:
        assert_type(next(stream), Piece)
        assert_type(stream.result(), AgentReply)
        assert_type(stream.close(), None)
    for event in flow.agent_explain("q"):
        assert_type(event.content, str)


async def awaited(flow: AsyncFlow, flag: bool) -> None:
    await assert_type(flow.text_completion("s", "p"), Coroutine[Any, Any, TextCompletion])
    assert_type(await flow.text_completion("s", "p", streaming=False), TextCompletion)
    assert_type(await flow.text_completion("s", "p", streaming=True), AsyncStream[TextChunk, TextCompletion])
    assert_type(
        await flow.text_completion("s", "p", streaming=flag),
        TextCompletion | AsyncStream[TextChunk, TextCompletion],
    )
    assert_type(await flow.graph_rag("q"), RagAnswer)
    assert_type(flow.graph_rag("q", streaming=True), AsyncStream[RAGChunk, RagAnswer])
    assert_type(flow.graph_rag_explain("q"), AsyncStream[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(await flow.agent(question="q"), AgentReply)
    assert_type(flow.agent_explain("q"), AsyncStream[Piece | ProvenanceEvent, AgentReply])
    assert_type(await flow.triples_query(p=IRI("urn:p")), list[Triple])

    async for chunk in flow.graph_rag("q", streaming=True):
        assert_type(chunk, RAGChunk)
    async for chunk in await flow.graph_rag("q", streaming=True):
        assert_type(chunk, RAGChunk)
    async with flow.agent("q", streaming=True) as stream:
        assert_type(await anext(stream), Piece)
        assert_type(await stream.result(), AgentReply)
        assert_type(await stream.aclose(), None)


def data(flow: FlowCalls, flag: bool) -> None:
    assert_type(flow.text_completion("s", "p"), Call[TextCompletion])
    assert_type(flow.text_completion("s", "p", streaming=True), StreamCall[TextChunk, TextCompletion])
    assert_type(
        flow.text_completion("s", "p", streaming=flag),
        Call[TextCompletion] | StreamCall[TextChunk, TextCompletion],
    )
    assert_type(flow.graph_rag_explain("q"), StreamCall[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(flow.triples_query(), Call[list[Triple]])


def options(flow: SyncFlow, other: AsyncFlow) -> None:
    assert_type(flow.with_options(timeout=5, total_timeout=None), SyncFlow)
    assert_type(other.with_options(workspace="w", retry=True), AsyncFlow)


def results(completion: TextCompletion, answer: RagAnswer) -> None:
    assert_type(completion[0], str)
    assert_type(completion[1:], str)
    assert_type(completion.upper(), str)
    assert_type(completion.in_token, int | None)
    title: str = answer.sources[0].title
    assert title


async def refused(flow: SyncFlow, other: AsyncFlow, calls: FlowCalls) -> None:
    """Each line is an error, or its `ignore` is reported as superfluous."""
    flow.text_completion("s")  # type: ignore[call-overload]
    flow.text_completion(1, "p")  # type: ignore[call-overload]
    flow.text_completion("s", 1, streaming=True)  # type: ignore[call-overload]
    flow.text_completion("s", "p", streaming="yes")  # type: ignore[call-overload]
    flow.graph_rag("q", entity_limits=3)  # type: ignore[call-overload]
    flow.triples_query(limit="3")  # type: ignore[arg-type]
    flow.graph_rag_explain("q", streaming=True)  # type: ignore[call-arg]
    await other.triples_query(x=1)  # type: ignore[call-arg]
    calls.agent()  # type: ignore[call-overload]
    flow.with_options(timeout="5")  # type: ignore[arg-type]
