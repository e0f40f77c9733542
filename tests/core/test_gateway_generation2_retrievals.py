"""Provenance in the store of the embedded gateway: queries find it, and what answers questions does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tgproto.gateway import Gateway
from tgproto.gateway.generation2.explain import GRAPH
from tgproto.gateway.generation2.retrievals import MAX_TRIPLES, MAX_UNREAD, Explained, Retrievals
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.solutions import solutions
from tgproto.gateway.sparql import parse_sparql
from tgproto.gateway.steps import Frame, Step
from tgproto.session.events import Payload
from tgproto.types import IRI, Literal, Triple

CAT, LABEL = IRI("http://e/cat"), IRI("http://www.w3.org/2000/01/rdf-schema#label")
KNOWN = Triple(CAT, LABEL, Literal("Cat"))
TOLD = Triple("urn:step", "urn:p", "o", GRAPH)


def store() -> tuple[Retrievals, GraphStore]:
    graphs = GraphStore()
    graphs.add([KNOWN])
    return Retrievals(graphs), graphs


def told(kept: Retrievals, *triples: Triple, body: str = "{}", workspace: str = "default") -> list[Step]:
    steps: Iterator[Step] = iter([Frame(b"1"), Explained(b"2", triples=triples), Frame(b"3", final=True)])
    return list(kept.keep(steps, workspace, Payload(body.encode())))


def found(kept: Retrievals, kind: str = "triples", workspace: str = "default", **wanted: Any) -> list[Triple]:
    return kept.seen_by(kind).graph(workspace, wanted.pop("collection", "default")).find(**wanted)


def test_what_was_told_is_found_by_queries_only() -> None:
    kept, graphs = store()
    assert [step.payload for step in told(kept, TOLD) if isinstance(step, Frame)] == [b"1", b"2", b"3"]
    for kind in ("triples", "sparql"):
        assert found(kept, kind) == [KNOWN, TOLD]
        assert found(kept, kind, g=GRAPH) == found(kept, kind, s=TOLD.s) == [TOLD]
        assert found(kept, kind, limit=1) == [KNOWN]
        graph = kept.seen_by(kind).graph("default", "default")
        assert len(graph) == 2
        assert list(graph.candidates()) == [KNOWN, TOLD]
        assert list(solutions(parse_sparql("SELECT ?o { ?s ?p ?o }"), graph))
    assert found(kept, "graph-rag") == [KNOWN]
    assert kept.seen_by("agent") is graphs


def test_it_is_in_the_collection_and_workspace_of_the_request() -> None:
    kept, _ = store()
    told(kept, TOLD, body='{"collection": "c"}', workspace="w")
    assert found(kept, workspace="w", collection="c") == [TOLD]
    assert found(kept, workspace="w") == []
    assert found(kept, g=GRAPH) == []


def test_it_is_kept_when_it_is_told() -> None:
    kept, _ = store()
    steps = kept.keep(iter([Explained(b"", triples=(TOLD,))]), "default", Payload(b"{}"))
    assert found(kept, g=GRAPH) == []
    next(steps)
    assert found(kept, g=GRAPH) == [TOLD]


def test_an_answer_that_is_told_again_is_found_once() -> None:
    kept, _ = store()
    for _ in range(2):
        told(kept, TOLD)
        assert found(kept, g=GRAPH) == [TOLD]


def step_of(number: int, size: int) -> list[Triple]:
    return [Triple(f"urn:{number}", "urn:p", Literal(str(at)), GRAPH) for at in range(size)]


def test_the_oldest_is_forgotten() -> None:
    kept, _ = store()
    part = MAX_TRIPLES // 4
    for number in range(9):
        told(kept, *step_of(number, part))
        assert len(found(kept, s=IRI(f"urn:{number}"))) == part
    there = [number for number in range(9) if found(kept, s=IRI(f"urn:{number}"), limit=1)]
    assert there == [4, 5, 6, 7, 8]
    told(kept, *step_of(4, 1))
    assert len(found(kept, s=IRI("urn:4"))) == part


def test_what_nobody_looks_for_is_forgotten_too() -> None:
    kept, _ = store()
    for number in range(MAX_UNREAD + 1):
        told(kept, *step_of(number, 1))
    assert found(kept, s=IRI("urn:0")) == []
    assert len(found(kept, g=GRAPH)) == MAX_UNREAD


@pytest.mark.parametrize(
    ("kind", "member"), [("graph-rag", "query"), ("document-rag", "query"), ("agent", "question")]
)
@pytest.mark.parametrize("streaming", [True, False])
def test_what_an_answer_streams_is_found(kind: str, member: str, streaming: bool) -> None:
    graphs = GraphStore()
    graphs.add([KNOWN, Triple(CAT, "http://e/likes", "http://e/fish")])
    gateway = Gateway(graphs, anonymous="default")

    def ask(service: str, **body: object) -> list[dict[str, Any]]:
        steps = gateway.flow_service(service, "default", "default", Payload(json.dumps(body).encode()))
        assert isinstance(steps, Iterator)
        return [json.loads(step.payload) for step in steps if isinstance(step, Frame)]

    frames = ask(kind, streaming=streaming, **{member: "What does the cat like?"})
    streamed = [triple for frame in frames for triple in frame.get("explain_triples", ())]
    stored = ask("triples", g=GRAPH)[0]["response"]
    assert len(streamed) > 10
    assert sorted(map(json.dumps, stored)) == sorted(map(json.dumps, streamed))
    assert ask(kind, streaming=streaming, **{member: "What does the cat like?"}) == frames
