"""What goes over bulk sockets as users of upstream have it: whole messages, and rows one by one."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tgdrivers.compat.clients import AwaitedClient, BlockingClient
from tgdrivers.compat.rows import Arguments
from tgproto import lenient
from tgproto.bulk.frames import MessageReader
from tgproto.catalog import bulk_exports as operations
from tgproto.catalog.bulk_bind import export_operation
from tgproto.catalog.bulk_plans import ExportPlan
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk
from tgproto.catalog.scopes import AsyncScope, Scope, SyncScope
from tgproto.types import Json
from tgproto.types.bulk import Batch, BulkMetadata
from tgproto.types.wire import Payload

Frame: TypeAlias = dict[str, Json]
"""A message as it is on the wire, decoded."""

Source: TypeAlias = Iterable[Any] | AsyncIterable[Any]

METADATA = {field.name for field in dataclasses.fields(BulkMetadata)}


def export_graph_embeddings(scope: Scope, /, flow: str, **options: Any) -> ExportPlan[Frame]:
    """Watch messages with embeddings of nodes; the options are those of the operation of this name."""
    return _framed(operations.export_graph_embeddings(scope, flow, **options))


def export_document_embeddings(scope: Scope, /, flow: str, **options: Any) -> ExportPlan[Frame]:
    """Watch messages with embeddings of chunks; the options are those of the operation of this name."""
    return _framed(operations.export_document_embeddings(scope, flow, **options))


def export_entity_contexts(scope: Scope, /, flow: str, **options: Any) -> ExportPlan[Frame]:
    """Watch messages with texts about nodes; the options are those of the operation of this name."""
    return _framed(operations.export_entity_contexts(scope, flow, **options))


def _framed(plan: ExportPlan[Any]) -> ExportPlan[Frame]:
    return dataclasses.replace(plan, read=_WholeReader())


class _WholeReader(MessageReader[Any]):
    """Gives each message as an item of its own."""

    def __call__(self, payload: Payload, /) -> Batch[Any]:
        return Batch([lenient.loads(payload)])


@dataclass(frozen=True)
class FrameOps(Scope):
    """Exports message by message."""

    export_graph_embeddings = export_operation(export_graph_embeddings)
    export_document_embeddings = export_operation(export_document_embeddings)
    export_entity_contexts = export_operation(export_entity_contexts)


@dataclass(frozen=True)
class Frames(SyncScope, FrameOps):
    """Exports message by message, blocking."""


@dataclass(frozen=True)
class AsyncFrames(AsyncScope, FrameOps):
    """Exports message by message, awaited."""


class BulkCalls(BlockingClient):
    """What has the operations of blocking clients."""

    @property
    def _operations(self) -> Bulk:
        return self._own(self._native.bulk())

    @property
    def _frames(self) -> Frames:
        bulk = self._operations
        return Frames(bulk.runner, options=bulk.options)


class AsyncBulkCalls(AwaitedClient):
    """What has the operations of clients for asyncio."""

    @property
    def _operations(self) -> AsyncBulk:
        return self._own(self._native.bulk())

    @property
    def _frames(self) -> AsyncFrames:
        bulk = self._operations
        return AsyncFrames(bulk.runner, options=bulk.options)


def items(name: str, make: Callable[[Any], object]) -> Callable[[Arguments], Arguments]:
    """Make each item of a source, as it is asked for.

    Args:
        name: Name of the argument.
        make: Makes an item of the operation of one of the method; None for one that is left out.
    """

    def each(item: Any) -> Iterable[object]:
        made = make(item)
        return () if made is None else (made,)

    return lambda arguments: {**arguments, name: _flowing(arguments[name], each, tuple)}


def frames(name: str, member: str) -> Callable[[Arguments], Arguments]:
    """Make a batch with its own metadata of each message in a source; an item alone stays one.

    A message without items, which says nothing, is left out.

    Args:
        name: Name of the argument.
        member: Member of a message that has its items.
    """

    def batch(frame: Mapping[str, Any]) -> object:
        if member not in frame:
            return frame
        return Batch(frame[member], _metadata(frame)) or None

    return items(name, batch)


def rows(name: str) -> Callable[[Arguments], Arguments]:
    """Make batches of rows that come one by one, each with all that it shares with its neighbours.

    Args:
        name: Name of the argument.
    """

    def takes(arguments: Arguments) -> Arguments:
        gathering = _Gathering(arguments.get("batch_size", 40))
        source = _flowing(arguments[name], gathering.take, gathering.rest)
        return {**arguments, name: source, "batch_size": 1}

    return takes


def _flowing(
    source: Source, each: Callable[[Any], Iterable[object]], rest: Callable[[], Iterable[object]]
) -> Source:
    """Return a source of what is made of the items of another one, in its colour."""
    if isinstance(source, AsyncIterable):
        return _flowing_later(source, each, rest)
    return _flowing_now(source, each, rest)


def _flowing_now(
    source: Iterable[Any], each: Callable[[Any], Iterable[object]], rest: Callable[[], Iterable[object]]
) -> Iterator[object]:
    for item in source:
        yield from each(item)
    yield from rest()


async def _flowing_later(
    source: AsyncIterable[Any], each: Callable[[Any], Iterable[object]], rest: Callable[[], Iterable[object]]
) -> AsyncIterator[object]:
    async for item in source:
        for made in each(item):
            yield made
    for made in rest():
        yield made


class _Gathering:
    """Puts neighbours together whose metadata is the same.

    Args:
        size: Most rows in a batch.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._template: Mapping[str, Any] = {}
        self._batch: Batch[Any] = Batch()

    def take(self, row: Mapping[str, Any]) -> Iterator[object]:
        """Take a row, and yield the batch that is complete with it or before it."""
        if "values" in row:
            self._template = row
        else:  # a set of values under what the last row says
            row = {**self._template, "values": row}
        metadata = _metadata(row)
        if metadata != self._batch.metadata:
            yield from self.rest()
            self._batch = Batch(metadata=metadata)
        shared = {name: value for name, value in row.items() if name not in ("metadata", "values")}
        self._batch += [{**shared, "values": each} for each in _several(row["values"])]
        if len(self._batch) >= self._size:
            yield from self.rest()

    def rest(self) -> Iterator[object]:
        """Yield what is left, if there is something."""
        if self._batch:
            batch, self._batch = self._batch, Batch(metadata=self._batch.metadata)
            yield batch


def _metadata(frame: Mapping[str, Any]) -> BulkMetadata:
    found: Mapping[str, Any] = frame.get("metadata") or {}
    return BulkMetadata(**{name: value for name, value in found.items() if name in METADATA})


def _several(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]  # pyright: ignore[reportUnknownVariableType]
