"""Rows without a database: every class of a graph is a table, and what belongs to it are the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import DERIVED, LABEL, TYPE, name_of
from tgproto.types.terms import Term

NAME_COLUMN = "name"
"""The first column of every table: what people call a thing. It is the only one with an index."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[^A-Za-z0-9]+")
_SILENT = (LABEL, TYPE, DERIVED)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one schema.

    Attributes:
        name: Name of the schema, as GraphQL allows names.
        label: What people call one row, for instance `bridge`.
        columns: Names of the columns, the one of the name first.
        rows: The rows; each has all columns, with None where nothing is known.
    """

    name: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str | None], ...]


def tables(graph: Graph) -> dict[str, Table]:
    """Return the tables of a graph, by name.

    Args:
        graph: Where the classes and their members are.
    """
    members: dict[Term, dict[Term, None]] = {}
    for typed in graph.find(p=TYPE):
        members.setdefault(typed.o, {})[typed.s] = None
    made = (_table(name_of(kind, graph), tuple(things), graph) for kind, things in members.items())
    return {table.name: table for table in made}


def identifier(text: str) -> str:
    """Return a name that GraphQL allows, for instance `opened_in` for `openedIn`."""
    name = _NO_NAME.sub("_", _HUMP.sub("_", text)).strip("_").lower()
    return name if name and not name[0].isdigit() else f"_{name}"


def _table(label: str, things: tuple[Term, ...], graph: Graph) -> Table:
    rows: list[dict[str, str | None]] = []
    for thing in things:
        row: dict[str, str | None] = {NAME_COLUMN: name_of(thing, graph)}
        for fact in graph.find(s=thing):
            if fact.p not in _SILENT:
                row.setdefault(identifier(re.split(r"[/#:]", str(fact.p))[-1]), name_of(fact.o, graph))
        rows.append(row)
    columns = dict.fromkeys(column for row in rows for column in row)
    filled = tuple({column: row.get(column) for column in columns} for row in rows)
    return Table(identifier(label), label, tuple(columns), filled)
