"""Collections: the parts into which data is divided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope
from tgproto.catalog.single import single
from tgproto.types.records import CollectionMetadata
from tgproto.types.wire import Shape, encode

Collections: TypeAlias = list[CollectionMetadata]
"""What is known of some collections."""


class CollectionsFrame(msgspec.Struct, gc=False):
    """The collections that were found, or the one that was changed."""

    collections: list[dict[str, Any]] | None = None


class WireCollection(msgspec.Struct, gc=False):
    """One of them. Only 1.x has the last three members."""

    collection: str
    name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    user: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


_COLLECTIONS: Final = Shape(CollectionsFrame)
_COLLECTION: Final = Shape(WireCollection)


def _collections(frame: CollectionsFrame) -> Collections:
    return [_collection(value, f"$.collections[{i}]") for i, value in enumerate(frame.collections or ())]


def _first(frame: CollectionsFrame) -> CollectionMetadata | None:
    return next(iter(_collections(frame)), None)


def _collection(value: dict[str, Any], path: str) -> CollectionMetadata:
    wire = _COLLECTION.convert(value, path)
    return CollectionMetadata(
        wire.collection,
        wire.name or "",
        wire.description or "",
        tuple(wire.tags or ()),
        wire.user or "",
        wire.created_at or "",
        wire.updated_at or "",
        encode(value),
    )


_LIST: Final = single(_COLLECTIONS, _collections)
_ONE: Final = single(_COLLECTIONS, _first)


@dataclass(frozen=True)
class CollectionOps(GlobalScope):
    """Collections: the parts into which data is divided, of a workspace, or of a user on 1.x gateways.

    The gateway shows the errors of this service, in every release. A 1.x gateway may take what its stores say
    of one change for the answer to another: change one collection after the other there.
    """

    service = "collection-management"
    needs_user = True
    entries: ClassVar = {
        "collection-management list-collections": "list_collections",
        "collection-management update-collection": "update_collection",
        "collection-management delete-collection": "delete_collection",
    }

    @operation
    def list_collections(
        self, tag_filter: Sequence[str] | None = None, *, user: str | None = None, limit: int | None = None
    ) -> Call[Collections]:
        """List the collections.

        Args:
            tag_filter: Only those with one of these tags; None or none for all.
            user: Whose they are, on 1.x gateways; None for `trustgraph`. Others are not told.
            limit: How many at most, 0 for all. 1.x gateways ignore it.

        Returns:
            What is known of them.

        Raises:
            RequestError: The service refused or failed.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative.
        """
        return self._call(
            "list-collections",
            {
                "tag_filter": check.optional(check.texts, "tag_filter", tag_filter),
                "limit": check.optional(check.count, "limit", limit),
            },
            _LIST,
            user=user,
        )

    @operation
    def update_collection(
        self,
        collection: str,
        name: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        *,
        user: str | None = None,
    ) -> Call[CollectionMetadata | None]:
        """Describe a collection, or make a new one.

        A 2.x gateway writes all of it anew: what is not given becomes the id, an empty description, and no
        tags, whatever it was before (gateway `librarian/collection_manager.py`, 2.11.1). A 1.x gateway keeps
        what is not given, or empty.

        Args:
            collection: Its id. One that does not exist yet is made.
            name: What to call it.
            description: What people are to read about it.
            tags: Words to find it by.
            user: Whose it is, on 1.x gateways; None for `trustgraph`. Others are not told.

        Returns:
            What is now known of it; None if the gateway does not say.

        Raises:
            RequestError: The service refused or failed.
            ServiceError: A store failed, on 1.x gateways.
            AccessDenied: The caller may not write.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "update-collection",
            {
                "collection": check.name_of("collection", collection),
                "name": check.optional(check.text, "name", name),
                "description": check.optional(check.text, "description", description),
                "tags": check.optional(check.texts, "tags", tags),
            },
            _ONE,
            user=user,
        )

    @operation
    def delete_collection(self, collection: str, *, user: str | None = None) -> Call[None]:
        """Delete a collection, and the data in it.

        A 1.x gateway waits for the stores, up to 30 s. A 2.x gateway answers at once, and the stores follow:
        a collection that is made anew straight away may still show old data.

        Args:
            collection: Its id. One that is not there is passed over.
            user: Whose it is, on 1.x gateways; None for `trustgraph`. Others are not told.

        Raises:
            RequestError: The service refused or failed.
            ServiceError: A store failed, on 1.x gateways.
            AccessDenied: The caller may not write.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "delete-collection", {"collection": check.name_of("collection", collection)}, NOTHING, user=user
        )


@dataclass(frozen=True)
class CollectionCalls(PureScope, CollectionOps):
    """Collections: the parts into which data is divided; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Collection(SyncScope, CollectionOps):
    """Collections: the parts into which data is divided; blocking."""


@dataclass(frozen=True)
class AsyncCollection(AsyncScope, CollectionOps):
    """Collections: the parts into which data is divided; awaited."""
