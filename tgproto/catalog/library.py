"""The library of documents, and their processing."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.document_stream import DocumentStreamOps
from tgproto.catalog.library_download import DownloadOps
from tgproto.catalog.library_processing import ProcessingOps
from tgproto.catalog.library_upload import UploadOps
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope


@dataclass(frozen=True)
class LibraryOps(UploadOps, DownloadOps, ProcessingOps, DocumentStreamOps):
    """The library of documents, and their processing."""


@dataclass(frozen=True)
class LibraryCalls(PureScope, LibraryOps):
    """The library of documents, and their processing; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Library(SyncScope, LibraryOps):
    """The library of documents, and their processing; blocking."""


@dataclass(frozen=True)
class AsyncLibrary(AsyncScope, LibraryOps):
    """The library of documents, and their processing; awaited."""
