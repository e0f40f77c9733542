"""The global services of the embedded gateway of generation 1 answer as those of the published 1.7.1.

What a gateway makes up, such as moments, is masked. Known to differ: `flow`, which `test_embedded_1` has;
that 1.7.1 loads a core into the flow of the load before if the one that is named does not exist.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator

import pytest

from tests.interop.both import Both
from tests.interop.published import Published1
from tests.interop.talk import Talk
from tests.interop.test_embedded_1 import copy_flows
from tgdrivers.testing import gateway as running
from tgproto.gateway import Gateway1
from tgproto.gateway.graph import GraphStore

OWN = {"user": "trustgraph"}


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Both have the same flows."""
    published = Published1()
    served = Gateway1(GraphStore(), secret=published.token, flows={}, clock=time.time)
    with running(served, token=published.token) as embedded:
        both = Both(published, embedded.url)
        copy_flows(*both.urls, both.token)
        yield both


@pytest.fixture(params=["rest", "socket"])
def talk(request: pytest.FixtureRequest, both: Both) -> Talk:
    return Talk(both, request.param)


@pytest.fixture
def mark() -> str:
    """A text that nothing else has."""
    return f"mark-{time.time_ns()}"


# --- config and collections -------------------------------------------------------------------


def test_config(talk: Talk, mark: str) -> None:
    rows = [{"type": mark, "key": key, "value": value} for key, value in (("a", "ü"), ("b", ""))]
    keys = [{"type": mark, "key": key} for key in ("b", "nope", "a")]
    talk("config", "put", values=rows)
    talk("config", "get", keys=keys)
    talk("config", "get", keys=[])
    talk("config", "list", type=mark)
    talk("config", "getvalues", type=mark)
    talk("config", "config", about=mark)
    talk("config", "getvalues-all-ws", type=mark)
    talk("config", "delete", keys=keys[::2])
    talk("config", "getvalues", type=mark)


@pytest.mark.parametrize("operation", ["get", "list", "getvalues", "put", "nope", None, 5])
def test_config_without_what_it_needs(talk: Talk, operation: object) -> None:
    talk("config", operation)


@pytest.mark.parametrize("value", [5, None, "x", {}, [5], [{}], [{"type": 5, "key": "k", "value": "v"}]])
def test_config_of_a_wrong_type(talk: Talk, value: object) -> None:
    talk("config", "put", values=value)
    talk("config", "get", keys=value)
    talk("config", "list", type=value)


def test_collections(talk: Talk, mark: str) -> None:
    service = "collection-management"
    talk(service, "update-collection", **OWN, collection=mark, name="n", description="ü", tags=["b", "a"])
    talk(service, "list-collections", **OWN, about=mark)
    talk(service, "list-collections", **OWN, tag_filter=["a"], about=mark)
    talk(service, "list-collections", **OWN, tag_filter=["nope"])
    talk(service, "list-collections", user=mark)
    talk(service, "list-collections", about=mark)
    talk(service, "update-collection", **OWN, collection=mark, description="d")
    talk(service, "list-collections", **OWN, about=mark)
    talk(service, "delete-collection", **OWN, collection=mark)
    talk(service, "list-collections", **OWN, about=mark)
    for operation in ("nope", None):
        talk(service, operation, **OWN)


# --- the library ------------------------------------------------------------------------------

TERM = {"v": "http://example.org/s", "e": True}
TRIPLE = {"s": TERM, "p": TERM, "o": {"v": "ü", "e": False}}


def test_documents(talk: Talk, mark: str) -> None:
    about = {"id": mark, "time": 5, "kind": "text/plain", "title": "t", "comments": "c", "tags": ["x"]}
    about |= {**OWN, "metadata": [TRIPLE]}
    text = base64.b64encode(b"0123456789").decode()
    described = {**OWN, "document_id": mark, "document_metadata": about}
    for _ in range(2):
        talk("librarian", "add-document", **described, content=text)
    talk("librarian", "get-document-metadata", **OWN, document_id=mark)
    talk("librarian", "get-document-content", **OWN, document_id=mark)
    talk("librarian", "list-documents", **OWN, about=mark)
    talk("librarian", "list-documents", user=mark)
    described["document_metadata"] = {**about, "title": "u", "tags": []}
    talk("librarian", "update-document", **described)
    talk("librarian", "get-document-metadata", **OWN, document_id=mark)
    described["document_metadata"] = {**about, "kind": "image/png", "id": f"{mark}-2"}
    talk("librarian", "add-document", **described | {"document_id": f"{mark}-2"}, content=text)
    talk("librarian", "remove-document", **OWN, document_id=mark)
    talk("librarian", "list-documents", **OWN, about=mark)


NEEDY = (
    "add-document",
    "update-document",
    "remove-document",
    "get-document-metadata",
    "get-document-content",
)


@pytest.mark.parametrize("operation", [*NEEDY, "begin-upload", "nope", None])
def test_documents_that_are_not(talk: Talk, operation: str | None) -> None:
    talk("librarian", operation, **OWN, document_id="nope")


def test_processing(talk: Talk, mark: str) -> None:
    about = {"id": mark, "time": 5, "kind": "text/plain", "title": "t", "comments": "c", "tags": []}
    about |= {**OWN, "metadata": []}
    text = base64.b64encode(b"text").decode()
    talk("librarian", "add-document", **OWN, document_id=mark, document_metadata=about, content=text)

    def given(ident: str, document: str = mark, flow: str = "default") -> None:
        task = {"id": ident, "document-id": document, "time": 5, "flow": flow, "collection": mark, "tags": []}
        talk("librarian", "add-processing", **OWN, processing_id=ident, processing_metadata=task | OWN)

    given(mark)
    given(mark)
    given(f"{mark}-2", document="nope")
    given(f"{mark}-3", flow="nope")
    talk("librarian", "list-processing", **OWN, about=mark)
    for ident in (mark, mark, f"{mark}-2", f"{mark}-3"):
        talk("librarian", "remove-processing", **OWN, processing_id=ident)
    talk("librarian", "list-processing", **OWN, about=mark)
    talk("librarian", "remove-document", **OWN, document_id=mark)
    talk("collection-management", "delete-collection", **OWN, collection=mark)


# --- knowledge cores --------------------------------------------------------------------------


def test_cores(talk: Talk, mark: str) -> None:
    metadata = {"id": mark, "metadata": [TRIPLE], "collection": "c", **OWN}
    triples = {"metadata": metadata, "triples": [TRIPLE]}
    vectors = {"metadata": metadata, "entities": [{"entity": TERM, "vectors": [[0.5, 1.0]]}]}
    talk("knowledge", "put-kg-core", **OWN, id=mark, triples=triples)
    talk("knowledge", "put-kg-core", **OWN, id=mark, **{"graph-embeddings": vectors})
    talk("knowledge", "list-kg-cores", **OWN, about=mark)
    talk("knowledge", "get-kg-core", **OWN, id=mark)
    talk("knowledge", "get-kg-core", user=mark, id=mark)
    talk("knowledge", "load-kg-core", **OWN, id=mark, flow="default", collection=mark)
    talk("knowledge", "unload-kg-core", **OWN, id=mark, flow="default")
    talk("knowledge", "delete-kg-core", **OWN, id=mark)
    talk("knowledge", "delete-kg-core", **OWN, id=mark)
    talk("knowledge", "list-kg-cores", **OWN, about=mark)


def test_cores_that_are_not(talk: Talk, both: Both) -> None:
    talk("knowledge", "get-kg-core", **OWN, id="nope")
    talk("knowledge", "load-kg-core", **OWN, id="nope", flow="bare", collection="c")
    talk("knowledge", "load-kg-core", **OWN, id="nope", flow="nope", collection="c")
    talk("knowledge", "load-kg-core", **OWN, flow="default", collection="c")
    talk("knowledge", "load-kg-core", **OWN, id="nope", collection="c")
    for operation in ("list-de-cores", "nope", None):
        talk("knowledge", operation, **OWN)


# --- paths of their own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/v1/export-core",
            "/api/v1/export-core?id=nope",
            "/api/v1/export-core?id=nope&user=trustgraph",
        ),
        *("/api/v1/import-core", "/api/v1/import-core?id=nope", "/api/metrics", "/api/metrics/"),
        *("/api/v1/auth/login", "/api/v1/i18n/packs/en", "/api/v1/document-stream?document-id=x"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("known", [True, False])
def test_other_paths(both: Both, path: str, method: str, known: bool) -> None:
    both.over_rest(path, b"", both.token if known else "wrong", method)


@pytest.mark.parametrize("path", ["text-load", "document-load"])
def test_what_flows_read(both: Both, path: str) -> None:
    text = base64.b64encode(b"text").decode()
    for body in (
        {"id": "d", "text": text, "data": text, "collection": "interop-read"},
        *({"text": text, "data": text, "collection": "interop-read"}, {"text": text, "data": text}, {}),
        *({"text": 5, "data": 5}, {"text": text, "data": text, "metadata": 5}, [], 5),
    ):
        both.over_rest(f"/api/v1/flow/default/service/{path}", body, both.token)
    both.over_socket({"id": "1", "service": path, "flow": "default", "request": body}, token=both.token)
    both.published.forget("interop-read")
    both.published.forget("default", path)
