"""Adding documents of any size: in one message, or in chunks that can be sent again and resumed."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias, TypeVar

from msgspec import structs

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import procedure
from tgproto.catalog.call import Call
from tgproto.catalog.content import content_id, part_of
from tgproto.catalog.library_documents import DocumentOps
from tgproto.catalog.library_scope import MAX_WHOLE, with_parents
from tgproto.catalog.library_sessions import SessionOps
from tgproto.catalog.machine import Document, Source, source_of
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.steps import Steps, machine, pause, step, worked
from tgproto.errors import (
    CallContext,
    CallError,
    DecodeError,
    GatewayError,
    LocalProtocolError,
    NotOffered,
    RequestTimeout,
    ServiceError,
    TransportError,
    UploadInterrupted,
    service_error,
)
from tgproto.types.library import CompletedUpload, DocumentMetadata
from tgproto.types.terms import Triple

T = TypeVar("T")

Progress: TypeAlias = Callable[[int, int], object]
"""Told how many bytes are done, and how many there are."""

CHUNKED_FROM: Final = 2 * 2**20
"""Bytes from which on a document goes in chunks, where the gateway takes them."""

_PAUSES: Final = (0.5, 2.0)
"""Seconds before a message that may be repeated is sent for the second time, and for the third."""

_PASSING: Final = (TransportError, RequestTimeout, GatewayError)
"""Failures after which the same message may succeed. The last one is also how gateways report a timeout."""


@dataclass(frozen=True, slots=True)
class _Upload:
    """An upload under way.

    Attributes:
        id: What the gateway calls it.
        document_id: Id of the document to be.
        source: What the document is read from.
        size: Bytes of the document.
        chunk_size: Bytes of each chunk but the last.
        user: Whose it is, on gateways before 2.4.0.
        on_progress: Told after each chunk.
    """

    id: str
    document_id: str
    source: Source
    size: int
    chunk_size: int
    user: str | None
    on_progress: Progress | None

    @property
    def chunks(self) -> range:
        """Numbers of all chunks."""
        return range(math.ceil(self.size / self.chunk_size))

    def length(self, index: int) -> int:
        """Return how many bytes a chunk has."""
        return min(self.chunk_size, self.size - index * self.chunk_size)

    def read(self, index: int) -> bytes:
        """Read a chunk; may block."""
        return part_of(self.source, index * self.chunk_size, self.length(index))


@dataclass(frozen=True)
class UploadOps(SessionOps, DocumentOps):
    """Adding documents of any size."""

    @procedure
    def add_document(
        self,
        document: Document,
        id: str | None,  # noqa: A002
        metadata: Sequence[Triple] | None,
        title: str,
        comments: str,
        kind: str = "text/plain",
        tags: Sequence[str] = (),
        on_progress: Progress | None = None,
        *,
        user: str | None = None,
    ) -> Steps[str]:
        """Add a document.

        From 2 MiB on, it goes in chunks of 2 MiB where the gateway takes them (2.1.1 and later), one after
        the other; only one is in memory. A chunk that is lost is sent again, twice at most. Triples are then
        written afterwards, because gateways forget them on this way. Shorter documents, and all documents for
        older gateways, go in one message, which has to fit: 37 MiB over a socket, `max_message_bytes` of the
        `Api` over REST.

        Args:
            document: The document: bytes, a `pathlib.Path`, or a file open for reading bytes, all of which is
                read from its beginning.
            id: Its id, an IRI by convention; None for `urn:sha256:` and the hash of its content.
            metadata: Triples about it; None for none. The library keeps only IRIs and plain texts: datatypes,
                languages, blank nodes, quoted triples and names of graphs are lost there.
            title: Its title; may be empty.
            comments: What people are to read about it; may be empty.
            kind: Media type. 1.x takes `text/plain` and `application/pdf` only.
            tags: Words to find it by.
            on_progress: Called with the bytes that the gateway has, and with all there are, after each chunk;
                where the caller is. What it raises ends the upload.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            Its id.

        Raises:
            ServiceError: The service failed, or there is such a document already.
            UploadInterrupted: The upload began and cannot go on, because a chunk is lost or cannot be read;
                `resume_upload` goes on with it.
            LocalProtocolError: The document is too long for one message and the gateway takes no chunks, or
                its dialect cannot express a triple.
            OSError: The document cannot be read, before anything was sent.
            TypeError: An argument is of the wrong type.
            ValueError: Id or kind is empty.
        """
        progress = check.function("on_progress", on_progress)
        here = yield from machine()
        source = source_of("document", document, here)
        described = DocumentMetadata(
            "" if id is None else check.name_of("id", id),
            int(here.time()),
            check.name_of("kind", kind),
            check.text("title", title),
            check.text("comments", comments),
            check.triples("metadata", () if metadata is None else metadata),
            check.texts("tags", tags),
        )
        try:
            size = yield from worked(source.open)
            if id is None:
                described = dataclasses.replace(
                    described, id=(yield from worked(partial(content_id, source, size)))
                )
            yield from self._add(described, source, size, progress, user)
        finally:
            source.close()
        return described.id

    @procedure
    def add_child_document(
        self,
        document: Document,
        id: str,  # noqa: A002
        parent_id: str,
        title: str,
        comments: str,
        kind: str = "text/plain",
        tags: Sequence[str] = (),
        metadata: Sequence[Triple] | None = None,
        *,
        document_type: str = "extracted",
        user: str | None = None,
    ) -> Steps[str]:
        """Add a document that was made from another one; 2.1.1 and later.

        Gateways have an operation of this name, but refuse it (gateway `registry.py`, 2.4.6 to 2.11.1). So it
        is added as any other, with its parent, and in one message: uploads forget the parent.

        Args:
            document: The document: bytes, a `pathlib.Path`, or a file open for reading bytes.
            id: Its id, an IRI by convention.
            parent_id: Id of the document that it was made from, which must be there.
            title: Its title; may be empty.
            comments: What people are to read about it; may be empty.
            kind: Media type.
            tags: Words to find it by.
            metadata: Triples about it; see `add_document`.
            document_type: What it is to the other one: `page`, `chunk`, `extracted` or `answer`.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            Its id.

        Raises:
            ServiceError: The service failed, there is such a document already, or no such parent.
            LocalProtocolError: The document is too long for one message.
            NotOffered: The gateway knows of no parents.
            OSError: The document cannot be read.
            TypeError: An argument is of the wrong type.
            ValueError: An id, the kind or the type is empty.
        """
        here = yield from machine()
        source = source_of("document", document, here)
        described = DocumentMetadata(
            check.name_of("id", id),
            int(here.time()),
            check.name_of("kind", kind),
            check.text("title", title),
            check.text("comments", comments),
            check.triples("metadata", () if metadata is None else metadata),
            check.texts("tags", tags),
            check.name_of("parent_id", parent_id),
            check.name_of("document_type", document_type),
        )
        try:
            size = yield from worked(source.open)
            parent = self._messages().get_document(parent_id, user=user)
            yield from step(structs.replace(parent, spellings=(with_parents,)))
            yield from self._add_whole(described, source, size, user)
        finally:
            source.close()
        return described.id

    @procedure
    def resume_upload(
        self,
        upload_id: str,
        document: Document,
        on_progress: Progress | None = None,
        *,
        metadata: Sequence[Triple] | None = None,
        user: str | None = None,
    ) -> Steps[CompletedUpload]:
        """Go on with an upload that was interrupted: only the chunks that the gateway has not are sent.

        `UploadInterrupted` names the upload; `get_pending_uploads` lists all that have not ended, also those
        of a program that is no more.

        Args:
            upload_id: What the upload is called.
            document: The same document again, as for `add_document`. Only its length is compared.
            on_progress: As for `add_document`.
            metadata: Triples about the document, which uploads forget; see `add_document`.
            user: Whose upload it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What the document is called.

        Raises:
            ServiceError: The service failed, or there is no such upload.
            UploadInterrupted: It cannot go on again.
            NotOffered: The gateway takes documents only whole.
            OSError: The document cannot be read, before anything was sent.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or the document has another length.
        """
        wanted = check.name_of("upload_id", upload_id)
        progress = check.function("on_progress", on_progress)
        triples = check.triples("metadata", () if metadata is None else metadata)
        source = source_of("document", document, (yield from machine()))
        calls = self._messages()
        try:
            size = yield from worked(source.open)
            sessions = yield from step(calls.get_pending_uploads(user=user))
            found = next((session for session in sessions if session.upload_id == wanted), None)
            status = yield from step(calls.get_upload_status(wanted, user=user))
            if found is None or not status.in_progress:
                raise service_error(
                    "request-error", f"no upload {wanted!r} is under way; it may be complete", self._context
                )
            if size != found.total_size:
                raise ValueError(f"document has {size} bytes, but the upload is of {found.total_size}")
            if found.chunk_size < 1:
                raise DecodeError("the gateway does not say how long chunks are", self._context)
            upload = _Upload(wanted, found.document_id, source, size, found.chunk_size, user, progress)
            completed = yield from self._send(upload, status.missing_chunks)
        finally:
            source.close()
        if triples:
            there = yield from step(calls.get_document(completed.document_id, user=user))
            yield from self._write_triples(dataclasses.replace(there, metadata=tuple(triples)), user)
        return completed

    def _add(
        self,
        document: DocumentMetadata,
        source: Source,
        size: int,
        on_progress: Progress | None,
        user: str | None,
    ) -> Steps[None]:
        """Add a document in the way that its size and the gateway call for."""
        started = None
        if size >= CHUNKED_FROM:
            with contextlib.suppress(NotOffered):
                started = yield from step(self._messages().begin_upload(document, size, user=user))
        if started is None:
            yield from self._add_whole(document, source, size, user)
            if on_progress is not None:
                on_progress(size, size)
            return
        upload = _Upload(started.upload_id, document.id, source, size, started.chunk_size, user, on_progress)
        yield from self._send(upload, upload.chunks)
        if document.metadata:
            yield from self._write_triples(document, user)

    def _add_whole(
        self, document: DocumentMetadata, source: Source, size: int, user: str | None
    ) -> Steps[None]:
        """Add a document in one message."""
        if size > MAX_WHOLE:
            raise LocalProtocolError(
                f"librarian: the document has {size} bytes; in one message, gateways take {MAX_WHOLE}"
            )
        content = yield from worked(partial(part_of, source, 0, size))
        yield from step(self._messages().put_document(document, content, user=user))

    def _send(self, upload: _Upload, missing: Sequence[int]) -> Steps[CompletedUpload]:
        """Send chunks, and complete the upload."""
        sent = upload.size - sum(upload.length(index) for index in missing)
        for index in missing:
            yield from self._guarded(upload, sent, self._send_chunk(upload, index))
            sent += upload.length(index)
            if upload.on_progress is not None:
                upload.on_progress(sent, upload.size)
        return (yield from self._guarded(upload, sent, self._complete(upload)))

    def _guarded(self, upload: _Upload, sent: int, steps: Steps[T]) -> Steps[T]:
        """Take steps of an upload. Whatever they fail with says what to resume it by."""
        try:
            return (yield from steps)
        except Exception as error:
            raise UploadInterrupted(upload.id, sent, upload.size, error, self._context) from error

    def _send_chunk(self, upload: _Upload, index: int) -> Steps[None]:
        content = yield from worked(partial(upload.read, index))
        yield from _repeated(self._messages().upload_chunk(upload.id, index, content, user=upload.user))

    def _complete(self, upload: _Upload) -> Steps[CompletedUpload]:
        """Complete an upload, also if an answer that it was completed is lost."""
        complete = self._messages().complete_upload(upload.id, user=upload.user)
        failure: CallError | None = None
        for seconds in (*_PAUSES, None):
            try:
                return (yield from step(complete))
            except _PASSING as error:
                failure = error
                if seconds is not None:
                    yield from pause(seconds)
            except ServiceError as error:
                if failure is None:
                    raise
                failure = error  # there is no such upload any more, if a message before did it
                break
        try:
            there = yield from step(self._messages().get_document(upload.document_id, user=upload.user))
        except CallError:
            assert failure is not None
            raise failure from None
        return CompletedUpload(there.id)

    def _write_triples(self, document: DocumentMetadata, user: str | None) -> Steps[None]:
        """Write the triples of a document that was uploaded without them."""
        try:
            yield from _repeated(self._messages().update_document(document.id, document, user=user))
        except CallError as error:
            error.hint = (
                f"The document {document.id!r} is in the library, but without its triples: write them with "
                "update_document"
            )
            raise

    @property
    def _context(self) -> CallContext:
        return CallContext(self.service, None, self.options.workspace)

    def _messages(self) -> _Messages:
        """Return the single messages as data."""
        return _Messages(options=self.options)


@dataclass(frozen=True)
class _Messages(PureScope, SessionOps, DocumentOps):
    """The single messages as data."""


def _repeated(call: Call[T]) -> Steps[T]:
    """Have a call carried out that may be repeated: three times at most."""
    for seconds in _PAUSES:
        try:
            return (yield from step(call))
        except _PASSING:
            yield from pause(seconds)
    return (yield from step(call))
