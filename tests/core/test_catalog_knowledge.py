"""Knowledge cores as a whole: every entry, in every colour."""

from __future__ import annotations

import inspect

import pytest

from tests.core.catalogue import operations
from tgproto.catalog import REGISTRY, AsyncKnowledge, Knowledge, KnowledgeCalls, KnowledgeOps

OPERATIONS = operations(KnowledgeOps)
UPSTREAM = {
    "list_kg_cores": [],
    "delete_kg_core": ["id"],
    "load_kg_core": ["id", "flow", "collection"],
    "unload_kg_core": ["id", "flow"],
    "list_de_cores": [],
    "delete_de_core": ["id"],
    "load_de_core": ["id", "flow", "collection"],
}


def test_every_entry_is_performed() -> None:
    entries = [entry for entry in REGISTRY if entry.startswith("knowledge ")]
    assert len(entries) == 11
    assert {REGISTRY[entry].name for entry in entries} <= set(OPERATIONS)


@pytest.mark.parametrize("name", UPSTREAM)
def test_parameters_are_in_the_order_that_callers_know(name: str) -> None:
    parameters = inspect.signature(getattr(Knowledge, name)).parameters.values()
    positional = [
        parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional[1:] == UPSTREAM[name]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_colour_has_the_same_parameters(name: str) -> None:
    shown = [
        list(inspect.signature(getattr(kind, name)).parameters.values())
        for kind in (KnowledgeCalls, Knowledge, AsyncKnowledge)
    ]
    assert shown[0] == shown[1] == shown[2]
    assert inspect.getdoc(getattr(Knowledge, name))
