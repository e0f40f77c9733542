"""Flows: what language models answer, with the graph, with documents, with tools, or on their own."""

from __future__ import annotations

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, read, story, streams_not
from tgproto.catalog import FlowOps
from tgproto.errors import (
    AgentError,
    DocumentRagError,
    GatewayError,
    GraphRagError,
    LLMError,
    LocalProtocolError,
    SilentFailure,
)
from tgproto.types import AgentAnswer, AgentObservation, AgentThought, ProvenanceEvent, RAGChunk

QUESTION = "Who built Kestrel Bridge?"
FACT = "Kestrel Bridge was built by Ines Marlow."
HANDBOOK = "Handbook of the Bridges of Varnland"
PIECES = ["chunk-0 ", "chunk-1 "]


@story(FlowOps, "text_completion")
async def test_a_model_completes_a_text(place: Place) -> None:
    complete = place.flow.text_completion
    answer = await complete("", QUESTION)
    assert FACT in answer
    assert (answer.model, answer.in_token) == ("graph-teller", 4)
    assert answer["response"] == answer
    told = (LLMError, "scripted failure") if place.generation == 1 else (SilentFailure, "log has it")
    await failure(complete("", "fail=0"), *told)
    if not await streams_not(place, "text_completion", "", "n=2", streaming=True):
        chunks, whole = await read(complete("", "n=2", streaming=True))
        assert [str(chunk) for chunk in chunks if str(chunk)] == PIECES
        assert whole == "".join(PIECES)


@story(FlowOps, "prompt")
async def test_a_template_is_filled(place: Place) -> None:
    prompt = place.flow.prompt
    assert FACT in await prompt("question", {"question": QUESTION})
    assert await prompt("extract-concepts", {"text": "Kestrel Bridge and Alder"}) == [
        "Kestrel Bridge",
        "Alder",
    ]
    told = LLMError if place.generation == 1 else SilentFailure
    await failure(prompt("nope", {}), told)
    if not await streams_not(place, "prompt", "question", {}, streaming=True):
        chunks, whole = await read(prompt("question", {"question": "n=2"}, streaming=True))
        assert [str(chunk) for chunk in chunks if str(chunk)] == PIECES
        assert whole == "".join(PIECES)


@story(FlowOps, "list_models", generation=2)
async def test_the_models_of_a_provider(place: Place) -> None:
    models = await place.flow.list_models()
    assert [model.id for model in models] == ["graph-teller"]
    assert await place.flow.text_completion("", "n=1") == "chunk-0 "
    assert models["models"] == [models[0].members()]


@story(FlowOps, "graph_rag")
async def test_an_answer_from_the_graph(place: Place) -> None:
    ask = place.flow.graph_rag
    answer = await ask(QUESTION)
    assert FACT in answer
    assert await ask(question=QUESTION) == answer
    assert [source.title for source in answer.sources] == ([] if place.generation == 1 else [HANDBOOK])
    assert "nothing" in await ask("Who built Babel?")
    await failure(ask("fail=0"), GraphRagError, "scripted failure")
    if not await streams_not(place, "graph_rag", QUESTION, streaming=True):
        chunks, whole = await read(ask(QUESTION, streaming=True))
        assert {type(chunk) for chunk in chunks} == {RAGChunk}
        assert "".join(map(str, chunks)) == whole == answer


@story(FlowOps, "document_rag")
async def test_an_answer_from_documents(place: Place) -> None:
    ask = place.flow.document_rag
    answer = await ask(QUESTION)
    assert FACT in answer
    assert await ask(question=QUESTION) == answer
    await failure(ask("fail=0"), DocumentRagError, "scripted failure")
    if not await streams_not(place, "document_rag", QUESTION, streaming=True):
        chunks, whole = await read(ask(QUESTION, streaming=True))
        assert "".join(map(str, chunks)) == whole == answer


@story(FlowOps, "agent")
async def test_an_agent_thinks_and_looks_before_it_answers(place: Place) -> None:
    ask = place.flow.agent
    answer = await ask(
        QUESTION, history=[{"thought": "t", "action": "a", "arguments": {}, "observation": "o"}]
    )
    assert FACT in answer
    await failure(ask("fail=0"), AgentError if place.generation == 1 else GatewayError)
    if not await streams_not(place, "agent", QUESTION, streaming=True):
        chunks, whole = await read(ask(QUESTION, streaming=True))
        assert {type(chunk) for chunk in chunks} == {AgentThought, AgentObservation, AgentAnswer}
        assert "".join(str(chunk) for chunk in chunks if isinstance(chunk, AgentAnswer)) == whole == answer


@story(FlowOps, "graph_rag_explain", "document_rag_explain", "agent_explain")
async def test_how_an_answer_came_about(place: Place) -> None:
    for name in ("graph_rag_explain", "document_rag_explain", "agent_explain"):
        if await streams_not(place, name, QUESTION):
            continue
        chunks, whole = await read(getattr(place.flow, name)(QUESTION))
        events = [chunk for chunk in chunks if isinstance(chunk, ProvenanceEvent)]
        assert FACT in whole
        assert whole == await getattr(place.flow, name.removesuffix("_explain"))(QUESTION)
        assert bool(events) is (place.generation == 2)
        assert len({event.explain_id for event in events}) == len(events)


@story(FlowOps, "embeddings")
async def test_texts_become_vectors(place: Place) -> None:
    embed = place.flow.embeddings
    [vector] = await embed("Kestrel Bridge")
    assert await embed(text="Kestrel Bridge") == [vector]
    assert {type(number) for number in vector} == {float}
    if place.generation == 1:
        await failure(embed(["a", "b"]), LocalProtocolError, "one text")
    else:
        first, second = await embed(["Alder", "Kestrel Bridge"])
        assert second == vector != first


@story(FlowOps, "text_completion")
async def test_a_flow_that_is_not_there(place: Place) -> None:
    await failure(place.api.flow().id("nope").text_completion("", "x"), GatewayError, "Invalid flow")
