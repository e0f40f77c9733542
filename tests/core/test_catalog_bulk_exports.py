"""The operations of bulk export, and their parameters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.test_catalog_bulk_imports import SCOPE, shape
from tgproto.bulk.frames import READERS
from tgproto.catalog import bulk_exports as operations

EXPORTS = {
    "export_triples": "triples",
    "export_graph_embeddings": "graph-embeddings",
    "export_document_embeddings": "document-embeddings",
    "export_entity_contexts": "entity-contexts",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exports(name: str) -> None:
    function: Any = getattr(operations, name)
    plan = function(SCOPE, "f", limit=3, on_gap=print)
    assert (plan.opening.kind, plan.opening.workspace) == (EXPORTS[name], "w")
    assert (plan.limit, plan.opening.resume) == (3, True)
    assert plan.read is READERS[EXPORTS[name]]


def test_all_have_the_same_parameters() -> None:
    assert len({shape(getattr(operations, name)) for name in EXPORTS}) == 1
