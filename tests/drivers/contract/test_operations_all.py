"""Every operation has a story on every gateway and transport that has it; the others are refused.

Whoever adds an operation, and no test that calls it, hears of it here.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.contract.place import Place, home
from tests.drivers.contract.table import DOORS, EVERY, PLACES, lacking, offered
from tgproto.catalog.registry import Operation
from tgproto.types import DocumentEmbeddingsBatch, DocumentMetadata

SAMPLES: dict[str, Any] = {
    "DocumentEmbeddingsBatch": DocumentEmbeddingsBatch([]),
    "DocumentMetadata": DocumentMetadata("x", kind="text/plain"),
    "Document": b"x",
    "Mapping": {},
    "Sequence": [],
    "bytes": b"x",
    "int": 1,
    "str": "x",
}
"""What stands for an argument, by how its annotation begins."""

STREAMS = {
    "FlowOps.sparql_query_stream",
    "FlowOps.thru_stream",
    "KnowledgeOps.get_de_core",
    "LibraryOps.stream_document",
}
"""What cannot be done over REST, whoever has it."""


def stories() -> Iterator[list[pytest.Mark]]:
    """Yield what is written on each test that has a story."""
    for path in sorted(Path(__file__).parent.glob("test_operations_*.py")):
        module = importlib.import_module(f"tests.drivers.contract.{path.stem}")
        for name, test in vars(module).items():
            marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "story"]
            if name.startswith("test_") and marks:
                yield marks


def test_it_is_known_who_has_each_operation() -> None:
    """Whoever adds an operation that is no entry of `conformance/services.json` says it in the table."""
    assert sorted(map(str, EVERY)) == sorted(map(str, PLACES))


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize("transport", ["rest", "websocket"])
def test_every_operation_has_a_story(generation: int, transport: str) -> None:
    told: set[Operation] = set()
    for marks in stories():
        where = home(marks)
        if (
            where.get("generation", generation) == generation
            and where.get("transport", transport) == transport
        ):
            told.update(*(mark.args[0] for mark in marks))
    assert sorted(map(str, offered(generation, transport) - told)) == []


async def test_what_this_gateway_has_not_is_refused_before_anything_is_sent(place: Place) -> None:
    """What is for everybody, on any gateway, is the exception: nobody asks first which gateway it is."""
    await place.api.flow().list()
    await place.api.metrics().get()  # now it has been found out, over HTTP as well
    before = place.heard
    told: dict[str, str] = {}
    for operation in lacking(place.generation):
        told[str(operation)] = await outcome(place, operation)
    wanted = {str(operation): "NotOffered" for operation in lacking(place.generation)}
    if place.transport == "rest":
        wanted |= dict.fromkeys(STREAMS.intersection(told), "StreamingUnavailable")
    assert told == wanted
    assert place.heard == before


async def outcome(place: Place, operation: Operation) -> str:
    """Return the class of the error that an operation ends with."""
    try:
        await getattr(DOORS[operation.group](place.api), operation.name)(**sample(operation))
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return "a result"


def sample(operation: Operation) -> dict[str, Any]:
    """Return arguments for all parameters that need one."""
    _, *parameters = inspect.signature(getattr(operation.group, operation.name)).parameters.values()
    return {
        parameter.name: next(SAMPLES[kind] for kind in SAMPLES if parameter.annotation.startswith(kind))
        for parameter in parameters
        if parameter.default is parameter.empty
    }
