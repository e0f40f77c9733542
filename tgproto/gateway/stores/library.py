"""The documents of a workspace, or of a user in 1.x, and what is done with them.

Methods return the members that an operation fills, and fail as the librarian does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tgproto.gateway.stores.failures import RequestRefused, Unexpected, keep
from tgproto.types.wire import encode

MAX_BYTES = 2**30
"""Bytes that the contents of all documents of a library, and of uploads, may have together."""

MAX_CHUNKS = 10_000
"""Chunks that an upload may have, as in object stores."""

CHUNK_BYTES = 2**20
"""Bytes in a chunk of a stream where a request says nothing."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is said about a document. Nothing here is checked, so members may be anything in 2.x.

    Attributes:
        id: Its name.
        time: Seconds since 1970.
        kind: MIME type.
        title: The title.
        comments: Comments.
        metadata: Triples, as they are answered.
        tags: Tags.
        user: Whose it is; 1.x alone.
        parent: The document it is a part of; 2.x alone.
        type: How it came here; 2.x alone.
    """

    id: Any
    time: Any
    kind: Any
    title: Any
    comments: Any
    metadata: Sequence[object]
    tags: Any
    user: Any = ""
    parent: Any = ""
    type: Any = ""

    def members(self) -> dict[str, object]:
        """Return it as it is answered: without what is empty, but for triples and tags."""
        texts = {
            "id": self.id,
            "time": self.time,
            "kind": self.kind,
            "title": self.title,
            "comments": self.comments,
            "user": self.user,
            "parent-id": self.parent,
            "document-type": self.type,
        }
        members: dict[str, object] = {name: value for name, value in texts.items() if value}
        members["metadata"] = list(self.metadata)
        return members if self.tags is None else {**members, "tags": self.tags}


@dataclass(frozen=True, slots=True)
class Processing:
    """That a document is to be processed by a flow.

    Attributes:
        id: Its name.
        document: The document.
        time: Seconds since 1970.
        flow: The flow.
        collection: Where to put what is found.
        tags: Tags.
        user: Whose it is; 1.x alone.
    """

    id: Any
    document: Any
    time: Any
    flow: Any
    collection: Any
    tags: Any
    user: Any = ""

    def members(self) -> dict[str, object]:
        """Return it as it is answered: without what is empty, but for tags."""
        texts = {
            "id": self.id,
            "document-id": self.document,
            "time": self.time,
            "flow": self.flow,
            "user": self.user,
            "collection": self.collection,
        }
        members: dict[str, object] = {name: value for name, value in texts.items() if value}
        return members if self.tags is None else {**members, "tags": self.tags}


@dataclass(slots=True)
class Upload:
    """A document that comes in chunks.

    Attributes:
        id: Its name.
        object_id: Name of the content.
        document: What is said about the document.
        total: Bytes that it is to have.
        chunk: Bytes of each chunk but the last.
        created: When it was begun.
        chunks: What has come, by number from 0.
        received: Bytes in it.
    """

    id: str
    object_id: str
    document: Document
    total: int
    chunk: int
    created: str
    chunks: dict[int, bytes] = field(default_factory=dict[int, bytes])
    received: int = 0

    @property
    def room(self) -> int:
        """Bytes that it takes of a library: what it is to have, or what has come if that is more."""
        return max(self.total, self.received)

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return -(-self.total // self.chunk)

    @property
    def missing(self) -> list[int]:
        """The chunks that have not come."""
        return [index for index in range(self.count) if index not in self.chunks]

    def progress(self, received: int) -> dict[str, object]:
        """Return the members about so many chunks; bytes are an estimate of real ones, too."""
        return {
            "upload-id": self.id,
            "total-chunks": self.count,
            "chunks-received": received,
            "bytes-received": min(received * self.chunk, self.total),
            "total-bytes": self.total,
        }

    def session(self) -> dict[str, object]:
        """Return it as it is listed."""
        about = self.document
        texts = {name: getattr(about, name) for name in ("id", "time", "kind", "title", "comments", "tags")}
        return {
            "upload-id": self.id,
            "document-id": about.id,
            "document-metadata-json": encode(texts).decode(),
            "total-size": self.total,
            "chunk-size": self.chunk,
            "total-chunks": self.count,
            "chunks-received": len(self.chunks),
            "created-at": self.created,
        }


class Library:
    """Documents with their contents, what is processed, and uploads under way."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._contents: dict[str, bytes] = {}
        self._processing: dict[str, Processing] = {}
        self._uploads: dict[str, Upload] = {}
        self._numbers = itertools.count(1)
        self._bytes = 0

    # --- documents ----------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Return whether there is a document."""
        return name in self._documents

    def add(self, document: Document, content: bytes) -> Mapping[str, object]:
        """Keep a document."""
        self._add(document, content, 0)
        return {}

    def update(self, document: Document) -> Mapping[str, object]:
        """Change what is said about a document: not its kind, nor where it comes from."""
        if document.id not in self._documents:
            raise Unexpected("Document does not exist")
        old, new = self._documents[document.id], _stored(document)
        kept = {"kind": old.kind, "user": old.user, "parent": old.parent, "type": old.type}
        self._documents[document.id] = replace(new, **kept)
        return {}

    def remove(self, name: str) -> Mapping[str, object]:
        """Forget a document, and those that are parts of it."""
        if name not in self._documents:
            raise Unexpected("Document does not exist")
        for gone in (name, *(child.id for child in self.children(name))):
            del self._documents[gone]
            self._bytes -= len(self._contents.pop(gone))
        return {}

    def describe(self, name: str) -> Mapping[str, object]:
        """Return what is said about a document."""
        return {"document-metadata": self.document(name).members()}

    def document(self, name: str) -> Document:
        """Return a document."""
        if name not in self._documents:
            raise Unexpected("No such document row?")
        return self._documents[name]

    def content(self, name: str) -> bytes:
        """Return what a document consists of."""
        self.document(name)
        return self._contents[name]

    def children(self, name: str) -> Sequence[Document]:
        """Return the documents that are parts of another one."""
        return [document for document in self._documents.values() if document.parent == name]

    def list(self, *, all_of_them: bool) -> Mapping[str, object]:
        """List documents.

        Args:
            all_of_them: Whether parts of others and answers of a model are listed, too.
        """
        listed = [
            document.members()
            for document in self._documents.values()
            if all_of_them or not (document.parent or document.type == "answer")
        ]
        return {"document-metadatas": listed}

    def chunks(self, name: str, size: int) -> Iterator[tuple[bytes, dict[str, object]]]:
        """Yield a document in chunks, each with the members about it; nothing for an empty one.

        Args:
            name: The document.
            size: Bytes of each chunk but the last; 0 or less for `CHUNK_BYTES`.
        """
        content = self.content(name)
        size = size if size > 0 else CHUNK_BYTES
        total, count = len(content), -(-len(content) // size)
        for index in range(count):
            piece = content[index * size : (index + 1) * size]
            yield (
                piece,
                {
                    "total-chunks": count,
                    **({"chunk-index": index} if index else {}),
                    "chunks-received": index + 1,
                    "bytes-received": index * size + len(piece),
                    "total-bytes": total,
                },
            )

    # --- processing ---------------------------------------------------------------------------

    def check_processing(self, processing: Processing) -> None:
        """Look whether something can be processed."""
        if not processing.collection:
            raise Unexpected("Collection parameter is required")
        if processing.id in self._processing:
            raise Unexpected("Processing already exists")
        self.document(processing.document)

    def add_processing(self, processing: Processing) -> Mapping[str, object]:
        """Keep what is processed."""
        self.check_processing(processing)
        keep(self._processing, processing.id, replace(processing, time=int(processing.time)))
        return {}

    def remove_processing(self, name: str) -> Mapping[str, object]:
        """Forget what is processed."""
        if name not in self._processing:
            raise Unexpected("Processing object does not exist")
        del self._processing[name]
        return {}

    def list_processing(self) -> Mapping[str, object]:
        """List what is processed."""
        return {"processing-metadatas": [record.members() for record in self._processing.values()]}

    # --- uploads ------------------------------------------------------------------------------

    def begin(self, document: Document, total: int, chunk: int, *, now: str) -> Mapping[str, object]:
        """Begin an upload. The triples about the document are lost, as in a real gateway.

        Args:
            document: What is said about the document.
            total: Bytes that it is to have.
            chunk: Bytes of each chunk but the last.
            now: The time, as it is written down.
        """
        if document.id in self._documents:
            raise RequestRefused("Document already exists")
        if -(-total // chunk) > MAX_CHUNKS:
            raise RequestRefused(f"an upload has at most {MAX_CHUNKS} chunks")
        self._check_room(total)
        number = next(self._numbers)
        about = replace(document, metadata=(), parent="", type="source")
        upload = Upload(f"upload-{number}", f"object-{number}", about, total, chunk, now)
        keep(self._uploads, upload.id, upload)
        self._bytes += total
        return {"upload-id": upload.id, "chunk-size": upload.chunk, "total-chunks": upload.count}

    def receive(self, name: str, index: int, content: Callable[[], bytes]) -> Mapping[str, object]:
        """Take a chunk, asked for last. New ones are counted twice, as by a real gateway (2.11.1)."""
        upload = self._upload(name)
        if not 0 <= index < upload.count:
            raise RequestRefused(f"Invalid chunk index {index}, must be 0-{upload.count - 1}")
        piece = content()
        received = upload.received + len(piece) - len(upload.chunks.get(index, b""))
        growth = max(upload.total, received) - upload.room
        self._check_room(growth)
        upload.chunks[index], upload.received = piece, received
        self._bytes += growth
        progress = upload.progress(len(upload.chunks) + 1)
        return {**progress, **({"chunk-index": index} if index else {})}

    def complete(self, name: str) -> Mapping[str, object]:
        """Make a document of an upload."""
        upload = self._upload(name)
        if missing := upload.missing:
            more = "..." if len(missing) > 10 else ""
            raise RequestRefused(f"Missing chunks: {missing[:10]}{more}")
        content = b"".join(upload.chunks[index] for index in range(upload.count))
        self._add(upload.document, content, upload.room)
        del self._uploads[name]
        return {"document-id": upload.document.id, "object-id": upload.object_id}

    def abort(self, name: str) -> Mapping[str, object]:
        """Give an upload up."""
        self._bytes -= self._upload(name).room
        del self._uploads[name]
        return {}

    def status(self, name: str) -> Mapping[str, object]:
        """Say what has come of an upload. One that is over is taken for expired."""
        if name not in self._uploads:
            return {**({"upload-id": name} if name else {}), "upload-state": "expired"}
        upload = self._uploads[name]
        listed = {
            **upload.progress(len(upload.chunks)),
            "received-chunks": sorted(upload.chunks),
            "missing-chunks": upload.missing,
        }
        filled = {member: value for member, value in listed.items() if value}
        return {**filled, "upload-state": "in-progress"}

    def list_uploads(self) -> Mapping[str, object]:
        """List the uploads under way; without any there is no such member."""
        sessions = [upload.session() for upload in self._uploads.values()]
        return {"upload-sessions": sessions} if sessions else {}

    # --- inside -------------------------------------------------------------------------------

    def _upload(self, name: str) -> Upload:
        if name not in self._uploads:
            raise RequestRefused("Upload session not found or expired")
        return self._uploads[name]

    def _add(self, document: Document, content: bytes, reserved: int) -> None:
        """Keep a document in place of so many bytes that were reserved for it, or fail and change nothing."""
        if document.id in self._documents:
            raise Unexpected("Document already exists")
        growth = len(content) - reserved
        self._check_room(growth)
        keep(self._documents, document.id, _stored(document))
        self._contents[document.id] = content
        self._bytes += growth

    def _check_room(self, growth: int) -> None:
        if self._bytes + growth > MAX_BYTES:
            raise Unexpected(f"this gateway has room for documents of {MAX_BYTES} bytes")


def _stored(document: Document) -> Document:
    """Return a document as the store has it: with a whole number for its time, or a failure."""
    return replace(document, time=int(document.time * 1000) // 1000)
