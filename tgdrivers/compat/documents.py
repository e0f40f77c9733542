"""What callers of upstream say about documents, and when things were: both ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tgdrivers.compat.knowledge import hash
from tgdrivers.compat.rows import Arguments
from tgdrivers.compat.terms import from_core, triples_as_core
from tgproto import types


def described(document: str) -> Callable[[Arguments], Arguments]:
    """Make the operation's arguments of those that describe a new document.

    Args:
        document: Name of the argument that is the document.
    """

    def takes(arguments: Arguments) -> Arguments:
        """Name a document by its content, and make triples of its metadata.

        Raises:
            RuntimeError: There is metadata, but no id for it; or it is none. Upstream raises this, too.
        """
        metadata = arguments.pop("metadata", None)
        if arguments.get("id") is None:
            if metadata is not None:
                raise RuntimeError("metadata is about a document whose id must be given")
            arguments["id"] = hash(arguments[document])
        return {**arguments, "metadata": triples_as_core(metadata)}

    return takes


def known(metadata: Any, **more: Any) -> types.DocumentMetadata:
    """Return the core's description of a document for upstream's."""
    return types.DocumentMetadata(
        id=metadata.id,
        time=moment(metadata.time),
        kind=metadata.kind,
        title=metadata.title,
        comments=metadata.comments,
        metadata=triples_as_core(metadata.metadata),
        tags=metadata.tags,
        **more,
    )


def about(document: types.DocumentMetadata, triple: Callable[..., Any]) -> list[Any]:
    """Return the triples about a document in a class of upstream."""
    return [triple(from_core(each.s), from_core(each.p), from_core(each.o)) for each in document.metadata]


def local(time: dt.datetime | None) -> dt.datetime | None:
    """Return a time as that of this machine, without its zone; upstream has it so."""
    return None if time is None else time.astimezone().replace(tzinfo=None)


def moment(time: dt.datetime | float | None) -> dt.datetime | float | None:
    """Return a time with its zone, which is that of this machine if it says nothing."""
    return time.astimezone() if isinstance(time, dt.datetime) else time
