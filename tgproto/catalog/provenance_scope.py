"""What reads provenance from the graph of a flow: where to look, how patiently, and how calls are made."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Self, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.call import Call
from tgproto.catalog.flow import FlowCalls, FlowOps
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.library import LibraryCalls
from tgproto.catalog.options import CallOptions
from tgproto.catalog.steps import Steps, pause, step, together
from tgproto.catalog.survey import Found, Look, Survey
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    ProvenanceIncomplete,
    ServiceError,
    UnknownServiceError,
    WorkspaceNotFound,
)
from tgproto.types.description import DERIVED, RDFS_LABEL
from tgproto.types.terms import IRI, Term, Triple
from tgproto.types.traces import AgentTrace, RagTrace

R = TypeVar("R", bound=RagTrace | AgentTrace)
T = TypeVar("T")

RETRIEVAL: Final = "urn:graph:retrieval"
"""Graph in which services describe how they came to their answers."""

MAX_TRIPLES: Final = 10_000
"""Most triples of one answer. As many may not be all, so what they describe counts as incomplete."""

MAX_LABELS: Final = 10_000
"""Most names of IRIs that a client keeps; then the oldest are forgotten."""

_REFUSALS: Final = (AccessDenied, AuthenticationError, UnknownServiceError, WorkspaceNotFound)

Follow = Callable[[Look, Found], Iterable[Look]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where provenance is.

    Attributes:
        graph: IRI of the graph; None for every graph.
        collection: The collection; None for `default`.
    """

    graph: str | None = None
    collection: str | None = None

    @classmethod
    def of(cls, graph: str | IRI | None, collection: str | None) -> Self:
        """Check the arguments of an operation.

        Raises:
            TypeError: One is of the wrong type.
            ValueError: `graph` is no IRI.
        """
        name = check.optional(check.graph, "graph", graph)
        return cls(None if name is None else name.iri, check.optional(check.text, "collection", collection))


@dataclass(frozen=True, init=False)
class ProvenanceScope(FlowScope):
    """What reads provenance.

    Attributes:
        flow: Id of the flow whose services are asked; the answers may be those of another one.
        retry_delay: Pause before something is read again, in seconds; 0 for none.
        max_retries: How often it is read again, at most.
    """

    retry_delay: float
    max_retries: int
    _labels: dict[tuple[str | None, IRI], str] = field(repr=False, compare=False)

    def _set(self, flow: FlowOps, retry_delay: float, max_retries: int, **more: object) -> None:
        """Set the attributes: what an `__init__` does."""
        delay, retries = _seconds("retry_delay", retry_delay), check.positive("max_retries", max_retries)
        own: dict[str, object] = {"retry_delay": delay, "max_retries": retries, "_labels": {}}
        for name, value in {"flow": flow.flow, "options": flow.options, **own, **more}.items():
            object.__setattr__(self, name, value)

    def _optioned(self, options: CallOptions) -> Self:
        other = copy.copy(self)
        object.__setattr__(other, "options", options)
        object.__setattr__(other, "_labels", {})  # another workspace has others
        return other

    def _triples(
        self,
        place: Place,
        s: Term | None = None,
        p: Term | None = None,
        o: Term | None = None,
        limit: int = MAX_TRIPLES,
    ) -> Call[list[Triple]]:
        flow = FlowCalls(self.flow, options=self.options)
        return flow.triples_query(s, p, o, place.graph, place.collection, limit)

    def _look(self, place: Place, look: Look) -> Call[list[Triple]]:
        if look.derived:
            return self._triples(place, p=IRI(DERIVED), o=IRI(look.uri))
        return self._triples(place, s=IRI(look.uri))

    def _survey(
        self, place: Place, follow: Follow | None = None, enough: Callable[[Found], bool] | None = None
    ) -> Survey:
        ask = partial(self._look, place)
        return Survey(ask, follow or _nothing, enough or whole, self.max_retries, self.retry_delay)

    def _described(
        self, uri: str, place: Place, make: Callable[[Found], T], follow: Follow | None = None
    ) -> Steps[T | None]:
        """Return what is made of what is said about something; None if that is nothing."""
        found, settled = yield from self._survey(place, follow).read([Look(uri)])
        if not found[Look(uri)]:
            return None
        if not settled:
            raise self._unsettled(uri, make(found))
        return make(found)

    def _traced(self, uri: str, place: Place, follow: Follow, make: Callable[[Found], R]) -> Steps[R]:
        """Return the trace that is made of what follows from a question."""
        survey = self._survey(place, follow, lambda found: whole(found) and make(found).complete)
        found, settled = yield from survey.read((Look(uri), Look(uri, derived=True)))
        return replace(make(found), complete=settled)

    def _resolved(self, terms: Sequence[Term], collection: str | None) -> Steps[list[str]]:
        """Return what people call several things."""
        place = Place.of(None, collection)
        iris = [term for term in dict.fromkeys(terms) if isinstance(term, IRI)]
        kept = ((iri, self._labels.get((collection, iri))) for iri in iris)
        known = {iri: label for iri, label in kept if label is not None}
        wanted = [iri for iri in iris if iri not in known]
        calls = [self._triples(place, s=iri, p=IRI(RDFS_LABEL), limit=1) for iri in wanted]
        answers = (yield from together(calls)) if calls else []
        for iri, triples in zip(wanted, answers, strict=True):
            if triples:
                known[iri] = self._labels[collection, iri] = str(triples[0].o)
        while len(self._labels) > MAX_LABELS:
            self._labels.pop(next(iter(self._labels)))
        return [known.get(term, term.value) if isinstance(term, IRI) else str(term) for term in terms]

    def _content(self, uri: str) -> Steps[bytes]:
        """Return the content of a document, as soon as it is there."""
        call = LibraryCalls(options=self.options).get_document_content(uri)
        for _ in range(self.max_retries):
            try:
                return (yield from step(call))
            except _REFUSALS:
                raise
            except ServiceError:  # it may come yet; what else is wrong shows in the end
                if self.retry_delay:
                    yield from pause(self.retry_delay)
        return (yield from step(call))

    def _unsettled(self, what: str, partial: object) -> ProvenanceIncomplete:
        times = f"{self.max_retries} times, {self.retry_delay} s apart"
        error = ProvenanceIncomplete(
            f"what is said about {what} is incomplete, or went on changing while it was read again {times}",
            self._triples(Place()).context,
        )
        error.partial = partial
        return error


def whole(found: Found) -> bool:
    """Return whether everything that must be described is, and no answer was cut short."""
    return all(
        len(triples) < MAX_TRIPLES and (look.derived or len(triples) > 0) for look, triples in found.items()
    )


def _nothing(look: Look, found: Found) -> Iterable[Look]:  # noqa: ARG001
    return ()


def _seconds(name: str, value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"{name} must not be negative, and finite")
    return value
