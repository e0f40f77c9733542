"""Rows of CSV: every row comes back, and behind a broken quote nothing is made up."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.files import LONGEST, UnreadableFile
from tgproto.files.csv import read_csv
from tgproto.types.bulk import Row, Unreadable

NAMES = st.lists(st.text(st.characters(exclude_characters="\ufeff"), min_size=1), min_size=1, unique=True)


@given(NAMES, st.data())
def test_every_row_comes_back(names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(st.text(), min_size=len(names), max_size=len(names))))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    text.seek(0)
    found = [item for _, item in read_csv(text, "s")]
    assert found == [Row("s", dict(zip(names, row, strict=True))) for row in rows]


def test_a_row_of_another_length_is_told_with_its_line() -> None:
    lines = [
        "\ufeffname,note\r\n",
        'Kestrel,"two\r\n',
        'lines"\r\n',
        "\r\n",
        "Heron\r\n",
        "Gull,\r\n",
    ]
    found = list(read_csv(lines, "s"))
    assert [number for number, _ in found] == [2, 5, 6]
    assert found[0].item == Row("s", {"name": "Kestrel", "note": "two\r\nlines"})
    assert found[1].item == Unreadable("it has 1 values, and there are 2 columns")
    assert found[2].item == Row("s", {"name": "Gull", "note": ""})


TOO_LONG = "x" * 131_073


@pytest.mark.parametrize(
    "broken",
    [
        ['Wren,"a"b\r\n'],
        ['Wren,"a\r\n', 'b"c\r\n', 'Owl,false"\r\n'],
        [f'Wren,"{TOO_LONG}\r\n', "Owl,false\r\n", '"\r\n'],
        [f"Wren,{TOO_LONG}\r\n"],
        ['Wren,"never closed\r\n'],
    ],
    ids=["a quote", "a quote lines on", "too long, quoted", "too long", "never closed"],
)
def test_behind_a_broken_quote_nothing_is_made_up(broken: list[str]) -> None:
    lines = ["name,note\r\n", "Kestrel,\r\n", *broken, "Gull,\r\n"]
    reading = read_csv(lines, "s")
    assert next(reading) == (2, Row("s", {"name": "Kestrel", "note": ""}))
    with pytest.raises(UnreadableFile, match="the row at line 3 is no CSV"):
        next(reading)


def test_a_value_may_be_long() -> None:
    [(_, row)] = read_csv(["a\r\n", f'"{TOO_LONG[1:]}"\r\n'], "s")
    assert row == Row("s", {"a": TOO_LONG[1:]})


@pytest.mark.parametrize("first", ["", "\r\n", "a,,b\r\n", "\ufeff\r\n", "a,b,a\r\n", '"a"b\r\n'])
def test_columns_must_have_names(first: str) -> None:
    with pytest.raises(UnreadableFile):
        list(read_csv([first] if first else [], "s"))


def test_a_byte_order_mark_may_be_in_front_of_a_quote() -> None:
    [(number, row)] = read_csv(['\ufeff"a,b",c\r\n', "1,2\r\n"], "s")
    assert (number, row) == (2, Row("s", {"a,b": "1", "c": "2"}))


def test_behind_a_line_that_cannot_be_read_nothing_is() -> None:
    lines = ["a,b\n", "a,b\n", Unreadable("too long"), "a,b\n"]
    reading = read_csv(lines, "s")
    assert next(reading) == (2, Row("s", {"a": "a", "b": "b"}))
    with pytest.raises(UnreadableFile, match=r"line 3 .* too long"):
        next(reading)
    with pytest.raises(UnreadableFile, match="too long"):
        list(read_csv(lines[2:], "s"))


def test_a_row_has_an_end() -> None:
    part = "x" * 99_990
    lines = ["a,b\n", 'x,"', *[f'{part}","\n'] * (LONGEST // len(part) + 3), '"\n', "a,b\n"]
    with pytest.raises(UnreadableFile, match=f"longer than {LONGEST}"):
        list(read_csv(lines, "s"))
