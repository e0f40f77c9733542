"""Patterns and SPARQL: what is found, in which frames, and how a failure looks (gateway 2.11.1)."""

from __future__ import annotations

import pytest

from tests.core.answering import complaint, error, only, payloads, steps
from tgproto.gateway.demo import NAMESPACE
from tgproto.gateway.generation2.bodies import Scene
from tgproto.gateway.generation2.queries import MAX_QUOTES, SERVICES
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import LABEL
from tgproto.gateway.steps import Pause
from tgproto.types.terms import IRI, Literal, QuotedTriple, Triple

A, B, P = (IRI(f"http://e/{name}") for name in "abp")
GRAPHS = GraphStore()
GRAPHS.add([Triple(A, LABEL, Literal("Apple")), Triple(A, P, B)])
GRAPHS.add([Triple(A, P, Literal(f"o{n}", language="en")) for n in range(5)], collection="obs")
GRAPHS.add([Triple(B, P, A, "http://e/g"), Triple(B, P, A)], collection="named")
GRAPHS.add([Triple(A, P, QuotedTriple(Triple(A, P, B)))], collection="quoted")
GRAPHS.add([Triple(IRI(f"http://e/{n}"), P, A) for n in range(400)], collection="big")
SCENE = Scene(GRAPHS, "default")
TRIPLES, SPARQL = SERVICES["triples"], SERVICES["sparql"]


# --- triples ----------------------------------------------------------------------------------


def objects(payload: dict[str, object]) -> list[str]:
    response = payload["response"]
    assert isinstance(response, list)
    return [triple["o"]["v"] for triple in response]


def test_triples_in_one_frame() -> None:
    payload = only(TRIPLES, {"collection": "obs", "limit": 2, "user-context": {"purpose": "x"}}, SCENE)
    assert list(payload) == ["response"]
    assert payload["response"] == [
        {
            "s": {"t": "i", "i": "http://e/a"},
            "p": {"t": "i", "i": "http://e/p"},
            "o": {"t": "l", "v": o, "ln": "en"},
        }
        for o in ("o0", "o1")
    ]


def test_triples_in_batches() -> None:
    def batches(**more: object) -> list[list[str]]:
        body = {"collection": "obs", "limit": 5, "streaming": True, "batch-size": 2, **more}
        return [objects(payload) for payload in payloads(TRIPLES, body, SCENE)]

    assert batches() == [["o0", "o1"], ["o2", "o3"], ["o4"]]
    assert batches(limit=4) == [["o0", "o1"], ["o2", "o3"]]
    assert batches(**{"batch-size": 0, "limit": 0}) == [["o0", "o1", "o2", "o3", "o4"]]
    assert batches(**{"batch-size": 2**63 - 1, "limit": 2**63 - 1}) == batches(**{"batch-size": 0})


@pytest.mark.parametrize("streaming", [False, True])
def test_no_triples_is_one_empty_frame(streaming: bool) -> None:
    assert payloads(TRIPLES, {"collection": "none", "streaming": streaming}, SCENE) == [{"response": []}]


def test_a_pattern() -> None:
    def found(**pattern: object) -> int:
        payload = only(TRIPLES, {"collection": "named", **pattern}, SCENE)
        assert isinstance(payload["response"], list)
        return len(payload["response"])

    term = {"t": "i", "i": "http://e/b"}
    assert found(s=term) == 2
    assert found(o=term) == 0
    assert found(p={"t": "i", "i": "http://e/p"}, g="") == 1
    assert found(g="http://e/g") == 1
    assert found(g="*") == 0
    assert found(g=None) == 2
    assert found(s={"v": "http://e/b", "e": True}) == 0  # a term of 1.x is an empty one here


def test_triples_that_cannot_be_asked() -> None:
    for body in ({"s": None}, {"limit": "many"}):
        assert complaint(TRIPLES, body)
    assert steps(TRIPLES, {"limit": 10**40})
    assert complaint(TRIPLES, {"user-context": 5}) == "'int' object has no attribute 'items'"


def quoted(depth: int) -> bytes:
    start = b'{"t":"t","tr":{"p":{"t":"i","i":"http://e/p"},"s":'
    return start * depth + b'{"t":"i","i":"http://e/a"}' + b"}}" * depth


def test_quoted_triples_in_a_pattern() -> None:
    for depth in (1, MAX_QUOTES):
        assert payloads(TRIPLES, b'{"s":%b}' % quoted(depth)) == [{"response": []}]
    for depth in (MAX_QUOTES + 1, 300, 400):
        assert "nested too deeply" in complaint(TRIPLES, b'{"o":%b}' % quoted(depth))
    assert complaint(TRIPLES, b'{"o":%b}' % quoted(100_000))


def test_a_failure_of_triples_is_said_beside_an_empty_answer() -> None:
    payload = only(TRIPLES, {"s": {"t": "i", "i": "http://e/fail=0"}})
    assert list(payload.items()) == [("response", []), ("error", error("triples-query-error"))]


def test_triples_take_their_time() -> None:
    assert steps(TRIPLES, {"s": {"t": "i", "i": "http://e/first=2"}})[0] == Pause(2.0)
    assert steps(TRIPLES, {"s": {"t": "i", "i": "http://e/hang=1"}}) == [Pause(0.0)]


# --- SPARQL -----------------------------------------------------------------------------------

OBJECTS = "SELECT ?o ?none WHERE { ?s ?p ?o }"


def test_rows() -> None:
    assert only(SPARQL, {"query": OBJECTS, "collection": "obs", "limit": 2, "user-context": None}, SCENE) == {
        "query-type": "select",
        "variables": ["o", "none"],
        "bindings": [{"values": [{"t": "l", "v": o, "ln": "en"}, None]} for o in ("o0", "o1")],
    }
    assert only(SPARQL, {"query": OBJECTS, "collection": "none", "limit": 0}, SCENE)["bindings"] == []


@pytest.mark.parametrize(("size", "sizes"), [(2, [2, 2, 1]), (5, [5, 0]), (0, [5]), (6, [5])])
def test_rows_in_batches(size: int, sizes: list[int]) -> None:
    body = {"query": OBJECTS, "collection": "obs", "streaming": True, "batch-size": size}
    found = payloads(SPARQL, body, SCENE)
    assert all(payload["variables"] == ["o", "none"] for payload in found)
    bindings = [payload["bindings"] for payload in found]
    assert [len(batch) for batch in bindings if isinstance(batch, list)] == sizes


def test_what_a_triple_quotes_is_lost() -> None:
    body = {"query": "SELECT ?o { ?s ?p ?o }", "collection": "quoted"}
    assert only(SPARQL, body, SCENE)["bindings"] == [{"values": [{"t": "t"}]}]


def test_a_question() -> None:
    ask = "ASK { <http://e/a> <http://e/p> ?x }"
    assert only(SPARQL, {"query": ask}, SCENE) == {"query-type": "ask", "ask-result": True}
    payload = only(SPARQL, {"query": ask, "collection": "none", "streaming": True}, SCENE)
    assert payload == {"query-type": "ask", "ask-result": False}


def test_what_is_made() -> None:
    query = "CONSTRUCT { ?o <http://e/of> ?s } WHERE { ?s <http://e/p> ?o }"
    assert only(SPARQL, {"query": query, "streaming": True}, SCENE) == {
        "query-type": "construct",
        "triples": [
            {
                "s": {"t": "i", "i": "http://e/b"},
                "p": {"t": "i", "i": "http://e/of"},
                "o": {"t": "i", "i": "http://e/a"},
            }
        ],
    }


def test_what_is_described() -> None:
    payload = only(SPARQL, {"query": f"DESCRIBE <{NAMESPACE}sorrel>"})
    assert payload["query-type"] == "describe"
    assert isinstance(payload["triples"], list)
    assert len(payload["triples"]) == 5


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("fail=0", "sparql-query-error", "scripted failure after 0 chunks"),
        ("", "sparql-parse-error", "SPARQL parse error: expected a query, found the end"),
        ("SELECT ?a { FILTER(1) }", "sparql-unsupported", "Unsupported: FILTER"),
        (
            "ASK {?a ?b ?c. ?d ?e ?f. ?a ?f ?g}",
            "sparql-evaluation-error",
            "the query takes more than 100000 steps",
        ),
    ],
)
def test_a_failure_of_sparql_is_seen(query: str, kind: str, message: str) -> None:
    payload = only(SPARQL, {"query": query, "collection": "big"}, SCENE)
    assert list(payload.items()) == [("query-type", ""), ("error", error(kind, message))]


def test_a_failure_behind_some_rows() -> None:
    body = {
        "query": "SELECT ?a {?a ?b ?c. ?d ?e ?f}",
        "collection": "big",
        "streaming": True,
        "batch-size": 20000,
        "limit": 10**6,
    }
    found = payloads(SPARQL, body, SCENE)
    assert ["error" in payload for payload in found] == [False] * 4 + [True]


def test_sparql_that_cannot_be_asked() -> None:
    assert complaint(SPARQL, {"user-context": "x"}) == "'str' object has no attribute 'items'"
    assert complaint(SPARQL, {"limit": "many"})
    assert steps(SPARQL, {"query": "# first=2 hang=1"}) == [Pause(2.0)]
