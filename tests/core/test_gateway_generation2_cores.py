"""Knowledge cores of 2.11.1; what they answer if they work was seen with a repaired gateway (interop)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.generation2.cores import BROKEN, SERVICE
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.steps import Failure, Frame
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.library import Document
from tgproto.gateway.stores.world import World
from tgproto.types.terms import IRI, Literal, Triple

S, P = {"t": "i", "i": "http://e/s"}, {"t": "i", "i": "http://e/p"}
TYPED = {"t": "l", "v": "o", "dt": "urn:int"}
ABOUT = {"id": "urn:d", "root": "", "collection": "default"}
BATCH = {
    "metadata": {"id": "urn:d", "collection": "x"},
    "triples": [{"s": S, "p": P, "o": TYPED, "g": "urn:g"}],
}
ENTITIES = {"metadata": ABOUT, "entities": [{"entity": S, "vector": [1.5], "chunk_id": "c"}]}
CHUNKS = {"metadata": {**ABOUT, "id": "x", "root": "urn:d"}, "chunks": [{"chunk_id": "c", "vector": [2.5]}]}
DOCUMENT = {"id": "urn:d", "kind": "text/plain", "title": "T", "tags": ["a"]}
EOS = ({"eos": True}, True)


def world(*, broken: bool = False) -> World:
    return World(GraphStore(), Calendar(), BLUEPRINTS, {"default": ["agent"]}, broken_cores=broken)


def asked(of: World, operation: str, **body: Any) -> list[Any]:
    """Return the responses with `complete`; of an error its type, its message and `complete`."""
    request = {name.replace("_", "-"): value for name, value in body.items()}
    found: list[Any] = []
    for step in serve(SERVICE, SERVICE.operations[operation], Asked(of, "acme", request)):
        if isinstance(step, Failure):
            assert not step.beside
            found.append((step.error.type, step.error.message, step.final))
        else:
            assert isinstance(step, Frame)
            found.append((json.loads(step.payload), step.final))
    return found


def done(of: World, operation: str, **body: Any) -> Any:
    [found] = asked(of, operation, **body)
    return found[0] if len(found) == 2 else found


def test_a_core_with_its_document() -> None:
    of = world()
    assert done(of, "put-kg-core", id="ignored", triples=BATCH) == {}
    assert done(of, "put-kg-core", graph_embeddings=ENTITIES) == {}
    assert done(of, "put-kg-core", library_metadata=DOCUMENT) == {}
    assert done(of, "put-kg-core", library_blob={"id": "urn:d", "data": "aGVsbG8="}) == {}
    assert done(of, "list-kg-cores") == {"ids": ["urn:d"]}
    row = {"s": S, "p": P, "o": {"t": "l", "v": "o"}, "g": "urn:g"}
    said = {
        **DOCUMENT,
        "parent-id": "",
        "document-type": "source",
        "comments": "",
    }
    assert asked(of, "get-kg-core", id="urn:d") == [
        ({"triples": {"metadata": ABOUT, "triples": [row]}}, False),
        ({"graph-embeddings": {"metadata": ABOUT, "entities": [{"vector": [1.5], "entity": S}]}}, False),
        ({"library-metadata": said}, False),
        ({"library-blob": {"id": "urn:d", "data": "aGVsbG8="}}, False),
        EOS,
    ]
    assert done(of, "delete-kg-core", id="urn:d") == {}
    assert done(of, "list-kg-cores") == {"ids": []}


def test_a_core_without_its_document_ends_in_an_error() -> None:
    of = world()
    done(of, "put-kg-core", triples=BATCH)
    frame, error = asked(of, "get-kg-core", id="urn:d")
    assert "triples" in frame[0]
    assert error == ("librarian-error", "Librarian error: unexpected-error: No such document row?", False)
    assert asked(of, "get-kg-core", id="nope") == [error]


def test_parts_of_documents_come_along() -> None:
    of = world()
    part = {**DOCUMENT, "id": "urn:p", "parent-id": "urn:d"}
    for document in (part, DOCUMENT, part, {**part, "id": "urn:q", "document-type": "page"}):
        done(of, "put-kg-core", library_metadata=document)
        done(of, "put-kg-core", library_blob={"id": document["id"], "data": ""})
    frames = [frame for frame, _ in asked(of, "get-kg-core", id="urn:d")]
    about = [frame["library-metadata"] for frame in frames if "library-metadata" in frame]
    assert [(row["id"], row["document-type"]) for row in about] == [
        ("urn:d", "source"),
        ("urn:p", "extracted"),
        ("urn:q", "page"),
    ]


@pytest.mark.parametrize(
    "document",
    [None, {**DOCUMENT, "kind": ""}, {**DOCUMENT, "parent-id": "nope"}, {**DOCUMENT, "id": "known"}],
)
def test_documents_that_cannot_be_are_passed_over(document: dict[str, Any] | None) -> None:
    of = world()
    of.library("acme").add(Document("known", 0, "text/plain", "", "", (), []), b"old")
    name = "urn:d" if document is None else document["id"]
    if document is not None:
        done(of, "put-kg-core", library_metadata=document)
    assert done(of, "put-kg-core", library_blob={"id": name, "data": "aGVsbG8="}) == {}
    assert not of.library("acme").has("urn:d")
    assert of.library("acme").content("known") == b"old"


def test_a_core_is_loaded_into_the_graph() -> None:
    of = world()
    done(of, "put-kg-core", triples=BATCH)
    assert done(of, "load-kg-core", id="urn:d", flow="default") == {}
    assert done(of, "load-kg-core", id="urn:d", flow="default", collection="c") == {}
    assert done(of, "load-kg-core", id="nope", flow="default") == {}
    triple = Triple(IRI("http://e/s"), IRI("http://e/p"), Literal("o"), "urn:g")
    for collection in ("default", "c"):
        assert of.graphs.graph("acme", collection).find() == [triple]


def test_document_embeddings() -> None:
    of = world()
    assert done(of, "put-de-core", document_embeddings=CHUNKS) == {}
    assert done(of, "put-de-core") == {}
    assert done(of, "list-de-cores") == {"ids": ["urn:d"]}
    batch = {"metadata": ABOUT, "chunks": [{"chunk_id": "c", "vector": [2.5]}]}
    assert asked(of, "get-de-core", id="urn:d") == [({"document-embeddings": batch}, False), EOS]
    assert asked(of, "get-de-core", id="nope") == [EOS]
    assert done(of, "load-de-core", id="urn:d", flow="default") == {}
    assert done(of, "delete-de-core", id="urn:d") == {}
    assert done(of, "list-de-cores") == {"ids": []}


@pytest.mark.parametrize("operation", ["load-kg-core", "load-de-core"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Core ID must be specified"),
        ({"id": "urn:d"}, "Flow ID must be specified"),
        ({"id": "urn:d", "flow": "nope"}, "Invalid flow nope for workspace acme"),
    ],
)
def test_what_is_not_loaded(operation: str, body: dict[str, Any], message: str) -> None:
    assert asked(world(), operation, **body) == [("load-error", message, False)]


@pytest.mark.parametrize(
    ("operation", "body", "error"),
    [
        ("unload-kg-core", {"id": "urn:d"}, ("not-implemented", "Not implemented", False)),
        ("list-kg-cores", {"id": "fail=0"}, ("request-error", "scripted failure after 0 chunks", False)),
        ("put-kg-core", {"triples": {}}, ("gateway-error", "'metadata'", True)),
        ("put-kg-core", {"triples": {"metadata": ABOUT}}, ("gateway-error", "'triples'", True)),
        ("put-kg-core", {"graph_embeddings": {"metadata": ABOUT}}, ("gateway-error", "'entities'", True)),
        ("put-kg-core", {"library_blob": 5}, ("gateway-error", "'int' object has no attribute 'get'", True)),
        ("put-de-core", {"document_embeddings": {"metadata": {}}}, ("gateway-error", "'collection'", True)),
        ("get-kg-core", {"id": []}, ("unexpected-error", "unhashable type: 'list'", False)),
    ],
)
def test_no_error_says_that_it_is_the_end(
    operation: str, body: dict[str, Any], error: tuple[str, str, bool]
) -> None:
    assert asked(world(), operation, **body) == [error]  # but for those of the gateway itself


# --- as they are ------------------------------------------------------------------------------


def test_cores_as_they_are_cannot_be_put() -> None:
    of = world(broken=True)
    error = [("unexpected-error", BROKEN, False)]
    assert asked(of, "put-kg-core", triples=BATCH) == error
    assert asked(of, "put-kg-core", graph_embeddings=ENTITIES) == error
    assert asked(of, "put-de-core", document_embeddings=CHUNKS) == error
    assert done(of, "put-kg-core", library_metadata=DOCUMENT) == {}
    assert done(of, "put-kg-core", library_blob={"id": "urn:d", "data": ""}) == {}
    assert done(of, "list-kg-cores") == {"ids": []}
    assert len(asked(of, "get-kg-core", id="urn:d")) == 3
    assert asked(of, "get-de-core", id="urn:d") == [EOS]


def test_cores_of_an_older_release_cannot_be_fetched() -> None:
    of = world(broken=True)
    of.cores("acme").add_entities("urn:d", ABOUT, [])
    of.cores("acme").add_chunks("urn:d", ABOUT, [])
    for operation in ("get-kg-core", "get-de-core"):
        assert asked(of, operation, id="urn:d") == [("gateway-error", BROKEN, True)]
    assert done(of, "load-kg-core", id="urn:d", flow="default") == {}
