"""Messages of imports, as gateways of both generations take them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.bulk.frames import READERS
from tgproto.bulk.items import PACKERS
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.gateway.bulk import BulkSocket, Malformed
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.imports import KINDS_1, KINDS_2, Importer, Importer1, Importer2
from tgproto.types.bulk import BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding, Row
from tgproto.types.terms import IRI, Literal, Triple

ITEMS: dict[str, list[Any]] = {
    "triples": [Triple("urn:s", "urn:p", "o"), Triple("urn:s", "urn:p", IRI("urn:o"))],
    "graph-embeddings": [GraphEmbedding(IRI("urn:s"), [1.0, 2.0])],
    "document-embeddings": [DocumentEmbedding("urn:c", [1.0], "text")],
    "entity-contexts": [EntityContext(IRI("urn:s"), "text")],
    "rows": [Row("s", {"a": "b"})],
}
GENERATIONS = [GENERATION_1, GENERATION_2]


def importer(number: int) -> tuple[Importer, GraphStore]:
    graphs = GraphStore()
    return (Importer1(graphs, KINDS_1) if number == 1 else Importer2(graphs, KINDS_2)), graphs


def socket(kind: str) -> BulkSocket:
    return BulkSocket("import", kind, "f", "w", served=True)


def message(kind: str, number: int, metadata: BulkMetadata | None = None) -> bytes:
    metadata = metadata or BulkMetadata("d", collection="c", user="u")
    packed, wrong = PACKERS[kind](GENERATIONS[number - 1], metadata, 2**20).pack(ITEMS[kind], 0)
    assert not wrong
    return packed[0][0]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", ITEMS)
def test_what_clients_write_is_taken(kind: str, number: int) -> None:
    of, graphs = importer(number)
    wire = "objects" if kind == "rows" and number == 1 else kind
    told = of.handle(socket(wire), message(kind, number))
    if kind != "rows":
        assert len(READERS[kind](told)) == len(ITEMS[kind])
    stored = graphs.graph("u" if number == 1 else "w", "c").find()
    assert stored == (ITEMS[kind] if kind == "triples" else [])


def test_graphs_are_kept() -> None:
    of, graphs = importer(2)
    text = (
        '{"metadata":{"id":"","collection":"c"},"triples":[{"s":{"t":"i","i":"urn:s"},"p":{"t":"i","i":"urn:p"},'
        '"o":{"v":"of 1.x","e":true},"g":"urn:g"}]}'
    )
    told = json.loads(of.handle(socket("triples"), text))
    assert told["metadata"] == {"id": "", "collection": "c", "root": ""}
    assert told["triples"][0]["g"] == "urn:g"
    (stored,) = graphs.graph("w", "c").find(g="urn:g")
    assert stored.s == IRI("urn:s")
    assert stored.o in (Literal("of 1.x"), IRI("of 1.x"))


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"metadata":{},"triples":[]}',
        '{"metadata":{"id":"","collection":""}}',
        "[" * 5000,
    ],
)
def test_what_cannot_be_read(text: str, number: int) -> None:
    of, _ = importer(number)
    with pytest.raises(Malformed):
        of.handle(socket("triples"), text)


def test_terms_of_2x_in_1x() -> None:
    of, _ = importer(1)
    given = json.loads(message("triples", 2))
    given["metadata"] |= {"metadata": [], "user": "u"}
    with pytest.raises(Malformed):
        of.handle(socket("triples"), json.dumps(given))


@pytest.mark.parametrize("number", [1, 2])
def test_document_embeddings_need_no_metadata(number: int) -> None:
    of, _ = importer(number)
    told = json.loads(of.handle(socket("document-embeddings"), b'{"chunks":[]}'))
    assert told["metadata"]["collection"] == "default"


def nested(depth: int) -> str:
    """Return a message with one triple, whose subject has so many others in it."""
    iri = '{"t":"i","i":"urn:x"}'
    rest = f'"p":{iri},"o":{iri}}}'
    subject = '{"t":"t","tr":{"s":' * depth + iri + f",{rest}}}" * depth
    return f'{{"metadata":{{"id":"","collection":"c"}},"triples":[{{"s":{subject},{rest}]}}'


def test_triples_may_be_nested_too_deeply() -> None:
    """There are depths at which Python can read a triple, but not compare or hash it."""

    def is_taken(depth: int) -> bool:
        try:
            of.handle(socket("triples"), nested(depth))
        except Malformed:
            return False
        return True

    taken: dict[int, int] = {}
    for depth in (*range(20, 600, 20), 2000):
        of, graphs = importer(2)
        taken[depth] = is_taken(depth) + is_taken(depth)
        graph = graphs.graph("w", "c")
        assert len(graph) == len(graph.find(o=IRI("urn:x"))) == min(taken[depth], 1)
    assert (taken[20], taken[2000]) == (2, 0)
