"""What a template makes of a flow, and what is said where it makes nothing of one."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tgproto.gateway.plans import Plan, PlanError


def plan(**members: object) -> Plan:
    return Plan(json.dumps(members), 99)


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(PlanError) as refused:
        read()
    return str(refused.value)


def test_what_is_no_json() -> None:
    assert refusal(lambda: Plan("{", 99)).startswith("Expecting property name")
    assert refusal(lambda: Plan(None, 99)) == "the JSON object must be str, bytes or bytearray, not NoneType"
    assert "recursion" in refusal(lambda: Plan("[" * 100_000, 99))


def test_sections() -> None:
    plan(a={"x:y": 5, "x:y:z": None}, b={}).check("a", "b")
    assert refusal(lambda: plan(a={}).check("a", "b")) == "'b'"
    assert refusal(lambda: plan(a=[]).check("a")) == "'list' object has no attribute 'items'"
    assert refusal(lambda: plan(a={"x": {}}).check("a")) == "not enough values to unpack (expected 2, got 1)"


def test_parameters() -> None:
    given = {"x": "1", "a": "2"}
    assert plan().parameters(given) == given
    known = {"b": {"controlled-by": "a"}, "a": {}, "c": {"controlled-by": "nope"}, "d": {"type": "t"}}
    found = plan(parameters=known).parameters(given)
    assert list(found.items()) == [("a", "2"), ("b", "2"), ("x", "1")]
    assert plan(parameters=known).parameters({"b": "3"}) == {"b": "3"}
    assert refusal(lambda: plan(parameters=[]).parameters({})) == "'list' object has no attribute 'items'"
    assert refusal(lambda: plan(parameters={"a": 5}).parameters({})) == "'int' object has no attribute 'get'"


def test_interfaces() -> None:
    assert plan().interfaces({}) == {}
    listed = {"a": {"request": "q:{id}", "response": "{id}{id}"}, "b": "{nope}{x}", "c": {}}
    assert plan(interfaces=listed).interfaces({"id": "{x}", "x": "1"}) == {
        "a": {"request": "q:1", "response": "11"},
        "b": "{nope}1",
        "c": {},
    }
    assert refusal(lambda: plan(interfaces={"a": 5}).interfaces({})) == (
        "'int' object has no attribute 'items'"
    )
    assert refusal(lambda: plan(interfaces={"a": {"b": 5}}).interfaces({"id": "x"})) == (
        "'int' object has no attribute 'replace'"
    )


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ({"a": "{b}" * 20}, {"b": "x" * 5}),
        ({"a": "{b}"}, {"b": "{c}" * 30, "c": "{d}" * 30, "d": "{e}" * 30}),
        ({"a": "{b}", "c": {"d": "{b}"}}, {"b": "x" * 50}),
    ],
)
def test_there_is_an_end_to_it(listed: dict[str, object], names: dict[str, str]) -> None:
    assert "more room" in refusal(lambda: plan(interfaces=listed).interfaces(names))
    assert plan(interfaces={"a": "{b}"}).interfaces({"b": "x" * 96})
