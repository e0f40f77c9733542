"""The part of GraphQL that is read: what it finds, and what is wrong with anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.graphql import MAX_TEXT, QueryError, Result, execute
from tgproto.gateway.tables import Table

ROWS = tuple(
    {"name": name, "made_of": made} for name, made in (("Old", "oak"), ("New", None), ("Third", "iron"))
)
TABLES = {
    "bridge": Table("bridge", "bridge", ("name", "made_of"), ROWS),
    "town": Table("town", "town", ("name",), ()),
}


@pytest.mark.parametrize(
    "text",
    [
        "{ bridge { name } town { name } }",
        "{bridge{name name}town{name}}",
        "query { bridge(limit: 3), { name, } town { name } }",
        "query Things {\n  bridge(limit: 99) { name }  # all\n  town(limit: 0) { name }\n}\n",
    ],
)
def test_rows(text: str) -> None:
    names = [{"name": name} for name in ("Old", "New", "Third")]
    assert execute(text, TABLES) == Result({"bridge": names, "town": []})


def test_columns_and_a_limit() -> None:
    result = execute("{ bridge(limit: 2) { made_of name } }", TABLES)
    assert result.data == {"bridge": [{"made_of": "oak", "name": "Old"}, {"made_of": None, "name": "New"}]}


def test_an_operation_by_its_name() -> None:
    text = "query Things { town { name } }"
    for fine in ("Things", "", None):
        assert execute(text, TABLES, fine).data == {"town": []}
    wrong = Result(None, (QueryError('Unknown operation named "Other".'),))
    assert execute(text, TABLES, "Other") == execute("{ town { name } }", TABLES, "Other") == wrong


def test_a_field_that_cannot_be_read() -> None:
    result = execute("{ bridge(limit: -1) { name } town { name } }", TABLES)
    error = QueryError("limit must not be below 0", ("bridge",))
    assert result == Result({"bridge": None, "town": []}, (error,))
    assert error.members() == {"message": "limit must not be below 0", "path": ["bridge"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Syntax Error: Expected '{', found '<EOF>'."),
        ("{ }", "Syntax Error: Expected Name, found '}'."),
        ("{ town }", "Syntax Error: Expected '{', found '}'."),
        ("{ town { } }", "Syntax Error: Expected Name, found '}'."),
        ("{ town { name }", "Syntax Error: Expected Name, found '<EOF>'."),
        ("{ town { name } } x", "Syntax Error: Expected '<EOF>', found 'x'."),
        ("{ town(limit: many) { name } }", "Syntax Error: Expected Int, found 'many'."),
        ("{ town(first: 1) { name } }", "Syntax Error: Expected 'limit', found 'first'."),
        ("{ town { name @x } }", "Syntax Error: Unexpected character: '@'."),
        ("mutation { town { name } }", "Syntax Error: Expected '{', found 'mutation'."),
        ("x" * (MAX_TEXT + 1), "Syntax Error: The query is longer than 65536 characters."),
        ("{ city { name } }", "Cannot query field 'city' on type 'Query'."),
        ("{ town { name } town { name } }", "A field is asked for twice."),
        ("{ town { made_of } }", "Cannot query field 'made_of' on type 'town'."),
    ],
)
def test_what_is_wrong(text: str, message: str) -> None:
    assert execute(text, TABLES) == Result(None, (QueryError(message),))
    assert QueryError(message).members() == {"message": message}


@given(st.text("{}()query bridgetowname:limt-12,#\n") | st.text())
@settings(max_examples=200)
def test_any_text_has_a_result(text: str) -> None:
    result = execute(text, TABLES)
    assert (result.data is None) <= bool(result.errors)
