"""Rows of CSV: every row comes back, and a broken one breaks nothing else."""

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


def test_a_broken_row_is_told_with_its_line() -> None:
    lines = [
        "\ufeffname,note\r\n",
        'Kestrel,"two\r\n',
        'lines"\r\n',
        "\r\n",
        "Heron\r\n",
        'Wren,"a"b\r\n',
        "Gull,\r\n",
        'Crane,"never closed',
    ]
    found = list(read_csv(lines, "s"))
    assert [number for number, _ in found] == [2, 5, 6, 7, 8]
    assert found[0].item == Row("s", {"name": "Kestrel", "note": "two\r\nlines"})
    assert found[1].item == Unreadable("it has 1 values, and there are 2 columns")
    assert isinstance(found[2].item, Unreadable)
    assert found[3].item == Row("s", {"name": "Gull", "note": ""})
    assert isinstance(found[4].item, Unreadable)


@pytest.mark.parametrize("first", ["", "\r\n", "a,,b\r\n", "\ufeff\r\n", "a,b,a\r\n", '"a"b\r\n'])
def test_columns_must_have_names(first: str) -> None:
    with pytest.raises(UnreadableFile):
        list(read_csv([first] if first else [], "s"))


def test_a_line_that_cannot_be_read_breaks_its_row() -> None:
    lines = ["a,b\n", Unreadable("too long"), "a,b\n", 'a,"b\n', Unreadable("too long"), "a,b\n"]
    broken = Unreadable("it is no row of CSV: too long")
    good = Row("s", {"a": "a", "b": "b"})
    assert list(read_csv(lines, "s")) == [(2, broken), (3, good), (4, broken), (6, good)]
    with pytest.raises(UnreadableFile, match="too long"):
        list(read_csv(lines[1:], "s"))


def test_a_row_has_an_end() -> None:
    part = "x" * 99_990
    lines = ["a,b\n", 'x,"', *[f'{part}","\n'] * (LONGEST // len(part) + 3), '"\n', "a,b\n"]
    (first, item), *_, last = read_csv(lines, "s")
    assert first == 2
    assert isinstance(item, Unreadable)
    assert f"longer than {LONGEST}" in item.reason
    assert last == (len(lines), Row("s", {"a": "a", "b": "b"}))
