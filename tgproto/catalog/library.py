"""The library of documents, and their processing."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope


@dataclass(frozen=True)
class LibraryOps(GlobalScope):
    """The library of documents, and their processing."""

    service = "librarian"
    needs_user = True


@dataclass(frozen=True)
class LibraryCalls(PureScope, LibraryOps):
    """The library of documents, and their processing; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Library(SyncScope, LibraryOps):
    """The library of documents, and their processing; blocking."""


@dataclass(frozen=True)
class AsyncLibrary(AsyncScope, LibraryOps):
    """The library of documents, and their processing; awaited."""
