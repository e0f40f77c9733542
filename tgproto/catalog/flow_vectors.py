"""A flow's vectors: those of texts, and what is close to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call, leading_to
from tgproto.catalog.embeddings import CHUNKS, ENTITIES, ROW_MATCHES, Vectors, vectors_of
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.spelling import Refusal, Spelling, embeds_many, queries_one_vector
from tgproto.catalog.steps import Steps, step
from tgproto.types.matches import ChunkMatch, EntityMatches, Matches, RowMatch
from tgproto.types.terms import IRI


@dataclass(frozen=True)
class VectorOps(FlowScope):
    """The services of a flow that have to do with vectors."""

    entries: ClassVar = {
        "embeddings": "embeddings",
        "graph-embeddings": "graph_embeddings_query",
        "document-embeddings": "document_embeddings_query",
        "row-embeddings": "row_embeddings_query",
    }

    @operation
    def embeddings(
        self, texts: str | Sequence[str] | None = None, *, text: str | None = None
    ) -> Call[Vectors]:
        """Turn texts into vectors.

        Args:
            texts: The texts; a string counts as a list of one. Gateways before 2.1.5 take only one.
            text: Older name for one text.

        Returns:
            A vector for each text, in their order. 1.x gateways may return several for their one text.

        Raises:
            EmbeddingsError: The service failed.
            SilentFailure: It failed, and the gateway (2.10.6 and later) lost the error.
            LocalProtocolError: The gateway takes one text.
            TypeError: An argument is of the wrong type, or there is none.
        """
        wanted = check.renamed(check.text_or_texts, "texts", texts, "text", text)
        only = wanted[0] if len(wanted) == 1 else Refusal("this gateway embeds one text at a time")
        return self._call(
            "embeddings",
            {},
            vectors_of(len(wanted)),
            Spelling(embeds_many, {"texts": wanted}, {"text": only}),
        )

    @procedure
    def graph_embeddings_query(
        self,
        text: str,
        collection: str,
        limit: int = 10,
        rdf_type: str | IRI | None = None,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        *,
        user: str | None = None,
    ) -> Steps[EntityMatches]:
        """Find entities of the graph that are close in meaning to a text.

        It takes two calls: the first turns the text into a vector.

        Args:
            text: What to look for.
            collection: Collection to search.
            limit: Most entities to find.
            rdf_type: IRI of the type that they must have; 2.10.0 and later.
            attributes: What they must have been indexed with: by name a string, or strings that must all be
                there; 2.10.0 and later.
            user: Whose data to use, on gateways before 2.4.0.

        Returns:
            The entities, best first. The list is empty if there are none; gateways from 2.10.6 on also return
            an empty one if the search failed.

        Raises:
            RequestTimeout: The search failed, and the service could not say so, as those of upstream cannot
                (`base/graph_embeddings_query_service.py`, up to 2.11.1); or it takes too long.
            ServiceError: A service failed.
            SilentFailure: The text could not be turned into a vector, and the gateway lost the error.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative.
        """
        arguments = {
            "collection": check.text("collection", collection),
            "limit": check.count("limit", limit),
            "rdf_type": check.optional(check.iri, "rdf_type", rdf_type),
            "attributes": check.optional(check.attributes, "attributes", attributes),
        }
        owner = check.optional(check.text, "user", user)
        vectors = yield from step(self._embedded(text, "graph-embeddings"))
        found = self._call(
            "graph-embeddings",
            arguments,
            ENTITIES,
            Spelling(queries_one_vector, {"vector": vectors[0]}, {"vectors": vectors}),
            user=owner,
        )
        return (yield from step(found))

    @procedure
    def document_embeddings_query(
        self,
        text: str,
        collection: str,
        limit: int = 10,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
    ) -> Steps[Matches[ChunkMatch]]:
        """Find chunks of documents that are close in meaning to a text. 1.x has no such service.

        It takes two calls: the first turns the text into a vector.

        Args:
            text: What to look for.
            collection: Collection to search.
            limit: Most chunks to find.
            attributes: What they must have been indexed with: by name a string, or strings that must all be
                there; 2.10.0 and later.

        Returns:
            The chunks, best first. The list is empty if there are none; gateways from 2.10.6 on also return
            an empty one if the search failed.

        Raises:
            ServiceError: A service failed.
            SilentFailure: The text could not be turned into a vector, and the gateway lost the error.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative.
        """
        arguments = {
            "collection": check.text("collection", collection),
            "limit": check.count("limit", limit),
            "attributes": check.optional(check.attributes, "attributes", attributes),
        }
        vectors = yield from step(self._embedded(text, "document-embeddings"))
        found = self._call("document-embeddings", {"vector": vectors[0], **arguments}, CHUNKS)
        return (yield from step(found))

    @procedure
    def row_embeddings_query(
        self,
        text: str,
        schema_name: str,
        collection: str = "default",
        index_name: str | None = None,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 10,
    ) -> Steps[Matches[RowMatch]]:
        """Find rows of structured data that are close in meaning to a text. 1.x has no such service.

        It takes two calls: the first turns the text into a vector.

        Args:
            text: What to look for.
            schema_name: Schema of the rows; from 2.10.0 on empty for any.
            collection: Collection to search.
            index_name: Index of the schema to search; None for all.
            attributes: What they must have been indexed with: by name a string, or strings that must all be
                there; 2.10.0 and later.
            limit: Most rows to find.

        Returns:
            The rows, best first; empty if there are none.

        Raises:
            ServiceError: A service failed.
            SilentFailure: The text could not be turned into a vector, and the gateway lost the error.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative.
        """
        arguments = {
            "schema_name": check.text("schema_name", schema_name),
            "collection": check.text("collection", collection),
            "index_name": check.optional(check.text, "index_name", index_name),
            "attributes": check.optional(check.attributes, "attributes", attributes),
            "limit": check.count("limit", limit),
        }
        vectors = yield from step(self._embedded(text, "row-embeddings"))
        found = self._call("row-embeddings", {"vector": vectors[0], **arguments}, ROW_MATCHES)
        return (yield from step(found))

    def _embedded(self, text: str, service: str) -> Call[Vectors]:
        """Return the call that makes of a text what a service searches by."""
        calls = _VectorCalls(self.flow, options=self.options)
        return leading_to(service, calls.embeddings(text=check.text("text", text)))


@dataclass(frozen=True)
class _VectorCalls(PureScope, VectorOps):
    """The same as data."""
