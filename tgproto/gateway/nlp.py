"""Makes a GraphQL query of a question: it asks for everything of the tables that the question is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import TYPE, find_words, name_of, read
from tgproto.gateway.script import MAX_TEXT
from tgproto.gateway.tables import Table, identifier, tables

SURE, GUESSED, LOST = 0.9, 0.6, 0.0
"""How sure it is: of a table that is named, of one that has a row that is named, of none."""

MAX_LIMIT = 999_999_999


@dataclass(frozen=True, slots=True)
class Translation:
    """What a question is in GraphQL.

    Attributes:
        query: The query; empty if the question is about no table.
        schemas: Names of the tables.
        confidence: How sure this is, 0 … 1.
    """

    query: str
    schemas: tuple[str, ...]
    confidence: float


def translate(question: str, graph: Graph, limit: int) -> Translation:
    """Make a query of a question.

    Args:
        question: Any text.
        graph: What the tables come from.
        limit: Most rows to ask for, of each table.
    """
    known = tables(graph)
    schemas, confidence = _about(question, graph, known)
    fields = (
        f"{name}(limit: {min(limit, MAX_LIMIT)}) {{ {' '.join(known[name].columns)} }}" for name in schemas
    )
    query = f"{{ {' '.join(fields)} }}" if schemas else ""
    return Translation(query, schemas, confidence)


def _about(question: str, graph: Graph, known: Mapping[str, Table]) -> tuple[tuple[str, ...], float]:
    folded = question[:MAX_TEXT].casefold()
    named = tuple(
        name
        for name, table in known.items()
        if any(find_words(f"{table.label.casefold()}{plural}", folded) >= 0 for plural in ("", "s"))
    )
    if named:
        return named, SURE
    entities = read(question, graph).entities
    kinds = (typed.o for entity in entities for typed in graph.find(s=entity, p=TYPE))
    guessed = tuple(dict.fromkeys(identifier(name_of(kind, graph)) for kind in kinds))
    return guessed, GUESSED if guessed else LOST
