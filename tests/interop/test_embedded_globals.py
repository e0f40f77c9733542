"""The global services of the embedded gateway answer as those of the published 2.11.1.

What a gateway makes up, such as ids, moments and keys, is masked. Known to differ: knowledge cores with
triples or vectors, which the embedded gateway keeps unless it is told to fail, too.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator

import pytest

from tests.interop.both import Both
from tests.interop.published import Published2
from tests.interop.talk import Talk
from tgdrivers.testing import gateway as running
from tgproto.gateway import Gateway
from tgproto.gateway.generation2.services import SERVICES
from tgproto.gateway.graph import GraphStore


@pytest.fixture(scope="module")
def gateway() -> Published2:
    return Published2()


@pytest.fixture(scope="module")
def both(gateway: Published2) -> Iterator[Both]:
    """The embedded gateway has the same keys and flows, and tells the time."""
    graphs = GraphStore()
    graphs.add([], workspace="default")
    graphs.add([], workspace="other")
    keys = {gateway.token: ("default", "*"), gateway.reader: "default"}
    roles = {gateway.reader: "reader"}
    flows = {"default": SERVICES.keys(), "bare": ["embeddings"]}
    served = Gateway(graphs, keys=keys, roles=roles, flows=flows, broken_cores=True, clock=time.time)
    with running(served, token=gateway.token) as embedded:
        yield Both(gateway, embedded.url)


@pytest.fixture(params=["rest", "socket"])
def way(request: pytest.FixtureRequest) -> str:
    way: str = request.param
    return way


@pytest.fixture
def talk(both: Both, way: str) -> Talk:
    return Talk(both, way)


@pytest.fixture
def reader(both: Both, way: str, gateway: Published2) -> Talk:
    return Talk(both, way, gateway.reader)


@pytest.fixture
def mark() -> str:
    """A text that nothing else has."""
    return f"mark-{time.time_ns()}"


# --- config -----------------------------------------------------------------------------------


def test_config(talk: Talk, mark: str) -> None:
    rows = [{"type": mark, "key": key, "value": value} for key, value in (("a", "ü"), ("b", ""))]
    keys = [{"type": mark, "key": key} for key in ("b", "nope", "a")]
    assert talk("config", "put", values=rows)["version"]
    talk("config", "get", keys=keys)
    talk("config", "get", keys=[])
    assert talk("config", "list", type=mark)["directory"] == ["a", "b"]
    assert talk("config", "getvalues", type=mark)["values"] == rows
    talk("config", "config", about=mark)
    talk("config", "getvalues-all-ws", type=mark)
    talk("config", "list", type=mark, workspace="other")
    talk("config", "delete", keys=keys)
    talk("config", "getvalues", type=mark)


@pytest.mark.parametrize("operation", ["get", "list", "getvalues", "put", "delete", "nope", None, 5])
def test_config_without_what_it_needs(talk: Talk, reader: Talk, operation: object) -> None:
    for who in (talk, reader):
        who("config", operation)
        who("config", operation, workspace="nope")


def test_config_of_a_reader(reader: Talk, mark: str) -> None:
    reader("config", "put", values=[{"type": mark, "key": "a", "value": "b"}])
    reader("config", "delete", keys=[{"type": mark, "key": "a"}])
    reader("config", "list", type=mark)
    reader("config", "list", type=mark, workspace="other")


# --- flows ------------------------------------------------------------------------------------


def test_blueprints(talk: Talk, mark: str) -> None:
    definition = {"description": "d", "tags": [], "flow": {}, "interfaces": {}, "parameters": {}}
    talk("flow", "get-blueprint", blueprint_name=mark)
    talk("flow", "put-blueprint", blueprint_name=mark, blueprint_definition=json.dumps(definition))
    talk("flow", "get-blueprint", blueprint_name=mark)
    talk("flow", "list-blueprints", about=mark)
    talk("flow", "start-flow", flow_id=mark, blueprint_name=mark, description="x", parameters={"p": "q"})
    talk("flow", "start-flow", flow_id=mark, blueprint_name=mark, description="again")
    talk("flow", "list-flows", about=mark)
    talk("flow", "get-flow", flow_id=mark)
    talk("flow", "stop-flow", flow_id=mark)
    talk("flow", "stop-flow", flow_id=mark)
    talk("flow", "delete-blueprint", blueprint_name=mark)
    talk("flow", "delete-blueprint", blueprint_name=mark)
    talk("flow", "list-blueprints", about=mark)


# --- collections ------------------------------------------------------------------------------


def test_collections(talk: Talk, reader: Talk, mark: str) -> None:
    service = "collection-management"
    talk(service, "update-collection", collection=mark, name="n", description="ü", tags=["b", "a"])
    talk(service, "list-collections", about=mark)
    talk(service, "list-collections", tag_filter=["a"], about=mark)
    talk(service, "list-collections", tag_filter=["nope"])
    talk(service, "update-collection", collection=mark)
    talk(service, "list-collections", about=mark, limit=0)
    for who in (talk, reader):
        who(service, "nope")
        who(service, None)
        who(service, "list-collections", workspace="other", about=mark)
    reader(service, "update-collection", collection=mark)
    reader(service, "delete-collection", collection=mark)
    talk(service, "delete-collection", collection=mark)
    talk(service, "delete-collection", collection=mark)
    talk(service, "list-collections", about=mark)


# --- the library ------------------------------------------------------------------------------

TERM = {"t": "i", "i": "http://example.org/s"}
TRIPLE = {"s": TERM, "p": TERM, "o": {"t": "l", "v": "ü"}}


def test_documents(talk: Talk, reader: Talk, mark: str) -> None:
    about = {"id": mark, "time": 5, "kind": "text/plain", "title": "t", "comments": "c", "tags": ["x"]}
    described = {"document_id": mark, "document_metadata": {**about, "metadata": [TRIPLE]}}
    text = base64.b64encode(b"0123456789").decode()
    for _ in range(2):
        talk("librarian", "add-document", **described, content=text)
    talk("librarian", "get-document-metadata", document_id=mark)
    talk("librarian", "get-document-content", document_id=mark)
    talk("librarian", "list-documents", about=mark)
    talk("librarian", "stream-document", document_id=mark, chunk_size=4)
    talk("librarian", "update-document", document_id=mark, document_metadata={**about, "title": "u"})
    talk("librarian", "get-document-metadata", document_id=mark)
    child = {**about, "id": f"{mark}/c", "parent-id": mark, "document-type": "page"}
    talk("librarian", "add-document", document_id=f"{mark}/c", document_metadata=child, content=text)
    for operation in ("list-children", "add-child-document"):
        talk("librarian", operation, document_id=mark)
    talk("librarian", "list-documents", include_children=True, about=mark)
    for operation in ("update-document", "remove-document", "add-document"):
        reader("librarian", operation, **described)
    talk("librarian", "remove-document", document_id=mark)
    talk("librarian", "list-documents", include_children=True, about=mark)


NEEDY = (
    "add-document",
    "update-document",
    "remove-document",
    "get-document-metadata",
    "get-document-content",
)


@pytest.mark.parametrize("operation", [*NEEDY, "stream-document", "nope", None])
def test_documents_that_are_not(talk: Talk, reader: Talk, operation: str | None) -> None:
    for who in (talk, reader):
        who("librarian", operation, document_id="nope")
        who("librarian", operation, document_id="nope", workspace="nope")


def test_processing(talk: Talk, mark: str) -> None:
    about = {"id": mark, "time": 5, "kind": "text/plain", "title": "t", "comments": "c", "tags": []}
    text = base64.b64encode(b"text").decode()
    talk("librarian", "add-document", document_id=mark, document_metadata=about, content=text)

    def given(ident: str, document: str = mark, flow: str = "default") -> None:
        task = {"id": ident, "document-id": document, "time": 5, "flow": flow, "collection": mark, "tags": []}
        talk("librarian", "add-processing", processing_id=ident, processing_metadata=task)

    given(mark)
    given(mark)
    given(f"{mark}-2", document="nope")
    given(f"{mark}-3", flow="nope")
    talk("librarian", "list-processing", about=mark)
    for ident in (mark, mark, f"{mark}-2", f"{mark}-3"):
        talk("librarian", "remove-processing", processing_id=ident)
    talk("librarian", "list-processing", about=mark)
    talk("librarian", "remove-document", document_id=mark)
    talk("collection-management", "delete-collection", collection=mark)


def test_uploads(talk: Talk, mark: str) -> None:
    about = {"id": mark, "time": 5, "kind": "text/plain", "title": "t", "comments": "c", "tags": []}

    def chunk(index: int, text: bytes) -> None:
        content = base64.b64encode(text).decode()
        talk("librarian", "upload-chunk", upload_id="$upload", chunk_index=index, content=content)

    keep = {"upload": ["upload-id"]}
    talk("librarian", "begin-upload", keep=keep, document_metadata=about, total_size=10, chunk_size=4)
    talk("librarian", "list-uploads", about=mark)
    chunk(1, b"4567")
    talk("librarian", "get-upload-status", upload_id="$upload")
    talk("librarian", "complete-upload", upload_id="$upload")
    chunk(3, b"x")
    chunk(0, b"0123")
    chunk(0, b"0123")
    chunk(2, b"89")
    talk("librarian", "complete-upload", upload_id="$upload")
    talk("librarian", "get-upload-status", upload_id="$upload")
    talk("librarian", "get-document-content", document_id=mark)
    talk("librarian", "begin-upload", document_metadata=about, total_size=10)
    talk("librarian", "remove-document", document_id=mark)
    talk("librarian", "begin-upload", keep=keep, document_metadata=about, total_size=10)
    talk("librarian", "abort-upload", upload_id="$upload")
    talk("librarian", "abort-upload", upload_id="$upload")
    chunk(0, b"0123")
    for operation in ("complete-upload", "get-upload-status", "abort-upload", "upload-chunk"):
        talk("librarian", operation, upload_id="nope")
    talk("librarian", "list-uploads", about=mark)


# --- knowledge cores --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["kg", "de"])
def test_cores(talk: Talk, reader: Talk, kind: str, mark: str) -> None:
    metadata = {"id": mark, "root": "", "collection": "default"}
    put = {
        "kg": {"triples": {"metadata": metadata, "triples": [TRIPLE]}},
        "de": {"document-embeddings": {"metadata": metadata, "chunks": [{"chunk_id": "c", "vector": [0.5]}]}},
    }[kind]
    for who in (talk, reader):
        who("knowledge", f"put-{kind}-core", id=mark, **put)
        who("knowledge", f"list-{kind}-cores")
        who("knowledge", f"get-{kind}-core", id=mark)
        who("knowledge", f"load-{kind}-core", id=mark, flow="nope", collection="default")
        who("knowledge", f"load-{kind}-core", id=mark, flow="bare", collection="default")
        who("knowledge", f"delete-{kind}-core", id=mark)
    talk("knowledge", "unload-kg-core", id=mark, flow="default")
    talk("knowledge", "nope")


def test_documents_of_cores(talk: Talk, mark: str) -> None:
    about = {"id": mark, "kind": "text/plain", "title": "t", "parent-id": "", "document-type": "source"}
    about |= {"comments": "", "tags": []}
    blob = {"id": mark, "data": base64.b64encode(b"text").decode()}
    talk("knowledge", "put-kg-core", id="c", **{"library-metadata": about})
    talk("knowledge", "put-kg-core", id="c", **{"library-blob": blob})
    talk("librarian", "get-document-content", document_id=mark)
    talk("librarian", "get-document-metadata", document_id=mark)
    talk("librarian", "remove-document", document_id=mark)


# --- identities -------------------------------------------------------------------------------


def test_users(talk: Talk, reader: Talk, mark: str) -> None:
    user = {"username": mark, "password": "first-password", "roles": ["reader"], "name": "n"}
    talk("iam", "create-user", keep={"user": ["user", "id"]}, workspace="other", user=user)
    talk("iam", "create-user", workspace="other", user=user)
    talk("iam", "create-user", workspace="nope", user={**user, "username": f"{mark}-2"})
    talk("iam", "get-user", user_id="$user")
    talk("iam", "get-user", user_id="$user", workspace="default")
    talk("iam", "list-users", about=mark)
    talk("iam", "list-users", about=mark, workspace="other")
    talk("iam", "update-user", user_id="$user", user={"name": "m", "roles": ["writer"]})
    talk("iam", "update-user", user_id="$user", user={"enabled": False})
    talk("iam", "login", username=mark, password="first-password")
    talk("iam", "enable-user", user_id="$user")
    talk("iam", "login", username=mark, password="first-password")
    talk("iam", "login", username=mark, password="wrong")
    talk("iam", "change-password", user_id="$user", password="wrong", new_password="x")
    talk("iam", "reset-password", user_id="$user")
    talk("iam", "mint-token", workspace="other", user_context_json='{"a":1}', user_id="$user")
    talk("iam", "mint-token", workspace="nope", user_context_json="{}", user_id="$user")
    talk("iam", "create-api-key", keep={"key": ["api_key", "id"]}, key={"user_id": "$user", "name": "k"})
    talk("iam", "create-api-key", key={"user_id": "nope", "name": "k"})
    talk("iam", "list-api-keys", user_id="$user")
    talk("iam", "revoke-api-key", key_id="$key")
    talk("iam", "revoke-api-key", key_id="$key")
    talk("iam", "list-api-keys", user_id="$user")
    talk("iam", "disable-user", user_id="$user")
    talk("iam", "get-user", user_id="$user")
    for operation in ("get-user", "update-user", "disable-user", "enable-user", "delete-user"):
        talk("iam", operation, user_id="nope", user={"name": "x"})
        reader("iam", operation, user_id="nope", user={"name": "x"})
    talk("iam", "delete-user", user_id="$user")
    talk("iam", "get-user", user_id="$user")


def test_workspaces(talk: Talk, reader: Talk) -> None:
    for who in (talk, reader):
        who("iam", "list-my-workspaces", about='"default"')
        who("iam", "list-workspaces", about='"other"')
        who("iam", "get-workspace", workspace_record={"id": "other"})
        who("iam", "get-workspace", workspace_record={"id": "nope"})
        who("iam", "update-workspace", workspace_record={"id": "nope", "name": "x"})
        who("iam", "disable-workspace", workspace_record={"id": "nope"})
        who("iam", "create-workspace", workspace_record={"id": "_x"})
        who("iam", "bootstrap-status")
        who("iam", "bootstrap")


@pytest.mark.parametrize("operation", ["list-groups", "create-group", "list-user-grants", "nope", None])
def test_what_the_service_does_not_know(talk: Talk, reader: Talk, operation: str | None) -> None:
    for who in (talk, reader):
        who("iam", operation, group_id="g", user_id="u", group={"name": "g"})


# --- paths of their own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("login", body) for body in ({}, {"username": "nobody", "password": "x"}, [], b"{")),
        ("bootstrap", {}),
        ("bootstrap-status", {}),
        ("change-password", {"current_password": "wrong", "new_password": "y"}),
        *(("change-password", body) for body in ({}, b"{")),
        ("nope", {}),
    ],
)
@pytest.mark.parametrize("who", ["token", "reader", None])
def test_ways_in(both: Both, gateway: Published2, who: str | None, path: str, body: object) -> None:
    token = None if who is None else getattr(gateway, who)
    both.over_rest(f"/api/v1/auth/{path}", body, token)


@pytest.mark.parametrize(
    "path",
    [
        *(f"/api/v1/document-stream{query}" for query in ("", "?document-id=nope", "?document-id=")),
        *("/api/v1/i18n/packs/", "/api/v1/i18n/packs/a/b", "/api/v1/i18n/packs", "/api/v1/i18n/packs/.."),
        *("/api/v1/export-core", "/api/metrics", "/api/v1/nope/nope"),
    ],
)
@pytest.mark.parametrize("who", ["token", "reader", None])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_paths(both: Both, gateway: Published2, who: str | None, path: str, method: str) -> None:
    token = None if who is None else getattr(gateway, who)
    both.over_rest(path, b"", token, method)


@pytest.mark.parametrize("who", ["reader", None])
@pytest.mark.parametrize("path", ["/api/v1/export-core?id=x", "/api/metrics/query?query=up", "/api/metrics/"])
def test_who_may(both: Both, gateway: Published2, who: str | None, path: str) -> None:
    told = both.over_rest(path, b"", None if who is None else gateway.reader, "GET")
    assert told[0] in (401, 403, 404)


def test_a_document_over_http(both: Both, talk: Talk, mark: str) -> None:
    about = {"id": mark, "time": 5, "kind": "text/plain", "title": "t", "comments": "c", "tags": []}
    text = base64.b64encode(b"0123456789").decode()
    talk("librarian", "add-document", document_id=mark, document_metadata=about, content=text)
    for size in ("", "&chunk-size=4", "&chunk-size=x", "&chunk-size=0"):
        both.over_rest(f"/api/v1/document-stream?document-id={mark}{size}", b"", both.token, "GET")
    talk("librarian", "remove-document", document_id=mark)
