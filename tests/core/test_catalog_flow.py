"""The operations of a flow: requests in each dialect, arguments, answers, signatures."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tgproto.catalog import AsyncFlow, Call, CallOptions, FlowCalls, FlowOps, StreamCall, SyncFlow
from tgproto.catalog.bind import DualOperation, operation, stream_operation
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import LocalProtocolError, SilentFailure
from tgproto.session.request import Request
from tgproto.types import (
    IRI,
    AgentReply,
    BlankNode,
    Literal,
    ProvenanceEvent,
    RagAnswer,
    RAGChunk,
    TextCompletion,
    Triple,
)

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
FLOW = FlowCalls("a-flow")
ANY: Any = FLOW
RELEASES = {"1.7.1": GENERATION_1, "2.11.1": GENERATION_2}
OPERATIONS = [
    name
    for name, value in vars(FlowOps).items()
    if isinstance(value, (operation, stream_operation, DualOperation))
]


def body(call: Call[Any], dialect: Dialect = GENERATION_2) -> dict[str, object]:
    request = call.request(dialect)
    assert request.flow == "a-flow"
    return json.loads(request.body)  # type: ignore[no-any-return]


def payloads(name: str) -> list[bytes]:
    return [payload.encode() for payload in ANSWERS[name]]


# --- requests -------------------------------------------------------------------------------------


def test_text_completion() -> None:
    call = FLOW.text_completion("be brief", "why?")
    assert call.service == "text-completion"
    assert body(call) == body(call, GENERATION_1) == {"system": "be brief", "prompt": "why?"}
    assert body(
        FLOW.text_completion("", "p", streaming=True, response_format="json", schema={"type": "object"})
    ) == {
        "system": "",
        "prompt": "p",
        "response_format": "json",
        "schema": {"type": "object"},
        "streaming": True,
    }


def test_agent() -> None:
    call = FLOW.agent("why?", user="anna")
    assert call.service == "agent"
    assert body(call) == {"question": "why?"}
    assert body(call, GENERATION_1) == {"question": "why?", "user": "anna"}
    step = {"thought": "t", "action": "a", "arguments": {"x": "1"}, "observation": "o"}
    assert body(
        FLOW.agent(
            "why?",
            "a-state",
            "a-group",
            [step],
            streaming=True,
            collection="c",
            session_id="s",
            conversation_id="v",
            pattern="react",
            task_type="k",
            framing="f",
        )
    ) == {
        "question": "why?",
        "state": "a-state",
        "group": ["a-group"],
        "history": [step],
        "collection": "c",
        "session_id": "s",
        "conversation_id": "v",
        "pattern": "react",
        "task_type": "k",
        "framing": "f",
        "streaming": True,
    }
    assert body(FLOW.agent("why?", group=["g", "h"]))["group"] == ["g", "h"]


LIMITS = {
    "collection": "default",
    "entity-limit": 50,
    "triple-limit": 30,
    "max-subgraph-size": 150,
    "max-path-length": 2,
    "edge-score-limit": 30,
    "edge-limit": 25,
    "max-reranker-input": 350,
}


def test_graph_rag() -> None:
    call = FLOW.graph_rag("why?")
    assert call.service == "graph-rag"
    assert body(call) == {"query": "why?", **LIMITS}
    assert body(FLOW.graph_rag("why?", streaming=True)) == {"query": "why?", **LIMITS, "streaming": True}
    assert body(FLOW.graph_rag(question="why?", user="anna", collection="c"), GENERATION_1) == {
        "query": "why?",
        **LIMITS,
        "collection": "c",
        "user": "anna",
    }
    assert body(
        FLOW.graph_rag(
            "why?", "c", 1, 2, 3, 4, 5, 6, 7, {"user_id": "u"}, ["seed"], None, ["de", ""],
            [{"types": ["urn:t"]}], graph="urn:g",
        )
    ) == {
        "query": "why?",
        "collection": "c",
        "entity-limit": 1,
        "triple-limit": 2,
        "max-subgraph-size": 3,
        "max-path-length": 4,
        "edge-score-limit": 5,
        "edge-limit": 6,
        "max-reranker-input": 7,
        "user-context": {"user_id": "u"},
        "grounding-seeds": ["seed"],
        "languages": ["de", ""],
        "traversal-instructions": [{"types": ["urn:t"]}],
        "graph": "urn:g",
    }  # fmt: skip
    seeds = FLOW.graph_rag("why?", graph_seeds=[IRI("urn:a"), "urn:b"], graph="")
    assert body(seeds)["graph-seeds"] == ["urn:a", "urn:b"]
    assert body(seeds)["graph"] == ""


def test_explaining_operations_ask_the_same_as_a_stream() -> None:
    explain = FLOW.graph_rag_explain("why?", "c", 1, languages=["de"], graph="urn:g", user="anna")
    assert explain.streaming
    for dialect in (GENERATION_2, MIXED_2_2):
        assert body(explain, dialect) == body(
            FLOW.graph_rag("why?", "c", 1, languages=["de"], graph="urn:g", user="anna", streaming=True),
            dialect,
        )
    assert body(
        FLOW.agent_explain("why?", "c", "s", ["g"], [], pattern="react", user="anna"), GENERATION_1
    ) == body(
        FLOW.agent("why?", "s", ["g"], [], collection="c", pattern="react", user="anna", streaming=True),
        GENERATION_1,
    )


def test_triples_query() -> None:
    call = FLOW.triples_query("http://e/s", IRI("urn:p"), "text", user="anna")
    assert call.service == "triples"
    assert body(call) == {
        "s": {"t": "i", "i": "http://e/s"},
        "p": {"t": "i", "i": "urn:p"},
        "o": {"t": "l", "v": "text"},
        "limit": 10000,
    }
    assert body(call, GENERATION_1) == {
        "s": {"v": "http://e/s", "e": True},
        "p": {"v": "urn:p", "e": True},
        "o": {"v": "text", "e": False},
        "limit": 10000,
        "user": "anna",
    }
    assert body(FLOW.triples_query()) == {"limit": 10000}
    assert body(FLOW.triples_query(None, None, None, "urn:g", "c", 5, {"purpose": "x"})) == {
        "g": "urn:g",
        "collection": "c",
        "limit": 5,
        "user-context": {"purpose": "x"},
    }
    assert body(FLOW.triples_query(g=""), MIXED_2_2) == {"g": "", "limit": 10000}
    assert body(FLOW.triples_query(g=""), GENERATION_1) == {"limit": 10000}


@pytest.mark.parametrize(
    "call",
    [
        FLOW.triples_query(o=Literal("a", language="en")),
        FLOW.triples_query(s=BlankNode("b")),
        FLOW.triples_query(g=IRI("urn:g")),
        FLOW.graph_rag("why?", graph="urn:g"),
    ],
)
def test_what_1x_cannot_be_asked(call: Call[Any]) -> None:
    with pytest.raises(LocalProtocolError, match=rf"^{call.service}: [a-z]+: .*1\.x"):
        call.request(GENERATION_1)
    assert isinstance(call.request(GENERATION_2), Request)


def test_options_go_into_the_request() -> None:
    flow = FLOW.with_options(workspace="w", retry=True)
    for call in (flow.triples_query(), flow.agent("q"), flow.agent_explain("q")):
        request = call.request(GENERATION_2)
        assert (request.flow, request.workspace, request.repeatable) == ("a-flow", "w", True)


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("text_completion", {"system": 5, "prompt": ""}, "system must be a str"),
        ("text_completion", {"system": "", "prompt": None}, "prompt must be a str"),
        ("text_completion", {"system": "", "prompt": "", "streaming": "yes"}, "streaming must be a bool"),
        ("text_completion", {"system": "", "prompt": "", "schema": "{}"}, "schema must be a mapping"),
        ("agent", {"question": ["q"]}, "question must be a str"),
        ("agent", {"question": "q", "state": {}}, "state must be a str"),
        ("agent", {"question": "q", "history": {}}, "history must be a list"),
        ("agent", {"question": "q", "user": 5}, "user must be a str"),
        ("graph_rag", {}, "query is needed"),
        ("graph_rag", {"query": "q", "question": "q"}, "query is needed, once"),
        ("graph_rag", {"query": "q", "entity_limit": "default"}, "entity_limit must be an int"),
        ("graph_rag", {"query": "q", "graph_seeds": "urn:a"}, "graph_seeds must be a list"),
        ("graph_rag", {"query": "q", "streaming": None}, "streaming must be a bool"),
        ("graph_rag_explain", {"query": None}, "query is needed"),
        ("triples_query", {"o": 5}, "o: a term must be"),
        ("triples_query", {"limit": 1.5}, "limit must be an int"),
        ("triples_query", {"user_context": []}, "user_context must be a mapping"),
    ],
)
def test_wrong_types(name: str, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        getattr(FLOW, name)(**arguments)


def test_impossible_values() -> None:
    with pytest.raises(ValueError, match="limit must not be negative"):
        FLOW.triples_query(limit=-1)
    with pytest.raises(ValueError, match="edge_limit must not be negative"):
        FLOW.graph_rag("q", edge_limit=-1)
    for wrong in ("*", "trustgraph"):
        with pytest.raises(ValueError, match=r"g: .* is not the IRI of a graph"):
            FLOW.triples_query(g=wrong)


def test_the_order_of_older_clients_is_told_from_ours() -> None:
    with pytest.raises(TypeError, match=r"entity_limit=.* by keyword"):
        ANY.graph_rag("q", "trustgraph", "default", 50, 30, 150, 2)
    with pytest.raises(TypeError, match="streaming"):
        ANY.agent("q", None, None, None, True)
    with pytest.raises(ValueError, match="user="):
        ANY.triples_query(None, None, None, "trustgraph", "default", 100)
    with pytest.raises(TypeError, match="max_subgraph_count"):
        ANY.graph_rag("q", "c", max_subgraph_count=5)


@pytest.mark.parametrize(("flow", "error"), [("", ValueError), (None, TypeError), (5, TypeError)])
def test_a_flow_has_a_name(flow: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="flow must"):
        FlowCalls(flow)


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("release", RELEASES)
def test_captured_answers(release: str, mode: str) -> None:
    dialect, streaming = RELEASES[release], mode == "streamed"
    text = FLOW.text_completion("s", "p", streaming=streaming)
    completion = text.decode(dialect, payloads(f"{release} text-completion {mode}"))
    answer = FLOW.graph_rag("q", streaming=streaming).decode(dialect, payloads(f"{release} graph-rag {mode}"))
    reply = FLOW.agent("q", streaming=streaming).decode(dialect, payloads(f"{release} agent {mode}"))
    assert completion == answer == reply == "chunk-0 chunk-1 "
    assert [type(completion), type(answer), type(reply)] == [TextCompletion, RagAnswer, AgentReply]
    triples = FLOW.triples_query().decode(dialect, payloads(f"{release} triples whole"))
    assert len(triples) == (5 if release == "2.11.1" else 0)


def test_default_streams_have_no_provenance_and_explaining_ones_do() -> None:
    frames = payloads("2.11.1 graph-rag streamed")
    plain = FLOW.graph_rag("q", streaming=True).reader(GENERATION_2)
    assert {type(chunk) for chunk in map(plain.read, frames)} == {RAGChunk, type(None)}
    explaining = FLOW.graph_rag_explain("q").reader(GENERATION_2)
    assert {type(chunk) for chunk in map(explaining.read, frames)} == {RAGChunk, ProvenanceEvent}
    assert explaining.result() == plain.result()
    agent = FLOW.agent_explain("q").reader(GENERATION_2)
    kinds = [type(agent.read(frame)) for frame in payloads("2.11.1 agent streamed")]
    assert kinds.count(ProvenanceEvent) == 4
    assert type(None) not in kinds


def test_hidden_failures() -> None:
    with pytest.raises(SilentFailure, match="in flow 'a-flow'") as caught:
        FLOW.text_completion("s", "p", streaming=True).decode(
            GENERATION_2, payloads("2.11.1 text-completion streamed failed")
        )
    assert caught.value.partial == "chunk-0 chunk-1 "
    with pytest.raises(SilentFailure):
        FLOW.graph_rag("q", streaming=True).decode(
            GENERATION_1, payloads("1.7.1 graph-rag streamed broken off")
        )


@pytest.mark.parametrize("release", RELEASES)
def test_every_result_can_be_part_of_a_request(release: str) -> None:
    dialect = RELEASES[release]
    results = [
        FLOW.text_completion("s", "p").decode(dialect, payloads(f"{release} text-completion whole")),
        FLOW.graph_rag("q").decode(dialect, payloads(f"{release} graph-rag whole")),
        FLOW.agent("q").decode(dialect, payloads(f"{release} agent whole")),
        FLOW.text_completion("s", "p").decode(dialect, [b'{"response":"lone \\ud800"}']),
    ]
    for result in results:
        assert body(FLOW.text_completion(result, result), dialect)["prompt"] == result
        assert body(FLOW.graph_rag(result, grounding_seeds=[result]), dialect)["query"] == result
        step = {"thought": result}
        assert body(FLOW.agent(result, history=[step]), dialect)["history"] == [step]
        assert FLOW.triples_query(o=result).request(dialect).body
    found = FLOW.triples_query().decode(
        dialect, [b'{"response":[{"s":{"v":"urn:s","e":true},"p":{"v":"urn:p","e":true},"o":{"v":"x"}}]}']
    )
    assert found == [Triple("urn:s", "urn:p", "x")]
    assert body(FLOW.triples_query(found[0].s, found[0].p, found[0].o, found[0].g), dialect)["s"]


# --- signatures -----------------------------------------------------------------------------------


def test_these_are_the_operations() -> None:
    assert OPERATIONS == [
        "text_completion",
        "agent",
        "graph_rag",
        "graph_rag_explain",
        "agent_explain",
        "triples_query",
    ]


@pytest.mark.parametrize("name", OPERATIONS)
def test_both_colours_have_the_same_signature(name: str) -> None:
    sync, later, pure = (inspect.signature(getattr(kind, name)) for kind in (SyncFlow, AsyncFlow, FlowCalls))
    assert sync.parameters == later.parameters == pure.parameters
    assert str(sync) == str(later).replace("AsyncStream", "Stream")


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
    "triples_query": {
        "s": None,
        "p": None,
        "o": None,
        "g": None,
        "collection": None,
        "limit": 10000,
        "user_context": None,
    },
}


@pytest.mark.parametrize("name", SYNC_REST_OF_2_11_1)
def test_positional_parameters_are_those_of_the_newest_release(name: str) -> None:
    _, *parameters = inspect.signature(getattr(SyncFlow, name)).parameters.values()
    shown = {
        parameter.name: ... if parameter.default is parameter.empty else parameter.default
        for parameter in parameters
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    }
    assert list(shown.items()) == list(SYNC_REST_OF_2_11_1[name].items())


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_is_documented(name: str) -> None:
    method = getattr(SyncFlow, name)
    text = inspect.getdoc(method) or ""
    documented = re.findall(r"^    (\w+): ", text.split("Args:")[1].split("Returns:")[0], re.MULTILINE)
    assert documented == [
        parameter for parameter in inspect.signature(method).parameters if parameter != "self"
    ]
    assert "Raises:" in text


# --- the three classes ----------------------------------------------------------------------------


class Runner:
    """Answers every call with what was captured from 2.11.1."""

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        return call.decode(GENERATION_2, payloads(f"2.11.1 {call.service} whole"))

    def open(self, call: StreamCall[Any, Any], options: CallOptions) -> Any:
        reader = call.reader(GENERATION_2)
        return map(reader.read, payloads(f"2.11.1 {call.service} streamed"))


class AsyncRunner(Runner):
    async def call(self, call: Call[Any], options: CallOptions) -> Any:
        return super().call(call, options)


def test_a_blocking_flow() -> None:
    flow = SyncFlow("a-flow", Runner())
    assert flow.graph_rag(question="q", user="anna").model == "standin-model"
    assert (
        "".join(str(chunk) for chunk in flow.text_completion("s", "p", streaming=True)) == "chunk-0 chunk-1 "
    )
    assert len(flow.triples_query()) == 5
    assert flow.agent("q")["response"] == "chunk-0 chunk-1 "


def test_an_awaited_flow() -> None:
    flow = AsyncFlow(runner=AsyncRunner(), flow="a-flow", options=CallOptions())
    pending = flow.agent(question="q")
    with pytest.raises(StopIteration) as done:
        pending.send(None)
    assert done.value.value == "chunk-0 chunk-1 "
