"""RDF both ways: graphs as text, as graphs of rdflib, and terms from what callers have at hand."""

from tgproto.rdf.build import TermType, WireDict, build_term
from tgproto.rdf.errors import NotExpressible, NTriplesError
from tgproto.rdf.ntriples import MAX_DEPTH, format_term, format_triple, format_triples, parse, parse_line
from tgproto.rdf.rdflib import from_graph, from_rdflib, to_graph, to_rdflib

__all__ = [
    "MAX_DEPTH",
    "NTriplesError",
    "NotExpressible",
    "TermType",
    "WireDict",
    "build_term",
    "format_term",
    "format_triple",
    "format_triples",
    "from_graph",
    "from_rdflib",
    "parse",
    "parse_line",
    "to_graph",
    "to_rdflib",
]
