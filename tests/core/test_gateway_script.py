"""Directives in a request's text: what they say, within which limits, and that no text can do harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.script import (
    MAX_PIECE,
    MAX_PIECES,
    MAX_SECONDS,
    MAX_TEXT,
    MAX_WHOLE,
    Ending,
    Script,
    pieces_of,
    read_script,
    words_of,
)


def pieces(script: Script) -> list[str]:
    return [script.piece(index) for index in range(script.count)]


def test_a_text_without_directives() -> None:
    script = read_script("Who built the bridge?")
    assert not script.scripted
    assert (script.count, script.ending, script.first, script.delay) == (5, Ending.DONE, 0.0, 0.0)


def test_pieces_are_numbered_and_padded() -> None:
    assert pieces(read_script("hi n=2")) == ["chunk-0 ", "chunk-1 "]
    assert pieces(read_script("hi n=2 size=12")) == ["chunk-0 xxxx", "chunk-1 xxxx"]
    assert read_script("n=2").whole() == "chunk-0 chunk-1 "
    assert read_script("n=0").whole() == ""
    assert read_script("n=2").scripted


def test_the_pace() -> None:
    script = read_script("first=2 delay=0.25")
    assert (script.first, script.delay, script.count) == (2.0, 0.25, 5)


@pytest.mark.parametrize(
    ("text", "count", "ending"),
    [
        ("n=4 fail=2", 2, Ending.FAILED),
        ("n=4 fail=0", 0, Ending.FAILED),
        ("n=4 fail=4", 4, Ending.FAILED),
        ("n=4 fail=5", 4, Ending.DONE),
        ("n=4 drop=2", 2, Ending.SILENT),
        ("n=4 drop=5", 4, Ending.DONE),
        ("fail=3 drop=3", 3, Ending.FAILED),
        ("fail=3 drop=1", 1, Ending.SILENT),
        ("n=4 hang=1", 0, Ending.SILENT),
        ("n=4 hang=0", 4, Ending.DONE),
        ("ANSWER<<abcdef>> fail=1", 1, Ending.FAILED),
        ("fail=2.9", 2, Ending.FAILED),
    ],
)
def test_the_ending(text: str, count: int, ending: Ending) -> None:
    script = read_script(text)
    assert (script.count, script.ending) == (count, ending)


def test_what_a_failure_says() -> None:
    assert read_script("n=4 fail=2").message == "scripted failure after 2 chunks"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("say ANSWER<<one two>> n=9", ["one", " tw", "o"]),
        ("ANSWER<<>>", []),
        ("ANSWER<<a\nb>> and ANSWER<<c>>", ["a\nb"]),
    ],
)
def test_an_answer_given_in_the_text(text: str, said: list[str]) -> None:
    script = read_script(text)
    assert pieces(script) == said
    assert script.whole() == "".join(said)
    assert script.scripted


@pytest.mark.parametrize("text", ["ANSWER<<open", "answer<<a>>", "return=3 nn=2", "n=x n =3", "size=-1", ""])
def test_what_is_no_directive(text: str) -> None:
    assert not read_script(text).scripted


def test_a_piece_without_text() -> None:
    assert pieces(read_script("n=3 empty=1")) == ["chunk-0 ", "", "chunk-2 "]
    assert pieces(read_script("ANSWER<<abcdef>> empty=0")) == ["", "def"]
    assert read_script("n=2 empty=0 size=9").whole() == "chunk-1 x"
    assert pieces(read_script("n=1 empty=1")) == pieces(read_script(f"n=1 empty={'9' * 400}")) == ["chunk-0 "]


def test_the_last_directive_of_a_name_counts() -> None:
    assert read_script("n=1 n=3").count == 3


def test_saying_something_else_keeps_the_pace() -> None:
    script = read_script("first=2 delay=3").saying(["a", "b "])
    assert pieces(script) == ["a", "b "]
    assert (script.first, script.delay) == (2.0, 3.0)


def test_values_are_brought_down_to_the_limits() -> None:
    huge = "9" * 400
    script = read_script(f"n={huge} size={huge} delay={huge} first={huge}")
    assert (script.count, script.delay, script.first) == (MAX_PIECES, MAX_SECONDS, MAX_SECONDS)
    assert len(script.piece(0)) == MAX_PIECE
    assert MAX_WHOLE - MAX_PIECE < len(script.whole()) <= MAX_WHOLE
    assert len(read_script(f"n={huge}").whole()) <= MAX_WHOLE


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    assert read_script(" " * (MAX_TEXT - 3) + "n=2").count == 2
    assert not read_script(" " * (MAX_TEXT - 2) + "n=2").scripted


@given(st.text())
@settings(max_examples=100)
def test_cutting_loses_nothing(text: str) -> None:
    assert "".join(pieces_of(text)) == text
    assert all(len(piece) <= 3 for piece in pieces_of(text))
    assert "".join(words_of(text)) == text.lstrip()


words = st.sampled_from(
    [
        "n=3",
        "n=0",
        "delay=0.5",
        "first=1",
        "fail=2",
        "drop=1",
        "hang=1",
        "size=9",
        "empty=1",
        "ANSWER<<xyz>>",
        "hm",
        ">>",
    ]
)


@given(st.one_of(st.text(), st.lists(words).map(" ".join)))
@settings(max_examples=200)
def test_any_text_gives_a_script_that_can_be_told(text: str) -> None:
    script = read_script(text)
    told = pieces(script)
    assert script.whole() == "".join(told)
    assert len(told) == script.count
