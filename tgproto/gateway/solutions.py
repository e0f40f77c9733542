"""Finds what fills the variables of a query in a graph, one solution after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from tgproto.gateway.graph import Graph
from tgproto.gateway.sparql import Node, Pattern, Query, Variable
from tgproto.types.terms import IRI, BlankNode, Literal, Term, Triple

MAX_STEPS = 100_000
"""Triples that are looked at for one query, whether they match or not; then it is given up."""

Solution: TypeAlias = Mapping[str, Term]
"""What the variables stand for."""


class TooMuchWork(Exception):
    """A query takes more steps than this gateway goes."""


def solutions(query: Query, graph: Graph) -> Iterator[Solution]:
    """Return the solutions of a query, worked out as they are taken.

    Every named graph is searched, as by the real service of gateway 2.11.1.

    Args:
        query: What is asked.
        graph: Where to look.

    Raises:
        TooMuchWork: `MAX_STEPS` were not enough; raised while solutions are taken.
    """
    found: Iterator[Solution] = _Search(graph).extend({}, query.where)
    if query.distinct:
        found = _distinct(found, query.variables)
    stop = None if query.limit is None else query.offset + query.limit
    return islice(found, query.offset, stop)


def constructed(query: Query, found: Iterable[Solution]) -> list[Triple]:
    """Return the triples that a CONSTRUCT makes of solutions, each one once.

    Args:
        query: The query.
        found: From `solutions`.
    """
    made: dict[Triple, None] = {}
    for number, solution in enumerate(found):
        for pattern in query.template:
            match [_filled(node, solution, number) for node in pattern]:
                case [IRI() | BlankNode() as s, IRI() as p, (IRI() | BlankNode() | Literal()) as o]:
                    made[Triple(s, p, o)] = None
                case _:
                    pass  # a variable without a value, or a term in the wrong place: no triple
    return list(made)


def described(query: Query, found: Iterable[Solution], graph: Graph) -> list[Triple]:
    """Return what a graph says about the things that a DESCRIBE names.

    The real service of gateway 2.11.1 returns nothing, whatever it knows.

    Args:
        query: The query.
        found: From `solutions`.
        graph: What knows them.
    """
    things: dict[Term, None] = {}
    for solution in found:
        terms = (_filled(node, solution, 0) for node in query.described)
        things.update(dict.fromkeys(term for term in terms if term is not None))
    return [triple for thing in things for triple in graph.find(s=thing)]


class _Search:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._steps = MAX_STEPS

    def extend(self, solution: Solution, patterns: tuple[Pattern, ...]) -> Iterator[Solution]:
        """Yield the solutions that go on from one, in the order of the graph."""
        if not patterns:
            yield solution
            return
        pattern, *rest = patterns
        s, p, o = (_known(node, solution) for node in pattern)
        for triple in tuple(self._graph.candidates(s, p, o)):  # the graph may grow before the next solution
            self._steps -= 1
            if self._steps < 0:
                raise TooMuchWork(f"the query takes more than {MAX_STEPS} steps")
            extended = _matched(solution, pattern, triple)
            if extended is not None:
                yield from self.extend(extended, tuple(rest))


def _distinct(found: Iterator[Solution], variables: tuple[str, ...]) -> Iterator[Solution]:
    seen: set[tuple[Term | None, ...]] = set()
    for solution in found:
        row = tuple(solution.get(name) for name in variables)
        if row not in seen:
            seen.add(row)
            yield solution


def _known(node: Node, solution: Solution) -> Term | None:
    return solution.get(node.name) if isinstance(node, Variable) else node


def _matched(solution: Solution, pattern: Pattern, triple: Triple) -> Solution | None:
    """Return a solution with what a triple adds; None if they do not match."""
    extended = dict(solution)
    for node, term in zip(pattern, (triple.s, triple.p, triple.o), strict=True):
        if (extended.setdefault(node.name, term) if isinstance(node, Variable) else node) != term:
            return None
    return extended


def _filled(node: Node, solution: Solution, number: int) -> Term | None:
    """Return a node of a template; its blank nodes are new ones for every solution."""
    term = _known(node, solution)
    if term is None and isinstance(node, Variable) and node.name.startswith("_:"):
        return BlankNode(f"{node.name[2:]}-{number}")
    return term
