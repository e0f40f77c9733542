"""The examples in the specifications of the Python interface, restated; they run on both generations.

One test for each example, in its order; calls are spelled as there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

import tgdrivers.asyncio
from tgdrivers import AgentAnswer, AgentObservation, AgentThought, Api, Literal, Triple
from tgdrivers.testing import RunningGateway, gateway
from tgproto.gateway import Gateway1, demo_graphs
from tgproto.gateway.graph import GraphStore

QUESTION = "Who built Kestrel Bridge?"
PIECES = "n=3"
"""Asks for an answer in three pieces."""

# Older callers name a user everywhere. Gateways of the second generation have none, and that is said once.
pytestmark = pytest.mark.filterwarnings("ignore:user= means nothing:UserWarning")


def owned_by(*users: str) -> GraphStore:
    """The demo's graph, once for each user of a 1.x gateway."""
    graphs = GraphStore()
    for user in users:
        graphs.add(demo_graphs().graph("default", "default").find(), workspace=user)
    return graphs


@pytest.fixture(scope="module", params=[1, 2])
def served(request: pytest.FixtureRequest) -> Iterator[RunningGateway]:
    made = Gateway1(owned_by("trustgraph", "user123", "u"), secret="a-secret") if request.param == 1 else None
    with gateway(made, token="a-secret" if made else "tg_a_key") as running:
        yield running


@pytest.fixture
def api(served: RunningGateway) -> Iterator[Api]:
    with Api(url=served.url, token=served.token) as made:
        yield made


def at_socket(served: RunningGateway) -> str:
    return served.url.replace("http", "ws", 1)


# --- one object, several ways -----------------------------------------------------------------


def test_every_way_from_one_object(api: Api) -> None:
    assert "Marlow" in api.flow().id("default").graph_rag(QUESTION)
    assert "Marlow" in api.socket().flow("default").graph_rag(QUESTION)

    async def later() -> None:
        assert "Marlow" in await api.async_flow().id("default").graph_rag(QUESTION)
        assert "Marlow" in await api.async_socket().flow("default").graph_rag(QUESTION)
        await api.aclose()

    asyncio.run(later())


def test_flows_are_listed_started_and_stopped(api: Api, served: RunningGateway) -> None:
    flow = api.flow()
    assert "default" in flow.list()
    flow.start(class_name="default", id="another", description="for a test", parameters={})
    try:
        assert "another" in flow.list()
        assert flow.get("another")["description"] == "for a test"
    finally:
        flow.stop("another")


# --- an agent -----------------------------------------------------------------------------------


def test_an_agent_over_rest(api: Api) -> None:
    response = api.flow().id("default").agent(question=QUESTION, user="user123")
    assert "Marlow" in str(response["response"])


def test_an_agent_over_the_socket(api: Api) -> None:
    response = api.socket().flow("default").agent(question=QUESTION, user="user123")
    assert "Marlow" in str(response["response"])


def test_an_agent_that_streams(api: Api) -> None:
    kinds, answer = set(), ""
    for chunk in api.socket().flow("default").agent(question=QUESTION, user="user123", streaming=True):
        kinds.add(type(chunk))
        if isinstance(chunk, AgentThought | AgentObservation):
            assert isinstance(chunk.content, str)
        elif isinstance(chunk, AgentAnswer):
            answer += chunk.content
            if chunk.end_of_dialog:
                break
    assert kinds == {AgentThought, AgentObservation, AgentAnswer}
    assert "Marlow" in answer


# --- retrieval ------------------------------------------------------------------------------------


def test_retrieval_over_rest(api: Api) -> None:
    response = api.flow().id("default").graph_rag(question=QUESTION, user="user123", collection="default")
    assert "Marlow" in response


@pytest.mark.parametrize("service", ["graph_rag", "document_rag"])
def test_retrieval_that_streams(api: Api, service: str) -> None:
    flow, text, ended = api.socket().flow("default"), "", False
    stream = getattr(flow, service)
    for chunk in stream(question=PIECES, user="user123", collection="default", streaming=True):
        text += chunk.content
        if chunk.end_of_stream:
            ended = True
            break
    assert ended
    assert text == "chunk-0 chunk-1 chunk-2 "
    assert flow.text_completion("s", "n=1") == "chunk-0 "  # the connection goes on


def test_text_and_prompts_that_stream(api: Api) -> None:
    flow = api.socket().flow("default")
    completed = flow.text_completion(system="s", prompt=PIECES, streaming=True)
    assert "".join(chunk.content for chunk in completed) == "chunk-0 chunk-1 chunk-2 "
    prompted = flow.prompt(id="question", variables={"question": PIECES}, streaming=True)
    assert "".join(map(str, prompted)) == "chunk-0 chunk-1 chunk-2 "


def test_entities_by_meaning(api: Api) -> None:
    found = (
        api.flow()
        .id("default")
        .graph_embeddings_query(text="Kestrel Bridge", user="user123", collection="default", limit=3)
    )
    assert 0 < len(found) <= 3


# --- asyncio --------------------------------------------------------------------------------------


def test_asyncio_over_rest(api: Api) -> None:
    async def main() -> None:
        flow = api.async_flow().id("default")
        response = await flow.agent(question=QUESTION, user="user123")
        assert "Marlow" in str(response["response"])
        await api.aclose()

    asyncio.run(main())


def test_asyncio_that_streams(api: Api) -> None:
    async def main() -> str:
        flow, answer = api.async_socket().flow("default"), ""
        async for chunk in flow.agent(question=QUESTION, user="user123", streaming=True):
            if isinstance(chunk, AgentAnswer):
                answer += chunk.content
                if chunk.end_of_dialog:
                    break
        await api.aclose()
        return answer

    assert "Marlow" in asyncio.run(main())


def test_asyncio_in_a_block(served: RunningGateway) -> None:
    async def main() -> str:
        async with tgdrivers.asyncio.Api(served.url, token=served.token) as api:
            return await api.socket().flow("default").graph_rag(QUESTION)

    assert "Marlow" in asyncio.run(main())


# --- bulk -----------------------------------------------------------------------------------------


def three() -> Iterator[Triple]:
    yield Triple(s="http://ex.com/alice", p="http://ex.com/type", o="Person")
    yield Triple(s="http://ex.com/alice", p="http://ex.com/name", o="Alice")
    yield Triple(s="http://ex.com/bob", p="http://ex.com/type", o="Person")


async def three_later() -> AsyncIterator[Triple]:
    for triple in three():
        yield triple


def found(api: Api, name: str) -> list[Triple]:
    return api.flow().id("default").triples_query(s=f"http://ex.com/{name}")


def test_an_import(api: Api) -> None:
    api.bulk().import_triples(flow="default", triples=three())
    assert {str(triple.o) for triple in found(api, "alice")} >= {"Person", "Alice"}
    assert found(api, "bob")[0].o == Literal("Person")


def test_an_import_in_asyncio(api: Api) -> None:
    async def main() -> None:
        await api.async_bulk().import_triples(flow="default", triples=three_later())
        await api.aclose()

    asyncio.run(main())
    assert found(api, "bob")


def test_an_import_tells_how_far_it_is(api: Api) -> None:
    told: list[int] = []
    api.bulk().import_triples(
        flow="default", triples=three(), on_progress=lambda processed, total: told.append(processed)
    )
    assert told[-1] == 3


class Importing:
    """Imports again and again while a block lasts: an export shows what passes once it has begun."""

    def __init__(self, served: RunningGateway) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(served,))

    def _work(self, served: RunningGateway) -> None:
        with Api(url=served.url, token=served.token) as api:
            while not self._over.wait(0.02):
                api.bulk().import_triples(flow="default", triples=three())

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_an_export(api: Api, served: RunningGateway) -> None:
    with Importing(served):
        for triple in api.bulk().export_triples(flow="default", idle_timeout=10):
            assert triple in list(three())
            break
        else:
            pytest.fail("nothing came")


def test_an_export_in_asyncio(api: Api, served: RunningGateway) -> None:
    async def main() -> Triple | None:
        seen = None
        async for triple in api.async_bulk().export_triples(flow="default", idle_timeout=10):
            seen = triple
            break
        await api.aclose()
        return seen

    with Importing(served):
        assert asyncio.run(main()) in list(three())


# --- errors -----------------------------------------------------------------------------------------


def test_no_gateway_is_a_connection_error() -> None:
    api = Api(url="http://127.0.0.1:1/", timeout=5)
    with api, pytest.raises(ConnectionError, match="Is the gateway running"):
        api.socket().flow("default").agent(question="…", user="user123")


def test_falling_back_to_rest(api: Api) -> None:
    nowhere = Api(url="ws://127.0.0.1:1/", timeout=5)
    try:
        with nowhere:
            for chunk in nowhere.socket().flow("default").agent(question=QUESTION, user="u", streaming=True):
                raise AssertionError(chunk)
    except ConnectionError:
        response = api.flow().id("default").agent(question=QUESTION, user="u")
    assert "Marlow" in str(response["response"])


def test_what_came_before_an_error_is_kept(api: Api) -> None:
    accumulated: list[str] = []
    failed = False
    try:
        for chunk in api.socket().flow("default").graph_rag(question="n=3 fail=2", streaming=True):
            accumulated.append(chunk.content)
            if chunk.error:
                break
    except Exception as error:  # noqa: BLE001  # as it is spelled there
        failed = "graph-rag" in str(error)
    assert failed
    assert "".join(accumulated) == "chunk-0 chunk-1 "


def test_rest_does_not_stream(served: RunningGateway) -> None:
    with Api(url=served.url, token=served.token, transport="rest") as api:
        flow = api.flow().id("default")
        with pytest.raises(NotImplementedError, match=r"api\.socket\(\)"):
            flow.agent(question="…", streaming=True)


# --- closing ----------------------------------------------------------------------------------------


def test_a_block_closes(served: RunningGateway) -> None:
    with Api(url=served.url, token=served.token) as api:
        assert "Marlow" in api.socket().flow("default").agent(question=QUESTION, user="user123")["response"]


def test_closing_by_hand(served: RunningGateway) -> None:
    api = Api(url=served.url, token=served.token)
    try:
        assert "Marlow" in api.socket().flow("default").agent(question=QUESTION, user="user123")["response"]
    finally:
        api.close()


# --- the earlier revision: the transport is chosen once -------------------------------------------


@pytest.mark.parametrize("way", ["url", "option"])
def test_the_transport_is_chosen(served: RunningGateway, way: str) -> None:
    options = {"transport": "websocket"} if way == "option" else {}
    url = at_socket(served) if way == "url" else served.url
    with Api(url=url, token=served.token, **options) as api:  # type: ignore[arg-type]
        flow = api.flow().id("default")
        assert "Marlow" in str(flow.agent(question=QUESTION, user="user123")["response"])
        kinds = {type(chunk) for chunk in flow.agent(question=QUESTION, user="user123", streaming=True)}
        assert AgentAnswer in kinds
        text = ""
        for chunk in flow.graph_rag(question=PIECES, user="u", collection="default", streaming=True):
            text += chunk.content
            if chunk.end_of_stream:
                break
        assert text == "chunk-0 chunk-1 chunk-2 "


def test_bulk_on_the_flow(served: RunningGateway) -> None:
    with Api(url=at_socket(served), token=served.token) as api:
        flow = api.flow().id("default")
        flow.import_triples(three())
        assert found(api, "alice")
        with Importing(served):
            triple = next(iter(flow.export_triples(idle_timeout=10)), None)
        assert triple in list(three())


# --- metrics ----------------------------------------------------------------------------------------


def test_metrics(api: Api) -> None:
    assert api.metrics().get()

    async def main() -> str:
        text = await api.async_metrics().get()
        await api.aclose()
        return text

    assert asyncio.run(main()) == api.metrics().get()
