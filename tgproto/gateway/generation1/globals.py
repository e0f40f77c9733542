"""The global services of gateway 1.7.1: an answer has what the operation fills, and every error is said.

There are no workspaces: a request names a user, whose data it is about. Nobody checks that it is the caller.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from tgproto.gateway.generation1 import classes, cores
from tgproto.gateway.generation1.bodies import Body
from tgproto.gateway.managed import Asked, Members, Operation, Service
from tgproto.gateway.steps import Failure
from tgproto.gateway.stores.collections import Record
from tgproto.gateway.stores.failures import (
    RequestRefused,
    ServiceFailure,
    Unexpected,
    in_pythons_words,
)
from tgproto.gateway.stores.library import Document, Library, Processing

T = TypeVar("T")

KINDS = ("text/plain", "application/pdf")
"""Documents that the librarian takes."""


def _there(found: T | None, kind: str, message: str) -> T:
    """Return what a service needs; without it, it stumbles."""
    if found is None:
        raise ServiceFailure(kind, message)
    return found


# --- config ---------------------------------------------------------------------------------------

_NO_ROWS = "'NoneType' object is not iterable"


def _keys(asked: Asked) -> list[tuple[str, str]]:
    rows = Body(asked.body).children("keys")
    keys = None if rows is None else [(row.needed_text("type"), row.needed_text("key")) for row in rows]
    return _there(keys, "config-error", _NO_ROWS)


def _values(asked: Asked) -> list[tuple[str, str, str]]:
    rows = Body(asked.body).children("values")
    names = ("type", "key", "value")
    values = None if rows is None else [_three(*map(row.needed_text, names)) for row in rows]
    return _there(values, "config-error", _NO_ROWS)


def _three(kind: str, key: str, value: str) -> tuple[str, str, str]:
    return kind, key, value


_CONFIG = Service(
    operations={
        "config": Operation(lambda asked: asked.world.config().everything()),
        "delete": Operation(lambda asked: asked.world.config().delete(_keys(asked))),
        "get": Operation(lambda asked: asked.world.config().get(_keys(asked))),
        "getvalues": Operation(lambda asked: asked.world.config().get_values(Body(asked.body).text("type"))),
        "list": Operation(lambda asked: asked.world.config().list(Body(asked.body).text("type"))),
        "put": Operation(lambda asked: asked.world.config().put(_values(asked))),
    },
    trouble="config-error",
    scripted="config-error",
    say=dict,
    fail=Failure,
)


# --- flow -----------------------------------------------------------------------------------------


def _manage(operation: str, asked: Asked) -> Members:
    return classes.carry_out(operation, asked.world.flows(), Body(asked.body))


_FLOW = Service(
    operations={name: Operation(partial(_manage, name)) for name in classes.OPERATIONS},
    trouble="flow-error",
    scripted="flow-error",
    say=dict,
    fail=Failure,
)


# --- librarian ------------------------------------------------------------------------------------


def _library(asked: Asked, user: str | None = None) -> Library:
    for criterion in Body(asked.body).children("criteria") or ():  # nobody looks at them
        for member in ("key", "value", "operator"):
            criterion.needed_text(member)
    return asked.world.library(Body(asked.body).text("user") if user is None else user)


def _document(asked: Asked, first: str) -> Document:
    """Return what is said about a document; without it, the service stumbles over what it wants first."""
    about = Body(asked.body).child("document-metadata")
    document = None if about is None else _described(about)
    return _there(document, "unexpected-error", f"'NoneType' object has no attribute '{first}'")


def _described(about: Body) -> Document:
    rows = about.children("metadata") if about.filled("metadata") else []
    return Document(
        about.optional_text("id"),
        about.whole("time"),
        about.optional_text("kind"),
        about.optional_text("title"),
        about.optional_text("comments"),
        metadata=[cores.triple_of(row) for row in rows or ()],
        tags=about.optional_texts("tags"),
        user=about.text("user"),
    )


def _add_document(asked: Asked) -> Members:
    content, document = Body(asked.body).encoded("content"), _document(asked, "kind")
    if document.kind not in KINDS:
        raise RequestRefused("Invalid document kind: " + document.kind)
    message = "argument should be a bytes-like object or ASCII string, not 'NoneType'"
    return _library(asked, document.user).add(document, _there(content, "unexpected-error", message))


def _update_document(asked: Asked) -> Members:
    document = _document(asked, "user")
    return _library(asked, document.user).update(document)


def _get_document_content(asked: Asked) -> Members:
    content = _library(asked).content(Body(asked.body).text("document-id"))
    return {"content": b64encode(content).decode()} if content else {}


def _add_processing(asked: Asked) -> Members:
    about = Body(asked.body).child("processing-metadata")
    message = "'NoneType' object has no attribute 'collection'"
    processing = _there(None if about is None else _processing(about), "unexpected-error", message)
    if processing.collection:
        asked.world.collections(processing.user).ensure(_new(asked, processing.user, processing.collection))
    done = _library(asked, processing.user).add_processing(processing)
    if asked.world.flows().services(processing.flow) is None:  # it is on record all the same
        raise Unexpected("Invalid flow ID")
    return done


def _processing(about: Body) -> Processing:
    return Processing(
        about.optional_text("id"),
        about.optional_text("document-id"),
        about.whole("time"),
        about.optional_text("flow"),
        about.optional_text("collection"),
        about.optional_texts("tags"),
        about.text("user"),
    )


def _by_name(act: Callable[[Library, str], Members], member: str = "document-id") -> Operation:
    return Operation(lambda asked: act(_library(asked), Body(asked.body).text(member)))


_LIBRARIAN = Service(
    operations={
        "add-document": Operation(_add_document),
        "add-processing": Operation(_add_processing),
        "get-document-content": Operation(_get_document_content),
        "get-document-metadata": _by_name(Library.describe),
        "list-documents": Operation(lambda asked: _library(asked).list(all_of_them=True)),
        "list-processing": Operation(lambda asked: _library(asked).list_processing()),
        "remove-document": _by_name(Library.remove),
        "remove-processing": _by_name(Library.remove_processing, "processing-id"),
        "update-document": Operation(_update_document),
    },
    trouble="unexpected-error",
    scripted="request-error",
    say=dict,
    fail=Failure,
)


# --- collection-management ------------------------------------------------------------------------


@contextmanager
def _trying(what: str) -> Generator[None]:
    try:
        with in_pythons_words(""):
            yield
    except Unexpected as failure:
        raise RequestRefused(f"Failed to {what}: {failure}") from None


def _new(asked: Asked, user: str, name: str) -> Record:
    now = asked.world.calendar.local_stamp()
    about: Record = {"user": user, "collection": name, "name": name, "description": "", "tags": []}
    return {**about, "created_at": now, "updated_at": now}


def _answer(asked: Asked, **members: object) -> Members:
    return {"timestamp": asked.world.calendar.local_stamp(), **members}


def _strict(asked: Asked) -> Body:
    """Return a request about collections, once all of its members were read, whether they matter or not."""
    body = Body(asked.body)
    for member in ("timestamp", "created_at", "updated_at", "name", "description"):
        body.text(member)
    for member in ("tags", "tag_filter"):
        body.texts(member)
    body.whole("limit")
    return body


def _list_collections(asked: Asked) -> Members:
    body = _strict(asked)
    found = asked.world.collections(body.text("user")).select(body.texts("tag_filter"))
    return _answer(asked, collections=found)


def _update_collection(asked: Asked) -> Members:
    body = _strict(asked)
    user, name = body.text("user"), body.text("collection")
    given = {member: body.text(member) for member in ("name", "description")}
    given_tags = body.texts("tags")
    collections = asked.world.collections(user)
    old = collections.find(name)
    changed: Record = {member: value for member, value in given.items() if value}
    if given_tags:
        changed["tags"] = given_tags if old else sorted(set(given_tags))
    with _trying("update collection"):
        record = {**(old or _new(asked, user, name)), **changed}
        record["updated_at"] = asked.world.calendar.local_stamp()
        collections.keep(record)
    # When it was made is not said of one that is changed.
    return _answer(asked, collections=[{**record, "created_at": ""} if old else record])


def _delete_collection(asked: Asked) -> Members:
    body = _strict(asked)
    user, name = body.text("user"), body.text("collection")
    asked.world.collections(user).forget(name)
    asked.world.graphs.empty(workspace=user, collection=name)
    return _answer(asked)


_COLLECTIONS = Service(
    operations={
        "delete-collection": Operation(_delete_collection),
        "list-collections": Operation(_list_collections),
        "update-collection": Operation(_update_collection),
    },
    trouble="unexpected-error",
    scripted="request-error",
    say=dict,
    fail=Failure,
)


# --- all ------------------------------------------------------------------------------------------

SERVICES: Mapping[str, Service] = {
    "collection-management": _COLLECTIONS,
    "config": _CONFIG,
    "flow": _FLOW,
    "knowledge": cores.SERVICE,
    "librarian": _LIBRARIAN,
}
"""The global services, by kind."""


def unknown(kind: str) -> Operation:
    """Return what stands for an operation that a service does not have."""
    said = "collection operation" if kind == "collection-management" else "operation"

    def refuse(asked: Asked) -> Members:
        operation = Body(asked.body).optional_text("operation")
        if kind in ("config", "flow"):
            raise ServiceFailure("bad-operation", "Bad operation")
        raise RequestRefused("Null operation" if operation is None else f"Invalid {said}: {operation}")

    return Operation(refuse)
