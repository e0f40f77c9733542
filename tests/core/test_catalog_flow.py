"""All operations of a flow together: signatures, documentation, results as arguments, the three classes."""

from __future__ import annotations

import contextlib
import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.catalogue import ANSWERS, RELEASES, answer, body, operations, payloads, run
from tgproto.catalog import (
    AsyncFlowInstance,
    Call,
    CallOptions,
    FlowCalls,
    FlowInstance,
    FlowOps,
    FlowsCalls,
    IamCalls,
    StreamCall,
)
from tgproto.catalog.embeddings import CHUNKS, ENTITIES, ROW_MATCHES
from tgproto.errors import CallError
from tgproto.types import Triple

FLOW = FlowCalls("a-flow")
OPERATIONS = operations(FlowOps)


def test_these_are_the_operations() -> None:
    assert sorted(OPERATIONS) == [
        "agent",
        "agent_explain",
        "cloze",
        "cloze_list_models",
        "decision_scoring",
        "detect_type",
        "diagnose_data",
        "document_embeddings_query",
        "document_load",
        "document_rag",
        "document_rag_explain",
        "embeddings",
        "export_document_embeddings",
        "export_entity_contexts",
        "export_graph_embeddings",
        "export_triples",
        "field_extraction",
        "generate_descriptor",
        "graph_embeddings_query",
        "graph_rag",
        "graph_rag_explain",
        "image_to_text",
        "import_document_embeddings",
        "import_entity_contexts",
        "import_graph_embeddings",
        "import_objects",
        "import_rows",
        "import_triples",
        "list_models",
        "load_document",
        "load_text",
        "mcp_tool",
        "nlp_query",
        "objects_query",
        "prompt",
        "rerank",
        "row_embeddings_query",
        "rows_query",
        "schema_selection",
        "sparql_query",
        "sparql_query_stream",
        "structured_query",
        "text_completion",
        "text_load",
        "thru",
        "thru_stream",
        "triples_query",
        "triples_query_stream",
    ]


SYNC_REST_OF_2_11_1: dict[str, dict[str, object]] = {
    "text_completion": {"system": ..., "prompt": ...},
    "agent": {"question": ..., "state": None, "group": None, "history": None},
    "graph_rag": {
        "query": None,  # required there; here it may come as `question`
        "collection": "default",
        "entity_limit": 50,
        "triple_limit": 30,
        "max_subgraph_size": 150,
        "max_path_length": 2,
        "edge_score_limit": 30,
        "edge_limit": 25,
        "max_reranker_input": 350,
        "user_context": None,
        "grounding_seeds": None,
        "graph_seeds": None,
        "languages": None,
        "traversal_instructions": None,
    },
    "document_rag": {"query": None, "collection": "default", "doc_limit": 10, "fetch_limit": 0},
    "prompt": {"id": ..., "variables": ...},
    "embeddings": {"texts": None},  # required there; here it may come as `text`
    "graph_embeddings_query": {
        "text": ...,
        "collection": ...,
        "limit": 10,
        "rdf_type": None,
        "attributes": None,
    },
    "triples_query": {
        "s": None,
        "p": None,
        "o": None,
        "g": None,
        "collection": None,
        "limit": 10000,
        "user_context": None,
    },
    "mcp_tool": {"name": ..., "parameters": None},  # `{}` there, which is one object for all callers
    "rows_query": {"query": ..., "collection": "default", "variables": None, "operation_name": None},
    "nlp_query": {"question": ..., "max_results": 100},
    "structured_query": {"question": ..., "collection": "default"},
    "detect_type": {"sample": ...},
    "generate_descriptor": {"sample": ..., "data_type": ..., "schema_name": ..., "options": None},
    "diagnose_data": {"sample": ..., "schema_name": None, "options": None},
    "schema_selection": {"sample": ..., "options": None},
    "image_to_text": {"image": ..., "mime_type": ..., "prompt": None, "system": None},
    "rerank": {"queries": ..., "documents": ..., "limit": 10},
    "document_embeddings_query": {"text": ..., "collection": ..., "limit": 10, "attributes": None},
    "row_embeddings_query": {
        "text": ...,
        "schema_name": ...,
        "collection": "default",
        "index_name": None,
        "attributes": None,
        "limit": 10,
    },
    "sparql_query": {"query": ..., "collection": "default", "limit": 10000, "user_context": None},
    "cloze": {"model": ..., "query": ...},
    "cloze_list_models": {},
    "decision_scoring": {"state": ..., "questions": ...},
    "field_extraction": {"state": ..., "fields": ...},
}


@pytest.mark.parametrize("name", SYNC_REST_OF_2_11_1)
def test_positional_parameters_are_those_of_the_newest_release(name: str) -> None:
    _, *parameters = inspect.signature(getattr(FlowInstance, name)).parameters.values()
    shown = {
        parameter.name: ... if parameter.default is parameter.empty else parameter.default
        for parameter in parameters
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    }
    assert list(shown.items()) == list(SYNC_REST_OF_2_11_1[name].items())


@pytest.mark.parametrize("release", RELEASES)
def test_every_result_can_be_part_of_a_request(release: str) -> None:
    dialect = RELEASES[release]
    results: list[Any] = [
        answer(FLOW.text_completion("s", "p"), payloads(f"{release} text-completion whole")),
        answer(FLOW.prompt("t", {}), payloads(f"{release} prompt whole")),
        answer(FLOW.graph_rag("q"), payloads(f"{release} graph-rag whole")),
        answer(FLOW.agent("q"), payloads(f"{release} agent whole")),
        answer(FLOW.text_completion("s", "p"), [b'{"response":"lone \\ud800"}']),
    ]
    for result in results:
        assert body(FLOW.text_completion(result, result), dialect)["prompt"] == result
        assert body(FLOW.prompt(result, {"a": result, result: [result]}), dialect)["variables"]["a"] == result
        assert body(FLOW.graph_rag(result), dialect)["query"] == result
        assert body(FLOW.graph_rag(result, grounding_seeds=[result]))["grounding-seeds"] == [result]
        assert body(FLOW.document_rag(result, result), dialect)["query"] == result
        step = {"thought": result}
        assert body(FLOW.agent(result, history=[step]), dialect)["history"] == [step]
        assert body(FLOW.embeddings(result), dialect) in ({"text": result}, {"texts": [result]})
        assert FLOW.triples_query(o=result).request(dialect).body
    value = answer(FLOW.prompt("t", {}), payloads(f"{release} prompt object"))
    assert body(FLOW.prompt("t", {"value": value}), dialect)["variables"] == {"value": value}
    found = answer(
        FLOW.triples_query(),
        [b'{"response":[{"s":{"v":"urn:s","e":true},"p":{"v":"urn:p","e":true},"o":{"v":"x"}}]}'],
    )
    assert found == [Triple("urn:s", "urn:p", "x")]
    assert body(FLOW.triples_query(found[0].s, found[0].p, found[0].o, found[0].g), dialect)["s"]


FLOWS = FlowsCalls()
EVERY_CALL: list[Call[Any]] = [
    FLOW.text_completion("s", "p"),
    FLOW.prompt("t", {}),
    FLOW.agent("q"),
    FLOW.agent_explain("q"),
    FLOW.graph_rag("q"),
    FLOW.graph_rag_explain("q"),
    FLOW.document_rag("q"),
    FLOW.document_rag_explain("q"),
    FLOW.triples_query(),
    FLOW.embeddings(["a"]),
    FLOW.triples_query_stream(),
    FLOW.sparql_query(""),
    FLOW.rows_query(""),
    FLOW.nlp_query(""),
    FLOW.structured_query(""),
    FLOW.detect_type(""),
    FLOW.schema_selection(""),
    FLOW.mcp_tool("t"),
    FLOW.image_to_text(b"", "image/png"),
    FLOW.rerank([], []),
    FLOW.list_models(),
    FLOW.cloze("m", ""),
    FLOW.cloze_list_models(),
    FLOW.decision_scoring({}, {}),
    FLOW.thru("a", {}),
    FLOW.thru_stream("a", {}),
    Call(service="document-embeddings", arguments={}, start=CHUNKS),
    Call(service="row-embeddings", arguments={}, start=ROW_MATCHES),
    Call(service="graph-embeddings", arguments={}, start=ENTITIES),
    FLOWS.list(),
    FLOWS.get("a"),
    IamCalls().whoami(),
]
NAMES = sorted(
    {name for frames in ANSWERS.values() for frame in frames for name in json.loads(frame)}
    | {"message_type", "chunk_type", "answer", "thought", "user", "t", "v", "e"}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.sampled_from(["", "explain", "{", '{"a":[]}'])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5) | VALUES, max_size=3))
def test_whatever_the_answer_it_is_a_result_or_a_call_error(frames: list[object]) -> None:
    for call in EVERY_CALL:
        with contextlib.suppress(CallError):
            answer(call, [json.dumps(frame).encode() for frame in frames])


class Runner:
    """Answers every call with what was captured from 2.11.1."""

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        return answer(call, payloads(f"2.11.1 {call.service} whole"))

    def open(self, call: StreamCall[Any, Any], options: CallOptions) -> Any:
        reader = call.reader()
        return map(reader.read, payloads(f"2.11.1 {call.service} streamed"))


class AsyncRunner(Runner):
    async def call(self, call: Call[Any], options: CallOptions) -> Any:
        return super().call(call, options)


def test_a_blocking_flow() -> None:
    flow = FlowInstance("a-flow", Runner())
    assert flow.graph_rag(question="q", user="anna").model == "standin-model"
    assert (
        "".join(str(chunk) for chunk in flow.text_completion("s", "p", streaming=True)) == "chunk-0 chunk-1 "
    )
    assert len(flow.triples_query()) == 5
    assert flow.agent("q")["response"] == "chunk-0 chunk-1 "
    assert len(flow.graph_embeddings_query("q", "c")) == 1


def test_an_awaited_flow() -> None:
    flow = AsyncFlowInstance(runner=AsyncRunner(), flow="a-flow", options=CallOptions())
    assert run(flow.agent(question="q")) == "chunk-0 chunk-1 "
    assert len(run(flow.graph_embeddings_query("q", "c"))) == 1
