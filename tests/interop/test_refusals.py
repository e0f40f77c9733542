"""Errors of services, of which the gateway loses some, and what it refuses by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.published import Published2
from tests.interop.raw import over_sockets
from tests.interop.world import World, on_2x, over_rest, over_the_socket
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.call import Call
from tgproto.errors import (
    AgentError,
    ConnectionRefused,
    DocumentRagError,
    EmbeddingsError,
    GatewayError,
    GraphRagError,
    LibrarianError,
    LLMError,
    LoadError,
    NotImplementedByService,
    RequestTimeout,
    ServiceError,
    SilentFailure,
    StreamingUnavailable,
    TriplesQueryError,
    UnknownServiceError,
)
from tgproto.types.chunks import RAGChunk

TOLD = "scripted failure"
Failure = tuple[Callable[[Any], Any], type[ServiceError], str]
FAILURES: dict[str, Failure] = {
    "text-completion": (lambda f: f.text_completion("s", "n=4 fail=2"), SilentFailure, "lost"),
    "prompt": (lambda f: f.prompt("question", {"q": "fail=1"}), SilentFailure, "lost"),
    "prompt without template": (lambda f: f.prompt("missing", {}), SilentFailure, "lost"),
    "graph-rag": (lambda f: f.graph_rag("fail=2"), GraphRagError, TOLD),
    "document-rag": (lambda f: f.document_rag("fail=2"), DocumentRagError, TOLD),
    "agent": (lambda f: f.agent("fail=2"), GatewayError, "attribute 'code'"),
    "embeddings": (lambda f: f.embeddings("fail=0"), SilentFailure, "lost"),
    "graph-embeddings": (lambda f: f.graph_embeddings_query("fail=0", "c"), SilentFailure, "lost"),
    "triples": (lambda f: f.triples_query(s="urn:fail=1"), TriplesQueryError, TOLD),
}

FAITHFUL: dict[str, tuple[type[ServiceError], str]] = {
    "text-completion": (LLMError, TOLD),
    "prompt": (LLMError, TOLD),
    "prompt without template": (LLMError, "'missing'"),
    "agent": (AgentError, TOLD),
    "embeddings": (EmbeddingsError, TOLD),
    "graph-embeddings": (EmbeddingsError, TOLD),
}
"""What 1.x gateways say of failures that 2.11.1 loses or garbles."""


def expected(world: World, failures: dict[str, Failure], name: str) -> Failure:
    """Return how to provoke a failure, and what becomes of it on a gateway."""
    ask, kind, words = failures[name]
    kind, words = FAITHFUL.get(name, (kind, words)) if world.is_old else (kind, words)
    return ask, kind, words


@pytest.mark.parametrize("name", FAILURES)
async def test_a_service_fails(world: World, name: str) -> None:
    ask, kind, words = expected(world, FAILURES, name)
    begun = time.monotonic()
    error = await world.failure(ask(world.flow), kind, words)
    assert error.context.flow == "default"
    assert time.monotonic() - begun < 5  # not by a timeout: some of these answers never end


STREAMS: dict[str, Failure] = {
    "text-completion": (lambda f: f.text_completion("s", "fail=2", streaming=True), SilentFailure, "lost"),
    "prompt": (lambda f: f.prompt("q", {"q": "fail=2"}, streaming=True), SilentFailure, "lost"),
    "graph-rag": (lambda f: f.graph_rag("fail=2", streaming=True), GraphRagError, TOLD),
    "document-rag": (lambda f: f.document_rag("fail=2", streaming=True), DocumentRagError, TOLD),
}


async def read(stream: Any, texts: list[str]) -> None:
    """Take a stream's texts down as they come."""
    async for item in stream:
        texts.append(str(item))  # noqa: PERF401 - what came before an error counts


@over_the_socket
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_gives_what_came_before_its_error(world: World, name: str) -> None:
    begin, kind, words = expected(world, STREAMS, name)
    texts: list[str] = []
    await world.failure(read(begin(world.flow), texts), kind, words)
    assert [text for text in texts if text] == ["chunk-0 ", "chunk-1 "]
    error = await world.failure(begin(world.flow).result(), kind, words)
    assert error.partial == "chunk-0 chunk-1 "


@over_the_socket
@pytest.mark.parametrize(
    ("service", "kind"), [("graph_rag", GraphRagError), ("document_rag", DocumentRagError)]
)
async def test_a_stream_with_provenance_gives_what_came_before_its_error(
    world: World, service: str, kind: type[ServiceError]
) -> None:
    texts: list[str] = []
    stream = getattr(world.flow, f"{service}_explain")("fail=2")
    await world.failure(
        read((item async for item in stream if isinstance(item, RAGChunk)), texts), kind, TOLD
    )
    assert [text for text in texts if text] == ["chunk-0 ", "chunk-1 "]


@over_the_socket
async def test_an_agent_fails_after_its_thoughts(world: World) -> None:
    kind, words = (AgentError, TOLD) if world.is_old else (GatewayError, "attribute 'code'")
    for stream in (world.flow.agent("fail=2", streaming=True), world.flow.agent_explain("fail=2")):
        texts: list[str] = []
        await world.failure(read(stream, texts), kind, words)
        assert texts[-2:] == ["chunk-0 ", "chunk-1 "]
        assert "look it up." in texts


KNOWLEDGE: dict[str, type[ServiceError]] = {
    "get-kg-core": LibrarianError,
    "load-kg-core": LoadError,
    "unload-kg-core": NotImplementedByService,
}
"""Operations of a service that 2.11.1 lets fail without saying that this is the end -> how they fail."""


@on_2x
@pytest.mark.parametrize("operation", KNOWLEDGE)
async def test_an_error_that_is_not_marked_as_the_end_is_the_end(world: World, operation: str) -> None:
    arguments = {"operation": operation, "id": "nope", "flow": "nope", "collection": "nope"}
    begun = time.monotonic()
    call = Call(service="knowledge", arguments=arguments, start=NOTHING)
    await world.failure(world.carry(call), KNOWLEDGE[operation])
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("operation", [*KNOWLEDGE, "document-rag"])
def test_such_an_error_is_followed_by_nothing(operation: str) -> None:
    """As a client that is not ours sees it: `complete` is false, and no other frame comes."""
    gateway = Published2()
    body = {"operation": operation, "id": "nope", "flow": "nope", "collection": "nope", "query": "fail=0"}
    service = {"service": "document-rag", "flow": "default"} if operation == "document-rag" else {}
    request = {"id": "1", "service": "knowledge", "request": body, **service}
    (told,) = over_sockets(gateway.url, frames=[{"type": "auth", "token": gateway.token}, request])
    assert told[-1]["response"]["error"]
    assert not told[-1]["complete"]


@pytest.mark.parametrize(
    ("flow", "words"), [("nope", "Invalid flow( default/nope)?"), ("bare", "not supported by flow")]
)
async def test_a_flow_that_is_not_there_or_lacks_the_service(world: World, flow: str, words: str) -> None:
    error = await world.failure(world.flow_of(world.api, flow).graph_rag("hi"), GatewayError, words)
    assert error.context.flow == flow


@pytest.mark.parametrize("flow", ["default", None])
async def test_a_service_that_no_gateway_has(world: World, flow: str | None) -> None:
    call = Call(service="nope", arguments={"operation": "nope"}, start=NOTHING, flow=flow)
    if world.is_old:  # it says so in words that are no help
        await world.failure(world.carry(call), GatewayError, "'nope'|not supported by flow")
    else:
        await world.failure(world.carry(call), UnknownServiceError, "spelling")


@over_rest
async def test_answers_cannot_come_in_pieces_over_rest(world: World) -> None:
    flow, before = world.flow, world.gateway.served()
    for begin in (
        lambda: flow.text_completion("s", "n=1", streaming=True),
        lambda: flow.prompt("p", {}, streaming=True),
        lambda: flow.graph_rag("q", streaming=True),
        lambda: flow.document_rag("q", streaming=True),
        lambda: flow.agent("q", streaming=True),
        lambda: flow.graph_rag_explain("q"),
        lambda: flow.document_rag_explain("q"),
        lambda: flow.agent_explain("q"),
    ):
        with pytest.raises(StreamingUnavailable, match="socket"):
            await begin()
    assert world.gateway.served() == before


async def test_silence_ends_a_call(world: World) -> None:
    impatient = world.flow.with_options(timeout=0.3)
    await world.failure(impatient.text_completion("s", "hang=1"), RequestTimeout, "Raise timeout")
    assert await impatient.text_completion("s", "n=1") == "chunk-0 "
    brief = world.flow.with_options(total_timeout=0.5)
    await world.failure(brief.text_completion("s", "n=9 delay=0.2"), RequestTimeout, "Raise total_timeout")


async def test_nobody_listens(world: World) -> None:
    async with world.driver.api("http://127.0.0.1:9", token="tg_any", transport=world.transport) as api:
        await world.failure(api.flow().id().graph_rag("hi"), ConnectionRefused, "8888")
