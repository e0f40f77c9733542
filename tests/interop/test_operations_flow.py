"""The services of a flow that `test_answers` has not: what they answer, and how they fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.published import Members
from tests.interop.world import (
    World,
    each_way,
    each_way_on_1x,
    each_way_on_2x,
    on_2x_over_the_socket,
    over_the_socket,
)
from tgproto.errors import (
    AccessDenied,
    EmbeddingsQueryError,
    GatewayError,
    NLPQueryError,
    NotOffered,
    RowsQueryError,
    ServiceError,
    SilentFailure,
    SparqlError,
    StructuredQueryError,
    ToolError,
)
from tgproto.types import (
    IRI,
    Diagnosis,
    Literal,
    NLPQuery,
    QueryFault,
    RerankMatch,
    StructuredAnswer,
    Triple,
)

S, P, THING = (IRI(f"http://example.org/{name}") for name in "spo")
DREI, DREI_IN_1X = Literal("drei", language="de"), Literal("drei")


def mark() -> str:
    """Return a text that no other test uses."""
    return f"mark-{time.time_ns()}"


def seen(world: World, kind: str, text: str) -> Members:
    """Return the one request to a service that has a text in it, as the service got it."""
    (found,) = [asked["request"] for asked in world.gateway.requests(kind) if text in str(asked["request"])]
    return found  # type: ignore[no-any-return]


# --- the graph --------------------------------------------------------------------------------


@pytest.mark.exercises("triples")
@over_the_socket
async def test_triples_in_batches(world: World, collection: str) -> None:
    stream = world.flow.triples_query_stream(s=S, collection=collection, batch_size=2)
    batches = [batch async for batch in stream]
    assert [len(batch) for batch in batches] == ([3] if world.is_old else [2, 1])
    assert await stream.result() == [triple for batch in batches for triple in batch]
    assert batches[0][0] == Triple(S, P, DREI_IN_1X if world.is_old else DREI)
    assert await world.flow.triples_query_stream(collection="nothing-is-here").result() == []


@pytest.mark.exercises("sparql")
@each_way_on_2x
async def test_sparql(world: World, collection: str) -> None:
    ask = world.flow.sparql_query
    found = await ask("SELECT * WHERE { ?s ?p ?o }", collection)
    assert (found.query_type, found.variables, found.ask_result) == ("select", ("s", "p", "o"), None)
    assert found.bindings[0] == {"s": S, "p": P, "o": DREI}
    assert [binding["o"] for binding in found.bindings][-1] == THING
    assert len((await ask("SELECT * WHERE { ?s ?p ?o }", collection, limit=2)).bindings) == 2
    assert await ask("ASK { ?s ?p ?o }", collection)
    assert (await ask("CONSTRUCT { ?s ?p ?o }", collection)).triples[0] == Triple(S, P, DREI)


@pytest.mark.exercises("sparql")
@each_way_on_2x
async def test_sparql_finds_nothing(world: World) -> None:
    ask = world.flow.sparql_query
    nothing = await ask("SELECT * WHERE { ?s ?p ?o }", "nothing-is-here")
    assert (nothing.variables, nothing.bindings) == (("s", "p", "o"), ())
    said_no = await ask("ASK { ?s ?p ?o }", "nothing-is-here")
    assert said_no.ask_result is False
    assert (await ask("CONSTRUCT { ?s ?p ?o }", "nothing-is-here")).triples == ()


@pytest.mark.exercises("sparql")
@on_2x_over_the_socket
async def test_sparql_in_batches(world: World, collection: str) -> None:
    stream = world.flow.sparql_query_stream("SELECT * WHERE { ?s ?p ?o }", collection, batch_size=2)
    batches = [batch async for batch in stream]
    assert [len(batch.bindings) for batch in batches] == [2, 1]
    assert {batch.variables for batch in batches} == {("s", "p", "o")}
    whole = await stream.result()
    assert whole.bindings == tuple(binding for batch in batches for binding in batch.bindings)


# --- vectors ----------------------------------------------------------------------------------


@pytest.mark.exercises("document-embeddings")
@each_way_on_2x
async def test_chunks(world: World, collection: str) -> None:
    best, other = await world.flow.document_embeddings_query("beta", collection)
    assert (best.chunk_id, other.chunk_id) == ("urn:chunk:beta", "urn:chunk:alpha")
    assert best.score == pytest.approx(1.0)
    assert other.score < 0.99
    (only,) = await world.flow.document_embeddings_query("alpha", collection, limit=1)
    assert only.chunk_id == "urn:chunk:alpha"
    assert await world.flow.document_embeddings_query("alpha", "nothing-is-here") == []


@pytest.mark.exercises("row-embeddings")
@each_way_on_2x
async def test_rows_by_meaning(world: World, collection: str) -> None:
    best, other = await world.flow.row_embeddings_query("beta", "things", collection)
    assert (best.index_name, best.index_value, best.text) == ("name", ("beta",), "beta")
    assert best.score == pytest.approx(1.0)
    assert (other.text, other.score < 0.99) == ("alpha", True)
    (only,) = await world.flow.row_embeddings_query("alpha", "things", collection, "name", limit=1)
    assert only.text == "alpha"
    assert await world.flow.row_embeddings_query("alpha", "things", collection, "weight") == []
    assert await world.flow.row_embeddings_query("alpha", "people", collection) == []


# --- structured data --------------------------------------------------------------------------


@pytest.mark.exercises("rows", "objects")
@each_way()
async def test_rows(world: World, collection: str) -> None:
    query, kind = f"query q {{ things {{ name }} }} # {mark()}", "objects" if world.is_old else "rows"
    found = await world.flow.rows_query(query, collection, {"a": "x"}, "q")
    assert found.data == {"things": [{"name": "alpha"}, {"name": "beta"}]}
    assert found.errors == ()
    told = seen(world, kind, query)
    assert (told["variables"], told["operation_name"]) == ({"a": "x"}, "q")
    assert await world.flow.objects_query(query, collection) == found
    assert (await world.flow.rows_query(query, "nothing-is-here")).data == {}
    partly = await world.flow.rows_query("{ error }", collection)
    assert partly.data is None
    assert partly.errors == (QueryFault("no such field", ("error",)),)


@pytest.mark.exercises("nlp-query", "structured-query")
@each_way()
async def test_questions_about_rows(world: World) -> None:
    question = mark()
    asked = await world.flow.nlp_query(question, max_results=7)
    assert asked == NLPQuery("{ things { name } }", {}, ("things",), 0.5)
    assert seen(world, "nlp-query", question)["max_results"] == 7
    answer = await world.flow.structured_query(question, "c")
    assert answer == StructuredAnswer({"things": []})
    assert seen(world, "structured-query", question)["collection"] == "c"


@pytest.mark.exercises(
    "structured-diag detect-type",
    "structured-diag generate-descriptor",
    "structured-diag diagnose",
    "structured-diag schema-selection",
)
@each_way()
async def test_samples(world: World) -> None:
    fields = {"fields": "2"}
    flow, options = world.flow, {"delimiter": ";"}
    samples = [f"a,b {mark()}" for _ in range(4)]
    assert await flow.detect_type(samples[0]) == Diagnosis("csv", 0.75, metadata=fields)
    described = await flow.generate_descriptor(samples[1], "csv", "things", options)
    assert (described.type, described.descriptor, described.metadata) == ("", {"format": "csv"}, fields)
    whole = await flow.diagnose_data(samples[2], "things", options)
    assert whole == Diagnosis("csv", 0.75, {"format": "csv"}, fields)
    assert await flow.schema_selection(samples[3], options) == ["things"]
    told = [seen(world, "structured-diag", sample) for sample in samples]
    operations = [request["operation"] for request in told]
    assert operations == ["detect-type", "generate-descriptor", "diagnose", "schema-selection"]
    assert [request["schema_name"] or "" for request in told] == ["", "things", "things", ""]
    assert [request["options"] or {} for request in told] == [{}, options, options, options]


# --- tools and judges -------------------------------------------------------------------------


@pytest.mark.exercises("mcp-tool")
@each_way()
async def test_tools(world: World) -> None:
    assert await world.flow.mcp_tool("time", {"zone": "Köln"}) == 'time: {"zone": "K\\u00f6ln"}'
    assert await world.flow.mcp_tool("time") == "time: {}"
    parameters = {"a": [1, None, {"b": True}]}
    assert await world.flow.mcp_tool("object", parameters) == parameters
    if world.is_old:
        await world.failure(world.flow.mcp_tool("fail"), ToolError, "scripted failure")
    else:  # the gateway says nothing of it
        assert await world.flow.mcp_tool("fail") == ""


@pytest.mark.exercises("image-to-text")
@each_way_on_2x
async def test_images(world: World) -> None:
    prompt = mark()
    told = await world.flow.image_to_text(b"\x89PNG", "image/png", prompt, "be brief")
    assert told == "image/png image of 4 bytes"
    assert (told.model, told.in_token, told.out_token) == ("standin-model", 11, 22)
    assert seen(world, "image-to-text", prompt)["system"] == "be brief"
    assert await world.flow.image_to_text("iVBORw==", "image/gif") == "image/gif image of 4 bytes"
    assert await world.flow.image_to_text(b"", "image/gif") == "image/gif image of 0 bytes"


@pytest.mark.exercises("reranker")
@each_way_on_2x
async def test_ranking(world: World) -> None:
    ranked = await world.flow.rerank(["q", "r"], ["a", "b", "c"], 2)
    assert ranked == [RerankMatch(d, q, s) for q in "01" for d, s in (("0", 1.0), ("1", 0.9))]
    documents = [{"document_id": "x", "document_text": "a"}]
    (only,) = await world.flow.rerank([{"query_id": "y", "query_text": "q"}], documents)
    assert (only.document_id, only.query_id) == ("x", "y")
    assert await world.flow.rerank(["q"], []) == []
    assert await world.flow.rerank(["fail=0"], ["a"]) == []  # the gateway says nothing of it


@pytest.mark.exercises("text-completion", "cloze")
@each_way_on_2x
async def test_models(world: World) -> None:
    (model,) = await world.flow.list_models()
    assert (model.id, model.name) == ("standin-model", "Stand-in")
    (judge,) = await world.flow.cloze_list_models()
    assert (judge.name, judge.state, judge.labels) == ("m", "ready", ("a", "b"))
    text = mark()
    told = await world.flow.cloze("m", text)
    assert (told.label, told.confidence) == ("a", 0.8)
    assert seen(world, "cloze", text)["model"] == "m"


@pytest.mark.exercises("decision-scoring", "field-extraction")
@each_way_on_2x
async def test_decisions_and_fields(world: World) -> None:
    questions = {"who": {"type": "choice", "options": ["a", "b"]}, "how": {"type": "scale"}}
    state = {"place": mark(), "deep": [1, {"a": None}]}
    scored = await world.flow.decision_scoring(state, questions)
    assert (scored.answers, scored.model) == ({"who": {"score": 0.5}, "how": {"score": 0.5}}, "standin-model")
    told = seen(world, "decision-scoring", state["place"])
    assert (told["state"], told["questions"]) == (state, questions)
    assert (await world.flow.decision_scoring({}, {})).answers == {}
    fields = {"name": "who it is", "when": "the date"}
    for given in (state, state["place"]):
        found = await world.flow.field_extraction(given, fields)
        assert (found.answers, found.model) == ({"name": None, "when": None}, "standin-model")
    assert (await world.flow.field_extraction("", {})).answers == {}


# --- services of one's own --------------------------------------------------------------------


@pytest.mark.exercises("thru/{name}")
@each_way_on_2x
async def test_pass_through(world: World) -> None:
    request = {"a": [1, None, "ü"], "operation": "x"}
    if world.transport == "rest":
        await world.failure(world.flow.thru("echo", request), AccessDenied)
        return
    assert await world.flow.thru("echo", request) == {"echo": request}
    assert await world.flow.thru("echo", {}) == {"echo": {}}
    assert await world.flow.thru("echo", {"text": "fail=0"}) == {}  # the gateway says nothing of it
    await world.failure(world.flow.thru("nope", {}), GatewayError, "not supported by flow")


@pytest.mark.exercises("thru/{name}")
@on_2x_over_the_socket
async def test_pass_through_in_frames(world: World) -> None:
    request = {"stream": True, "text": "n=2"}
    frames = [frame async for frame in world.flow.thru_stream("echo", request)]
    assert frames == [{"i": 0, "chunk": "chunk-0 "}, {"i": 1, "chunk": "chunk-1 "}, {"echo": request}]
    broken = await world.flow.thru_stream("echo", {"stream": True, "text": "fail=1"}).result()
    assert broken == [{"i": 0, "chunk": "chunk-0 "}, {}]


# --- failures ---------------------------------------------------------------------------------

TOLD = "scripted failure"
Failure = tuple[Callable[[Any], Any], type[ServiceError] | None, type[ServiceError] | None]
FAILURES: dict[str, Failure] = {
    "rows": (lambda f: f.rows_query("fail=0"), RowsQueryError, RowsQueryError),
    "nlp-query": (lambda f: f.nlp_query("fail=0"), NLPQueryError, NLPQueryError),
    "structured-query": (
        lambda f: f.structured_query("fail=0"),
        StructuredQueryError,
        StructuredQueryError,
    ),
    "detect-type": (lambda f: f.detect_type("fail=0"), None, ServiceError),
    "generate-descriptor": (
        lambda f: f.generate_descriptor("fail=0", "csv", "x"),
        SilentFailure,
        ServiceError,
    ),
    "diagnose": (lambda f: f.diagnose_data("fail=0"), SilentFailure, ServiceError),
    "schema-selection": (lambda f: f.schema_selection("fail=0"), None, ServiceError),
    "row-embeddings": (lambda f: f.row_embeddings_query("a", "fail=0"), EmbeddingsQueryError, None),
    "sparql": (lambda f: f.sparql_query("SELECT fail=0"), SparqlError, None),
    "image-to-text": (lambda f: f.image_to_text(b"", "image/png", "fail=0"), SilentFailure, None),
    "cloze": (lambda f: f.cloze("m", "fail=0"), ServiceError, None),
    "decision-scoring": (lambda f: f.decision_scoring({"a": "fail=0"}, {}), ServiceError, None),
    "field-extraction": (lambda f: f.field_extraction("fail=0", {}), ServiceError, None),
}
"""A request that fails; what becomes of it on 2.11.1 and on 1.7.1; None for nothing that shows."""


@each_way()
async def test_services_fail(world: World) -> None:
    for ask, *kinds in FAILURES.values():
        if kind := kinds[world.is_old]:
            await world.failure(ask(world.flow), kind, "lost" if kind is SilentFailure else TOLD)


@each_way_on_2x
async def test_some_failures_look_like_nothing(world: World) -> None:
    assert await world.flow.document_embeddings_query("a", "fail=0") == []
    assert await world.flow.schema_selection("fail=0") == []
    assert await world.flow.detect_type("fail=0") == Diagnosis(confidence=0.0)


@each_way_on_1x
async def test_what_older_gateways_have_not(world: World) -> None:
    flow, before = world.flow, world.gateway.served()
    for call in (
        flow.document_embeddings_query("a", "c"),
        flow.row_embeddings_query("a", "things"),
        flow.sparql_query("ASK {}"),
        flow.rerank(["q"], ["a"]),
        flow.image_to_text(b"", "image/png"),
        flow.list_models(),
        flow.cloze("m", "q"),
        flow.cloze_list_models(),
        flow.decision_scoring({}, {}),
        flow.field_extraction("", {}),
        flow.thru("echo", {}),
        flow.agent("q", session_id="s"),
        flow.graph_rag("q", graph="urn:g"),
        flow.text_completion("s", "p", response_format="json"),
    ):
        await world.failure(call, NotOffered)
    assert world.gateway.served() == before
