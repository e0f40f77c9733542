"""What type checkers see of imports and exports. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, assert_type

from tgproto.catalog import AsyncFlowInstance, FlowInstance
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk
from tgproto.catalog.bulk_streams import AsyncExport, Export
from tgproto.types import Triple
from tgproto.types.bulk import (
    Batch,
    DocumentEmbedding,
    EntityContext,
    GraphEmbedding,
    ImportResult,
    Row,
)

GRAPH = [GraphEmbedding("urn:e", [0.5])]
DOCUMENT = [DocumentEmbedding("chunk", (0.5,))]
CONTEXTS = [EntityContext("urn:e", "text")]
ROWS = [Row("schema", {"column": "value"})]


def imports(bulk: Bulk, triples: Iterator[Triple]) -> None:
    assert_type(bulk.import_triples("default", triples, {"id": "d"}, 50), ImportResult)
    assert_type(bulk.import_graph_embeddings("default", GRAPH), ImportResult)
    assert_type(bulk.import_document_embeddings("default", DOCUMENT, confirm="close"), ImportResult)
    assert_type(bulk.import_entity_contexts("default", CONTEXTS, on_invalid="skip"), ImportResult)
    assert_type(bulk.import_rows("default", ROWS, resume=False), ImportResult)
    assert_type(bulk.import_objects("default", ROWS).unconfirmed, int)
    bulk.import_triples("default", [5])  # type: ignore[list-item]
    bulk.import_rows("default", GRAPH)  # type: ignore[arg-type]


def exports(bulk: Bulk) -> None:
    assert_type(bulk.export_triples("default", limit=5), Export[Triple])
    assert_type(bulk.export_graph_embeddings("default", idle_timeout=1.5), Export[GraphEmbedding])
    assert_type(bulk.export_document_embeddings("default"), Export[DocumentEmbedding])
    assert_type(bulk.export_entity_contexts("default", on_gap=print), Export[EntityContext])
    for batch in bulk.export_triples("default").batches():
        assert_type(batch, Batch[Triple])


def of_a_flow(flow: FlowInstance, triples: Iterator[Triple]) -> None:
    assert_type(flow.import_triples(triples), ImportResult)
    assert_type(flow.import_graph_embeddings(GRAPH), ImportResult)
    assert_type(flow.import_document_embeddings(DOCUMENT), ImportResult)
    assert_type(flow.import_entity_contexts(CONTEXTS), ImportResult)
    assert_type(flow.import_rows(ROWS), ImportResult)
    assert_type(flow.import_objects(ROWS), ImportResult)
    assert_type(flow.export_triples(), Export[Triple])
    assert_type(flow.export_graph_embeddings(), Export[GraphEmbedding])
    assert_type(flow.export_document_embeddings(), Export[DocumentEmbedding])
    assert_type(flow.export_entity_contexts(), Export[EntityContext])


async def awaited(bulk: AsyncBulk, triples: AsyncIterator[Triple]) -> None:
    await assert_type(bulk.import_triples("default", triples), Coroutine[Any, Any, ImportResult])
    assert_type(await bulk.import_graph_embeddings("default", GRAPH), ImportResult)
    assert_type(await bulk.import_document_embeddings("default", DOCUMENT), ImportResult)
    assert_type(await bulk.import_entity_contexts("default", CONTEXTS), ImportResult)
    assert_type(await bulk.import_rows("default", ROWS), ImportResult)
    assert_type(await bulk.import_objects("default", ROWS), ImportResult)
    assert_type(bulk.export_triples("default"), AsyncExport[Triple])
    assert_type(bulk.export_graph_embeddings("default"), AsyncExport[GraphEmbedding])
    assert_type(bulk.export_document_embeddings("default"), AsyncExport[DocumentEmbedding])
    assert_type(bulk.export_entity_contexts("default"), AsyncExport[EntityContext])


async def awaited_of_a_flow(flow: AsyncFlowInstance, triples: AsyncIterator[Triple]) -> None:
    assert_type(await flow.import_triples(triples), ImportResult)
    assert_type(await flow.import_graph_embeddings(GRAPH), ImportResult)
    assert_type(await flow.import_document_embeddings(DOCUMENT), ImportResult)
    assert_type(await flow.import_entity_contexts(CONTEXTS), ImportResult)
    assert_type(await flow.import_rows(ROWS), ImportResult)
    assert_type(await flow.import_objects(ROWS), ImportResult)
    assert_type(flow.export_triples(), AsyncExport[Triple])
    assert_type(flow.export_graph_embeddings(), AsyncExport[GraphEmbedding])
    assert_type(flow.export_document_embeddings(), AsyncExport[DocumentEmbedding])
    assert_type(flow.export_entity_contexts(), AsyncExport[EntityContext])
