"""An import or export as data: what was asked for, checked. No I/O, no gateway, no colour."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from tgproto.bulk.frames import READERS, MessageReader
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport
from tgproto.catalog import arguments as check
from tgproto.catalog.options import CallOptions
from tgproto.errors import InvalidItem
from tgproto.types.bulk import Batch, BulkMetadata

T = TypeVar("T")

Source: TypeAlias = Iterable[T] | AsyncIterable[T]
"""Where items come from. An asynchronous one is for asynchronous callers."""

Given: TypeAlias = T | Mapping[str, object] | Batch[T]
"""An item; a dict like those on the wire; or a batch of an export, which is sent as a message of its own."""

Confirmation: TypeAlias = Literal["ping", "close"] | None
OnInvalid: TypeAlias = Literal["raise", "skip"] | Callable[[InvalidItem], object]
OnProgress: TypeAlias = Callable[[int, int | None], object]
"""Told how many items are confirmed, and how many there are, if the source knows."""
OnOffset: TypeAlias = Callable[[int], object]
"""Told how many items of the source, from its first one on, are certainly handled or were left out."""

_CONFIRM = {"ping": Confirm.PING, "close": Confirm.CLOSE, None: Confirm.NOTHING}
_NO_SOURCE = (str, bytes, Mapping)
_METADATA = {"id", "root", "collection", "user", "metadata"}


@dataclass(frozen=True)
class ImportPlan:
    """An import.

    Attributes:
        opening: Which socket, and how it is used.
        source: Where the items come from.
        metadata: What is said about all of them.
        batch_size: Items in a message, at most.
        batch_bytes: Length at which a message is divided.
        on_progress: Called whenever more is confirmed, with how many items that are, and how many there are.
        on_offset: Called whenever it is known to have come further, with where to go on.
        on_invalid: What is done with an item that cannot be sent.
        on_ignored: Called with the names of arguments that the gateway has no use for.
    """

    opening: OpenImport
    source: Source[Any]
    metadata: BulkMetadata
    batch_size: int
    batch_bytes: int
    on_progress: OnProgress | None
    on_offset: OnOffset | None
    on_invalid: OnInvalid
    on_ignored: Callable[[tuple[str, ...]], object] | None = None


@dataclass(frozen=True)
class ExportPlan(Generic[T]):
    """An export.

    Attributes:
        opening: Which socket, and how it is used.
        read: Reads its messages.
        limit: Items after which it is over; None for no limit.
        until: Called with each item; it is over behind the first one for which this is true.
        on_open: Called when the gateway has accepted the connection, for the first time.
        on_gap: Called where something may be missing, with the reason.
    """

    opening: OpenExport
    read: MessageReader[T] = field(repr=False)
    limit: int | None = None
    until: Callable[[T], bool] | None = None
    on_open: Callable[[], object] | None = None
    on_gap: Callable[[str], object] | None = None


@dataclass(frozen=True)
class ImportSettings:
    """How an import is carried out: the arguments that all kinds share, not yet checked."""

    metadata: object
    collection: object
    user: object
    batch_size: object
    batch_bytes: object
    confirm: object
    resume: object
    on_invalid: object
    on_progress: object
    on_offset: object
    connections: object


def import_plan(
    kind: str,
    flow: object,
    name: str,
    source: object,
    settings: ImportSettings,
    options: CallOptions,
) -> ImportPlan:
    """Check the arguments of an import.

    Args:
        kind: Which data.
        flow: Id of the flow.
        name: What the argument with the items is called.
        source: The items.
        settings: The other arguments.
        options: Which workspace it is, and who is told what the gateway is not.

    Returns:
        What to do.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    if isinstance(source, _NO_SOURCE) or not isinstance(source, Iterable | AsyncIterable):
        raise TypeError(f"{name} must be an iterable of items, not {_type_of(source)}")  # pyright: ignore[reportUnknownArgumentType]
    if settings.confirm not in ("ping", "close", None):
        raise ValueError('confirm must be "ping", "close" or None')
    on_invalid = settings.on_invalid
    if on_invalid not in ("raise", "skip") and not callable(on_invalid):
        raise ValueError('on_invalid must be "raise", "skip" or a function')
    return ImportPlan(
        OpenImport(
            kind,
            check.name_of("flow", flow),
            options.workspace,
            _CONFIRM[settings.confirm],
            check.flag("resume", settings.resume),
            check.count("connections", settings.connections),
        ),
        cast("Source[Any]", source),  # type: ignore[redundant-cast]
        _metadata(settings),
        _positive("batch_size", settings.batch_size),
        _positive("batch_bytes", settings.batch_bytes),
        cast("OnProgress | None", check.optional(_function, "on_progress", settings.on_progress)),
        cast("OnOffset | None", check.optional(_function, "on_offset", settings.on_offset)),
        cast("OnInvalid", on_invalid),
        options.on_ignored,
    )


def export_plan(
    kind: str,
    flow: object,
    *,
    limit: int | None,
    idle_timeout: float | None,
    until: Callable[[T], bool] | None,
    on_open: Callable[[], object] | None,
    on_gap: Callable[[str], object] | None,
    workspace: str | None,
) -> ExportPlan[T]:
    """Check the arguments of an export.

    Args:
        kind: Which data.
        flow: Id of the flow.
        limit: See `ExportPlan`, here and below.
        idle_timeout: See `OpenExport`.
        until: As above.
        on_open: As above.
        on_gap: As above.
        workspace: Workspace of the flow, or None for the caller's default.

    Returns:
        What to do.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument has an impossible value.
    """
    if idle_timeout is not None and not idle_timeout > 0:
        raise ValueError("idle_timeout must be above 0 s, or None")
    for name, function in (("until", until), ("on_open", on_open), ("on_gap", on_gap)):
        check.optional(_function, name, function)
    if limit is not None:
        _positive("limit", limit)
    opening = OpenExport(kind, check.name_of("flow", flow), workspace, idle_timeout, on_gap is not None)
    return ExportPlan(opening, READERS[kind], limit, until, on_open, on_gap)


def _metadata(settings: ImportSettings) -> BulkMetadata:
    given = settings.metadata
    if given is None:
        given = BulkMetadata()
    elif not isinstance(given, BulkMetadata):
        members = check.mapping("metadata", given)
        if unknown := members.keys() - _METADATA:
            raise ValueError(f"metadata can have {', '.join(sorted(_METADATA))}, not {sorted(unknown)[0]}")
        given = BulkMetadata(**cast("dict[str, Any]", dict(members)))
    if settings.collection is not None:
        given = replace(given, collection=check.text("collection", settings.collection))
    if settings.user is not None:
        given = replace(given, user=check.text("user", settings.user))
    for name in ("id", "root", "collection"):
        check.text(f"metadata[{name!r}]", getattr(given, name))
    check.optional(check.text, "metadata['user']", given.user)
    return given


def _positive(name: str, value: object) -> int:
    number = check.count(name, value)
    if not number:
        raise ValueError(f"{name} must be above 0")
    return number


def _function(name: str, value: object) -> object:
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {type(value).__name__}")
    return value


def _type_of(value: object) -> str:
    return type(value).__name__
