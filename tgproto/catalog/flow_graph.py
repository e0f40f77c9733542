"""A flow's graph: triples by pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.triples import TriplesReader
from tgproto.types.terms import IRI, TermLike, Triple


@dataclass(frozen=True)
class GraphOps(FlowScope):
    """The graph of a flow."""

    entries: ClassVar = {"triples": "triples_query"}

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
            user=user,
        )
