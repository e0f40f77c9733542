"""What the tests of provenance share: descriptions as services write them, and a store that grows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from tests.core.catalogue import body
from tgproto.catalog import Call, CallOptions, Steps
from tgproto.catalog.steps import Pause, Together
from tgproto.dialect import TermCodec
from tgproto.gateway.graph import Graph
from tgproto.types import IRI, Literal, QuotedTriple, Triple
from tgproto.types.description import DERIVED, RDF_TYPE, RDFS_LABEL, TG
from tgproto.types.terms import Term, WireTerm, encode_triple
from tgproto.types.wire import Shape

T = TypeVar("T")

RETRIEVAL = "urn:graph:retrieval"
_TERM = Shape(WireTerm)


def step(iri: str, kinds: str, *parents: str, **members: str | Sequence[str]) -> list[Triple]:
    """Describe a step: its types, what it derives from, and members of the gateway's vocabulary."""
    rows: list[tuple[str, str]] = [(RDF_TYPE, TG + kind) for kind in kinds.split()]
    rows += ((DERIVED, parent) for parent in parents)
    for name, values in members.items():
        rows += ((TG + name, value) for value in ([values] if isinstance(values, str) else values))
    return [Triple(IRI(iri), IRI(p), o, RETRIEVAL) for p, o in rows]


def edge(iri: str, number: int = 0) -> list[Triple]:
    """Describe a selected edge."""
    quoted = QuotedTriple(Triple("urn:s", "urn:p", Literal(str(number))))
    return [Triple(iri, TG + "edge", quoted, RETRIEVAL), Triple(iri, TG + "score", Literal("0.5"), RETRIEVAL)]


def graph_rag(session: str = "1", edges: int = 2, *parents: str) -> list[Triple]:
    """Describe an answer of graph RAG, as gateway 2.11.1 does."""
    question = f"urn:trustgraph:question:{session}"
    iris = [f"urn:trustgraph:prov:edge:{session}:{number}" for number in range(edges)]
    chain = [
        f"urn:trustgraph:prov:{name}:{session}" for name in ("grounding", "exploration", "focus", "synthesis")
    ]
    grounding, exploration, focus, synthesis = chain
    return [
        *step(question, "Question GraphRagQuestion", *parents, query="Why?"),
        *step(grounding, "Grounding", question, concept=["a", "b"]),
        *step(exploration, "Exploration", grounding, edgeCount="5"),
        *step(focus, "Focus", exploration, selectedEdge=iris),
        *(triple for number, iri in enumerate(iris) for triple in edge(iri, number)),
        *step(synthesis, "Synthesis Answer", focus, document="urn:answer"),
    ]


def labelled(iri: str, label: str) -> Triple:
    """Give something a label."""
    return Triple(IRI(iri), RDFS_LABEL, Literal(label))


class Store:
    """Answers queries from a graph; a runner, blocking. After each pause, there may be more.

    Attributes:
        graph: What there is.
        later: What there will be besides, after each pause.
        answers: Service -> its frames, or what is raised instead of each.
        rounds: The bodies of the requests, by the round in which they came.
        pauses: Seconds of each pause.
    """

    def __init__(self, triples: Iterable[Triple], *later: Iterable[Triple]) -> None:
        self.graph = Graph(triples)
        self.later = list(later)
        self.answers: dict[str, list[dict[str, Any] | BaseException]] = {}
        self.rounds: list[list[dict[str, Any]]] = []
        self.pauses: list[float] = []

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return sum(map(len, self.rounds))

    def _answer(self, call: Call[T]) -> T:
        reader = call.reader()
        if call.service in self.answers:
            frame: object = self.answers[call.service].pop(0)
            if isinstance(frame, BaseException):
                raise frame
        else:
            frame = {"response": [encode_triple(triple, TermCodec.TERM) for triple in self._find(body(call))]}
        reader.read(json.dumps(frame).encode())
        return reader.result()

    def _find(self, wanted: dict[str, Any]) -> list[Triple]:
        terms: list[Term | None] = [
            _TERM.convert(wanted[name]).term() if name in wanted else None for name in "spo"
        ]
        return self.graph.find(*terms, wanted.get("g"), limit=wanted["limit"])

    def call(self, call: Call[T], options: CallOptions) -> T:
        return self.call_together([call], options)[0]

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
        self.rounds.append([body(call) for call in calls])
        return [self._answer(call) for call in calls]

    def open(self, call: Any, options: CallOptions) -> Any:
        raise NotImplementedError

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.later:
            self.graph.add(self.later.pop(0))


class AsyncStore(Store):
    """The same, awaited."""

    async def call(self, call: Call[T], options: CallOptions) -> T:  # type: ignore[override]
        return super().call_together([call], options)[0]

    async def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:  # type: ignore[override]
        return super().call_together(calls, options)

    async def pause(self, seconds: float) -> None:  # type: ignore[override]
        super().pause(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        return function()


def drive(steps: Steps[T], store: Store) -> T:
    """Run a procedure that is no operation."""
    try:
        asked = next(steps)
        while True:
            match asked:
                case Together(calls):
                    asked = steps.send(store.call_together(calls, CallOptions()))
                case Pause(seconds):
                    store.pause(seconds)
                    asked = steps.send(None)
                case _:
                    raise NotImplementedError
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
