"""The smallest useful part of GraphQL: `{ table(limit: 3) { column column } }`, one table or several.

The whole may be named, as in `query Name { … }`. Anything else is an error, in the words of that language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tgproto.gateway.tables import Table

MAX_TEXT = 2**16
"""Longest query, in characters."""

_TOKEN = re.compile(r"[\s,]+|#[^\n]*|(?P<token>[A-Za-z_][A-Za-z0-9_]*|-?[0-9]+|[{}():])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_END = "<EOF>"


@dataclass(frozen=True, slots=True)
class QueryError:
    """What is wrong with a query.

    Attributes:
        message: What is wrong.
        path: Where in the result; empty if the query did not get that far.
    """

    message: str
    path: tuple[str, ...] = ()

    def members(self) -> dict[str, object]:
        """Return the error as a gateway writes it."""
        return {"message": self.message, **({"path": list(self.path)} if self.path else {})}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a query.

    Attributes:
        data: Rows by table, None for a table that could not be read; None if the query is wrong.
        errors: What is wrong.
    """

    data: Mapping[str, object] | None
    errors: tuple[QueryError, ...] = ()


def execute(text: str, tables: Mapping[str, Table], operation: str | None = None) -> Result:
    """Carry out a query.

    Args:
        text: The query.
        tables: What can be asked, by name.
        operation: Name of the query that is meant; None or empty for the only one.
    """
    try:
        name, fields = _Parser(text).query()
        if operation and operation != name:
            raise _Wrong(f'Unknown operation named "{operation}".')
        for field in fields:
            _check(field, tables)
        if len({field.table for field in fields}) < len(fields):
            raise _Wrong("A field is asked for twice.")
    except _Wrong as wrong:
        return Result(None, (QueryError(str(wrong)),))
    errors: list[QueryError] = []
    data: dict[str, object] = {}
    for field in fields:
        if field.limit is not None and field.limit < 0:
            errors.append(QueryError("limit must not be below 0", (field.table,)))
            data[field.table] = None
        else:
            rows = tables[field.table].rows[: field.limit]
            data[field.table] = [{column: row[column] for column in field.columns} for row in rows]
    return Result(data, tuple(errors))


class _Wrong(Exception):
    """The query is wrong; the message says what is."""


@dataclass(frozen=True, slots=True)
class _Field:
    table: str
    limit: int | None
    columns: tuple[str, ...]


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def query(self) -> tuple[str, list[_Field]]:
        name = ""
        if self._next() == "query":
            self._take()
            name = self._name() if self._next() != "{" else ""
        self._expect("{")
        fields = [self._field()]
        while self._next() != "}":
            fields.append(self._field())
        self._take()
        self._expect(_END)
        return name, fields

    def _next(self) -> str:
        return self._tokens[self._at]

    def _field(self) -> _Field:
        table, limit = self._name(), None
        if self._next() == "(":
            for token in ("(", "limit", ":"):
                self._expect(token)
            limit = self._number()
            self._expect(")")
        self._expect("{")
        columns = [self._name()]
        while self._next() != "}":
            columns.append(self._name())
        self._take()
        return _Field(table, limit, tuple(dict.fromkeys(columns)))

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise _Wrong(f"Syntax Error: Expected '{token}', found '{self._next()}'.")
        self._take()

    def _name(self) -> str:
        if not _NAME.fullmatch(self._next()):
            raise _Wrong(f"Syntax Error: Expected Name, found '{self._next()}'.")
        return self._take()

    def _number(self) -> int:
        try:
            return int(self._next()[:10])
        except ValueError:
            raise _Wrong(f"Syntax Error: Expected Int, found '{self._next()}'.") from None
        finally:
            self._take()


def _tokens(text: str) -> list[str]:
    if len(text) > MAX_TEXT:
        raise _Wrong(f"Syntax Error: The query is longer than {MAX_TEXT} characters.")
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Wrong(f"Syntax Error: Unexpected character: {text[at]!r}.")
        if match["token"] is not None:
            tokens.append(match["token"])
        at = match.end()
    return [*tokens, _END]


def _check(field: _Field, tables: Mapping[str, Table]) -> None:
    table = tables.get(field.table)
    if table is None:
        raise _Wrong(f"Cannot query field '{field.table}' on type 'Query'.")
    for column in field.columns:
        if column not in table.columns:
            raise _Wrong(f"Cannot query field '{column}' on type '{table.name}'.")
