"""The global service `librarian`: documents, what is processed, and uploads in chunks (gateway 2.11.1)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import msgspec

from tgproto.dialect import TermCodec
from tgproto.gateway.generation2 import skeletons
from tgproto.gateway.managed import Asked, Members, Operation, Service, Streamed
from tgproto.gateway.steps import Frame
from tgproto.gateway.stores.failures import (
    GATEWAY_ERROR,
    RequestRefused,
    Unexpected,
    in_pythons_words,
)
from tgproto.gateway.stores.library import Document, Library, Processing
from tgproto.types.terms import IRI, Literal, Term, Triple, WireTriple, encode_triple
from tgproto.types.wire import encode

UPLOAD_CHUNK = 2 * 2**20
"""Bytes in a chunk of an upload where a request says nothing."""

_NO_BYTES = "argument should be a bytes-like object or ASCII string, not 'NoneType'"


def _library(asked: Asked) -> Library:
    with in_pythons_words(GATEWAY_ERROR):  # criteria are read, and then nobody looks at them
        for criterion in asked.body.get("criteria", ()):
            _ = criterion["key"], criterion["value"], criterion["operator"]
    return asked.world.library(asked.owner)


def _text(asked: Asked, member: str) -> Any:
    return asked.body.get(member, "")


def _document(asked: Asked) -> Any:
    """Return what is said about a document; None if nothing is, over which the service stumbles."""
    with in_pythons_words(GATEWAY_ERROR):
        if "document-metadata" not in asked.body:
            return None
        about: Any = asked.body["document-metadata"]
        triples = about.get("metadata", [])
        return Document(
            about.get("id"),
            about.get("time"),
            about.get("kind"),
            about.get("title"),
            about.get("comments"),
            metadata=() if triples is None else _described(triples),
            tags=about.get("tags"),
            parent=about.get("parent-id", ""),
            type=about.get("document-type", "source"),
        )


def _described(triples: Any) -> list[object]:
    """Return triples about a document as the store of a real gateway gives them back: as IRIs and texts."""
    wire = msgspec.convert(triples, list[WireTriple], strict=False)
    found = (triple.triple() for triple in wire)
    rows = (Triple(_plain(triple.s), _plain(triple.p), _plain(triple.o)) for triple in found)
    return [encode_triple(row, TermCodec.TERM) for row in rows]


def _plain(term: Term) -> Term:
    return term if isinstance(term, IRI) else Literal(term.value if isinstance(term, Literal) else "")


def _content(asked: Asked) -> bytes | None:
    with in_pythons_words(GATEWAY_ERROR):
        return b64decode(asked.body["content"].encode()) if "content" in asked.body else None


def _needed(content: bytes | None) -> bytes:
    if content is None:
        raise Unexpected(_NO_BYTES)
    return content


def _require_kind(document: Any) -> None:
    if not document.kind:
        raise RequestRefused("Document kind (MIME type) is required")


def _add_document(asked: Asked) -> Members:
    content, document = _content(asked), _document(asked)
    _require_kind(document)
    if _library(asked).has(document.id):
        raise Unexpected("Document already exists")
    return _library(asked).add(document, _needed(content))


def _update_document(asked: Asked) -> Members:
    return _library(asked).update(_document(asked))


def _remove_document(asked: Asked) -> Members:
    return _library(asked).remove(_text(asked, "document-id"))


def _get_document_metadata(asked: Asked) -> Members:
    return _library(asked).describe(_text(asked, "document-id"))


def _get_document_content(asked: Asked) -> Members:
    content = _library(asked).content(_text(asked, "document-id"))
    return {"content": b64encode(content).decode()} if content else {}


def _list_documents(asked: Asked) -> Members:
    return _library(asked).list(all_of_them=bool(asked.body.get("include-children", False)))


def _stream_document(asked: Asked) -> Iterator[Frame]:
    name, size = _text(asked, "document-id"), asked.body.get("chunk-size", 0)
    for piece, about in _library(asked).chunks(name, size):
        payload = {"content": b64encode(piece).decode(), **skeletons.LIBRARIAN, **about}
        yield Frame(encode(payload), final=about["chunks-received"] == about["total-chunks"])


def _processing(asked: Asked) -> Any:
    with in_pythons_words(GATEWAY_ERROR):
        if "processing-metadata" not in asked.body:
            return None
        about: Any = asked.body["processing-metadata"]
        members = ("id", "document-id", "time", "flow", "collection", "tags")
        return Processing(*map(about.get, members))


def _add_processing(asked: Asked) -> Members:
    processing = _processing(asked)
    if collection := processing.collection:
        made = {"collection": collection, "name": collection}
        asked.world.collections(asked.owner).ensure({**made, "description": "", "tags": []})
    done = _library(asked).add_processing(processing)
    if asked.world.flows(asked.owner).services(processing.flow) is None:  # it is on record all the same
        raise Unexpected(f"Invalid flow ID {processing.flow} for workspace {asked.owner}")
    return done


def _remove_processing(asked: Asked) -> Members:
    return _library(asked).remove_processing(_text(asked, "processing-id"))


def _list_processing(asked: Asked) -> Members:
    return _library(asked).list_processing()


def _begin_upload(asked: Asked) -> Members:
    document = _document(asked)
    _ = document.id
    _require_kind(document)
    total, chunk = asked.body.get("total-size", 0), asked.body.get("chunk-size", 0)
    if total <= 0:
        raise RequestRefused("total_size must be positive")
    chunk = chunk if chunk > 0 else UPLOAD_CHUNK
    now = str(asked.world.calendar.today())
    return _library(asked).begin(document, int(total), int(chunk), now=now)


def _upload_chunk(asked: Asked) -> Members:
    content, index = _content(asked), asked.body.get("chunk-index", 0)
    return _library(asked).receive(_text(asked, "upload-id"), index, _needed(content))


def _complete_upload(asked: Asked) -> Members:
    return _library(asked).complete(_text(asked, "upload-id"))


def _abort_upload(asked: Asked) -> Members:
    return _library(asked).abort(_text(asked, "upload-id"))


def _get_upload_status(asked: Asked) -> Members:
    return _library(asked).status(_text(asked, "upload-id"))


def _list_uploads(asked: Asked) -> Members:
    return _library(asked).list_uploads()


_READ, _WRITE = "documents:read", "documents:write"

SERVICE = Service(
    operations={
        "abort-upload": Operation(_abort_upload, _WRITE),
        "add-document": Operation(_add_document, _WRITE),
        "add-processing": Operation(_add_processing, _WRITE),
        "begin-upload": Operation(_begin_upload, _WRITE),
        "complete-upload": Operation(_complete_upload, _WRITE),
        "get-document-content": Operation(_get_document_content, _READ),
        "get-document-metadata": Operation(_get_document_metadata, _READ),
        "get-upload-status": Operation(_get_upload_status, _READ),
        "list-documents": Operation(_list_documents, _READ),
        "list-processing": Operation(_list_processing, _READ),
        "list-uploads": Operation(_list_uploads, _READ),
        "remove-document": Operation(_remove_document, _WRITE),
        "remove-processing": Operation(_remove_processing, _WRITE),
        "stream-document": Streamed(_stream_document, _READ),
        "update-document": Operation(_update_document, _WRITE),
        "upload-chunk": Operation(_upload_chunk, _WRITE),
    },
    trouble="unexpected-error",
    scripted="request-error",
    say=skeletons.around(skeletons.LIBRARIAN),
    fail=skeletons.shown(skeletons.LIBRARIAN),
)
"""The service. The gateway lets nothing else through, though the librarian can do more."""
