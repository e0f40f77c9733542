"""Collections: requests in each dialect, and answers captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from tests.core.catalogue import RELEASES, AsyncScript, Script, answer, body, operations, payloads, run
from tgproto.catalog import AsyncCollection, Collection, CollectionCalls, CollectionOps
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import DecodeError, LocalProtocolError
from tgproto.types import CollectionMetadata

CALLS = CollectionCalls()
SERVICE = "collection-management"


def test_list() -> None:
    call = CALLS.list_collections()
    assert (call.service, call.flow) == (SERVICE, None)
    assert body(call) == {"operation": "list-collections"}
    assert body(call, GENERATION_1) == {"operation": "list-collections", "user": "trustgraph"}
    call = CALLS.list_collections(("x", "y"), user="anna", limit=5)
    told = {"operation": "list-collections", "tag_filter": ["x", "y"], "limit": 5}
    assert body(call) == told
    assert body(call, GENERATION_1) == {**told, "user": "anna"}
    assert call.ignored(GENERATION_2) == ("user",)


def test_captured_lists() -> None:
    call = CALLS.list_collections()
    found = answer(call, payloads(f"2.11.1 {SERVICE} list-collections"))
    assert found == [
        CollectionMetadata("default", "Default"),
        CollectionMetadata("obs", "obs"),
        CollectionMetadata("c1", "C1", "d", ("x",)),
    ]
    assert found[2]["tags"] == ["x"]
    then = "2026-11-20T16:10:27.035072"
    assert answer(call, payloads(f"1.7.1 {SERVICE} list-collections"), GENERATION_1) == [
        CollectionMetadata("default", "Default", user="trustgraph", created_at=then, updated_at=then)
    ]
    assert answer(call, [b'{"timestamp":""}']) == answer(call, [b'{"collections":[]}']) == []


def test_update() -> None:
    assert body(CALLS.update_collection("c1")) == {"operation": "update-collection", "collection": "c1"}
    call = CALLS.update_collection("c1", "C1", "", ["x"], user="anna")
    told = {
        "operation": "update-collection",
        "collection": "c1",
        "name": "C1",
        "description": "",
        "tags": ["x"],
    }
    assert body(call) == told
    assert body(call, GENERATION_1) == {**told, "user": "anna"}
    assert answer(call, payloads(f"2.11.1 {SERVICE} update-collection")) == CollectionMetadata(
        "c1", "C1", "d", ("x",)
    )
    then = "2026-11-20T16:13:37.217363"
    assert answer(call, payloads(f"1.7.1 {SERVICE} update-collection")) == CollectionMetadata(
        "c1", "C1", "d", ("x",), "trustgraph", then, then
    )
    for frame in (b"{}", b'{"collections":[]}'):
        assert answer(call, [frame]) is None


@pytest.mark.parametrize("release", RELEASES)
def test_delete(release: str) -> None:
    call = CALLS.delete_collection("c1")
    user = {"user": "trustgraph"} if release == "1.7.1" else {}
    assert body(call, RELEASES[release]) == {"operation": "delete-collection", "collection": "c1", **user}
    assert answer(call, payloads(f"{release} {SERVICE} delete-collection")) is None


def test_options_go_into_the_requests() -> None:
    collections = CALLS.with_options(workspace="w", retry=True)
    for call in (collections.list_collections(), collections.delete_collection("c")):
        request = call.request(GENERATION_2)
        assert (request.flow, request.workspace, request.repeatable) == (None, "w", True)
        with pytest.raises(LocalProtocolError, match="has users, not workspaces"):
            call.request(GENERATION_1)


@pytest.mark.parametrize(
    ("collection", "place"),
    [({}, "0"), ({"collection": None}, r"0\]\.collection"), ({"collection": "c", "tags": "x"}, r"0\]\.tags")],
)
def test_wrong_shapes(collection: dict[str, Any], place: str) -> None:
    script = Script(GENERATION_2, [json.dumps({"collections": [collection]}).encode()])
    with pytest.raises(DecodeError, match=rf"^{SERVICE}: .*documented shape.*\$\.collections\[{place}"):
        Collection(script).list_collections()


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "said"),
    [
        ("list_collections", {"tag_filter": "x"}, TypeError, "tag_filter must be a list, not str"),
        ("list_collections", {"tag_filter": [1]}, TypeError, r"tag_filter\[0\] must be a str"),
        ("list_collections", {"limit": -1}, ValueError, "limit must not be negative"),
        ("list_collections", {"user": 1}, TypeError, "user must be a str"),
        ("update_collection", {"collection": ""}, ValueError, "collection must not be empty"),
        ("update_collection", {"collection": "c", "name": 1}, TypeError, "name must be a str"),
        ("update_collection", {"collection": "c", "description": 1}, TypeError, "description must be a str"),
        ("update_collection", {"collection": "c", "tags": "x"}, TypeError, "tags must be a list"),
        ("delete_collection", {"collection": None}, TypeError, "collection must be a str, not NoneType"),
    ],
)
def test_wrong_arguments(operation: str, arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=f"^{said}"):
        getattr(CALLS, operation)(**arguments)


def test_awaited() -> None:
    collections = AsyncCollection(AsyncScript(GENERATION_2, [b'{"collections":[{"collection":"c"}]}', b"{}"]))
    assert run(collections.list_collections()) == [CollectionMetadata("c")]
    run(collections.delete_collection("c"))


SYNC_REST_OF_2_11_1 = {
    "list_collections": ["tag_filter"],
    "update_collection": ["collection", "name", "description", "tags"],
    "delete_collection": ["collection"],
}


def test_parameters_by_position() -> None:
    assert sorted(operations(CollectionOps)) == sorted(SYNC_REST_OF_2_11_1)
    for name, expected in SYNC_REST_OF_2_11_1.items():
        _, *shown = inspect.signature(getattr(Collection, name)).parameters.values()
        assert [each.name for each in shown if each.kind is each.POSITIONAL_OR_KEYWORD] == expected
