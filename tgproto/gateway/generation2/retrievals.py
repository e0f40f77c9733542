"""Provenance that queries find, as in a real gateway's store. What answers questions does not see it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from tgproto.gateway.flows import members_of
from tgproto.gateway.graph import DEFAULT, Graph, GraphStore
from tgproto.gateway.steps import Frame, Step
from tgproto.session.events import Payload
from tgproto.types.terms import Term, Triple

QUERIES = frozenset({"sparql", "triples"})
"""The services that find provenance."""

MAX_TRIPLES = 10_000
"""Triples of provenance, after which the next ones are kept apart; of such parts, two are kept."""

MAX_UNREAD = 1_000
"""Steps of answers that are kept until the next query; of more, the last ones."""


@dataclass(frozen=True, slots=True)
class Explained(Frame):
    """A frame that explains an answer.

    Attributes:
        triples: What it says, for the store.
    """

    triples: tuple[Triple, ...] = ()


class Retrievals:
    """Keeps how the last answers came about.

    Args:
        graphs: What the services know besides.
    """

    def __init__(self, graphs: GraphStore) -> None:
        self._graphs = graphs
        self._told = _Told(graphs)

    def seen_by(self, kind: str) -> GraphStore:
        """Return the graphs that a service sees."""
        return self._told if kind in QUERIES else self._graphs

    def keep(self, steps: Iterator[Step], workspace: str, body: Payload) -> Iterator[Step]:
        """Return an answer; what it explains is kept when it is told.

        Args:
            steps: The answer.
            workspace: The workspace of the request.
            body: The request, which may name a collection.
        """
        for step in steps:
            if isinstance(step, Explained):
                collection = members_of(body).get("collection", DEFAULT)
                self._told.tell(step.triples, workspace, str(collection))
            yield step


class _Told(GraphStore):
    """The graphs of a gateway, with provenance. It is sorted in when somebody looks for it."""

    def __init__(self, graphs: GraphStore) -> None:
        super().__init__()
        self._known = graphs
        self._older: dict[tuple[str, str], Graph] = {}
        self._count = 0
        self._new: deque[tuple[tuple[Triple, ...], str, str]] = deque(maxlen=MAX_UNREAD)

    def tell(self, triples: tuple[Triple, ...], workspace: str, collection: str) -> None:
        """Keep triples."""
        self._new.append((triples, workspace, collection))

    def graph(self, workspace: str, collection: str) -> Graph:
        """Return a graph to read."""
        while self._new:
            self._sort_in(*self._new.popleft())
        place = (workspace, collection)
        told = (graphs[place] for graphs in (self._older, self._graphs) if place in graphs)
        return _Layers((self._known.graph(workspace, collection), *told))

    def _sort_in(self, triples: tuple[Triple, ...], workspace: str, collection: str) -> None:
        """Add triples; if there are too many, what is oldest goes."""
        if self._count >= MAX_TRIPLES:
            self._older, self._graphs, self._count = self._graphs, {}, 0
        self.add(triples, workspace=workspace, collection=collection)
        self._count += len(triples)


class _Layers(Graph):
    """Several graphs as one, to read."""

    def __init__(self, layers: tuple[Graph, ...]) -> None:
        super().__init__()
        self._layers = layers

    def __len__(self) -> int:
        return sum(map(len, self._layers))

    def candidates(
        self, s: Term | None = None, p: Term | None = None, o: Term | None = None
    ) -> Collection[Triple]:
        """Return the triples that must be looked at, each one once; see `Graph.candidates`."""
        return dict.fromkeys(chain.from_iterable(layer.candidates(s, p, o) for layer in self._layers))
