"""The operations of bulk import and export, and their parameters."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tgproto.bulk.frames import READERS
from tgproto.catalog import CallOptions
from tgproto.catalog import bulk_operations as operations
from tgproto.catalog.bulk_scopes import BulkCalls

IMPORTS = {
    "import_triples": ("triples", "triples", 100),
    "import_graph_embeddings": ("embeddings", "graph-embeddings", 100),
    "import_document_embeddings": ("embeddings", "document-embeddings", 100),
    "import_entity_contexts": ("contexts", "entity-contexts", 100),
    "import_rows": ("rows", "rows", 40),
    "import_objects": ("objects", "rows", 40),
}
EXPORTS = {
    "export_triples": "triples",
    "export_graph_embeddings": "graph-embeddings",
    "export_document_embeddings": "document-embeddings",
    "export_entity_contexts": "entity-contexts",
}
SCOPE = BulkCalls(options=CallOptions(workspace="w", on_ignored=print))


@pytest.mark.parametrize("name", IMPORTS)
def test_imports(name: str) -> None:
    argument, kind, size = IMPORTS[name]
    function: Any = getattr(operations, name)
    plan = function(SCOPE, "f", [1], {"id": "d"}, 7, collection="c", resume=False)
    assert (plan.opening.kind, plan.opening.flow, plan.opening.workspace) == (kind, "f", "w")
    assert (plan.source, plan.metadata.id, plan.metadata.collection, plan.batch_size) == ([1], "d", "c", 7)
    assert (plan.opening.resume, plan.on_ignored) == (False, print)
    assert function(SCOPE, flow="f", **{argument: []}).batch_size == size
    with pytest.raises(TypeError, match=f"{argument} must be an iterable"):
        function(SCOPE, "f", 5)


@pytest.mark.parametrize("name", EXPORTS)
def test_exports(name: str) -> None:
    function: Any = getattr(operations, name)
    plan = function(SCOPE, "f", limit=3, on_gap=print)
    assert (plan.opening.kind, plan.opening.workspace) == (EXPORTS[name], "w")
    assert (plan.limit, plan.opening.resume) == (3, True)
    assert plan.read is READERS[EXPORTS[name]]


@pytest.mark.parametrize("names", [IMPORTS, EXPORTS])
def test_all_have_the_same_parameters(names: dict[str, Any]) -> None:
    shapes = set()
    for name in names:
        parameters = list(inspect.signature(getattr(operations, name)).parameters.values())
        del parameters[2 : 3 if names is IMPORTS else 2]
        shapes.add(tuple((one.name, one.kind) for one in parameters))
        documented = getattr(operations, name).__doc__
        assert all(f"        {one.name}: " in documented for one in parameters[1:])
    assert len(shapes) == 1
