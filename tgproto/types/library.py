"""Records of the library: documents, their processing, uploads, and pieces of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from tgproto.types.record import Record
from tgproto.types.terms import Triple

Moment: TypeAlias = datetime | int | float | None
"""A time as callers give it: seconds since 1970, or a `datetime`, which is UTC unless it says otherwise."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time: Moment) -> datetime | None:
    """Return a time with its zone, which is UTC; None for None.

    Args:
        time: A time.

    Raises:
        TypeError: It is none.
        ValueError: It is before the year 1 or after 9999.
    """
    match time:
        case None:
            return None
        case datetime():
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        case int() | float() if not isinstance(time, bool):
            try:
                return _EPOCH + timedelta(seconds=time)
            except (OverflowError, ValueError):
                raise ValueError(f"{time} s are no time between the years 1 and 9999") from None
        case _:
            raise TypeError(
                f"time must be a datetime, a number of seconds or None, not {type(time).__name__}"
            )


def seconds(time: datetime | None) -> int:
    """Return the whole seconds from 1970 to a time; 0 for None, as gateways leave out 0.

    Args:
        time: A time with its zone.
    """
    return 0 if time is None else (time - _EPOCH) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True, init=False)
class DocumentMetadata(Record):
    """What the library knows about a document. Subscription reaches everything else in the record.

    Args:
        id: Its id, an IRI by convention.
        time: When it was made, or anything else that its owner wants to note; kept in whole seconds.
        kind: Media type. 1.x takes `text/plain` and `application/pdf`; 2.x takes any.
        title: Its title.
        comments: What people wrote about it.
        metadata: Triples about it. The library keeps only IRIs and plain texts: datatypes, languages, blank
            nodes, quoted triples and names of graphs are lost there.
        tags: Words to find it by.
        parent_id: Id of the document that it was made from; 2.x. Empty for none.
        document_type: `source`, `page`, `chunk`, `extracted` or `answer`; 2.x.
        user: Whose it is, on gateways before 2.4.0; empty if they do not say.
        payload: JSON text of the record, an object.

    Raises:
        TypeError: The time is none.
        ValueError: The time is before the year 1 or after 9999.
    """

    id: str
    time: datetime | None
    kind: str
    title: str
    comments: str
    metadata: tuple[Triple, ...]
    tags: tuple[str, ...]
    parent_id: str
    document_type: str
    user: str
    payload: bytes = field(repr=False, compare=False)

    def __init__(
        self,
        id: str = "",  # noqa: A002
        time: Moment = None,
        kind: str = "",
        title: str = "",
        comments: str = "",
        metadata: Sequence[Triple] = (),
        tags: Sequence[str] = (),
        parent_id: str = "",
        document_type: str = "source",
        user: str = "",
        payload: bytes = b"{}",
    ) -> None:
        _fill(
            self,
            id=id,
            time=moment(time),
            kind=kind,
            title=title,
            comments=comments,
            metadata=tuple(metadata),
            tags=tuple(tags),
            parent_id=parent_id,
            document_type=document_type,
            user=user,
            payload=payload,
        )


@dataclass(frozen=True, slots=True, init=False)
class ProcessingMetadata(Record):
    """A document that was given to a flow. Subscription reaches everything else in the record.

    Args:
        id: Id of the processing.
        document_id: Id of the document.
        time: When it was started; kept in whole seconds.
        flow: Id of the flow.
        collection: Collection that the results go into.
        tags: Words to find it by.
        user: Whose it is, on gateways before 2.4.0; empty if they do not say.
        payload: JSON text of the record, an object.

    Raises:
        TypeError: The time is none.
        ValueError: The time is before the year 1 or after 9999.
    """

    id: str
    document_id: str
    time: datetime | None
    flow: str
    collection: str
    tags: tuple[str, ...]
    user: str
    payload: bytes = field(repr=False, compare=False)

    def __init__(
        self,
        id: str = "",  # noqa: A002
        document_id: str = "",
        time: Moment = None,
        flow: str = "default",
        collection: str = "default",
        tags: Sequence[str] = (),
        user: str = "",
        payload: bytes = b"{}",
    ) -> None:
        _fill(
            self,
            id=id,
            document_id=document_id,
            time=moment(time),
            flow=flow,
            collection=collection,
            tags=tuple(tags),
            user=user,
            payload=payload,
        )


def _fill(record: Record, **members: Any) -> None:
    for name, value in members.items():
        object.__setattr__(record, name, value)


@dataclass(frozen=True, slots=True)
class UploadStart(Record):
    """An upload that has begun.

    Attributes:
        upload_id: What it is called from now on.
        chunk_size: Bytes of each chunk but the last; the gateway decides.
        total_chunks: How many chunks there are.
        payload: JSON text of the answer, an object.
    """

    upload_id: str
    chunk_size: int
    total_chunks: int
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ChunkReceipt(Record):
    """The gateway has a chunk of an upload.

    Attributes:
        upload_id: Which upload it is.
        chunk_index: Which chunk it is, from 0 on.
        chunks_received: How many chunks the gateway says it has: one more than it really has.
        total_chunks: How many chunks there are.
        bytes_received: How many bytes the gateway reckons it has, from that number.
        total_bytes: How many bytes the document has.
        payload: JSON text of the answer, an object.
    """

    upload_id: str
    chunk_index: int = 0
    chunks_received: int = 0
    total_chunks: int = 0
    bytes_received: int = 0
    total_bytes: int = 0
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CompletedUpload(Record):
    """An upload that has become a document.

    Attributes:
        document_id: Id of the document.
        object_id: What the store calls its content.
        payload: JSON text of the answer, an object.
    """

    document_id: str
    object_id: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class UploadStatus(Record):
    """How far an upload is.

    Attributes:
        upload_id: Which one it is.
        state: `in-progress`; or `expired`, if it was completed or aborted, or is unknown.
        received_chunks: Numbers of the chunks that the gateway has, from 0 on.
        missing_chunks: Numbers of those that it has not.
        chunks_received: How many it has.
        total_chunks: How many there are; 0 if the upload has ended.
        bytes_received: How many bytes it has, reckoned from the number of chunks.
        total_bytes: How many bytes the document has; 0 if the upload has ended.
        payload: JSON text of the answer, an object.
    """

    upload_id: str
    state: str = ""
    received_chunks: tuple[int, ...] = ()
    missing_chunks: tuple[int, ...] = ()
    chunks_received: int = 0
    total_chunks: int = 0
    bytes_received: int = 0
    total_bytes: int = 0
    payload: bytes = field(default=b"{}", repr=False, compare=False)

    @property
    def in_progress(self) -> bool:
        """Whether it can go on."""
        return self.state == "in-progress"


@dataclass(frozen=True, slots=True)
class UploadSession(Record):
    """An upload that has not ended.

    Attributes:
        upload_id: What it is called.
        document_id: Id of the document to be.
        document: What was said about the document when the upload began, without triples.
        total_size: How many bytes the document has.
        chunk_size: Bytes of each chunk but the last.
        total_chunks: How many chunks there are.
        chunks_received: How many of them the gateway has.
        created_at: When it began, ISO 8601.
        payload: JSON text of the record, an object.
    """

    upload_id: str
    document_id: str = ""
    document: DocumentMetadata = field(default_factory=DocumentMetadata)
    total_size: int = 0
    chunk_size: int = 0
    total_chunks: int = 0
    chunks_received: int = 0
    created_at: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class DocumentChunk:
    """A piece of a document.

    Attributes:
        content: The bytes.
        chunk_index: Which piece it is, from 0 on.
        total_chunks: How many there are.
        bytes_received: How many bytes came so far, with these.
        total_bytes: How many bytes the document has.
    """

    content: bytes
    chunk_index: int
    total_chunks: int
    bytes_received: int
    total_bytes: int
