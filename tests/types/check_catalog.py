"""What type checkers must see of the catalogue. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Coroutine
from typing import Any, assert_type

from tgproto.catalog import (
    AsyncFlow,
    AsyncFlowInstance,
    AsyncStream,
    Call,
    Flow,
    FlowCalls,
    FlowInstance,
    FlowsCalls,
    IamCalls,
    Steps,
    Stream,
    StreamCall,
)
from tgproto.types import (
    IRI,
    AgentAnswer,
    AgentMessage,
    AgentObservation,
    AgentReply,
    AgentThought,
    EntityMatch,
    EntityMatches,
    FlowRecord,
    Json,
    Literal,
    PromptReply,
    ProvenanceEvent,
    RagAnswer,
    RAGChunk,
    Term,
    TextChunk,
    TextCompletion,
    Triple,
    UserRecord,
)

Piece = AgentThought | AgentObservation | AgentAnswer | AgentMessage
Text = Stream[TextChunk, TextCompletion]
Prompt = Stream[TextChunk, PromptReply | Json]
Agent = Stream[Piece, AgentReply]
Rag = Stream[RAGChunk, RagAnswer]
AsyncText = AsyncStream[TextChunk, TextCompletion]
AsyncPrompt = AsyncStream[TextChunk, PromptReply | Json]
AsyncAgent = AsyncStream[Piece, AgentReply]
AsyncRag = AsyncStream[RAGChunk, RagAnswer]


def blocking(flow: FlowInstance, flag: bool) -> None:
    assert_type(flow.text_completion("s", prompt="p"), TextCompletion)
    assert_type(flow.text_completion("s", "p", streaming=False), TextCompletion)
    assert_type(flow.text_completion("s", "p", streaming=True), Text)
    assert_type(flow.text_completion("s", "p", streaming=flag), TextCompletion | Text)
    assert_type(flow.prompt("t", {"a": "b"}), PromptReply | Json)
    assert_type(flow.prompt(id="t", variables={"a": [1]}, streaming=False), PromptReply | Json)
    assert_type(flow.prompt("t", {}, streaming=True), Prompt)
    assert_type(flow.prompt("t", {}, streaming=flag), PromptReply | Json | Prompt)
    assert_type(flow.agent("q", group="g", history=[{"thought": "t"}]), AgentReply)
    assert_type(flow.agent("q", streaming=False), AgentReply)
    assert_type(flow.agent("q", streaming=True), Agent)
    assert_type(flow.agent("q", streaming=flag), AgentReply | Agent)
    assert_type(flow.agent_explain("q"), Stream[Piece | ProvenanceEvent, AgentReply])
    assert_type(flow.graph_rag("q", "c", 10, languages=["de"]), RagAnswer)
    assert_type(flow.graph_rag(question="q", user="u", collection="c"), RagAnswer)
    assert_type(flow.graph_rag("q", streaming=False), RagAnswer)
    assert_type(flow.graph_rag("q", streaming=True), Rag)
    assert_type(flow.graph_rag("q", streaming=flag), RagAnswer | Rag)
    assert_type(flow.graph_rag_explain("q"), Stream[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(flow.document_rag("q", "c", 10, 0), RagAnswer)
    assert_type(flow.document_rag(question="q", user="u", streaming=False), RagAnswer)
    assert_type(flow.document_rag("q", streaming=True), Rag)
    assert_type(flow.document_rag("q", streaming=flag), RagAnswer | Rag)
    assert_type(flow.document_rag_explain("q"), Stream[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(flow.triples_query(s="urn:x", o=Literal("v"), g=IRI("urn:g"), limit=5), list[Triple])
    assert_type(flow.embeddings(["a"]), list[list[float]])
    assert_type(flow.embeddings(text="a"), list[list[float]])
    assert_type(flow.graph_embeddings_query("t", "c", attributes={"a": ["b"]}), EntityMatches)


def loops(flow: FlowInstance) -> None:
    for chunk in flow.graph_rag("q", streaming=True):
        assert_type(chunk, RAGChunk)
        assert_type(chunk.content, str)
    with flow.agent("q", streaming=True) as stream:
        assert_type(next(stream), Piece)
        assert_type(stream.result(), AgentReply)
        assert_type(stream.close(), None)
    for event in flow.agent_explain("q"):
        assert_type(event.content, str)
    for match in flow.graph_embeddings_query("t", "c"):
        assert_type(match, EntityMatch)
        assert_type(match.entity, Term)
        assert_type(match["score"], Json)


async def awaited(flow: AsyncFlowInstance, flag: bool) -> None:
    await assert_type(flow.text_completion("s", "p"), Coroutine[Any, Any, TextCompletion])
    assert_type(await flow.text_completion("s", "p", streaming=False), TextCompletion)
    assert_type(await flow.text_completion("s", "p", streaming=True), AsyncText)
    assert_type(await flow.text_completion("s", "p", streaming=flag), TextCompletion | AsyncText)
    assert_type(await flow.prompt("t", {}), PromptReply | Json)
    assert_type(await flow.prompt("t", {}, streaming=False), PromptReply | Json)
    assert_type(flow.prompt("t", {}, streaming=True), AsyncPrompt)
    assert_type(await flow.prompt("t", {}, streaming=flag), PromptReply | Json | AsyncPrompt)
    assert_type(await flow.agent(question="q"), AgentReply)
    assert_type(await flow.agent("q", streaming=False), AgentReply)
    assert_type(flow.agent("q", streaming=True), AsyncAgent)
    assert_type(await flow.agent("q", streaming=flag), AgentReply | AsyncAgent)
    assert_type(flow.agent_explain("q"), AsyncStream[Piece | ProvenanceEvent, AgentReply])
    assert_type(await flow.graph_rag("q"), RagAnswer)
    assert_type(await flow.graph_rag("q", streaming=False), RagAnswer)
    assert_type(flow.graph_rag("q", streaming=True), AsyncRag)
    assert_type(await flow.graph_rag("q", streaming=flag), RagAnswer | AsyncRag)
    assert_type(flow.graph_rag_explain("q"), AsyncStream[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(await flow.document_rag("q"), RagAnswer)
    assert_type(await flow.document_rag("q", streaming=False), RagAnswer)
    assert_type(flow.document_rag("q", streaming=True), AsyncRag)
    assert_type(await flow.document_rag("q", streaming=flag), RagAnswer | AsyncRag)
    assert_type(flow.document_rag_explain("q"), AsyncStream[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(await flow.triples_query(p=IRI("urn:p")), list[Triple])
    assert_type(await flow.embeddings("a"), list[list[float]])
    assert_type(await flow.graph_embeddings_query("t", "c", rdf_type=IRI("urn:T")), EntityMatches)


async def async_loops(flow: AsyncFlowInstance) -> None:
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
    assert_type(flow.prompt("t", {}), Call[PromptReply | Json])
    assert_type(flow.agent("q"), Call[AgentReply])
    assert_type(flow.agent_explain("q"), StreamCall[Piece | ProvenanceEvent, AgentReply])
    assert_type(flow.graph_rag("q", streaming=True), StreamCall[RAGChunk, RagAnswer])
    assert_type(flow.graph_rag_explain("q"), StreamCall[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(flow.document_rag("q"), Call[RagAnswer])
    assert_type(flow.document_rag_explain("q"), StreamCall[RAGChunk | ProvenanceEvent, RagAnswer])
    assert_type(flow.triples_query(), Call[list[Triple]])
    assert_type(flow.embeddings(["a"]), Call[list[list[float]]])
    assert_type(flow.graph_embeddings_query("t", "c"), Steps[EntityMatches])
    assert_type(IamCalls().whoami(), Call[UserRecord])


async def management(flows: Flow, later: AsyncFlow, calls: FlowsCalls) -> None:
    assert_type(flows.list(), list[str])
    assert_type(flows.get("a"), FlowRecord)
    assert_type(flows.get("a")["description"], Json)
    assert_type(flows.start("b", "a", "d", {"p": "v"}), None)
    assert_type(flows.start(class_name="b", id="a", description="d"), None)
    assert_type(flows.stop(id="a"), None)
    assert_type(flows.id("a"), FlowInstance)
    assert_type(flows.with_options(workspace="w").id().graph_rag("q"), RagAnswer)
    assert_type(await later.list(), list[str])
    assert_type(await later.get("a"), FlowRecord)
    assert_type(await later.start("b", "a", "d"), None)
    assert_type(await later.stop("a"), None)
    assert_type(later.id(), AsyncFlowInstance)
    assert_type(calls.list(), Call[list[str]])
    assert_type(calls.get("a"), Call[FlowRecord])
    assert_type(calls.start("b", "a", "d"), Steps[None])
    assert_type(calls.stop("a"), Steps[None])
    assert_type(calls.id(), FlowCalls)


def options(flow: FlowInstance, other: AsyncFlowInstance) -> None:
    assert_type(flow.with_options(timeout=5, total_timeout=None), FlowInstance)
    assert_type(other.with_options(workspace="w", retry=True), AsyncFlowInstance)


def results(completion: TextCompletion, answer: RagAnswer) -> None:
    assert_type(completion[0], str)
    assert_type(completion[1:], str)
    assert_type(completion.upper(), str)
    assert_type(completion.in_token, int | None)
    title: str = answer.sources[0].title
    assert title


async def refused(flow: FlowInstance, other: AsyncFlowInstance, calls: FlowCalls, flows: Flow) -> None:
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
    flow.prompt("t")  # type: ignore[call-overload]
    flow.prompt("t", "a=b")  # type: ignore[call-overload]
    flow.document_rag("q", limit=3)  # type: ignore[call-overload]
    flow.document_rag_explain()  # type: ignore[call-arg]
    flow.embeddings(5)  # type: ignore[arg-type]
    flow.graph_embeddings_query("t")  # type: ignore[call-arg]
    flow.graph_embeddings_query("t", "user", "c", 5)  # type: ignore[arg-type]
    await other.graph_embeddings_query("t", "c", attributes={"a": 5})  # type: ignore[dict-item]
    flows.start("b", "a", "d", {"p": 5})  # type: ignore[dict-item]
    flows.get(5)  # type: ignore[arg-type]
