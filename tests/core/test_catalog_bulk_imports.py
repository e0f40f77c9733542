"""The operations of bulk import, and their parameters."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tgproto.catalog import CallOptions
from tgproto.catalog import bulk_imports as operations
from tgproto.catalog.bulk_scopes import BulkCalls

IMPORTS = {
    "import_triples": ("triples", "triples", 100),
    "import_graph_embeddings": ("embeddings", "graph-embeddings", 100),
    "import_document_embeddings": ("embeddings", "document-embeddings", 100),
    "import_entity_contexts": ("contexts", "entity-contexts", 100),
    "import_rows": ("rows", "rows", 40),
    "import_objects": ("objects", "rows", 40),
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


def test_connections_and_where_to_go_on() -> None:
    for name in IMPORTS:
        plan = getattr(operations, name)(SCOPE, "f", [], connections=8, on_offset=print)
        assert (plan.opening.connections, plan.on_offset) == (8, print)


def test_all_have_the_same_parameters() -> None:
    assert len({shape(getattr(operations, name), without=2) for name in IMPORTS}) == 1


def shape(operation: Any, without: int | None = None) -> tuple[Any, ...]:
    """Return names and kinds of an operation's parameters; see that all are documented."""
    parameters = list(inspect.signature(operation).parameters.values())
    assert all(f"        {one.name}: " in operation.__doc__ for one in parameters[1:])
    return tuple((one.name, one.kind) for place, one in enumerate(parameters) if place != without)
