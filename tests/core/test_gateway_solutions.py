"""What fills the variables of a query."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.demo import NAMESPACE, demo_graphs
from tgproto.gateway.graph import Graph
from tgproto.gateway.solutions import TooMuchWork, constructed, described, solutions
from tgproto.gateway.sparql import Form, Node, Pattern, Query, Variable, parse_sparql
from tgproto.types.terms import IRI, BlankNode, Literal, Term, Triple

A, B, C, P, Q = (IRI(f"http://e/{name}") for name in "abcpq")
GRAPH = Graph(
    [
        Triple(A, P, B),
        Triple(B, P, C),
        Triple(A, Q, A),
        Triple(A, P, B, "http://e/g"),
        Triple(C, P, Literal("x")),
    ]
)
PREFIX = "PREFIX : <http://e/> "
DEMO = demo_graphs().graph("default", "default")


def rows(text: str, graph: Graph = GRAPH) -> list[list[str]]:
    query = parse_sparql(PREFIX + text)
    return [[str(found.get(name)) for name in query.variables] for found in solutions(query, graph)]


def test_solutions() -> None:
    a, b, c = str(A), str(B), str(C)
    assert rows("SELECT ?x { ?x :p :b }") == [[a], [a]]  # in two graphs
    assert rows("SELECT DISTINCT ?x { ?x :p :b }") == [[a]]
    assert rows("SELECT ?x ?z { ?x :p ?y . ?y :p ?z . ?z :p 'x' }") == [[a, c], [a, c]]
    assert rows("SELECT * { ?x ?y ?x }") == [[a, str(Q)]]
    assert rows("SELECT ?none { :a :q :a }") == [["None"]]
    assert rows("SELECT ?x { ?x :p _:any }") == [[a], [b], [a], [c]]
    assert rows("SELECT ?x { ?x :p ?y } OFFSET 1 LIMIT 2") == [[b], [a]]
    assert rows("SELECT ?x { ?x :p ?y } LIMIT 0") == []
    assert rows("SELECT ?x { ?x :p ?y } OFFSET 3") == [[c]]
    assert rows("SELECT ?x { }") == [["None"]]


def test_the_demo() -> None:
    text = f"""
        PREFIX d: <{NAMESPACE}>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?bridge ?town WHERE {{
            ?b a d:Bridge ; d:builtBy ?who ; rdfs:label ?bridge .
            ?who d:bornIn ?t . ?t rdfs:label ?town
        }}
    """
    assert rows(text, DEMO)[1:] == [
        ["Pont de la Crécerelle", "Ostmere"],
        ["Lantern Bridge", "Tarn Quay"],
        ["Ninefold Viaduct", "Hollowgate"],
    ]


NODES: list[Node] = [A, B, P, Variable("x"), Variable("y")]
node = st.sampled_from(NODES)


@given(
    st.lists(st.builds(Triple, *[st.sampled_from([A, B, P])] * 3), max_size=6, unique=True),
    st.lists(st.tuples(node, node, node), max_size=3),
)
@settings(max_examples=150)
def test_they_are_what_trying_everything_gives(triples: list[Triple], where: list[Pattern]) -> None:
    names = sorted({node.name for pattern in where for node in pattern if isinstance(node, Variable)})

    def holds(values: dict[str, Term]) -> bool:
        filled = ([values[n.name] if isinstance(n, Variable) else n for n in pattern] for pattern in where)
        return all(Triple(s, p, o) in triples for s, p, o in filled)

    expected = [dict(zip(names, values, strict=True)) for values in product([A, B, P], repeat=len(names))]
    found = list(solutions(Query(Form.SELECT, tuple(where), tuple(names)), Graph(triples)))
    assert len(found) == len({str(sorted(f.items())) for f in found})
    assert {tuple(sorted(f.items(), key=str)) for f in found} == {
        tuple(sorted(values.items(), key=str)) for values in expected if holds(values)
    }


def test_what_is_made() -> None:
    def made(text: str) -> list[Triple]:
        query = parse_sparql(PREFIX + text)
        return constructed(query, solutions(query, GRAPH))

    assert made("CONSTRUCT { ?y :of ?x } { ?x :p ?y }") == [
        Triple(B, IRI("http://e/of"), A),
        Triple(C, IRI("http://e/of"), B),
    ]
    assert made("CONSTRUCT { :a :p ?none } { ?x :q ?y }") == []
    assert made("CONSTRUCT { _:n :p ?x } { ?x :p :b }") == [
        Triple(BlankNode("n-0"), P, A),
        Triple(BlankNode("n-1"), P, A),
    ]


def test_what_is_described() -> None:
    def told(text: str) -> list[Triple]:
        query = parse_sparql(PREFIX + text)
        return described(query, solutions(query, GRAPH), GRAPH)

    assert told("DESCRIBE :c") == GRAPH.find(s=C)
    assert told("DESCRIBE ?x :c { ?x :p :c }") == [*GRAPH.find(s=B), *GRAPH.find(s=C)]
    assert told("DESCRIBE ?none { ?x :p :c }") == []
    assert told("DESCRIBE :c { ?x :none :c }") == []


def test_a_query_that_takes_too_long_is_given_up() -> None:
    graph = Graph(Triple(IRI(f"http://e/{number}"), P, A) for number in range(400))
    query = parse_sparql("ASK { ?a ?b ?c . ?d ?e ?f . ?c ?b ?d }")
    with pytest.raises(TooMuchWork, match="100000 steps"):
        list(solutions(query, graph))


def test_triples_that_do_not_match_are_steps_too() -> None:
    things = [IRI(f"http://e/{number}") for number in range(400)]
    triples = [Triple(thing, *rest) for thing in things for rest in ((P, B), (Q, A))]
    query = parse_sparql(PREFIX + "SELECT ?a { ?a :p ?b . ?c :p :a }")
    with pytest.raises(TooMuchWork):
        list(solutions(query, Graph(triples)))


def test_a_graph_may_grow_while_solutions_are_taken() -> None:
    graph = Graph([Triple(A, P, B), Triple(B, P, C)])
    for text in ("SELECT ?x { ?x ?y ?z }", "SELECT ?x { ?x :p ?z }"):
        found = solutions(parse_sparql(PREFIX + text), graph)
        first = next(found)
        graph.add([Triple(C, P, Literal(text))])
        assert first == {**first, "x": A}
        assert next(found)["x"] == B
