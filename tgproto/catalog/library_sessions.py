"""Uploads in chunks, message by message: 2.1.1 and later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.library_answers import COMPLETED, RECEIVED, SESSIONS, STARTED, STATUS
from tgproto.catalog.library_scope import LibraryScope, described
from tgproto.types.library import (
    ChunkReceipt,
    CompletedUpload,
    DocumentMetadata,
    UploadSession,
    UploadStart,
    UploadStatus,
)


@dataclass(frozen=True)
class SessionOps(LibraryScope):
    """Uploads in chunks. `add_document` does all that is needed; these are its messages."""

    entries: ClassVar = {
        "librarian begin-upload": "begin_upload",
        "librarian upload-chunk": "upload_chunk",
        "librarian complete-upload": "complete_upload",
        "librarian abort-upload": "abort_upload",
        "librarian get-upload-status": "get_upload_status",
        "librarian list-uploads": "get_pending_uploads",
    }

    @operation
    def begin_upload(
        self, document: DocumentMetadata, total_size: int, chunk_size: int = 0, *, user: str | None = None
    ) -> Call[UploadStart]:
        """Begin an upload.

        Args:
            document: Description of the document. Gateways keep neither its triples nor its parent on this
                way (gateway `librarian.py`, 2.1.1 to 2.11.1): the triples are not sent, a parent is refused.
            total_size: How many bytes it has; above 0.
            chunk_size: Bytes of each chunk; 0 for what the gateway prefers, 2 MiB.
            user: Whose document it is, on gateways before 2.4.0; None for what the description says, or
                `trustgraph`.

        Returns:
            What the upload is called, and the chunk size to keep to.

        Raises:
            ServiceError: The service failed, or there is such a document already.
            NotOffered: The gateway takes documents only whole.
            TypeError: An argument is of the wrong type.
            ValueError: Id or kind is empty, the document has a parent, or a size is out of its range.
        """
        document = check.instance(DocumentMetadata, "document", document)
        if document.parent_id:
            raise ValueError("document has a parent, which gateways forget in uploads: use put_document")
        if not check.count("total_size", total_size):
            raise ValueError("total_size must be above 0: a document without content is for put_document")
        return self._call(
            "begin-upload",
            {"total-size": total_size, "chunk-size": check.count("chunk_size", chunk_size) or None},
            STARTED,
            described(replace(document, metadata=()), check.optional(check.text, "user", user)),
            user=user,
        )

    @operation
    def upload_chunk(
        self, upload_id: str, chunk_index: int, content: bytes, *, user: str | None = None
    ) -> Call[ChunkReceipt]:
        """Send a chunk. Sending one again does no harm, so it is repeated after a lost connection.

        The gateway does not check how long it is.

        Args:
            upload_id: What `begin_upload` returned.
            chunk_index: Which chunk it is, from 0 on.
            content: As many bytes as the chunk size says; the last chunk may be shorter.
            user: Whose upload it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What the gateway says about it. It counts one chunk too many.

        Raises:
            ServiceError: The service failed, there is no such upload, or no such chunk.
            NotOffered: The gateway takes documents only whole.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or the index is negative.
        """
        call = self._call(
            "upload-chunk",
            {
                "upload-id": check.name_of("upload_id", upload_id),
                "chunk-index": check.count("chunk_index", chunk_index),
                "content": check.content("content", content),
            },
            RECEIVED,
            user=user,
        )
        return msgspec.structs.replace(call, repeatable=True)

    @operation
    def complete_upload(self, upload_id: str, *, user: str | None = None) -> Call[CompletedUpload]:
        """Make a document of an upload, all of whose chunks the gateway has.

        Args:
            upload_id: What `begin_upload` returned.
            user: Whose upload it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What the document is called.

        Raises:
            ServiceError: The service failed, there is no such upload, or chunks are missing; up to ten of
                them are named.
            NotOffered: The gateway takes documents only whole.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "complete-upload", {"upload-id": check.name_of("upload_id", upload_id)}, COMPLETED, user=user
        )

    @operation
    def abort_upload(self, upload_id: str, *, user: str | None = None) -> Call[None]:
        """End an upload, and have its chunks removed.

        Args:
            upload_id: What `begin_upload` returned.
            user: Whose upload it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The service failed, or there is no such upload.
            NotOffered: The gateway takes documents only whole.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "abort-upload", {"upload-id": check.name_of("upload_id", upload_id)}, NOTHING, user=user
        )

    @operation
    def get_upload_status(self, upload_id: str, *, user: str | None = None) -> Call[UploadStatus]:
        """Ask how far an upload is.

        Args:
            upload_id: What `begin_upload` returned.
            user: Whose upload it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            Which chunks the gateway has. An upload that was completed or aborted, or never was, is `expired`.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway takes documents only whole.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "get-upload-status", {"upload-id": check.name_of("upload_id", upload_id)}, STATUS, user=user
        )

    @operation
    def get_pending_uploads(self, *, user: str | None = None) -> Call[list[UploadSession]]:
        """List the uploads that have not ended. It is also called `list_uploads`.

        Args:
            user: Whose uploads, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What is known about each.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway takes documents only whole.
            TypeError: The user is no string.
        """
        return self._call("list-uploads", {}, SESSIONS, user=user)

    list_uploads = get_pending_uploads
