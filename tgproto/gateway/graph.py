"""The triples that the gateway answers from, in memory, one graph for each workspace and collection.

What is a workspace here and in 2.x is a user in 1.x.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from tgproto.types.terms import Term, Triple, WireTriple
from tgproto.types.wire import Payload, Shape

DEFAULT = "default"
"""Workspace and collection that are meant where none is named."""

_WIRE = Shape(list[WireTriple])


def parse_wire(payload: Payload) -> list[Triple]:
    """Read triples as they stand in a frame.

    Args:
        payload: JSON array of triples, in the term format of any gateway.

    Returns:
        The triples, in order.

    Raises:
        DecodeError: It is something else.
    """
    return [wire.triple() for wire in _WIRE.decode(payload)]


class Graph:
    """A set of triples that keeps their order and finds them by any position.

    Args:
        triples: What is in it at first.
    """

    def __init__(self, triples: Iterable[Triple] = ()) -> None:
        self._triples: dict[Triple, None] = {}
        self._places: tuple[dict[Term, list[Triple]], ...] = ({}, {}, {})  # by subject, predicate, object
        self.add(triples)

    def __len__(self) -> int:
        return len(self._triples)

    def add(self, triples: Iterable[Triple]) -> None:
        """Add triples. One that is there already stays where it is.

        Raises:
            RecursionError: One is nested too deeply; those in front of it were added.
        """
        for triple in triples:
            if triple not in self._triples:
                terms = (triple.s, triple.p, triple.o)
                # Terms may be nested too deeply to be looked up; nothing is stored by then.
                shared = [place.setdefault(term, []) for place, term in zip(self._places, terms, strict=True)]
                self._triples[triple] = None
                for others in shared:
                    others.append(triple)

    def find(
        self,
        s: Term | None = None,
        p: Term | None = None,
        o: Term | None = None,
        g: str | None = None,
        *,
        limit: int | None = None,
    ) -> list[Triple]:
        """Return the triples that match, in the order in which they were added.

        Args:
            s: Subject, or None for any; likewise the next two.
            p: Predicate.
            o: Object.
            g: IRI of the named graph, empty for the default graph, None for all of them. Other than in the
                gateway's Cassandra store (2.11.1), `limit` counts what is left after this choice.
            limit: Most triples to return; None for no limit.
        """
        wanted = (s, p, o)
        matches = (
            triple
            for triple in self.candidates(s, p, o)
            if (g is None or g == triple.g)
            and all(
                term is None or term == other
                for term, other in zip(wanted, (triple.s, triple.p, triple.o), strict=True)
            )
        )
        return list(islice(matches, limit))

    def candidates(
        self, s: Term | None = None, p: Term | None = None, o: Term | None = None
    ) -> Collection[Triple]:
        """Return the triples that must be looked at to find those that match, in the order of `find`.

        They share one of the terms; whether they share the others is not known yet.

        Args:
            s: Subject, or None for any; likewise the next two.
            p: Predicate.
            o: Object.

        Returns:
            A view: nothing may be added while it is read.
        """
        found: list[Collection[Triple]] = [
            place.get(term, ())
            for place, term in zip(self._places, (s, p, o), strict=True)
            if term is not None
        ]
        return min(found, key=len, default=self._triples)


_NOTHING = Graph()


class GraphStore:
    """The graphs of a gateway."""

    def __init__(self) -> None:
        self._graphs: dict[tuple[str, str], Graph] = {}

    @property
    def workspaces(self) -> frozenset[str]:
        """The workspaces that have a graph."""
        return frozenset(workspace for workspace, _ in self._graphs)

    def add(self, triples: Iterable[Triple], *, workspace: str = DEFAULT, collection: str = DEFAULT) -> None:
        """Add triples to a graph, which begins to exist by that.

        Args:
            triples: What to add.
            workspace: Workspace of the graph.
            collection: Collection in it.
        """
        self._graphs.setdefault((workspace, collection), Graph()).add(triples)

    def empty(self, *, workspace: str = DEFAULT, collection: str = DEFAULT) -> None:
        """Forget the triples of a graph, if there is one; it goes on to exist.

        Args:
            workspace: Workspace of the graph.
            collection: Collection in it.
        """
        if (workspace, collection) in self._graphs:
            self._graphs[workspace, collection] = Graph()

    def graph(self, workspace: str, collection: str) -> Graph:
        """Return a graph to read; an empty one if there is none, as no gateway calls that an error."""
        return self._graphs.get((workspace, collection), _NOTHING)
