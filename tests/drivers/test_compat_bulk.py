"""Upstream's bulk clients, in both generations, on gateways of both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest

from tgdrivers.compat import v1, v2
from tgdrivers.testing import RunningGateway, gateway
from tgproto.errors import ImportRefused, InvalidItem

PATIENCE = 60.0
TRIPLES = [("urn:a", "urn:b", "one"), ("urn:a", "urn:b", "urn:two"), ("urn:a", "urn:b", "ftp://three")]


@pytest.fixture(params=[1, 2])
def running(request: pytest.FixtureRequest) -> Iterator[RunningGateway]:
    with gateway(generation=request.param) as running:
        yield running


@pytest.fixture(params=[v1, v2])
def package(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def api(package: Any, running: RunningGateway) -> Iterator[Any]:
    with package.Api(running.url, token=running.token) as api:
        yield api


def watched(export: Callable[..., Iterable[Any]], act: Callable[[], object], limit: int) -> list[Any]:
    """Return what an export yields while something is done."""
    opened, found = threading.Event(), list[Any]()

    def watch() -> None:
        found.extend(export("default", limit=limit, on_open=opened.set))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert opened.wait(PATIENCE)
    act()
    watcher.join(PATIENCE)
    return found


def term(running: RunningGateway, iri: str) -> dict[str, object]:
    one = type(running.gateway).__name__ == "Gateway1"
    return {"v": iri, "e": True} if one else {"t": "i", "i": iri}


def frame(running: RunningGateway, **members: object) -> dict[str, object]:
    """Return a message with metadata of its own."""
    if type(running.gateway).__name__ == "Gateway1":
        return {"metadata": {"id": "d", "metadata": [], "user": "u", "collection": "c"}, **members}
    return {"metadata": {"id": "d", "root": "r", "collection": "c"}, **members}


# --- triples --------------------------------------------------------------------------------------


def test_triples_come_and_go(package: Any, api: Any) -> None:
    bulk = api.bulk()
    assert api.bulk() is bulk
    given = [package.Triple(*each) for each in TRIPLES]
    found = watched(bulk.export_triples, lambda: bulk.import_triples("default", iter(given)), 3)
    assert found == given
    assert [each.o.is_uri() for each in found] == [False, True, True]


def test_triples_are_in_the_graph_then(package: Any, api: Any) -> None:
    api.bulk().import_triples("default", [package.Triple("urn:a", "urn:b", "in the graph")])
    found = api.flow().id().triples_query(s=package.types.Uri("urn:a"))
    assert found == [package.Triple("urn:a", "urn:b", "in the graph")]


def test_metadata_goes_with_triples(running: RunningGateway) -> None:
    with v2.Api(running.url, token=running.token) as api:
        triple = v2.Triple("urn:a", "urn:b", v2.Literal("http://text.example"))
        api.bulk().import_triples("default", [triple], {"id": "d", "metadata": [], "collection": "mine"}, 1)
        [found] = api.flow().id().triples_query(s="urn:a", collection="mine")
        assert found == triple
        assert isinstance(found.o, v2.Literal)


def test_a_triple_that_is_none(package: Any, api: Any) -> None:
    with pytest.raises((RuntimeError, InvalidItem)):
        api.bulk().import_triples("default", [package.Triple("urn:a", "urn:b", None)])


def test_a_flow_that_is_none(package: Any, api: Any) -> None:
    with pytest.raises(ImportRefused):
        api.bulk().import_triples("nothing", [package.Triple("urn:a", "urn:b", "c")])


# --- whole messages -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["graph_embeddings", "document_embeddings", "entity_contexts"])
def test_messages_come_and_go_whole(kind: str, api: Any, running: RunningGateway) -> None:
    one = type(running.gateway).__name__ == "Gateway1"
    vector: dict[str, object] = {"vectors": [[0.5]]} if one else {"vector": [0.5]}
    entity = term(running, "urn:a")
    message = {
        "graph_embeddings": frame(running, entities=[{"entity": entity, **vector}]),
        "document_embeddings": frame(running, chunks=[{("chunk" if one else "chunk_id"): "x", **vector}]),
        "entity_contexts": frame(running, entities=[{"entity": entity, "context": "text"}]),
    }[kind]
    bulk = api.bulk()
    export, give = getattr(bulk, f"export_{kind}"), getattr(bulk, f"import_{kind}")
    empty = {name: [] if isinstance(value, list) else value for name, value in message.items()}
    assert watched(export, lambda: give("default", [message, empty, message]), 2) == [message, message]


def test_items_share_the_metadata_that_is_given(running: RunningGateway) -> None:
    with v2.Api(running.url, token=running.token) as api:
        bulk = api.bulk()
        contexts = [{"entity": term(running, "urn:a"), "context": str(number)} for number in range(3)]

        def act() -> None:
            bulk.import_entity_contexts("default", contexts, {"id": "d", "collection": "c"}, batch_size=2)

        first, second = watched(bulk.export_entity_contexts, act, 2)
        assert first["metadata"]["id"] == "d"
        assert [each["context"] for each in first["entities"]] == ["0", "1"]
        assert [each["context"] for each in second["entities"]] == ["2"]


# --- rows -----------------------------------------------------------------------------------------


def test_rows(api: Any, package: Any) -> None:
    bulk = api.bulk()
    give = bulk.import_objects if package is v1 else bulk.import_rows
    progress: list[tuple[object, ...]] = []
    rows = [
        {"metadata": {"id": "d"}, "schema_name": "bridge", "values": {"name": "A"}},
        {"metadata": {"id": "d"}, "schema_name": "bridge", "values": [{"name": "B"}, {"name": "C"}]},
        {"name": "D"},
        {"metadata": {"id": "e"}, "schema_name": "river", "values": {"name": "E"}},
    ]
    assert give("default", rows, on_progress=lambda *counts: progress.append(counts)) is None
    assert progress[-1][0] == 2  # messages: neighbours with the same metadata go together
    with pytest.raises(InvalidItem, match="schema_name"):
        give("default", [{"name": "nowhere"}])


# --- for asyncio ----------------------------------------------------------------------------------


def test_everything_can_be_awaited(package: Any, running: RunningGateway) -> None:
    given = [package.Triple(*each) for each in TRIPLES]

    async def later() -> AsyncIterator[Any]:
        for triple in given:
            yield triple

    async def use() -> list[Any]:
        async with package.Api(running.url, token=running.token) as api:
            bulk = api.async_bulk()
            assert api.async_bulk() is bulk
            opened = asyncio.Event()

            async def watch() -> list[Any]:
                export = bulk.export_triples("default", limit=6, on_open=opened.set)
                return [triple async for triple in export]

            watcher = asyncio.create_task(watch())
            await asyncio.wait_for(opened.wait(), PATIENCE)
            await bulk.import_triples("default", later())
            await bulk.import_triples("default", given)
            context = {"entity": term(running, "urn:a"), "context": "text"}
            opened.clear()
            frames = bulk.export_entity_contexts("default", limit=2, on_open=opened.set)
            second = asyncio.create_task(anext(frames))
            await asyncio.wait_for(opened.wait(), PATIENCE)
            whole = frame(running, entities=[context])
            await bulk.import_entity_contexts("default", [whole, context])
            assert await asyncio.wait_for(second, PATIENCE) == whole
            return await asyncio.wait_for(watcher, PATIENCE)

    assert asyncio.run(use()) == given * 2


def test_an_export_may_be_left_early(api: Any, package: Any) -> None:
    bulk = api.bulk()
    opened = threading.Event()
    export = bulk.export_triples("default", on_open=opened.set)

    def act() -> None:
        assert opened.wait(PATIENCE)
        bulk.import_triples("default", [package.Triple("urn:a", "urn:b", str(n)) for n in range(10)])

    helper = threading.Thread(target=act, daemon=True)
    helper.start()
    assert next(export).o == "0"
    export.close()
    helper.join(PATIENCE)
