"""Triples by pattern: requests in each dialect, arguments, answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import RELEASES, answer, body, payloads
from tgproto.catalog import Call, FlowCalls
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2
from tgproto.errors import LocalProtocolError, NotOffered
from tgproto.session.request import Request
from tgproto.types import IRI, BlankNode, Literal

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


def test_triples_query() -> None:
    call = FLOW.triples_query("http://e/s", IRI("urn:p"), "text", user="anna")
    assert call.service == "triples"
    assert body(call) == {
        "s": {"t": "i", "i": "http://e/s"},
        "p": {"t": "i", "i": "urn:p"},
        "o": {"t": "l", "v": "text"},
        "limit": 10000,
    }
    assert body(call, GENERATION_1) == {
        "s": {"v": "http://e/s", "e": True},
        "p": {"v": "urn:p", "e": True},
        "o": {"v": "text", "e": False},
        "limit": 10000,
        "user": "anna",
    }
    assert body(FLOW.triples_query()) == {"limit": 10000}
    assert body(FLOW.triples_query(None, None, None, "urn:g", "c", 5, {"purpose": "x"})) == {
        "g": "urn:g",
        "collection": "c",
        "limit": 5,
        "user-context": {"purpose": "x"},
    }
    assert body(FLOW.triples_query(g=""), MIXED_2_2) == {"g": "", "limit": 10000}
    assert body(FLOW.triples_query(g=""), GENERATION_1) == {"limit": 10000}


@pytest.mark.parametrize(
    "call",
    [
        FLOW.triples_query(o=Literal("a", language="en")),
        FLOW.triples_query(s=BlankNode("b")),
        FLOW.triples_query(g=IRI("urn:g")),
    ],
)
def test_what_1x_cannot_be_asked(call: Call[Any]) -> None:
    with pytest.raises(LocalProtocolError, match=r"^triples: [a-z]+: .*1\.x"):
        call.request(GENERATION_1)
    assert isinstance(call.request(GENERATION_2), Request)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"o": 5}, "o: a term must be"),
        ({"limit": 1.5}, "limit must be an int"),
        ({"user_context": []}, "user_context must be a mapping"),
    ],
)
def test_wrong_types(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        ANY.triples_query(**arguments)


def test_impossible_values() -> None:
    with pytest.raises(ValueError, match="limit must not be negative"):
        FLOW.triples_query(limit=-1)
    for wrong in ("*", "trustgraph"):
        with pytest.raises(ValueError, match=r"g: .* is not the IRI of a graph"):
            FLOW.triples_query(g=wrong)


def test_the_order_of_older_clients_is_told_from_ours() -> None:
    with pytest.raises(ValueError, match="user="):
        ANY.triples_query(None, None, None, "trustgraph", "default", 100)


@pytest.mark.parametrize(("release", "number"), [("1.7.1", 0), ("2.11.1", 5)])
def test_captured_answers(release: str, number: int) -> None:
    triples = answer(FLOW.triples_query(), payloads(f"{release} triples whole"), RELEASES[release])
    assert len(triples) == number
    if number:
        assert answer(FLOW.triples_query(), payloads("2.11.1 triples streamed")) == triples


def test_triples_in_batches() -> None:
    call = FLOW.triples_query_stream("urn:s", limit=7, batch_size=3, user="me")
    members = {"limit": 7, "batch-size": 3, "streaming": True}
    assert body(call) == {"s": {"t": "i", "i": "urn:s"}, **members}
    assert body(call, GENERATION_1) == {"s": {"v": "urn:s", "e": True}, "limit": 7, "user": "me"}
    assert call.streaming
    reader = call.reader()
    batches = [reader.read(frame) for frame in payloads("2.11.1 triples streamed")]
    assert [len(batch or ()) for batch in batches] == [2, 2, 1]
    assert len(reader.result()) == 5


def test_sparql() -> None:
    call = FLOW.sparql_query("ASK {}", "c", 5, {"purpose": "x"})
    members = {"query": "ASK {}", "collection": "c", "limit": 5, "user-context": {"purpose": "x"}}
    assert (call.service, body(call)) == ("sparql", members)
    assert not answer(call, [b'{"query-type":"ask","ask-result":false}'])
    stream = FLOW.sparql_query_stream("ASK {}", batch_size=1)
    assert body(stream) == {
        "query": "ASK {}",
        "collection": "default",
        "limit": 10000,
        "batch-size": 1,
        "streaming": True,
    }
    for one in (call, stream):
        with pytest.raises(NotOffered, match=r"sparql: .*it came with 2"):
            one.request(GENERATION_1)


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "said"),
    [
        ("triples_query_stream", {"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ("sparql_query", {"query": 5}, TypeError, "query must be a str"),
        ("sparql_query_stream", {"query": "", "limit": -1}, ValueError, "limit must not be negative"),
    ],
)
def test_wrong_arguments_of_queries(name: str, arguments: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        getattr(ANY, name)(**arguments)
