"""The library's store: documents, their processing, and uploads in chunks."""
# The methods are those that upstream's service calls, by these names and parameters.
# ruff: noqa: A002, ARG002, D102

import copy
import dataclasses
import datetime as dt


class MemoryLibrary:
    """Documents by workspace and id; every reader gets a copy, as from a database."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.documents = {}  # (workspace, id) -> (document, its object's id)
        self.processing = {}  # (workspace, id) -> processing
        self.sessions = {}  # upload id -> session

    async def document_exists(self, workspace, id):
        return (workspace, id) in self.documents

    async def add_document(self, workspace, document, object_id):
        row = dataclasses.replace(
            copy.deepcopy(document),
            parent_id=document.parent_id or "",
            document_type=document.document_type or "source",
            time=int(document.time or 0),
        )
        self.documents[workspace, row.id] = row, object_id

    async def update_document(self, workspace, document):
        row, object_id = self.documents[workspace, document.id]
        row = dataclasses.replace(
            row,
            time=document.time,
            title=document.title,
            comments=document.comments,
            metadata=document.metadata,
            tags=document.tags,
        )
        self.documents[workspace, document.id] = row, object_id

    async def remove_document(self, workspace, document_id):
        self.documents.pop((workspace, document_id), None)

    async def list_documents(self, workspace):
        return [copy.deepcopy(row) for (owner, _), (row, _) in self.documents.items() if owner == workspace]

    async def list_children(self, parent_id):
        return [copy.deepcopy(row) for row, _ in self.documents.values() if row.parent_id == parent_id]

    def _row(self, workspace, id):
        if (workspace, id) not in self.documents:
            raise RuntimeError("No such document row?")  # upstream's text
        return self.documents[workspace, id]

    async def get_document(self, workspace, id):
        return copy.deepcopy(self._row(workspace, id)[0])

    async def get_document_object_id(self, workspace, id):
        return self._row(workspace, id)[1]

    async def processing_exists(self, workspace, id):
        return (workspace, id) in self.processing

    async def add_processing(self, workspace, processing):
        self.processing[workspace, processing.id] = copy.deepcopy(processing)

    async def remove_processing(self, workspace, processing_id):
        self.processing.pop((workspace, processing_id), None)

    async def list_processing(self, workspace):
        return [copy.deepcopy(row) for (owner, _), row in self.processing.items() if owner == workspace]

    async def create_upload_session(self, upload_id, **columns):
        now = dt.datetime.now(dt.UTC)
        own = {"upload_id": upload_id, "chunks_received": {}, "created_at": now, "updated_at": now}
        self.sessions[upload_id] = columns | own

    async def get_upload_session(self, upload_id):
        return copy.deepcopy(self.sessions.get(upload_id))

    async def update_upload_session_chunk(self, upload_id, chunk_index, etag):
        self.sessions[upload_id]["chunks_received"][chunk_index] = etag

    async def delete_upload_session(self, upload_id):
        self.sessions.pop(upload_id, None)

    async def list_upload_sessions(self, workspace):
        return [
            session | {"chunks_received": len(session["chunks_received"])}
            for session in self.sessions.values()
            if session["workspace"] == workspace
        ]
