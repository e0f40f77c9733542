"""Queries for questions."""

from __future__ import annotations

import pytest

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.graph import Graph
from tgproto.gateway.graphql import execute
from tgproto.gateway.nlp import GUESSED, LOST, SURE, Translation, translate
from tgproto.gateway.tables import tables

DEMO = demo_graphs().graph("default", "default")


@pytest.mark.parametrize(
    ("question", "schemas", "confidence"),
    [
        ("Which TOWN is it?", ("town",), SURE),
        ("Which towns and rivers are there?", ("river", "town"), SURE),
        ("How long is the Alder?", ("river",), GUESSED),
        ("Who built Kestrel Bridge over the Merle?", ("bridge",), SURE),
        ("Ines Marlow, Adaeze Quill and Sorrel", ("bridge_engineer", "river"), GUESSED),
        ("Where?", (), LOST),
        ("", (), LOST),
    ],
)
def test_what_a_question_is_about(question: str, schemas: tuple[str, ...], confidence: float) -> None:
    found = translate(question, DEMO, 100)
    assert (found.schemas, found.confidence) == (schemas, confidence)
    if schemas:
        result = execute(found.query, tables(DEMO))
        assert not result.errors
        assert result.data is not None
        assert tuple(result.data) == schemas
    else:
        assert found.query == ""


def test_how_many_rows_are_asked_for() -> None:
    assert translate("towns", DEMO, 2).query == "{ town(limit: 2) { name } }"
    assert "limit: 999999999)" in translate("towns", DEMO, 10**30).query
    assert translate("towns", Graph(), 2) == Translation("", (), LOST)
