"""The services of embeddings: makes vectors, and finds what is near to one (gateway 2.11.1).

Only `row-embeddings` says that it failed; the others answer as if they had found nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from tgproto.dialect import TermCodec
from tgproto.gateway.generation2.bodies import Scene, Service, reading, whole
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.passages import passages
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Step
from tgproto.gateway.tables import NAME_COLUMN, tables
from tgproto.gateway.telling import at_once, last
from tgproto.gateway.vectors import DIMENSIONS, embed, nearest, ranked
from tgproto.types.terms import encode_term

MAX_TEXTS = 4096
"""Texts that one embeddings request may have; more fail."""


class _EmbeddingsBody(Struct, gc=False):
    texts: list[str]


class _SearchBody(Struct, gc=False):
    vector: list[float]
    limit: int = 10
    collection: str = DEFAULT
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def count(self) -> int:
        """How much may be found. Nothing here has attributes, or vectors of another length."""
        return 0 if self.attributes or len(self.vector) != DIMENSIONS else max(self.limit, 0)


class _EntitiesBody(_SearchBody, gc=False):
    rdf_type: str = ""


class _RowsBody(_SearchBody, gc=False):
    schema_name: str = ""
    index_name: str | None = None


def _embeddings(body: _EmbeddingsBody, scene: Scene) -> Iterator[Step]:  # noqa: ARG001
    texts = body.texts if len(body.texts) <= MAX_TEXTS else []
    script = read_script(body.texts[0] if body.texts else "")
    return at_once(script, last({"vectors": []}), lambda: whole({"vectors": list(map(embed, texts))}))


def _graph_embeddings(body: _EntitiesBody, scene: Scene) -> Iterator[Step]:
    def answer() -> Iterator[Step]:
        graph = scene.graph(body.collection)
        found = nearest(body.vector, graph, limit=body.count, kind=body.rdf_type) if body.count else []
        entities = [{"entity": encode_term(term, TermCodec.TERM), "score": score} for term, score in found]
        yield last({"entities": entities})

    return at_once(read_script(body.collection), last({"entities": []}), answer)


def _document_embeddings(body: _SearchBody, scene: Scene) -> Iterator[Step]:
    def answer() -> Iterator[Step]:
        texts = passages(scene.graph(body.collection)).items() if body.count else ()
        chunks = ranked(body.vector, texts, limit=body.count)
        yield last({"chunks": [{"chunk_id": chunk, "score": score} for chunk, score in chunks]})

    return at_once(read_script(body.collection), last({"chunks": []}), answer)


def _row_embeddings(body: _RowsBody, scene: Scene) -> Iterator[Step]:
    script = read_script(body.schema_name)
    error = {"type": "row-embeddings-query-error", "message": script.message}

    def answer() -> Iterator[Step]:
        known = tables(scene.graph(body.collection)) if body.count else {}
        names = {
            row[NAME_COLUMN] or "": None
            for name, table in known.items()
            if body.schema_name in ("", name) and body.index_name in (None, "", NAME_COLUMN)
            for row in table.rows
        }
        found = ranked(body.vector, ((name, name) for name in names), limit=body.count)
        matches = [
            {"index_name": NAME_COLUMN, "index_value": [name], "text": name, "score": score}
            for name, score in found
        ]
        yield last({"matches": matches})

    return at_once(script, last({"error": error, "matches": []}), answer)


SERVICES: Mapping[str, Service] = {
    "document-embeddings": reading(_SearchBody, _document_embeddings),
    "embeddings": reading(_EmbeddingsBody, _embeddings),
    "graph-embeddings": reading(_EntitiesBody, _graph_embeddings),
    "row-embeddings": reading(_RowsBody, _row_embeddings),
}
"""The services of this module, by kind."""
