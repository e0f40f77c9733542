"""A flow's retrieval: answers from its graph and from its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import dual_operation, stream_operation
from tgproto.catalog.call import StreamCall
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.provenance import with_provenance
from tgproto.catalog.rag import RagReader
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.streaming import Either, Streamed
from tgproto.types.chunks import ProvenanceEvent, RAGChunk
from tgproto.types.results import RagAnswer
from tgproto.types.terms import IRI

_USUAL: Final = {"edge-score-limit": 30, "edge-limit": 25, "max-reranker-input": 350, "fetch-limit": 0}
"""What the newer limits are if nobody says anything else; older gateways need not be told."""


@dataclass(frozen=True)
class RagOps(FlowScope):
    """The retrieval services of a flow."""

    entries: ClassVar = {"graph-rag": "graph_rag", "document-rag": "document_rag"}

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
                "query": check.renamed(check.text, "query", query, "question", question),
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
            streaming=streaming,
            usual=_USUAL,
            user=user,
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
        calls = _RagCalls(self.flow, options=self.options)
        call = calls.graph_rag(
            query, collection, entity_limit, triple_limit, max_subgraph_size, max_path_length,
            edge_score_limit, edge_limit, max_reranker_input, user_context, grounding_seeds, graph_seeds,
            languages, traversal_instructions, graph=graph, user=user,
        )  # fmt: skip
        return self._stream_call(
            call.service,
            call.arguments,
            with_provenance(RagReader),
            streaming=True,
            usual=_USUAL,
            user=call.user,
        )

    @dual_operation(Streamed.document_rag, Either.document_rag)
    def document_rag(
        self,
        query: str | None = None,
        collection: str = "default",
        doc_limit: int = 10,
        fetch_limit: int = 0,
        *,
        streaming: Literal[False] = False,
        question: str | None = None,
        user: str | None = None,
    ) -> StreamCall[RAGChunk, RagAnswer]:
        """Answer a question from the documents.

        Args:
            query: The question.
            collection: Collection to search.
            doc_limit: Most chunks of documents to base the answer on; 0 is the service's own default.
            fetch_limit: Most chunks to rank; 0 derives it from `doc_limit`; 2.x.
            streaming: Whether to return a stream of `RAGChunk` instead of the whole answer.
            question: Older name of `query`.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            The answer, with token counts and model as far as they are reported.

        Raises:
            DocumentRagError: The service failed.
            SilentFailure: The answer broke off without an error.
            TypeError: An argument is of the wrong type, or there is no question.
            ValueError: A limit is negative.
        """
        return self._stream_call(
            "document-rag",
            {
                "query": check.renamed(check.text, "query", query, "question", question),
                "collection": check.text("collection", collection),
                "doc-limit": check.count("doc_limit", doc_limit),
                "fetch-limit": check.count("fetch_limit", fetch_limit),
            },
            RagReader,
            streaming=streaming,
            usual=_USUAL,
            user=user,
        )

    @stream_operation
    def document_rag_explain(
        self,
        query: str,
        collection: str = "default",
        doc_limit: int = 10,
        fetch_limit: int = 0,
        *,
        user: str | None = None,
    ) -> StreamCall[RAGChunk | ProvenanceEvent, RagAnswer]:
        """Answer a question from the documents, and say how: a stream of text and provenance.

        Args:
            query: The question. For this and the other arguments see `document_rag`.
            collection: Collection to search.
            doc_limit: Most chunks of documents to base the answer on.
            fetch_limit: Most chunks to rank.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            A stream of `RAGChunk` and, from 2.x gateways, `ProvenanceEvent`.

        Raises:
            DocumentRagError: The service failed.
            SilentFailure: The answer broke off without an error.
            TypeError: An argument is of the wrong type.
            ValueError: A limit is negative.
        """
        calls = _RagCalls(self.flow, options=self.options)
        call = calls.document_rag(query, collection, doc_limit, fetch_limit, user=user)
        return self._stream_call(
            call.service,
            call.arguments,
            with_provenance(RagReader),
            streaming=True,
            usual=_USUAL,
            user=call.user,
        )


@dataclass(frozen=True)
class _RagCalls(PureScope, RagOps):
    """The same as data."""
