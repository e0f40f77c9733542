"""Documents that are loaded: acknowledged, refused, and found in the graph (gateway 1.7.1)."""

from __future__ import annotations

import base64

import pytest

from tests.core.answering import as_payload, only1
from tgproto.gateway.generation1.bodies import USER
from tgproto.gateway.generation1.loading import MAX_KEPT, MAX_TRIPLES, SERVICES, SIZE, TEXT
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import LABEL, read
from tgproto.gateway.steps import Frame
from tgproto.types.terms import IRI, Literal, Term, Triple

TEXTS, DOCUMENTS = SERVICES["text-load"], SERVICES["document-load"]
DOCUMENT = IRI("urn:doc:1")


def coded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def kept(graphs: GraphStore, p: IRI, user: str = USER, collection: str = "default") -> list[Term]:
    return [triple.o for triple in graphs.graph(user, collection).find(p=p)]


def test_a_text() -> None:
    graphs = GraphStore()
    assert only1(TEXTS, {"text": coded("Grüße"), "id": "urn:doc:1"}, graphs) == {}
    assert graphs.graph(USER, "default").find() == [
        Triple(DOCUMENT, LABEL, Literal("urn:doc:1")),
        Triple(DOCUMENT, TEXT, Literal("Grüße")),
        Triple(DOCUMENT, SIZE, Literal("7 bytes")),
    ]
    told = read("What about urn:doc:1?", graphs.graph(USER, "default")).script.whole()
    assert told == "urn:doc:1 text Grüße. urn:doc:1 content Size 7 bytes."


def test_a_text_in_another_charset() -> None:
    graphs = GraphStore()
    body = {"text": coded("Grüße".encode("latin-1")), "charset": "latin-1", "user": "anna", "collection": "c"}
    assert only1(TEXTS, body, graphs) == {}
    assert kept(graphs, TEXT, "anna", "c") == [Literal("Grüße")]
    assert kept(graphs, TEXT) == []


def test_a_document() -> None:
    graphs = GraphStore()
    metadata = [
        {"s": {"v": "urn:doc:1", "e": True}, "p": {"v": "urn:p", "e": True}, "o": {"v": "x", "e": False}}
    ]
    body = {"data": coded(b"%PDF \xff"), "id": "urn:doc:1", "metadata": metadata}
    assert only1(DOCUMENTS, body, graphs) == {}
    assert kept(graphs, IRI("urn:p")) == [Literal("x")]
    assert kept(graphs, TEXT) == [Literal("%PDF \ufffd")]
    assert kept(graphs, SIZE) == [Literal("6 bytes")]


def test_a_document_without_a_name_has_one_by_what_is_in_it() -> None:
    graphs = GraphStore()
    for text in ("one", "two", "one"):
        assert only1(DOCUMENTS, {"data": coded(text), "metadata": None, "id": ""}, graphs) == {}
    assert len(kept(graphs, LABEL)) == 2


def test_of_a_long_text_the_beginning_is_kept() -> None:
    graphs = GraphStore()
    assert only1(TEXTS, {"text": coded("x" * (MAX_KEPT + 1))}, graphs) == {}
    assert kept(graphs, TEXT) == [Literal("x" * MAX_KEPT)]


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("text-load", {}, "'text'"),
        ("document-load", {"text": ""}, "'data'"),
        ("text-load", {"text": "a"}, "Invalid base64-encoded string"),
        ("document-load", {"data": 5}, "argument should be a bytes-like object or ASCII string, not 'int'"),
        ("text-load", {"text": coded(b"\xff")}, "'utf-8' codec can't decode byte 0xff"),
        ("text-load", {"text": coded("x"), "charset": "nope"}, "unknown encoding: nope"),
        ("text-load", {"text": "", "charset": None}, "decode() argument 'encoding' must be str, not None"),
        ("document-load", {"data": "", "id": 5}, "Invalid type '<class 'int'>' for field 'id'"),
        ("document-load", {"data": "", "metadata": [{}]}, "'s'"),
        ("document-load", {"data": "", "metadata": 5}, "'int' object is not iterable"),
        ("document-load", [], "'list' object has no attribute 'get'"),
        ("text-load", {"text": coded("fail=0")}, "scripted failure after 0 chunks"),
        ("document-load", {"data": coded("fail=1")}, "scripted failure after 1 chunks"),
    ],
)
def test_what_is_refused_is_refused_with_a_text(kind: str, body: object, message: str) -> None:
    graphs = GraphStore()
    payload = only1(SERVICES[kind], body, graphs)
    assert list(payload) == ["error"]
    assert str(payload["error"]).startswith(message)
    assert not graphs.workspaces


def test_no_answer() -> None:
    found = list(TEXTS(as_payload({"text": coded("hang=1")}), GraphStore()))
    assert not [step for step in found if isinstance(step, Frame)]


def test_a_graph_that_is_full() -> None:
    graphs = GraphStore()
    graphs.add((Triple(IRI(f"urn:{n}"), LABEL, DOCUMENT) for n in range(MAX_TRIPLES)), workspace=USER)
    assert only1(TEXTS, {"text": ""}, graphs) == {"error": "This gateway has room for 100000 triples"}
    assert only1(TEXTS, {"text": "", "user": "anna"}, graphs) == {}
