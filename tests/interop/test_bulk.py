"""Bulk sockets of the published gateways: what is imported is there, and what passes by is exported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.world import World, over_the_socket
from tgproto.errors import ExportRefused, ImportRefused
from tgproto.types import IRI, DocumentEmbedding, EntityContext, GraphEmbedding, Literal, Row, Triple

SUBJECT, PREDICATE = IRI("http://example.org/bulk"), IRI("http://example.org/p")


@pytest.fixture
def place(world: World) -> Iterator[str]:
    """A collection of its own."""
    name = f"interop-bulk-{time.time_ns()}"
    yield name
    world.gateway.forget(name)


def triples(count: int) -> list[Triple]:
    return [Triple(SUBJECT, PREDICATE, Literal(f"number {number}")) for number in range(count)]


async def arrived(world: World, kind: str, collection: str, count: int) -> None:
    """Wait until the service that is asked for them has them."""
    await world.driver.until(lambda: world.gateway.sunk(kind, collection) >= count)
    assert world.gateway.sunk(kind, collection) == count


@over_the_socket
async def test_triples(world: World, place: str) -> None:
    result = await world.api.bulk().import_triples(
        "default", triples(250), {"id": "urn:doc"}, batch_size=100, collection=place
    )
    assert (result.sent, result.confirmed, result.unconfirmed, result.batches) == (250, 250, 0, 3)
    await arrived(world, "triples", place, 250)
    found = await world.flow.triples_query(s=SUBJECT, collection=place, limit=1000)
    assert sorted(map(str, (triple.o for triple in found))) == sorted(f"number {n}" for n in range(250))


@over_the_socket
async def test_vectors_and_rows(world: World, place: str) -> None:
    bulk = world.api.bulk()
    (vector,) = await world.flow.embeddings(["alpha"])
    nodes = [GraphEmbedding(IRI("http://example.org/alpha"), vector)]
    result = await bulk.import_graph_embeddings("default", nodes, collection=place)
    assert result.confirmed == 1
    await arrived(world, "graph-embeddings", place, 1)
    rows = [Row("things", {"name": "alpha"}), Row("things", {"name": "beta"})]
    result = await bulk.import_rows("default", rows, collection=place)
    assert result.confirmed == 2
    await arrived(world, "objects" if world.is_old else "rows", place, 2)


@over_the_socket
async def test_what_nobody_serves_here_is_taken(world: World, place: str) -> None:
    """Gateways hand it over to the broker; that is what is confirmed."""
    bulk = world.api.bulk()
    contexts = [EntityContext(IRI("http://example.org/alpha"), "a letter")]
    assert (await bulk.import_entity_contexts("default", contexts, collection=place)).confirmed == 1
    chunk = DocumentEmbedding(chunk="a letter" if world.is_old else "", chunk_id="c", vector=[0.5, 1.0])
    assert (await bulk.import_document_embeddings("default", [chunk], collection=place)).confirmed == 1


@over_the_socket
async def test_what_passes_by_is_exported(world: World, place: str) -> None:
    got: list[Any] = []

    async def export() -> None:
        got.extend([triple async for triple in world.api.bulk().export_triples("default", limit=5)])

    exporting = world.driver.start(export)
    async with world.connect() as other:
        end = time.monotonic() + 20
        while not got:  # a tap starts a moment after the handshake, and repeats nothing
            assert time.monotonic() < end
            await other.bulk().import_triples("default", triples(5), {"id": "urn:doc"}, collection=place)
            await world.driver.sleep(0.1)
        await exporting
    assert len(got) == 5
    assert set(got) <= set(triples(5))


@over_the_socket
async def test_a_flow_that_is_not_there(world: World) -> None:
    await world.failure(world.api.bulk().import_triples("nope", triples(1)), ImportRefused, "'nope'")

    async def export() -> None:
        async for _ in world.api.bulk().export_triples("nope"):
            pass

    await world.failure(world.driver.start(export), ExportRefused, "'nope'")
