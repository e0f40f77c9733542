"""Tables: every class of a graph is one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.graph import Graph
from tgproto.gateway.model import LABEL, TYPE
from tgproto.gateway.tables import identifier, tables
from tgproto.types.terms import IRI, Literal, Triple

A, B, C, P = (IRI(f"http://e/{name}") for name in "abcp")


def test_the_demo() -> None:
    found = tables(demo_graphs().graph("default", "default"))
    assert list(found) == ["river", "town", "bridge", "bridge_engineer"]
    bridge = found["bridge"]
    assert (bridge.name, bridge.label) == ("bridge", "bridge")
    assert bridge.columns[:4] == ("name", "crosses", "built_by", "opened_in")
    assert bridge.rows[1] == {
        "name": "Old Toll Bridge",
        "crosses": "Alder",
        "built_by": None,
        "opened_in": "1641",
        "span_in_metres": None,
        "made_of": "oak",
        "replaced": None,
        "inspection": None,
    }
    assert [row["name"] for row in found["river"].rows] == ["Alder", "Merle", "Sorrel"]


def test_the_first_of_several_values_counts() -> None:
    facts = [Triple(A, P, Literal("one")), Triple(A, P, Literal("two")), Triple(A, LABEL, Literal("thing"))]
    [table] = tables(Graph([Triple(A, TYPE, C), *facts, Triple(A, TYPE, C, "http://e/g")])).values()
    assert table.rows == ({"name": "thing", "p": "one"},)


def test_without_classes_there_is_no_table() -> None:
    assert tables(Graph([Triple(A, P, B)])) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("openedIn", "opened_in"),
        ("Bridge engineer", "bridge_engineer"),
        ("9 lives", "_9_lives"),
        ("", "_"),
        ("—", "_"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert identifier(text) == name


@given(st.text())
def test_any_name_can_be_asked_for(text: str) -> None:
    assert re.fullmatch("[a-z_][a-z0-9_]*", identifier(text))
    assert identifier(identifier(text)) == identifier(text)
