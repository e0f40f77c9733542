"""`build_term`: what is guessed, what is forced, what is read, and what is refused."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.graphs import TERMS
from tgproto.dialect import TermCodec
from tgproto.rdf import build_term
from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, Term, TextCompletion, Triple, as_term
from tgproto.types.terms import encode_term

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def test_nothing_stays_nothing() -> None:
    assert build_term(None) is None
    assert build_term(None, "iri") is None


@given(
    st.text() | st.sampled_from(["http://e/a", "urn:a", "<mailto:a@e>", "http://e/a b", "<b>", "mailto:a@e"])
)
def test_as_term_judges_strings(text: str) -> None:
    assert build_term(text) == as_term(text)
    assert build_term(text, "literal") == Literal(text)
    if text:
        term = build_term(text, "iri")
        assert term == (as_term(text) if isinstance(as_term(text), IRI) else IRI(text))


@pytest.mark.parametrize(
    ("given", "term"),
    [
        (("1", None, INTEGER), Literal("1", INTEGER)),
        (("1", None, INTEGER, ""), Literal("1", INTEGER)),
        (("salut", None, None, "fr"), Literal("salut", None, "fr")),
        (("salut", "literal", "", "fr"), Literal("salut", None, "fr")),
        (("http://e/a", "literal", "urn:t"), Literal("http://e/a", "urn:t")),
        (("<mailto:a@e>", "iri"), IRI("mailto:a@e")),
        (("mailto:a@e", "iri"), IRI("mailto:a@e")),
        (("http://e/a b", "iri"), IRI("http://e/a b")),
    ],
)
def test_what_is_said_of_a_string(given: tuple[Any, ...], term: Term) -> None:
    assert build_term(*given) == term


def test_strings_of_subclasses_become_exact() -> None:
    for kind in (None, "iri", "literal"):
        assert type(build_term(TextCompletion("text"), kind).value) is str  # type: ignore[arg-type,union-attr]
    literal = build_term("a", datatype=TextCompletion("urn:t"))
    assert isinstance(literal, Literal)
    assert type(literal.datatype) is str


@given(TERMS)
def test_terms_and_what_2x_writes_of_them(term: Term) -> None:
    assert build_term(term) is term
    wire = encode_term(term, TermCodec.TERM)
    assert build_term(wire) == term
    assert build_term(MappingProxyType(wire)) == term


@pytest.mark.parametrize(
    ("wire", "term"),
    [
        ({"v": "http://e/a", "e": True}, IRI("http://e/a")),
        ({"v": "http://e/a", "e": False}, Literal("http://e/a")),
        ({"t": "l", "v": ""}, Literal("")),
        ({"t": "l", "v": "a", "dt": "urn:t", "ln": "en"}, Literal("a", "urn:t", "en")),
        (
            {
                "t": "t",
                "tr": {
                    "s": {"t": "b", "d": "s"},
                    "p": {"t": "i", "i": "urn:p"},
                    "o": {"t": "l", "v": "o"},
                    "g": "urn:g",
                },
            },
            QuotedTriple(Triple(BlankNode("s"), "urn:p", "o", "urn:g")),
        ),
    ],
)
def test_what_gateways_write(wire: dict[str, object], term: Term) -> None:
    assert build_term(wire) == term


CYCLE: dict[str, Any] = {"t": "t", "tr": {"p": {"t": "i", "i": "urn:p"}, "o": {"t": "l", "v": "o"}}}
CYCLE["tr"]["s"] = CYCLE


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        ({}, "a member is missing"),
        ({"v": "a"}, "a member is missing, empty, or unknown among 'v'"),
        ({"e": True}, "a member is missing"),
        ({"t": "i"}, "a member is missing"),
        ({"t": "i", "v": "urn:a"}, "unknown among 't', 'v'"),
        ({"t": "l", "v": "a", "d": "urn:t"}, "unknown among 't', 'v', 'd'"),
        ({"t": "l", "v": "a", "dt": ""}, "empty"),
        ({"t": "l", "v": "a", "e": False}, "unknown among 't', 'v', 'e'"),
        ({"v": "a", "e": False, "dt": "urn:t"}, "unknown among 'v', 'e', 'dt'"),
        ({"t": "t"}, "a member is missing"),
        ({"t": "t", "tr": {"s": {"t": "i", "i": "urn:s"}}}, "a member is missing"),
        ({"type": "uri", "value": "urn:a"}, "unknown among 'type', 'value'"),
        ({"t": "x"}, r"\$\.t"),
        ({"v": "a", "e": 1}, r"\$\.e"),
        ({"t": "l", "v": 5}, r"\$\.v"),
        ({1: 2}, r"`key` in `\$`"),
        ({"t": "b", "d": "b", "e": True}, "blank|unknown"),
        ({"t": "l", "v": "a", "dt": "urn:t", "e": False}, "datatype"),
        (CYCLE, "nested too deeply"),
    ],
)
def test_what_no_gateway_writes_is_refused(wire: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=f"^value is .*{said}"):
        build_term(wire)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("a", None, INTEGER, "en"), "datatype and language exclude each other"),
        (("http://e/a", None, INTEGER), "'http://e/a' is an IRI: .* term_type='literal'"),
        (("<urn:a>", None, None, "en"), "is an IRI"),
        (("a", "iri", INTEGER), "'a' is an IRI"),
        (("", "iri"), "value is empty"),
        (("a", "uri"), "term_type must be 'iri', 'literal' or None, not 'uri'"),
        ((IRI("urn:a"), "iri"), "this value is a term already"),
        ((Literal("a"), None, None, "en"), "this value is a term already"),
        (({"t": "l", "v": "a"}, None, INTEGER), "this value is a term already"),
    ],
)
def test_what_contradicts_itself_is_refused(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build_term(*given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((5,), "a term must be .* not int"),
        ((b"urn:a",), "a term must be .* not bytes"),
        (([],), "a term must be .* not list"),
        (("a", None, 5), "datatype must be a str or None, not int"),
        (("a", None, None, b""), "language must be a str or None, not bytes"),
    ],
)
def test_other_types_are_refused(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        build_term(*given)
