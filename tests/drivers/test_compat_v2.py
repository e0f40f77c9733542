"""Upstream's 2.11 classes, called as its users call them, on gateways of both generations."""

from __future__ import annotations

import asyncio
import base64
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tgdrivers.compat.v2 import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    Api,
    ApplicationException,
    GraphRagError,
    ImageToTextResult,
    Literal,
    LLMError,
    ProtocolException,
    ProvenanceEvent,
    RAGChunk,
    TextCompletionResult,
    Triple,
    TrustGraphException,
    UnexpectedError,
    Uri,
    build_term,
)
from tgdrivers.compat.v2.exceptions import raise_from_error_dict
from tgdrivers.compat.v2.knowledge import QuotedTriple
from tgdrivers.testing import RunningGateway, gateway
from tgproto import errors
from tgproto.errors import SilentFailure

DEMO = "https://example.org/demo/"
BUILT = "Kestrel Bridge was built by Ines Marlow."
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
WHO = "Who built Kestrel Bridge?"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PATTERN = {"s": f"{DEMO}kestrel-bridge", "p": f"{DEMO}builtBy"}
BUILDER = {name: {"t": "i", "i": text} for name, text in {**PATTERN, "o": f"{DEMO}ines-marlow"}.items()}


@pytest.fixture(scope="module", params=[2, 1])
def running(request: pytest.FixtureRequest) -> Iterator[RunningGateway]:
    with gateway(generation=request.param) as running:
        yield running


@pytest.fixture
def api(running: RunningGateway) -> Iterator[Api]:
    """On gateways of both generations."""
    with Api(running.url, token=running.token) as api:
        yield api


@pytest.fixture(scope="module")
def running2() -> Iterator[RunningGateway]:
    with gateway() as running:
        yield running


@pytest.fixture
def api2(running2: RunningGateway) -> Iterator[Api]:
    """On a gateway of 2.x alone."""
    with Api(running2.url, token=running2.token) as api:
        yield api


# --- over REST ------------------------------------------------------------------------------------


def test_texts_have_counts(api: Api) -> None:
    flow = api.flow().id()
    for result in (
        flow.text_completion("You are terse.", WHO),
        flow.graph_rag(WHO, "default", 50, 30, 150, 2),
        flow.document_rag(query=WHO),
    ):
        assert type(result) is TextCompletionResult
        assert "Ines Marlow" in str(result.text)
    assert type(flow.agent(WHO)) is str
    assert BUILT in flow.agent(WHO)
    assert flow.prompt("question", {"question": "ANSWER<<42>>"}) == "42"


def test_sources_are_dicts(api2: Api) -> None:
    result = api2.flow().id().graph_rag(WHO)
    assert result.sources == [{"uri": f"{DEMO}doc/handbook", "title": "Handbook of the Bridges of Varnland"}]
    assert result.model == "graph-teller"
    assert result.in_token


def test_flows(api: Api) -> None:
    flow = api.flow()
    assert flow.list() == ["default"]
    assert "description" in flow.get("default")
    with pytest.raises(ApplicationException):
        flow.get("nothing")
    with pytest.raises(RuntimeError):
        flow.request("x")


def test_vectors(api: Api) -> None:
    flow = api.flow().id()
    [vector] = flow.embeddings(["Kestrel Bridge"])
    assert all(isinstance(number, float) for number in vector)
    found = flow.graph_embeddings_query("Kestrel Bridge", "default", 3)
    assert found.keys() == {"entities"}
    assert found["entities"][0]["entity"] == {"t": "i", "i": f"{DEMO}kestrel-bridge"}


def test_searches_that_upstream_has_broken(api2: Api) -> None:
    flow = api2.flow().id()
    chunks = flow.document_embeddings_query("Kestrel Bridge", "default", 2)
    assert chunks.keys() == {"chunks"}
    assert chunks["chunks"][0].keys() >= {"chunk_id", "score"}
    rows = flow.row_embeddings_query("Kestrel Bridge", "bridge", limit=1)
    assert rows.keys() == {"matches"}
    assert flow.embeddings(["a", "b"])[1]


def test_triples(api: Api) -> None:
    flow = api.flow().id()
    [triple] = flow.triples_query(s=Uri(PATTERN["s"]), p=PATTERN["p"])
    assert triple == Triple(PATTERN["s"], PATTERN["p"], f"{DEMO}ines-marlow")
    assert isinstance(triple.o, Uri)
    triple.o = "changed"  # a plain data class
    assert triple.is_triple()
    assert flow.triples_query(o=f"<{DEMO}ines-marlow>", limit=1)[0].o == f"{DEMO}ines-marlow"


def test_literals_keep_datatype_and_language(api2: Api) -> None:
    flow = api2.flow().id()
    [year] = flow.triples_query(s=PATTERN["s"], p=f"{DEMO}openedIn")
    assert isinstance(year.o, Literal)
    assert (year.o, year.o.datatype) == ("1887", "http://www.w3.org/2001/XMLSchema#gYear")
    labels = flow.triples_query(s=PATTERN["s"], p=LABEL)
    label = next(label for label in labels if label.o == "Kestrel Bridge")
    assert isinstance(label.o, Literal)
    assert label.o.language == "en"
    assert label in flow.triples_query(p=LABEL, o=label.o)  # what is returned can be asked for
    assert label.s in [each.s for each in flow.triples_query(o={"t": "l", "v": label.o, "ln": "en"})]


def test_rows_and_questions_about_them(api: Api) -> None:
    flow = api.flow().id()
    assert flow.rows_query("{ bridge(limit: 1) { name } }").keys() == {"data"}
    query = flow.nlp_query("Which bridge is it?")
    assert query.keys() == {"graphql_query", "variables", "detected_schemas", "confidence"}
    assert flow.structured_query("Which bridge is it?").keys() == {"data", "errors"}
    sample = "name,built_by\nKestrel Bridge,Ines Marlow\n"
    assert flow.detect_type(sample) == "csv"
    assert flow.generate_descriptor(sample, "csv", "bridge")
    assert "confidence" in flow.diagnose_data(sample)
    assert all(type(name) is str for name in flow.schema_selection(sample))


def test_tools(api: Api) -> None:
    flow = api.flow().id()
    assert flow.mcp_tool("echo", {"text": "hello"}) == "hello"
    assert flow.mcp_tool("add", {"a": 1, "b": 2}) == {"sum": 3}


def test_what_only_2_has(api2: Api) -> None:
    flow = api2.flow().id()
    seen = flow.image_to_text(PIXEL, "image/png")
    assert isinstance(seen, ImageToTextResult)
    assert seen.text
    ranked = flow.rerank(["Kestrel"], ["Old Toll Bridge", "Kestrel Bridge"])
    assert ranked["results"][0]["document_id"] == "1"
    ranked = flow.rerank(
        [{"query_id": "q", "query_text": "Kestrel"}],
        [{"document_id": "d", "document_text": "Kestrel Bridge"}],
    )
    assert ranked["results"][0]["document_id"] == "d"
    assert flow.sparql_query("ASK { ?s ?p ?o }")["ask-result"] is True
    answer = flow.sparql_query("SELECT ?o {{ <{s}> <{p}> ?o }}".format(**PATTERN))
    assert answer["variables"] == ["o"]
    assert answer["bindings"] == [{"values": [BUILDER["o"]]}]
    [model, *_] = flow.cloze_list_models()
    assert "kinds" in {each["name"] for each in flow.cloze_list_models()}
    assert model.keys() >= {"name", "state"}
    assert "label" in flow.cloze("kinds", "Kestrel Bridge")
    questions = {"way": {"type": "choice", "options": ["bridge", "ferry"]}}
    assert "answers" in flow.decision_scoring({"text": "a bridge"}, questions)
    assert "answers" in flow.field_extraction("name: Kestrel", {"name": "its name"})


@dataclass
class UserContext:
    """Like the one of `trustgraph.schema`."""

    user: str
    roles: list[str]
    note: None = None


def test_on_whose_behalf(api2: Api) -> None:
    flow = api2.flow().id()
    somebody = UserContext("ines", ["reader"])
    assert flow.triples_query(**PATTERN, user_context=somebody)
    assert flow.graph_rag(WHO, user_context=somebody).text
    assert api2.socket().flow("default").triples_query(**PATTERN, **{"user-context": {"user": "ines"}})


def test_raw_doors(api: Api) -> None:
    assert api.request("flow", {"operation": "list-flows"})["flow-ids"] == ["default"]
    body = {"system": "", "prompt": "ANSWER<<yes>>"}
    assert api.flow().id().request("service/text-completion", body)["response"] == "yes"
    with pytest.raises((ApplicationException, ProtocolException)):  # by an HTTP status on 2.x
        api.request("flow", {"operation": "nothing"})


def test_workspaces(running2: RunningGateway) -> None:
    with Api(running2.url, token=running2.token, workspace="elsewhere") as api:
        assert api.workspace == "elsewhere"
        with pytest.raises(ApplicationException):
            api.flow().id().triples_query()
        with pytest.raises(ApplicationException):
            api.socket().flow("default").triples_query()
        with pytest.raises(ApplicationException):
            api.request("flow/default/service/triples", {})
        assert api.request("flow/default/service/triples", {"workspace": "default"})["response"]
        api.workspace = "default"
        assert api.flow().id().triples_query()


# --- over the socket ------------------------------------------------------------------------------


def test_whole_answers_over_the_socket(api: Api) -> None:
    flow = api.socket().flow("default")
    assert api.socket() is api.socket()
    for result in (
        flow.text_completion("", "ANSWER<<42>>"),
        flow.graph_rag("ANSWER<<42>>", "default"),
        flow.document_rag("ANSWER<<42>>", "default"),
        flow.prompt("question", {"question": "ANSWER<<42>>"}),
    ):
        assert isinstance(result, TextCompletionResult)
        assert result.text == "42"
    assert flow.embeddings(["a"]).keys() == {"vectors"}
    assert flow.graph_embeddings_query("Kestrel Bridge", "default")["entities"]
    assert flow.mcp_tool("echo", {"text": "hello"}) == {"text": "hello"}
    assert "data" in flow.rows_query("{ bridge(limit: 1) { name } }", "default")
    assert flow.triples_query(**PATTERN) == [BUILDER]


def test_an_agent_is_always_an_iterator(api: Api) -> None:
    flow = api.socket().flow("default")
    whole = list(flow.agent("n=2"))
    assert {type(chunk) for chunk in whole} == {AgentThought, AgentObservation, AgentAnswer}
    assert isinstance(whole[-1], AgentAnswer)
    assert whole[-1].content == "chunk-0 chunk-1 "
    assert whole[-1].end_of_dialog
    pieces = [chunk for chunk in flow.agent("n=2", streaming=True) if isinstance(chunk, AgentAnswer)]
    assert [piece.content for piece in pieces] == ["chunk-0 ", "chunk-1 ", ""]


def test_messages_have_ids(api2: Api) -> None:
    thought, *_, answer = api2.socket().flow("default").agent("n=2", streaming=True)
    assert isinstance(thought, AgentThought)
    assert isinstance(answer, AgentAnswer)
    assert thought.message_id
    assert answer.message_id != thought.message_id
    assert answer.model == "graph-teller"


def test_streams_are_chunks(api: Api) -> None:
    flow = api.socket().flow("default")
    for stream in (
        flow.text_completion("", "n=2", streaming=True),
        flow.graph_rag("n=2", "default", streaming=True),
        flow.document_rag("n=2", "default", streaming=True),
        flow.prompt("question", {"question": "n=2"}, streaming=True),
    ):
        assert not isinstance(stream, TextCompletionResult)
        chunks = list(stream)
        assert {type(chunk) for chunk in chunks} == {RAGChunk}
        assert "".join(chunk.content for chunk in chunks) == "chunk-0 chunk-1 "
        assert any(chunk.end_of_stream for chunk in chunks)
        assert {chunk.message_type for chunk in chunks} == {"rag"}


def test_what_only_2_has_over_the_socket(api2: Api) -> None:
    flow = api2.socket().flow("default")
    assert flow.image_to_text(PIXEL, "image/png").text
    assert flow.document_embeddings_query("Kestrel Bridge", "default")["chunks"]
    assert flow.row_embeddings_query("Kestrel Bridge", "bridge")["matches"]
    assert flow.rerank(["a"], ["b"])["results"]
    assert flow.cloze_list_models()["models"]
    assert "label" in flow.cloze("kinds", "Kestrel Bridge")
    assert all("id" in model for model in flow.list_models())
    batches = list(flow.triples_query_stream(limit=5, batch_size=2))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    frames = list(flow.sparql_query_stream("SELECT ?s { ?s ?p ?o } LIMIT 3", batch_size=2))
    assert sum(len(frame["bindings"]) for frame in frames) == 3
    graph = flow.graph_rag(WHO, "default", graph="urn:nothing")
    assert isinstance(graph, TextCompletionResult)


def test_how_answers_came_about(api2: Api) -> None:
    flow = api2.socket().flow("default")
    for chunks in (
        list(flow.graph_rag_explain("n=2", "default")),
        list(flow.document_rag_explain("n=2", "default")),
        list(flow.agent_explain("n=2", "default")),
    ):
        events = [chunk for chunk in chunks if isinstance(chunk, ProvenanceEvent)]
        text = [chunk.content for chunk in chunks if isinstance(chunk, RAGChunk | AgentAnswer)]
        assert "".join(text) == "chunk-0 chunk-1 "
        assert events[0].event_type in ("question", "", "session")  # that of documents says nothing
        assert all(set(triple) >= {"s", "p", "o"} for triple in events[0].triples)


# --- for asyncio ----------------------------------------------------------------------------------


def test_everything_can_be_awaited(running: RunningGateway) -> None:
    async def use() -> None:
        async with Api(running.url, token=running.token) as api:
            flows = api.async_flow()
            assert await flows.list() == ["default"]
            await over_rest(flows.id("default"))
            async with api.async_socket() as socket:
                await socket.connect()
                await over_the_socket(socket.flow("default"))

    async def over_rest(flow: Any) -> None:
        assert (await flow.agent("n=2"))["content"] == "chunk-0 chunk-1 "
        assert (await flow.text_completion("", "ANSWER<<42>>")).text == "42"
        assert BUILT in await flow.graph_rag(WHO, "default")
        assert "Ines Marlow" in await flow.document_rag(WHO, "default")
        await shared(flow)

    async def over_the_socket(flow: Any) -> None:
        assert (await flow.agent("n=2"))["content"] == "chunk-0 chunk-1 "
        assert BUILT in await flow.graph_rag(WHO, "default")
        assert await flow.prompt("question", {"question": "ANSWER<<42>>"}) == "42"
        await shared(flow)
        assert await flow.mcp_tool("echo", {"text": "hello"}) == {"text": "hello"}
        for stream in (
            await flow.graph_rag("n=2", "default", streaming=True),
            await flow.document_rag("n=2", "default", streaming=True),
            await flow.prompt("question", {"question": "n=2"}, streaming=True),
        ):
            assert "".join([piece async for piece in stream]) == "chunk-0 chunk-1 "
        chunks = [chunk async for chunk in await flow.text_completion("", "n=2", streaming=True)]
        assert {type(chunk) for chunk in chunks} == {RAGChunk}
        chunks = [chunk async for chunk in await flow.agent("n=2", streaming=True)]
        assert isinstance(chunks[-1], AgentAnswer)

    async def shared(flow: Any) -> None:
        assert (await flow.embeddings(["a"])).keys() == {"vectors"}
        found = await flow.graph_embeddings_query("Kestrel Bridge", "default", 1)
        assert found["entities"][0]["entity"] == BUILDER["s"]
        assert await flow.triples_query(**PATTERN) == {"response": [BUILDER]}
        assert "data" in await flow.rows_query("{ bridge(limit: 1) { name } }", "default")

    asyncio.run(use())


def test_what_only_2_has_can_be_awaited(running2: RunningGateway) -> None:
    async def use() -> None:
        async with Api(running2.url, token=running2.token) as api:
            flow = api.async_flow().id("default")
            assert (await flow.sparql_query("ASK { ?s ?p ?o }"))["ask-result"] is True
            assert await flow.cloze_list_models()
            socket = api.async_socket().flow("default")
            assert (await socket.cloze_list_models())["models"]
            for each in (flow, socket):
                assert (await each.image_to_text(PIXEL, "image/png")).text
                assert (await each.rerank(["a"], ["b"]))["results"]
                assert (await each.row_embeddings_query("Kestrel Bridge", "bridge"))["matches"]
                assert "label" in await each.cloze("kinds", "Kestrel Bridge")
                assert "answers" in await each.field_extraction("name: Kestrel", {"name": "its name"})
                questions = {"way": {"type": "choice", "options": ["bridge", "ferry"]}}
                assert "answers" in await each.decision_scoring({"text": "a bridge"}, questions)

    asyncio.run(use())


# --- errors ---------------------------------------------------------------------------------------


def test_errors_are_those_of_upstream_and_ours(api: Api) -> None:
    with pytest.raises(GraphRagError, match=r"^graph-rag-error: scripted failure") as over_rest:
        api.flow().id().graph_rag("fail=2")
    assert isinstance(over_rest.value, errors.GraphRagError)
    assert over_rest.value.error_type == "graph-rag-error"
    with pytest.raises(errors.GraphRagError, match=r"^scripted failure") as over_socket:
        list(api.socket().flow("default").graph_rag("fail=2", "default", streaming=True))
    assert isinstance(over_socket.value, TrustGraphException)
    assert over_socket.value.message == str(over_socket.value)
    assert over_socket.value.partial is None


def test_a_lost_error_is_no_value(api2: Api) -> None:
    with pytest.raises(SilentFailure) as failed:
        api2.flow().id().text_completion("", "fail=0")
    assert isinstance(failed.value, UnexpectedError)
    assert type(copy.copy(failed.value)) is type(failed.value)
    with pytest.raises(ApplicationException):
        api2.flow().id().embeddings(["fail=0"])


def test_errors_as_gateways_send_them() -> None:
    with pytest.raises(LLMError, match=r"^no$") as failed:
        raise_from_error_dict({"type": "llm-error", "message": "no"})
    assert failed.value.error_type == "llm-error"
    with pytest.raises(UnexpectedError, match=r"^no$"):
        raise_from_error_dict({"type": "access-denied", "message": "no"})
    with pytest.raises(UnexpectedError, match=r"^no$"):
        raise_from_error_dict("no")


def test_a_stream_may_be_left_early(api: Api) -> None:
    flow = api.socket().flow("default")
    assert next(iter(flow.agent("n=1000 delay=0.05", streaming=True))).content
    assert flow.text_completion("", "ANSWER<<42>>") is not None


# --- terms ----------------------------------------------------------------------------------------


def test_terms_are_built() -> None:
    assert build_term(None) is None
    assert build_term("http://a.example") == {"t": "i", "i": "http://a.example"}
    assert build_term("<mailto:a@example.org>") == {"t": "i", "i": "mailto:a@example.org"}
    assert build_term("http://a.example", "literal") == {"t": "l", "v": "http://a.example"}
    assert build_term("chat", language="fr") == {"t": "l", "v": "chat", "ln": "fr"}
    term = {"t": "l", "v": "x", "more": 1}
    assert build_term(term) is term
    with pytest.raises(ValueError):
        build_term("a", "wrong")


def test_quoted_triples_go_both_ways(api2: Api) -> None:
    quoted = QuotedTriple(Uri("urn:s"), Uri("urn:p"), Literal("o"))
    assert str(quoted) == "<<urn:s urn:p o>>"
    assert quoted.is_triple()
    assert api2.flow().id().triples_query(s=quoted) == []
