"""The global services of gateway 2.11.1 as one table, and those of them that are told in a few lines."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from tgproto.gateway.generation2 import blueprints, cores, documents, identities, skeletons
from tgproto.gateway.managed import Asked, Members, Operation, Service
from tgproto.gateway.stores.collections import Record
from tgproto.gateway.stores.failures import (
    GATEWAY_ERROR,
    RequestRefused,
    ServiceFailure,
    in_pythons_words,
)

# --- config ---------------------------------------------------------------------------------------


def _rows(asked: Asked, member: str, *members: str) -> Any:
    """Return an array of objects as tuples; None if it is missing, over which the service stumbles."""
    with in_pythons_words(GATEWAY_ERROR):
        if member not in asked.body:
            return None
        return [tuple(row[name] for name in members) for row in asked.body[member]]


def _get(asked: Asked) -> Members:
    return asked.world.config(asked.owner).get(_rows(asked, "keys", "type", "key"))


def _list(asked: Asked) -> Members:
    return asked.world.config(asked.owner).list(asked.body.get("type"))


def _get_values(asked: Asked) -> Members:
    return asked.world.config(asked.owner).get_values(asked.body.get("type"))


def _get_values_of_all(asked: Asked) -> Members:  # noqa: ARG001
    # The gateway lets it through, to a queue where it is none.
    raise ServiceFailure("bad-operation", "Bad operation")


def _put(asked: Asked) -> Members:
    return asked.world.config(asked.owner).put(_rows(asked, "values", "type", "key", "value"))


def _delete(asked: Asked) -> Members:
    return asked.world.config(asked.owner).delete(_rows(asked, "keys", "type", "key"))


def _everything(asked: Asked) -> Members:
    return asked.world.config(asked.owner).everything()


_CONFIG = Service(
    operations={
        "config": Operation(_everything, "config:read"),
        "delete": Operation(_delete, "config:write"),
        "get": Operation(_get, "config:read"),
        "getvalues": Operation(_get_values, "config:read"),
        "getvalues-all-ws": Operation(_get_values_of_all, "config:read"),
        "list": Operation(_list, "config:read"),
        "put": Operation(_put, "config:write"),
    },
    trouble="config-error",
    scripted="config-error",
    say=skeletons.around(skeletons.CONFIG),
    fail=skeletons.hidden(skeletons.CONFIG),
)


# --- flow -----------------------------------------------------------------------------------------


def _manage(asked: Asked) -> Members:
    return blueprints.manage(asked.world.flows(asked.owner), asked.body)


_READING = ("get-", "list-")

_FLOW = Service(
    operations={
        name: Operation(_manage, "flows:read" if name.startswith(_READING) else "flows:write")
        for name in blueprints.OPERATIONS
    },
    trouble="flow-error",
    scripted="flow-error",
    say=dict,
    fail=skeletons.hidden(blueprints.SKELETON),
)


# --- collection-management ------------------------------------------------------------------------


_RECORD: Record = {"collection": "", "name": "", "description": "", "tags": []}
"""A collection without anything, which one that was written as configuration may be."""


@contextmanager
def _trying(what: str) -> Generator[None]:
    try:
        with in_pythons_words(""):
            yield
    except ServiceFailure as failure:
        raise RequestRefused(f"Failed to {what}: {failure}") from None


def _answer(asked: Asked, *collections: Record) -> Members:
    return {"timestamp": asked.world.calendar.local_stamp(), "collections": collections}


def _list_collections(asked: Asked) -> Members:
    with _trying("list collections"):
        found = asked.world.collections(asked.owner).select(asked.body.get("tag_filter") or ())
        found = [{name: record.get(name, empty) for name, empty in _RECORD.items()} for record in found]
        limit = asked.body.get("limit") or 0
        return _answer(asked, *(found[:limit] if limit > 0 else found))


def _update_collection(asked: Asked) -> Members:
    with _trying("update collection"):
        body, name = asked.body, asked.body.get("collection")
        if name is None:
            raise RequestRefused("Config update failed: a key must not be null")
        record = {
            "collection": name,
            "name": body.get("name") or name,
            "description": body.get("description") or "",
            "tags": list(body.get("tags") or ()),
        }
        asked.world.collections(asked.owner).keep(record)
        return _answer(asked, record)


def _delete_collection(asked: Asked) -> Members:
    with _trying("delete collection"):
        name = asked.body.get("collection")
        asked.world.collections(asked.owner).forget(name)
        asked.world.graphs.empty(workspace=asked.owner, collection=name)
        return _answer(asked)


_COLLECTIONS = Service(
    operations={
        "delete-collection": Operation(_delete_collection, "collections:write"),
        "list-collections": Operation(_list_collections, "collections:read"),
        "update-collection": Operation(_update_collection, "collections:write"),
    },
    trouble="unexpected-error",
    scripted="request-error",
    say=skeletons.around(skeletons.COLLECTIONS),
    fail=skeletons.shown(skeletons.COLLECTIONS),
)


# --- all ------------------------------------------------------------------------------------------

IAM = "iam"
"""The service that is not of a workspace."""

SERVICES: Mapping[str, Service] = {
    "collection-management": _COLLECTIONS,
    "config": _CONFIG,
    "flow": _FLOW,
    IAM: identities.SERVICE,
    "knowledge": cores.SERVICE,
    "librarian": documents.SERVICE,
}
"""The global services, by kind."""
