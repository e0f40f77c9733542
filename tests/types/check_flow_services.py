"""What type checkers see of the rest of a flow. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Coroutine
from typing import Any, assert_type

from tgproto.catalog import AsyncFlowInstance, AsyncStream, FlowInstance, Stream
from tgproto.types import (
    IRI,
    Answers,
    ChunkMatch,
    Classification,
    ClozeModel,
    Diagnosis,
    ImageDescription,
    Json,
    Matches,
    ModelInfo,
    NLPQuery,
    RerankMatch,
    RowMatch,
    RowsAnswer,
    SchemaMatches,
    SparqlAnswer,
    StructuredAnswer,
    Triple,
)


def searches(flow: FlowInstance) -> None:
    assert_type(flow.triples_query_stream("urn:s", batch_size=5), Stream[list[Triple], list[Triple]])
    assert_type(flow.sparql_query("ASK { ?s ?p ?o }", "c", 5), SparqlAnswer)
    assert_type(flow.sparql_query_stream("q", batch_size=5), Stream[SparqlAnswer, SparqlAnswer])
    assert_type(flow.document_embeddings_query("t", "c", attributes={"a": "b"}), Matches[ChunkMatch])
    assert_type(flow.row_embeddings_query("t", "s", index_name="i", limit=5), Matches[RowMatch])
    assert_type(flow.document_embeddings_query("t", "c")[0].score, float | None)
    flow.triples_query_stream(g=5)  # type: ignore[arg-type]
    flow.sparql_query(IRI("urn:q"))  # type: ignore[arg-type]


def structured(flow: FlowInstance) -> None:
    assert_type(flow.rows_query("{ a }", variables={"v": "w"}, operation_name="o"), RowsAnswer)
    assert_type(flow.objects_query("{ a }", user="u").data, Json)
    assert_type(flow.nlp_query("q", max_results=5), NLPQuery)
    assert_type(flow.structured_query("q", "c"), StructuredAnswer)
    assert_type(flow.detect_type("a,b"), Diagnosis)
    assert_type(flow.generate_descriptor("a,b", "csv", "s", {"delimiter": ","}), Diagnosis)
    assert_type(flow.diagnose_data("a,b").descriptor, Json)
    assert_type(flow.schema_selection("a,b"), SchemaMatches)
    assert_type(flow.schema_selection("a,b")[0], str)
    flow.generate_descriptor("a,b", "csv")  # type: ignore[call-arg]


def tools(flow: FlowInstance) -> None:
    assert_type(flow.mcp_tool("t", {"p": [1]}), Json)
    assert_type(flow.image_to_text(b"i", "image/png", system="s"), ImageDescription)
    assert_type(flow.rerank(["q"], ["d", {"document_id": "1", "document_text": "t"}]), Matches[RerankMatch])
    assert_type(flow.list_models(), Matches[ModelInfo])
    assert_type(flow.cloze("m", "q"), Classification)
    assert_type(flow.cloze_list_models()[0], ClozeModel)
    assert_type(flow.decision_scoring({"s": 1}, {"q": {"type": "score"}}), Answers)
    assert_type(flow.field_extraction("text", {"f": "what"}).answers["f"], Json)
    assert_type(flow.thru("a", {"any": {"thing": None}}), dict[str, Json])
    assert_type(flow.thru_stream("a", {}), Stream[dict[str, Json], list[dict[str, Json]]])
    flow.image_to_text(5, "image/png")  # type: ignore[arg-type]
    flow.field_extraction("text", {"f": 5})  # type: ignore[dict-item]


async def awaited(flow: AsyncFlowInstance) -> None:
    assert_type(flow.triples_query_stream(), AsyncStream[list[Triple], list[Triple]])
    await assert_type(flow.sparql_query("q"), Coroutine[Any, Any, SparqlAnswer])
    assert_type(flow.sparql_query_stream("q"), AsyncStream[SparqlAnswer, SparqlAnswer])
    assert_type(await flow.document_embeddings_query("t", "c"), Matches[ChunkMatch])
    assert_type(await flow.row_embeddings_query("t", "s"), Matches[RowMatch])
    assert_type(await flow.rows_query("{ a }"), RowsAnswer)
    assert_type(await flow.objects_query("{ a }"), RowsAnswer)
    assert_type(await flow.nlp_query("q"), NLPQuery)
    assert_type(await flow.structured_query("q"), StructuredAnswer)
    assert_type(await flow.detect_type("a,b"), Diagnosis)
    assert_type(await flow.generate_descriptor("a,b", "csv", "s"), Diagnosis)
    assert_type(await flow.diagnose_data("a,b"), Diagnosis)
    assert_type(await flow.schema_selection("a,b"), SchemaMatches)
    assert_type(await flow.mcp_tool("t"), Json)
    assert_type(await flow.image_to_text("aQ==", "image/png"), ImageDescription)
    assert_type(await flow.rerank(["q"], ["d"]), Matches[RerankMatch])
    assert_type(await flow.list_models(), Matches[ModelInfo])
    assert_type(await flow.cloze("m", "q"), Classification)
    assert_type(await flow.cloze_list_models(), Matches[ClozeModel])
    assert_type(await flow.decision_scoring({}, {}), Answers)
    assert_type(await flow.field_extraction({"a": 1}, {}), Answers)
    assert_type(await flow.thru("a", {}), dict[str, Json])
    assert_type(flow.thru_stream("a", {}), AsyncStream[dict[str, Json], list[dict[str, Json]]])
