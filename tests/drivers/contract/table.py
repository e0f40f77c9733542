"""Which operations there are, and which gateway has which, over which transport."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from itertools import product
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

_UNLISTED: Mapping[type[Scope], Mapping[str, tuple[int, ...]]] = {
    FlowOps: {
        "agent_explain": (1, 2),
        "cloze_list_models": (2,),
        "document_rag_explain": (1, 2),
        "graph_rag_explain": (1, 2),
        "list_models": (2,),
        "load_document": (1, 2),
        "load_text": (1, 2),
        "sparql_query_stream": (2,),
        "thru_stream": (2,),
        "triples_query_stream": (1, 2),
    },
    LibraryOps: {
        "add_child_document": (2,),
        "add_document": (1, 2),
        "download": (1, 2),
        "list_children": (2,),
        "resume_upload": (2,),
        "start_processing": (1, 2),
        "stream_document_to_file": (1, 2),
    },
    KnowledgeOps: {"export_kg_core": (1, 2), "import_kg_core": (1, 2)},
    ExplainOps: {operation.name: (2,) for operation in operations(ExplainOps)},
}
"""Operations that the registry does not list, and which generations have them."""

EVERY = [operation for group in ALL_GROUPS for operation in operations(group)]

_TRANSPORTS = {
    "rest": "rest",
    "http": "rest",  # what goes over HTTP alone goes the same way from an `Api` for sockets
    "socket": "websocket",
    "bulk-socket": "websocket",
}


def _places() -> Mapping[Operation, set[tuple[int, str]]]:
    """Return which gateways have which operation, over which transport."""
    found: dict[Operation, set[tuple[int, str]]] = {}
    for entry, operation in REGISTRY.items():
        transports = [_TRANSPORTS[way] for way in SERVICES[entry]["transports"]]
        generations = [int(name[0]) for name in SERVICES[entry]["generations"]]
        found.setdefault(operation, set()).update(product(generations, transports))
    for group, names in _UNLISTED.items():
        for name, generations in names.items():
            found[Operation(group, name)] = {*product(generations, ("rest", "websocket"))}
    for operation in operations(BulkOps):
        found[Operation(FlowOps, operation.name)] = found[operation]
    by_definition = {_definition(operation): places for operation, places in found.items()}
    for operation in EVERY:  # under another name
        if operation not in found and _definition(operation) in by_definition:
            found[operation] = by_definition[_definition(operation)]
    return found


def _definition(operation: Operation) -> object:
    return inspect.getattr_static(operation.group, operation.name)


PLACES = _places()


def offered(generation: int, transport: str) -> set[Operation]:
    """Return the operations that a gateway has over a transport."""
    return {operation for operation, places in PLACES.items() if (generation, transport) in places}


def lacking(generation: int) -> list[Operation]:
    """Return the operations that a gateway does not have, by that name or an other one."""
    there = offered(generation, "rest") | offered(generation, "websocket")
    definitions = {_definition(operation) for operation in there}
    return [
        operation
        for operation in EVERY
        if operation.group in DOORS
        and _definition(operation) not in definitions
        and operation.name not in ("import_rows", "import_objects")  # which are the same
    ]
