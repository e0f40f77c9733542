"""What the answer to a SPARQL query says of itself."""

from __future__ import annotations

import pytest

from tgproto.types import IRI, SparqlAnswer, Triple

TRIPLE = Triple(IRI("urn:a"), IRI("urn:b"), IRI("urn:c"))


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        (SparqlAnswer("ask", ask_result=True), True),
        (SparqlAnswer("ask", ask_result=False), False),
        (SparqlAnswer("select", ("x",)), False),
        (SparqlAnswer("select", ("x",), ({},)), True),
        (SparqlAnswer("construct"), False),
        (SparqlAnswer("construct", triples=(TRIPLE,)), True),
    ],
)
def test_truth(answer: SparqlAnswer, truth: bool) -> None:
    assert bool(answer) is truth


def test_members_by_wire_name() -> None:
    assert SparqlAnswer("ask", ask_result=True, payload=b'{"ask-result":true}')["ask-result"] is True
