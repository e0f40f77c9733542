"""What type checkers must see of `tgproto.rdf`. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Iterator
from typing import TextIO, assert_type

import rdflib
import rdflib.term

from tgproto.rdf import (
    build_term,
    format_term,
    format_triple,
    format_triples,
    from_graph,
    from_rdflib,
    parse,
    parse_line,
    to_graph,
    to_rdflib,
)
from tgproto.types import IRI, Term, TermLike, Triple

Node = rdflib.term.URIRef | rdflib.term.BNode | rdflib.term.Literal


def text(lines: list[str], file: TextIO) -> None:
    assert_type(parse(lines), Iterator[Triple])
    assert_type(parse(file), Iterator[Triple])
    assert_type(parse("text"), Iterator[Triple])
    assert_type(parse_line("line", 5), Triple | None)
    assert_type(format_term(IRI("urn:a")), str)
    assert_type(format_triple(Triple("urn:s", "urn:p", "o")), str)
    assert_type(format_triples(parse(file)), Iterator[str])
    file.writelines(format_triples([]))
    parse([b"line"])  # type: ignore[list-item]
    format_term("urn:a")  # type: ignore[arg-type]


def terms(either: TermLike | None, wire: dict[str, object]) -> None:
    assert_type(build_term(None), None)
    assert_type(build_term("a"), Term)
    assert_type(build_term("a", "literal", None, "en"), Term)
    assert_type(build_term(IRI("urn:a")), Term)
    assert_type(build_term(wire), Term)
    assert_type(build_term(either), Term | None)
    build_term("a", "uri")  # type: ignore[call-overload]
    build_term(5)  # type: ignore[call-overload]


def others(term: Term, graph: rdflib.Graph) -> None:
    assert_type(to_rdflib(term), Node)
    assert_type(from_rdflib(rdflib.URIRef("urn:a")), Term)
    assert_type(from_rdflib(to_rdflib(term)), Term)
    assert_type(to_graph([Triple(term, "urn:p", "o")]), rdflib.Graph | rdflib.Dataset)
    assert_type(from_graph(graph), Iterator[Triple])
    assert_type(from_graph(rdflib.Dataset()), Iterator[Triple])
    graph.add((to_rdflib(term), rdflib.RDFS.label, to_rdflib(term)))
    to_rdflib("urn:a")  # type: ignore[arg-type]
