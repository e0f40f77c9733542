"""Bulk import and export in each colour: for any flow, and as methods of one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from tgproto.catalog import bulk_exports as exports
from tgproto.catalog import bulk_imports as imports
from tgproto.catalog.bulk_bind import export_operation, import_operation
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class BulkOps(Scope):
    """Bulk import and export, for the flows of one workspace."""

    entries: ClassVar = {
        "import/triples": "import_triples",
        "import/graph-embeddings": "import_graph_embeddings",
        "import/document-embeddings": "import_document_embeddings",
        "import/entity-contexts": "import_entity_contexts",
        "import/rows": "import_rows",
        "import/objects": "import_objects",
        "export/triples": "export_triples",
        "export/graph-embeddings": "export_graph_embeddings",
        "export/document-embeddings": "export_document_embeddings",
        "export/entity-contexts": "export_entity_contexts",
    }

    import_triples = import_operation(imports.import_triples)
    import_graph_embeddings = import_operation(imports.import_graph_embeddings)
    import_document_embeddings = import_operation(imports.import_document_embeddings)
    import_entity_contexts = import_operation(imports.import_entity_contexts)
    import_rows = import_operation(imports.import_rows)
    import_objects = import_operation(imports.import_objects)
    export_triples = export_operation(exports.export_triples)
    export_graph_embeddings = export_operation(exports.export_graph_embeddings)
    export_document_embeddings = export_operation(exports.export_document_embeddings)
    export_entity_contexts = export_operation(exports.export_entity_contexts)


@dataclass(frozen=True)
class BulkCalls(PureScope, BulkOps):
    """Bulk import and export, as data."""


@dataclass(frozen=True)
class Bulk(SyncScope, BulkOps):
    """Bulk import and export, blocking."""


@dataclass(frozen=True)
class AsyncBulk(AsyncScope, BulkOps):
    """Bulk import and export, awaited."""


def of_flow(build: Callable[Concatenate[Scope, str, P], T]) -> Callable[Concatenate[FlowScope, P], T]:
    """Return a definition without its parameter `flow`, for the scope of a flow."""

    def method(scope: FlowScope, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return build(scope, scope.flow, *args, **kwargs)

    functools.update_wrapper(method, build)
    signature = inspect.signature(build, eval_str=True)
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "flow"]
    shown = signature.replace(parameters=parameters)
    for name, value in (("__signature__", shown), ("__doc__", _without_flow(build.__doc__ or ""))):
        setattr(method, name, value)
    return method


def _without_flow(text: str) -> str:
    return text.replace("        flow: Id of the flow.\n", "")


@dataclass(frozen=True)
class FlowBulkOps(FlowScope):
    """Bulk import and export, as methods of a flow."""

    import_triples = import_operation(of_flow(imports.import_triples))
    import_graph_embeddings = import_operation(of_flow(imports.import_graph_embeddings))
    import_document_embeddings = import_operation(of_flow(imports.import_document_embeddings))
    import_entity_contexts = import_operation(of_flow(imports.import_entity_contexts))
    import_rows = import_operation(of_flow(imports.import_rows))
    import_objects = import_operation(of_flow(imports.import_objects))
    export_triples = export_operation(of_flow(exports.export_triples))
    export_graph_embeddings = export_operation(of_flow(exports.export_graph_embeddings))
    export_document_embeddings = export_operation(of_flow(exports.export_document_embeddings))
    export_entity_contexts = export_operation(of_flow(exports.export_entity_contexts))
