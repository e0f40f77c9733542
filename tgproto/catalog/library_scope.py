"""What all operations of the library share: its name, and how documents and processings are described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tgproto.catalog import arguments as check
from tgproto.catalog.global_scope import DEFAULT_USER, GlobalScope
from tgproto.catalog.spelling import Wording
from tgproto.dialect import Dialect, Tenancy
from tgproto.errors import NotOffered
from tgproto.offers import OFFERS
from tgproto.types.library import DocumentMetadata, ProcessingMetadata, seconds

MAX_WHOLE: Final = 191 * 2**20
"""Longest document, in bytes, that any gateway takes in one message: 256 MiB over REST, as base64."""


@dataclass(frozen=True)
class LibraryScope(GlobalScope):
    """The library of documents."""

    service = "librarian"
    needs_user = True


def with_parents(dialect: Dialect) -> Mapping[str, object]:
    """Refuse gateways that know of no documents that belong to another; a `Wording` without members.

    Raises:
        NotOffered: The gateway is such a one.
    """
    if not dialect.chunks:  # which came with the same release
        raise NotOffered(
            f"librarian: documents that belong to another: this gateway ({dialect.name}) does not have it; "
            f"{OFFERS['librarian begin-upload']}"
        )
    return {}


def described(document: DocumentMetadata, user: str | None) -> Wording:
    """Return the member that describes a document.

    Args:
        document: The description.
        user: Whose it is, on gateways before 2.4.0; None for what the description says.

    Raises:
        TypeError: Something in it is of the wrong type.
        ValueError: Id or kind is empty.
    """
    wire = {
        "id": check.name_of("id", document.id),
        "time": seconds(document.time),
        "kind": check.name_of("kind", document.kind),
        "title": check.text("title", document.title),
        "comments": check.text("comments", document.comments),
        "metadata": check.triples("metadata", document.metadata),
        "tags": check.texts("tags", document.tags),
    }
    family = {
        "parent-id": check.text("parent_id", document.parent_id) or None,
        "document-type": check.name_of("document_type", document.document_type),
    }
    owner = user or check.text("user", document.user) or DEFAULT_USER

    def member(dialect: Dialect) -> dict[str, object]:
        if document.parent_id:
            with_parents(dialect)
        return {
            "document-metadata": {
                **wire,
                **({"user": owner} if dialect.tenancy is Tenancy.USER else {}),
                **({name: value for name, value in family.items() if value} if dialect.chunks else {}),
            }
        }

    return member


def processed(processing: ProcessingMetadata, user: str | None) -> Wording:
    """Return the member that describes a processing.

    Args:
        processing: The description.
        user: Whose it is, on gateways before 2.4.0; None for what the description says.

    Raises:
        TypeError: Something in it is of the wrong type.
        ValueError: An id, the flow or the collection is empty.
    """
    wire = {
        "id": check.name_of("id", processing.id),
        "document-id": check.name_of("document_id", processing.document_id),
        "time": seconds(processing.time),
        "flow": check.name_of("flow", processing.flow),
        "collection": check.name_of("collection", processing.collection),
        "tags": check.texts("tags", processing.tags),
    }
    owner = user or check.text("user", processing.user) or DEFAULT_USER

    def member(dialect: Dialect) -> dict[str, object]:
        told = {"user": owner} if dialect.tenancy is Tenancy.USER else {}
        return {"processing-metadata": {**wire, **told}}

    return member
