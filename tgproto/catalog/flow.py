"""The operations of a flow, each defined once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.agent import AgentPiece, AgentReader
from tgproto.catalog.bind import dual_operation, operation, stream_operation
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.provenance import with_provenance
from tgproto.catalog.rag import RagReader
from tgproto.catalog.reader import Start
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.catalog.streaming import Either, Streamed
from tgproto.catalog.text import TextReader
from tgproto.catalog.triples import TriplesReader
from tgproto.types.chunks import ProvenanceEvent, RAGChunk, TextChunk
from tgproto.types.results import AgentReply, RagAnswer, TextCompletion
from tgproto.types.terms import IRI, TermLike, Triple

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True)
class FlowOps(Scope):
    """The services of one flow.

    Attributes:
        flow: Id of the flow.

    Raises:
        TypeError: It is no string.
        ValueError: It is empty, which would address a global service.
    """

    flow: str

    def __post_init__(self) -> None:
        if not check.text("flow", self.flow):
            raise ValueError("flow must not be empty")

    @dual_operation(Streamed.text_completion, Either.text_completion)
    def text_completion(
        self,
        system: str,
        prompt: str,
        *,
        streaming: Literal[False] = False,
        response_format: str | None = None,
        schema: Mapping[str, object] | None = None,
    ) -> StreamCall[TextChunk, TextCompletion]:
        """Let the flow's language model complete a prompt.

        Args:
            system: What the model is told about its task.
            prompt: What it is asked.
            streaming: Whether to return a stream of `TextChunk` instead of the whole text.
            response_format: Form of the answer, as the model names it; 2.x.
            schema: JSON schema of the answer; 2.x.

        Returns:
            The text, with token counts and the name of the model as far as they are reported.

        Raises:
            LLMError: The model failed.
            SilentFailure: The model failed, and the gateway (2.10.6 and later) lost the error.
            TypeError: An argument is of the wrong type.
        """
        return self._stream_call(
            "text-completion",
            {
                "system": check.text("system", system),
                "prompt": check.text("prompt", prompt),
                "response_format": check.optional(check.text, "response_format", response_format),
                "schema": check.optional(check.mapping, "schema", schema),
            },
            TextReader,
            streaming=check.flag("streaming", streaming),
        )

    @dual_operation(Streamed.agent, Either.agent)
    def agent(
        self,
        question: str,
        state: str | None = None,
        group: str | Sequence[str] | None = None,
        history: Sequence[Mapping[str, object]] | None = None,
        *,
        streaming: Literal[False] = False,
        collection: str | None = None,
        session_id: str | None = None,
        conversation_id: str | None = None,
        pattern: str | None = None,
        task_type: str | None = None,
        framing: str | None = None,
        user: str | None = None,
    ) -> StreamCall[AgentPiece, AgentReply]:
        """Ask the flow's agent, which thinks and uses tools before it answers.

        Args:
            question: What to ask.
            state: Label that selects among the agent's tools.
            group: Tool group, or groups, to which it is confined.
            history: Earlier steps: `thought`, `action`, `arguments` and `observation` of each.
            streaming: Whether to return a stream of `AgentThought`, `AgentObservation` and `AgentAnswer`
                instead of the whole answer.
            collection: Collection to search; 2.x.
            session_id: Session to continue; the gateway makes one up if there is none; 2.x.
            conversation_id: Conversation it belongs to; 2.x.
            pattern: `react`, `plan-then-execute` or `supervisor`; the agent chooses if not given; 2.x.
            task_type: Kind of task, for that choice; 2.x.
            framing: What the task is about, for that choice; 2.x.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            The answer.

        Raises:
            AgentError: The agent failed. Gateways from 2.10.6 on report a `GatewayError` instead.
            SilentFailure: There was no answer.
            TypeError: An argument is of the wrong type.
        """
        return self._stream_call(
            "agent",
            {
                "question": check.text("question", question),
                "state": check.optional(check.text, "state", state),
                "group": check.optional(check.text_or_texts, "group", group),
                "history": check.optional(check.mappings, "history", history),
                "collection": check.optional(check.text, "collection", collection),
                "session_id": check.optional(check.text, "session_id", session_id),
                "conversation_id": check.optional(check.text, "conversation_id", conversation_id),
                "pattern": check.optional(check.text, "pattern", pattern),
                "task_type": check.optional(check.text, "task_type", task_type),
                "framing": check.optional(check.text, "framing", framing),
            },
            AgentReader,
            streaming=check.flag("streaming", streaming),
            user=check.optional(check.text, "user", user),
        )

    @dual_operation(Streamed.graph_rag, Either.graph_rag)
    def graph_rag(
        self,
        query: str | None = None,
        collection: str = "default",
        entity_limit: int = 50,
        triple_limit: int = 30,
        max_subgraph_size: int = 150,
        max_path_length: int = 2,
        edge_score_limit: int = 30,
        edge_limit: int = 25,
        max_reranker_input: int = 350,
        user_context: Mapping[str, object] | None = None,
        grounding_seeds: Sequence[str] | None = None,
        graph_seeds: Sequence[str | IRI] | None = None,
        languages: Sequence[str] | None = None,
        traversal_instructions: Sequence[Mapping[str, Sequence[str]]] | None = None,
        *,
        streaming: Literal[False] = False,
        graph: str | IRI | None = None,
        question: str | None = None,
        user: str | None = None,
    ) -> StreamCall[RAGChunk, RagAnswer]:
        """Answer a question from the knowledge graph.

        A limit of 0 is the service's own default.

        Args:
            query: The question.
            collection: Collection to search.
            entity_limit: Most entities to start from.
            triple_limit: Most triples to follow from an entity.
            max_subgraph_size: Most triples to gather.
            max_path_length: Most hops from an entity.
            edge_score_limit: Most triples to score; 2.x gateways take it and do nothing with it.
            edge_limit: Most triples to base the answer on; 2.x.
            max_reranker_input: Most triples to rank; 2.x.
            user_context: On whose behalf, for gateways with a policy filter; 2.10.1 and later.
            grounding_seeds: Concepts to start from, instead of those the model finds; 2.10.3 and later.
            graph_seeds: IRIs of entities to start from, instead of a search; 2.10.3 and later.
            languages: Tags of the languages in which literals count; `""` for no language; 2.10.3 and later.
            traversal_instructions: What to follow on each hop: `types`, `relationships` and `graphs`, lists
                of IRIs; the first element filters the entities to start from; 2.10.3 and later.
            streaming: Whether to return a stream of `RAGChunk` instead of the whole answer.
            graph: IRI of the only named graph to look into, `""` for the default graph; 2.10.7 and later.
            question: Older name of `query`.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            The answer, with token counts, model and sources as far as they are reported.

        Raises:
            GraphRagError: The service failed.
            SilentFailure: The answer broke off without an error.
            TypeError: An argument is of the wrong type, or there is no question.
            ValueError: A limit is negative, or `graph` is no IRI.
        """
        return self._stream_call(
            "graph-rag",
            {
                "query": check.renamed("query", query, "question", question),
                "collection": check.text("collection", collection),
                "entity-limit": check.count("entity_limit", entity_limit),
                "triple-limit": check.count("triple_limit", triple_limit),
                "max-subgraph-size": check.count("max_subgraph_size", max_subgraph_size),
                "max-path-length": check.count("max_path_length", max_path_length),
                "edge-score-limit": check.count("edge_score_limit", edge_score_limit),
                "edge-limit": check.count("edge_limit", edge_limit),
                "max-reranker-input": check.count("max_reranker_input", max_reranker_input),
                "user-context": check.optional(check.mapping, "user_context", user_context),
                "grounding-seeds": check.optional(check.texts, "grounding_seeds", grounding_seeds),
                "graph-seeds": check.optional(check.texts, "graph_seeds", graph_seeds),
                "languages": check.optional(check.texts, "languages", languages),
                "traversal-instructions": check.optional(
                    check.mappings, "traversal_instructions", traversal_instructions
                ),
                "graph": check.optional(check.graph, "graph", graph),
            },
            RagReader,
            streaming=check.flag("streaming", streaming),
            user=check.optional(check.text, "user", user),
        )

    @stream_operation
    def graph_rag_explain(
        self,
        query: str,
        collection: str = "default",
        entity_limit: int = 50,
        triple_limit: int = 30,
        max_subgraph_size: int = 150,
        max_path_length: int = 2,
        edge_score_limit: int = 30,
        edge_limit: int = 25,
        max_reranker_input: int = 350,
        user_context: Mapping[str, object] | None = None,
        grounding_seeds: Sequence[str] | None = None,
        graph_seeds: Sequence[str | IRI] | None = None,
        languages: Sequence[str] | None = None,
        traversal_instructions: Sequence[Mapping[str, Sequence[str]]] | None = None,
        *,
        graph: str | IRI | None = None,
        user: str | None = None,
    ) -> StreamCall[RAGChunk | ProvenanceEvent, RagAnswer]:
        """Answer a question from the knowledge graph, and say how: a stream of text and provenance.

        Args:
            query: The question. For this and the other arguments see `graph_rag`.
            collection: Collection to search.
            entity_limit: Most entities to start from.
            triple_limit: Most triples to follow from an entity.
            max_subgraph_size: Most triples to gather.
            max_path_length: Most hops from an entity.
            edge_score_limit: Most triples to score.
            edge_limit: Most triples to base the answer on.
            max_reranker_input: Most triples to rank.
            user_context: On whose behalf.
            grounding_seeds: Concepts to start from.
            graph_seeds: IRIs of entities to start from.
            languages: Tags of the languages in which literals count.
            traversal_instructions: What to follow on each hop.
            graph: IRI of the only named graph to look into.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            A stream of `RAGChunk` and, from 2.x gateways, `ProvenanceEvent`.

        Raises:
            GraphRagError: The service failed.
            SilentFailure: The answer broke off without an error.
            TypeError: An argument is of the wrong type.
            ValueError: A limit is negative, or `graph` is no IRI.
        """
        call = self._calls().graph_rag(
            query, collection, entity_limit, triple_limit, max_subgraph_size, max_path_length,
            edge_score_limit, edge_limit, max_reranker_input, user_context, grounding_seeds, graph_seeds,
            languages, traversal_instructions, graph=graph, user=user,
        )  # fmt: skip
        return self._stream_call(
            call.service, call.arguments, with_provenance(RagReader), streaming=True, user=call.user
        )

    @stream_operation
    def agent_explain(
        self,
        question: str,
        collection: str | None = None,
        state: str | None = None,
        group: str | Sequence[str] | None = None,
        history: Sequence[Mapping[str, object]] | None = None,
        *,
        session_id: str | None = None,
        conversation_id: str | None = None,
        pattern: str | None = None,
        task_type: str | None = None,
        framing: str | None = None,
        user: str | None = None,
    ) -> StreamCall[AgentPiece | ProvenanceEvent, AgentReply]:
        """Ask the flow's agent, and see how it comes to its answer: a stream of text and provenance.

        Args:
            question: What to ask. For this and the other arguments see `agent`.
            collection: Collection to search.
            state: Label that selects among the agent's tools.
            group: Tool group, or groups, to which it is confined.
            history: Earlier steps.
            session_id: Session to continue.
            conversation_id: Conversation it belongs to.
            pattern: How the agent works.
            task_type: Kind of task.
            framing: What the task is about.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            A stream of what `agent` streams and, from 2.x gateways, `ProvenanceEvent`.

        Raises:
            AgentError: The agent failed.
            SilentFailure: There was no answer.
            TypeError: An argument is of the wrong type.
        """
        call = self._calls().agent(
            question, state, group, history, collection=collection, session_id=session_id,
            conversation_id=conversation_id, pattern=pattern, task_type=task_type, framing=framing, user=user,
        )  # fmt: skip
        return self._stream_call(
            call.service, call.arguments, with_provenance(AgentReader), streaming=True, user=call.user
        )

    @operation
    def triples_query(
        self,
        s: TermLike | None = None,
        p: TermLike | None = None,
        o: TermLike | None = None,
        g: str | IRI | None = None,
        collection: str | None = None,
        limit: int = 10000,
        user_context: Mapping[str, object] | None = None,
        *,
        user: str | None = None,
    ) -> Call[list[Triple]]:
        """Find triples by pattern.

        Args:
            s: Subject, None for any; what a string stands for, here and below, decides `as_term`.
            p: Predicate, None for any.
            o: Object, None for any.
            g: IRI of the named graph to look into, `""` for the default graph, None for every graph; 2.x.
                The gateway applies it after `limit`: ask for more than you need.
            collection: Collection to search; None for `default`.
            limit: Most triples to find.
            user_context: On whose behalf, for gateways with a policy filter; 2.10.1 and later.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            The triples; empty if there are none.

        Raises:
            TriplesQueryError: The query failed.
            LocalProtocolError: The gateway cannot be asked for such a term or graph (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative, or `g` is no IRI.
        """
        return self._call(
            "triples",
            {
                "s": check.optional(check.term, "s", s),
                "p": check.optional(check.term, "p", p),
                "o": check.optional(check.term, "o", o),
                "g": check.optional(check.graph, "g", g),
                "collection": check.optional(check.text, "collection", collection),
                "limit": check.count("limit", limit),
                "user-context": check.optional(check.mapping, "user_context", user_context),
            },
            TriplesReader,
            user=check.optional(check.text, "user", user),
        )

    def _calls(self) -> FlowCalls:
        """Return the same services as data."""
        return FlowCalls(self.flow, options=self.options)

    def _call(
        self,
        service: str,
        arguments: Mapping[str, object],
        start: Start[object, T],
        *,
        user: str | None = None,
    ) -> Call[T]:
        return Call(
            service=service,
            arguments=arguments,
            start=start,
            flow=self.flow,
            workspace=self.options.workspace,
            user=user,
            repeatable=self.options.retry,
        )

    def _stream_call(
        self,
        service: str,
        arguments: Mapping[str, object],
        start: Start[C, T],
        *,
        streaming: bool,
        user: str | None = None,
    ) -> StreamCall[C, T]:
        return StreamCall(
            service=service,
            arguments={**arguments, "streaming": True} if streaming else arguments,
            start=start,
            flow=self.flow,
            workspace=self.options.workspace,
            user=user,
            repeatable=self.options.retry,
            streaming=streaming,
        )


@dataclass(frozen=True)
class FlowCalls(PureScope, FlowOps):
    """The services of one flow, as calls that somebody else carries out."""


@dataclass(frozen=True)
class SyncFlow(SyncScope, FlowOps):
    """The services of one flow, blocking."""


@dataclass(frozen=True)
class AsyncFlow(AsyncScope, FlowOps):
    """The services of one flow, awaited."""
