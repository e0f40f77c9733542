"""Bulk import and export with a gateway that owes nothing to this project."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers.contract.drivers import Driver
from tests.drivers.peers.bulk import BulkGateway
from tests.drivers.peers.peer import TOKEN
from tgproto.errors import (
    AuthenticationError,
    DecodeError,
    ExportInterrupted,
    ImportInterrupted,
    LocalProtocolError,
)
from tgproto.types import IRI, Literal, Triple
from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding, Row

TERM = {"t": "i", "i": "urn:s"}
VALUE = {"v": "urn:s", "e": True}
TRIPLE = {"s": TERM, "p": TERM, "o": {"t": "l", "v": "x", "ln": "fr"}, "g": "urn:g"}


def connect(driver: Driver, peer: BulkGateway, dialect: str = "2.x", **options: Any) -> Any:
    given = {"token": TOKEN, "timeout": 10, "dialect": dialect}
    if dialect == "2.x":
        given["workspace"] = "my own"
    return driver.api(peer.url, **given | options)


def items(count: int) -> list[Triple]:
    return [Triple("urn:s", "urn:p", Literal(str(number))) for number in range(count)]


def taken(peer: BulkGateway) -> list[str]:
    return [triple["o"]["v"] for message in peer.taken for triple in message["triples"]]


@pytest.mark.parametrize("dialect", ["1.x", "2.x"])
async def test_every_kind(driver: Driver, dialect: str) -> None:
    new = dialect == "2.x"
    with BulkGateway() as peer:
        async with connect(driver, peer, dialect) as api:
            bulk = api.bulk()
            metadata = {"id": "doc", "collection": "c"}
            await bulk.import_triples("a &", items(1), metadata)
            await bulk.import_graph_embeddings("f", [GraphEmbedding("urn:s", [1.0, 2.0])])
            await bulk.import_document_embeddings("f", [DocumentEmbedding("urn:c", [1.0], "text")])
            await bulk.import_entity_contexts("f", [EntityContext("urn:s", "text")], collection="c")
            await bulk.import_rows("f", [Row("s", {"a": "b"}), {"schema_name": "t", "values": {"a": "c"}}])
            await bulk.import_objects("f", [Row("s", {"a": "b"})])
        rows = "rows" if new else "objects"
        assert [opened[0].removeprefix("/api/v1/flow/") for opened in peer.opened] == [
            "a &/import/triples",
            "f/import/graph-embeddings",
            "f/import/document-embeddings",
            "f/import/entity-contexts",
            f"f/import/{rows}",
            f"f/import/{rows}",
        ]
        assert {opened[2] for opened in peer.opened} == {"my own" if new else ""}
        term = TERM if new else VALUE
        vectors = [{"vector": [1.0, 2.0]} if new else {"vectors": [[1.0, 2.0]]}][0]
        chunk = {"chunk_id": "urn:c", "vector": [1.0]} if new else {"chunk": "text", "vectors": [[1.0]]}
        shared = {"root": ""} if new else {"user": "trustgraph", "metadata": []}
        assert peer.taken[0]["metadata"] == {"id": "doc", "collection": "c", **shared}
        assert peer.taken[1]["entities"] == [{"entity": term, **vectors}]
        assert peer.taken[2]["chunks"] == [chunk]
        assert peer.taken[3]["entities"] == [{"entity": term, "context": "text"}]
        assert [(message["schema_name"], message["values"]) for message in peer.taken[4:]] == [
            ("s", [{"a": "b"}]),
            ("t", [{"a": "c"}]),
            ("s", [{"a": "b"}]),
        ]


async def test_a_gateway_that_resets(driver: Driver) -> None:
    with BulkGateway() as peer:
        async with connect(driver, peer) as api:
            result = await api.bulk().import_triples("resets", items(40), batch_size=2)
        assert (result.sent, result.confirmed) == (40, 40)
        assert result.reconnects == 3
        assert set(taken(peer)) == {str(number) for number in range(40)}
        assert len(taken(peer)) <= 40 + result.resent


async def test_a_gateway_that_closes(driver: Driver) -> None:
    with BulkGateway() as peer:
        async with connect(driver, peer) as api:
            with pytest.raises(ImportInterrupted) as failed:
                await api.bulk().import_triples("closes", items(40), batch_size=2, resume=False)
        error = failed.value
        assert error.offset <= 6
        assert taken(peer)[: error.offset] == [str(number) for number in range(error.offset)]


async def test_a_token_that_is_refused(driver: Driver) -> None:
    with BulkGateway() as peer:
        async with connect(driver, peer, token="tg_wrong") as api:
            with pytest.raises(AuthenticationError) as failed:
                await api.bulk().import_triples("f", items(1))
        assert "tg_wrong" not in str(failed.value)


async def test_a_token_that_is_fetched(driver: Driver) -> None:
    tokens = iter(["tg_wrong", TOKEN])
    with BulkGateway() as peer:
        async with connect(driver, peer, token=lambda: next(tokens)) as api:
            assert (await api.bulk().import_triples("f", items(1))).confirmed == 1


async def test_what_1x_cannot_be_asked(driver: Driver) -> None:
    with BulkGateway() as peer:
        async with connect(driver, peer, "1.x", workspace="w") as api:
            with pytest.raises(LocalProtocolError, match="pass user="):
                await api.bulk().import_triples("f", items(1))
        assert peer.opened == []


async def test_exports(driver: Driver) -> None:
    told = [{"metadata": {"id": "d", "collection": "c"}, "triples": [TRIPLE] * 3}] * 4
    with BulkGateway(*told) as peer:
        async with connect(driver, peer) as api:
            exporting = api.bulk().export_triples("f", limit=10)
            got = [triple async for triple in exporting]
            assert got == [Triple(IRI("urn:s"), IRI("urn:s"), Literal("x", None, "fr"), "urn:g")] * 10
            batches = [batch async for batch in api.bulk().export_triples("f", limit=10).batches()]
            assert [len(batch) for batch in batches] == [3, 3, 3, 1]
            assert batches[0].metadata.collection == "c"


async def test_an_export_that_is_closed(driver: Driver) -> None:
    told = [{"metadata": {}, "entities": [{"entity": VALUE, "vectors": [[1.0], [2.0]]}]}]
    with BulkGateway(*told) as peer:
        async with connect(driver, peer, "1.x") as api:
            exporting = api.bulk().export_graph_embeddings("closes")
            got = [await exporting.__anext__(), await exporting.__anext__()]
            with pytest.raises(ExportInterrupted):
                await exporting.__anext__()
            assert got == [GraphEmbedding(IRI("urn:s"), [1.0]), GraphEmbedding(IRI("urn:s"), [2.0])]


async def test_a_message_that_cannot_be_read(driver: Driver) -> None:
    with BulkGateway({"triples": 5}) as peer:
        async with connect(driver, peer) as api:
            with pytest.raises(DecodeError, match="export of triples"):
                await api.bulk().export_triples("f").__anext__()
