"""Every operation has cases for each generation: ordinary, empty, in error; in names that gateways know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tgconformance.model import Case, Layer, StepKind, load_cases
from tgproto.catalog.registry import REGISTRY

SUITE = Path(__file__).resolve().parents[2] / "conformance"
SERVICES: dict[str, dict[str, Any]] = json.loads((SUITE / "services.json").read_bytes())
CASES = [case for case in load_cases(SUITE / "cases") if case.layer is Layer.OPERATION]
GENERATIONS = ("1.x", "2.x")
OVER_SOCKETS_OF_THEIR_OWN = {name for name, entry in SERVICES.items() if "bulk-socket" in entry["transports"]}

SAME = {
    "rows": "objects",
    "flow list-blueprints": "flow list-classes",
    "flow get-blueprint": "flow get-class",
    "flow put-blueprint": "flow put-class",
    "flow delete-blueprint": "flow delete-class",
}
"""What is called otherwise in 1.x: one operation, which needs no case of what the other generation lacks."""


def cases_of(entry: str, generation: str) -> list[Case]:
    return [
        case for case in CASES if (case.config["operation"], case.config["generation"]) == (entry, generation)
    ]


def forms(cases: list[Case]) -> set[object]:
    return {step.arguments["form"] for case in cases for step in case.steps if step.kind is StepKind.CALL}


def test_everything_that_gateways_can_be_asked_has_an_operation() -> None:
    assert REGISTRY.keys() == SERVICES.keys()


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("entry", sorted(SERVICES.keys() - OVER_SOCKETS_OF_THEIR_OWN))
def test_every_operation_has_cases(entry: str, generation: str) -> None:
    seen = forms(cases_of(entry, generation))
    if generation in SERVICES[entry]["generations"]:
        assert {"ordinary", "empty", "error"} <= seen
    elif entry not in SAME and entry not in SAME.values():
        assert seen == {"not-offered"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_transports(case: Case) -> None:
    """Cases are played over every transport that the operation has."""
    entry = SERVICES[str(case.config["operation"])]
    assert case.config.get("transports", ["rest", "socket"]) == entry["transports"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_a_gateway_lacks_is_named(case: Case) -> None:
    """The operation that was asked for, and not another one that it begins with."""
    entry = str(case.config["operation"]).partition("{")[0]
    for step in case.steps:
        said = step.value.get("message", "") if isinstance(step.value, dict) else ""
        if step.kind is StepKind.RAISES and " does not have it" in str(said):
            assert str(said).startswith(entry), step


NOT_OF_SERVICES = {"operation", "workspace"}
"""Members that requests have for the gateway itself."""

OWNER = {"user"}
"""Gateways before 2.4.0 are told whose it is with every request, also where the description says so."""


def known(request: dict[str, Any], generation: str) -> tuple[set[str], set[str]]:
    """Return the members that a request may have, and those that it must have; by what is written down."""
    service, operation = request["service"], request["request"].get("operation")
    entry = (
        SERVICES.get(f"{service} {operation}")
        or SERVICES["thru/{name}" if service.startswith("thru/") else service]
    )
    members = {
        name: member for name, member in entry["request"].items() if generation in member["generations"]
    }
    return set(members), {
        name for name, member in members.items() if member["required"] and "optional_since" not in member
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_requests_have_the_members_that_gateways_know(case: Case) -> None:
    for step in case.steps:
        if step.kind is StepKind.OUT and isinstance(step.value, dict) and "service" in step.value:
            if str(step.value["service"]).startswith("thru/"):
                continue  # whatever its caller gives
            request: Any = step.value
            may, must = known(request, str(case.config["generation"]))
            sent = request["request"].keys() - NOT_OF_SERVICES
            assert sent <= may | OWNER, f"{step}: {sent - may - OWNER}"
            assert must - NOT_OF_SERVICES <= sent, f"{step}: {must - sent}"
