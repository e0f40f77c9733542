"""Triples as lines: they come back, and a broken line breaks nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.file_items import WRITABLE
from tgproto.files.ntriples import format_ntriple, read_ntriples
from tgproto.rdf import NotExpressible
from tgproto.types.bulk import Unreadable
from tgproto.types.terms import Triple


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


def test_a_named_graph_is_no_n_triples() -> None:
    with pytest.raises(NotExpressible, match="write N-Quads"):
        format_ntriple(Triple("urn:s", "urn:p", "o", "urn:g"))
