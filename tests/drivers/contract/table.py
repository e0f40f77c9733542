"""Which operations there are, and which gateway has which, over which transport."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.drivers.contract.place import ALL_GROUPS, operations
from tgproto.catalog import (
    AuthOps,
    CollectionOps,
    ConfigOps,
    ExplainOps,
    FlowOps,
    FlowsOps,
    I18nOps,
    IamOps,
    KnowledgeOps,
    LibraryOps,
    MetricsOps,
)
from tgproto.catalog.bulk_scopes import BulkOps
from tgproto.catalog.registry import REGISTRY, Operation
from tgproto.catalog.scopes import Scope

SERVICES: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "conformance" / "services.json").read_text("utf-8")
)

DOORS: Mapping[type[Scope], Callable[[Any], Any]] = {
    FlowOps: lambda api: api.flow().id("default"),
    FlowsOps: lambda api: api.flow(),
    ConfigOps: lambda api: api.config(),
    LibraryOps: lambda api: api.library(),
    KnowledgeOps: lambda api: api.knowledge(),
    CollectionOps: lambda api: api.collection(),
    IamOps: lambda api: api.iam(),
    AuthOps: lambda api: api.auth(),
    MetricsOps: lambda api: api.metrics(),
    I18nOps: lambda api: api.i18n(),
    BulkOps: lambda api: api.bulk(),
}
"""How one gets from an `Api` to a group."""

_UNLISTED: Mapping[str, tuple[int, ...]] = {
    "agent_explain": (1, 2),
    "cloze_list_models": (2,),
    "document_rag_explain": (1, 2),
    "graph_rag_explain": (1, 2),
    "list_models": (2,),
    "sparql_query_stream": (2,),
    "thru_stream": (2,),
    "triples_query_stream": (1, 2),
}
_BULK = {
    entry.replace("/", "_").replace("-", "_"): tuple(map(int, (g[0] for g in SERVICES[entry]["generations"])))
    for entry in SERVICES
    if SERVICES[entry]["transports"] == ["bulk-socket"]
}
UNLISTED: Mapping[Operation, tuple[int, ...]] = {
    **{Operation(FlowOps, name): generations for name, generations in (_UNLISTED | _BULK).items()},
    **{Operation(BulkOps, name): generations for name, generations in _BULK.items()},
    **dict.fromkeys(operations(ExplainOps), (1, 2)),
}
"""Operations that the registry does not list, and which generations have them."""

EVERY = [operation for group in ALL_GROUPS for operation in operations(group)]


def offered(generation: int, transport: str) -> set[Operation]:
    """Return the operations that a gateway has over a transport. What goes over HTTP alone counts as REST."""
    ways = ("rest", "http") if transport == "rest" else ("socket",)
    listed = {
        operation
        for entry, operation in REGISTRY.items()
        if f"{generation}.x" in SERVICES[entry]["generations"]
        and not {*ways}.isdisjoint(SERVICES[entry]["transports"])
    }
    return listed | {
        operation
        for operation, generations in UNLISTED.items()
        if generation in generations and (transport == "websocket" or not _is_bulk(operation))
    }


def lacking(generation: int) -> list[Operation]:
    """Return the operations that a gateway does not have, by that name or an other one."""
    there = offered(generation, "rest") | offered(generation, "websocket")
    definitions = {_definition(operation) for operation in there}
    return [one for one in EVERY if _definition(one) not in definitions and not _is_bulk(one)]


def _is_bulk(operation: Operation) -> bool:
    return operation.name in _BULK


def _definition(operation: Operation) -> object:
    return inspect.getattr_static(operation.group, operation.name)
