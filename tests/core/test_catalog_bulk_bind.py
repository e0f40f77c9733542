"""Imports and exports in the colour of their scope."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.core.bulk_carriers import BulkAwaited, BulkCarried, said
from tests.core.carriers import drive
from tgproto.bulk.requests import Report
from tgproto.catalog.bulk_plans import ExportPlan, ImportPlan
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk, BulkCalls, BulkOps
from tgproto.catalog.bulk_streams import AsyncExport, Export
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.dialect import GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.session.events import Completed
from tgproto.types.bulk import ImportResult
from tgproto.types.terms import Triple

SCRIPT = said(Report(dialect=GENERATION_2)), said(Report(sent=3, confirmed=3), outcome=Completed())


def test_as_data() -> None:
    plan = BulkCalls().import_triples("f", [])
    assert isinstance(plan, ImportPlan)
    assert isinstance(BulkCalls().export_triples("f"), ExportPlan)
    unbound: Any = BulkOps.import_triples
    assert unbound(BulkCalls(), "f", []) == plan


def test_blocking() -> None:
    carrier = BulkCarried(*SCRIPT)
    runner = BlockingRunner(lambda: carrier, streams=True, bulk=lambda: carrier)
    bulk = Bulk(runner)
    assert bulk.import_triples("f", []).confirmed == 3
    export = bulk.export_triples("f")
    assert isinstance(export, Export)
    export.close()


def test_awaited() -> None:
    carrier = BulkAwaited(*SCRIPT)
    runner = AwaitedRunner(lambda: carrier, streams=True, bulk=lambda: carrier)
    bulk = AsyncBulk(runner)
    assert drive(bulk.import_triples("f", [])).confirmed == 3
    assert isinstance(bulk.export_triples("f"), AsyncExport)


class Other:
    """A runner without sockets."""

    def call(self, call: Any, options: Any) -> Any: ...

    def open(self, call: Any, options: Any) -> Any: ...


@pytest.mark.parametrize("scope", [Bulk(Other()), AsyncBulk(Other())])
def test_there_may_be_no_sockets(scope: Any) -> None:
    for method in (scope.import_triples, scope.export_triples):
        with pytest.raises(LocalProtocolError, match=r"use api\.bulk\(\)"):
            method("f", []) if method == scope.import_triples else method("f")


def test_signatures() -> None:
    for scope, imported, exported in (
        (BulkCalls, ImportPlan, ExportPlan[Triple]),
        (Bulk, ImportResult, Export[Triple]),
        (AsyncBulk, ImportResult, AsyncExport[Triple]),
    ):
        importing = inspect.signature(scope.import_triples)
        assert list(importing.parameters)[1:5] == ["flow", "triples", "metadata", "batch_size"]
        assert importing.return_annotation in (imported, imported.__name__)
        assert inspect.signature(scope.export_triples).return_annotation in (exported, "ExportPlan[Triple]")
