"""The operations of bulk import, defined once. Each returns what to do as data.

A scope binds them in its colour; see `bulk_bind`.
"""

# ruff: noqa: D417  # `scope` is what `self` is elsewhere

from __future__ import annotations

from collections.abc import Mapping

from tgproto.catalog.bulk_plans import (
    Confirmation,
    Given,
    ImportPlan,
    ImportSettings,
    OnInvalid,
    OnOffset,
    OnProgress,
    Source,
    import_plan,
)
from tgproto.catalog.scopes import Scope
from tgproto.types.bulk import BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding, Row
from tgproto.types.terms import Triple

MEBIBYTE = 2**20


def import_triples(
    scope: Scope,
    flow: str,
    triples: Source[Given[Triple]],
    metadata: BulkMetadata | Mapping[str, object] | None = None,
    batch_size: int = 100,
    *,
    collection: str | None = None,
    user: str | None = None,
    confirm: Confirmation = "ping",
    resume: bool = True,
    on_invalid: OnInvalid = "raise",
    on_progress: OnProgress | None = None,
    on_offset: OnOffset | None = None,
    batch_bytes: int = MEBIBYTE,
    connections: int = 1,
) -> ImportPlan:
    """Import triples into the graph of a flow.

    The source is asked for more only when there is room, so memory is constant.

    Args:
        flow: Id of the flow.
        triples: `Triple`s, dicts like those on the wire, or batches of an export, which keep their
            metadata and count as one item each; named graphs are kept (2.x).
        metadata: What is said about all items: a `BulkMetadata`, or a dict with some of its members.
        batch_size: Items in a message, at most.
        collection: Collection that the items belong to; None for that of the metadata, or `default`.
        user: Whose they are, on gateways before 2.4.0.
        confirm: What counts as the gateway's word: `"ping"`, the answer to a ping behind the items;
            `"close"`, the answer to the closing handshake behind everything, if a proxy answers pings
            itself; None, nothing, so that all items stay unconfirmed.
        resume: Whether to reconnect after a loss, and to send again what was not confirmed; some items
            may then be handled twice (`resent`). It needs `confirm="ping"`.
        on_invalid: What to do with an item that cannot be sent: `"raise"`, once everything in front of it
            is confirmed; `"skip"`; or a function to be told, which may raise, or let it be skipped.
        on_progress: Called whenever more is confirmed, with the number of items confirmed so far, and the
            number of all items, or None if the source has no length.
        on_offset: Called with the number of items of the source, from its first one on, that are all
            certainly handled or left out, whenever it has grown: from there on one can go on after whatever
            end. It needs `confirm="ping"`. With several connections, `on_progress` may be ahead of it.
        batch_bytes: Length in bytes at which a message is divided, unless it holds one item only.
        connections: How many sockets the messages are divided among, from 1 to 64. Each goes to one that
            has room, so they arrive in any order. If one is lost for good, the others are given up.

    Returns:
        How it went.

    Raises:
        ImportInterrupted: Not everything was confirmed. The error has the counts, and where to go on:
            `offset`, in front of which nothing is missing. With several connections, `confirmed` counts
            also what was confirmed behind it.
        ImportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        InvalidItem: An item cannot be sent, and `on_invalid` is `"raise"`.
        CallError: Nothing was sent: no connection, no access, or no gateway.
        LocalProtocolError: The gateway cannot be told the metadata, or has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    settings = ImportSettings(
        metadata,
        collection,
        user,
        batch_size,
        batch_bytes,
        confirm,
        resume,
        on_invalid,
        on_progress,
        on_offset,
        connections,
    )
    return import_plan("triples", flow, "triples", triples, settings, scope.options)


def import_graph_embeddings(
    scope: Scope,
    flow: str,
    embeddings: Source[Given[GraphEmbedding]],
    metadata: BulkMetadata | Mapping[str, object] | None = None,
    batch_size: int = 100,
    *,
    collection: str | None = None,
    user: str | None = None,
    confirm: Confirmation = "ping",
    resume: bool = True,
    on_invalid: OnInvalid = "raise",
    on_progress: OnProgress | None = None,
    on_offset: OnOffset | None = None,
    batch_bytes: int = MEBIBYTE,
    connections: int = 1,
) -> ImportPlan:
    """Import embeddings of nodes of the graph.

    The source is asked for more only when there is room, so memory is constant.

    Args:
        flow: Id of the flow.
        embeddings: `GraphEmbedding`s, dicts like those on the wire, or batches of an export, which keep
            their metadata and count as one item each.
        metadata: What is said about all items: a `BulkMetadata`, or a dict with some of its members.
        batch_size: Items in a message, at most.
        collection: Collection that the items belong to; None for that of the metadata, or `default`.
        user: Whose they are, on gateways before 2.4.0.
        confirm: What counts as the gateway's word: `"ping"`, the answer to a ping behind the items;
            `"close"`, the answer to the closing handshake behind everything, if a proxy answers pings
            itself; None, nothing, so that all items stay unconfirmed.
        resume: Whether to reconnect after a loss, and to send again what was not confirmed; some items
            may then be handled twice (`resent`). It needs `confirm="ping"`.
        on_invalid: What to do with an item that cannot be sent: `"raise"`, once everything in front of it
            is confirmed; `"skip"`; or a function to be told, which may raise, or let it be skipped.
        on_progress: Called whenever more is confirmed, with the number of items confirmed so far, and the
            number of all items, or None if the source has no length.
        on_offset: Called with the number of items of the source, from its first one on, that are all
            certainly handled or left out, whenever it has grown: from there on one can go on after whatever
            end. It needs `confirm="ping"`. With several connections, `on_progress` may be ahead of it.
        batch_bytes: Length in bytes at which a message is divided, unless it holds one item only.
        connections: How many sockets the messages are divided among, from 1 to 64. Each goes to one that
            has room, so they arrive in any order. If one is lost for good, the others are given up.

    Returns:
        How it went.

    Raises:
        ImportInterrupted: Not everything was confirmed. The error has the counts, and where to go on:
            `offset`, in front of which nothing is missing. With several connections, `confirmed` counts
            also what was confirmed behind it.
        ImportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        InvalidItem: An item cannot be sent, and `on_invalid` is `"raise"`.
        CallError: Nothing was sent: no connection, no access, or no gateway.
        LocalProtocolError: The gateway cannot be told the metadata, or has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    settings = ImportSettings(
        metadata,
        collection,
        user,
        batch_size,
        batch_bytes,
        confirm,
        resume,
        on_invalid,
        on_progress,
        on_offset,
        connections,
    )
    return import_plan("graph-embeddings", flow, "embeddings", embeddings, settings, scope.options)


def import_document_embeddings(
    scope: Scope,
    flow: str,
    embeddings: Source[Given[DocumentEmbedding]],
    metadata: BulkMetadata | Mapping[str, object] | None = None,
    batch_size: int = 100,
    *,
    collection: str | None = None,
    user: str | None = None,
    confirm: Confirmation = "ping",
    resume: bool = True,
    on_invalid: OnInvalid = "raise",
    on_progress: OnProgress | None = None,
    on_offset: OnOffset | None = None,
    batch_bytes: int = MEBIBYTE,
    connections: int = 1,
) -> ImportPlan:
    """Import embeddings of chunks of documents.

    The source is asked for more only when there is room, so memory is constant.

    Args:
        flow: Id of the flow.
        embeddings: `DocumentEmbedding`s, dicts like those on the wire, or batches of an export, which keep
            their metadata and count as one item each.
        metadata: What is said about all items: a `BulkMetadata`, or a dict with some of its members.
        batch_size: Items in a message, at most.
        collection: Collection that the items belong to; None for that of the metadata, or `default`.
        user: Whose they are, on gateways before 2.4.0.
        confirm: What counts as the gateway's word: `"ping"`, the answer to a ping behind the items;
            `"close"`, the answer to the closing handshake behind everything, if a proxy answers pings
            itself; None, nothing, so that all items stay unconfirmed.
        resume: Whether to reconnect after a loss, and to send again what was not confirmed; some items
            may then be handled twice (`resent`). It needs `confirm="ping"`.
        on_invalid: What to do with an item that cannot be sent: `"raise"`, once everything in front of it
            is confirmed; `"skip"`; or a function to be told, which may raise, or let it be skipped.
        on_progress: Called whenever more is confirmed, with the number of items confirmed so far, and the
            number of all items, or None if the source has no length.
        on_offset: Called with the number of items of the source, from its first one on, that are all
            certainly handled or left out, whenever it has grown: from there on one can go on after whatever
            end. It needs `confirm="ping"`. With several connections, `on_progress` may be ahead of it.
        batch_bytes: Length in bytes at which a message is divided, unless it holds one item only.
        connections: How many sockets the messages are divided among, from 1 to 64. Each goes to one that
            has room, so they arrive in any order. If one is lost for good, the others are given up.

    Returns:
        How it went.

    Raises:
        ImportInterrupted: Not everything was confirmed. The error has the counts, and where to go on:
            `offset`, in front of which nothing is missing. With several connections, `confirmed` counts
            also what was confirmed behind it.
        ImportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        InvalidItem: An item cannot be sent, and `on_invalid` is `"raise"`.
        CallError: Nothing was sent: no connection, no access, or no gateway.
        LocalProtocolError: The gateway cannot be told the metadata, or has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    settings = ImportSettings(
        metadata,
        collection,
        user,
        batch_size,
        batch_bytes,
        confirm,
        resume,
        on_invalid,
        on_progress,
        on_offset,
        connections,
    )
    return import_plan("document-embeddings", flow, "embeddings", embeddings, settings, scope.options)


def import_entity_contexts(
    scope: Scope,
    flow: str,
    contexts: Source[Given[EntityContext]],
    metadata: BulkMetadata | Mapping[str, object] | None = None,
    batch_size: int = 100,
    *,
    collection: str | None = None,
    user: str | None = None,
    confirm: Confirmation = "ping",
    resume: bool = True,
    on_invalid: OnInvalid = "raise",
    on_progress: OnProgress | None = None,
    on_offset: OnOffset | None = None,
    batch_bytes: int = MEBIBYTE,
    connections: int = 1,
) -> ImportPlan:
    """Import texts about nodes of the graph.

    The source is asked for more only when there is room, so memory is constant.

    Args:
        flow: Id of the flow.
        contexts: `EntityContext`s, dicts like those on the wire, or batches of an export, which keep
            their metadata and count as one item each.
        metadata: What is said about all items: a `BulkMetadata`, or a dict with some of its members.
        batch_size: Items in a message, at most.
        collection: Collection that the items belong to; None for that of the metadata, or `default`.
        user: Whose they are, on gateways before 2.4.0.
        confirm: What counts as the gateway's word: `"ping"`, the answer to a ping behind the items;
            `"close"`, the answer to the closing handshake behind everything, if a proxy answers pings
            itself; None, nothing, so that all items stay unconfirmed.
        resume: Whether to reconnect after a loss, and to send again what was not confirmed; some items
            may then be handled twice (`resent`). It needs `confirm="ping"`.
        on_invalid: What to do with an item that cannot be sent: `"raise"`, once everything in front of it
            is confirmed; `"skip"`; or a function to be told, which may raise, or let it be skipped.
        on_progress: Called whenever more is confirmed, with the number of items confirmed so far, and the
            number of all items, or None if the source has no length.
        on_offset: Called with the number of items of the source, from its first one on, that are all
            certainly handled or left out, whenever it has grown: from there on one can go on after whatever
            end. It needs `confirm="ping"`. With several connections, `on_progress` may be ahead of it.
        batch_bytes: Length in bytes at which a message is divided, unless it holds one item only.
        connections: How many sockets the messages are divided among, from 1 to 64. Each goes to one that
            has room, so they arrive in any order. If one is lost for good, the others are given up.

    Returns:
        How it went.

    Raises:
        ImportInterrupted: Not everything was confirmed. The error has the counts, and where to go on:
            `offset`, in front of which nothing is missing. With several connections, `confirmed` counts
            also what was confirmed behind it.
        ImportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        InvalidItem: An item cannot be sent, and `on_invalid` is `"raise"`.
        CallError: Nothing was sent: no connection, no access, or no gateway.
        LocalProtocolError: The gateway cannot be told the metadata, or has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    settings = ImportSettings(
        metadata,
        collection,
        user,
        batch_size,
        batch_bytes,
        confirm,
        resume,
        on_invalid,
        on_progress,
        on_offset,
        connections,
    )
    return import_plan("entity-contexts", flow, "contexts", contexts, settings, scope.options)


def import_rows(
    scope: Scope,
    flow: str,
    rows: Source[Given[Row]],
    metadata: BulkMetadata | Mapping[str, object] | None = None,
    batch_size: int = 40,
    *,
    collection: str | None = None,
    user: str | None = None,
    confirm: Confirmation = "ping",
    resume: bool = True,
    on_invalid: OnInvalid = "raise",
    on_progress: OnProgress | None = None,
    on_offset: OnOffset | None = None,
    batch_bytes: int = MEBIBYTE,
    connections: int = 1,
) -> ImportPlan:
    """Import rows of structured data; gateways before 2.0.11 call them objects.

    The source is asked for more only when there is room, so memory is constant.

    Args:
        flow: Id of the flow.
        rows: `Row`s, or dicts like them. Neighbours of one schema share a message.
        metadata: What is said about all items: a `BulkMetadata`, or a dict with some of its members.
        batch_size: Items in a message, at most.
        collection: Collection that the items belong to; None for that of the metadata, or `default`.
        user: Whose they are, on gateways before 2.4.0.
        confirm: What counts as the gateway's word: `"ping"`, the answer to a ping behind the items;
            `"close"`, the answer to the closing handshake behind everything, if a proxy answers pings
            itself; None, nothing, so that all items stay unconfirmed.
        resume: Whether to reconnect after a loss, and to send again what was not confirmed; some items
            may then be handled twice (`resent`). It needs `confirm="ping"`.
        on_invalid: What to do with an item that cannot be sent: `"raise"`, once everything in front of it
            is confirmed; `"skip"`; or a function to be told, which may raise, or let it be skipped.
        on_progress: Called whenever more is confirmed, with the number of items confirmed so far, and the
            number of all items, or None if the source has no length.
        on_offset: Called with the number of items of the source, from its first one on, that are all
            certainly handled or left out, whenever it has grown: from there on one can go on after whatever
            end. It needs `confirm="ping"`. With several connections, `on_progress` may be ahead of it.
        batch_bytes: Length in bytes at which a message is divided, unless it holds one item only.
        connections: How many sockets the messages are divided among, from 1 to 64. Each goes to one that
            has room, so they arrive in any order. If one is lost for good, the others are given up.

    Returns:
        How it went.

    Raises:
        ImportInterrupted: Not everything was confirmed. The error has the counts, and where to go on:
            `offset`, in front of which nothing is missing. With several connections, `confirmed` counts
            also what was confirmed behind it.
        ImportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        InvalidItem: An item cannot be sent, and `on_invalid` is `"raise"`.
        CallError: Nothing was sent: no connection, no access, or no gateway.
        LocalProtocolError: The gateway cannot be told the metadata, or has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    settings = ImportSettings(
        metadata,
        collection,
        user,
        batch_size,
        batch_bytes,
        confirm,
        resume,
        on_invalid,
        on_progress,
        on_offset,
        connections,
    )
    return import_plan("rows", flow, "rows", rows, settings, scope.options)


def import_objects(
    scope: Scope,
    flow: str,
    objects: Source[Given[Row]],
    metadata: BulkMetadata | Mapping[str, object] | None = None,
    batch_size: int = 40,
    *,
    collection: str | None = None,
    user: str | None = None,
    confirm: Confirmation = "ping",
    resume: bool = True,
    on_invalid: OnInvalid = "raise",
    on_progress: OnProgress | None = None,
    on_offset: OnOffset | None = None,
    batch_bytes: int = MEBIBYTE,
    connections: int = 1,
) -> ImportPlan:
    """Import rows of structured data: another name of `import_rows`.

    The source is asked for more only when there is room, so memory is constant.

    Args:
        flow: Id of the flow.
        objects: `Row`s, or dicts like them. Neighbours of one schema share a message.
        metadata: What is said about all items: a `BulkMetadata`, or a dict with some of its members.
        batch_size: Items in a message, at most.
        collection: Collection that the items belong to; None for that of the metadata, or `default`.
        user: Whose they are, on gateways before 2.4.0.
        confirm: What counts as the gateway's word: `"ping"`, the answer to a ping behind the items;
            `"close"`, the answer to the closing handshake behind everything, if a proxy answers pings
            itself; None, nothing, so that all items stay unconfirmed.
        resume: Whether to reconnect after a loss, and to send again what was not confirmed; some items
            may then be handled twice (`resent`). It needs `confirm="ping"`.
        on_invalid: What to do with an item that cannot be sent: `"raise"`, once everything in front of it
            is confirmed; `"skip"`; or a function to be told, which may raise, or let it be skipped.
        on_progress: Called whenever more is confirmed, with the number of items confirmed so far, and the
            number of all items, or None if the source has no length.
        on_offset: Called with the number of items of the source, from its first one on, that are all
            certainly handled or left out, whenever it has grown: from there on one can go on after whatever
            end. It needs `confirm="ping"`. With several connections, `on_progress` may be ahead of it.
        batch_bytes: Length in bytes at which a message is divided, unless it holds one item only.
        connections: How many sockets the messages are divided among, from 1 to 64. Each goes to one that
            has room, so they arrive in any order. If one is lost for good, the others are given up.

    Returns:
        How it went.

    Raises:
        ImportInterrupted: Not everything was confirmed. The error has the counts, and where to go on:
            `offset`, in front of which nothing is missing. With several connections, `confirmed` counts
            also what was confirmed behind it.
        ImportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        InvalidItem: An item cannot be sent, and `on_invalid` is `"raise"`.
        CallError: Nothing was sent: no connection, no access, or no gateway.
        LocalProtocolError: The gateway cannot be told the metadata, or has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    settings = ImportSettings(
        metadata,
        collection,
        user,
        batch_size,
        batch_bytes,
        confirm,
        resume,
        on_invalid,
        on_progress,
        on_offset,
        connections,
    )
    return import_plan("rows", flow, "objects", objects, settings, scope.options)
