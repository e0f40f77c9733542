"""The operations of bulk export, defined once. Each returns what to do as data.

A scope binds them in its colour; see `bulk_bind`.
"""

# ruff: noqa: D417  # `scope` is what `self` is elsewhere

from __future__ import annotations

from collections.abc import Callable

from tgproto.catalog.bulk_plans import ExportPlan, export_plan
from tgproto.catalog.scopes import Scope
from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding
from tgproto.types.terms import Triple


def export_triples(
    scope: Scope,
    flow: str,
    *,
    limit: int | None = None,
    idle_timeout: float | None = None,
    until: Callable[[Triple], bool] | None = None,
    on_open: Callable[[], object] | None = None,
    on_gap: Callable[[str], object] | None = None,
) -> ExportPlan[Triple]:
    """Watch the triples that pass through a flow from now on.

    A live tap: what is stored already does not come, and it never ends by itself. Gateways take a moment
    after `on_open` to watch the flow, and do not say when they do: 0.8 s was always enough (2.11.1).

    Args:
        flow: Id of the flow.
        limit: Items after which it is over; None for no limit.
        idle_timeout: Seconds without an item after which it is over; None for never.
        until: Called with each item; it is over behind the first one for which this is true.
        on_open: Called when the gateway has accepted the connection, for the first time.
        on_gap: Called with the reason where items may be missing, because the connection was lost and
            replaced. Without it, a lost connection is an error.

    Returns:
        What to loop over; `batches()` of that loops over messages, with their metadata.

    Raises:
        ExportInterrupted: The connection was lost.
        ExportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        CallError: It could not begin: no connection, no access, or no gateway.
        LocalProtocolError: The gateway has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    return export_plan(
        "triples",
        flow,
        limit=limit,
        idle_timeout=idle_timeout,
        until=until,
        on_open=on_open,
        on_gap=on_gap,
        workspace=scope.options.workspace,
    )


def export_graph_embeddings(
    scope: Scope,
    flow: str,
    *,
    limit: int | None = None,
    idle_timeout: float | None = None,
    until: Callable[[GraphEmbedding], bool] | None = None,
    on_open: Callable[[], object] | None = None,
    on_gap: Callable[[str], object] | None = None,
) -> ExportPlan[GraphEmbedding]:
    """Watch the embeddings of nodes that pass through a flow from now on.

    A live tap: what is stored already does not come, and it never ends by itself. Gateways take a moment
    after `on_open` to watch the flow, and do not say when they do: 0.8 s was always enough (2.11.1).

    Args:
        flow: Id of the flow.
        limit: Items after which it is over; None for no limit.
        idle_timeout: Seconds without an item after which it is over; None for never.
        until: Called with each item; it is over behind the first one for which this is true.
        on_open: Called when the gateway has accepted the connection, for the first time.
        on_gap: Called with the reason where items may be missing, because the connection was lost and
            replaced. Without it, a lost connection is an error.

    Returns:
        What to loop over; `batches()` of that loops over messages, with their metadata.

    Raises:
        ExportInterrupted: The connection was lost.
        ExportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        CallError: It could not begin: no connection, no access, or no gateway.
        LocalProtocolError: The gateway has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    return export_plan(
        "graph-embeddings",
        flow,
        limit=limit,
        idle_timeout=idle_timeout,
        until=until,
        on_open=on_open,
        on_gap=on_gap,
        workspace=scope.options.workspace,
    )


def export_document_embeddings(
    scope: Scope,
    flow: str,
    *,
    limit: int | None = None,
    idle_timeout: float | None = None,
    until: Callable[[DocumentEmbedding], bool] | None = None,
    on_open: Callable[[], object] | None = None,
    on_gap: Callable[[str], object] | None = None,
) -> ExportPlan[DocumentEmbedding]:
    """Watch the embeddings of chunks that pass through a flow from now on.

    A live tap: what is stored already does not come, and it never ends by itself. Gateways take a moment
    after `on_open` to watch the flow, and do not say when they do: 0.8 s was always enough (2.11.1).

    Args:
        flow: Id of the flow.
        limit: Items after which it is over; None for no limit.
        idle_timeout: Seconds without an item after which it is over; None for never.
        until: Called with each item; it is over behind the first one for which this is true.
        on_open: Called when the gateway has accepted the connection, for the first time.
        on_gap: Called with the reason where items may be missing, because the connection was lost and
            replaced. Without it, a lost connection is an error.

    Returns:
        What to loop over; `batches()` of that loops over messages, with their metadata.

    Raises:
        ExportInterrupted: The connection was lost.
        ExportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        CallError: It could not begin: no connection, no access, or no gateway.
        LocalProtocolError: The gateway has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    return export_plan(
        "document-embeddings",
        flow,
        limit=limit,
        idle_timeout=idle_timeout,
        until=until,
        on_open=on_open,
        on_gap=on_gap,
        workspace=scope.options.workspace,
    )


def export_entity_contexts(
    scope: Scope,
    flow: str,
    *,
    limit: int | None = None,
    idle_timeout: float | None = None,
    until: Callable[[EntityContext], bool] | None = None,
    on_open: Callable[[], object] | None = None,
    on_gap: Callable[[str], object] | None = None,
) -> ExportPlan[EntityContext]:
    """Watch the texts about nodes that pass through a flow from now on.

    A live tap: what is stored already does not come, and it never ends by itself. Gateways take a moment
    after `on_open` to watch the flow, and do not say when they do: 0.8 s was always enough (2.11.1).

    Args:
        flow: Id of the flow.
        limit: Items after which it is over; None for no limit.
        idle_timeout: Seconds without an item after which it is over; None for never.
        until: Called with each item; it is over behind the first one for which this is true.
        on_open: Called when the gateway has accepted the connection, for the first time.
        on_gap: Called with the reason where items may be missing, because the connection was lost and
            replaced. Without it, a lost connection is an error.

    Returns:
        What to loop over; `batches()` of that loops over messages, with their metadata.

    Raises:
        ExportInterrupted: The connection was lost.
        ExportRefused: The gateway closed the socket at once, for instance as there is no such flow.
        CallError: It could not begin: no connection, no access, or no gateway.
        LocalProtocolError: The gateway has no workspaces.
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    return export_plan(
        "entity-contexts",
        flow,
        limit=limit,
        idle_timeout=idle_timeout,
        until=until,
        on_open=on_open,
        on_gap=on_gap,
        workspace=scope.options.workspace,
    )
