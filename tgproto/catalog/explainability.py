"""How answers came about, read from the graph in which a 2.x gateway's services describe it.

The names of the operations and their parameters are those of `trustgraph/api/explainability.py`, 2.11.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import procedure
from tgproto.catalog.flow import AsyncFlowInstance, FlowCalls, FlowInstance, FlowOps
from tgproto.catalog.lineage import Lineage, described, selections, steps_of_agents, steps_of_retrieval
from tgproto.catalog.provenance_scope import RETRIEVAL, Place, ProvenanceScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope
from tgproto.catalog.steps import Steps, step
from tgproto.catalog.survey import Look
from tgproto.types.description import DERIVED, TG
from tgproto.types.explain import ExplainEntity, Focus, Question
from tgproto.types.selections import EdgeSelection
from tgproto.types.terms import IRI, TermLike, Triple
from tgproto.types.traces import AgentTrace, DocRagTrace, GraphRagTrace

F = TypeVar("F", bound=FlowOps)

_SESSIONS: Final = {
    "urn:trustgraph:question:": "graphrag",
    "urn:trustgraph:docrag:": "docrag",
    "urn:trustgraph:agent:": "agent",
}
"""How the IRIs of questions begin (`trustgraph/provenance/uris.py`, 2.11.1) -> what was asked."""
_QUESTIONS: Final = {"graph-rag": "graphrag", "document-rag": "docrag", "agent": "agent"}


@dataclass(frozen=True, init=False)
class ExplainOps(ProvenanceScope):
    """How answers came about.

    Services write that after they have answered, piece by piece. So what is read is read again, after a
    pause, until it does not change any more; requests that do not depend on each other are sent at the same
    time.

    Attributes:
        flow: Id of the flow whose services are asked; the answers may be those of another one.
        retry_delay: Pause before something is read again, in seconds; 0 for none.
        max_retries: How often it is read again, at most.
    """

    @procedure
    def fetch_entity(
        self, uri: str | IRI, graph: str | IRI | None = None, collection: str | None = None
    ) -> Steps[ExplainEntity | None]:
        """Fetch a step on the way to an answer.

        Args:
            uri: Its IRI.
            graph: IRI of the graph to look into; None for every graph.
            collection: Collection to search; None for `default`.

        Returns:
            The step; None if nothing is said about it, even after all retries.

        Raises:
            ProvenanceIncomplete: What is said about it went on changing.
            TriplesQueryError: The query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `uri` is empty, or `graph` is no IRI.
        """
        iri, place = _named("uri", uri), Place.of(graph, collection)
        return (yield from self._described(iri, place, lambda found: described(iri, found)))

    @procedure
    def fetch_edge_selection(
        self, uri: str | IRI, graph: str | IRI | None = None, collection: str | None = None
    ) -> Steps[EdgeSelection | None]:
        """Fetch an edge that was selected for an answer.

        Args:
            uri: IRI of the selection, one of `Focus.selected_edge_uris`.
            graph: IRI of the graph to look into; None for every graph.
            collection: Collection to search; None for `default`.

        Returns:
            The selection; None if nothing is said about it, even after all retries.

        Raises:
            ProvenanceIncomplete: What is said about it went on changing.
            TriplesQueryError: The query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `uri` is empty, or `graph` is no IRI.
        """
        iri, place = _named("uri", uri), Place.of(graph, collection)
        return (
            yield from self._described(
                iri, place, lambda found: EdgeSelection.from_triples(iri, found[Look(iri)])
            )
        )

    @procedure
    def fetch_focus_with_edges(
        self, uri: str | IRI, graph: str | IRI | None = None, collection: str | None = None
    ) -> Steps[Focus | None]:
        """Fetch what was selected for an answer, with every selected edge; the edges all at the same time.

        Args:
            uri: IRI of the focus.
            graph: IRI of the graph to look into; None for every graph.
            collection: Collection to search; None for `default`.

        Returns:
            The focus; None if it is something else, or nothing is said about it, even after all retries.

        Raises:
            ProvenanceIncomplete: What is said about it went on changing, or some edge is not described.
            TriplesQueryError: A query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `uri` is empty, or `graph` is no IRI.
        """
        iri, place = _named("uri", uri), Place.of(graph, collection)
        entity = yield from self._described(iri, place, lambda found: described(iri, found), selections)
        return entity if isinstance(entity, Focus) else None

    @procedure
    def resolve_label(self, uri: TermLike, collection: str | None = None) -> Steps[str]:
        """Find out what people call something. A label that was found is not asked for again.

        Args:
            uri: Its IRI; what a string stands for decides `as_term`.
            collection: Collection to search; None for `default`.

        Returns:
            Its `rdfs:label`; if there is none, or it is no IRI, `uri` as a string.

        Raises:
            TriplesQueryError: The query failed.
            TypeError: An argument is of the wrong type.
        """
        (label,) = yield from self._resolved([check.term("uri", uri)], collection)
        return label

    @procedure
    def resolve_edge_labels(
        self, edge: Triple | Mapping[str, TermLike], collection: str | None = None
    ) -> Steps[tuple[str, str, str]]:
        """Find out what people call the parts of an edge, all at the same time; see `resolve_label`.

        Args:
            edge: The edge, or a mapping with `s`, `p` and `o`.
            collection: Collection to search; None for `default`.

        Returns:
            The labels of subject, predicate and object.

        Raises:
            TriplesQueryError: A query failed.
            TypeError: An argument is of the wrong type.
        """
        parts: Iterable[tuple[str, object]]
        if isinstance(edge, Triple):
            parts = zip("spo", (edge.s, edge.p, edge.o), strict=True)
        else:
            named = check.mapping("edge", edge)
            parts = ((name, named.get(name, "")) for name in "spo")
        terms = [check.term(f"edge[{name!r}]", part) for name, part in parts]
        s, p, o = yield from self._resolved(terms, collection)
        return s, p, o

    @procedure
    def fetch_document_content(
        self,
        document_uri: str | IRI,
        api: object = None,  # noqa: ARG002
        max_content: int = 10000,
    ) -> Steps[str]:
        """Fetch a text from the library. As long as it is not there, it is asked for again.

        Args:
            document_uri: IRI of the document; empty for none.
            api: Not used: it is fetched from the gateway that is asked for everything else.
            max_content: Most characters to return.

        Returns:
            The text. One that is longer ends with `... [truncated]`, and content that is no text is
            `[Binary: 5 bytes]`, as with the gateway's own client. Without a document, it is empty.

        Raises:
            ServiceError: The service failed, or there is no such document, even after all retries.
            TypeError: An argument is of the wrong type.
            ValueError: `max_content` is negative.
        """
        uri, most = check.iri("document_uri", document_uri), check.count("max_content", max_content)
        if not uri:
            return ""
        content = yield from self._content(uri)
        try:
            written = content.decode()
        except UnicodeDecodeError:
            return f"[Binary: {len(content)} bytes]"
        return written if len(written) <= most else f"{written[:most]}... [truncated]"

    @procedure
    def fetch_graphrag_trace(
        self,
        question_uri: str | IRI,
        graph: str | IRI | None = None,
        collection: str | None = None,
        api: object = None,  # noqa: ARG002
        max_content: int = 10000,
    ) -> Steps[GraphRagTrace]:
        """Fetch how an answer of `graph_rag` came about.

        Args:
            question_uri: IRI of the question: `explain_id` of the first `ProvenanceEvent`.
            graph: IRI of the graph to look into; None for `urn:graph:retrieval`.
            collection: Collection to search; None for `default`.
            api: Not used. The trace names documents; `fetch_document_content` reads them.
            max_content: Not used, for the same reason.

        Returns:
            The trace. What is not there after all retries is None, and `complete` False then.

        Raises:
            TriplesQueryError: A query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `question_uri` is empty, `graph` is no IRI, or `max_content` is negative.
        """
        check.count("max_content", max_content)
        uri, place = _named("question_uri", question_uri), _retrieval(graph, collection)
        return (
            yield from self._traced(
                uri, place, steps_of_retrieval, lambda found: Lineage(found).retrieval(uri, GraphRagTrace)
            )
        )

    @procedure
    def fetch_docrag_trace(
        self,
        question_uri: str | IRI,
        graph: str | IRI | None = None,
        collection: str | None = None,
        api: object = None,  # noqa: ARG002
        max_content: int = 10000,
    ) -> Steps[DocRagTrace]:
        """Fetch how an answer of `document_rag` came about.

        Args:
            question_uri: IRI of the question: `explain_id` of the first `ProvenanceEvent`.
            graph: IRI of the graph to look into; None for `urn:graph:retrieval`.
            collection: Collection to search; None for `default`.
            api: Not used. The trace names documents; `fetch_document_content` reads them.
            max_content: Not used, for the same reason.

        Returns:
            The trace. What is not there after all retries is None, and `complete` False then.

        Raises:
            TriplesQueryError: A query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `question_uri` is empty, `graph` is no IRI, or `max_content` is negative.
        """
        check.count("max_content", max_content)
        uri, place = _named("question_uri", question_uri), _retrieval(graph, collection)
        return (
            yield from self._traced(
                uri, place, steps_of_retrieval, lambda found: Lineage(found).retrieval(uri, DocRagTrace)
            )
        )

    @procedure
    def fetch_agent_trace(
        self,
        session_uri: str | IRI,
        graph: str | IRI | None = None,
        collection: str | None = None,
        api: object = None,  # noqa: ARG002
        max_content: int = 10000,
    ) -> Steps[AgentTrace]:
        """Fetch what an agent did, and what the services and agents did that it asked.

        Args:
            session_uri: IRI of the question: `explain_id` of the first `ProvenanceEvent`.
            graph: IRI of the graph to look into; None for `urn:graph:retrieval`.
            collection: Collection to search; None for `default`.
            api: Not used. The trace names documents; `fetch_document_content` reads them.
            max_content: Not used, for the same reason.

        Returns:
            The trace. If the answer is not there after all retries, `complete` is False.

        Raises:
            TriplesQueryError: A query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `session_uri` is empty, `graph` is no IRI, or `max_content` is negative.
        """
        check.count("max_content", max_content)
        uri, place = _named("session_uri", session_uri), _retrieval(graph, collection)
        return (yield from self._traced(uri, place, steps_of_agents, lambda found: Lineage(found).agent(uri)))

    @procedure
    def list_sessions(
        self, graph: str | IRI | None = None, collection: str | None = None, limit: int = 50
    ) -> Steps[list[Question]]:
        """List what was asked. Questions that an agent asked on the way are left out.

        Args:
            graph: IRI of the graph to look into; None for `urn:graph:retrieval`.
            collection: Collection to search; None for `default`.
            limit: Most questions to look at, those of agents among them. The store chooses which: they are
                not the newest ones.

        Returns:
            The questions, the newest first.

        Raises:
            ProvenanceIncomplete: What is said about some went on changing.
            TriplesQueryError: A query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative, or `graph` is no IRI.
        """
        place = _retrieval(graph, collection)
        asked = self._triples(place, p=IRI(TG + "query"), limit=limit)
        uris = [str(triple.s) for triple in (yield from step(asked))]
        if not uris:
            return []
        found, settled = yield from self._survey(place).read(map(Look, uris))
        entities = (described(look.uri, found) for look in found)
        questions = [
            entity
            for entity in entities
            if isinstance(entity, Question) and not any(str(t.p) == DERIVED for t in entity.triples)
        ]
        questions.sort(key=lambda question: question.timestamp, reverse=True)
        if not settled:
            raise self._unsettled("these sessions", questions)
        return questions

    @procedure
    def detect_session_type(
        self, session_uri: str | IRI, graph: str | IRI | None = None, collection: str | None = None
    ) -> Steps[str]:
        """Find out which service was asked. The gateway is asked only if the IRI does not tell.

        Args:
            session_uri: IRI of the question.
            graph: IRI of the graph to look into; None for `urn:graph:retrieval`.
            collection: Collection to search; None for `default`.

        Returns:
            `graphrag`, `docrag`, `agent`; `unknown` if it is none of these, or not there after all retries.

        Raises:
            ProvenanceIncomplete: What is said about it went on changing.
            TriplesQueryError: The query failed.
            LocalProtocolError: The gateway has no named graphs (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: `session_uri` is empty, or `graph` is no IRI.
        """
        uri = _named("session_uri", session_uri)
        place = _retrieval(graph, collection)
        for beginning, kind in _SESSIONS.items():
            if uri.startswith(beginning):
                return kind
        entity = yield from self._described(uri, place, lambda found: described(uri, found))
        asked = entity.question_type if isinstance(entity, Question) else ""
        return _QUESTIONS.get(asked, "unknown")


@dataclass(frozen=True, init=False)
class ExplainCalls(PureScope, ExplainOps):
    """How answers came about, as calls that somebody else carries out.

    Args:
        flow_calls: Some flow.
        retry_delay: Pause before something is read again, in seconds; 0 for none.
        max_retries: How often it is read again, at most; at least 1.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: The pause is negative or not finite, or there are no retries.
    """

    def __init__(self, flow_calls: FlowCalls, retry_delay: float = 0.2, max_retries: int = 10) -> None:
        self._set(_flow(flow_calls, FlowCalls), retry_delay, max_retries)


@dataclass(frozen=True, init=False)
class ExplainabilityClient(SyncScope, ExplainOps):
    """How answers came about, blocking.

    Args:
        flow_instance: Some flow, from `api.flow().id(…)` or `api.socket().flow(…)`. Over the socket, requests
            share one connection.
        retry_delay: Pause before something is read again, in seconds; 0 for none.
        max_retries: How often it is read again, at most; at least 1.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: The pause is negative or not finite, or there are no retries.
    """

    def __init__(self, flow_instance: FlowInstance, retry_delay: float = 0.2, max_retries: int = 10) -> None:
        flow = _flow(flow_instance, FlowInstance)
        self._set(flow, retry_delay, max_retries, runner=flow.runner)


@dataclass(frozen=True, init=False)
class AsyncExplainabilityClient(AsyncScope, ExplainOps):
    """How answers came about, awaited.

    Args:
        flow_instance: Some flow, from `api.flow().id(…)` or `api.socket().flow(…)`. Over the socket, requests
            share one connection.
        retry_delay: Pause before something is read again, in seconds; 0 for none.
        max_retries: How often it is read again, at most; at least 1.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: The pause is negative or not finite, or there are no retries.
    """

    def __init__(
        self, flow_instance: AsyncFlowInstance, retry_delay: float = 0.2, max_retries: int = 10
    ) -> None:
        flow = _flow(flow_instance, AsyncFlowInstance)
        self._set(flow, retry_delay, max_retries, runner=flow.runner)


def _flow(value: Any, kind: type[F]) -> F:
    if not isinstance(value, kind):
        raise TypeError(f"the flow must be a {kind.__name__}, not {type(value).__name__}")
    return value


def _named(name: str, value: object) -> str:
    return check.name_of(name, check.iri(name, value))


def _retrieval(graph: str | IRI | None, collection: str | None) -> Place:
    return Place.of(RETRIEVAL if graph is None else graph, collection)
