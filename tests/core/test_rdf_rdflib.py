"""Terms and graphs of rdflib: there and back, unchanged or refused."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import rdflib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from tests.core.graphs import IRIS, LITERALS, TRIPLES
from tgproto.rdf import (
    NotExpressible,
    format_triples,
    from_graph,
    from_rdflib,
    parse,
    to_graph,
    to_rdflib,
)
from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, Term, TextCompletion, Triple

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
S, P, END = IRI("urn:s"), IRI("urn:p"), IRI("urn:o")
QUOTED = QuotedTriple(Triple(S, P, END))


@pytest.mark.parametrize(
    ("term", "node"),
    [
        (IRI("http://e/ä"), rdflib.URIRef("http://e/ä")),
        (BlankNode("b.1"), rdflib.BNode("b.1")),
        (BlankNode(""), rdflib.BNode("")),
        (Literal("a"), rdflib.Literal("a")),
        (Literal("a", "", ""), rdflib.Literal("a")),
        (Literal("5", f"{XSD}integer"), rdflib.Literal(5)),
        (Literal("a", f"{XSD}string"), rdflib.Literal("a", datatype=rdflib.XSD.string)),
        (Literal("salut", language="fr-CA"), rdflib.Literal("salut", lang="fr-CA")),
    ],
)
def test_terms(term: Term, node: rdflib.term.Node) -> None:
    made = to_rdflib(term)
    assert (type(made), made, repr(made)) == (type(node), node, repr(node))


def test_what_comes_back_is_exact() -> None:
    term = from_rdflib(to_rdflib(Literal(TextCompletion("1"), f"{XSD}integer")))
    assert isinstance(term, Literal)
    assert (type(term.value), type(term.datatype)) == (str, str)
    for node in (rdflib.URIRef("urn:a"), rdflib.BNode("b")):
        assert type(str(from_rdflib(node))) is str
        assert type(getattr(from_rdflib(node), "value", "")) is str


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize(
    ("text", "datatype"),
    [("01", "integer"), ("1.50", "decimal"), ("1e0", "double"), ("TRUE", "boolean"), ("ff", "hexBinary"),
     ("x", "integer"), ("2020-13-01", "date"), (" a  b ", "string"), ("9" * 5000, "integer")],
)  # fmt: skip
def test_lexical_forms_survive(
    text: str, datatype: str, normalize: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", normalize)
    literal = Literal(text, f"{XSD}{datatype}")
    node = to_rdflib(literal)
    assert str(node) == text
    assert from_rdflib(node) == literal
    (triple,) = from_graph(to_graph([Triple(S, P, literal)]))
    assert triple.o == literal


TYPES = st.sampled_from(
    [
        f"{XSD}{name}"
        for name in ("boolean", "date", "dateTime", "decimal", "double", "duration", "gYear", "time")
    ]
    + [
        f"{XSD}{name}"
        for name in ("base64Binary", "hexBinary", "token", "normalizedString", "anyURI", "byte")
    ]
    + [f"{RDF}{name}" for name in ("XMLLiteral", "HTML", "JSON", "langString")]
)
ANY = st.one_of(
    st.builds(IRI, st.text()),
    st.builds(BlankNode, st.text()),
    st.builds(Literal, st.text(), TYPES | st.text(min_size=1)),
    st.builds(Literal, st.text(), language=st.text(min_size=1) | st.sampled_from(["en", "EN-us"])),
)


@given(ANY)
@example(Literal("P" + "9" * 400 + "D", f"{XSD}duration"))
@example(Literal("a\tb", f"{XSD}normalizedString"))
@settings(max_examples=300)
def test_any_term_comes_back_unchanged_or_is_refused(term: Term) -> None:
    try:
        node = to_rdflib(term)
    except NotExpressible:
        assert isinstance(term, Literal)
        assert term.language or term.datatype in (f"{XSD}token", f"{XSD}normalizedString")
    else:
        assert from_rdflib(node) == term


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (QUOTED, "rdflib has no quoted triples"),
        (Literal("a", "urn:t", "en"), "both a datatype and a language"),
        (Literal("a", language="en us"), "rdflib refuses the literal: 'en us'"),
        (Literal("a  b", f"{XSD}token"), f"white space from literals of the type {XSD}token"),
    ],
)
def test_what_rdflib_does_not_have_is_refused(term: Term, said: str) -> None:
    with pytest.raises(NotExpressible, match=said):
        to_rdflib(term)
    with pytest.raises(NotExpressible, match=said):
        to_graph([Triple(S, P, term)])


@pytest.mark.parametrize("wrong", [None, "urn:a", rdflib.URIRef("urn:a")])
def test_what_is_no_term_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"a term must be .* not {type(wrong).__name__}"):
        to_rdflib(wrong)


@pytest.mark.parametrize("wrong", [None, "urn:a", IRI("urn:a"), rdflib.Variable("v"), rdflib.Graph()])
def test_what_is_no_node_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"a node must be .* not {type(wrong).__name__}"):
        from_rdflib(wrong)


@given(st.lists(TRIPLES, max_size=8))
@settings(max_examples=100)
def test_graphs_come_back_unchanged(triples: list[Triple]) -> None:
    graph = to_graph(triples)
    assert isinstance(graph, rdflib.Dataset) == any(triple.g for triple in triples)
    assert set(from_graph(graph)) == set(triples)


def test_a_graph_and_a_dataset() -> None:
    plain = to_graph(iter([Triple(S, P, END)]))
    assert type(plain) is rdflib.Graph
    assert len(plain) == 1
    assert type(to_graph([])) is rdflib.Graph
    triples = [Triple(S, P, END), Triple(S, P, END, "urn:g"), Triple(S, P, S, "urn:h")]
    dataset = to_graph(triples)
    assert isinstance(dataset, rdflib.Dataset)
    assert set(dataset.graph(rdflib.URIRef("urn:h"))) == {
        tuple(map(rdflib.URIRef, ("urn:s", "urn:p", "urn:s")))
    }
    assert len(dataset.graph(DATASET_DEFAULT_GRAPH_ID)) == 1


def test_the_iri_of_a_graph_is_kept() -> None:
    dataset = to_graph([Triple(S, P, END, "urn:g"), Triple(S, P, S)])
    assert isinstance(dataset, rdflib.Dataset)
    assert list(from_graph(dataset.graph(rdflib.URIRef("urn:g")))) == [Triple(S, P, END, "urn:g")]
    assert list(from_graph(dataset.graph(DATASET_DEFAULT_GRAPH_ID))) == [Triple(S, P, S)]


def test_a_dataset_that_shows_all_its_graphs_as_one() -> None:
    dataset = rdflib.Dataset(default_union=True)
    node = rdflib.URIRef("urn:s")
    dataset.graph(rdflib.URIRef("urn:g")).add((node, node, node))
    assert list(from_graph(dataset)) == [Triple(S, S, S, "urn:g")]


def test_graphs_that_cannot_be_named_are_refused() -> None:
    dataset = rdflib.Dataset()
    node = rdflib.URIRef("urn:s")
    dataset.graph(rdflib.BNode("b")).add((node, node, node))
    with pytest.raises(NotExpressible, match="named by the blank node _:b"):
        list(from_graph(dataset))


def test_nodes_that_are_no_terms_are_refused() -> None:
    graph = rdflib.Graph()
    node = rdflib.URIRef("urn:s")
    graph.add((node, node, rdflib.Variable("v")))
    with pytest.raises(TypeError, match="not Variable"):
        list(from_graph(graph))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_what_is_no_graph_is_refused() -> None:
    wrong: Any
    for wrong in (None, [], rdflib.ConjunctiveGraph()):
        with pytest.raises(TypeError, match=f"a graph must be .* not {type(wrong).__name__}"):
            from_graph(wrong)


def test_languages_that_differ_in_case_alone_are_one_to_rdflib() -> None:
    graph = to_graph([Triple(S, P, Literal("a", language=tag)) for tag in ("EN", "en")])
    assert len(graph) == 1


# rdflib takes no IRI with white space of Unicode, which the grammar allows.
TIGHT = IRIS.filter(lambda iri: not re.search(r"\s", iri.value))
FLAT = st.builds(Triple, TIGHT, TIGHT, TIGHT | LITERALS, st.just("urn:g"))


@pytest.mark.filterwarnings(
    "ignore:Dataset.(default_context|identifier|contexts) is deprecated:DeprecationWarning"
)
@given(st.lists(FLAT, max_size=5))
@settings(max_examples=60)
def test_rdflib_reads_what_we_write(triples: list[Triple]) -> None:
    dataset = rdflib.Dataset()
    kept = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        dataset.parse(data="".join(format_triples(triples)), format="nquads")
    finally:
        rdflib.NORMALIZE_LITERALS = kept
    assert set(from_graph(dataset)) == set(triples)


@pytest.mark.filterwarnings(
    "ignore:Dataset.(default_context|identifier|contexts) is deprecated:DeprecationWarning"
)
@given(st.lists(FLAT, min_size=1, max_size=5))
@settings(max_examples=60)
def test_we_read_what_rdflib_writes(triples: list[Triple]) -> None:
    graph = to_graph(triples)
    assert set(parse(graph.serialize(format="nquads"))) == set(triples)


CALLS: list[Callable[[], object]] = [
    lambda: to_rdflib(S),
    lambda: from_rdflib(rdflib.URIRef("urn:s")),
    lambda: to_graph([]),
    lambda: from_graph(rdflib.Graph()),
]


@pytest.mark.parametrize("call", CALLS)
def test_without_rdflib_the_extra_is_named(
    call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(ImportError, match=r"pip install 'tgproto\[rdf\]'"):
        call()


def test_rdflib_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, tgproto.rdf, tgproto.gateway; assert 'rdflib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
