"""The members that an answer of gateway 2.11.1 always has, whatever an operation fills, and its failures."""

from __future__ import annotations

from collections.abc import Callable

from tgproto.gateway.managed import Members
from tgproto.gateway.steps import Failure, Step
from tgproto.gateway.telling import last
from tgproto.session.envelope import WireError

CONFIG: Members = {"version": 0, "values": [], "directory": [], "config": {}}
LIBRARIAN: Members = {"document-metadatas": [], "processing-metadatas": []}
COLLECTIONS: Members = {"timestamp": "", "collections": []}
IAM: Members = {"bootstrap_available": False}


def around(skeleton: Members) -> Callable[[Members], Members]:
    """Return what puts the members that an operation fills into a skeleton."""
    return lambda members: {**skeleton, **members}


def hidden(skeleton: Members) -> Callable[[WireError], Step]:
    """Return what loses errors: the answer looks like a success that found nothing."""
    return lambda _error: last(skeleton)


def shown(skeleton: Members) -> Callable[[WireError], Step]:
    """Return what shows errors beside the usual members."""
    return lambda error: Failure(error, beside=skeleton)


def unfinished(error: WireError) -> Step:
    """Show an error that does not say that it is the end."""
    return Failure(error, final=False)
