"""Bulk import and export: what goes in on one side comes out at the other. They have sockets of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, story
from tgproto.catalog import FlowOps
from tgproto.catalog.bulk_scopes import BulkOps
from tgproto.errors import ExportRefused, ImportRefused
from tgproto.types import IRI, Literal, Triple
from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding, Row

ENTITY = IRI("urn:entity")
ITEMS: dict[str, Sequence[Any]] = {
    "triples": [Triple(ENTITY, IRI("urn:p"), Literal(f"Brücke {number}")) for number in range(30)],
    "graph_embeddings": [GraphEmbedding(ENTITY, [0.5, float(number)]) for number in range(30)],
    "document_embeddings": [
        DocumentEmbedding(f"chunk/{number}", [0.5], f"text {number}") for number in range(30)
    ],
    "entity_contexts": [EntityContext(ENTITY, f"context {number}") for number in range(30)],
}
ROWS = [Row("bridge", {"name": f"bridge {number}", "built_by": ""}) for number in range(30)]


NAMES = [f"{way}_{kind}" for way in ("import", "export") for kind in ITEMS]
over_sockets = story(BulkOps, transport="websocket")


@over_sockets
@story(BulkOps, *NAMES)
async def test_what_is_imported_is_exported(place: Place) -> None:
    for kind, items in ITEMS.items():
        of_bulk = (getattr(place.api.bulk(), f"{way}_{kind}") for way in ("import", "export"))
        await pass_through(place, kind, items, *(partial(operation, "default") for operation in of_bulk))


@over_sockets
@story(FlowOps, *NAMES)
async def test_what_is_imported_into_a_flow_is_exported_from_it(place: Place) -> None:
    for kind, items in ITEMS.items():
        of_flow = (getattr(place.flow, f"{way}_{kind}") for way in ("import", "export"))
        await pass_through(place, kind, items, *of_flow)


async def pass_through(place: Place, kind: str, items: Sequence[Any], put: Any, watch: Any) -> None:
    """Import items while somebody watches, who gets them."""
    watching = place.driver.start(everything, watch(limit=len(items)))
    taps, at = place.server.gateway.taps, (workspace(place), "default", kind.replace("_", "-"))
    await place.driver.until(lambda: taps.count(*at))
    result = await put(items, {"id": "a-document"}, 7, collection="maps")
    assert (result.sent, result.confirmed, result.batches) == (len(items), len(items), 5)
    told = (
        DocumentEmbedding("", [0.5], "text 3")
        if place.generation == 1
        else DocumentEmbedding("chunk/3", [0.5])
    )
    got = await watching
    assert got == items if kind != "document_embeddings" else got[3] == told
    await place.driver.until(lambda: not taps.count(*at))


@over_sockets
@story(BulkOps, "import_triples")
@story(FlowOps, "import_triples", "triples_query")
async def test_imported_triples_are_found(place: Place) -> None:
    named = [] if place.generation == 1 else [Triple(ENTITY, IRI("urn:q"), Literal("x"), "urn:graph")]
    await place.api.bulk().import_triples("default", [*ITEMS["triples"], *named], collection="maps")
    found = await place.flow.triples_query(ENTITY, collection="maps")
    assert sorted(found, key=str) == sorted([*ITEMS["triples"], *named], key=str)
    old, new = {"v": "urn:entity", "e": True}, {"t": "i", "i": "urn:entity"}
    await place.flow.import_triples([{"s": old, "p": "urn:p", "o": new}])
    assert await place.flow.triples_query(ENTITY) == [Triple(ENTITY, IRI("urn:p"), ENTITY)]


@over_sockets
@story(BulkOps, "import_rows", "import_objects")
@story(FlowOps, "import_rows", "import_objects")
async def test_rows_arrive(place: Place) -> None:
    kind = "objects" if place.generation == 1 else "rows"
    bulk, flow = place.api.bulk(), place.flow
    for put in (
        partial(bulk.import_rows, "default"),
        partial(bulk.import_objects, "default"),
        flow.import_rows,
        flow.import_objects,
    ):
        with place.server.gateway.taps.open((workspace(place), "default", kind)) as tap:
            assert (await put(ROWS)).confirmed == len(ROWS)
            messages = [json.loads(tap.take()) for _ in range(len(tap))]
        assert [row for message in messages for row in message["values"]] == [row.values for row in ROWS]
        assert {message["schema_name"] for message in messages} == {"bridge"}


@over_sockets
@story(BulkOps, "import_triples", "export_triples")
async def test_bulk_sockets_of_a_flow_that_is_not_there(place: Place) -> None:
    bulk = place.api.bulk()
    await failure(bulk.import_triples("nope", ITEMS["triples"]), ImportRefused, "id of the flow")
    await failure(everything(bulk.export_triples("nope")), ExportRefused, "id of the flow")


def workspace(place: Place) -> str:
    """Return where the gateway keeps flows."""
    return "" if place.generation == 1 else "default"


async def everything(exporting: Any) -> list[Any]:
    return [item async for item in exporting]
