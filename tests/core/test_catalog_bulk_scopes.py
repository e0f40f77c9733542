"""Bulk import and export for any flow, and as methods of one."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import pytest

from tests.core.test_catalog_bulk_exports import EXPORTS
from tests.core.test_catalog_bulk_imports import IMPORTS
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk, BulkCalls, FlowBulkOps
from tgproto.catalog.scopes import PureScope

NAMES = [*IMPORTS, *EXPORTS]


@dataclass(frozen=True)
class Flow(PureScope, FlowBulkOps):
    """A flow, as the catalogue makes it."""


@pytest.mark.parametrize("name", NAMES)
def test_they_are_the_same_for_a_flow(name: str) -> None:
    arguments = [[1]] if name in IMPORTS else []
    bound: Any = getattr(Flow("f").with_options(workspace="w"), name)
    general: Any = getattr(BulkCalls().with_options(workspace="w"), name)
    assert bound(*arguments) == general("f", *arguments)
    shown = [one for one in inspect.signature(general).parameters if one != "flow"]
    assert list(inspect.signature(bound).parameters) == shown
    assert "flow: Id of the flow" not in (inspect.getdoc(bound) or "")
    assert "flow: Id of the flow" in (inspect.getdoc(general) or "")


@pytest.mark.parametrize("name", NAMES)
def test_they_are_the_same_in_all_colours(name: str) -> None:
    signatures = [inspect.signature(getattr(scope, name)) for scope in (BulkCalls, Bulk, AsyncBulk)]
    assert signatures[0].parameters == signatures[1].parameters == signatures[2].parameters


def test_too_many_arguments() -> None:
    flow: Any = Flow("f")
    with pytest.raises(TypeError, match="pass them by keyword: triples, metadata, batch_size, collection"):
        flow.import_triples([], None, 1, "c")
