"""Giving flows something to read, on gateways that take it directly and on those that do not."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from tests.core.carriers import drive
from tests.core.catalogue import body
from tests.core.librarian import NOW, Librarian
from tgproto.catalog import REGISTRY, AsyncFlowInstance, CallOptions, FlowCalls, FlowInstance
from tgproto.catalog.library_upload import CHUNKED_FROM
from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import ConnectionLost, GatewayError, LocalProtocolError, NotOffered, ServiceError
from tgproto.types import IRI, Triple

FLOW = FlowCalls("f")
TRIPLE = Triple(IRI("urn:d"), IRI("urn:p"), "o")
HELLO = f"urn:sha256:{hashlib.sha256(b'hello').hexdigest()}"


def flow(peer: Librarian, **options: Any) -> FlowInstance:
    return FlowInstance("f", peer.runner, options=CallOptions(**options))


def test_the_entries() -> None:
    assert (REGISTRY["text-load"].name, REGISTRY["document-load"].name) == ("text_load", "document_load")


def test_what_older_gateways_are_sent() -> None:
    call = FLOW.text_load("hällo", "urn:d", [TRIPLE], "latin-1", "c", user="me")
    assert (call.service, call.flow) == ("text-load", "f")
    assert body(call, GENERATION_1) == {
        "text": base64.b64encode(b"h\xe4llo").decode(),
        "id": "urn:d",
        "charset": "latin-1",
        "metadata": [
            {"s": {"v": "urn:d", "e": True}, "p": {"v": "urn:p", "e": True}, "o": {"v": "o", "e": False}}
        ],
        "collection": "c",
        "user": "me",
    }
    assert body(FLOW.text_load(b"a"), GENERATION_1) == {"text": "YQ==", "charset": "utf-8"}
    document = FLOW.document_load(b"hello", "urn:d", [TRIPLE], "c", user="me")
    assert set(body(document, GENERATION_1)) == {"data", "id", "metadata", "collection", "user"}
    assert body(FLOW.document_load(b"hello"), MIXED_2_2) == {"data": "aGVsbG8="}
    for refused in (call, document):
        with pytest.raises(NotOffered):
            refused.request(GENERATION_2)


@pytest.mark.parametrize("dialect", [GENERATION_1, MIXED_2_2])
def test_older_gateways_take_it_directly(dialect: Dialect) -> None:
    peer = Librarian(dialect)
    assert flow(peer).load_text("hello") == HELLO
    assert flow(peer).load_text("hello", "urn:d", [TRIPLE], collection="c") == "urn:d"
    assert flow(peer).load_document(b"hello") == HELLO
    later = AsyncFlowInstance("f", peer.awaited)
    assert drive(later.load_document(io.BytesIO(b"hello"), "urn:e", user="me")) == "urn:e"
    assert [request["service"] for request in peer.requests] == ["text-load"] * 2 + ["document-load"] * 2
    assert [request["id"] for request in peer.requests] == [HELLO, "urn:d", HELLO, "urn:e"]
    assert [request.get("data", request.get("text")) for request in peer.requests] == ["aGVsbG8="] * 4


def test_newer_gateways_take_it_through_the_library() -> None:
    peer = Librarian()
    assert flow(peer).load_text("hällo".encode("latin-1"), "urn:d", [TRIPLE], "latin-1", "c") == "urn:d"
    assert peer.operations == ["add-document", "add-processing"]
    record = peer.documents["urn:d"]
    assert (record["kind"], len(record["metadata"])) == ("text/plain", 1)
    assert peer.contents["urn:d"] == "hällo".encode()
    (processing,) = peer.processings.values()
    assert processing == {
        "id": f"urn:d/f/c/{NOW}900000",
        "document-id": "urn:d",
        "time": NOW,
        "flow": "f",
        "collection": "c",
        "tags": [],
    }


def test_a_long_document_goes_to_the_library_in_chunks() -> None:
    peer = Librarian(chunk_size=2**20)
    content = bytes(CHUNKED_FROM)
    peer.memory.files["a.pdf"] = content
    later = AsyncFlowInstance("f", peer.awaited)
    name = drive(later.load_document(Path("a.pdf")))
    assert name == f"urn:sha256:{hashlib.sha256(content).hexdigest()}"
    assert peer.operations == ["begin-upload", *["upload-chunk"] * 2, "complete-upload", "add-processing"]
    assert (peer.documents[name]["kind"], peer.contents[name]) == ("application/pdf", content)


def test_the_same_content_may_be_given_again() -> None:
    peer = Librarian()
    assert flow(peer).load_text("hello") == flow(peer).load_text("hello", collection="c") == HELLO
    assert len(peer.processings) == 2
    with pytest.raises(ServiceError, match="already exists"):
        flow(peer).load_text("hello", HELLO)
    peer.fail("add-document", ServiceError("no space", "unexpected-error"))
    with pytest.raises(ServiceError, match="no space"):
        flow(peer).load_text("hello again")


@pytest.mark.parametrize("broken", [(), ("remove-processing",), ("remove-processing", "remove-document")])
def test_what_no_flow_takes_is_taken_back(broken: tuple[str, ...]) -> None:
    peer = Librarian()
    for operation in broken:
        peer.fail(operation, ConnectionLost(CloseCause(CloseKind.LOST), sent=True))
    with pytest.raises(ServiceError, match="Invalid flow ID missing") as caught:
        FlowInstance("missing", peer.runner).load_text("hello")
    assert peer.operations[-2:] == ["remove-processing", "remove-document"]
    assert ("may be left in the library" in str(caught.value)) is bool(broken)
    assert bool(peer.documents) is ("remove-document" in broken)
    assert bool(peer.processings) is ("remove-processing" in broken)


def test_what_a_flow_may_have_taken_stays() -> None:
    peer = Librarian()
    peer.fail("add-processing", GatewayError("timeout", "gateway-error"), times=3)
    with pytest.raises(GatewayError, match="is in the library; the flow may have it, or not"):
        flow(peer).load_text("hello")
    assert list(peer.documents) == [HELLO]
    assert "remove-document" not in peer.operations


def test_what_was_there_before_stays() -> None:
    peer = Librarian()
    flow(peer).load_text("hello")
    with pytest.raises(ServiceError, match="Invalid flow ID missing"):
        FlowInstance("missing", peer.runner).load_text("hello")
    assert (len(peer.documents), len(peer.processings)) == (1, 1)


def test_a_workspace_is_for_gateways_that_have_them() -> None:
    with pytest.raises(LocalProtocolError, match="has users, not workspaces"):
        flow(Librarian(GENERATION_1), workspace="w").load_text("hello")


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"text": 5}, TypeError, "text must be bytes"),
        ({"id": ""}, ValueError, "id must not be empty"),
        ({"charset": "no-such"}, ValueError, "there is no 'no-such'"),
        ({"metadata": [5]}, TypeError, r"metadata\[0\] must be a Triple"),
        ({"collection": ""}, ValueError, "collection must not be empty"),
        ({"user": 5}, TypeError, "user must be a str"),
    ],
)
@pytest.mark.parametrize("dialect", [GENERATION_1, GENERATION_2])
def test_wrong_arguments(
    dialect: Dialect, arguments: dict[str, Any], kind: type[Exception], said: str
) -> None:
    peer = Librarian(dialect)
    with pytest.raises(kind, match=said):
        flow(peer).load_text(**{"text": "hello", **arguments})
    assert peer.requests == []
    if "document" not in said and "text" not in arguments and "charset" not in arguments:
        with pytest.raises(kind, match=said):
            flow(peer).load_document(**{"document": b"hello", **arguments})
        assert peer.requests == []


def test_a_document_is_no_text() -> None:
    with pytest.raises(TypeError, match="document must be bytes, a pathlib"):
        flow(Librarian()).load_document("a.pdf")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="document must be bytes"):
        FLOW.document_load("a.pdf")  # type: ignore[arg-type]
