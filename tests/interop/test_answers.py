"""What every operation returns, whole and streamed. Directives in the texts script the services."""

from __future__ import annotations

import pytest

from tests.interop.world import World, on_2x_over_the_socket, over_the_socket
from tgproto.errors import LocalProtocolError, SilentFailure
from tgproto.types.chunks import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    ProvenanceEvent,
    RAGChunk,
    Source,
    TextChunk,
)
from tgproto.types.terms import IRI, Literal

SOURCES = (Source("urn:doc:1", "Document one"), Source("urn:doc:2"))
LABEL = IRI("http://www.w3.org/2000/01/rdf-schema#label")


def check_usage(world: World, told: object, *, always: bool = False) -> None:
    """See that an answer, or the last chunk of one, has what the scripted services say of themselves.

    1.x gateways pass it on for text completion alone.
    """
    known = ("standin-model", 11, 22) if always or not world.is_old else (None, None, None)
    assert (told.model, told.in_token, told.out_token) == known


@pytest.mark.exercises("text-completion")
async def test_text_completion(world: World) -> None:
    answer = await world.flow.text_completion("be brief", "hello n=3")
    assert answer == "chunk-0 chunk-1 chunk-2 "
    assert answer["model"] == "standin-model"
    check_usage(world, answer, always=True)


async def test_text_of_any_script(world: World) -> None:
    text = 'Grüße aus Köln: "日本" 🌉\n\\u0041\t'
    assert await world.flow.text_completion("s", f"ANSWER<<{text}>>") == text


async def test_long_answers(world: World) -> None:
    answer = await world.flow.text_completion("s", "n=40 size=100000")
    assert len(answer) == 4_000_000


@pytest.mark.exercises("prompt")
async def test_prompt(world: World) -> None:
    answer = await world.flow.prompt("question", {"question": "hello n=2"})
    assert answer == "chunk-0 chunk-1 "
    check_usage(world, answer)
    variables = {"name": "Köln", "number": 5, "list": [1, None, True]}
    assert await world.flow.prompt("object", variables) == {"id": "object", "terms": variables}


@pytest.mark.exercises("graph-rag")
async def test_graph_rag(world: World) -> None:
    answer = await world.flow.graph_rag("hi n=4")
    assert answer == "chunk-0 chunk-1 chunk-2 chunk-3 "
    assert answer.sources == (() if world.is_old else SOURCES)
    check_usage(world, answer)


@pytest.mark.exercises("document-rag")
async def test_document_rag(world: World) -> None:
    answer = await world.flow.document_rag("hi n=2")
    assert answer == "chunk-0 chunk-1 "
    check_usage(world, answer)


@pytest.mark.exercises("agent")
async def test_agent(world: World) -> None:
    history = [{"thought": "t", "action": "a", "arguments": {}, "observation": "o"}]
    answer = await world.flow.agent("what? n=3", history=history, group="g")
    assert answer == "chunk-0 chunk-1 chunk-2 "
    check_usage(world, answer)


@pytest.mark.exercises("embeddings")
async def test_embeddings(world: World) -> None:
    (one,) = await world.flow.embeddings("alpha")
    assert len(one) == 8
    assert await world.flow.embeddings(text="alpha") == [one]
    for texts in (["beta", "alpha"], []):
        if world.is_old:
            await world.failure(world.flow.embeddings(texts), LocalProtocolError, "one text at a time")
        else:
            assert len(await world.flow.embeddings(texts)) == len(texts)


@pytest.mark.exercises("graph-embeddings")
async def test_graph_embeddings_query(world: World, collection: str) -> None:
    best, other = await world.flow.graph_embeddings_query("alpha", collection)
    assert best.entity == IRI("http://example.org/alpha")
    if world.is_old:
        assert best.score is other.score is None
    else:
        assert best.score == pytest.approx(1.0)
        assert other.score < 0.99
    assert other.entity == IRI("http://example.org/beta")
    (only,) = await world.flow.graph_embeddings_query("beta", collection, limit=1)
    assert only.entity == IRI("http://example.org/beta")
    assert await world.flow.graph_embeddings_query("beta", "nothing-is-here") == []


@pytest.mark.exercises("triples")
async def test_triples_query(world: World, collection: str) -> None:
    found = await world.flow.triples_query(s="http://example.org/s", collection=collection)
    assert {triple.s for triple in found} == {IRI("http://example.org/s")}
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    three, drei, thing = Literal("3", integer), Literal("drei", language="de"), IRI("http://example.org/o")
    if world.is_old:
        three, drei = Literal("3"), Literal("drei")
    assert [triple.o for triple in found] == [drei, three, thing]
    for wanted in (drei, three, thing):
        (triple,) = await world.flow.triples_query(o=wanted, collection=collection)
        assert triple.o == wanted
    assert len(await world.flow.triples_query(collection=collection, limit=2)) == 2
    assert await world.flow.triples_query(p="http://example.org/q", collection=collection) == []
    assert await world.flow.triples_query(collection="nothing-is-here") == []


@over_the_socket
async def test_text_completion_streamed(world: World) -> None:
    stream = world.flow.text_completion("s", "n=3", streaming=True)
    chunks = [chunk async for chunk in stream]
    assert [str(chunk) for chunk in chunks] == ["chunk-0 ", "chunk-1 ", "chunk-2 ", ""]
    assert {type(chunk) for chunk in chunks} == {TextChunk}
    check_usage(world, chunks[-1], always=True)
    assert [chunk.end_of_stream for chunk in chunks] == [False, False, False, True]
    assert await stream.result() == "chunk-0 chunk-1 chunk-2 "


@over_the_socket
async def test_prompt_streamed(world: World) -> None:
    async with world.flow.prompt("question", {"question": "n=2"}, streaming=True) as stream:
        assert [str(chunk) async for chunk in stream] == ["chunk-0 ", "chunk-1 ", ""]
        answer = await stream.result()
    assert answer == "chunk-0 chunk-1 "
    check_usage(world, answer)
    variables = {"list": [1, None]}
    structured = world.flow.prompt("object", variables, streaming=True)
    assert await structured.result() == {"id": "object", "terms": variables}


@over_the_socket
@pytest.mark.parametrize(("service", "sources"), [("graph_rag", SOURCES), ("document_rag", ())])
async def test_retrieval_streamed(world: World, service: str, sources: tuple[Source, ...]) -> None:
    stream = getattr(world.flow, service)("hi n=4", streaming=True)
    chunks = [chunk async for chunk in stream]
    assert {type(chunk) for chunk in chunks} == {RAGChunk}
    assert "".join(map(str, chunks)) == "chunk-0 chunk-1 chunk-2 chunk-3 "
    assert [chunk.end_of_session for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    sources = () if world.is_old else sources
    assert chunks[-1].sources == sources
    check_usage(world, chunks[-1])
    answer = await stream.result()
    assert answer == "chunk-0 chunk-1 chunk-2 chunk-3 "
    assert answer.sources == sources
    check_usage(world, answer)


@over_the_socket
@pytest.mark.parametrize("service", ["graph_rag", "document_rag"])
async def test_an_empty_piece(world: World, service: str) -> None:
    """It ends an answer of 1.x, whose last frame then lacks the text: that is no success."""
    flow = world.flow
    if world.is_old:
        error = await world.failure(
            getattr(flow, service)("n=4 empty=2", streaming=True).result(), SilentFailure, "broke off"
        )
        assert error.partial == "chunk-0 chunk-1 "
    else:
        told = await getattr(flow, service)("n=4 empty=2", streaming=True).result()
        assert told == "chunk-0 chunk-1 chunk-3 "


@on_2x_over_the_socket
@pytest.mark.parametrize(
    ("service", "before"), [("graph_rag", ["Question", "Grounding"]), ("document_rag", ["Question"])]
)
async def test_retrieval_explained(world: World, service: str, before: list[str]) -> None:
    stream = getattr(world.flow, f"{service}_explain")("hi n=2")
    items = [item async for item in stream]
    kinds = [labels(item) if isinstance(item, ProvenanceEvent) else str(item) for item in items]
    assert [kind for kind in kinds if kind] == [*before, "chunk-0 ", "chunk-1 ", "Synthesis"]
    assert await stream.result() == "chunk-0 chunk-1 "


def labels(event: ProvenanceEvent) -> str:
    """Return what a step is called, and see that the rest of it is there."""
    assert event.explain_id.startswith("urn:trustgraph:")
    assert event.explain_graph == "urn:graph:retrieval"
    assert {triple.s for triple in event.triples} == {IRI(event.explain_id)}
    return "".join(str(triple.o) for triple in event.triples if triple.p == LABEL)


@over_the_socket
async def test_agent_streamed(world: World) -> None:
    stream = await world.flow.agent("what? n=2", streaming=True)
    chunks = [chunk async for chunk in stream]
    told = [(type(chunk), str(chunk)) for chunk in chunks if str(chunk)]
    assert told == [
        (AgentThought, "I should "),
        (AgentThought, "look it up."),
        (AgentObservation, "The answer "),
        (AgentObservation, "is known."),
        (AgentThought, "I know "),
        (AgentThought, "the answer."),
        (AgentAnswer, "chunk-0 "),
        (AgentAnswer, "chunk-1 "),
    ]
    assert [chunk.end_of_message for chunk in chunks[:2]] == [False, True]
    assert len({chunk.message_id for chunk in chunks}) == (1 if world.is_old else 4)
    assert chunks[-1].end_of_dialog
    check_usage(world, chunks[-1])
    assert await stream.result() == "chunk-0 chunk-1 "


@on_2x_over_the_socket
async def test_agent_explained(world: World) -> None:
    stream = world.flow.agent_explain("what? n=1")
    items = [item async for item in stream]
    steps = [labels(item) for item in items if isinstance(item, ProvenanceEvent)]
    assert steps == ["AgentSession", "Analysis", "Observation", "Conclusion"]
    assert [str(item) for item in items if isinstance(item, AgentAnswer)] == ["chunk-0 ", ""]
    assert await stream.result() == "chunk-0 "
