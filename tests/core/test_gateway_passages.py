"""Passages: one about each thing in each of its documents."""

from __future__ import annotations

from tgproto.gateway.demo import NAMESPACE, demo_graphs
from tgproto.gateway.graph import Graph
from tgproto.gateway.passages import passages


def test_what_documents_say() -> None:
    found = passages(demo_graphs().graph("default", "default"))
    survey = f"{NAMESPACE}doc/survey/chunk/"
    assert [name for name in found if name.startswith(survey)] == [f"{survey}{n}" for n in range(1, 7)]
    assert (
        found[f"{survey}3"]
        == "Sorrel is a river. Sorrel flows into Merle. Sorrel is this many kilometres long: 23."
    )


def test_no_documents() -> None:
    assert passages(Graph()) == {}
