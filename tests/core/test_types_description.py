"""Descriptions: what triples say about one thing, in the forms in which clients have triples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.graphs import IRIS, STARRED
from tgproto.types import IRI, Literal, QuotedTriple, Triple
from tgproto.types.description import (
    RDF_TYPE,
    Description,
    as_triple,
    chosen,
    count,
    number,
    text,
    texts,
)

X, P, Q = "urn:x", "urn:p", "urn:q"
SAID = Description(
    X,
    [
        Triple(X, P, "a"),
        Triple("urn:y", P, "of another"),
        Triple(X, Q, "urn:z"),
        Triple(X, P, Literal("b", language="en")),
        Triple(X, RDF_TYPE, "urn:T"),
    ],
)


def test_what_is_said_about_a_thing() -> None:
    assert (SAID.uri, SAID.types) == (X, ("urn:T",))
    assert [str(triple.o) for triple in SAID.triples] == ["a", "urn:z", "b", "urn:T"]
    assert SAID.terms(P) == [Literal("a"), Literal("b", language="en")]
    assert (SAID.texts(P), SAID.text(P)) == (("a", "b"), "a")
    assert (SAID.texts("urn:none"), SAID.text("urn:none")) == ((), "")
    assert SAID.about("urn:y") == [Triple("urn:y", P, "of another")]
    assert SAID.about("urn:none") == ()


def test_types_may_be_given() -> None:
    assert Description(X, SAID.triples, ["urn:U"]).types == ("urn:U",)


@given(st.lists(STARRED), IRIS)
def test_every_triple_is_said_about_its_subject(triples: list[Triple], other: IRI) -> None:
    subjects = {str(triple.s) for triple in triples} | {str(other)}
    about = [triple for subject in subjects for triple in Description(subject, triples).triples]
    assert sorted(map(repr, about)) == sorted(map(repr, triples))


def test_members() -> None:
    assert (text(P)(SAID), texts(P)(SAID), count(P)(SAID)) == ("a", ("a", "b"), 0)
    assert count(P)(Description(X, [Triple(X, P, Literal("12"))])) == 12
    words = {"urn:S": "s", "urn:T": "t"}
    assert (chosen(words, "-")(SAID), chosen({}, "-")(SAID)) == ("t", "-")
    assert (number(float, "0.5", None), number(float, "half", None), number(int, "", 7)) == (0.5, None, 7)


def test_triples_of_older_clients() -> None:
    triple = Triple(X, P, "urn:z")
    assert as_triple(triple) is triple
    assert as_triple((X, P, "urn:z")) == triple
    assert as_triple((X, P, "some text")).o == Literal("some text")
    assert as_triple((X, P, {"s": X, "p": P})).o == QuotedTriple(Triple(X, P, ""))


@pytest.mark.parametrize(("wrong", "kind"), [((X, P), ValueError), ((X, P, 5), TypeError), (5, TypeError)])
def test_what_is_no_triple(wrong: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        as_triple(wrong)
