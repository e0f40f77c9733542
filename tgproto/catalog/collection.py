"""Collections: the parts into which data is divided."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope


@dataclass(frozen=True)
class CollectionOps(GlobalScope):
    """Collections: the parts into which data is divided."""

    service = "collection-management"
    needs_user = True


@dataclass(frozen=True)
class CollectionCalls(PureScope, CollectionOps):
    """Collections: the parts into which data is divided; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Collection(SyncScope, CollectionOps):
    """Collections: the parts into which data is divided; blocking."""


@dataclass(frozen=True)
class AsyncCollection(AsyncScope, CollectionOps):
    """Collections: the parts into which data is divided; awaited."""
