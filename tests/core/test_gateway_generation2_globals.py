"""`config`, `flow` and `collection-management` of 2.11.1; and that every operation is in the table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.generation2.globals import SERVICES
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.steps import Failure, Frame, Step
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.world import World

CONFIG = {"version": 0, "values": [], "directory": [], "config": {}}
STAMP = "2026-01-01T00:00:00"


def world() -> World:
    return World(demo_graphs(), Calendar(), BLUEPRINTS, {"default": ["agent"]})


def steps(of: World, kind: str, operation: str, **body: Any) -> list[Step]:
    service = SERVICES[kind]
    asked = Asked(of, "default", {**body, "operation": operation})
    return list(serve(service, service.operations[operation], asked))


def done(of: World, kind: str, operation: str, **body: Any) -> Any:
    """Return the answer, or the type and message of the error and what is beside it."""
    [step] = steps(of, kind, operation, **body)
    if isinstance(step, Failure):
        return step.error.type, step.error.message, dict(step.beside), step.final
    assert isinstance(step, Frame)
    assert step.final
    return json.loads(step.payload)


def test_which_operations_there_are() -> None:
    assert {kind: len(service.operations) for kind, service in SERVICES.items()} == {
        "collection-management": 3,
        "config": 7,
        "flow": 8,
        "iam": 39,
        "knowledge": 11,
        "librarian": 16,
    }
    needed = {
        operation.capability
        for kind, service in SERVICES.items()
        for name, operation in service.operations.items()
        if kind != "iam" and not name.startswith(("get", "list", "stream", "config"))
    }
    assert all(capability.endswith(":write") for capability in needed)


# --- config ---------------------------------------------------------------------------------------


def test_configuration() -> None:
    of = world()
    rows = [{"type": "prompt", "key": key, "value": f"{key}!"} for key in "ab"]
    assert done(of, "config", "put", values=rows) == CONFIG
    keys = [{"type": "prompt", "key": "a"}, {"type": "prompt", "key": "x"}]
    assert done(of, "config", "get", keys=keys) == {
        **CONFIG,
        "version": 2,
        "values": [rows[0], {"type": "prompt", "key": "x", "value": None}],
    }
    assert done(of, "config", "list", type="prompt") == {**CONFIG, "version": 2, "directory": ["a", "b"]}
    assert done(of, "config", "getvalues", type="prompt") == {**CONFIG, "version": 2, "values": rows}
    everything = {"prompt": {"a": "a!", "b": "b!"}}
    assert done(of, "config", "config") == {**CONFIG, "version": 2, "config": everything}
    assert done(of, "config", "delete", keys=keys) == CONFIG
    assert done(of, "config", "list", type="prompt")["directory"] == ["b"]
    assert done(of, "config", "list")["directory"] == []


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("get", {}),
        ("put", {"values": [{"type": "a", "key": "b", "value": None}]}),
        ("getvalues-all-ws", {"type": "prompt"}),
        ("list", {"type": "fail=0"}),
        ("list", {"type": ["a"]}),
    ],
)
def test_failures_of_configuration_are_invisible(operation: str, body: dict[str, Any]) -> None:
    assert done(world(), "config", operation, **body) == CONFIG


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("get", {"keys": [{"type": "a"}]}, "'key'"),
        ("get", {"keys": None}, "'NoneType' object is not iterable"),
        ("put", {"values": [{"type": "a", "key": "b"}]}, "'value'"),
    ],
)
def test_what_the_gateway_cannot_translate(operation: str, body: dict[str, Any], message: str) -> None:
    assert done(world(), "config", operation, **body) == ("gateway-error", message, {}, True)


# --- flow -----------------------------------------------------------------------------------------


def test_flows() -> None:
    of = world()
    assert done(of, "flow", "list-flows")["flow-ids"] == ["default"]
    new = {"flow-id": "new", "blueprint-name": "default", "description": "d"}
    done(of, "flow", "start-flow", **new)
    assert done(of, "flow", "list-flows")["flow-ids"] == ["default", "new"]
    skeleton = done(of, "flow", "stop-flow", **{"flow-id": "fail=0"})
    assert done(of, "flow", "stop-flow", **{"flow-id": "nope"}) == skeleton
    assert skeleton["flow-ids"] == []


# --- collection-management ------------------------------------------------------------------------


def test_collections() -> None:
    of = world()
    kind = "collection-management"
    made = {"collection": "c", "name": "C", "description": "d", "tags": ["x"]}
    assert done(of, kind, "update-collection", **made) == {"timestamp": STAMP, "collections": [made]}
    bare = {"collection": "b", "name": "b", "description": "", "tags": []}
    assert done(of, kind, "update-collection", collection="b")["collections"] == [bare]

    def listed(**body: Any) -> Any:
        return done(of, kind, "list-collections", **body)["collections"]

    assert listed() == [made, bare]
    assert listed(tag_filter=["x", "y"]) == [made]
    assert listed(limit=1) == [made]
    assert done(of, "config", "list", type="collection")["directory"] == ["c", "b"]
    # What is absent becomes a default: nothing is kept.
    assert done(of, kind, "update-collection", collection="c", name="", tags=None)["collections"] == [
        {**bare, "collection": "c", "name": "c"}
    ]
    gone = {"timestamp": STAMP, "collections": []}
    assert done(of, kind, "delete-collection", collection="c") == gone
    assert done(of, kind, "delete-collection", collection="c") == gone
    assert listed() == [bare]


def test_collections_that_are_written_as_configuration() -> None:
    of, kind = world(), "collection-management"

    def listed(value: str) -> Any:
        done(of, "config", "put", values=[{"type": "collection", "key": "c", "value": value}])
        return done(of, kind, "list-collections")

    full = {"collection": "c", "name": "", "description": "", "tags": []}
    assert listed('{"collection":"c","user":"ann"}')["collections"] == [full]
    assert listed("5")[1] == "Failed to list collections: 'int' object has no attribute 'items'"
    assert listed("{")[1].startswith("Failed to list collections: Expecting property name")


def test_a_collection_takes_its_data_along() -> None:
    of = world()
    assert len(of.graphs.graph("default", "default"))
    done(of, "collection-management", "delete-collection", collection="default")
    assert not len(of.graphs.graph("default", "default"))


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("list-collections", {"tag_filter": [[]]}, "Failed to list collections: unhashable type: 'list'"),
        (
            "update-collection",
            {"collection": "c", "tags": 5},
            "Failed to update collection: 'int' object is not iterable",
        ),
        (
            "update-collection",
            {},
            "Failed to update collection: Config update failed: a key must not be null",
        ),
        ("delete-collection", {"collection": []}, "Failed to delete collection: unhashable type: 'list'"),
        ("delete-collection", {"collection": "fail=0"}, "scripted failure after 0 chunks"),
    ],
)
def test_failures_of_collections_are_shown(operation: str, body: dict[str, Any], message: str) -> None:
    of = world()
    done(of, "collection-management", "update-collection", collection="c")
    beside = {"timestamp": "", "collections": []}
    said = done(of, "collection-management", operation, **body)
    assert said == ("request-error", message, beside, True)


# --- all ------------------------------------------------------------------------------------------

MEMBERS = ("keys", "values", "type", "collection", "tags", "tag_filter", "limit", "name", "id", "content")
MEMBERS += ("document-metadata", "processing-metadata", "document-id", "upload-id", "chunk-size", "triples")
MEMBERS += ("graph-embeddings", "library-metadata", "library-blob", "flow", "user", "user_id", "key")
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet="ab=", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=2),
    max_leaves=4,
)
requests = st.dictionaries(st.sampled_from(MEMBERS), anything, max_size=4)
operations = st.sampled_from(
    [(kind, name) for kind, service in SERVICES.items() for name in service.operations]
)


@given(st.lists(st.tuples(operations, requests), max_size=4))
@settings(max_examples=150)
def test_any_request_has_an_answer(asked: list[tuple[tuple[str, str], dict[str, Any]]]) -> None:
    of = world()
    for (kind, operation), body in asked:
        found = steps(of, kind, operation, **body)
        assert all(isinstance(step, Frame | Failure) for step in found)
        assert sum(isinstance(step, Failure) or step.final for step in found) <= 1  # type: ignore[union-attr]
