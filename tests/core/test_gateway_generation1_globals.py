"""`config`, `librarian`, `collection-management` and `flow` of 1.7.1."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.generation1.classes import CLASSES
from tgproto.gateway.generation1.globals import SERVICES, unknown
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.steps import Failure, Frame, Step
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.world import World
from tgproto.types.terms import IRI, Triple

STAMP = "2026-01-01T00:00:00"
VALUE = {"v": "urn:s", "e": True}
ABOUT = {
    "id": "urn:d",
    "time": 1,
    "kind": "text/plain",
    "title": "T",
    "comments": "C",
    "metadata": [{"s": VALUE, "p": VALUE, "o": {"v": "o", "e": False}}],
    "user": "ann",
    "tags": ["a"],
}


def world() -> World:
    graphs = GraphStore()
    graphs.add([Triple(IRI("urn:s"), IRI("urn:p"), IRI("urn:o"))], workspace="ann", collection="c")
    return World(graphs, Calendar(), CLASSES, {"default": ["agent"]})


def steps(of: World, kind: str, operation: Any, body: object) -> list[Step]:
    service = SERVICES[kind]
    found = service.operations.get(operation) if isinstance(operation, str) else None
    return list(serve(service, found or unknown(kind), Asked(of, "", body)))


def done(of: World, kind: str, operation: Any, **body: Any) -> Any:
    """Return the answer, or type and message of the error."""
    members = {
        name.replace("_", "-") if "filter" not in name else name: value for name, value in body.items()
    }
    [step] = steps(of, kind, operation, {**members, "operation": operation})
    if isinstance(step, Failure):
        assert step.final
        assert not step.beside
        return step.error.type, step.error.message
    assert isinstance(step, Frame)
    assert step.final
    return json.loads(step.payload)


@pytest.mark.parametrize(
    ("kind", "operation", "said"),
    [
        ("config", "nope", ("bad-operation", "Bad operation")),
        ("config", None, ("bad-operation", "Bad operation")),
        ("flow", "list-blueprints", ("bad-operation", "Bad operation")),
        ("librarian", "begin-upload", ("request-error", "Invalid operation: begin-upload")),
        ("librarian", "get-document", ("request-error", "Invalid operation: get-document")),
        ("librarian", None, ("request-error", "Null operation")),
        ("knowledge", "list-de-cores", ("request-error", "Invalid operation: list-de-cores")),
        ("collection-management", "x", ("request-error", "Invalid collection operation: x")),
        (
            "config",
            5,
            ("gateway-error", "Invalid type '<class 'int'>' for field 'operation'. Expected a string"),
        ),
    ],
)
def test_what_is_no_operation(kind: str, operation: object, said: tuple[str, str]) -> None:
    assert done(world(), kind, operation) == said


# --- config ---------------------------------------------------------------------------------------


def test_configuration() -> None:
    of = world()
    rows = [{"type": "prompt", "key": key, "value": f"{key}!"} for key in "ab"]
    assert done(of, "config", "put", values=rows) == {}
    keys = [{"type": "prompt", "key": "a"}, {"type": "prompt", "key": "x"}]
    unknown_one = {"type": "prompt", "key": "x", "value": None}
    assert done(of, "config", "get", keys=keys) == {"version": 2, "values": [rows[0], unknown_one]}
    assert done(of, "config", "list", type="prompt") == {"version": 2, "directory": ["a", "b"]}
    assert done(of, "config", "getvalues", type="prompt") == {"version": 2, "values": rows}
    assert done(of, "config", "config") == {"version": 2, "config": {"prompt": {"a": "a!", "b": "b!"}}}
    assert done(of, "config", "delete", keys=keys) == {}
    assert done(of, "config", "list", type="prompt")["directory"] == ["b"]


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("get", {}, ("config-error", "'NoneType' object is not iterable")),
        ("put", {}, ("config-error", "'NoneType' object is not iterable")),
        ("get", {"keys": None}, ("gateway-error", "'NoneType' object is not iterable")),
        ("get", {"keys": [{"type": "a"}]}, ("gateway-error", "'key'")),
        ("put", {"values": [{"type": "a", "key": "b"}]}, ("gateway-error", "'value'")),
        ("list", {"type": "fail=0"}, ("config-error", "scripted failure after 0 chunks")),
    ],
)
def test_configuration_that_cannot_be(operation: str, body: dict[str, Any], said: tuple[str, str]) -> None:
    assert done(world(), "config", operation, **body) == said


# --- flow -----------------------------------------------------------------------------------------


def test_flows() -> None:
    of = world()
    new = {"flow_id": "new", "class_name": "default", "description": "d"}
    assert done(of, "flow", "start-flow", **new) == {}
    assert done(of, "flow", "list-flows") == {"flow-ids": ["default", "new"]}
    assert done(of, "flow", "start-flow", **new) == ("flow-error", "Flow already exists")
    assert done(of, "flow", "stop-flow", flow_id="new") == {}
    assert done(of, "flow", "stop-flow", flow_id=5)[0] == "gateway-error"


# --- librarian ------------------------------------------------------------------------------------


def with_document(**more: Any) -> World:
    of = world()
    assert done(of, "librarian", "add-document", document_metadata={**ABOUT, **more}, content="aGk=") == {}
    return of


def test_documents() -> None:
    of, mine = with_document(), {"user": "ann", "document_id": "urn:d"}
    assert done(of, "librarian", "get-document-metadata", **mine) == {"document-metadata": ABOUT}
    assert done(of, "librarian", "get-document-content", **mine) == {"content": "aGk="}
    assert done(of, "librarian", "list-documents", user="ann") == {"document-metadatas": [ABOUT]}
    criteria = [{"key": "a", "value": "b", "operator": "c"}]
    nothing = {"document-metadatas": []}
    assert done(of, "librarian", "list-documents", user="bob", criteria=criteria) == nothing
    changed = {**ABOUT, "title": "U", "metadata": None, "tags": None}
    assert done(of, "librarian", "update-document", document_metadata=changed) == {}
    expected = {**changed, "metadata": []}
    del expected["tags"]
    assert done(of, "librarian", "get-document-metadata", **mine) == {"document-metadata": expected}
    assert done(of, "librarian", "remove-document", **mine) == {}
    assert done(of, "librarian", "remove-document", **mine) == ("unexpected-error", "Document does not exist")
    done(of, "librarian", "add-document", document_metadata=ABOUT, content="")
    assert done(of, "librarian", "get-document-content", **mine) == {}


def test_what_is_processed() -> None:
    of = with_document()
    about = {
        "id": "p",
        "document-id": "urn:d",
        "time": 1,
        "flow": "default",
        "user": "ann",
        "collection": "n",
    }
    about["tags"] = []
    assert done(of, "librarian", "add-processing", processing_metadata=about) == {}
    assert done(of, "librarian", "list-processing", user="ann") == {"processing-metadatas": [about]}
    [collection] = done(of, "collection-management", "list-collections", user="ann")["collections"]
    assert collection["collection"] == "n"
    assert done(of, "librarian", "remove-processing", user="ann", processing_id="p") == {}
    lost = {**about, "flow": "nope"}
    said = done(of, "librarian", "add-processing", processing_metadata=lost)
    assert said == ("unexpected-error", "Invalid flow ID")
    nowhere = {**about, "collection": ""}
    said = done(of, "librarian", "add-processing", processing_metadata=nowhere)
    assert said == ("unexpected-error", "Collection parameter is required")


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("add-document", {}, ("unexpected-error", "'NoneType' object has no attribute 'kind'")),
        (
            "add-document",
            {"document_metadata": {**ABOUT, "kind": "text/html"}, "content": ""},
            ("request-error", "Invalid document kind: text/html"),
        ),
        (
            "add-document",
            {"document_metadata": {}, "content": ""},
            ("unexpected-error", 'can only concatenate str (not "NoneType") to str'),
        ),
        ("add-document", {"document_metadata": ABOUT}, ("unexpected-error", None)),
        ("update-document", {}, ("unexpected-error", "'NoneType' object has no attribute 'user'")),
        ("add-document", {"document_metadata": {"time": "1"}}, ("gateway-error", None)),
        ("add-document", {"document_metadata": {"tags": "x"}}, ("gateway-error", None)),
        ("add-document", {"content": "a"}, ("gateway-error", None)),
        ("add-processing", {}, ("unexpected-error", "'NoneType' object has no attribute 'collection'")),
        ("add-processing", {"processing_metadata": []}, ("gateway-error", None)),
        ("list-documents", {"criteria": [{"key": "k"}]}, ("gateway-error", "'value'")),
        ("list-documents", {"user": "fail=0"}, ("request-error", "scripted failure after 0 chunks")),
    ],
)
def test_what_librarians_do_not_take(operation: str, body: Any, said: tuple[str, str | None]) -> None:
    kind, message = done(world(), "librarian", operation, **body)
    assert kind == said[0]
    assert said[1] in (None, message)


# --- collection-management ------------------------------------------------------------------------


def test_collections() -> None:
    of, kind = world(), "collection-management"
    made = {"user": "ann", "collection": "c", "name": "C", "description": "d", "tags": ["x", "y"]}
    dated = {**made, "created_at": STAMP, "updated_at": STAMP}
    given = {**made, "tags": ["y", "x", "y"]}
    assert done(of, kind, "update-collection", **given) == {"timestamp": STAMP, "collections": [dated]}
    # Of one that is changed nobody says when it was made, and what is empty is kept.
    changed = done(of, kind, "update-collection", user="ann", collection="c", tags=["z"], name="")
    assert changed["collections"] == [{**dated, "tags": ["z"], "created_at": ""}]
    plain = done(of, kind, "update-collection", user="ann", collection="b")["collections"]
    assert (plain[0]["name"], plain[0]["description"], plain[0]["tags"]) == ("b", "", [])

    def listed(**body: Any) -> list[str]:
        found = done(of, kind, "list-collections", **body)["collections"]
        return [row["collection"] for row in found]

    assert listed(user="ann", limit=1) == ["c", "b"]
    assert listed(user="ann", tag_filter=["z"]) == ["c"]
    assert listed(user="bob") == []
    assert done(of, kind, "delete-collection", user="ann", collection="c") == {"timestamp": STAMP}
    assert listed(user="ann") == ["b"]
    assert not len(of.graphs.graph("ann", "c"))
    assert done(of, "config", "config")["config"] == {}  # they are no configuration here


def test_collections_have_an_end() -> None:
    of, kind = world(), "collection-management"
    for number in range(10_000):
        of.collections("ann").keep({"collection": str(number), "tags": []})
    said = done(of, kind, "update-collection", user="ann", collection="new")
    assert said == ("request-error", "Failed to update collection: this gateway has room for 10000 of them")
    for body in ({"user": 5}, {"timestamp": 5}, {"limit": "1"}, {"tags": "x"}):
        for operation in ("list-collections", "update-collection", "delete-collection"):
            assert done(of, kind, operation, **body)[0] == "gateway-error"


# --- all ------------------------------------------------------------------------------------------

MEMBERS = ("keys", "values", "type", "key", "user", "collection", "tags", "limit", "id", "content", "flow")
MEMBERS += (
    "document-metadata",
    "processing-metadata",
    "document-id",
    "triples",
    "graph-embeddings",
    "metadata",
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet="ab", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=2),
    max_leaves=4,
)
operations = st.sampled_from(
    [(kind, name) for kind, service in SERVICES.items() for name in service.operations]
)


@given(st.lists(st.tuples(operations, anything), max_size=4))
@settings(max_examples=150)
def test_any_request_has_one_answer(asked: list[tuple[tuple[str, str], object]]) -> None:
    of = world()
    for (kind, operation), body in asked:
        [step] = steps(of, kind, operation, body)
        assert isinstance(step, Failure) or (isinstance(step, Frame) and step.final)
