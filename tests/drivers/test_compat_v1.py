"""Upstream's 1.7 classes, called as its users call them, on gateways of both generations."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tgdrivers.compat.v1 import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    Api,
    ApplicationException,
    ProtocolException,
    Triple,
)
from tgdrivers.compat.v1.knowledge import Literal, Uri
from tgdrivers.testing import RunningGateway, gateway
from tgproto import errors

DEMO = "https://example.org/demo/"
BUILT = "Kestrel Bridge was built by Ines Marlow."
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
WHO = "Who built Kestrel Bridge?"
USER = "trustgraph"


@pytest.fixture(scope="module", params=[1, 2])
def running(request: pytest.FixtureRequest) -> Iterator[RunningGateway]:
    with gateway(generation=request.param) as running:
        yield running


@pytest.fixture
def api(running: RunningGateway) -> Iterator[Api]:
    with Api(running.url, token=running.token) as api:
        yield api


def generation(running: RunningGateway) -> int:
    return 1 if type(running.gateway).__name__ == "Gateway1" else 2


# --- over REST ------------------------------------------------------------------------------------


def test_texts_are_strings(api: Api) -> None:
    flow = api.flow().id("default")
    answers = [
        flow.text_completion("You are terse.", WHO),
        flow.agent(WHO, USER, None, "tools", [{"thought": "a", "observation": "b"}]),
        flow.graph_rag(WHO, USER, "default", 50, 30, 150, 2),
        flow.document_rag(question=WHO),
    ]
    assert all(type(answer) is str and "Ines Marlow" in answer for answer in answers)
    assert flow.prompt("question", {"question": "ANSWER<<42>>"}) == "42"


def test_flow_instances_have_what_upstream_has(api: Api) -> None:
    flow = api.flow()
    assert flow.list() == ["default"]
    assert "description" in flow.get("default")
    assert api.flow() is not flow
    with pytest.raises(RuntimeError):
        flow.request("x")
    with pytest.raises(ApplicationException):
        flow.get("nothing")


def test_flows_are_started_and_stopped(running: RunningGateway) -> None:
    kind = generation(running)
    with gateway(generation=1 if kind == 1 else 2) as own, Api(own.url, token=own.token) as api:
        flow = api.flow()
        flow.start("default", "second", "for a test", {})
        assert sorted(flow.list()) == ["default", "second"]
        flow.stop("second")
        assert flow.list() == ["default"]


def test_vectors(api: Api) -> None:
    flow = api.flow().id()
    [vector] = flow.embeddings("Kestrel Bridge")
    assert all(isinstance(number, float) for number in vector)
    found = flow.graph_embeddings_query("Kestrel Bridge", USER, "default", 3)
    assert found.keys() == {"entities"}
    assert found["entities"][0] == {"v": f"{DEMO}kestrel-bridge", "e": True}
    assert len(found["entities"]) == 3


def test_triples(api: Api) -> None:
    flow = api.flow().id()
    built = Uri(f"{DEMO}builtBy")
    triples = flow.triples_query(s=Uri(f"{DEMO}kestrel-bridge"), p=built, user=USER, collection="default")
    assert triples == [Triple(f"{DEMO}kestrel-bridge", f"{DEMO}builtBy", f"{DEMO}ines-marlow")]
    [triple] = triples
    assert isinstance(triple.o, Uri)
    triple.o = "changed"  # a plain data class
    labels = flow.triples_query(s=Uri(f"{DEMO}kestrel-bridge"), p=Uri(LABEL))
    assert all(isinstance(label.o, Literal) for label in labels)
    label = next(label for label in labels if label.o == "Kestrel Bridge")
    assert label in flow.triples_query(p=Uri(LABEL), o=label.o)  # what is returned can be asked for
    with pytest.raises(RuntimeError, match="s must be"):
        flow.triples_query(s=5)  # type: ignore[arg-type]


def test_tools_and_data(api: Api) -> None:
    flow = api.flow().id()
    assert flow.mcp_tool("echo", {"text": "hello"}) == "hello"
    assert flow.mcp_tool("add", {"a": 1, "b": 2}) == {"sum": 3}
    answer = flow.objects_query("{ bridge(limit: 1) { name } }")
    assert answer.keys() == {"data"}
    query = flow.nlp_query("Which bridge is it?")
    assert query.keys() == {"graphql_query", "variables", "detected_schemas", "confidence"}
    assert flow.structured_query("Which bridge is it?").keys() == {"data", "errors"}
    sample = "name,built_by\nKestrel Bridge,Ines Marlow\n"
    assert flow.detect_type(sample) == "csv"
    assert flow.generate_descriptor(sample, "csv", "bridge")
    assert "confidence" in flow.diagnose_data(sample)
    assert all(type(name) is str for name in flow.schema_selection(sample))


def test_raw_doors(api: Api) -> None:
    assert "default" in api.request("flow", {"operation": "list-flows"})["flow-ids"]
    assert api.flow().request(request={"operation": "list-flows"})["flow-ids"] == ["default"]
    body = {"system": "", "prompt": "ANSWER<<yes>>"}
    assert api.request("flow/default/service/text-completion", body)["response"] == "yes"
    assert api.flow().id().request("service/text-completion", body)["response"] == "yes"
    with pytest.raises((ApplicationException, ProtocolException)):  # by an HTTP status on 2.x
        api.request("flow", {"operation": "nothing"})


# --- over the socket ------------------------------------------------------------------------------


def test_whole_answers_over_the_socket(api: Api) -> None:
    flow = api.socket().flow("default")
    assert api.socket() is api.socket()
    assert BUILT in flow.graph_rag(WHO, USER, "default", max_subgraph_count=9, max_entity_distance=9)
    assert "Ines Marlow" in flow.document_rag(WHO, USER, "default")
    assert flow.text_completion("", "ANSWER<<42>>") == "42"
    assert flow.prompt("question", {"question": "ANSWER<<42>>"}) == "42"
    assert flow.agent("n=2", USER) == {"answer": "chunk-0 chunk-1 "}
    assert flow.embeddings("a").keys() == {"vectors"}
    assert flow.graph_embeddings_query("Kestrel Bridge", USER, "default")["entities"]
    assert flow.mcp_tool("echo", {"text": "hello"}) == {"text": "hello"}
    assert flow.mcp_tool("add", {"a": 1, "b": 2}) == {"object": {"sum": 3}}
    assert "data" in flow.objects_query("{ bridge(limit: 1) { name } }", USER, "default")
    pattern = {"s": f"{DEMO}kestrel-bridge", "p": f"{DEMO}builtBy"}
    triple = {name: {"v": text, "e": True} for name, text in {**pattern, "o": f"{DEMO}ines-marlow"}.items()}
    assert flow.triples_query(**pattern) == {"response": [triple]}
    assert flow.triples_query(**{name: {"t": "i", "i": text} for name, text in pattern.items()}) == {
        "response": [triple]
    }


def test_streams_are_iterators_of_text(api: Api) -> None:
    flow = api.socket().flow("default")
    streams = [
        flow.text_completion("", "n=2", streaming=True),
        flow.graph_rag("n=2", USER, "default", streaming=True),
        flow.document_rag("n=2", USER, "default", streaming=True),
        flow.prompt("question", {"question": "n=2"}, streaming=True),
    ]
    for stream in streams:
        assert iter(stream) is stream
        assert "".join(stream) == "chunk-0 chunk-1 "


def test_an_agent_thinks_aloud(api: Api) -> None:
    chunks = list(api.socket().flow("default").agent("n=2", USER, streaming=True))
    assert {type(chunk) for chunk in chunks} == {AgentThought, AgentObservation, AgentAnswer}
    answers = [chunk for chunk in chunks if isinstance(chunk, AgentAnswer)]
    assert "".join(answer.content for answer in answers) == "chunk-0 chunk-1 "
    assert [answer.end_of_dialog for answer in answers] == [False, False, True]
    assert chunks[0].chunk_type == "thought"


def test_a_stream_may_be_left_early(api: Api) -> None:
    flow = api.socket().flow("default")
    assert next(iter(flow.text_completion("", "n=1000 delay=0.05", streaming=True))) == "chunk-0 "
    assert flow.text_completion("", "ANSWER<<42>>") == "42"


def test_more_members_of_a_request(api: Api) -> None:
    flow = api.socket().flow("default")
    found = flow.graph_rag("ANSWER<<no>>", USER, "default", query="ANSWER<<yes>>")
    assert found == "yes"
    assert len(flow.embeddings("n=1", vectors=True)["vectors"]) == 1  # what no service knows is sent, too


# --- for asyncio ----------------------------------------------------------------------------------


def test_everything_can_be_awaited(running: RunningGateway) -> None:
    async def use() -> None:
        async with Api(running.url, token=running.token) as api:
            flows = api.async_flow()
            assert flows is api.async_flow()
            assert await flows.list() == ["default"]
            assert (await flows.request("flow", {"operation": "list-flows"}))["flow-ids"] == ["default"]
            await over_rest(flows.id("default"))
            assert api.async_socket() is api.async_socket()
            await over_the_socket(api.async_socket().flow("default"))

    async def over_rest(flow: Any) -> None:
        body = {"system": "", "prompt": "ANSWER<<yes>>"}
        assert (await flow.request("text-completion", body))["response"] == "yes"
        assert await flow.agent("n=2", USER) == {"answer": "chunk-0 chunk-1 "}
        assert await flow.text_completion("", "ANSWER<<42>>") == "42"
        assert BUILT in await flow.graph_rag(WHO, USER, "default")
        assert "Ines Marlow" in await flow.document_rag(WHO, USER, "default")
        assert await shared(flow)

    async def over_the_socket(flow: Any) -> None:
        assert await flow.agent("n=2", USER) == {"answer": "chunk-0 chunk-1 "}
        assert BUILT in await flow.graph_rag(WHO, USER, "default")
        assert await shared(flow)
        assert await flow.mcp_tool("echo", {"text": "hello"}) == {"text": "hello"}
        for stream in (
            await flow.text_completion("", "n=2", streaming=True),
            await flow.graph_rag("n=2", USER, "default", streaming=True),
            await flow.document_rag("n=2", USER, "default", streaming=True),
            await flow.prompt("question", {"question": "n=2"}, streaming=True),
        ):
            assert "".join([piece async for piece in stream]) == "chunk-0 chunk-1 "
        chunks = [chunk async for chunk in await flow.agent("n=2", USER, streaming=True)]
        assert isinstance(chunks[-1], AgentAnswer)

    async def shared(flow: Any) -> bool:
        assert (await flow.embeddings("a")).keys() == {"vectors"}
        found = await flow.graph_embeddings_query("Kestrel Bridge", USER, "default", 1)
        assert found == {"entities": [{"v": f"{DEMO}kestrel-bridge", "e": True}]}
        [triple] = (await flow.triples_query(s=f"{DEMO}kestrel-bridge", p=f"{DEMO}builtBy"))["response"]
        assert triple["o"] == {"v": f"{DEMO}ines-marlow", "e": True}
        return "data" in await flow.objects_query("{ bridge(limit: 1) { name } }", USER, "default")

    asyncio.run(use())


# --- errors ---------------------------------------------------------------------------------------


def test_errors_are_those_of_upstream_and_ours(api: Api) -> None:
    with pytest.raises(ApplicationException, match=r"^graph-rag-error: scripted failure") as over_rest:
        api.flow().id().graph_rag("fail=2")
    assert isinstance(over_rest.value, errors.GraphRagError)
    assert over_rest.value.__cause__ is not None
    with pytest.raises(errors.GraphRagError, match=r"^scripted failure") as over_socket:
        list(api.socket().flow("default").graph_rag("fail=2", USER, "default", streaming=True))
    assert isinstance(over_socket.value, ApplicationException)
    assert over_socket.value.args == (str(over_socket.value),)
    copy = pickle.loads(pickle.dumps(over_socket.value))
    assert type(copy) is type(over_socket.value)
    assert str(copy) == str(over_socket.value)


def test_pieces_come_before_the_error(api: Api) -> None:
    stream = api.socket().flow("default").graph_rag("fail=2", USER, "default", streaming=True)
    pieces = iter(stream)
    assert [next(pieces), next(pieces)] == ["chunk-0 ", "chunk-1 "]
    with pytest.raises(ApplicationException):
        next(pieces)


def test_plain_exceptions() -> None:
    assert str(ProtocolException("value")) == "value"
    assert str(ApplicationException("value")) == "value"
    assert not issubclass(ApplicationException, ProtocolException)


def test_connection_errors_are_ours() -> None:
    with Api("http://127.0.0.1:9/", timeout=5) as api, pytest.raises(ConnectionError):
        api.flow().list()


def test_wrong_arguments_are_told(api: Api) -> None:
    flow = api.flow().id()
    with pytest.raises(TypeError, match=r"FlowInstance.graph_rag\(\) .*question"):
        flow.graph_rag()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="streaming"):
        flow.graph_rag(WHO, streaming=True)  # type: ignore[call-arg]


def test_methods_say_what_they_stand_for() -> None:
    method = type(Api().flow().id()).graph_rag
    assert method.__doc__ == "Stand for the operation `graph_rag`."
    assert method.__qualname__ == "FlowInstance.graph_rag"
