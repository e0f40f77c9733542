"""Our terms and graphs as those of [rdflib](https://rdflib.readthedocs.io), and back.

rdflib comes with the extra `rdf`, and is imported when a function here is called. Lexical forms survive:
`"01"` as an integer stays `"01"`, whatever `rdflib.NORMALIZE_LITERALS` says. Language tags survive as well,
but rdflib (7.0 to 7.6) compares them without regard to case, so that a graph keeps one of two literals that
differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from tgproto.rdf.errors import NotExpressible
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Term, Triple
from tgproto.types.wire import exact

if TYPE_CHECKING:
    import rdflib.term


def _require() -> None:
    try:
        import_module("rdflib")
    except ModuleNotFoundError as missing:
        raise ImportError("this needs rdflib: pip install 'tgproto[rdf]'", name=missing.name) from missing


def to_rdflib(term: Term) -> rdflib.term.URIRef | rdflib.term.BNode | rdflib.term.Literal:
    """Return a term as rdflib has it.

    Args:
        term: The term. An IRI may be any text; of one with characters that no IRI may have, rdflib warns in
            its log and refuses to serialise it.

    Returns:
        The node. A literal has exactly the lexical form of `term`.

    Raises:
        NotExpressible: It is a quoted triple, which rdflib does not have; a literal with a datatype and a
            language, or with a language that is no tag; or a literal of a type such as `xsd:token` with white
            space that rdflib takes away.
        ImportError: rdflib is not installed.
        TypeError: `term` is no term.
    """
    _require()
    from rdflib.term import BNode, URIRef

    match term:
        case IRI():
            return URIRef(term.value)
        case BlankNode():
            return BNode(term.id)
        case Literal():
            return _to_literal(term)
        case QuotedTriple():
            raise NotExpressible("rdflib has no quoted triples: leave them out, or write N-Triples instead")
        case _:
            raise TypeError(
                f"a term must be an IRI, Literal, BlankNode or QuotedTriple, not {type(term).__name__}"
            )


def _to_literal(literal: Literal) -> rdflib.term.Literal:
    from rdflib.term import Literal as Node

    datatype, language = literal.datatype or None, literal.language or None
    if datatype and language:
        raise NotExpressible("rdflib has no literals with both a datatype and a language")
    try:
        node = Node(literal.value, lang=language, datatype=datatype, normalize=False)
    except ValueError as error:
        raise NotExpressible(f"rdflib refuses the literal: {error}") from None
    if exact(node) != literal.value:
        raise NotExpressible(
            f"rdflib takes white space from literals of the type {datatype}, and would of this"
        )
    return node


def from_rdflib(node: rdflib.term.Node) -> Term:
    """Return a node of rdflib as a term.

    Args:
        node: A `URIRef`, `BNode` or `Literal`.

    Returns:
        The term.

    Raises:
        ImportError: rdflib is not installed.
        TypeError: `node` is something else, such as a variable or a formula of Notation3.
    """
    _require()
    from rdflib.term import BNode, URIRef
    from rdflib.term import Literal as Node

    if isinstance(node, Node):
        datatype = None if node.datatype is None else exact(node.datatype)
        return Literal(exact(node), datatype, node.language)
    if isinstance(node, URIRef):
        return IRI(exact(node))
    if isinstance(node, BNode):
        return BlankNode(exact(node))
    raise TypeError(f"a node must be a URIRef, BNode or Literal of rdflib, not {type(node).__name__}")


def to_graph(triples: Iterable[Triple]) -> rdflib.Graph | rdflib.Dataset:
    """Return a graph of rdflib with these statements.

    Args:
        triples: The statements. Blank nodes keep their labels, so that equal labels are one node.

    Returns:
        A `Dataset` if any of the statements is in a named graph, or else a `Graph`.

    Raises:
        NotExpressible: rdflib does not have such a term, see `to_rdflib`.
        ImportError: rdflib is not installed.
    """
    _require()
    from rdflib import Dataset, Graph, URIRef
    from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

    statements = list(triples)
    names = {triple.g for triple in statements}
    graph = Dataset() if any(names) else Graph()
    if isinstance(graph, Dataset):
        parts = {name: graph.graph(URIRef(name) if name else DATASET_DEFAULT_GRAPH_ID) for name in names}
    else:
        parts = {"": graph}
    for triple in statements:
        parts[triple.g].add((to_rdflib(triple.s), to_rdflib(triple.p), to_rdflib(triple.o)))
    return graph


def from_graph(graph: rdflib.Graph) -> Iterator[Triple]:
    """Return the statements of a graph of rdflib.

    Args:
        graph: A `Dataset`, with all its graphs, or a `Graph`. A graph that has an IRI, as those of a dataset
            do, is a named graph here, too.

    Returns:
        An iterator over the statements, in the order in which rdflib has them. It raises `NotExpressible` for
        a graph of a dataset that is named by a blank node, and `TypeError` for a node that is no term.

    Raises:
        ImportError: rdflib is not installed.
        TypeError: `graph` is something else. So is a `ConjunctiveGraph`, where it is not told which graph is
            the default one.
    """
    _require()
    from rdflib import ConjunctiveGraph, Dataset, Graph

    if isinstance(graph, Dataset):
        return _from_dataset(graph)
    if isinstance(graph, ConjunctiveGraph) or not isinstance(graph, Graph):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a graph must be a Graph or Dataset of rdflib, not {type(graph).__name__}")
    return _from_one(graph)


def _from_dataset(dataset: rdflib.Dataset) -> Iterator[Triple]:
    from rdflib import BNode

    for s, p, o, name in dataset.quads():
        if isinstance(name, BNode):
            raise NotExpressible(f"a graph is named by the blank node _:{name}: a name must be an IRI")
        yield Triple(from_rdflib(s), from_rdflib(p), from_rdflib(o), _graph_name(name))


def _from_one(graph: rdflib.Graph) -> Iterator[Triple]:
    name = _graph_name(graph.identifier)
    for s, p, o in graph:
        yield Triple(from_rdflib(s), from_rdflib(p), from_rdflib(o), name)


def _graph_name(identifier: rdflib.term.Node | None) -> str:
    from rdflib import URIRef
    from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

    named = isinstance(identifier, URIRef) and identifier != DATASET_DEFAULT_GRAPH_ID
    return exact(identifier) if named else ""
