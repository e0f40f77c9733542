"""Items as lines of JSON: every item comes back, and a broken line breaks nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.file_items import ITEMS
from tgproto.files.jsonl import KINDS, format_json, read_json
from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding, Row, Unreadable
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Triple


def read(kind: str, *lines: str) -> list[Any]:
    return [tuple(found) for found in read_json(kind, [f"{line}\n".encode() for line in lines])]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_item_comes_back(kind: str, data: st.DataObject) -> None:
    items = data.draw(st.lists(ITEMS[kind], max_size=4))
    lines = [format_json(kind, item) for item in items]
    assert not any(b"\n" in line for line in lines)
    found = list(read_json(kind, lines))
    assert [number for number, _ in found] == list(range(1, len(items) + 1))
    assert repr([item for _, item in found]) == repr(items)  # NaN is not equal to itself


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("graph-embeddings", GraphEmbedding(IRI("urn:s"), [0.5, 1.0])),
        ("document-embeddings", DocumentEmbedding("", [1.0], "a text")),
        ("document-embeddings", DocumentEmbedding("c", [1.0], attributes={"a": "b", "c": ["d"]})),
        ("entity-contexts", EntityContext(IRI("urn:s"), "c", [])),
        ("entity-contexts", EntityContext(IRI("urn:s"), "c", ["urn:t"])),
        ("rows", Row("s", {"a": "b"})),
        ("rows", Row("s", {"a": "b"}, 0.5, "3-7")),
    ],
)
def test_an_item_comes_back(kind: str, item: Any) -> None:
    ((_, found),) = read_json(kind, [format_json(kind, item)])
    assert found == item


@pytest.mark.parametrize("vector", [[float("nan")], [1.0, float("-inf")]])
def test_numbers_that_json_lacks_come_back(vector: list[float]) -> None:
    ((_, found),) = read_json(
        "graph-embeddings", [format_json("graph-embeddings", GraphEmbedding("urn:s", vector))]
    )
    assert isinstance(found, GraphEmbedding)
    assert repr(found.vector) == repr(vector)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])) | st.binary()))
def test_whatever_stands_there_every_line_is_told(lines: list[str | bytes]) -> None:
    raw = [line.encode() if isinstance(line, str) else line.replace(b"\n", b"") for line in lines]
    found = list(read_json("triples", raw))
    expected = [number for number, line in enumerate(raw, 1) if line.strip(b" \t\r\n\v\f")]
    assert [number for number, _ in found] == expected


def test_what_a_line_looks_like() -> None:
    quoted = QuotedTriple(Triple(BlankNode("a"), "urn:p", "o"))
    triple = Triple(quoted, "urn:p", Literal("né", language="fr"), "urn:g")
    assert json.loads(format_json("triples", triple)) == {
        "s": {
            "t": "t",
            "tr": {
                "s": {"t": "b", "d": "a"},
                "p": {"t": "i", "i": "urn:p"},
                "o": {"t": "l", "v": "o"},
            },
        },
        "p": {"t": "i", "i": "urn:p"},
        "o": {"t": "l", "v": "né", "ln": "fr"},
        "g": "urn:g",
    }
    embedding = DocumentEmbedding("c", [1, 0.5], attributes={"a": "b", "c": ["d"]})
    assert format_json("document-embeddings", embedding) == (
        b'{"chunk_id":"c","vector":[1.0,0.5],"attributes":{"a":"b","c":["d"]}}'
    )
    assert format_json("rows", Row("s", {"a": "b"})) == b'{"schema_name":"s","values":{"a":"b"}}'


def test_strings_and_terms_of_1_are_read() -> None:
    line = '{"s": "urn:s", "p": {"v": "urn:p", "e": true}, "o": "some text"}'
    assert read("triples", "", line, "  ") == [(2, Triple("urn:s", IRI("urn:p"), Literal("some text")))]
    assert format_json("entity-contexts", EntityContext("urn:s", "c")) == format_json(
        "entity-contexts", EntityContext(IRI("urn:s"), "c")
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"s": "urn:s", "p": "urn:p"}', "missing required field `o`"),
        ('{"s": "urn:s", "p": "urn:p", "o": {"t": "i"}}', "no term"),
        ('{"s": "urn:s", "p": "urn:p", "o": "", "x": 1}', "unknown field `x`"),
        ('{"s": "urn:s",', "not JSON"),
        ("[" * 100_000, "nested"),
        ("7", "Expected `object`"),
    ],
)
def test_a_broken_line_is_told_with_its_number(line: str, reason: str) -> None:
    whole = '{"s": "urn:s", "p": "urn:p", "o": ""}'
    first, broken, last = read("triples", whole, line, whole)
    assert first[1] == last[1]
    assert broken[0] == 2
    assert isinstance(broken[1], Unreadable)
    assert reason in broken[1].reason


def test_terms_nested_without_end() -> None:
    line = '{"s":"urn:s","p":"urn:p","o":' + '{"t":"t","tr":{"s":' * 100_000
    ((_, item),) = read("triples", line)
    assert isinstance(item, Unreadable)


def test_numbers_are_not_made_of_strings() -> None:
    ((_, item),) = read("graph-embeddings", '{"entity": "urn:s", "vector": ["1"]}')
    assert isinstance(item, Unreadable)


def test_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="kind must be one of triples,"):
        list(read_json("quads", []))
    with pytest.raises(ValueError, match="kind must be one of triples,"):
        format_json("quads", GraphEmbedding("urn:s", [1]))


def test_a_byte_order_mark_is_nothing() -> None:
    row = Row("s", {"a": "b"})
    line = "\ufeff".encode() + format_json("rows", row)
    (_, first), (number, second) = read_json("rows", [line, line])
    assert (first, number) == (row, 2)
    assert isinstance(second, Unreadable)


def test_a_line_that_could_not_be_read_stays_one() -> None:
    line = b'{"s":"urn:s","p":"urn:p","o":"urn:o"}'
    broken = Unreadable("too long")
    triple = Triple("urn:s", "urn:p", "urn:o")
    assert list(read_json("triples", [line, broken, line])) == [(1, triple), (2, broken), (3, triple)]
