"""Terms and triples in both formats: strict out, tolerant in."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.dialect import TermCodec
from tgproto.errors import LocalProtocolError
from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, Term, TextCompletion, Triple, as_term
from tgproto.types.terms import (
    GraphName,
    WireTerm,
    WireTriple,
    encode_graph,
    encode_term,
    encode_triple,
)

TYPED = Literal("1", datatype="http://www.w3.org/2001/XMLSchema#integer")
FRENCH = Literal("Bonjour", language="fr")
QUOTED = QuotedTriple(Triple("urn:s", "urn:p", "o"))

IN_TERM_FORMAT: list[tuple[Term, dict[str, object]]] = [
    (IRI("http://x/a"), {"t": "i", "i": "http://x/a"}),
    (Literal("text"), {"t": "l", "v": "text"}),
    (TYPED, {"t": "l", "v": "1", "dt": "http://www.w3.org/2001/XMLSchema#integer"}),
    (FRENCH, {"t": "l", "v": "Bonjour", "ln": "fr"}),
    (BlankNode("b0"), {"t": "b", "d": "b0"}),
    (
        QUOTED,
        {
            "t": "t",
            "tr": {
                "s": {"t": "i", "i": "urn:s"},
                "p": {"t": "i", "i": "urn:p"},
                "o": {"t": "l", "v": "o"},
            },
        },
    ),
]
IN_VALUE_FORMAT: list[tuple[Term, dict[str, object]]] = [
    (IRI("http://x/a"), {"v": "http://x/a", "e": True}),
    (Literal("text"), {"v": "text", "e": False}),
    (Literal("text", "", ""), {"v": "text", "e": False}),
]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("http://example.org/a", IRI("http://example.org/a")),
        ("HTTPS://example.org/ä?x=1#y", IRI("HTTPS://example.org/ä?x=1#y")),
        ("urn:isbn:1", IRI("urn:isbn:1")),
        ("<mailto:a@example.org>", IRI("mailto:a@example.org")),
        ("<http://example.org/>", IRI("http://example.org/")),
        ("http://example.org is down", Literal("http://example.org is down")),
        ("http://", Literal("http://")),
        ("urn:a\n", Literal("urn:a\n")),
        ("urn:\x00a", Literal("urn:\x00a")),
        ("<urn:\x1ba>", Literal("<urn:\x1ba>")),
        ("http://example.org/\ud800", Literal("http://example.org/\ud800")),
        ("mailto:a@example.org", Literal("mailto:a@example.org")),
        ("<b>bold</b>", Literal("<b>bold</b>")),
        ("<b>", Literal("<b>")),
        ("text", Literal("text")),
        ("", Literal("")),
    ],
)
def test_strings_become_terms_in_one_way(text: str, term: Term) -> None:
    assert as_term(text) == term
    assert Triple(text, text, text) == Triple(term, term, term)


def test_terms_stay_what_they_are() -> None:
    for term in (IRI("x"), Literal("http://example.org/"), BlankNode("b"), QUOTED):
        assert as_term(term) is term


def test_strings_of_subclasses_become_exact() -> None:
    for text in ("urn:a", "<urn:a>", "plain"):
        assert type(as_term(TextCompletion(text)).value) is str  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", [None, 5, b"urn:a", ("urn:a",)])
def test_other_types_are_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        as_term(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Triple("urn:s", wrong, "o")  # type: ignore[arg-type]


def test_terms_print_as_text() -> None:
    assert [str(term) for term in (IRI("urn:a"), TYPED, BlankNode("b"), QUOTED)] == [
        "urn:a",
        "1",
        "_:b",
        "<< urn:s urn:p o >>",
    ]


def test_triples_are_values() -> None:
    triple = Triple("urn:s", "urn:p", TYPED, "urn:g")
    assert len({triple, copy.copy(triple), pickle.loads(pickle.dumps(triple))}) == 1
    assert dataclasses.replace(triple, o="o") == Triple("urn:s", "urn:p", "o", g="urn:g")  # type: ignore[arg-type]
    assert {Literal("a"), Literal("a", language="en"), IRI("a"), BlankNode("a")} != {Literal("a")}
    with pytest.raises(dataclasses.FrozenInstanceError):
        triple.g = ""  # type: ignore[misc]


@pytest.mark.parametrize(("term", "wire"), IN_TERM_FORMAT)
def test_the_2x_format(term: Term, wire: dict[str, object]) -> None:
    assert encode_term(term, TermCodec.TERM) == wire
    assert msgspec.convert(wire, WireTerm).term() == term


@pytest.mark.parametrize(("term", "wire"), IN_VALUE_FORMAT)
def test_the_1x_format(term: Term, wire: dict[str, object]) -> None:
    assert encode_term(term, TermCodec.VALUE) == wire
    assert str(msgspec.convert(wire, WireTerm).term()) == str(term)


@pytest.mark.parametrize(
    ("term", "said"),
    [(TYPED, "datatype"), (FRENCH, "language"), (BlankNode("b"), "blank node"), (QUOTED, "quoted triple")],
)
def test_what_1x_cannot_express_is_refused(term: Term, said: str) -> None:
    with pytest.raises(LocalProtocolError, match=said):
        encode_term(term, TermCodec.VALUE)
    with pytest.raises(LocalProtocolError, match=said):
        encode_triple(Triple("urn:s", "urn:p", term), TermCodec.VALUE)


def test_triples_with_and_without_a_graph() -> None:
    plain = Triple("urn:s", "urn:p", "o")
    wire = {"s": {"t": "i", "i": "urn:s"}, "p": {"t": "i", "i": "urn:p"}, "o": {"t": "l", "v": "o"}}
    assert encode_triple(plain, TermCodec.TERM) == wire
    assert encode_triple(Triple("urn:s", "urn:p", "o", "urn:g"), TermCodec.TERM) == {**wire, "g": "urn:g"}
    assert encode_triple(plain, TermCodec.VALUE) == {
        "s": {"v": "urn:s", "e": True},
        "p": {"v": "urn:p", "e": True},
        "o": {"v": "o", "e": False},
    }
    with pytest.raises(LocalProtocolError, match="named graph"):
        encode_triple(Triple("urn:s", "urn:p", "o", "urn:g"), TermCodec.VALUE)


def test_graph_names() -> None:
    assert encode_graph("urn:g", TermCodec.TERM) == "urn:g"
    assert encode_graph("", TermCodec.TERM) == ""
    assert encode_graph("", TermCodec.VALUE) is None
    assert GraphName("").iri == ""
    assert GraphName("urn:g").iri == "urn:g"
    for wrong in ("*", "trustgraph"):
        with pytest.raises(ValueError, match="IRI of a graph"):
            GraphName(wrong)


@pytest.mark.parametrize(
    ("wire", "term"),
    [
        ({}, Literal("")),
        ({"t": ""}, Literal("")),
        ({"t": None}, Literal("")),
        ({"v": "no kind"}, Literal("no kind")),
        ({"e": True}, IRI("")),
        ({"t": "i"}, IRI("")),
        ({"t": "b"}, BlankNode("")),
        ({"t": "l", "v": None, "dt": "", "ln": ""}, Literal("")),
        ({"t": "t"}, QuotedTriple(Triple("", "", ""))),
    ],
)
def test_incomplete_terms_are_read_as_empty(wire: dict[str, object], term: Term) -> None:
    assert msgspec.convert(wire, WireTerm).term() == term


def test_a_triple_with_missing_positions() -> None:
    assert msgspec.convert({"p": {"t": "i", "i": "urn:p"}}, WireTriple).triple() == Triple("", "urn:p", "")
    assert msgspec.convert({"g": "urn:g"}, WireTriple).triple() == Triple("", "", "", "urn:g")


def test_an_unknown_kind_is_no_term() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.t"):
        msgspec.convert({"t": "x"}, WireTerm)


TEXTS = st.text(max_size=8)
TERMS = st.recursive(
    st.builds(IRI, TEXTS)
    | st.builds(BlankNode, TEXTS)
    | st.builds(Literal, TEXTS, st.none() | TEXTS.filter(bool), st.none() | TEXTS.filter(bool)),
    lambda inner: st.builds(QuotedTriple, st.builds(Triple, inner, inner, inner, TEXTS)),
    max_leaves=6,
)


@given(st.builds(Triple, TERMS, TERMS, TERMS, TEXTS))
@settings(max_examples=100)
def test_2x_carries_every_triple_there_and_back(triple: Triple) -> None:
    wire = msgspec.json.encode(encode_triple(triple, TermCodec.TERM))
    assert msgspec.json.decode(wire, type=WireTriple).triple() == triple


@pytest.mark.parametrize(
    ("literal", "said"),
    [
        (Literal("5", datatype=IRI("urn:int")), "the datatype of a literal must be a str, not IRI"),  # type: ignore[arg-type]
        (Literal("5", language=5), "the language of a literal must be a str, not int"),  # type: ignore[arg-type]
        (Literal(5), "the value of a literal must be a str, not int"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_with_a_literal_is_told(literal: Literal, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        encode_term(literal, TermCodec.TERM)
