"""The library's store: documents, their processing, and collections."""
# The methods are those that upstream's services call, by these names and parameters.
# ruff: noqa: A002, ARG002, D102

import copy
import datetime as dt
from typing import ClassVar

UPDATED = ("time", "title", "comments", "metadata", "tags")


class MemoryLibrary:
    """Documents and collections by user and id; every reader gets a copy, as from a database.

    Upstream has two instances, one for documents and one for collections, so the collections belong to the
    class: they can be filled before the service makes its own.
    """

    collections: ClassVar[dict[tuple[str, str], dict[str, object]]] = {}

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.documents = {}  # (user, id) -> (document, its object's id)
        self.processing = {}  # (user, id) -> processing

    async def document_exists(self, user, id):
        return (user, id) in self.documents

    async def add_document(self, document, object_id):
        self.documents[document.user, document.id] = copy.deepcopy(document), object_id

    async def update_document(self, document):
        row, _ = self.documents[document.user, document.id]
        for member in UPDATED:
            setattr(row, member, getattr(document, member))

    async def remove_document(self, user, document_id):
        self.documents.pop((user, document_id), None)

    async def list_documents(self, user):
        return [copy.deepcopy(row) for (owner, _), (row, _) in self.documents.items() if owner == user]

    def _row(self, user, id):
        if (user, id) not in self.documents:
            raise RuntimeError("No such document row?")  # upstream's text
        return self.documents[user, id]

    async def get_document(self, user, id):
        return copy.deepcopy(self._row(user, id)[0])

    async def get_document_object_id(self, user, id):
        return self._row(user, id)[1]

    async def processing_exists(self, user, id):
        return (user, id) in self.processing

    async def add_processing(self, processing):
        self.processing[processing.user, processing.id] = copy.deepcopy(processing)

    async def remove_processing(self, user, processing_id):
        self.processing.pop((user, processing_id), None)

    async def list_processing(self, user):
        return [copy.deepcopy(row) for (owner, _), row in self.processing.items() if owner == user]

    async def list_collections(self, user, tag_filter=None):
        wanted = set(tag_filter or ())
        return [
            dict(row)
            for (owner, _), row in self.collections.items()
            if owner == user and (not wanted or wanted & set(row["tags"]))
        ]

    async def get_collection(self, user, collection):
        row = self.collections.get((user, collection))
        return dict(row) if row else None

    async def create_collection(self, user, collection, name=None, description=None, tags=None):
        now = dt.datetime.now().isoformat()
        row = {"user": user, "collection": collection, "name": name or collection}
        row |= {"description": description or "", "tags": sorted(tags or ())}
        self.collections[user, collection] = row | {"created_at": now, "updated_at": now}
        return dict(self.collections[user, collection])

    async def update_collection(self, user, collection, name=None, description=None, tags=None):
        row = self.collections[user, collection]
        changed = {"name": name, "description": description, "tags": None if tags is None else list(tags)}
        row |= {member: value for member, value in changed.items() if value is not None}
        row["updated_at"] = dt.datetime.now().isoformat()
        return dict(row)

    async def delete_collection(self, user, collection):
        self.collections.pop((user, collection), None)
