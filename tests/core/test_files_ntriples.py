"""Triples as lines: they come back, and a broken line breaks nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.file_items import WRITABLE
from tgproto.files.ntriples import format_ntriple, format_turtle, read_ntriples, read_term
from tgproto.rdf import NotExpressible, format_term
from tgproto.types.bulk import Unreadable
from tgproto.types.terms import IRI, Literal, QuotedTriple, Triple


@given(st.lists(WRITABLE))
def test_every_triple_comes_back(triples: list[Triple]) -> None:
    found = list(read_ntriples([format_ntriple(triple) for triple in triples]))
    assert found == list(enumerate(triples, 1))


def test_a_broken_line_is_told_with_its_number() -> None:
    good = "<urn:s> <urn:p> <urn:o> <urn:g> .\n"
    lines = [good, "# nothing\n", "<urn:s> <urn:p>\n", '<urn:s> <urn:p> "\udcff" .\n', "oops\n", "\n", good]
    found = list(read_ntriples(lines))
    assert [number for number, _ in found] == [1, 3, 4, 5, 7]
    assert found[0].item == found[4].item == Triple("urn:s", "urn:p", "urn:o", "urn:g")
    reasons = [item.reason for _, item in found[1:4] if isinstance(item, Unreadable)]
    assert len(reasons) == 3
    assert reasons[0].startswith("column 16: expected")
    assert reasons[0].endswith("found the end of the line")
    assert reasons[2].endswith("found 'oops'")


def test_a_line_that_could_not_be_read_stays_one() -> None:
    line = "<urn:s> <urn:p> <urn:o> .\n"
    broken = Unreadable("too long")
    triple = Triple("urn:s", "urn:p", "urn:o")
    assert list(read_ntriples([line, broken, line])) == [(1, triple), (2, broken), (3, triple)]


def test_a_named_graph_is_no_n_triples() -> None:
    with pytest.raises(NotExpressible, match="write N-Quads"):
        format_ntriple(Triple("urn:s", "urn:p", "o", "urn:g"))


def test_turtle_has_no_quoted_triples() -> None:
    triple = Triple("urn:s", "urn:p", "o")
    assert format_turtle(triple) == format_ntriple(triple)
    for other in (Triple(QuotedTriple(triple), "urn:p", "o"), Triple("urn:s", "urn:p", QuotedTriple(triple))):
        with pytest.raises(NotExpressible, match="no quoted triples"):
            format_turtle(other)


@given(WRITABLE)
def test_every_term_comes_back(triple: Triple) -> None:
    assert [read_term(format_term(term)) for term in (triple.s, triple.p, triple.o)] == [
        triple.s,
        triple.p,
        triple.o,
    ]


def test_other_texts_are_judged() -> None:
    assert read_term("http://example.org/") == IRI("http://example.org/")
    assert read_term("some text") == Literal("some text")
    assert read_term('"texte"@fr') == Literal("texte", language="fr")
    assert read_term("<urn:a>") == IRI("urn:a")


@pytest.mark.parametrize("text", ["<relative>", '"open', "<urn:a> <urn:g>", "_:", "<urn:a> <urn:b>"])
def test_what_is_no_term(text: str) -> None:
    with pytest.raises(ValueError, match="is no term of N-Triples"):
        read_term(text)


def test_a_byte_order_mark_is_nothing() -> None:
    line = "\ufeff<urn:s> <urn:p> <urn:o> .\n"
    (_, first), (number, second) = read_ntriples([line, line])
    assert first == Triple("urn:s", "urn:p", IRI("urn:o"))
    assert number == 2
    assert isinstance(second, Unreadable)
