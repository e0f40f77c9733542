"""Flows: what is found in the graph, in vectors, and in rows."""

from __future__ import annotations

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, read, story, streams_not
from tgproto.catalog import FlowOps
from tgproto.errors import (
    EmbeddingsQueryError,
    ServiceError,
    SilentFailure,
    SparqlError,
    StructuredQueryError,
    TriplesQueryError,
)
from tgproto.gateway.demo import NAMESPACE
from tgproto.types import IRI, Literal, QuotedTriple, Triple

BRIDGE, ALDER, MARLOW, TOLL_BRIDGE = (
    IRI(NAMESPACE + name) for name in ("kestrel-bridge", "alder", "ines-marlow", "toll-bridge")
)
CROSSES, BUILT_BY, LABEL = IRI(f"{NAMESPACE}crosses"), IRI(f"{NAMESPACE}builtBy"), IRI(f"{NAMESPACE}label")
CROSSING = f"{{ ?bridge <{CROSSES}> <{ALDER}> }}"
SAMPLE = "name,built_by\nKestrel Bridge,Ines Marlow\n"


@story(FlowOps, "triples_query")
async def test_triples_by_pattern(place: Place) -> None:
    find = place.flow.triples_query
    assert await find(BRIDGE, BUILT_BY) == [Triple(BRIDGE, BUILT_BY, MARLOW)]
    assert await find(s=str(BRIDGE), p=str(BUILT_BY), o=str(MARLOW)) == [Triple(BRIDGE, BUILT_BY, MARLOW)]
    assert {triple.s for triple in await find(p=CROSSES, o=ALDER)} == {BRIDGE, TOLL_BRIDGE}
    assert len(await find(limit=3)) == 3
    assert await find(f"{NAMESPACE}nope") == []
    assert await find(BRIDGE, BUILT_BY, collection="elsewhere") == []
    await failure(find("urn:fail=0"), TriplesQueryError, "scripted failure")


@story(FlowOps, "triples_query")
async def test_terms_of_all_kinds_come_back_as_they_were_stored(place: Place) -> None:
    terms = [Literal("Brücke"), Literal(""), Literal("two\nlines"), IRI("urn:x:ü")]
    if place.generation == 2:  # 1.x keeps neither
        typed = Literal("1887", "http://www.w3.org/2001/XMLSchema#gYear")
        terms += [Literal("Pont", None, "fr"), typed, QuotedTriple(Triple(BRIDGE, CROSSES, ALDER))]
    stored = [Triple(MARLOW, LABEL, term) for term in terms]
    owner = "trustgraph" if place.generation == 1 else "default"
    place.server.gateway.graphs.add(stored, workspace=owner)
    assert sorted(await place.flow.triples_query(MARLOW, LABEL), key=str) == sorted(stored, key=str)
    for triple in stored:
        assert await place.flow.triples_query(o=triple.o, p=LABEL) == [triple]


@story(FlowOps, "triples_query_stream")
async def test_triples_in_batches(place: Place) -> None:
    if not await streams_not(place, "triples_query_stream"):
        batches, found = await read(place.flow.triples_query_stream(p=CROSSES, batch_size=3))
        assert [len(batch) for batch in batches] == ([4] if place.generation == 1 else [3, 1])
        assert found == [triple for batch in batches for triple in batch]
        assert sorted(found, key=str) == sorted(await place.flow.triples_query(p=CROSSES), key=str)


@story(FlowOps, "sparql_query", "sparql_query_stream", generation=2)
async def test_questions_in_sparql(place: Place) -> None:
    ask = place.flow.sparql_query
    found = await ask(f"SELECT ?bridge WHERE {CROSSING}")
    assert found.variables == ("bridge",)
    assert [binding["bridge"] for binding in found.bindings] == [BRIDGE, TOLL_BRIDGE]
    assert (await ask(f"ASK {CROSSING}")).ask_result is True
    made = await ask(f"CONSTRUCT {{ <{ALDER}> <urn:under> ?bridge }} WHERE {CROSSING}")
    assert set(made.triples) == {Triple(ALDER, IRI("urn:under"), bridge) for bridge in (BRIDGE, TOLL_BRIDGE)}
    assert (await ask(f"SELECT ?bridge WHERE {CROSSING}", "elsewhere")).bindings == ()
    await failure(ask("SELEC"), SparqlError, "parse")
    if not await streams_not(place, "sparql_query_stream", f"SELECT ?bridge WHERE {CROSSING}"):
        stream = place.flow.sparql_query_stream(f"SELECT ?bridge WHERE {CROSSING}", batch_size=1)
        batches, whole = await read(stream)
        assert [batch.bindings for batch in batches if batch.bindings] == [(one,) for one in found.bindings]
        assert whole == found


@story(FlowOps, "graph_embeddings_query")
async def test_entities_close_in_meaning(place: Place) -> None:
    first, second = await place.flow.graph_embeddings_query("Kestrel Bridge", "default", limit=2)
    assert first.entity == BRIDGE != second.entity
    assert first.score == (None if place.generation == 1 else 1.0)
    assert await place.flow.graph_embeddings_query("Kestrel Bridge", "elsewhere") == []


@story(FlowOps, "document_embeddings_query", "row_embeddings_query", generation=2)
async def test_passages_and_rows_close_in_meaning(place: Place) -> None:
    passages = await place.flow.document_embeddings_query("Kestrel Bridge", "default", limit=2)
    assert [passage.chunk_id.rpartition("/chunk/")[0] for passage in passages] == [
        f"{NAMESPACE}doc/handbook"
    ] * 2
    assert passages[0].score > passages[1].score
    assert await place.flow.document_embeddings_query("Kestrel Bridge", "elsewhere") == []
    rows = await place.flow.row_embeddings_query("Kestrel Bridge", "bridge", limit=2)
    assert (rows[0].index_value, rows[0].score) == (("Kestrel Bridge",), 1.0)
    assert len(rows) == 2
    assert await place.flow.row_embeddings_query("Kestrel Bridge", "nope") == []
    await failure(place.flow.row_embeddings_query("x", "fail=0"), EmbeddingsQueryError, "scripted failure")


@story(FlowOps, "rows_query", "objects_query")
async def test_rows_by_graphql(place: Place) -> None:
    for ask in (place.flow.rows_query, place.flow.objects_query):
        answer = await ask("{ bridge(limit: 1) { name built_by } }")
        assert answer.data == {"bridge": [{"name": "Kestrel Bridge", "built_by": "Ines Marlow"}]}
        assert answer.errors == ()
        wrong = await ask("{ nope { name } }")
        assert wrong.data is None
        assert "nope" in wrong.errors[0].message


@story(FlowOps, "nlp_query", "rows_query", "structured_query")
async def test_questions_about_rows(place: Place) -> None:
    question = "Which bridges are there?"
    query = await place.flow.nlp_query(question, max_results=2)
    assert query.detected_schemas == ("bridge",)
    rows = (await place.flow.rows_query(query.graphql_query)).data["bridge"]
    assert [row["name"] for row in rows] == ["Kestrel Bridge", "Old Toll Bridge"]
    answer = await place.flow.structured_query(question)
    assert answer.data["bridge"][:2] == rows
    assert answer["data"] == answer.data
    await failure(place.flow.structured_query("Why?"), StructuredQueryError, "empty GraphQL query")


@story(FlowOps, "detect_type", "schema_selection", "generate_descriptor", "diagnose_data")
async def test_what_a_sample_of_data_is(place: Place) -> None:
    flow = place.flow
    found = await flow.detect_type(SAMPLE)
    assert (found.type, found.confidence) == ("csv", 0.8)
    assert (await flow.detect_type('{"a": 1}')).type == "json"
    assert (await flow.schema_selection(SAMPLE))[0] == "bridge"
    made = await flow.generate_descriptor(SAMPLE, "csv", "bridge")
    assert [mapping["source_field"] for mapping in made.descriptor["mappings"]] == ["name", "built_by"]
    whole = await flow.diagnose_data(SAMPLE, "bridge")
    assert (whole.type, whole.descriptor) == ("csv", made.descriptor)
    told = ServiceError if place.generation == 1 else SilentFailure
    await failure(flow.generate_descriptor(SAMPLE, "csv", "nope"), told)
    await failure(flow.diagnose_data(SAMPLE, "nope"), told)
