"""The asyncio driver against the published gateway 2.11.1. Directives in the texts script the services."""

import asyncio
import json
import time
import urllib.request
from collections.abc import Awaitable, Callable

import pytest

from tgdrivers.asyncio import Api
from tgproto.catalog import AsyncFlow
from tgproto.errors import (
    AuthenticationError,
    ConnectionFailed,
    GatewayError,
    GraphRagError,
    RequestTimeout,
    SilentFailure,
    TrustGraphError,
)
from tgproto.types.chunks import AgentAnswer, AgentObservation, AgentThought, ProvenanceEvent, RAGChunk
from tgproto.types.terms import IRI, Literal

Scenario = Callable[[AsyncFlow], Awaitable[None]]


def on_gateway(url: str, token: str, scenario: Scenario, flow: str = "default") -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        async with Api(url, token=token, timeout=20) as api:
            await scenario(api.socket().flow(flow))
        assert asyncio.all_tasks() == before

    asyncio.run(asyncio.wait_for(main(), 60))


def served(control: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{control}/stats", timeout=5) as answer:
        stats: dict[str, object] = json.load(answer)
    return stats


def test_text_completion_whole_and_streamed(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        answer = await flow.text_completion("be brief", "hello n=3")
        assert answer == "chunk-0 chunk-1 chunk-2 "
        assert answer.model == "standin-model"
        assert answer.in_token == 11
        pieces = [str(chunk) async for chunk in flow.text_completion("be brief", "hello n=3", streaming=True)]
        assert "".join(pieces) == answer
        assert len(pieces) == 4

    on_gateway(url, token, scenario)


def test_graph_rag_whole_streamed_and_explained(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        answer = await flow.graph_rag("hi n=4")
        assert answer == "chunk-0 chunk-1 chunk-2 chunk-3 "
        assert answer.sources
        async with flow.graph_rag("hi n=4", streaming=True) as stream:
            chunks = [chunk async for chunk in stream]
            assert await stream.result() == answer
        assert all(type(chunk) is RAGChunk for chunk in chunks)
        assert "".join(map(str, chunks)) == answer
        assert chunks[-1].end_of_session
        assert chunks[-1].sources == answer.sources
        kinds = {type(item) async for item in flow.graph_rag_explain("hi n=4")}
        assert kinds == {RAGChunk, ProvenanceEvent}

    on_gateway(url, token, scenario)


def test_agent_whole_and_streamed(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        kinds: list[type] = []
        answer = ""
        async for chunk in await flow.agent("what? n=3", streaming=True):
            kinds.append(type(chunk))
            if isinstance(chunk, AgentAnswer):
                answer += chunk.content
        assert {AgentThought, AgentObservation, AgentAnswer} == set(kinds)
        assert answer == await flow.agent("what? n=3") == "chunk-0 chunk-1 chunk-2 "

    on_gateway(url, token, scenario)


def test_triples_come_back_as_terms(url: str, token: str, control: str) -> None:
    collection = f"interop-{time.time_ns()}"
    body = {
        "metadata": {"id": "d", "root": "", "collection": collection},
        "triples": [
            {
                "s": {"t": "i", "i": "http://example.org/s"},
                "p": {"t": "i", "i": "http://example.org/p"},
                "o": {"t": "l", "v": "three", "ln": "en"},
            }
        ],
    }

    async def scenario(flow: AsyncFlow) -> None:
        assert await flow.triples_query(collection=collection) == []
        await import_one(url, token, body)
        for _ in range(100):
            found = await flow.triples_query(s="http://example.org/s", collection=collection)
            if found:
                break
        (triple,) = found
        assert triple.s == IRI("http://example.org/s")
        assert triple.o == Literal("three", language="en")

    on_gateway(url, token, scenario)


async def import_one(url: str, token: str, body: object) -> None:
    """Import with the core's bulk sender over a socket of its own."""
    from tests.interop.bulk import send_frames

    confirmed = await send_frames(url, token, "default", "triples", [json.dumps(body).encode()])
    assert confirmed == 1


ERRORS: list[tuple[str, Callable[[AsyncFlow], Awaitable[object]], type[TrustGraphError], str]] = [
    ("invisible", lambda f: f.text_completion("s", "n=4 fail=2"), SilentFailure, "lost"),
    ("visible", lambda f: f.graph_rag("n=4 fail=2"), GraphRagError, "scripted failure"),
    ("garbled", lambda f: f.agent("n=4 fail=2"), GatewayError, "attribute 'code'"),
]


@pytest.mark.parametrize(("name", "ask", "error", "words"), ERRORS, ids=[row[0] for row in ERRORS])
def test_service_errors_raise(
    url: str,
    token: str,
    name: str,
    ask: Callable[[AsyncFlow], Awaitable[object]],
    error: type[TrustGraphError],
    words: str,
) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        with pytest.raises(error, match=words) as caught:
            await ask(flow)
        assert token not in str(caught.value)

    on_gateway(url, token, scenario)


def test_a_stream_gives_what_came_before_its_error(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        stream = flow.graph_rag("n=4 fail=2", streaming=True)
        assert [str(await anext(stream)) for _ in range(2)] == ["chunk-0 ", "chunk-1 "]
        with pytest.raises(GraphRagError):
            await anext(stream)
        with pytest.raises(GraphRagError) as caught:
            await flow.graph_rag("n=4 fail=2", streaming=True).result()
        assert caught.value.partial == "chunk-0 chunk-1 "

    on_gateway(url, token, scenario)


@pytest.mark.parametrize(("flow", "words"), [("nope", "Invalid flow"), ("bare", "not supported by flow")])
def test_a_flow_that_is_not_there_or_lacks_the_service(url: str, token: str, flow: str, words: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        with pytest.raises(GatewayError, match=words):
            await flow.graph_rag("hi")

    on_gateway(url, token, scenario, flow)


def test_a_wrong_token_is_refused_at_once(url: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(AuthenticationError) as caught:
            await flow.graph_rag("hi")
        assert "tg_wrong" not in repr(caught.value) + str(caught.value)
        assert asyncio.get_running_loop().time() - begun < 5

    on_gateway(url, "tg_wrong", scenario)


def test_leaving_a_stream_early_blocks_nobody(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        async for chunk in flow.text_completion("s", "n=50 delay=0.2", streaming=True):
            assert str(chunk) == "chunk-0 "
            break
        async with flow.text_completion("s", "hang=1", streaming=True):
            pass
        answers = await asyncio.gather(*(flow.text_completion("s", "n=1") for _ in range(40)))
        assert answers == ["chunk-0 "] * 40

    on_gateway(url, token, scenario)


def test_cancelling_a_task_cancels_its_call(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        task = asyncio.create_task(flow.text_completion("s", "hang=1"))
        await flow.text_completion("s", "n=1")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await flow.text_completion("s", "n=1") == "chunk-0 "

    on_gateway(url, token, scenario)


def test_silence_ends_a_call(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        with pytest.raises(RequestTimeout, match="Raise timeout"):
            await flow.with_options(timeout=0.3).text_completion("s", "hang=1")

    on_gateway(url, token, scenario)


def test_more_requests_than_one_connection_carries(url: str, token: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        slow = [flow.text_completion("s", "n=1 delay=1") for _ in range(40)]
        assert await asyncio.gather(*slow) == ["chunk-0 "] * 40

    on_gateway(url, token, scenario)


def test_the_services_saw_the_requests(url: str, token: str, control: str) -> None:
    async def scenario(flow: AsyncFlow) -> None:
        await flow.text_completion("s", "n=1")

    before = served(control)
    on_gateway(url, token, scenario)
    assert served(control) != before


def test_nobody_listens() -> None:
    async def scenario(flow: AsyncFlow) -> None:
        with pytest.raises(ConnectionFailed, match="8888"):
            await flow.graph_rag("hi")

    on_gateway("http://127.0.0.1:9", "tg_any", scenario)
