"""The services that take a document: `text-load` and `document-load` (gateway 1.7.1).

They acknowledge that something was handed on, and refuse it with a bare text. What was loaded is in the
graph then, under its identifier, together with the triples that came with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b

from tgproto.gateway.generation1.bodies import USER, Body, Service, Value, sending
from tgproto.gateway.graph import DEFAULT, GraphStore
from tgproto.gateway.model import LABEL
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Step
from tgproto.gateway.telling import at_once, last
from tgproto.types.terms import IRI, Literal, Term, Triple

TEXT = IRI("https://schema.org/text")
"""Leads from a document to its text, up to `MAX_KEPT` characters."""

SIZE = IRI("https://schema.org/contentSize")
"""Leads from a document to its size, in words."""

MAX_KEPT = 4096
MAX_TRIPLES = 100_000
"""Triples that a graph may have; then nothing more is loaded into it."""


def _text_load(body: Body, graphs: GraphStore) -> Iterator[Step]:
    text = body.decoded("text", "charset")
    return _load(body, graphs, text, text.encode("utf-8", "surrogatepass"))


def _document_load(body: Body, graphs: GraphStore) -> Iterator[Step]:
    data = body.needed_bytes("data")
    return _load(body, graphs, data[:MAX_KEPT].decode("utf-8", "replace"), data)


def _load(body: Body, graphs: GraphStore, text: str, data: bytes) -> Iterator[Step]:
    name = body.optional_text("id") or f"urn:document:{blake2b(data, digest_size=16).hexdigest()}"
    given = body.triples("metadata")
    user, collection = body.text("user", USER), body.text("collection", DEFAULT)
    document = IRI(name)
    triples = [
        *(Triple(_term(s), _term(p), _term(o)) for s, p, o in given),
        Triple(document, LABEL, Literal(name)),
        Triple(document, TEXT, Literal(text[:MAX_KEPT])),
        Triple(document, SIZE, Literal(f"{len(data)} bytes")),
    ]
    script = read_script(text)

    def answer() -> Iterator[Step]:
        if len(graphs.graph(user, collection)) + len(triples) > MAX_TRIPLES:
            yield last({"error": f"This gateway has room for {MAX_TRIPLES} triples"})
            return
        graphs.add(triples, workspace=user, collection=collection)
        yield last({})

    return at_once(script, last({"error": script.message}), answer)


def _term(value: Value) -> Term:
    return IRI(value.v) if value.e else Literal(value.v)


SERVICES: Mapping[str, Service[GraphStore]] = {
    "document-load": sending(_document_load),
    "text-load": sending(_text_load),
}
"""The services of this module, by kind."""
