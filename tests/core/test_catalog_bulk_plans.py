"""The arguments of imports and exports."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.bulk.requests import Confirm
from tgproto.catalog import CallOptions
from tgproto.catalog.bulk_plans import ExportPlan, ImportPlan, ImportSettings, export_plan, import_plan
from tgproto.types.bulk import BulkMetadata

GOOD: dict[str, Any] = {
    "metadata": None,
    "collection": None,
    "user": None,
    "batch_size": 100,
    "batch_bytes": 1000,
    "confirm": "ping",
    "resume": True,
    "on_invalid": "raise",
    "on_progress": None,
    "on_offset": None,
    "connections": 1,
}


def planned(
    source: Any = (), flow: Any = "f", options: CallOptions | None = None, **given: Any
) -> ImportPlan:
    settings = ImportSettings(**GOOD | given)
    return import_plan("triples", flow, "triples", source, settings, options or CallOptions())


def exported(flow: Any = "f", **given: Any) -> ExportPlan[Any]:
    left_out: dict[str, Any] = dict.fromkeys(
        ("limit", "idle_timeout", "until", "on_open", "on_gap", "workspace")
    )
    return export_plan("triples", flow, **left_out | given)


def test_an_import() -> None:
    options = CallOptions(workspace="w", on_ignored=print)
    plan = planned([1], options=options, confirm="close", on_progress=print, on_invalid=print, connections=4)
    opening = plan.opening
    assert (opening.kind, opening.flow, opening.workspace) == ("triples", "f", "w")
    assert (opening.confirm, opening.resume, opening.connections) == (Confirm.CLOSE, True, 4)
    assert (plan.source, plan.batch_size, plan.batch_bytes) == ([1], 100, 1000)
    assert plan.on_progress is plan.on_invalid is plan.on_ignored is print
    assert planned(confirm=None).opening.confirm is Confirm.NOTHING


def test_metadata() -> None:
    assert planned().metadata == BulkMetadata()
    given = BulkMetadata("d", "r", "c", "u")
    assert planned(metadata=given).metadata is given
    wire = {"id": "d", "metadata": [], "user": "u", "collection": "c"}
    assert planned(metadata=wire).metadata == BulkMetadata("d", "", "c", "u", [])
    assert planned(metadata=wire, collection="d", user="v").metadata == BulkMetadata("d", "", "d", "v", [])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"source": "text"}, TypeError, "triples must be an iterable of items, not str"),
        ({"source": {"s": 1}}, TypeError, "not dict"),
        ({"source": 5}, TypeError, "not int"),
        ({"flow": ""}, ValueError, "flow"),
        ({"flow": 5}, TypeError, "flow"),
        ({"metadata": 5}, TypeError, "metadata"),
        ({"metadata": {"ids": "d"}}, ValueError, "metadata can have .*, not ids"),
        ({"metadata": {"id": 5}}, TypeError, "metadata\\['id'\\]"),
        ({"metadata": {"user": 5}}, TypeError, "metadata\\['user'\\]"),
        ({"collection": 5}, TypeError, "collection"),
        ({"user": 5}, TypeError, "user"),
        ({"batch_size": 0}, ValueError, "batch_size must be above 0"),
        ({"batch_size": 1.5}, TypeError, "batch_size"),
        ({"batch_bytes": -1}, ValueError, "batch_bytes"),
        ({"confirm": "pong"}, ValueError, "confirm must be"),
        ({"resume": "no"}, TypeError, "resume"),
        ({"on_invalid": "ignore"}, ValueError, "on_invalid must be"),
        ({"on_progress": "bar"}, TypeError, "on_progress must be a function"),
        ({"on_offset": 5}, TypeError, "on_offset must be a function"),
        ({"connections": 0}, ValueError, "connections must be from 1 to 64"),
        ({"connections": 65}, ValueError, "connections must be from 1 to 64"),
        ({"connections": -1}, ValueError, "connections must not be negative"),
        ({"connections": True}, TypeError, "connections must be an int"),
        ({"connections": 2.0}, TypeError, "connections must be an int"),
    ],
)
def test_imports_that_cannot_be(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        planned(**given)


def test_an_export() -> None:
    plan = exported(limit=3, idle_timeout=1.0, until=bool, on_open=print, on_gap=print, workspace="w")
    opening = plan.opening
    assert (opening.flow, opening.workspace, opening.idle_timeout, opening.resume) == ("f", "w", 1.0, True)
    assert (plan.limit, plan.until, plan.on_open, plan.on_gap) == (3, bool, print, print)
    assert not exported().opening.resume


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"flow": ""}, ValueError),
        ({"limit": 0}, ValueError),
        ({"limit": "all"}, TypeError),
        ({"idle_timeout": 0.0}, ValueError),
        ({"idle_timeout": float("nan")}, ValueError),
        ({"until": 5}, TypeError),
        ({"on_open": 5}, TypeError),
        ({"on_gap": "skip"}, TypeError),
    ],
)
def test_exports_that_cannot_be(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(given))):
        exported(**given)
