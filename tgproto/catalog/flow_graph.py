"""A flow's graph: triples by pattern, and SPARQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation, stream_operation
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.sparql import SparqlReader
from tgproto.catalog.triples import TriplesReader
from tgproto.types.sparql import SparqlAnswer
from tgproto.types.terms import IRI, TermLike, Triple


@dataclass(frozen=True)
class GraphOps(FlowScope):
    """The graph of a flow."""

    entries: ClassVar = {"triples": "triples_query", "sparql": "sparql_query"}

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
        arguments = _pattern(s, p, o, g, collection, limit, user_context)
        return self._call("triples", arguments, TriplesReader, user=user)

    @stream_operation
    def triples_query_stream(
        self,
        s: TermLike | None = None,
        p: TermLike | None = None,
        o: TermLike | None = None,
        g: str | IRI | None = None,
        collection: str | None = None,
        limit: int = 10000,
        batch_size: int = 20,
        user_context: Mapping[str, object] | None = None,
        *,
        user: str | None = None,
    ) -> StreamCall[list[Triple], list[Triple]]:
        """Find triples by pattern, and take them batch by batch. 1.x sends one batch.

        Args:
            s: Subject, None for any; see `triples_query` for this and the others.
            p: Predicate, None for any.
            o: Object, None for any.
            g: IRI of the named graph to look into, `""` for the default graph, None for every graph; 2.x.
            collection: Collection to search; None for `default`.
            limit: Most triples to find.
            batch_size: Most triples in a batch, at least 1.
            user_context: On whose behalf, for gateways with a policy filter; 2.10.1 and later.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            A stream of lists of triples; its result is the list of them all.

        Raises:
            TriplesQueryError: The query failed.
            StreamingUnavailable: It was asked over REST.
            LocalProtocolError: The gateway cannot be asked for such a term or graph (1.x).
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative, the batch size is below 1, or `g` is no IRI.
        """
        arguments = {
            **_pattern(s, p, o, g, collection, limit, user_context),
            "batch-size": check.positive("batch_size", batch_size),
        }
        usual = {"batch-size": batch_size, "streaming": True}  # 1.x has one batch
        return self._stream_call("triples", arguments, TriplesReader, streaming=True, usual=usual, user=user)

    @operation
    def sparql_query(
        self,
        query: str,
        collection: str = "default",
        limit: int = 10000,
        user_context: Mapping[str, object] | None = None,
    ) -> Call[SparqlAnswer]:
        """Ask the graph in SPARQL 1.1; gateways 2.2.17 and later.

        The gateway reads `GRAPH` clauses and ignores them: every pattern runs over all graphs. A quoted
        triple in a solution has lost its content (`query/sparql/algebra.py`, up to 2.11.1).

        Args:
            query: The query.
            collection: Collection to search.
            limit: Most solutions or triples to find.
            user_context: On whose behalf, for gateways with a policy filter; 2.10.1 and later.

        Returns:
            The solutions of a `SELECT`, the answer to an `ASK`, the triples of a `CONSTRUCT` or `DESCRIBE`.

        Raises:
            SparqlError: The query cannot be read, is not supported, or failed.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative.
        """
        return self._call("sparql", _sparql(query, collection, limit, user_context), SparqlReader)

    @stream_operation
    def sparql_query_stream(
        self,
        query: str,
        collection: str = "default",
        limit: int = 10000,
        batch_size: int = 20,
        user_context: Mapping[str, object] | None = None,
    ) -> StreamCall[SparqlAnswer, SparqlAnswer]:
        """Ask the graph in SPARQL 1.1, and take the solutions of a `SELECT` batch by batch.

        Args:
            query: The query; see `sparql_query` for this and the others.
            collection: Collection to search.
            limit: Most solutions or triples to find.
            batch_size: Most solutions in a batch, at least 1.
            user_context: On whose behalf, for gateways with a policy filter; 2.10.1 and later.

        Returns:
            A stream of batches; its result is the whole answer.

        Raises:
            SparqlError: The query cannot be read, is not supported, or failed.
            StreamingUnavailable: It was asked over REST.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative, or the batch size is below 1.
        """
        arguments = {
            **_sparql(query, collection, limit, user_context),
            "batch-size": check.positive("batch_size", batch_size),
        }
        return self._stream_call("sparql", arguments, SparqlReader, streaming=True)


def _pattern(
    s: TermLike | None,
    p: TermLike | None,
    o: TermLike | None,
    g: str | IRI | None,
    collection: str | None,
    limit: int,
    user_context: Mapping[str, object] | None,
) -> dict[str, object]:
    return {
        "s": check.optional(check.term, "s", s),
        "p": check.optional(check.term, "p", p),
        "o": check.optional(check.term, "o", o),
        "g": check.optional(check.graph, "g", g),
        "collection": check.optional(check.text, "collection", collection),
        "limit": check.count("limit", limit),
        "user-context": check.optional(check.mapping, "user_context", user_context),
    }


def _sparql(
    query: str, collection: str, limit: int, user_context: Mapping[str, object] | None
) -> dict[str, object]:
    return {
        "query": check.text("query", query),
        "collection": check.text("collection", collection),
        "limit": check.count("limit", limit),
        "user-context": check.optional(check.mapping, "user_context", user_context),
    }
