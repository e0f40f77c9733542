"""Knowledge cores, message by message: those of graphs, and those of document embeddings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, cast

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, stream_operation
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.core_answers import DOCUMENT_CORE, GRAPH_CORE, IDS
from tgproto.catalog.global_scope import DEFAULT_USER, GlobalScope
from tgproto.catalog.spelling import Wording
from tgproto.cores.wire import MEMBERS, encode_value
from tgproto.dialect import Dialect, Tenancy
from tgproto.types.cores import (
    CoreMetadata,
    CoreRecord,
    DocumentEmbeddingsBatch,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

CoreIds: TypeAlias = list[str]
"""Ids of cores."""

Wire: TypeAlias = Mapping[str, object]
"""A record as it stands on the wire, for callers who have one; terms in it are those of the gateway."""


@dataclass(frozen=True)
class CoreOps(GlobalScope):
    """Knowledge cores.

    Gateways 2.10.0 to 2.11.1 can neither take nor return their contents: what puts or gets triples or vectors
    fails there with `'dict' object has no attribute 'metadata'` (`schema/documents.py`).
    """

    service = "knowledge"
    needs_user = True
    entries: ClassVar = {
        "knowledge list-kg-cores": "list_kg_cores",
        "knowledge get-kg-core": "get_kg_core",
        "knowledge put-kg-core": "put_kg_core",
        "knowledge delete-kg-core": "delete_kg_core",
        "knowledge load-kg-core": "load_kg_core",
        "knowledge unload-kg-core": "unload_kg_core",
        "knowledge list-de-cores": "list_de_cores",
        "knowledge get-de-core": "get_de_core",
        "knowledge put-de-core": "put_de_core",
        "knowledge delete-de-core": "delete_de_core",
        "knowledge load-de-core": "load_de_core",
    }

    @operation
    def list_kg_cores(self, *, user: str | None = None) -> Call[CoreIds]:
        """List the graph cores.

        Args:
            user: Whose cores, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            Their ids.

        Raises:
            ServiceError: The service failed.
            TypeError: The user is no string.
        """
        return self._call("list-kg-cores", {}, IDS, user=user)

    @stream_operation
    def get_kg_core(
        self,
        id: str,  # noqa: A002
        *,
        user: str | None = None,
    ) -> StreamCall[CoreRecord, list[CoreRecord]]:
        """Fetch a graph core, record by record: triples, then vectors, then the documents they are from.

        The documents (2.5.10 and later) come as a `LibraryMetadata` and a `LibraryBlob` each; a document that
        is longer than `max_message_bytes` of the `Api` allows ends the connection.

        Args:
            id: Its id.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            A stream of the records. There are none in a core that is not there, on 1.x.

        Raises:
            LibrarianError: A document cannot be read. The graph data, which came before, is complete; if
                nothing came, there is no such core.
            ServiceError: The service failed.
            DecodeError: The core broke off, or has records of another kind.
            StreamingUnavailable: The `Api` is to use REST alone.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._stream_call("get-kg-core", {"id": check.name_of("id", id)}, GRAPH_CORE, user=user)

    @operation
    def put_kg_core(
        self,
        id: str,  # noqa: A002
        triples: TriplesBatch | Wire | None = None,
        graph_embeddings: GraphEmbeddingsBatch | Wire | None = None,
        library_metadata: LibraryMetadata | Wire | None = None,
        library_blob: LibraryBlob | Wire | None = None,
        *,
        user: str | None = None,
    ) -> Call[None]:
        """Put a record into a graph core, which is made if there is none. One call is for one record.

        Args:
            id: Id of the core. It replaces the id in the batch, by which gateways go.
            triples: A batch of triples.
            graph_embeddings: A batch of nodes with their vectors.
            library_metadata: What the library is to know about a document; 2.5.10 and later.
            library_blob: The content of that document, in the next call. A document that is there stays.
            user: Whose core it is, on gateways before 2.4.0; None for what the batch says, or `trustgraph`.

        Raises:
            ServiceError: The service failed. That a document could not be added does not show.
            LocalProtocolError: The gateway's dialect cannot express it, or it is too long.
            TypeError: An argument is of the wrong type, or there is not exactly one record.
            ValueError: The id is empty, a number is infinite or NaN, or an entity has no vector.
        """
        given = {
            "triples": _record(TriplesBatch, "triples", triples),
            "graph-embeddings": _record(GraphEmbeddingsBatch, "graph_embeddings", graph_embeddings),
            "library-metadata": _record(LibraryMetadata, "library_metadata", library_metadata),
            "library-blob": _record(LibraryBlob, "library_blob", library_blob),
        }
        records = {member: record for member, record in given.items() if record is not None}
        if len(records) != 1:
            raise TypeError(
                "give exactly one of triples, graph_embeddings, library_metadata and library_blob"
            )
        return self._put("put-kg-core", id, *records.popitem(), user)

    @operation
    def delete_kg_core(self, id: str, *, user: str | None = None) -> Call[None]:  # noqa: A002
        """Delete a graph core. What was loaded from it into flows stays.

        Args:
            id: Its id; one that is not there is no error.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The service failed.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call("delete-kg-core", {"id": check.name_of("id", id)}, NOTHING, user=user)

    @operation
    def load_kg_core(
        self,
        id: str,  # noqa: A002
        flow: str = "default",
        collection: str = "default",
        *,
        user: str | None = None,
    ) -> Call[None]:
        """Load a graph core into the stores of a flow.

        It returns when loading has begun; that it fails later does not show.

        Args:
            id: Its id.
            flow: Id of the flow.
            collection: Collection to load it into.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The service failed, or there is no such flow.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._call("load-kg-core", _loading(id, flow, collection), NOTHING, user=user)

    @operation
    def unload_kg_core(
        self,
        id: str,  # noqa: A002
        flow: str = "default",
        *,
        user: str | None = None,
    ) -> Call[None]:
        """Ask to take a graph core out of a flow, which no gateway up to 2.11.1 can: it always fails.

        Args:
            id: Its id.
            flow: Id of the flow.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: Always, of the type `not-implemented`.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        arguments = {"id": check.name_of("id", id), "flow": check.name_of("flow", flow)}
        return self._call("unload-kg-core", arguments, NOTHING, user=user)

    @operation
    def list_de_cores(self) -> Call[CoreIds]:
        """List the cores of document embeddings; 2.4.17 and later.

        Returns:
            Their ids.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway has none.
        """
        return self._call("list-de-cores", {}, IDS)

    @stream_operation
    def get_de_core(
        self,
        id: str,  # noqa: A002
    ) -> StreamCall[DocumentEmbeddingsBatch, list[DocumentEmbeddingsBatch]]:
        """Fetch a core of document embeddings, batch by batch; 2.4.17 and later.

        There are no files of such cores: what gateways export and import are graph cores.

        Args:
            id: Its id.

        Returns:
            A stream of the batches. There are none in a core that is not there.

        Raises:
            ServiceError: The service failed.
            DecodeError: The core broke off, or has records of another kind.
            NotOffered: The gateway has none.
            StreamingUnavailable: The `Api` is to use REST alone.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._stream_call("get-de-core", {"id": check.name_of("id", id)}, DOCUMENT_CORE)

    @operation
    def put_de_core(
        self,
        id: str,  # noqa: A002
        document_embeddings: DocumentEmbeddingsBatch | Wire,
    ) -> Call[None]:
        """Put a batch into a core of document embeddings, which is made if there is none; 2.4.17 and later.

        Args:
            id: Id of the core. It replaces the id in the batch, by which gateways go.
            document_embeddings: A batch of chunks with their vectors.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway has no such cores.
            LocalProtocolError: It is too long.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or a number is infinite or NaN.
        """
        record = _record(DocumentEmbeddingsBatch, "document_embeddings", document_embeddings)
        if record is None:
            raise TypeError("document_embeddings is needed")
        return self._put("put-de-core", id, "document-embeddings", record, None)

    @operation
    def delete_de_core(self, id: str) -> Call[None]:  # noqa: A002
        """Delete a core of document embeddings; 2.4.17 and later. What was loaded from it stays.

        Args:
            id: Its id; one that is not there is no error.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway has no such cores.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._call("delete-de-core", {"id": check.name_of("id", id)}, NOTHING)

    @operation
    def load_de_core(
        self,
        id: str,  # noqa: A002
        flow: str = "default",
        collection: str = "default",
    ) -> Call[None]:
        """Load a core of document embeddings into the store of a flow; 2.4.17 and later.

        It returns when loading has begun; that it fails later does not show.

        Args:
            id: Its id.
            flow: Id of the flow.
            collection: Collection to load it into.

        Raises:
            ServiceError: The service failed, or there is no such flow.
            NotOffered: The gateway has no such cores.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._call("load-de-core", _loading(id, flow, collection), NOTHING)

    def _put(
        self,
        operation: str,
        id: str,  # noqa: A002
        member: str,
        record: CoreRecord | DocumentEmbeddingsBatch | Wire,
        user: str | None,
    ) -> Call[None]:
        core_id = check.name_of("id", id)
        owner = check.optional(check.text, "user", user)
        if isinstance(record, Mapping):
            wording = _as_given(member, core_id, record, owner)
        else:
            wording = _as_typed(core_id, record, owner)
        return self._call(operation, {"id": core_id}, NOTHING, wording, user=owner)


def _loading(id: str, flow: str, collection: str) -> dict[str, str]:  # noqa: A002
    return {
        "id": check.name_of("id", id),
        "flow": check.name_of("flow", flow),
        "collection": check.name_of("collection", collection),
    }


def _record(kind: type[check.R], name: str, value: object) -> check.R | Wire | None:
    """Return a record, or the mapping that stands for it."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return cast("Wire", value)
    return check.instance(kind, name, value)


def _as_typed(core_id: str, record: CoreRecord | DocumentEmbeddingsBatch, user: str | None) -> Wording:
    """Return the member for a record, in the core that it is put into."""
    if isinstance(record, TriplesBatch | GraphEmbeddingsBatch | DocumentEmbeddingsBatch):
        told = check.instance(CoreMetadata, "metadata", record.metadata)
        metadata = dataclasses.replace(told, id=core_id, user=user or told.user)
        record = dataclasses.replace(record, metadata=metadata)
    if isinstance(record, TriplesBatch):
        check.triples("triples", record.triples)

    def member(dialect: Dialect) -> dict[str, object]:
        return {MEMBERS[type(record)]: encode_value(record, dialect)}

    return member


def _as_given(name: str, core_id: str, record: Wire, user: str | None) -> Wording:
    """Return the member for a record that is given as it stands on the wire."""
    if name.startswith("library-"):
        return lambda _: {name: record}
    told = check.mapping("metadata", record.get("metadata", {}))

    def member(dialect: Dialect) -> dict[str, object]:
        metadata: dict[str, object] = {"collection": "default"}
        if dialect.tenancy is Tenancy.USER:
            metadata |= {"user": DEFAULT_USER, "metadata": []}
        metadata |= told
        if user is not None and "user" in metadata:
            metadata["user"] = user
        return {name: {**record, "metadata": {**metadata, "id": core_id}}}

    return member
